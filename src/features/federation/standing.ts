import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { HandshakeState } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import type { SigningKey } from '../access/access.ts';
import type { NewEvent } from '../events/events.ts';
import { messageTypes, signMessage } from './messages.ts';
import type { PeerRow } from './peers.ts';
import { followedBy, type Word } from './rules.ts';
import { peerMessages, peers } from './tables.ts';

/** Notes an event of the transaction that is under way. */
export type Recorder = (event: NewEvent) => void;

/** Who speaks in a transaction: this node under its address and key, at one instant. */
export type Speaker = { readonly baseUrl: string; readonly key: SigningKey; readonly now: Date };

/** The event that something became of a peering. */
export const peerEvent = (kind: 'offered' | Word, peerId: string): NewEvent => ({
  type: `peer.${kind}`,
  subjectType: 'peer',
  subjectId: peerId,
});

/** A peering as handshakes know it. */
export const handshakeOf = ({ state, expiresAt }: Pick<PeerRow, 'state' | 'expiresAt'>) => ({
  state: state as HandshakeState,
  expiresAt,
});

/** Puts changes of the peerings with one node in a row. Taken before their rows are locked. */
export const lockNode = (db: Db, baseUrl: string) =>
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`samendoen peer ${baseUrl}`}, 0))`);

/** Locks a peering, after all that may change those with the same node; undefined where there is none. */
export async function lockPeer(db: Db, peerId: string): Promise<PeerRow | undefined> {
  const [seen] = await db.select({ baseUrl: peers.baseUrl }).from(peers).where(eq(peers.id, peerId));
  if (seen === undefined) return undefined;
  await lockNode(db, seen.baseUrl);
  const [row] = await db.select().from(peers).where(eq(peers.id, peerId)).for('update');
  return row;
}

/** Notes that an offer ran out, so that another can be made. */
export async function expireOffer(db: Db, baseUrl: string): Promise<void> {
  const ranOut = and(eq(peers.baseUrl, baseUrl), eq(peers.state, 'offered'), sql`${peers.expiresAt} <= now()`);
  await db
    .update(peers)
    .set({ state: 'expired', version: sql`${peers.version} + 1`, changedAt: new Date() })
    .where(ranOut);
}

/** Whether an offer between this node and another can still be answered. */
export async function hasOpenOffer(db: Db, baseUrl: string): Promise<boolean> {
  const [row] = await db
    .select({ id: peers.id })
    .from(peers)
    .where(and(eq(peers.baseUrl, baseUrl), eq(peers.state, 'offered')));
  return row !== undefined;
}

/** Puts what this node says of a peering in the queue of what the other is told. */
export async function queueMessage(db: Db, peerId: string, kind: 'offered' | Word, payload: string): Promise<void> {
  await db.insert(peerMessages).values({
    id: newId(),
    peerId,
    number: sql<number>`(select coalesce(max(m.number), 0) + 1 from peer_messages m where m.peer_id = ${peerId}::uuid)`,
    kind,
    payload,
    createdAt: new Date(),
    nextAttemptAt: new Date(),
  });
}

/** Changes a locked peering. */
export async function changePeer(db: Db, row: PeerRow, change: Partial<typeof peers.$inferInsert>): Promise<void> {
  await db
    .update(peers)
    .set({ ...change, version: row.version + 1, changedAt: new Date() })
    .where(eq(peers.id, row.id));
}

/** Says a word on a peering in the name of this node: signed, and queued for the other. Answers the signature. */
export async function say(
  db: Db,
  row: PeerRow,
  { word, reason }: { readonly word: Word; readonly reason: string | null },
  { baseUrl, key, now }: Speaker,
): Promise<string> {
  const payload = JSON.stringify({
    iss: baseUrl,
    aud: row.baseUrl,
    jti: row.id,
    iat: Math.floor(now.getTime() / 1000),
    peering: row.terms,
    offerHash: row.offerHash,
    decision: word,
    ...(reason !== null && { reason }),
  });
  await queueMessage(db, row.id, word, payload);
  return signMessage(payload, messageTypes.decision, key);
}

/** Ends a peering in the name of this node. */
export async function endByUs(
  db: Db,
  row: PeerRow,
  reason: string | null,
  { record, speaker }: { readonly record: Recorder; readonly speaker: Speaker },
): Promise<void> {
  const closingSignature = await say(db, row, { word: 'ended', reason }, speaker);
  await changePeer(db, row, { state: 'ended', endedBy: 'us', reason, closingSignature });
  record(peerEvent('ended', row.id));
}

/**
 * Lets what is accepted take the place of other peerings with the same node, from its first day on: what begins before holds
 * until then, and the rest ends now. Each node finds the same, so that nothing more is to be told of what holds until then.
 */
export async function giveWay(
  db: Db,
  row: PeerRow,
  by: { readonly record: Recorder; readonly speaker: Speaker },
): Promise<void> {
  const others = await db
    .select()
    .from(peers)
    .where(and(eq(peers.baseUrl, row.baseUrl), eq(peers.state, 'accepted'), ne(peers.id, row.id)))
    .orderBy(peers.id)
    .for('update');
  for (const former of others) {
    const follows = followedBy(former, row, by.speaker.now);
    if (follows === 'ends') await endByUs(db, former, 'renewed', by);
    else if (follows !== 'goes on') await changePeer(db, former, follows);
  }
}

/** Whoever answers an offer received it, also where its receipt was lost. */
export async function offerArrived(db: Db, peerId: string): Promise<void> {
  await db
    .update(peerMessages)
    .set({ toldAt: new Date(), lastError: null })
    .where(and(eq(peerMessages.peerId, peerId), eq(peerMessages.kind, 'offered'), isNull(peerMessages.toldAt)));
}
