import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { assertVersion } from '../../platform/conditional.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { prepared, rowsOfPage } from '../../platform/prepared.ts';
import { type Fault, invalid, notFound } from '../../platform/problem.ts';
import { assertExists, assertMember, assertNotEnded, lockVisibleAlliance } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { assertStage, type Stage } from './rules.ts';
import type { InitiativeChange, InitiativeQuery, NewInitiative, NewStage } from './schemas.ts';
import { assertKnownAlliance, assertParticipant, type Initiative, lockInitiative } from './standing.ts';
import { commitments, initiativeStages, initiatives, participations, stances } from './tables.ts';
import { filtersOf, selectInitiatives, type View } from './views.ts';

export { cancelCommitmentsOfSpace, handOverCommitment, lockForHandover } from './closing.ts';
export { CommitmentStepView, CommitmentView, DateOfferView } from './commitment-schemas.ts';
export { listCommitmentSteps, listCommitments } from './commitments.ts';
export { listDateOffers } from './date-offers.ts';
export { countExpiredOffers, expireOffers } from './expiry.ts';
export { listKnowledgeLinks } from './knowledge-links.ts';
export { listParticipations, listStances } from './participations.ts';
export { lockCommitment } from './promising.ts';
export { initiativeReplicas } from './replicas.ts';
export { restoreInitiatives } from './restoring.ts';
export { InitiativeView, KnowledgeLinkView, ParticipationView, StanceView } from './schemas.ts';
export { countStalls, detectStalls } from './stalls.ts';

type Row = View & { version: number };
const { placeholder } = sql;

const toView = ({ version: _, ...view }: Row): View => view;

async function find(db: Db, caller: Caller, initiativeId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getInitiative', () => selectInitiatives(db, eq(initiatives.id, placeholder('id'))));
  const [row] = await query.execute({ id: initiativeId, viewer: caller.organisationId, day: today() });
  if (row === undefined) throw notFound();
  return { body: toView(row), version: row.version };
}

/** One initiative of an alliance that the caller may see; not_found for any other. */
export const getInitiative = (db: Db, caller: Caller, initiativeId: string): Promise<Answer<View>> =>
  find(db, caller, initiativeId);

