import { namedId } from '../../platform/id.ts';

/** The export of the demo network for its administrator. */
export const finishedExport = {
  id: namedId('export maarland'),
  format: 'ndjson',
  resources: ['organisations', 'alliances', 'memberships'],
  state: 'succeeded',
  resourceCount: 3,
  processedCount: 3,
  rowCount: 61,
  size: 5482,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  failure: null,
  clientName: 'administrator',
  createdAt: '2026-01-05T08:00:00.000Z',
  startedAt: '2026-01-05T08:00:00.400Z',
  finishedAt: '2026-01-05T08:00:00.650Z',
  secondsTaken: 0.25,
  expiresAt: '2026-01-12T08:00:00.650Z',
  contentUrl: `/v1/exports/${namedId('export maarland')}/content`,
};

/** What was asked for. */
export const newExport = { format: 'ndjson', resources: ['organisations', 'alliances', 'memberships'] };

const nothingYet = {
  processedCount: 0,
  rowCount: 0,
  size: null,
  sha256: null,
  startedAt: null,
  finishedAt: null,
  secondsTaken: null,
  expiresAt: null,
  contentUrl: null,
};

/** An export that was just asked for. */
export const queuedExport = { ...finishedExport, ...nothingYet, state: 'queued' };

/** An export of the demo network that was stopped before it began. */
export const cancelledExport = {
  ...queuedExport,
  id: namedId('export waiting'),
  state: 'cancelled',
  finishedAt: '2026-01-05T08:00:00.450Z',
};
