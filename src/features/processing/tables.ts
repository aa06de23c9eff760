import { sql } from 'drizzle-orm';
import { check, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, moment } from '../../platform/columns.ts';

/**
 * That personal data of one person was processed: by whom, for which activity, under which trace (Logboek
 * Dataverwerkingen). Append-only, and removed after three years alone.
 */
export const processingRecords = pgTable(
  'processing_records',
  {
    id: id(),
    traceId: text('trace_id').notNull(),
    spanId: text('span_id').notNull(),
    parentSpanId: text('parent_span_id'),
    status: text('status').notNull(),
    name: text('name').notNull(),
    startedAt: moment('started_at').notNull(),
    endedAt: moment('ended_at').notNull(),
    serviceVersion: text('service_version').notNull(),
    activityId: text('activity_id').notNull(),
    dataSubjectId: text('data_subject_id').notNull(),
    clientId: text('client_id').notNull(),
    organisationId: uuid('organisation_id'),
  },
  (table) => [
    index('processing_records_organisation').on(table.organisationId, table.id),
    index('processing_records_data_subject').on(table.dataSubjectId, table.id),
    index('processing_records_activity').on(table.activityId, table.id),
    index('processing_records_trace').on(table.traceId),
    index('processing_records_started').on(table.startedAt),
    check('processing_records_status', sql`${table.status} in ('Unset', 'Ok', 'Error')`),
  ],
);

/** A run of a rule of the retention schedule; one that was stopped half-way is open, and gone on with. */
export const retentionRuns = pgTable(
  'retention_runs',
  {
    id: id(),
    ruleId: text('rule_id').notNull(),
    startedAt: moment('started_at').notNull(),
    finishedAt: moment('finished_at'),
    removedCount: integer('removed_count').notNull().default(0),
  },
  (table) => [
    uniqueIndex('retention_runs_open').on(table.ruleId).where(sql`${table.finishedAt} is null`),
    index('retention_runs_rule').on(table.ruleId, table.id),
    index('retention_runs_finished').on(table.finishedAt),
  ],
);
