import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { alliances } from '../alliances/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisationIfAnyIn, organisationIn } from '../organisations/organisations.ts';
import { ownershipRecords } from '../ownership/tables.ts';
import { unrestricted, visibleCommitments, visibleInitiatives, visibleKnowledgeItems } from '../policy/policy.ts';
import { countsWhere } from './columns.ts';
import { stalledAfterDays } from './rules.ts';
import type { InitiativeView } from './schemas.ts';
import { commitments, initiativeKnowledge, initiativeStages, initiatives, participations } from './tables.ts';

/** An initiative as it is shown. */
export type View = z.output<typeof InitiativeView>;
const { placeholder } = sql;

/** Who looks, in prepared queries. */
export const viewer = placeholder('viewer');
const day = sql`${placeholder('day')}::date`;
const { id } = initiatives;

const ofDay = sql`< ${day} + 1`;
const deeds = sql`from ${commitments} c where c.initiative_id = ${id} and c.state = 'confirmed' and c.confirmed_at ${ofDay}`;
const firstDeedOn = sql<string | null>`(select min(c.confirmed_at)::date::text ${deeds})`;
const lastDeedOn = sql<string | null>`(select max(c.confirmed_at)::date::text ${deeds})`;

const stageThen = sql<View['stage']>`coalesce((select s.stage from ${initiativeStages} s where s.initiative_id = ${id}
  and s.recorded_at ${ofDay} order by s.recorded_at desc, s.id desc limit 1), 'idea')`;
const stageNow = sql<View['stage']>`${initiatives.stage}`;
/** The stage today, which has a column, or on another day. */
const stageOf = (past: boolean) => (past ? stageThen : stageNow);

const stoppedOn = (past: boolean) => sql`case when ${stageOf(past)} = 'stopped' then (select max(s.recorded_at)::date
  from ${initiativeStages} s where s.initiative_id = ${id} and s.stage = 'stopped' and s.recorded_at ${ofDay}) end`;
const talkAge = (past: boolean) => sql<number>`greatest(0,
  coalesce(${firstDeedOn}::date, ${stoppedOn(past)}, ${day}) - ${initiatives.talkedSince})`;
const timeToFirstDeed = sql<
  number | null
>`(${firstDeedOn}::date - least(${initiatives.talkedSince}, ${firstDeedOn}::date))`;
const stalled = (past: boolean) => sql<boolean>`(${stageOf(past)} in ('idea', 'active')
  and ${day} - greatest(${initiatives.talkedSince}, ${lastDeedOn}::date) >= ${sql.raw(String(stalledAfterDays))})`;

const owner = sql`(select r.accountable_organisation_id from ${ownershipRecords} r
  where r.subject_type = 'initiative' and r.subject_id = ${id} order by r.number desc limit 1)`;
// Not by "exists", for which the database would read every open promise once for a page.
const openPromise = sql`(select true from ${commitments} c
  where ${unrestricted('counted')} and c.initiative_id = ${id} and c.state = 'accepted' limit 1)`;
const lacksNextStep = sql`(${initiatives.stage} = 'active' and ${openPromise} is null)`;
const lacksOwner = sql`(${initiatives.stage} = 'active' and ${owner} is null)`;
const missing = sql<View['missing']>`array_remove(array[case when ${lacksNextStep} then 'next_step' end,
  case when ${lacksOwner} then 'owner' end], null)`;
const nextStep = sql<View['nextStep']>`(select json_build_object('id', ${commitments.id}, 'title', ${commitments.title},
    'dueOn', ${commitments.dueOn}, 'promiser', ${organisationIn(commitments.promiserOrganisationId)})
  from ${commitments} where ${commitments.initiativeId} = ${id} and ${commitments.state} = 'accepted'
    and ${visibleCommitments(viewer)} order by ${commitments.dueOn}, ${commitments.id} limit 1)`;

const taking = sql`from ${participations} p where p.initiative_id = ${id} and p.state = 'accepted'`;

/** The columns of an initiative, of today or of a past day. */
const columnsOf = (past: boolean) => ({
  id,
  version: initiatives.version,
  alliance: sql<View['alliance']>`json_build_object('id', ${alliances.id}, 'name', ${alliances.name})`,
  title: initiatives.title,
  purpose: initiatives.purpose,
  themes: initiatives.themes,
  stage: stageOf(past),
  stageReason: initiatives.stageReason,
  stageChangedAt: initiatives.stageChangedAt,
  talkedSince: initiatives.talkedSince,
  talkAgeDays: talkAge(past),
  firstDeedOn,
  lastDeedOn,
  timeToFirstDeedDays: timeToFirstDeed,
  stalled: stalled(past),
  nextStep,
  owner: organisationIfAnyIn(owner),
  missing,
  participantCount: sql<number>`(select count(*)::int ${taking})`,
  contributorCount: sql<number>`(select count(*)::int ${taking} and p.stance = 'contributor')`,
  commitments: countsWhere<View['commitments']>(sql`c.initiative_id = ${id}`),
  createdBy: organisationIn(initiatives.createdByOrganisationId),
  createdAt: initiatives.createdAt,
  changedAt: initiatives.changedAt,
});

/** Initiatives with everything that is shown of them; `viewer` and `day` are placeholders. */
export const selectInitiatives = (db: Db, condition: SQL | undefined, past = false) =>
  db
    .select(columnsOf(past))
    .from(initiatives)
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .where(and(visibleInitiatives(viewer), condition));

/** What the list can be narrowed by, of today or of a past day. */
export const filtersOf = (past: boolean): Readonly<Record<string, SQL>> => ({
  after: sql`${id} > ${placeholder('after')}`,
  allianceId: eq(initiatives.allianceId, placeholder('allianceId')),
  stage: sql`${stageOf(past)} = ${placeholder('stage')}`,
  organisationId: sql`exists (select ${taking} and p.organisation_id = ${placeholder('organisationId')}::uuid)`,
  createdByOrganisationId: eq(initiatives.createdByOrganisationId, placeholder('createdByOrganisationId')),
  ownerOrganisationId: sql`${owner} = ${placeholder('ownerOrganisationId')}::uuid`,
  knowledgeItemId: sql`exists (select from ${initiativeKnowledge} k
    join ${knowledgeItems} on ${knowledgeItems.id} = k.item_id where k.initiative_id = ${id}
    and k.item_id = ${placeholder('knowledgeItemId')}::uuid and k.removed_at is null
    and ${visibleKnowledgeItems(viewer)})`,
  theme: sql`${initiatives.themes} @> array[${placeholder('theme')}::text]`,
  stalled: sql`${stalled(past)} = ${placeholder('stalled')}::boolean`,
  missing: sql`case ${placeholder('missing')}::text when 'owner' then ${lacksOwner} else ${lacksNextStep} end`,
  minTalkAgeDays: sql`${talkAge(past)} >= ${placeholder('minTalkAgeDays')}::int`,
  maxTimeToFirstDeedDays: sql`${timeToFirstDeed} <= ${placeholder('maxTimeToFirstDeedDays')}::int`,
  asOf: sql`least(${initiatives.talkedSince}, ${initiatives.createdAt}::date) <= ${day}`,
  changedSince: sql`${initiatives.changedAt} >= ${placeholder('changedSince')}::timestamptz`,
});
