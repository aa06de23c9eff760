import { z } from 'zod';
import { Id, Moment, pageQuery } from '../../platform/schemas.ts';
import { resourceNames } from './resources.ts';

/** How the files of an export are written. */
export const ExportFormat = z.enum(['ndjson', 'csv']).meta({
  id: 'ExportFormat',
  description:
    'ndjson: one JSON object a line, as the interface answers it. csv: for spreadsheets; a cell that would be taken for a formula begins with an apostrophe.',
});

/** How far an export is. */
export const ExportState = z.enum(['queued', 'running', 'succeeded', 'cancelled', 'failed', 'expired', 'void']).meta({
  id: 'ExportState',
  description:
    'expired: removed seven days after it was made. void: removed because something that it holds was erased or destroyed, or may not be read any more.',
});

/** What an export holds: the name of a file in the archive. */
export const ExportResource = z.enum(resourceNames).meta({ id: 'ExportResource' });

/** An export that is asked for. */
export const NewExport = z
  .strictObject({
    format: ExportFormat.default('ndjson'),
    resources: z
      .array(ExportResource)
      .min(1)
      .max(resourceNames.length)
      .optional()
      .meta({ description: 'All that the scopes of the token let it read, when absent.' }),
  })
  .meta({ id: 'NewExport' });

/** An export with its progress. */
export const ExportView = z
  .object({
    id: Id,
    format: ExportFormat,
    resources: z.array(ExportResource),
    state: ExportState,
    resourceCount: z.int().meta({ description: 'Files to be written, without the manifest.' }),
    processedCount: z.int().meta({ description: 'Files that were written.' }),
    rowCount: z.int().meta({ description: 'Rows that were written.' }),
    size: z.int().nullable().meta({ description: 'Bytes of the archive.' }),
    sha256: z.string().nullable().meta({ description: 'Of the archive, hexadecimal.' }),
    failure: z.enum(['client_inactive', 'scope_lost', 'fault']).nullable().meta({
      description:
        'client_inactive: the client was disabled or acts for another organisation by now. scope_lost: it lost the scope of a resource. fault: something went wrong here, several times.',
    }),
    clientName: z.string().meta({ description: 'The client that asked for the export.' }),
    createdAt: Moment,
    startedAt: Moment.nullable(),
    finishedAt: Moment.nullable(),
    secondsTaken: z.number().nullable().meta({ description: 'From its start to its end, or to now.' }),
    expiresAt: Moment.nullable().meta({ description: 'When the archive is removed.' }),
    contentUrl: z.string().nullable().meta({ description: 'Where the archive is; null while there is none.' }),
  })
  .meta({ id: 'Export' });

/** The path of one export. */
export const ExportPath = z.strictObject({ exportId: Id });

/** Filters of the list of exports. */
export const ExportQuery = z.strictObject({
  ...pageQuery,
  format: ExportFormat.optional(),
  state: ExportState.optional(),
});
