import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { inState } from '../../platform/offers.ts';
import { prepared } from '../../platform/prepared.ts';
import { notFound } from '../../platform/problem.ts';
import { organisationIfAnyIn, organisationIn } from '../organisations/organisations.ts';
import { organisations } from '../organisations/tables.ts';
import { visibleOwnershipOffers } from '../policy/policy.ts';
import type { Share, SubjectType } from './rules.ts';
import type { OwnershipOfferQuery, OwnershipOfferView } from './schemas.ts';
import { subjectName } from './subjects.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

type View = z.output<typeof OwnershipOfferView>;
const { placeholder } = sql;
const viewer = placeholder('viewer');

const columns = {
  id: ownershipOffers.id,
  subjectType: sql<SubjectType>`${ownershipOffers.subjectType}`,
  subjectId: ownershipOffers.subjectId,
  subjectName: subjectName(sql`${ownershipOffers.subjectType}`, sql`${ownershipOffers.subjectId}`),
  share: sql<Share>`${ownershipOffers.share}`,
  from: organisationIfAnyIn(ownershipOffers.fromOrganisationId),
  toId: ownershipOffers.toOrganisationId,
  toName: organisations.name,
  state: sql<HandshakeState>`${ownershipOffers.state}`,
  message: ownershipOffers.message,
  offeredBy: organisationIn(ownershipOffers.offeredByOrganisationId),
  offeredAt: ownershipOffers.offeredAt,
  expiresAt: ownershipOffers.expiresAt,
  decidedAt: ownershipOffers.decidedAt,
  decisionReason: ownershipOffers.decisionReason,
  recordId: sql<string | null>`(select r.id from ${ownershipRecords} r where r.offer_id = ${ownershipOffers.id})`,
  changedAt: ownershipOffers.changedAt,
};

const select = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(ownershipOffers)
    .innerJoin(organisations, eq(organisations.id, ownershipOffers.toOrganisationId))
    .where(condition);

type Row = Awaited<ReturnType<typeof select>>[number];

const toView = ({ subjectType, subjectId, subjectName: name, toId, toName, ...row }: Row): View => ({
  ...row,
  subject: { type: subjectType, id: subjectId, name },
  to: { id: toId, name: toName },
  state: effectiveState(row, new Date()),
});

/** One offer to own, for its parties. Throws not_found. */
export async function getOwnershipOffer(db: Db, caller: Caller, offerId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getOwnershipOffer', () =>
    select(db, and(eq(ownershipOffers.id, placeholder('id')), visibleOwnershipOffers(viewer))),
  );
  const [row] = await query.execute({ id: offerId, viewer: caller.organisationId });
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

const closedAt = sql`(case when ${ownershipOffers.state} = 'offered' then ${ownershipOffers.expiresAt}
  else coalesce(${ownershipOffers.decidedAt}, least(${ownershipOffers.expiresAt}, ${ownershipOffers.changedAt})) end)`;
const filters: Record<string, SQL> = {
  after: gt(ownershipOffers.id, placeholder('after')),
  subjectType: eq(ownershipOffers.subjectType, placeholder('subjectType')),
  subjectId: eq(ownershipOffers.subjectId, placeholder('subjectId')),
  share: eq(ownershipOffers.share, placeholder('share')),
  toOrganisationId: eq(ownershipOffers.toOrganisationId, placeholder('toOrganisationId')),
  fromOrganisationId: eq(ownershipOffers.fromOrganisationId, placeholder('fromOrganisationId')),
  offeredByOrganisationId: eq(ownershipOffers.offeredByOrganisationId, placeholder('offeredByOrganisationId')),
  changedSince: gte(ownershipOffers.changedAt, placeholder('changedSince')),
  asOf: sql`${ownershipOffers.offeredAt} < ${placeholder('asOf')}::date + 1
    and (${closedAt} is null or ${closedAt} >= ${placeholder('asOf')}::date)`,
};

/** A page of the offers to own that the caller is a party to, in the order of their identifiers. */
export async function listOwnershipOffers(
  db: Db,
  caller: Caller,
  input: z.output<typeof OwnershipOfferQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const conditions: (SQL | undefined)[] = given.map(([, condition]) => condition);
  if (input.state !== undefined) conditions.push(inState(ownershipOffers, input.state));
  const query = prepared(db, `listOwnershipOffers ${given.map(([key]) => key).join()} ${input.state ?? ''}`, () =>
    select(db, and(visibleOwnershipOffers(viewer), ...conditions))
      .orderBy(ownershipOffers.id)
      .limit(placeholder('rows')),
  );
  const rows = await query.execute({
    ...input,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    viewer: caller.organisationId,
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}
