import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { decide, end, type HandshakeState, type Side } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { ranOut } from '../../platform/offers.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertExists, assertMember, assertNotClosing, isBound } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { findParticipation } from './participations.ts';
import type { NewLeave, NewParticipation, NewParticipationDecision, NewStance, ParticipationView } from './schemas.ts';
import {
  assertOpen,
  assertParticipant,
  type Locked,
  lockInitiative,
  lockVisibleInitiative,
  touchInitiative,
} from './standing.ts';
import { participations, stances } from './tables.ts';

type View = z.output<typeof ParticipationView>;
type Participation = typeof participations.$inferSelect;

type Recorder = (event: NewEvent) => void;
const event = (
  type: NewEvent['type'],
  row: Pick<Participation, 'id' | 'organisationId'>,
  allianceId: string,
): NewEvent => ({
  type,
  subjectType: 'participation',
  subjectId: row.id,
  allianceId,
  organisationIds: [row.organisationId],
});

/**
 * Takes part in an initiative by the caller's own act, or asks another organisation of the alliance to. Throws
 * not_found, member_required, participant_required, initiative_over, already_a_participant, invalid_input.
 */
export async function addParticipation(
  db: Db,
  context: Context,
  initiativeId: string,
  input: z.output<typeof NewParticipation>,
): Promise<Answer<View>> {
  const { caller } = context;
  const other = input.organisationId !== undefined && input.organisationId !== caller.organisationId;
  if (other && input.stance !== undefined)
    throw invalid([{ in: 'body', location: '/stance', code: 'own_stance_only' }]);
  return commit(db, context, async (db, record) => {
    const locked = await lockInitiative(db, caller, initiativeId, other ? [input.organisationId as string] : []);
    const { initiative, organisations, organisationId } = locked;
    assertOpen(locked);
    const asked = input.organisationId ?? organisationId;
    assertExists(organisations, asked);
    if (other) await assertMayAsk(db, locked, asked);
    await expireOpen(db, locked, asked, record);
    const now = new Date();
    const row: Participation = {
      ...{ id: newId(), version: 1, initiativeId, organisationId: asked, offeredByOrganisationId: organisationId },
      ...{ offeredAt: now, decisionReason: null, leftAt: null, leaveReason: null, changedAt: now },
      ...(other
        ? { state: 'offered', stance: null, expiresAt: inDays(input.expiresInDays), decidedAt: null, joinedAt: null }
        : { state: 'accepted', stance: input.stance ?? 'contributor', expiresAt: null, decidedAt: now, joinedAt: now }),
    };
    await insert(db, row);
    if (row.stance !== null) await recordStance(db, row.id, row.stance, null);
    await touchInitiative(db, initiativeId);
    record(event(other ? 'participation.offered' : 'participation.accepted', row, initiative.allianceId));
    return { body: await findParticipation(db, caller, row.id), location: `/v1/participations/${row.id}` };
  });
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

async function assertMayAsk(db: Db, { initiative, organisationId }: Locked, asked: string): Promise<void> {
  await assertParticipant(db, organisationId, initiative.id);
  if (!(await isBound(db, asked, initiative.allianceId)))
    throw invalid([{ in: 'body', location: '/organisationId', code: 'not_in_alliance' }]);
}

async function insert(db: Db, row: Participation): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(participations).values(row));
  } catch (error) {
    if (violatedConstraint(error) === 'participations_open') throw new Problem('already_a_participant');
    throw error;
  }
}

const recordStance = (db: Db, participationId: string, stance: string, reason: string | null) =>
  db.insert(stances).values({ id: newId(), participationId, stance, reason, recordedAt: new Date() });

async function expireOpen(db: Db, { initiative }: Locked, organisationId: string, record: Recorder): Promise<void> {
  const expired = await db
    .update(participations)
    .set({ state: 'expired', changedAt: new Date() })
    .where(
      and(
        eq(participations.initiativeId, initiative.id),
        eq(participations.organisationId, organisationId),
        ranOut(participations),
        unrestricted('node'),
      ),
    )
    .returning();
  for (const row of expired) record(event('participation.expired', row, initiative.allianceId));
}

type Party = Locked & { readonly row: Participation };

/** A participation that was found under the policy in this transaction. */
const named = (participationId: string) => and(eq(participations.id, participationId), unrestricted('checked'));