/** A page of the initiatives that the caller may see, in the order of their identifiers. */
export async function listInitiatives(
  db: Db,
  caller: Caller,
  input: z.output<typeof InitiativeQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const past = input.asOf !== undefined;
  const given = Object.entries(filtersOf(past)).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const page = rowsOfPage(input.limit, given.length > 0);
  const query = prepared(db, `listInitiatives ${page.name} ${given.map(([key]) => key).join()}`, () =>
    selectInitiatives(
      db,
      given.length === 0
        ? undefined
        : sql.join(
            given.map(([, one]) => one),
            sql` and `,
          ),
      past,
    )
      .orderBy(initiatives.id)
      .limit(page.rows),
  );
  const rows = await query.execute({
    ...input,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    day: input.asOf ?? today(),
    viewer: caller.organisationId,
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

const event = (type: NewEvent['type'], { id, allianceId }: Initiative, organisationId: string): NewEvent => ({
  type,
  subjectType: 'initiative',
  subjectId: id,
  allianceId,
  organisationIds: [organisationId],
});

/**
 * Begins an initiative in an alliance; the caller's organisation takes part in it as a contributor by this act. Throws
 * not_found, member_required, alliance_ended, invalid_input, organisation_dissolved.
 */
export async function createInitiative(
  db: Db,
  context: Context,
  input: z.output<typeof NewInitiative>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    await assertKnownAlliance(db, caller, input.allianceId);
    const { standing, organisations } = await lockVisibleAlliance(db, caller, input.allianceId);
    const organisationId = await assertMember(db, caller, input.allianceId);
    assertExists(organisations, organisationId);
    assertNotEnded(standing);
    const talkedSince = input.talkedSince ?? today();
    if (talkedSince > today()) throw invalid([{ in: 'body', location: '/talkedSince', code: 'in_the_future' }]);
    const now = new Date();
    const initiative: Initiative = {
      id: newId(),
      version: 1,
      allianceId: input.allianceId,
      title: input.title,
      purpose: input.purpose ?? null,
      themes: input.themes,
      stage: 'idea',
      stageReason: null,
      stageChangedAt: now,
      talkedSince,
      stallToldSince: null,
      createdByOrganisationId: organisationId,
      createdAt: now,
      changedAt: now,
    };
    const participationId = newId();
    await db.insert(initiatives).values(initiative);
    await recordStage(db, initiative);
    await db.insert(participations).values({
      id: participationId,
      initiativeId: initiative.id,
      organisationId,
      state: 'accepted',
      stance: 'contributor',
      offeredByOrganisationId: organisationId,
      offeredAt: now,
      decidedAt: now,
      joinedAt: now,
      changedAt: now,
    });
    await db.insert(stances).values({ id: newId(), participationId, stance: 'contributor', recordedAt: now });
    record(event('initiative.begun', initiative, organisationId));
    return { ...(await find(db, caller, initiative.id)), location: `/v1/initiatives/${initiative.id}` };
  });
}

async function recordStage(
  db: Db,
  { id, stage, stageReason, stageChangedAt, createdByOrganisationId }: Initiative,
  organisationId = createdByOrganisationId,
): Promise<void> {
  await db
    .insert(initiativeStages)
    .values({ id: newId(), initiativeId: id, stage, reason: stageReason, organisationId, recordedAt: stageChangedAt });
}

/**
 * Changes what an initiative is about, as one that takes part. Throws not_found, member_required, participant_required,
 * precondition_failed.
 */
export async function changeInitiative(
  db: Db,
  context: Context,
  initiativeId: string,
  expectedVersion: number,
  change: z.output<typeof InitiativeChange>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { initiative, organisationId } = await lockInitiative(db, caller, initiativeId);
    await assertParticipant(db, organisationId, initiativeId);
    assertVersion(expectedVersion, initiative.version);
    const fields = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    await db
      .update(initiatives)
      .set({ ...fields, version: initiative.version + 1, changedAt: new Date() })
      .where(and(eq(initiatives.id, initiativeId), unrestricted('checked')));
    record(event('initiative.changed', initiative, organisationId));
    return find(db, caller, initiativeId);
  });
}

/**
 * Brings an initiative to another stage, as one that takes part; the same stage again changes nothing. Throws not_found,
 * member_required, participant_required, stage_not_reachable, not_joint, no_deed, invalid_input.
 */
export async function changeInitiativeStage(
  db: Db,
  context: Context,
  initiativeId: string,
  input: z.output<typeof NewStage>,
): Promise<Answer<View>> {
  const { caller } = context;
  const faults: Fault[] = [{ in: 'body', location: '/reason', code: 'required' }];
  if (input.stage === 'stopped' && !input.reason) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    const { initiative, organisationId } = await lockInitiative(db, caller, initiativeId);
    await assertParticipant(db, organisationId, initiativeId);
    if (initiative.stage === input.stage) return find(db, caller, initiativeId);
    assertStage(initiative.stage as Stage, input.stage, await standingOf(db, initiativeId));
    const stageReason = input.reason || null;
    const after = { ...initiative, stage: input.stage, stageReason, stageChangedAt: new Date() };
    // The stage has a history of its own, and does not stand in the way of who changes the text.
    await db
      .update(initiatives)
      .set({ ...after, changedAt: new Date() })
      .where(and(eq(initiatives.id, initiativeId), unrestricted('checked')));
    await recordStage(db, after, organisationId);
    record({ ...event('initiative.stage_changed', initiative, organisationId), data: { stage: input.stage } });
    return find(db, caller, initiativeId);
  });
}

async function standingOf(db: Db, initiativeId: string): Promise<{ participants: number; deeds: number }> {
  const [row] = await db.execute<{ participants: number; deeds: number }>(sql`select
    (select count(*)::int from ${participations} where initiative_id = ${initiativeId} and state = 'accepted'
      and stance <> 'observer') as participants,
    (select count(*)::int from ${commitments} where initiative_id = ${initiativeId} and state = 'confirmed') as deeds
    where ${unrestricted('rule')}`);
  return row ?? { participants: 0, deeds: 0 };
}
