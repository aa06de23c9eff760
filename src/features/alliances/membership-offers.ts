import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { type Decision, decide, type HandshakeState, type Side } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { actingOrganisation, unrestricted, visibleMemberships } from '../policy/policy.ts';
import { getChangedMembership, getMembership } from './memberships.ts';
import { departureFaults, membershipState, today } from './rules.ts';
import type { MembershipView, NewDecision, NewDeparture, NewMembership } from './schemas.ts';
import {
  assertConvener,
  assertExists,
  assertMayAdmit,
  assertNoSponsor,
  assertNotEnded,
  hasConvenerFrom,
  lockAlliance,
  lockOrganisations,
  lockVisibleAlliance,
  notEnded,
  type Organisations,
  ranOut,
  type Standing,
} from './standing.ts';
import { withdrawSuccession } from './succession.ts';
import { alliances, memberships } from './tables.ts';

/** What else must follow, in the same transaction, when an organisation takes no part in an alliance any more; answers the events. */
export type LeaveAlliance = (
  db: Db,
  departure: { allianceId: string; organisationId: string; own: boolean },
) => Promise<NewEvent[]>;

type View = z.output<typeof MembershipView>;
type Membership = typeof memberships.$inferSelect;
type Recorder = (event: NewEvent) => void;

const event = (type: NewEvent['type'], row: Pick<Membership, 'id' | 'allianceId' | 'organisationId'>): NewEvent => ({
  type,
  subjectType: 'membership',
  subjectId: row.id,
  allianceId: row.allianceId,
  organisationIds: [row.organisationId],
});

/**
 * Offers a membership: a convener invites an organisation, or an organisation applies for itself; also for another role
 * than it has, or beyond the end that was announced. Neither binds anybody before the other side's yes. Throws
 * not_found, convener_required, already_a_member, alliance_ended, organisation_dissolved, sponsor_cannot_join,
 * invalid_input.
 */
export async function offerMembership(
  db: Db,
  context: Context,
  allianceId: string,
  input: z.output<typeof NewMembership>,
): Promise<Answer<View>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  const organisationId = input.organisationId ?? own;
  return commit(db, context, async (db, record) => {
    const { standing, organisations } = await lockVisibleAlliance(db, caller, allianceId, [organisationId]);
    if (organisationId !== own) await assertMayAdmit(db, caller, allianceId);
    assertExists(organisations, organisationId);
    assertNotEnded(standing);
    await assertNoSponsor(db, organisationId, allianceId);
    await assertNoSameRole(db, allianceId, organisationId, input.role);
    const now = new Date();
    await expireOpenOffer(db, allianceId, organisationId, now, record);
    const row = {
      id: newId(),
      allianceId,
      organisationId,
      role: input.role,
      state: 'offered',
      offeredBy: organisationId === own ? 'organisation' : 'alliance',
      offeredByOrganisationId: own,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + input.expiresInDays * 86_400_000),
      basis: 'agreed_here',
      createdAt: now,
      changedAt: now,
    };
    await insertOffer(db, row);
    record(event('membership.offered', row));
    return { ...(await getMembership(db, caller, row.id)), location: `/v1/memberships/${row.id}` };
  });
}

async function insertOffer(db: Db, row: typeof memberships.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(memberships).values(row));
  } catch (error) {
    if (violatedConstraint(error) === 'memberships_open_offer') throw new Problem('already_a_member');
    throw error;
  }
}

const between = (allianceId: string, organisationId: string) =>
  and(eq(memberships.allianceId, allianceId), eq(memberships.organisationId, organisationId));

/** Throws already_a_member where the organisation has that role, and no end of it was announced. */
async function assertNoSameRole(db: Db, allianceId: string, organisationId: string, role: string): Promise<void> {
  const [same] = await db
    .select({ id: memberships.id })
    .from(memberships)
    .where(
      and(
        between(allianceId, organisationId),
        eq(memberships.role, role),
        unrestricted('rule'),
        sql`${memberships.state} = 'accepted' and ${memberships.endsOn} is null and ${memberships.startsOn} <= current_date`,
      ),
    );
  if (same !== undefined) throw new Problem('already_a_member');
}

