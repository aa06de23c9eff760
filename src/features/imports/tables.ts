import { sql } from 'drizzle-orm';
import { boolean, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { id, moment } from '../../platform/columns.ts';

/** The client that asked for an import, as the background job acts for it. */
export type Requester = {
  readonly clientId: string;
  readonly clientName: string;
  readonly organisationId: string | null;
  readonly administrator: boolean;
  readonly requestId: string;
  readonly traceId: string;
};

type KeptFault = { column: string; code: string; params?: Record<string, string | number> };

/** A file to be imported: the queue of the background job and its progress. `leaseToken` names who works on it. */
export const imports = pgTable(
  'imports',
  {
    id: id(),
    resource: text('resource').notNull(),
    source: text('source').notNull(),
    dryRun: boolean('dry_run').notNull(),
    state: text('state').notNull(),
    requester: jsonb('requester').$type<Requester>().notNull(),
    columns: jsonb('columns').$type<string[]>().notNull(),
    rowCount: integer('row_count').notNull(),
    processedCount: integer('processed_count').notNull().default(0),
    createdCount: integer('created_count').notNull().default(0),
    updatedCount: integer('updated_count').notNull().default(0),
    unchangedCount: integer('unchanged_count').notNull().default(0),
    refusedCount: integer('refused_count').notNull().default(0),
    warningCount: integer('warning_count').notNull().default(0),
    failedAttempts: integer('failed_attempts').notNull().default(0),
    leaseToken: uuid('lease_token'),
    leaseUntil: moment('lease_until'),
    createdAt: moment('created_at').notNull(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    index('imports_due').on(table.id).where(sql`${table.state} in ('queued', 'running')`),
    check('imports_state', sql`${table.state} in ('queued', 'running', 'succeeded', 'cancelled', 'failed')`),
  ],
);

/** One row of an imported file: what it asks for until it is processed, then what became of it. */
export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id),
    line: integer('line').notNull(),
    key: text('key'),
    content: jsonb('content').$type<Record<string, unknown>>(),
    faults: jsonb('faults').$type<KeptFault[]>().notNull(),
    outcome: text('outcome').notNull().default('pending'),
    subjectId: uuid('subject_id'),
  },
  (table) => [
    primaryKey({ columns: [table.importId, table.line] }),
    index('import_rows_content').on(table.importId).where(sql`${table.content} is not null`),
    index('import_rows_key').on(table.importId, table.key),
    index('import_rows_pending').on(table.importId, table.line).where(sql`${table.outcome} = 'pending'`),
    check('import_rows_outcome', sql`${table.outcome} in ('pending', 'created', 'updated', 'unchanged', 'refused')`),
  ],
);
