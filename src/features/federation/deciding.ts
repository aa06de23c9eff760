import { isDeepStrictEqual } from 'node:util';
import { eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { type Context, nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { decide, end } from '../../platform/handshake.ts';
import type { NewDecision } from '../../platform/handshake-schemas.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { type Decided, DecisionClaims, messageTypes, readClaims } from './messages.ts';
import { PeerFailure } from './peer-keys.ts';
import type { Peering } from './peering.ts';
import { getPeer, type PeerRow, type View } from './peers.ts';
import { clockTolerance, follow, maySay, type Party, sideOf } from './rules.ts';
import type { NewPeeringEnd } from './schemas.ts';
import {
  changePeer,
  endByUs,
  giveWay,
  handshakeOf,
  lockPeer,
  offerArrived,
  peerEvent,
  type Recorder,
  type Speaker,
  say,
} from './standing.ts';
import { peers } from './tables.ts';
import { tellNow } from './telling.ts';

const speakerOf = async ({ baseUrl, signingKey }: Peering): Promise<Omit<Speaker, 'now'>> => ({
  baseUrl,
  key: await signingKey(),
});

type Change = (db: Db, row: PeerRow, by: { readonly record: Recorder; readonly speaker: Speaker }) => Promise<void>;

/** Changes a peering as this node decides, and tells the other as far as that goes now. Throws not_found. */
async function change(
  db: Db,
  context: Context,
  { peering, peerId }: { readonly peering: Peering; readonly peerId: string },
  work: Change,
): Promise<Answer<View>> {
  const speaking = await speakerOf(peering);
  await commit(db, context, async (db, record) => {
    const row = await lockPeer(db, peerId);
    if (row === undefined) throw notFound();
    await work(db, row, { record, speaker: { ...speaking, now: new Date() } });
    return { body: undefined };
  });
  await tellNow(db, peering, peerId);
  return getPeer(db, context.caller, peerId);
}

/**
 * Answers an offer: the receiver accepts or declines, the offerer withdraws; the same answer again changes nothing. What
 * is accepted takes the place of what holds with the same node, from its first day on. Throws not_found, wrong_side and handshake_refused.
 */
export const decidePeering = (
  db: Db,
  context: Context,
  peering: Peering,
  peerId: string,
  { decision, reason: given }: z.output<typeof NewDecision>,
): Promise<Answer<View>> =>
  change(db, context, { peering, peerId }, async (db, row, { record, speaker }) => {
    const state = decide(handshakeOf(row), sideOf('us', row.offeredBy as Party), decision, speaker.now);
    if (state === row.state) return;
    const reason = given || null;
    const signature = await say(db, row, { word: decision, reason }, speaker);
    if (decision === 'accepted') {
      await giveWay(db, row, { record, speaker });
      await changePeer(db, row, { state, ourSignature: signature });
    } else await changePeer(db, row, { state, reason, closingSignature: signature });
    record(peerEvent(decision, row.id));
  });

/**
 * Ends a peering at once: here first, then it is told to the other node, as soon as that can be reached. Ending it again
 * changes nothing. Throws not_found, and handshake_refused for what was not accepted.
 */
export const endPeering = (
  db: Db,
  context: Context,
  peering: Peering,
  peerId: string,
  { reason }: z.output<typeof NewPeeringEnd>,
): Promise<Answer<View>> =>
  change(db, context, { peering, peerId }, async (db, row, by) => {
    if (row.state === 'ended') return;
    end(handshakeOf(row), by.speaker.now);
    await endByUs(db, row, reason || null, by);
  });

const notVerified = () => new Problem('peering_not_verified');

/**
 * Takes in what the other node says of a peering, verified with the keys that are published under the address by which it
 * is known here. It may come late, twice and in any order. Throws not_found and peering_not_verified.
 */
export async function receiveDecision(db: Db, peering: Peering, peerId: string, jws: string): Promise<void> {
  const [known] = await db.select().from(peers).where(eq(peers.id, peerId));
  if (known === undefined) throw notFound();
  const { payload, jwk, thumbprints } = await verified(peering, known.baseUrl, jws);
  const decided = readClaims(DecisionClaims, payload);
  if (decided === undefined || !isAbout(known, decided)) throw notVerified();
  const speaking = await speakerOf(peering);
  await commit(db, nodeContext('receivePeeringDecision'), async (db, record) => {
    const row = await lockPeer(db, peerId);
    if (row === undefined) throw notFound();
    await offerArrived(db, peerId);
    const speaker = { ...speaking, now: new Date() };
    await heed(db, row, { ...decided, jws, key: { ...jwk }, thumbprints }, { record, speaker });
    return { body: undefined };
  });
}

async function verified({ keys, baseUrl }: Peering, of: string, jws: string) {
  try {
    const message = await keys.verify(of, jws, { typ: messageTypes.decision, audience: baseUrl });
    return { ...message, thumbprints: await keys.thumbprints(of) };
  } catch (error) {
    if (error instanceof PeerFailure) throw notVerified();
    throw error;
  }
}

/** Whether what was said is about this very offer, and the other's to say. */
function isAbout({ id, terms, offerHash, offeredBy }: PeerRow, said: Decided): boolean {
  if (said.jti !== id || said.offerHash !== offerHash || !isDeepStrictEqual(terms, said.peering)) return false;
  if (said.iat * 1000 > Date.now() + clockTolerance * 1000) return false;
  return maySay(said.decision, sideOf('them', offeredBy as Party));
}

type Said = Pick<Decided, 'decision' | 'reason'> & {
  readonly jws: string;
  readonly key: Record<string, unknown>;
  readonly thumbprints: string[];
};

/** What follows from a word of the other node. */
async function heed(
  db: Db,
  row: PeerRow,
  { decision, reason: given, jws, key, thumbprints: keyThumbprints }: Said,
  by: { readonly record: Recorder; readonly speaker: Speaker },
): Promise<void> {
  const state = follow(handshakeOf(row), decision, by.speaker.now);
  if (state === row.state) return;
  const reason = given || null;
  const signed = { keyThumbprints, theirSignature: jws, theirKey: key };
  if (decision !== 'accepted') {
    const endedBy = state === 'ended' ? { endedBy: 'them' } : {};
    await changePeer(db, row, { state, reason, keyThumbprints, closingSignature: jws, ...endedBy });
    by.record(peerEvent(decision, row.id));
  } else if (state === 'accepted') {
    await giveWay(db, row, by);
    await changePeer(db, row, { state, ...signed });
    by.record(peerEvent(decision, row.id));
  } else {
    // Its yes came after the time of the offer: it is told that nobody is bound.
    await changePeer(db, row, signed);
    await endByUs(db, { ...row, version: row.version + 1 }, 'expired', by);
  }
}
