import { and, eq, or, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { type Decision, decide, type HandshakeState, type Side } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { ranOut } from '../../platform/offers.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import type { Receipts } from '../access/access.ts';
import { assertExists } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { actingOrganisation, unrestricted } from '../policy/policy.ts';
import { appendRecord, assertNumber, lastRecord, type OwnershipRow, ownersOf } from './chain.ts';
import { getOwnershipOffer } from './offers.ts';
import { getOwnershipRecord } from './records.ts';
import { type Owners, type Share, type Subject, shareOf } from './rules.ts';
import type {
  NewOwnershipDecision,
  NewOwnershipOffer,
  NewOwnershipRelease,
  OwnershipOfferView,
  OwnershipRecordView,
} from './schemas.ts';
import { assertMayOwn, findPlace, lockPlace, mayOffer, mayOwn, type Place } from './subjects.ts';
import { ownershipOffers } from './tables.ts';

type Offer = typeof ownershipOffers.$inferSelect;
type OfferView = z.output<typeof OwnershipOfferView>;
type RecordView = z.output<typeof OwnershipRecordView>;

/** The event of an offer that did not lead to a record. */
export const offerEvent = (type: NewEvent['type'], offer: Offer, allianceId: string | null): NewEvent => ({
  type,
  subjectType: 'ownership_offer',
  subjectId: offer.id,
  allianceId: allianceId ?? undefined,
  organisationIds: [
    ...new Set(
      [offer.offeredByOrganisationId, offer.fromOrganisationId, offer.toOrganisationId].filter((id) => id !== null),
    ),
  ],
  data: { subjectType: offer.subjectType, subjectId: offer.subjectId, share: offer.share },
});

type Held = {
  readonly place: Place;
  readonly last: OwnershipRow | undefined;
  readonly owners: Owners;
  readonly organisations: Awaited<ReturnType<typeof lockPlace>>;
};

/** A subject that the caller may see, locked with its organisations, and who owns it; undefined for any other. */
async function holdSubject(
  db: Db,
  caller: Caller,
  subject: Subject,
  others: readonly (string | null)[],
): Promise<Held | undefined> {
  const seen = await findPlace(db, caller.organisationId, subject);
  if (seen === undefined) return undefined;
  const present = (await lastRecord(db, seen))?.accountableOrganisationId ?? null;
  const organisations = await lockPlace(db, seen, [caller.organisationId, present, ...others]);
  const place = await findPlace(db, caller.organisationId, subject);
  if (place === undefined) return undefined;
  const last = await lastRecord(db, place);
  return { place, last, owners: ownersOf(last), organisations };
}

const unknownSubject = () => invalid([{ in: 'body', location: '/subject/id', code: 'unknown_subject' }]);

/**
 * Offers a subject to an organisation, which owns it by its own yes alone. The accountable owner offers, and of the
 * accountable share that is a transfer: it stays until the yes. While nobody is accountable, a convener of the alliance,
 * a participant of the initiative or the author of the item offers. Throws owner_required, already_owner,
 * ownership_offer_open, ownership_changed, subject_closed, organisation_dissolved, invalid_input.
 */
export async function offerOwnership(
  db: Db,
  context: Context,
  input: z.output<typeof NewOwnershipOffer>,
): Promise<Answer<OfferView>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  const { subject, share, organisationId } = input;
  return commit(db, context, async (db, record) => {
    const held = await holdSubject(db, caller, subject, [organisationId]);
    if (held === undefined) throw unknownSubject();
    const { place, last, owners, organisations } = held;
    assertNumber(input.recordNumber, last);
    if (!(await mayOffer(db, place, owners, own))) throw new Problem('owner_required');
    assertExists(organisations, organisationId);
    const faults = await receiverFaults(db, place, organisationId);
    if (faults.length > 0) throw invalid(faults);
    if (place.over) throw new Problem('subject_closed');
    assertGains(owners, share, organisationId);
    const now = new Date();
    await closeStaleOffers(db, held, input, now, record);
    const offer = {
      id: newId(),
      subjectType: subject.type,
      subjectId: subject.id,
      share,
      fromOrganisationId: share === 'accountable' ? owners.accountable : null,
      toOrganisationId: organisationId,
      state: 'offered',
      message: input.message || null,
      offeredByOrganisationId: own,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + input.expiresInDays * 86_400_000),
      decidedAt: null,
      decisionReason: null,
      changedAt: now,
    };
    await insertOffer(db, offer);
    record(offerEvent('ownership.offered', offer, place.allianceId));
    return { ...(await getOwnershipOffer(db, caller, offer.id)), location: `/v1/ownership-offers/${offer.id}` };
  });
}

async function receiverFaults(db: Db, place: Place, organisationId: string): Promise<Fault[]> {
  if (await mayOwn(db, place, organisationId)) return [];
  const code = place.allianceId === null ? 'not_of_the_item' : 'outside_the_alliance';
  return [{ in: 'body', location: '/organisationId', code }];
}

/** Throws already_owner where the organisation has the share, or one that weighs more. */
function assertGains(owners: Owners, share: Share, organisationId: string): void {
  const has = shareOf(owners, organisationId);
  if (has === 'accountable' || has === share) throw new Problem('already_owner');
}

async function insertOffer(db: Db, offer: Offer): Promise<void> {
  try {
    await db.insert(ownershipOffers).values(offer);
  } catch (error) {
    if (violatedConstraint(error) === 'ownership_offers_open') throw new Problem('ownership_offer_open');
    throw error;
  }
}