async function expireOpenOffer(
  db: Db,
  allianceId: string,
  organisationId: string,
  now: Date,
  record: Recorder,
): Promise<void> {
  const expired = await db
    .update(memberships)
    .set({ state: 'expired', changedAt: now, version: sql`${memberships.version} + 1` })
    .where(and(between(allianceId, organisationId), ranOut, unrestricted('node')))
    .returning();
  for (const row of expired) record(event('membership.expired', row));
}

/** A membership that was found under the policy, or made, in this transaction. */
const named = (membershipId: string) => and(eq(memberships.id, membershipId), unrestricted('checked'));

type Party = {
  readonly row: Membership;
  readonly ofOrganisation: boolean;
  readonly standing: Standing;
  readonly organisations: Organisations;
};

/** The row, locked after its alliance, when the caller is a party to it: its organisation, or the alliance by a convener. */
async function lockParty(
  db: Db,
  caller: Caller,
  membershipId: string,
  assertActs: typeof assertConvener,
): Promise<Party> {
  const [seen] = await db
    .select({ allianceId: memberships.allianceId, organisationId: memberships.organisationId })
    .from(memberships)
    .innerJoin(alliances, eq(alliances.id, memberships.allianceId))
    .where(and(eq(memberships.id, membershipId), visibleMemberships(caller.organisationId)));
  if (seen === undefined) throw notFound();
  const ofOrganisation = seen.organisationId === caller.organisationId;
  if (!ofOrganisation) await assertActs(db, caller, seen.allianceId);
  const organisations = await lockOrganisations(db, [caller.organisationId, seen.organisationId]);
  const standing = await lockAlliance(db, seen.allianceId);
  if (!ofOrganisation) await assertActs(db, caller, seen.allianceId);
  const [row] = await db.select().from(memberships).where(named(membershipId)).for('update');
  if (row === undefined) throw notFound();
  return { row, ofOrganisation, standing, organisations };
}

/**
 * Answers an offer: the receiver accepts or declines, the offerer withdraws; the same answer again changes nothing.
 * Throws not_found, wrong_side, convener_required, handshake_refused, alliance_ended, organisation_dissolved,
 * sponsor_cannot_join, last_convener.
 */
export async function decideMembership(
  db: Db,
  context: Context,
  membershipId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  const day = today();
  return commit(db, context, async (db, record) => {
    const party = await lockParty(db, caller, membershipId, assertMayAdmit);
    const { row } = party;
    const state = stateAfter(party, decision);
    if (state === row.state) return getChangedMembership(db, caller, membershipId);
    const decided = {
      state,
      version: row.version + 1,
      decidedAt: new Date(),
      decidedByOrganisationId: actingOrganisation(caller),
      decisionReason: reason ?? null,
      startsOn: state === 'accepted' ? day : null,
      changedAt: new Date(),
    };
    const decideRow = async () => db.update(memberships).set(decided).where(named(membershipId));
    await (state === 'accepted' ? takeUp(db, party, day, decideRow, record) : decideRow());
    record(event(`membership.${state}`, row));
    return getChangedMembership(db, caller, membershipId);
  });
}

