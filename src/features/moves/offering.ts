import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { type Context, replicaContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { misdirected } from '../../platform/misdirected.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { canonicalBytes } from '../../platform/receipts.ts';
import { readCompact } from '../access/access.ts';
import { commit } from '../events/events.ts';
import { canonicalBaseUrl, clockTolerance, holdLivePeer, type LivePeer, livePeer } from '../federation/federation.ts';
import { type OrganisationInFull, organisationInFull, standingOf } from '../organisations/organisations.ts';
import { assertActsFor } from '../policy/policy.ts';
import { hashOf, messageTypes, type Offer, OfferClaims, readAs } from './messages.ts';
import { maxOfferBytes, maxOpen, offerSeconds } from './rules.ts';
import type { NewOrganisationMove } from './schemas.ts';
import { isTooLarge } from './size.ts';
import { expireMoves, findMove, hasOpenMove, type MoveDeps, moveEvent, verifiedBy } from './standing.ts';
import { organisationMoves } from './tables.ts';
import { tellNow } from './telling.ts';
import { getMove, type View } from './views.ts';

/** Puts the offers of moves of one organisation in a row. */
const lockOffers = (db: Db, organisationId: string) =>
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`samendoen move ${organisationId}`}, 0))`);

/**
 * Offers an organisation to another node, in its own name, and tells it; where it cannot be told now, it is told later.
 * Nothing moves before the other's yes. Throws not_your_organisation, invalid_input, move_open, move_too_large, and
 * misdirected where it is homed elsewhere.
 */
export async function offerOrganisationMove(
  db: Db,
  context: Context,
  deps: MoveDeps,
  { organisationId, to: given, reason }: z.output<typeof NewOrganisationMove>,
): Promise<Answer<View>> {
  assertActsFor(context.caller, organisationId);
  const to = canonicalBaseUrl(given);
  const peer = to === undefined ? undefined : await livePeer(db, to, new Date());
  if (peer === undefined) throw invalid([{ in: 'body', location: '/to', code: 'no_live_peer' }]);
  const id = newId();
  const answer = await commit(db, context, async (db, record) => {
    await lockOffers(db, organisationId);
    const full = await homedHere(db, context, organisationId);
    await expireMoves(db, organisationId);
    if (await hasOpenMove(db, organisationId)) throw new Problem('move_open');
    const claims = offerOf(deps.peering, full, { id, peer, reason: reason || null });
    const offer = await deps.receipts.sign(db, messageTypes.offer, canonicalBytes(claims));
    await insertMove(db, claims, { offeredBy: 'us', offer });
    record(moveEvent('offered', { id, organisationId }));
    return { ...(await getMove(db, context.caller, id)), location: `/v1/organisation-moves/${id}` };
  });
  await tellNow(db, deps, id);
  return answer;
}

/** An organisation with all that is kept of it, where it is homed here. Throws misdirected and not_found. */
async function homedHere(db: Db, context: Context, organisationId: string): Promise<OrganisationInFull> {
  const full = await organisationInFull(db, organisationId);
  if (full !== undefined) return full;
  const standing = await standingOf(db, organisationId);
  if (standing === undefined || standing.home === null) throw notFound();
  throw misdirected(standing.home, context);
}

type Given = {
  readonly id: string;
  readonly peer: Pick<LivePeer, 'id' | 'baseUrl'>;
  readonly reason: string | null;
};

/** The claims of an offer of this node. Throws invalid_input and move_too_large. */
export function offerOf(
  { baseUrl }: { readonly baseUrl: string },
  full: OrganisationInFull,
  { id, peer, reason }: Given,
): Offer {
  const { moves = [], ...organisation } = full.organisation;
  if (organisation.successorId !== null)
    throw invalid([{ in: 'body', location: '/organisationId', code: 'already_merged' }]);
  if (isTooLarge(full)) throw new Problem('move_too_large');
  const iat = Math.floor(Date.now() / 1000);
  return {
    ...{ iss: baseUrl, aud: peer.baseUrl, jti: id, iat, exp: iat + offerSeconds, peering: peer.id },
    ...{ number: moves.length + 1, organisation, reason },
  };
}

async function insertMove(
  db: Db,
  { iss, aud, jti, exp, peering, number, organisation, reason }: Offer,
  { offeredBy, offer }: { readonly offeredBy: 'us' | 'them'; readonly offer: string },
): Promise<void> {
  const now = new Date();
  await db.insert(organisationMoves).values({
    ...{ id: jti, organisationId: organisation.id, peerId: peering, fromNode: iss, toNode: aud, offeredBy },
    ...{ state: 'offered', number, reason, organisation, offer, offerHash: hashOf(offer) },
    ...{ createdAt: now, changedAt: now, expiresAt: new Date(exp * 1000) },
    nextTellAt: offeredBy === 'us' ? now : null,
  });
}

const notVerified = () => new Problem('move_not_verified');

/**
 * Takes in the offer of a live peer to be the home of an organisation that is homed with it, verified with the keys that
 * the peer publishes for good. The same offer again changes nothing. Throws move_not_verified, move_open,
 * too_many_requests where too many are open, and PeerFailure where its keys cannot be read.
 */
export async function receiveMoveOffer(db: Db, deps: Pick<MoveDeps, 'peering'>, jws: string): Promise<void> {
  const { iss } = readCompact(jws, maxOfferBytes)?.payload ?? {};
  // Keys are asked of peers alone, so that a stranger makes this node ask nobody.
  const peer = typeof iss === 'string' ? await livePeer(db, iss, new Date()) : undefined;
  if (peer === undefined) throw notVerified();
  const payload = await verifiedBy(deps.peering, peer.baseUrl, jws, messageTypes.offer, maxOfferBytes);
  const offer = readAs(OfferClaims, payload);
  if (offer === undefined || !isSound(offer, peer)) throw notVerified();
  await storeMoveOffer(db, offer, jws);
}

/** Whether an offer is one of this peering that can be accepted now, for a time that is not too long. */
function isSound({ iat, exp, peering, organisation }: Offer, peer: LivePeer): boolean {
  const now = Date.now() / 1000;
  if (peering !== peer.id || iat > now + clockTolerance || exp <= now || exp - iat > offerSeconds) return false;
  return organisation.successorId === null && organisation.moves === undefined;
}

/** Stores an offer whose signature was verified. Throws as `receiveMoveOffer` does. */
export async function storeMoveOffer(db: Db, offer: Offer, jws: string): Promise<void> {
  const { iss, jti, peering, organisation } = offer;
  await commit(db, replicaContext('receiveMoveOffer'), async (db, record) => {
    if (!(await holdLivePeer(db, peering))) throw notVerified();
    await lockOffers(db, organisation.id);
    if (await isKnown(db, jti, jws)) return { body: undefined };
    await assertIsToGive(db, offer);
    await expireMoves(db, organisation.id);
    if (await hasOpenMove(db, organisation.id)) throw new Problem('move_open');
    await assertRoom(db, iss);
    await insertMove(db, offer, { offeredBy: 'them', offer: jws });
    record(moveEvent('offered', { id: jti, organisationId: organisation.id }));
    return { body: undefined };
  });
}

/** Whether this offer was stored before. Throws move_not_verified where another has its identifier. */
async function isKnown(db: Db, id: string, jws: string): Promise<boolean> {
  const row = await findMove(db, id);
  if (row === undefined) return false;
  if (row.offeredBy !== 'them' || row.offerHash !== hashOf(jws)) throw notVerified();
  return true;
}

/** Throws move_not_verified where the organisation is homed elsewhere, or moved since: then it is not to be given away. */
async function assertIsToGive(db: Db, { iss, number, organisation }: Offer): Promise<void> {
  const standing = await standingOf(db, organisation.id);
  if (standing !== undefined && (standing.home !== iss || standing.moves >= number)) throw notVerified();
}

/** Throws too_many_requests where so many offers of a node are open that nobody can have meant them. */
async function assertRoom(db: Db, from: string): Promise<void> {
  const { fromNode, offeredBy, state } = organisationMoves;
  const open = and(eq(fromNode, from), eq(offeredBy, 'them'), eq(state, 'offered'));
  if ((await db.$count(organisationMoves, open)) >= maxOpen)
    throw new Problem('too_many_requests', { headers: { 'retry-after': '3600' } });
}
