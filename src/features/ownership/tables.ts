import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { id, moment } from '../../platform/columns.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);

/**
 * The ownership of a subject, as a chain: each row is the whole state from its instant until the next row's. A change is
 * a row more: the key lets one change follow each state, the foreign key leaves no gap, and no row is changed or removed.
 */
export const ownershipRecords = pgTable(
  'ownership_records',
  {
    subjectType: text('subject_type').notNull(),
    subjectId: uuid('subject_id').notNull(),
    number: integer('number').notNull(),
    previousNumber: integer('previous_number'),
    id: uuid('id').notNull().unique(),
    change: text('change').notNull(),
    /** Which share came or went. */
    share: text('share').notNull(),
    accountableOrganisationId: organisation('accountable_organisation_id'),
    jointOrganisationIds: uuid('joint_organisation_ids').array().notNull(),
    /** Who gave the share up; null where it was nobody's, or nobody gave it up. */
    fromOrganisationId: organisation('from_organisation_id'),
    /** Who has it since; null where nobody has. */
    toOrganisationId: organisation('to_organisation_id'),
    offerId: uuid('offer_id').references((): AnyPgColumn => ownershipOffers.id),
    reason: text('reason'),
    recordedAt: moment('recorded_at').notNull(),
    receipt: text('receipt').notNull(),
    receiptHash: text('receipt_hash').notNull(),
    previousReceiptHash: text('previous_receipt_hash'),
  },
  (table) => [
    primaryKey({ columns: [table.subjectType, table.subjectId, table.number] }),
    foreignKey({
      name: 'ownership_records_previous',
      columns: [table.subjectType, table.subjectId, table.previousNumber],
      foreignColumns: [table.subjectType, table.subjectId, table.number],
    }),
    uniqueIndex('ownership_records_next').on(table.subjectType, table.subjectId, table.previousNumber),
    index('ownership_records_accountable').on(table.accountableOrganisationId),
    index('ownership_records_joint').using('gin', table.jointOrganisationIds),
    index('ownership_records_from').on(table.fromOrganisationId),
    index('ownership_records_to').on(table.toOrganisationId),
    uniqueIndex('ownership_records_offer').on(table.offerId),
    index('ownership_records_recorded').on(table.recordedAt),
    check(
      'ownership_records_one_owner',
      sql`not ${table.accountableOrganisationId} = any (${table.jointOrganisationIds})`,
    ),
    check(
      'ownership_records_about',
      sql`${table.fromOrganisationId} is not null or ${table.toOrganisationId} is not null`,
    ),
    // With no number before it, so that what is unknown does not pass for true.
    check('ownership_records_chain', sql`coalesce(${table.previousNumber}, 0) = ${table.number} - 1`),
  ],
);

/** An offer to own a subject, or to take it over; the present owner stays until the receiver's yes. */
export const ownershipOffers = pgTable(
  'ownership_offers',
  {
    id: id(),
    subjectType: text('subject_type').notNull(),
    subjectId: uuid('subject_id').notNull(),
    share: text('share').notNull(),
    fromOrganisationId: organisation('from_organisation_id'),
    toOrganisationId: organisation('to_organisation_id').notNull(),
    state: text('state').notNull(),
    message: text('message'),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('ownership_offers_open')
      .on(table.subjectType, table.subjectId, table.share, table.toOrganisationId)
      .where(sql`${table.state} = 'offered'`),
    index('ownership_offers_subject').on(table.subjectType, table.subjectId, table.id),
    index('ownership_offers_from').on(table.fromOrganisationId),
    index('ownership_offers_to').on(table.toOrganisationId),
    index('ownership_offers_offered_by').on(table.offeredByOrganisationId),
    index('ownership_offers_changed').on(table.changedAt),
    index('ownership_offers_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
  ],
);
