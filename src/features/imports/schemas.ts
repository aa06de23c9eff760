import { z } from 'zod';
import { Id, line, Moment, pageQuery } from '../../platform/schemas.ts';
import { importResources } from './rules.ts';

/** What a file holds. */
export const ImportResource = z.enum(importResources).meta({ id: 'ImportResource' });

/** How far an import is. */
export const ImportState = z
  .enum(['queued', 'running', 'succeeded', 'cancelled', 'failed'])
  .meta({ id: 'ImportState' });

/** What became of a row; `pending` until it is processed. */
export const RowOutcome = z.enum(['pending', 'created', 'updated', 'unchanged', 'refused']).meta({ id: 'RowOutcome' });

/** Short name of where a file comes from: its keys are unique within it. */
export const ImportSource = line(100);

/** What is imported, from where, and whether only to try. */
export const NewImport = z.strictObject({
  resource: ImportResource,
  source: ImportSource.meta({
    description:
      'Short name of the register or system from which the file comes. Its keys are unique within the source.',
  }),
  dryRun: z
    .boolean()
    .default(false)
    .meta({ description: 'Report what would happen, and store nothing but the report.' }),
});

const count = (description: string) => z.int().meta({ description });

/** An import with its progress. */
export const ImportView = z
  .object({
    id: Id,
    resource: ImportResource,
    source: z.string(),
    dryRun: z.boolean(),
    state: ImportState,
    rowCount: count('Rows of the file, without its header.'),
    processedCount: count('Rows of which the outcome is known.'),
    createdCount: z.int(),
    updatedCount: z.int(),
    unchangedCount: z.int(),
    refusedCount: count('Rows of which nothing was stored.'),
    warningCount: count('Rows that were taken without a value that was wrong or belongs to another.'),
    clientName: z.string().meta({ description: 'The client that asked for the import.' }),
    createdAt: Moment,
    startedAt: Moment.nullable(),
    finishedAt: Moment.nullable(),
    secondsTaken: z.number().nullable().meta({ description: 'From its start to its end, or to now.' }),
  })
  .meta({ id: 'Import' });

/** What is wrong with one column of a row. */
export const ImportRowFault = z
  .object({
    column: z.string().meta({ description: 'Empty for a fault of the row as a whole.' }),
    code: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'ImportRowFault' });

/** What became of one row of the file. */
export const ImportRowView = z
  .object({
    line: z.int().meta({ description: 'Line of the file on which the row begins; the header is line 1.' }),
    key: z.string().nullable(),
    outcome: RowOutcome,
    subjectId: Id.nullable().meta({
      description: 'The organisation, alliance or membership; null in a dry run that would create it.',
    }),
    faults: z.array(ImportRowFault),
  })
  .meta({ id: 'ImportRow' });

/** The path of one import. */
export const ImportPath = z.strictObject({ importId: Id });

/** Filters of the list of imports. */
export const ImportQuery = z.strictObject({
  ...pageQuery,
  resource: ImportResource.optional(),
  state: ImportState.optional(),
  source: ImportSource.optional(),
});

/** Filters of the report of an import. */
export const ImportRowQuery = z.strictObject({
  ...pageQuery,
  outcome: RowOutcome.optional(),
  withFaults: z.boolean().optional().meta({ description: 'Only rows with faults, or only rows without.' }),
});
