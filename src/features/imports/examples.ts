import { namedId } from '../../platform/id.ts';

/** A file of organisations, one row of which is refused. */
export const organisationsFile = [
  'key,name,kind,region,startsOn,endsOn,cbs,kvk',
  'maar-1,Gemeente Maarwoude,municipality,Maarland,1998-01-01,,GM9011,',
  'maar-2,Wijkzorg Maarwoude,care_organisation,Maarland,2015-06-01,,,90011223',
  'maar-3,,municipality,Maarland,,,,',
  '',
].join('\r\n');

/** The import of that file in the demo network. */
export const finishedImport = {
  id: namedId('import maarland'),
  resource: 'organisations',
  source: 'maarland-register',
  dryRun: false,
  state: 'succeeded',
  rowCount: 3,
  processedCount: 3,
  createdCount: 2,
  updatedCount: 0,
  unchangedCount: 0,
  refusedCount: 1,
  warningCount: 0,
  clientName: 'administrator',
  createdAt: '2026-01-05T08:00:00.000Z',
  startedAt: '2026-01-05T08:00:00.400Z',
  finishedAt: '2026-01-05T08:00:00.450Z',
  secondsTaken: 0.05,
};

/** An import that was just asked for. */
export const queuedImport = {
  ...finishedImport,
  state: 'queued',
  processedCount: 0,
  createdCount: 0,
  refusedCount: 0,
  startedAt: null,
  finishedAt: null,
  secondsTaken: null,
};

/** An import of the demo network that waits. */
export const waitingImportId = namedId('import waiting');

/** That import, stopped before it began. */
export const cancelledImport = {
  ...queuedImport,
  id: waitingImportId,
  state: 'cancelled',
  finishedAt: '2026-01-05T08:00:00.450Z',
};

/** The row that was refused. */
export const refusedRow = {
  line: 4,
  key: 'maar-3',
  outcome: 'refused',
  subjectId: null,
  faults: [{ column: 'name', code: 'required', detail: 'Is required.' }],
};
