import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, id, moment } from '../../platform/columns.ts';
import { organisations } from '../organisations/tables.ts';

/** The client that asked for an export, with the scopes of its token then: the job has no more than these. */
export type Requester = {
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly requestId: string;
  readonly traceId: string;
};

/** An export: the queue of the background job, its progress and what came of it. `leaseToken` names who works on it. */
export const exports = pgTable(
  'exports',
  {
    id: id(),
    clientId: text('client_id').notNull(),
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
    requester: jsonb('requester').$type<Requester>().notNull(),
    format: text('format').notNull(),
    resources: text('resources').array().notNull(),
    state: text('state').notNull(),
    processedCount: integer('processed_count').notNull().default(0),
    rowCount: integer('row_count').notNull().default(0),
    size: bigint('size', { mode: 'number' }),
    sha256: text('sha256'),
    failure: text('failure'),
    failedAttempts: integer('failed_attempts').notNull().default(0),
    leaseToken: uuid('lease_token'),
    leaseUntil: moment('lease_until'),
    createdAt: moment('created_at').notNull(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
    expiresAt: moment('expires_at'),
  },
  (table) => [
    index('exports_client').on(table.clientId, table.id),
    index('exports_organisation').on(table.organisationId),
    index('exports_due').on(table.id).where(sql`${table.state} in ('queued', 'running')`),
    index('exports_kept').on(table.expiresAt).where(sql`${table.state} = 'succeeded'`),
    check(
      'exports_state',
      sql`${table.state} in ('queued', 'running', 'succeeded', 'cancelled', 'failed', 'expired', 'void')`,
    ),
    check(
      'exports_archive',
      sql`${table.state} <> 'succeeded' or num_nulls(${table.size}, ${table.sha256}, ${table.expiresAt}) = 0`,
    ),
  ],
);

/** What an export is made of, in the database so that any process can give it: the archive, and while it is made its files. */
export const exportParts = pgTable(
  'export_parts',
  {
    exportId: uuid('export_id')
      .notNull()
      .references(() => exports.id),
    /** A file that was collected, or `archive`. */
    file: text('file').notNull(),
    number: integer('number').notNull(),
    bytes: bytes('bytes').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.exportId, table.file, table.number] }),
    check('export_parts_size', sql`octet_length(${table.bytes}) <= 1048576`),
  ],
);

/** What its organisation could see by more than being of this node when an export began; it holds as long as all of it does. */
export const exportSubjects = pgTable(
  'export_subjects',
  {
    exportId: uuid('export_id')
      .notNull()
      .references(() => exports.id),
    kind: text('kind').notNull(),
    subjectId: uuid('subject_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.exportId, table.kind, table.subjectId] }),
    index('export_subjects_subject').on(table.subjectId),
  ],
);