async function lockParticipation(db: Db, caller: Caller, participationId: string): Promise<Party> {
  const seen = await findParticipation(db, caller, participationId);
  const locked = await lockVisibleInitiative(db, caller, seen.initiative.id, [seen.organisation.id]);
  const [row] = await db.select().from(participations).where(named(participationId)).for('update');
  if (row === undefined) throw notFound();
  return { ...locked, row };
}

/**
 * Answers a request to take part: the organisation that was asked accepts with its stance or declines, a participant
 * withdraws; the same answer again changes nothing. Throws not_found, wrong_side, member_required, participant_required,
 * handshake_refused, initiative_over, organisation_dissolved.
 */
export async function decideParticipation(
  db: Db,
  context: Context,
  participationId: string,
  input: z.output<typeof NewParticipationDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const party = await lockParticipation(db, caller, participationId);
    const { row, initiative, organisationId } = party;
    const side: Side = row.organisationId === organisationId ? 'receiver' : 'offerer';
    if (side === 'offerer') await assertParticipant(db, organisationId, initiative.id);
    const before = { state: row.state as HandshakeState, expiresAt: row.expiresAt };
    const state = decide(before, side, input.decision, new Date());
    if (state === row.state) return { body: await findParticipation(db, caller, participationId) };
    const taken = state === 'accepted' ? await takePart(db, caller, party, input) : { stance: null, joinedAt: null };
    const now = new Date();
    const decisionReason = input.reason || null;
    await db
      .update(participations)
      .set({ state, ...taken, decidedAt: now, decisionReason, version: row.version + 1, changedAt: now })
      .where(named(participationId));
    await touchInitiative(db, initiative.id);
    record(event(`participation.${state}`, row, initiative.allianceId));
    return { body: await findParticipation(db, caller, participationId) };
  });
}

async function takePart(
  db: Db,
  caller: Caller,
  party: Party,
  input: z.output<typeof NewParticipationDecision>,
): Promise<{ stance: string; joinedAt: Date }> {
  await assertMember(db, caller, party.initiative.allianceId);
  assertExists(party.organisations, party.row.organisationId);
  assertOpen(party);
  const stance = input.stance ?? 'contributor';
  await recordStance(db, party.row.id, stance, input.reason || null);
  return { stance, joinedAt: new Date() };
}

async function lockOwn(db: Db, caller: Caller, participationId: string): Promise<Party> {
  const party = await lockParticipation(db, caller, participationId);
  if (party.row.organisationId !== party.organisationId) throw new Problem('not_your_organisation');
  return party;
}

/**
 * Takes another stance; what was thought before stays in the history. The same stance again changes nothing, unless it
 * comes with a reason. Throws not_found, not_your_organisation, member_required, handshake_refused, space_closing.
 */
export async function changeStance(
  db: Db,
  context: Context,
  participationId: string,
  input: z.output<typeof NewStance>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, initiative, standing } = await lockOwn(db, caller, participationId);
    assertNotClosing(standing);
    if (row.state !== 'accepted')
      throw new Problem('handshake_refused', { params: { state: row.state, decision: 'stance' } });
    if (row.stance === input.stance && !input.reason)
      return { body: await findParticipation(db, caller, participationId) };
    await recordStance(db, participationId, input.stance, input.reason || null);
    await db
      .update(participations)
      .set({ stance: input.stance, version: row.version + 1, changedAt: new Date() })
      .where(named(participationId));
    await touchInitiative(db, initiative.id);
    record({ ...event('participation.stance_changed', row, initiative.allianceId), data: { stance: input.stance } });
    return { body: await findParticipation(db, caller, participationId) };
  });
}

/**
 * Leaves an initiative; leaving again changes nothing. What was promised in it stays promised. Throws not_found,
 * not_your_organisation, member_required, handshake_refused.
 */
export async function leaveInitiative(
  db: Db,
  context: Context,
  participationId: string,
  input: z.output<typeof NewLeave>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, initiative } = await lockOwn(db, caller, participationId);
    if (row.state === 'ended') return { body: await findParticipation(db, caller, participationId) };
    const now = new Date();
    const state = end({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, now);
    await db
      .update(participations)
      .set({ state, leftAt: now, leaveReason: input.reason || null, version: row.version + 1, changedAt: now })
      .where(named(participationId));
    await touchInitiative(db, initiative.id);
    record(event('participation.ended', row, initiative.allianceId));
    return { body: await findParticipation(db, caller, participationId) };
  });
}
