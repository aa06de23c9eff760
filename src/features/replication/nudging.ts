import { and, eq, gt, inArray, isNull, lte, or, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import { eventCounter } from '../events/tables.ts';
import {
  type LivePeer,
  livePeers,
  PeerFailure,
  type Peering,
  readAgainSoon,
  sendMessage,
} from '../federation/federation.ts';
import { claimsTo, messageTypes } from './messages.ts';
import type { Cursor } from './protocol.ts';
import { publish } from './publishing.ts';
import { nextNudgeSeconds } from './rules.ts';
import { peerChains, peerEntries } from './tables.ts';

const timeoutMs = 3000;

/**
 * Brings the chains of all peers up to date after something happened, and nudges those that have not come for all that
 * is in them: at once for what is new, and again while they do not come, so that no back-off keeps two nodes apart after
 * they could not reach each other. Answers whether there was anybody to nudge.
 */
export async function publishToPeers(db: Db, peering: Peering, signal: AbortSignal): Promise<boolean> {
  const peers = (await livePeers(db, new Date())).filter(({ ourShare }) => ourShare.length > 0);
  if (peers.length === 0) return false;
  const [counter] = await db.select({ position: eventCounter.position, epoch: eventCounter.epoch }).from(eventCounter);
  if (counter === undefined) throw new Error('the event counter has no row');
  const chains = await db.select({ peerId: peerChains.peerId, position: peerChains.position }).from(peerChains);
  const positions = new Map(chains.map(({ peerId, position }) => [peerId, position]));
  for (const peer of peers)
    if (positions.get(peer.id) !== counter.position) await db.transaction((db) => publish(db, peer));
  const due = await claimNudges(db, peers, counter.epoch);
  await Promise.all(due.map((peer) => nudgeAndNote(db, peering, peer, signal)));
  return due.length > 0;
}

/**
 * What publishes and nudges in one process. Its first run takes nothing for known of where peers are: a node that starts
 * may have been restored from a backup, and what it knew of its peers with it, so each is nudged until it comes.
 */
export function publishing(db: Db, peering: Peering): (signal: AbortSignal) => Promise<boolean> {
  let begun = false;
  return async (signal) => {
    if (!begun)
      await db.update(peerChains).set({ askedEpoch: null, askedSeq: null, askedHash: null, nextNudgeAt: null });
    begun = true;
    return publishToPeers(db, peering, signal);
  };
}

/** Peers that have not come for all that is in their chain and are due to be told. */
async function claimNudges(db: Db, peers: readonly LivePeer[], epoch: string): Promise<LivePeer[]> {
  const chain = peerChains;
  const isBehind = sql`(${chain.askedEpoch}, ${chain.askedSeq}, ${chain.askedHash})
    is distinct from (${epoch}::text, ${chain.headSeq}, ${chain.headHash})`;
  // Whoever could not be reached waits its time, also for what is newer.
  const isNew = and(gt(chain.headSeq, chain.nudgedSeq), eq(chain.failedNudges, 0));
  const ids = peers.map(({ id }) => id);
  const isDue = or(isNull(chain.nextNudgeAt), lte(chain.nextNudgeAt, sql`now()`), isNew);
  // A chain that is locked is being read: that holds up no other.
  const due = db
    .select({ peerId: chain.peerId })
    .from(chain)
    .where(and(inArray(chain.peerId, ids), isBehind, isDue))
    .for('update', { skipLocked: true });
  const claimed = await db
    .update(chain)
    .set({ nudgedSeq: chain.headSeq, nextNudgeAt: inSeconds(nextNudgeSeconds(0, Math.random())) })
    .where(inArray(chain.peerId, due))
    .returning({ peerId: chain.peerId });
  const taken = new Set(claimed.map(({ peerId }) => peerId));
  return peers.filter(({ id }) => taken.has(id));
}

const inSeconds = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;

async function nudgeAndNote(db: Db, peering: Peering, peer: LivePeer, signal: AbortSignal): Promise<void> {
  const place = eq(peerChains.peerId, peer.id);
  if (await nudge(peering, peer, signal)) {
    await db.update(peerChains).set({ failedNudges: 0 }).where(place);
    await readAgainSoon(db, peer.id);
    return;
  }
  const [row] = await db
    .update(peerChains)
    .set({ failedNudges: sql`${peerChains.failedNudges} + 1` })
    .where(place)
    .returning({ failures: peerChains.failedNudges });
  const nextNudgeAt = inSeconds(nextNudgeSeconds(row?.failures ?? 1, Math.random()));
  await db.update(peerChains).set({ nextNudgeAt }).where(place);
}

/** Whether a peer took a nudge. */
async function nudge(peering: Peering, peer: LivePeer, signal: AbortSignal): Promise<boolean> {
  try {
    const { feedUri } = await peering.keys.describe(peer.baseUrl);
    const payload = JSON.stringify(claimsTo(peering, peer));
    const message = { url: `${feedUri}/nudges`, typ: messageTypes.nudge, payload, timeoutMs, signal };
    const { status } = await sendMessage(peering, message);
    return status >= 200 && status < 300;
  } catch (error) {
    if (error instanceof PeerFailure || error instanceof OutboundFailure) return false;
    throw error;
  }
}

/**
 * Notes where a peer is that asks for what follows. It is not nudged for a while: it is reading.
 */
export async function noteAsked(db: Db, peerId: string, cursor: Cursor | null): Promise<void> {
  const { epoch = null, seq = null, hash = null } = cursor ?? {};
  await db
    .update(peerChains)
    .set({
      ...{ askedEpoch: epoch, askedSeq: seq, askedHash: hash, failedNudges: 0 },
      nextNudgeAt: inSeconds(nextNudgeSeconds(0, Math.random())),
    })
    .where(eq(peerChains.peerId, peerId));
}

/** Days for which entries are kept for a peer that does not come; after that it begins anew. */
export const entryDays = 30;

/** Clears away entries that are past their time; answers how many chains began later for it. */
export async function clearOldEntries(db: Db): Promise<number> {
  const old = await db.execute<{ peerId: string; seq: number }>(sql`
    select e.peer_id as "peerId", max(e.seq)::float8 as seq from ${peerEntries} e
    where e.recorded_at < now() - make_interval(days => ${entryDays}) group by 1`);
  for (const { peerId, seq } of old)
    await db.transaction(async (db) => {
      const place = and(eq(peerEntries.peerId, peerId), eq(peerEntries.seq, seq));
      await db.select().from(peerChains).where(eq(peerChains.peerId, peerId)).for('update');
      const [last] = await db.select({ hash: peerEntries.hash }).from(peerEntries).where(place);
      if (last === undefined) return;
      await db.update(peerChains).set({ floorSeq: seq, floorHash: last.hash }).where(eq(peerChains.peerId, peerId));
      await db.delete(peerEntries).where(and(eq(peerEntries.peerId, peerId), lte(peerEntries.seq, seq)));
    });
  return old.length;
}