/** Notes that earlier offers of the same share to the same organisation are over: for their time, or for their owner. */
async function closeStaleOffers(
  db: Db,
  { place, owners }: Held,
  { subject, share, organisationId }: Pick<z.output<typeof NewOwnershipOffer>, 'subject' | 'share' | 'organisationId'>,
  now: Date,
  record: (event: NewEvent) => void,
): Promise<void> {
  const { subjectType, subjectId, toOrganisationId, fromOrganisationId, offeredByOrganisationId, state } =
    ownershipOffers;
  // A joint share is offered by whoever is accountable, and an offer of who was it before leads to nothing.
  const offerer = share === 'joint' ? offeredByOrganisationId : fromOrganisationId;
  const outdated =
    share === 'joint' && owners.accountable === null
      ? sql`false`
      : sql`${offerer} is distinct from ${owners.accountable}::uuid`;
  const same = and(
    eq(subjectType, subject.type),
    eq(subjectId, subject.id),
    eq(ownershipOffers.share, share),
    eq(toOrganisationId, organisationId),
  );
  const closed = await db
    .update(ownershipOffers)
    .set({ state: 'expired', changedAt: now })
    .where(and(same, eq(state, 'offered'), or(ranOut(ownershipOffers), outdated), unrestricted('node')))
    .returning();
  for (const offer of closed) record(offerEvent('ownership.expired', offer, place.allianceId));
}

/**
 * Answers an offer to own: the receiver accepts or declines, who offered withdraws; the same answer again changes
 * nothing. With a yes the ownership is recorded, and its receipt signed. Throws not_found, wrong_side,
 * handshake_refused, ownership_changed, member_required, already_owner, subject_closed, organisation_dissolved.
 */
export async function decideOwnershipOffer(
  db: Db,
  context: Context,
  receipts: Receipts,
  offerId: string,
  { decision, reason }: z.output<typeof NewOwnershipDecision>,
): Promise<Answer<OfferView>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { body: seen } = await getOwnershipOffer(db, caller, offerId);
    const parties = [seen.to.id, seen.from?.id ?? null, seen.offeredBy.id];
    const held = await holdSubject(db, caller, { type: seen.subject.type, id: seen.subject.id }, parties);
    if (held === undefined) throw notFound();
    const named = and(eq(ownershipOffers.id, offerId), unrestricted('checked'));
    const [offer] = await db.select().from(ownershipOffers).where(named).for('update');
    if (offer === undefined) throw notFound();
    const decidedAt = new Date();
    const { expiresAt } = offer;
    const handshake = { state: offer.state as HandshakeState, expiresAt };
    const state = decide(handshake, sideOf(caller, offer, decision), decision, decidedAt);
    if (state !== offer.state) {
      await db
        .update(ownershipOffers)
        .set({ state, decidedAt, decisionReason: reason || null, changedAt: decidedAt })
        .where(named);
      if (state === 'accepted') record(await takeUp(db, receipts, held, { ...offer, decidedAt }));
      else record(offerEvent(`ownership.${decision}`, offer, held.place.allianceId));
    }
    return getOwnershipOffer(db, caller, offerId);
  });
}

/** The side on which the caller decides; who offered to its own organisation is on both. */
function sideOf(caller: Caller, offer: Offer, decision: Decision): Side {
  const offered = caller.organisationId === offer.offeredByOrganisationId;
  const receives = caller.organisationId === offer.toOrganisationId;
  if (offered && receives) return decision === 'withdrawn' ? 'offerer' : 'receiver';
  if (!offered && !receives) throw new Problem('wrong_side');
  return offered ? 'offerer' : 'receiver';
}

/** What follows from a yes, if all that the offer rested on still holds; answers the event. */
async function takeUp(
  db: Db,
  receipts: Receipts,
  { place, last, owners, organisations }: Held,
  offer: Offer & { decidedAt: Date },
): Promise<NewEvent> {
  const { id, toOrganisationId: to, fromOrganisationId: from, offeredByOrganisationId: offeredBy } = offer;
  const share = offer.share as Share;
  if (place.over) throw new Problem('subject_closed');
  await assertMayOwn(db, place, organisations, to);
  if (share === 'accountable' && owners.accountable !== from) throw new Problem('ownership_changed');
  if (!(await mayOffer(db, place, owners, offeredBy))) throw new Problem('ownership_changed');
  assertGains(owners, share, to);
  const { offeredAt, decidedAt } = offer;
  const cause = { change: { share, from, to }, offer: { id, offeredBy, offeredAt, decidedAt } };
  return (await appendRecord(db, receipts, place, last, cause)).event;
}

/**
 * Gives up a share that the caller's organisation has. Without an accountable owner the subject is an orphan, and
 * listed as such. Throws owner_required, ownership_changed, invalid_input.
 */
export async function releaseOwnership(
  db: Db,
  context: Context,
  receipts: Receipts,
  { subject, share, reason, recordNumber }: z.output<typeof NewOwnershipRelease>,
): Promise<Answer<RecordView>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  return commit(db, context, async (db, record) => {
    const held = await holdSubject(db, caller, subject, []);
    if (held === undefined) throw unknownSubject();
    assertNumber(recordNumber, held.last);
    if (shareOf(held.owners, own) !== share) throw new Problem('owner_required');
    const cause = { change: { share, from: own, to: null }, reason };
    const { row, event } = await appendRecord(db, receipts, held.place, held.last, cause);
    record(event);
    return { ...(await getOwnershipRecord(db, caller, row.id)), location: `/v1/ownership-records/${row.id}` };
  });
}
