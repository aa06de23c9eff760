import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment } from '../../platform/columns.ts';
import { alliances } from '../alliances/tables.ts';
import { commitments } from '../initiatives/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);

/**
 * The closing of a space: `closing` from its end date on, `archived` when its archive was written, `destroyed` when its
 * content is gone; then the archive too, and what is left are hashes, counts and the signed receipt.
 */
export const spaceClosures = pgTable(
  'space_closures',
  {
    allianceId: uuid('alliance_id')
      .primaryKey()
      .references((): AnyPgColumn => alliances.id),
    state: text('state').notNull(),
    endsOn: day('ends_on').notNull(),
    beganAt: moment('began_at').notNull(),
    archivesOn: day('archives_on').notNull(),
    destroysOn: day('destroys_on').notNull(),
    archivedAt: moment('archived_at'),
    archive: text('archive'),
    archiveHash: text('archive_hash'),
    /** What was still open when the archive was written, and was ended by the node. */
    settled: jsonb('settled').$type<{ readonly commitments: number; readonly ownerships: number }>(),
    destroyedAt: moment('destroyed_at'),
    receipt: text('receipt'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    index('space_closures_due').on(table.state, table.destroysOn),
    check('space_closures_archived', sql`${table.state} = 'closing' or ${table.archiveHash} is not null`),
    check('space_closures_destroyed', sql`${table.state} <> 'destroyed' or ${table.archive} is null`),
  ],
);

/** Who took part in a space at its end: to them the archive is handed over. */
export const spaceClosureMembers = pgTable(
  'space_closure_members',
  {
    allianceId: uuid('alliance_id')
      .notNull()
      .references(() => spaceClosures.allianceId),
    organisationId: organisation('organisation_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.allianceId, table.organisationId] }),
    index('space_closure_members_organisation').on(table.organisationId),
  ],
);

/** An offer to let a knowledge item out of a closed space: accepted by every organisation that contributed, or not at all. */
export const harvests = pgTable(
  'harvests',
  {
    id: id(),
    itemId: uuid('item_id')
      .notNull()
      .references((): AnyPgColumn => knowledgeItems.id),
    allianceId: uuid('alliance_id')
      .notNull()
      .references((): AnyPgColumn => alliances.id),
    visibility: text('visibility'),
    toAllianceId: uuid('to_alliance_id').references((): AnyPgColumn => alliances.id),
    message: text('message'),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('harvests_open').on(table.itemId).where(sql`${table.state} = 'offered'`),
    index('harvests_item').on(table.itemId, table.id),
    index('harvests_alliance').on(table.allianceId, table.id),
    index('harvests_to_alliance').on(table.toAllianceId),
    index('harvests_offered_by').on(table.offeredByOrganisationId),
    index('harvests_changed').on(table.changedAt),
    index('harvests_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    check('harvests_one_destination', sql`(${table.visibility} is null) <> (${table.toAllianceId} is null)`),
  ],
);

/** What a contributing organisation answers to a harvest. */
export const harvestConsents = pgTable(
  'harvest_consents',
  {
    id: id(),
    harvestId: uuid('harvest_id')
      .notNull()
      .references(() => harvests.id),
    organisationId: organisation('organisation_id').notNull(),
    state: text('state').notNull(),
    reason: text('reason'),
    decidedAt: moment('decided_at'),
  },
  (table) => [
    unique('harvest_consents_organisation').on(table.organisationId, table.harvestId),
    index('harvest_consents_harvest').on(table.harvestId, table.id),
  ],
);

/** An offer to take an open commitment out of a closing space, to an alliance in which both parties take part. */
export const handovers = pgTable(
  'handovers',
  {
    id: id(),
    commitmentId: uuid('commitment_id')
      .notNull()
      .references((): AnyPgColumn => commitments.id),
    toAllianceId: uuid('to_alliance_id')
      .notNull()
      .references((): AnyPgColumn => alliances.id),
    title: text('title').notNull(),
    description: text('description'),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    /** The commitment that was made by the yes; it does not point back. */
    newCommitmentId: uuid('new_commitment_id').references((): AnyPgColumn => commitments.id),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('handovers_open').on(table.commitmentId).where(sql`${table.state} = 'offered'`),
    index('handovers_commitment').on(table.commitmentId, table.id),
    index('handovers_to_alliance').on(table.toAllianceId),
    index('handovers_offered_by').on(table.offeredByOrganisationId),
    index('handovers_new_commitment').on(table.newCommitmentId),
    index('handovers_changed').on(table.changedAt),
    index('handovers_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
  ],
);
