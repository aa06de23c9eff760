import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';
import { alliances } from '../alliances/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);
const alliance = () =>
  uuid('alliance_id')
    .notNull()
    .references((): AnyPgColumn => alliances.id);

/** Joint work of organisations inside an alliance; what was done is read from its commitments. */
export const initiatives = pgTable(
  'initiatives',
  {
    id: id(),
    version: version(),
    allianceId: alliance(),
    title: text('title').notNull(),
    purpose: text('purpose'),
    themes: text('themes').array().notNull(),
    stage: text('stage').notNull(),
    stageReason: text('stage_reason'),
    stageChangedAt: moment('stage_changed_at').notNull(),
    talkedSince: day('talked_since').notNull(),
    /** The day since which nothing was done, when that was last told to be too long. */
    stallToldSince: day('stall_told_since'),
    createdByOrganisationId: organisation('created_by_organisation_id').notNull(),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    index('initiatives_alliance').on(table.allianceId, table.id),
    index('initiatives_created_by').on(table.createdByOrganisationId),
    index('initiatives_stage').on(table.stage, table.id),
    index('initiatives_themes').using('gin', table.themes),
    index('initiatives_open').on(table.talkedSince).where(sql`${table.stage} in ('idea', 'active')`),
    index('initiatives_changed').on(table.changedAt),
  ],
);

/** The stages that an initiative went through, each from its instant on; append-only. */
export const initiativeStages = pgTable(
  'initiative_stages',
  {
    id: id(),
    initiativeId: uuid('initiative_id')
      .notNull()
      .references(() => initiatives.id),
    stage: text('stage').notNull(),
    reason: text('reason'),
    organisationId: organisation('organisation_id').notNull(),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [
    index('initiative_stages_initiative').on(table.initiativeId, table.recordedAt),
    index('initiative_stages_organisation').on(table.organisationId),
  ],
);

/** An organisation in an initiative: by its own act, or asked by another participant and accepted. */
export const participations = pgTable(
  'participations',
  {
    id: id(),
    version: version(),
    initiativeId: uuid('initiative_id')
      .notNull()
      .references(() => initiatives.id),
    organisationId: organisation('organisation_id').notNull(),
    state: text('state').notNull(),
    stance: text('stance'),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    joinedAt: moment('joined_at'),
    leftAt: moment('left_at'),
    leaveReason: text('leave_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('participations_open')
      .on(table.initiativeId, table.organisationId)
      .where(sql`${table.state} in ('offered', 'accepted')`),
    index('participations_initiative').on(table.initiativeId, table.id),
    index('participations_organisation').on(table.organisationId, table.initiativeId),
    index('participations_offered_by').on(table.offeredByOrganisationId),
    index('participations_changed').on(table.changedAt),
    index('participations_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    check('participations_joined', sql`${table.state} not in ('accepted', 'ended') or ${table.joinedAt} is not null`),
  ],
);

/** What an organisation thought of an initiative from an instant on; append-only. */
export const stances = pgTable(
  'stances',
  {
    id: id(),
    participationId: uuid('participation_id')
      .notNull()
      .references(() => participations.id),
    stance: text('stance').notNull(),
    reason: text('reason'),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [index('stances_participation').on(table.participationId, table.recordedAt)],
);

/** Knowledge that an initiative used, or brought forth. */
export const initiativeKnowledge = pgTable(
  'initiative_knowledge',
  {
    id: id(),
    initiativeId: uuid('initiative_id')
      .notNull()
      .references(() => initiatives.id),
    itemId: uuid('item_id')
      .notNull()
      .references(() => knowledgeItems.id),
    relation: text('relation').notNull(),
    linkedByOrganisationId: organisation('linked_by_organisation_id').notNull(),
    linkedAt: moment('linked_at').notNull(),
    removedAt: moment('removed_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('initiative_knowledge_current')
      .on(table.initiativeId, table.itemId, table.relation)
      .where(sql`${table.removedAt} is null`),
    index('initiative_knowledge_initiative').on(table.initiativeId, table.id),
    index('initiative_knowledge_item').on(table.itemId),
    index('initiative_knowledge_linked_by').on(table.linkedByOrganisationId),
    index('initiative_knowledge_changed').on(table.changedAt),
  ],
);

/** A promise of one organisation to another, with what became of it. */
export const commitments = pgTable(
  'commitments',
  {
    id: id(),
    version: version(),
    allianceId: alliance(),
    initiativeId: uuid('initiative_id').references(() => initiatives.id),
    title: text('title').notNull(),
    description: text('description'),
    promiserOrganisationId: organisation('promiser_organisation_id').notNull(),
    beneficiaryOrganisationId: organisation('beneficiary_organisation_id').notNull(),
    dueOn: day('due_on').notNull(),
    firstDueOn: day('first_due_on').notNull(),
    /** The day for which it was last told that it passed. */
    lateToldDueOn: day('late_told_due_on'),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    counterOfId: uuid('counter_of_id').references((): AnyPgColumn => commitments.id),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    fulfilledAt: moment('fulfilled_at'),
    evidence: jsonb('evidence').$type<readonly { readonly text: string; readonly url: string | null }[]>(),
    confirmedAt: moment('confirmed_at'),
    outcomeReason: text('outcome_reason'),
    cancelledAt: moment('cancelled_at'),
    cancelledByOrganisationId: organisation('cancelled_by_organisation_id'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('commitments_counter_of').on(table.counterOfId),
    index('commitments_alliance').on(table.allianceId, table.id),
    index('commitments_initiative').on(table.initiativeId, table.state, table.dueOn),
    index('commitments_promiser').on(table.promiserOrganisationId, table.id),
    index('commitments_beneficiary').on(table.beneficiaryOrganisationId, table.id),
    index('commitments_offered_by').on(table.offeredByOrganisationId),
    index('commitments_cancelled_by').on(table.cancelledByOrganisationId),
    index('commitments_state').on(table.state, table.dueOn),
    index('commitments_changed').on(table.changedAt),
    index('commitments_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    index('commitments_to_come')
      .on(table.dueOn)
      .where(sql`${table.state} = 'accepted' and ${table.lateToldDueOn} is distinct from ${table.dueOn}`),
    check('commitments_two_parties', sql`${table.promiserOrganisationId} <> ${table.beneficiaryOrganisationId}`),
  ],
);

/** Each step of a commitment, by whom and when, as it was then; append-only. */
export const commitmentSteps = pgTable(
  'commitment_steps',
  {
    id: id(),
    commitmentId: uuid('commitment_id')
      .notNull()
      .references(() => commitments.id),
    number: integer('number').notNull(),
    step: text('step').notNull(),
    organisationId: organisation('organisation_id'),
    reason: text('reason'),
    dueOn: day('due_on').notNull(),
    evidence: jsonb('evidence').$type<readonly { readonly text: string; readonly url: string | null }[]>(),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [
    unique('commitment_steps_number').on(table.commitmentId, table.number),
    index('commitment_steps_organisation').on(table.organisationId),
  ],
);

/** Another date for a promise: asked by one party and answered by the other. */
export const dateOffers = pgTable(
  'date_offers',
  {
    id: id(),
    commitmentId: uuid('commitment_id')
      .notNull()
      .references(() => commitments.id),
    dueOn: day('due_on').notNull(),
    reason: text('reason'),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('date_offers_open').on(table.commitmentId).where(sql`${table.state} = 'offered'`),
    index('date_offers_commitment').on(table.commitmentId, table.id),
    index('date_offers_offered_by').on(table.offeredByOrganisationId),
    index('date_offers_changed').on(table.changedAt),
    index('date_offers_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
  ],
);
