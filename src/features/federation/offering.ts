import { isDeepStrictEqual } from 'node:util';
import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { type Context, nodeContext } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { type Fault, invalid, Problem } from '../../platform/problem.ts';
import { readCompact } from '../access/access.ts';
import { commit } from '../events/events.ts';
import { baseUrlFaults, canonicalBaseUrl } from './base-url.ts';
import {
  maxMessageBytes,
  messageTypes,
  type Offer,
  OfferClaims,
  offerHashOf,
  readClaims,
  signMessage,
  termsOf,
} from './messages.ts';
import { type NodeDescription, PeerFailure, type VerifiedMessage } from './peer-keys.ts';
import type { Peering } from './peering.ts';
import { getPeer, livePeer, type View } from './peers.ts';
import { clockTolerance, expiryOf, type Most, maxReceived, maxWithdrawn, validityFaults } from './rules.ts';
import type { NewPeer } from './schemas.ts';
import { expireOffer, hasOpenOffer, lockNode, peerEvent, queueMessage } from './standing.ts';
import { peers } from './tables.ts';
import { tellNow } from './telling.ts';

type Input = z.output<typeof NewPeer>;

/** What is known of a node at the moment of an offer. */
export type Described = { readonly description: Pick<NodeDescription, 'name' | 'oin'>; readonly thumbprints: string[] };

const notVerified = () => new Problem('peering_not_verified');

function offerFaults({ baseUrl, shares, receives, validFrom, validUntil }: Input, peering: Peering): Fault[] {
  const faults = [
    ...baseUrlFaults(baseUrl, peering.sendable).map((code) => ({ location: '/baseUrl', code })),
    ...(canonicalBaseUrl(baseUrl) === peering.baseUrl ? [{ location: '/baseUrl', code: 'own_node' }] : []),
    ...(shares.length + receives.length === 0 ? [{ location: '/shares', code: 'nothing_shared' }] : []),
    ...validityFaults({ validFrom: validFrom ?? today(), validUntil }, today()),
  ];
  return faults.map(({ location, code }) => ({ in: 'body', location, code }));
}

/** What a node publishes of itself now. Throws peer_unreachable. */
async function described({ keys }: Peering, baseUrl: string): Promise<Described> {
  try {
    return { description: await keys.describe(baseUrl), thumbprints: await keys.thumbprints(baseUrl) };
  } catch (error) {
    if (error instanceof PeerFailure) throw new Problem('peer_unreachable', { params: { reason: error.reason } });
    throw error;
  }
}

/**
 * Offers a peering to another node, which is asked who it is first, and tells it; where it cannot be told now, it is told
 * later. Binds nobody before the other's yes. Throws invalid_input, peer_unreachable (then nothing is stored) and
 * peering_open.
 */
export async function offerPeering(db: Db, context: Context, peering: Peering, input: Input): Promise<Answer<View>> {
  const faults = offerFaults(input, peering);
  const baseUrl = canonicalBaseUrl(input.baseUrl);
  if (faults.length > 0 || baseUrl === undefined) throw invalid(faults);
  const of = await described(peering, baseUrl);
  const key = await peering.signingKey();
  const id = newId();
  const answer = await commit(db, context, async (db, record) => {
    await lockNode(db, baseUrl);
    await expireOffer(db, baseUrl);
    if (await hasOpenOffer(db, baseUrl)) throw new Problem('peering_open');
    const offer = offerOf(peering, { ...input, id, baseUrl }, new Date());
    const payload = JSON.stringify(offer);
    const signature = await signMessage(payload, messageTypes.offer, key);
    await insertPeer(db, offer, of, { offeredBy: 'us', offerHash: offerHashOf(signature), ourSignature: signature });
    await queueMessage(db, id, 'offered', payload);
    record(peerEvent('offered', id));
    return { ...(await getPeer(db, context.caller, id)), location: `/v1/peers/${id}` };
  });
  // Told at once as far as that goes; the answer is the one that a repeated request is given.
  await tellNow(db, peering, id);
  return answer;
}

/** The claims of an offer of this node. */
export function offerOf(
  { baseUrl, name, oin }: Pick<Peering, 'baseUrl' | 'name' | 'oin'>,
  given: Input & { readonly id: string },
  now: Date,
): Offer {
  const { id, shares, receives, validFrom = today(), validUntil } = given;
  const iat = Math.floor(now.getTime() / 1000);
  const terms = {
    id,
    offeredBy: { baseUrl, oin, name, shares },
    offeredTo: { baseUrl: given.baseUrl, shares: receives },
    ...{ validFrom, validUntil },
  };
  return {
    iss: baseUrl,
    aud: given.baseUrl,
    jti: id,
    iat,
    exp: Math.floor(expiryOf(new Date(iat * 1000), validUntil).getTime() / 1000),
    peering: termsOf(terms) as Offer['peering'],
  };
}

type Signed = {
  readonly offeredBy: 'us' | 'them';
  readonly offerHash: string;
  readonly ourSignature?: string;
  readonly theirSignature?: string;
  readonly theirKey?: Record<string, unknown>;
};

async function insertPeer(db: Db, { peering, exp }: Offer, of: Described, signed: Signed): Promise<void> {
  const { id, offeredBy, offeredTo, validFrom, validUntil } = peering;
  const now = new Date();
  const isOurs = signed.offeredBy === 'us';
  const [us, them] = isOurs ? [offeredBy, offeredTo] : [offeredTo, offeredBy];
  await db.insert(peers).values({
    ...{ id, validFrom, validUntil, terms: peering, ...signed },
    baseUrl: them.baseUrl,
    name: of.description.name,
    oin: of.description.oin,
    keyThumbprints: of.thumbprints,
    state: 'offered',
    ourShare: us.shares,
    theirShare: them.shares,
    expiresAt: new Date(exp * 1000),
    createdAt: now,
    changedAt: now,
  });
}