function stateAfter({ row, ofOrganisation }: Party, decision: Decision): HandshakeState {
  if (row.offeredBy === null) throw refusal(row, decision);
  const side: Side = ofOrganisation === (row.offeredBy === 'organisation') ? 'offerer' : 'receiver';
  return decide({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, side, decision, new Date());
}

const refusal = (row: Membership, decision: string) =>
  new Problem('handshake_refused', { params: { state: membershipState(stateOf(row), new Date()), decision } });

const stateOf = (row: Membership) => ({
  state: row.state as HandshakeState,
  expiresAt: row.expiresAt,
  endsOn: row.endsOn,
});

/**
 * Lets a membership begin; what held before ends on the same day. An alliance that has a convener keeps one, so nobody
 * joins what its last convener is about to leave.
 */
async function takeUp(
  db: Db,
  { row, standing, organisations }: Party,
  day: string,
  begin: () => Promise<unknown>,
  record: Recorder,
): Promise<void> {
  const { allianceId, organisationId } = row;
  assertExists(organisations, organisationId);
  assertNotEnded(standing);
  await assertNoSponsor(db, organisationId, allianceId);
  const convened = await hasConvenerFrom(db, allianceId, day);
  const before = await db
    .update(memberships)
    .set({
      state: 'ended',
      endsOn: sql`greatest(${memberships.startsOn}, ${day}::date)`,
      endedByOrganisationId: organisationId,
      endReason: sql`case when ${memberships.role} = ${row.role} then 'renewed' else 'role_changed' end`,
      changedAt: new Date(),
      version: sql`${memberships.version} + 1`,
    })
    .where(and(between(allianceId, organisationId), notEnded, unrestricted('checked')))
    .returning();
  for (const ended of before) record(event('membership.ended', ended));
  await begin();
  await withdrawSuccession(db, record, organisations, row);
  const stepsDown = before.some(({ role }) => role === 'convener');
  if ((convened || stepsDown) && !(await hasConvenerFrom(db, allianceId, day))) throw new Problem('last_convener');
}

/**
 * Ends a membership on a day: the organisation leaves, or a convener ends it and says why. An end that was announced
 * can be brought forward, not put off. The same day again changes nothing. A convener stays as long as others take
 * part. Throws not_found, convener_required, handshake_refused, last_convener, invalid_input, and what `leaveAlliance` throws.
 */
export async function endMembership(
  db: Db,
  context: Context,
  membershipId: string,
  input: z.output<typeof NewDeparture>,
  leaveAlliance: LeaveAlliance = async () => [],
): Promise<Answer<View>> {
  const { caller } = context;
  const day = today();
  return commit(db, context, async (db, record) => {
    const party = await lockParty(db, caller, membershipId, assertConvener);
    const { row } = party;
    if (endsAlready(row, input.endsOn, day)) return getChangedMembership(db, caller, membershipId);
    const { endsOn, endReason } = departureOf(party, input, day);
    const state = endsOn <= day || endsOn === row.startsOn ? 'ended' : 'accepted';
    await db
      .update(memberships)
      .set({
        state,
        endsOn,
        endReason,
        endedByOrganisationId: actingOrganisation(caller),
        version: row.version + 1,
        changedAt: new Date(),
      })
      .where(named(membershipId));
    record(event(state === 'ended' ? 'membership.ended' : 'membership.changed', row));
    await withdrawSuccession(db, record, party.organisations, row);
    if (row.role === 'convener' && !(await hasConvenerFrom(db, row.allianceId, endsOn)))
      throw new Problem('last_convener');
    if (state === 'ended') {
      const { allianceId, organisationId } = row;
      const events = await leaveAlliance(db, { allianceId, organisationId, own: party.ofOrganisation });
      events.forEach(record);
    }
    return getChangedMembership(db, caller, membershipId);
  });
}

/** Whether it was ended here before: on the day that is asked for, or by today where none is. */
const endsAlready = ({ endsOn, endedByOrganisationId }: Membership, asked: string | undefined, day: string) =>
  endsOn !== null && endedByOrganisationId !== null && (asked === undefined ? endsOn <= day : endsOn === asked);

/** The departure that is asked for: today where no day is given, or before it begins. Throws handshake_refused, invalid_input. */
function departureOf(
  { row, ofOrganisation }: Party,
  input: z.output<typeof NewDeparture>,
  day: string,
): { endsOn: string; endReason: string | null } {
  if (membershipState(stateOf(row), new Date()) !== 'accepted') throw refusal(row, 'ended');
  const endsOn = input.endsOn ?? (row.startsOn !== null && row.startsOn > day ? row.startsOn : day);
  const endReason = input.reason || null;
  const faults = departureFaults({ endsOn, reason: endReason, own: ofOrganisation }, row, day);
  if (faults.length > 0) throw invalid(faults);
  return { endsOn, endReason };
}
