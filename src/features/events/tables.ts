import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, id, moment } from '../../platform/columns.ts';

/**
 * The one row from which every event takes its position, and every audit record its number and the hash that it follows;
 * updated as the last statement of a write.
 */
export const eventCounter = pgTable('event_counter', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  position: bigint('position', { mode: 'number' }).notNull().default(0),
  /** Which history the positions are of: another one after a backup was restored, so that no cursor goes on from it. */
  epoch: uuid('epoch').notNull().defaultRandom(),
  auditNumber: bigint('audit_number', { mode: 'number' }).notNull().default(0),
  auditHash: bytes('audit_hash'),
  /** The hash before that, which the statement that makes the new one still needs. */
  auditPreviousHash: bytes('audit_previous_hash'),
});

/** What happened, in order of commit; append-only. */
export const events = pgTable(
  'events',
  {
    position: bigint('position', { mode: 'number' }).primaryKey(),
    id: uuid('id').notNull().unique(),
    type: text('type').notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: uuid('subject_id').notNull(),
    allianceId: uuid('alliance_id'),
    organisationIds: uuid('organisation_ids').array().notNull().default(sql`'{}'`),
    auditRecordId: uuid('audit_record_id')
      .notNull()
      .references(() => auditRecords.id),
    occurredAt: moment('occurred_at').notNull(),
    data: jsonb('data').notNull(),
  },
  (table) => [
    index('events_subject').on(table.subjectType, table.subjectId, table.position),
    index('events_alliance').on(table.allianceId, table.position),
    index('events_audit_record').on(table.auditRecordId),
  ],
);

/**
 * Who did what, when, by which client, under which trace and with which outcome, each tied to the one before it by its
 * hash; append-only. What was refused has no subject.
 */
export const auditRecords = pgTable(
  'audit_records',
  {
    id: id(),
    recordedAt: moment('recorded_at').notNull(),
    clientId: text('client_id').notNull(),
    organisationId: uuid('organisation_id'),
    operationId: text('operation_id').notNull(),
    outcome: text('outcome').notNull().default('succeeded'),
    /** The status and code of a refusal. */
    status: integer('status'),
    code: text('code'),
    subjectType: text('subject_type'),
    subjectId: uuid('subject_id'),
    /** The alliance in which it happened, where it did in one. */
    allianceId: uuid('alliance_id'),
    eventCount: integer('event_count').notNull(),
    /** How many refusals it stands for. */
    times: integer('times').notNull().default(1),
    requestId: text('request_id').notNull(),
    traceId: text('trace_id').notNull(),
    /** Its place in the chain, and what ties it there; for the node and who verifies it, and never told. */
    number: bigint('number', { mode: 'number' }).notNull().unique(),
    previousHash: bytes('previous_hash'),
    hash: bytes('hash').notNull(),
  },
  (table) => [
    index('audit_records_organisation').on(table.organisationId, table.id),
    index('audit_records_client').on(table.clientId, table.id),
    index('audit_records_subject').on(table.subjectId, table.id),
    check('audit_records_outcome', sql`${table.outcome} in ('succeeded', 'refused', 'unknown')`),
    check(
      'audit_records_lines',
      sql`position(chr(10) in concat(${table.clientId}, ${table.operationId}, ${table.code}, ${table.subjectType},
        ${table.requestId}, ${table.traceId})) = 0`,
    ),
  ],
);

/** The answer to a write that carried an idempotency key; kept for 24 hours. */
export const savedAnswers = pgTable(
  'saved_answers',
  {
    clientId: text('client_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    status: integer('status').notNull(),
    headers: jsonb('headers').$type<Record<string, string>>().notNull(),
    body: jsonb('body').notNull(),
    savedAt: moment('saved_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.clientId, table.key] }), index('saved_answers_saved_at').on(table.savedAt)],
);
