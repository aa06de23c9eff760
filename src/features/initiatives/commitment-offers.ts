import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import type { NewDecision } from '../../platform/handshake-schemas.ts';
import { newId } from '../../platform/id.ts';
import { type Fault, invalid } from '../../platform/problem.ts';
import { assertExists, assertMember, assertNotEnded, isBound, lockVisibleAlliance } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { actingOrganisation, unrestricted, visibleInitiatives } from '../policy/policy.ts';
import type { NewCommitment, NewCounterOffer } from './commitment-schemas.ts';
import type { View } from './commitment-views.ts';
import { getCommitment } from './commitments.ts';
import { type Commitment, changeCommitment, event, lockCommitment, recordStep, ruled } from './promising.ts';
import { commitmentFaults, decideCommitment } from './rules.ts';
import { assertKnownAlliance, assertOpen, touchInitiative } from './standing.ts';
import { commitments, initiatives } from './tables.ts';

type Input = z.output<typeof NewCommitment>;
type Parties = { readonly promiser: string; readonly beneficiary: string };

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
const fault = (location: string, code: string): Fault => ({ in: 'body', location, code });

/**
 * Makes a promise, or asks one of another organisation. Who promises is bound by that act at once; who is asked, by its
 * own yes alone. Throws invalid_input, not_found, not_your_organisation, member_required, alliance_ended,
 * initiative_over, organisation_dissolved.
 */
export async function createCommitment(db: Db, context: Context, input: Input): Promise<Answer<View>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  const parties = {
    promiser: input.promiserOrganisationId ?? own,
    beneficiary: input.beneficiaryOrganisationId ?? own,
  };
  const faults = commitmentFaults({ ...input, ...parties, own, today: today() });
  if (faults.length > 0) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    const allianceId = await allianceFor(db, caller, input);
    const other = parties.promiser === own ? parties.beneficiary : parties.promiser;
    const { standing, organisations } = await lockVisibleAlliance(db, caller, allianceId, [other]);
    await assertMember(db, caller, allianceId);
    assertNotEnded(standing);
    await assertOther(db, { organisations, allianceId, other, own, parties });
    if (input.initiativeId !== undefined) await assertInitiative(db, input.initiativeId, standing);
    const row = newRow(input, { parties, own, allianceId });
    await db.insert(commitments).values(row);
    await recordStep(db, row, { step: 'offered', organisationId: own });
    if (row.state === 'accepted') await recordStep(db, row, { step: 'accepted', organisationId: own });
    await touchInitiative(db, row.initiativeId);
    record(event(row.state === 'accepted' ? 'commitment.accepted' : 'commitment.offered', row));
    return { ...(await getCommitment(db, caller, row.id)), location: `/v1/commitments/${row.id}` };
  });
}

/** The alliance in which it is promised: that of the initiative, or the one that is named. Throws invalid_input. */
async function allianceFor(db: Db, caller: Caller, { allianceId, initiativeId }: Input): Promise<string> {
  if (initiativeId === undefined) {
    await assertKnownAlliance(db, caller, allianceId as string);
    return allianceId as string;
  }
  const [row] = await db
    .select({ allianceId: initiatives.allianceId })
    .from(initiatives)
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .where(and(eq(initiatives.id, initiativeId), visibleInitiatives(caller.organisationId)));
  if (row === undefined) throw invalid([fault('/initiativeId', 'unknown_initiative')]);
  if (allianceId !== undefined && allianceId !== row.allianceId)
    throw invalid([fault('/allianceId', 'another_alliance')]);
  return row.allianceId;
}

type Other = {
  readonly organisations: Parameters<typeof assertExists>[0];
  readonly allianceId: string;
  readonly other: string;
  readonly own: string;
  readonly parties: Parties;
};

/** Throws invalid_input unless the other party is bound by the same alliance. */
async function assertOther(db: Db, { organisations, allianceId, other, own, parties }: Other): Promise<void> {
  const location = other === parties.promiser ? '/promiserOrganisationId' : '/beneficiaryOrganisationId';
  if (!organisations.has(other)) throw invalid([fault(location, 'unknown_organisation')]);
  for (const party of [own, other]) assertExists(organisations, party);
  if (!(await isBound(db, other, allianceId))) throw invalid([fault(location, 'not_in_alliance')]);
}

async function assertInitiative(
  db: Db,
  initiativeId: string,
  standing: Awaited<ReturnType<typeof lockVisibleAlliance>>['standing'],
): Promise<void> {
  const named = and(eq(initiatives.id, initiativeId), unrestricted('checked'));
  const [initiative] = await db.select().from(initiatives).where(named).for('update');
  if (initiative !== undefined) assertOpen({ initiative, standing });
}