/** An offer that its offerer signed, as it came. */
export type VerifiedOffer = VerifiedMessage & Described & { readonly jws: string };

/**
 * Takes in the offer of another node, verified with the keys that are published under the address of its issuer. The same
 * offer again changes nothing. Throws peering_not_verified, peering_open and too_many_peerings.
 */
export async function receiveOffer(db: Db, peering: Peering, jws: string): Promise<void> {
  const { iss } = readCompact(jws, maxMessageBytes)?.payload ?? {};
  if (typeof iss !== 'string' || baseUrlFaults(iss, peering.sendable).length > 0) throw notVerified();
  if (canonicalBaseUrl(iss) !== iss || iss === peering.baseUrl) throw notVerified();
  await storeOffer(db, peering, await verifiedOffer(peering, iss, jws));
}

async function verifiedOffer({ keys, baseUrl }: Peering, issuer: string, jws: string): Promise<VerifiedOffer> {
  try {
    const verified = await keys.verify(issuer, jws, { typ: messageTypes.offer, audience: baseUrl });
    const description = await keys.describe(issuer);
    return { ...verified, jws, description, thumbprints: await keys.thumbprints(issuer) };
  } catch (error) {
    // Not even why it failed is told to whoever sent it, since anybody may name an address to be looked at.
    if (error instanceof PeerFailure) throw notVerified();
    throw error;
  }
}

/** The offer that a verified message makes to this node; undefined where it makes none that holds. */
function offerIn({ payload }: VerifiedMessage, { baseUrl }: Pick<Peering, 'baseUrl'>, now: Date): Offer | undefined {
  const offer = readClaims(OfferClaims, payload);
  if (offer === undefined) return undefined;
  const { iss, iat, exp, peering } = offer;
  const at = new Date(iat * 1000);
  const isBetween = peering.offeredBy.baseUrl === iss && peering.offeredTo.baseUrl === baseUrl;
  const isInTime = iat * 1000 <= now.getTime() + clockTolerance * 1000 && exp * 1000 > now.getTime();
  const isBounded = exp === Math.floor(expiryOf(at, peering.validUntil).getTime() / 1000);
  if (!isBetween || !isInTime || !isBounded) return undefined;
  return validityFaults(peering, at.toISOString().slice(0, 10)).length === 0 ? offer : undefined;
}

/** Stores an offer whose signature was verified. Throws as `receiveOffer` does. */
export async function storeOffer(db: Db, node: Pick<Peering, 'baseUrl'>, verified: VerifiedOffer): Promise<void> {
  const offer = offerIn(verified, node, new Date());
  if (offer === undefined) throw notVerified();
  await commit(db, nodeContext('receivePeeringOffer'), async (db, record) => {
    await lockReceived(db);
    await lockNode(db, offer.iss);
    if (await isKnown(db, offer)) return { body: undefined };
    await expireOffer(db, offer.iss);
    if (await hasOpenOffer(db, offer.iss)) throw new Problem('peering_open');
    await assertRoom(db, offer.iss);
    const { jws, jwk } = verified;
    const signed = {
      offeredBy: 'them',
      offerHash: offerHashOf(jws),
      theirSignature: jws,
      theirKey: { ...jwk },
    } as const;
    await insertPeer(db, offer, verified, signed);
    record(peerEvent('offered', offer.jti));
    return { body: undefined };
  });
}

/** Whether this offer was stored before. Throws peering_not_verified where another has its identifier. */
async function isKnown(db: Db, { iss, jti, peering }: Offer): Promise<boolean> {
  const [row] = await db.select().from(peers).where(eq(peers.id, jti));
  if (row === undefined) return false;
  const isSame = row.offeredBy === 'them' && row.baseUrl === iss && isDeepStrictEqual(row.terms, peering);
  if (!isSame) throw notVerified();
  return true;
}

const lockReceived = (db: Db) =>
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended('samendoen received peerings', 0))`);

/**
 * Throws too_many_peerings where others offered so much of late that nobody answered, or took so much back: anybody may
 * offer. What strangers offered does not count against a node with which a peering holds.
 */
async function assertRoom(db: Db, baseUrl: string): Promise<void> {
  const unanswered = and(
    inArray(peers.state, ['offered', 'expired']),
    sql`${peers.createdAt} > now() - interval '30 days'`,
  );
  const withdrawn = and(eq(peers.state, 'withdrawn'), sql`${peers.createdAt} > now() - interval '1 day'`);
  const ofOne = eq(peers.baseUrl, baseUrl);
  const count = (condition: SQL | undefined) => sql<number>`(count(*) filter (where ${condition}))::int`;
  const [found] = await db
    .select({
      unanswered: { all: count(unanswered), ofOne: count(and(unanswered, ofOne)) },
      withdrawn: { all: count(withdrawn), ofOne: count(and(withdrawn, ofOne)) },
    })
    .from(peers)
    .where(and(eq(peers.offeredBy, 'them'), or(unanswered, withdrawn)));
  if (found === undefined) return;
  const isKnown = (await livePeer(db, baseUrl, new Date())) !== undefined;
  const hasRoom = (count: Most, most: Most) => count.ofOne < most.ofOne && (isKnown || count.all < most.all);
  if (hasRoom(found.unanswered, maxReceived) && hasRoom(found.withdrawn, maxWithdrawn)) return;
  throw new Problem('too_many_peerings', { headers: { 'retry-after': '3600' } });
}
