import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { type Decision, decide, effectiveState, type HandshakeState, type Side } from '../../platform/handshake.ts';
import type { NewDecision } from '../../platform/handshake-schemas.ts';
import { newId } from '../../platform/id.ts';
import { inState, openAtEndOf, ranOut } from '../../platform/offers.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertNotClosing } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { partyToCommitment, unrestricted, visibleCommitments } from '../policy/policy.ts';
import type { DateOfferQuery, DateOfferView, NewDateOffer } from './commitment-schemas.ts';
import { getCommitment } from './commitments.ts';
import { type Commitment, changeCommitment, event, lockCommitment, recordStep } from './promising.ts';
import { commitments, dateOffers } from './tables.ts';

type View = z.output<typeof DateOfferView>;

/** Offers of another day are for the two parties alone. */
const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: dateOffers.id,
      commitmentId: dateOffers.commitmentId,
      dueOn: dateOffers.dueOn,
      reason: dateOffers.reason,
      state: sql<HandshakeState>`${dateOffers.state}`,
      offeredBy: organisationIn(dateOffers.offeredByOrganisationId),
      offeredAt: dateOffers.offeredAt,
      expiresAt: dateOffers.expiresAt,
      decidedAt: dateOffers.decidedAt,
      decisionReason: dateOffers.decisionReason,
      changedAt: dateOffers.changedAt,
    })
    .from(dateOffers)
    .innerJoin(commitments, eq(commitments.id, dateOffers.commitmentId))
    .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
    .where(and(visibleCommitments(viewer), partyToCommitment(viewer), condition));

const toView = (row: Awaited<ReturnType<typeof select>>[number]): View => ({
  ...row,
  state: effectiveState(row, new Date()),
});

async function find(db: Db, caller: Caller, dateOfferId: string): Promise<View> {
  const [row] = await select(db, caller, eq(dateOffers.id, dateOfferId));
  if (row === undefined) throw notFound();
  return toView(row);
}

/** One offer of another day, for the two parties. Throws not_found. */
export async function getDateOffer(db: Db, caller: Caller, dateOfferId: string): Promise<Answer<View>> {
  return { body: await find(db, caller, dateOfferId) };
}

/** A page of the offers of another day for a commitment, for its two parties. Throws not_found. */
export async function listDateOffers(
  db: Db,
  caller: Caller,
  commitmentId: string,
  input: z.output<typeof DateOfferQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await getCommitment(db, caller, commitmentId);
  const { after, state, asOf, changedSince, limit } = input;
  const condition = and(
    eq(dateOffers.commitmentId, commitmentId),
    after?.[0] === undefined ? undefined : gt(dateOffers.id, after[0]),
    state === undefined ? undefined : inState(dateOffers, state),
    asOf === undefined ? undefined : openAtEndOf(dateOffers, asOf),
    changedSince === undefined ? undefined : gte(dateOffers.changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(dateOffers.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/**
 * Offers another day for an open promise, as one of its parties; the old one holds until the other's yes. Throws
 * invalid_input, not_found, party_required, handshake_refused, date_offer_open, space_closing.
 */
export async function offerDate(
  db: Db,
  context: Context,
  commitmentId: string,
  { dueOn, reason, expiresInDays }: z.output<typeof NewDateOffer>,
): Promise<Answer<View>> {
  const { caller } = context;
  if (dueOn < today()) throw invalid([{ in: 'body', location: '/dueOn', code: 'in_the_past' }]);
  return commit(db, context, async (db, record) => {
    const { row, organisationId, standing } = await lockCommitment(db, caller, commitmentId);
    assertNotClosing(standing);
    if (row.state !== 'accepted')
      throw new Problem('handshake_refused', { params: { state: row.state, decision: 'date_offered' } });
    if (dueOn === row.dueOn) throw invalid([{ in: 'body', location: '/dueOn', code: 'same_day' }]);
    const now = new Date();
    await db
      .update(dateOffers)
      .set({ state: 'expired', changedAt: now })
      .where(and(eq(dateOffers.commitmentId, commitmentId), ranOut(dateOffers), unrestricted('node')));
    const id = newId();
    const expiresAt = new Date(now.getTime() + expiresInDays * 86_400_000);
    const offer = { id, commitmentId, dueOn, reason: reason || null, state: 'offered', expiresAt };
    try {
      await db.transaction(async (db) =>
        db
          .insert(dateOffers)
          .values({ ...offer, offeredByOrganisationId: organisationId, offeredAt: now, changedAt: now }),
      );
    } catch (error) {
      if (violatedConstraint(error) === 'date_offers_open') throw new Problem('date_offer_open');
      throw error;
    }
    await recordStep(db, row, { step: 'date_offered', organisationId, reason, dueOn });
    record(event('commitment.date_offered', row));
    return { body: await find(db, caller, id), location: `/v1/date-offers/${id}` };
  });
}

async function move(db: Db, row: Commitment, dueOn: string): Promise<void> {
  if (row.state !== 'accepted')
    throw new Problem('handshake_refused', { params: { state: row.state, decision: 'date_moved' } });
  await changeCommitment(db, row, { dueOn });
}

const steps = {
  accepted: 'date_moved',
  declined: 'date_declined',
  withdrawn: 'date_withdrawn',
} as const satisfies Record<Decision, string>;

/**
 * Answers an offer of another day: the other party accepts or declines, the offerer withdraws; the same answer again
 * changes nothing. The day that was promised first is kept. Throws not_found, wrong_side, handshake_refused.
 */
export async function decideDateOffer(
  db: Db,
  context: Context,
  dateOfferId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { commitmentId } = await find(db, caller, dateOfferId);
    const { row, organisationId } = await lockCommitment(db, caller, commitmentId);
    const named = and(eq(dateOffers.id, dateOfferId), unrestricted('checked'));
    const [offer] = await db.select().from(dateOffers).where(named).for('update');
    if (offer === undefined) throw notFound();
    const side: Side = offer.offeredByOrganisationId === organisationId ? 'offerer' : 'receiver';
    const now = new Date();
    const state = decide({ state: offer.state as HandshakeState, expiresAt: offer.expiresAt }, side, decision, now);
    if (state === offer.state) return { body: await find(db, caller, dateOfferId) };
    if (state === 'accepted') await move(db, row, offer.dueOn);
    await db
      .update(dateOffers)
      .set({ state, decidedAt: now, decisionReason: reason || null, changedAt: now })
      .where(named);
    const step = steps[decision];
    await recordStep(db, row, { step, organisationId, reason, dueOn: offer.dueOn });
    record(event(`commitment.${step}`, row));
    return { body: await find(db, caller, dateOfferId) };
  });
}
