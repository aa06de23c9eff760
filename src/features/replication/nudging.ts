import { randomUUID } from 'node:crypto';
import { and, eq, lte, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { OutboundFailure } from '../../platform/outbound.ts';
import { eventCounter } from '../events/tables.ts';
import { type LivePeer, livePeers, PeerFailure, type Peering, signMessage } from '../federation/federation.ts';
import { messageTypes, requestSeconds } from './messages.ts';
import { publish } from './publishing.ts';
import { peerChains, peerEntries } from './tables.ts';

const timeoutMs = 3000;

/**
 * Brings the chains of all peers up to date after something happened, and nudges those whose chain went on, so that they
 * need not wait for their next look. A nudge that does not arrive is not repeated: it only shortens the wait. Answers
 * whether there was anything new for anybody.
 */
export async function publishToPeers(db: Db, peering: Peering, signal: AbortSignal): Promise<boolean> {
  const peers = await livePeers(db, new Date());
  const [counter] = await db.select({ position: eventCounter.position }).from(eventCounter);
  const chains = peers.length === 0 ? [] : await db.select().from(peerChains);
  const positions = new Map(chains.map(({ peerId, position }) => [peerId, position]));
  let any = false;
  for (const peer of peers) {
    if (peer.ourShare.length === 0 || positions.get(peer.id) === counter?.position) continue;
    const { chain } = await db.transaction((db) => publish(db, peer));
    if (chain.headSeq === chain.nudgedSeq) continue;
    any = true;
    await db.update(peerChains).set({ nudgedSeq: chain.headSeq }).where(eq(peerChains.peerId, peer.id));
    await nudge(peering, peer, signal);
  }
  return any;
}

async function nudge(peering: Peering, peer: LivePeer, signal: AbortSignal): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    ...{ iss: peering.baseUrl, aud: peer.baseUrl, jti: randomUUID(), iat: now, exp: now + requestSeconds },
    peering: peer.id,
  };
  try {
    const { feedUri } = await peering.keys.describe(peer.baseUrl);
    await peering.outbound.send({
      ...{ method: 'POST', url: `${feedUri}/nudges`, timeoutMs, signal },
      headers: { 'content-type': 'application/jwt' },
      body: await signMessage(JSON.stringify(claims), messageTypes.nudge, await peering.signingKey()),
    });
  } catch (error) {
    if (!(error instanceof PeerFailure || error instanceof OutboundFailure)) throw error;
  }
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
