import { namedId } from '../../platform/id.ts';

/** A computation of the demo network for its administrator. */
export const finishedComputation = {
  id: namedId('computation maarland'),
  state: 'succeeded',
  progress: 1,
  estimatedSeconds: 4.6,
  failure: null,
  createdAt: '2026-01-05T08:00:00.000Z',
  startedAt: '2026-01-05T08:00:00.400Z',
  finishedAt: '2026-01-05T08:00:04.900Z',
  secondsTaken: 4.5,
  resultUrl: '/v1/statistics/network?asOf=2026-01-05&dataVersion=J2MRnMPVh0GmQ2yzYVvHcA',
};

/** A computation of the demo network that was stopped before it began. */
export const cancelledComputation = {
  ...finishedComputation,
  id: namedId('computation stopped'),
  state: 'cancelled',
  progress: 0,
  startedAt: null,
  finishedAt: '2026-01-05T08:00:00.450Z',
  secondsTaken: null,
};
