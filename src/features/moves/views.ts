import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { inState } from '../../platform/offers.ts';
import { notFound } from '../../platform/problem.ts';
import { effectiveState, sideOf, wordOf } from './rules.ts';
import type { MoveQuery, MoveReceipt, OrganisationMoveView } from './schemas.ts';
import type { MoveRow } from './standing.ts';
import { organisationMoves } from './tables.ts';

/** A move as its organisation and administrators see it. */
export type View = z.output<typeof OrganisationMoveView>;

/** Moves that the caller may see: those of its own organisation; an administrator all. */
const seenBy = ({ administrator, organisationId }: Caller): SQL =>
  administrator ? sql`true` : sql`${organisationMoves.organisationId} = ${organisationId}::uuid`;

function untoldOf(row: MoveRow): View['untold'] {
  const word = wordOf(sideOf(row.offeredBy), effectiveState(row, new Date()));
  const { tries, lastError, nextTellAt } = row;
  return word === undefined || nextTellAt === null ? null : { word, tries, lastError, nextAttemptAt: nextTellAt };
}

function toView(row: MoveRow): View {
  const { id, organisation, fromNode, toNode, peerId, number, reason, decisionReason } = row;
  const { expiresAt, movedAt, createdAt, changedAt } = row;
  return {
    id,
    organisation: { id: organisation.id, name: organisation.name },
    ...{ from: fromNode, to: toNode, peerId, state: effectiveState(row, new Date()), number, reason, decisionReason },
    ...{ expiresAt, movedAt, untold: untoldOf(row), createdAt, changedAt },
  };
}

/** A move that the caller may see, as it is kept. Throws not_found. */
export async function findSeen(db: Db, caller: Caller, moveId: string): Promise<MoveRow> {
  const [row] = await db
    .select()
    .from(organisationMoves)
    .where(and(eq(organisationMoves.id, moveId), seenBy(caller)));
  if (row === undefined) throw notFound();
  return row as MoveRow;
}

/** One move. Throws not_found. */
export async function getMove(db: Db, caller: Caller, moveId: string): Promise<Answer<View>> {
  return { body: toView(await findSeen(db, caller, moveId)) };
}

/** The proof of a move, as both nodes signed it. Throws not_found, also for one that did not take place. */
export async function getMoveReceipt(
  db: Db,
  caller: Caller,
  moveId: string,
): Promise<Answer<z.output<typeof MoveReceipt>>> {
  const { id, organisationId, fromNode, toNode, offer, acceptance, completion } = await findSeen(db, caller, moveId);
  if (acceptance === null || completion === null) throw notFound();
  return { body: { moveId: id, organisationId, from: fromNode, to: toNode, offer, acceptance, completion } };
}

/** A page of moves, the last one first. */
export async function listMoves(
  db: Db,
  caller: Caller,
  input: z.output<typeof MoveQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const [createdAt, id] = input.after ?? [];
  const { organisationId, peerId, state } = input;
  const rows = await db
    .select()
    .from(organisationMoves)
    .where(
      and(
        seenBy(caller),
        createdAt === undefined || id === undefined
          ? undefined
          : sql`(${organisationMoves.createdAt}, ${organisationMoves.id}) < (${createdAt}::timestamptz, ${id}::uuid)`,
        organisationId === undefined ? undefined : eq(organisationMoves.organisationId, organisationId),
        peerId === undefined ? undefined : eq(organisationMoves.peerId, peerId),
        state === undefined ? undefined : inState(organisationMoves, state),
      ),
    )
    .orderBy(sql`${organisationMoves.createdAt} desc, ${organisationMoves.id} desc`)
    .limit(input.limit + 1);
  return pageOf(rows as MoveRow[], input.limit, (row) => [row.createdAt.toISOString(), row.id], toView);
}
