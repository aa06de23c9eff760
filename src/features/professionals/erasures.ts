import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound } from '../../platform/problem.ts';
import { visibleErasures } from '../policy/policy.ts';
import type { ErasureQuery, ErasureReceiptView, ErasureView } from './schemas.ts';
import { erasures } from './tables.ts';

type View = z.output<typeof ErasureView>;
type Row = typeof erasures.$inferSelect;

const toView = ({ id, professionalId, ground, requestedBy, counts, erasedAt }: Row): View => ({
  ...{ id, professionalId, erasedAt },
  ground: ground as View['ground'],
  requestedBy: requestedBy as View['requestedBy'],
  counts: counts as View['counts'],
});

async function find(db: Db, caller: Caller, erasureId: string): Promise<Row> {
  const condition = and(eq(erasures.id, erasureId), visibleErasures(caller.organisationId));
  const [row] = await db.select().from(erasures).where(condition);
  if (row === undefined) throw notFound();
  return row;
}

/** One erasure, for who registered the person and for who asked. Throws not_found. */
export async function getErasure(db: Db, caller: Caller, erasureId: string): Promise<Answer<View>> {
  return { body: toView(await find(db, caller, erasureId)) };
}

/** The signed receipt of an erasure. Throws not_found. */
export async function getErasureReceipt(
  db: Db,
  caller: Caller,
  erasureId: string,
): Promise<Answer<z.output<typeof ErasureReceiptView>>> {
  const { receipt } = await find(db, caller, erasureId);
  return { body: { receipt } };
}

const matches = (input: z.output<typeof ErasureQuery>): (SQL | undefined)[] => {
  const keys = [
    'professionalId',
    'registeredByOrganisationId',
    'requestedByOrganisationId',
    'requestedBy',
    'ground',
  ] as const;
  return keys.map((key) => (input[key] === undefined ? undefined : eq(erasures[key], input[key])));
};

/** A page of the erasures that the caller may see, in the order of their identifiers. */
export async function listErasures(
  db: Db,
  caller: Caller,
  input: z.output<typeof ErasureQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, asOf, changedSince, limit } = input;
  const condition = and(
    visibleErasures(caller.organisationId),
    after?.[0] === undefined ? undefined : gt(erasures.id, after[0]),
    ...matches(input),
    asOf === undefined ? undefined : sql`${erasures.erasedAt} < ${asOf}::date + 1`,
    changedSince === undefined ? undefined : gte(erasures.erasedAt, changedSince),
  );
  const rows = await db
    .select()
    .from(erasures)
    .where(condition)
    .orderBy(erasures.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}