function newRow(
  input: Pick<Input, 'title' | 'dueOn' | 'expiresInDays'> & {
    description?: string | null | undefined;
    initiativeId?: string | null | undefined;
  },
  { parties, own, allianceId }: { parties: Parties; own: string; allianceId: string },
): Commitment {
  const now = new Date();
  const promised = parties.promiser === own;
  return {
    id: newId(),
    version: 1,
    allianceId,
    initiativeId: input.initiativeId ?? null,
    title: input.title,
    description: input.description ?? null,
    promiserOrganisationId: parties.promiser,
    beneficiaryOrganisationId: parties.beneficiary,
    dueOn: input.dueOn,
    firstDueOn: input.dueOn,
    state: promised ? 'accepted' : 'offered',
    offeredByOrganisationId: own,
    counterOfId: null,
    offeredAt: now,
    expiresAt: promised ? null : inDays(input.expiresInDays),
    decidedAt: promised ? now : null,
    ...{ lateToldDueOn: null, decisionReason: null, fulfilledAt: null, evidence: null, confirmedAt: null },
    ...{ outcomeReason: null, cancelledAt: null, cancelledByOrganisationId: null },
    createdAt: now,
    changedAt: now,
  };
}

/**
 * Answers an open offer: the receiver accepts or declines, the offerer withdraws; the same answer again changes nothing.
 * Throws not_found, party_required, wrong_side, handshake_refused, member_required, alliance_ended,
 * organisation_dissolved.
 */
export async function decideOnCommitment(
  db: Db,
  context: Context,
  commitmentId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, party, organisationId, standing, organisations } = await lockCommitment(db, caller, commitmentId);
    const state = decideCommitment(ruled(row), party, decision, new Date());
    if (state === row.state) return getCommitment(db, caller, commitmentId);
    if (state === 'accepted') {
      assertNotEnded(standing);
      assertExists(organisations, organisationId);
      await assertMember(db, caller, row.allianceId);
    }
    await changeCommitment(db, row, { state, decidedAt: new Date(), decisionReason: reason || null });
    await recordStep(db, row, { step: state, organisationId, reason });
    record(event(`commitment.${state}`, row));
    return getCommitment(db, caller, commitmentId);
  });
}

/**
 * Puts another offer in the place of an open one, as the party that may answer it; then the other party may. The old
 * offer is declined and linked. Throws not_found, party_required, wrong_side, handshake_refused, invalid_input,
 * member_required, alliance_ended, organisation_dissolved.
 */
export async function counterCommitment(
  db: Db,
  context: Context,
  commitmentId: string,
  input: z.output<typeof NewCounterOffer>,
): Promise<Answer<View>> {
  const { caller } = context;
  const dueOn = input.dueOn;
  if (dueOn !== undefined && dueOn < today()) throw invalid([fault('/dueOn', 'in_the_past')]);
  return commit(db, context, async (db, record) => {
    const { row, party, organisationId, standing, organisations } = await lockCommitment(db, caller, commitmentId);
    const state = decideCommitment(ruled(row), party, 'declined', new Date());
    if (state === row.state) decideCommitment(ruled(row), party, 'accepted', new Date());
    assertNotEnded(standing);
    assertExists(organisations, organisationId);
    await assertMember(db, caller, row.allianceId);
    const offer = {
      title: input.title ?? row.title,
      description: input.description === undefined ? row.description : input.description,
      dueOn: dueOn ?? row.dueOn,
      expiresInDays: input.expiresInDays,
      initiativeId: row.initiativeId,
    };
    if (offer.dueOn < today()) throw invalid([fault('/dueOn', 'in_the_past')]);
    const parties = { promiser: row.promiserOrganisationId, beneficiary: row.beneficiaryOrganisationId };
    const made = newRow(offer, { parties, own: organisationId, allianceId: row.allianceId });
    const counter = {
      ...made,
      state: 'offered',
      counterOfId: row.id,
      expiresAt: inDays(input.expiresInDays),
      decidedAt: null,
    };
    await changeCommitment(db, row, { state, decidedAt: new Date(), decisionReason: input.reason || null });
    await recordStep(db, row, { step: 'countered', organisationId, reason: input.reason });
    await db.insert(commitments).values(counter);
    await recordStep(db, counter, { step: 'offered', organisationId, reason: input.reason });
    record(event('commitment.countered', row));
    record(event('commitment.offered', counter));
    return { ...(await getCommitment(db, caller, counter.id)), location: `/v1/commitments/${counter.id}` };
  });
}
