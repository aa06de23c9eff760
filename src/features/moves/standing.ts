import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { canonicalBytes } from '../../platform/receipts.ts';
import type { Receipts } from '../access/access.ts';
import type { NewEvent } from '../events/events.ts';
import { clockTolerance, PeerFailure, type Peering } from '../federation/federation.ts';
import { type Decided, DecisionClaims, messageTypes, readAs } from './messages.ts';
import type { MoveState } from './rules.ts';
import { organisationMoves } from './tables.ts';

/** What moves need of the node: how it deals with others, and how it signs for good. */
export type MoveDeps = { readonly peering: Peering; readonly receipts: Receipts };

/** A move as it is kept. */
export type MoveRow = typeof organisationMoves.$inferSelect & { readonly state: MoveState };

/** Notes an event of the transaction that is under way. */
export type Recorder = (event: NewEvent) => void;

/** The other node of a move. */
export const otherNode = ({ offeredBy, fromNode, toNode }: MoveRow): string => (offeredBy === 'us' ? toNode : fromNode);

/** The event that something became of the offer of a move. */
export const moveEvent = (
  kind: 'offered' | Decided['decision'],
  { id, organisationId }: Pick<MoveRow, 'id' | 'organisationId'>,
): NewEvent => ({
  type: `organisation_move.${kind}`,
  subjectType: 'organisation_move',
  subjectId: id,
  organisationIds: [organisationId],
});

/** The event that an organisation has another home from now on. */
export const movedEvent = ({ id, organisationId }: MoveRow): NewEvent => ({
  type: 'organisation.moved',
  subjectType: 'organisation',
  subjectId: organisationId,
  organisationIds: [organisationId],
  data: { moveId: id },
});

/** A move, as it stands now; undefined where there is none. */
export async function findMove(db: Db, id: string): Promise<MoveRow | undefined> {
  const [row] = await db.select().from(organisationMoves).where(eq(organisationMoves.id, id));
  return row as MoveRow | undefined;
}

/** A move, locked until the end of the transaction; undefined where there is none. */
export async function lockMove(db: Db, id: string): Promise<MoveRow | undefined> {
  const [row] = await db.select().from(organisationMoves).where(eq(organisationMoves.id, id)).for('update');
  return row as MoveRow | undefined;
}

/** Changes a locked move. With `tell`, the other is to hear of it; else it has heard all. */
export async function changeMove(
  db: Db,
  row: MoveRow,
  { tell, ...change }: Partial<typeof organisationMoves.$inferInsert> & { readonly tell: boolean },
): Promise<void> {
  const now = new Date();
  await db
    .update(organisationMoves)
    .set({
      ...change,
      version: row.version + 1,
      changedAt: now,
      nextTellAt: tell ? now : null,
      tries: 0,
      lastError: null,
    })
    .where(eq(organisationMoves.id, row.id));
}

/** Notes that offers of moves of an organisation ran out, so that another can be made. */
export async function expireMoves(db: Db, organisationId: string): Promise<void> {
  const { state, expiresAt, version } = organisationMoves;
  await db
    .update(organisationMoves)
    .set({ state: 'expired', version: sql`${version} + 1`, changedAt: new Date(), nextTellAt: null })
    .where(and(eq(organisationMoves.organisationId, organisationId), eq(state, 'offered'), sql`${expiresAt} <= now()`));
}

/** Whether a move of an organisation is open. */
export async function hasOpenMove(db: Db, organisationId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: organisationMoves.id })
    .from(organisationMoves)
    .where(
      and(
        eq(organisationMoves.organisationId, organisationId),
        sql`${organisationMoves.state} in ('offered', 'accepted')`,
      ),
    );
  return row !== undefined;
}

/** Signs what this node says of an offer, for good. */
export const signDecision = (
  db: Db,
  { peering, receipts }: MoveDeps,
  row: MoveRow,
  { decision, reason }: Pick<Decided, 'decision' | 'reason'>,
): Promise<string> => {
  const claims: Decided = {
    ...{ iss: peering.baseUrl, aud: otherNode(row), jti: row.id, iat: Math.floor(Date.now() / 1000) },
    ...{ peering: row.peerId, organisationId: row.organisationId, offerHash: row.offerHash, decision, reason },
  };
  return receipts.sign(db, messageTypes.decision, canonicalBytes(claims));
};

/** What the other node of a move says of it, verified; undefined where it did not say that, or not of this offer. */
export async function verifyDecision(
  { peering }: Pick<MoveDeps, 'peering'>,
  row: MoveRow,
  jws: string,
): Promise<Decided | undefined> {
  const payload = await verifiedBy(peering, otherNode(row), jws, messageTypes.decision);
  const said = readAs(DecisionClaims, payload);
  if (said === undefined || said.iat > Date.now() / 1000 + clockTolerance) return undefined;
  const { jti, peering: peerId, organisationId, offerHash } = said;
  const isAbout =
    jti === row.id && peerId === row.peerId && organisationId === row.organisationId && offerHash === row.offerHash;
  return isAbout ? said : undefined;
}

/** What a node signed for this one, for good; undefined where it did not. Throws PeerFailure where its keys cannot be read. */
export async function verifiedBy(
  { receiptKeys, baseUrl }: Peering,
  node: string,
  jws: string,
  typ: string,
  maxBytes?: number,
): Promise<unknown> {
  try {
    const options = { typ, audience: baseUrl, ...(maxBytes !== undefined && { maxBytes }) };
    return (await receiptKeys.verify(node, jws, options)).payload;
  } catch (error) {
    if (error instanceof PeerFailure && ['not_signed', 'unknown_key'].includes(error.reason)) return undefined;
    throw error;
  }
}
