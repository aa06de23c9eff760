import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './activity-examples.ts';
import { DeedStatistics, DeedStatisticsQuery } from './deed-schemas.ts';
import { getDeedStatistics } from './deeds.ts';

const tag = 'statistics';
const access = { scope: 'statistics:read', policy: 'rows' } as const;
const problems = ['data_version_not_kept'] as const;

/** Mounts the statistics of what organisations do: deeds, ownership, flows of knowledge, participation, and over time. */
export function activityRoutes(routes: Routes, { db }: { db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/statistics/deeds',
    operationId: 'getDeedStatistics',
    tag,
    summary: 'Get the statistic of deeds and words',
    description:
      'What was promised and what was done in a window: the deeds-to-words ratio, promises kept on time by their original day, the time from an idea to its first deed, disputes, jointness and the polite-yes index. Of everybody, or of one group of five organisations or more.',
    access,
    query: DeedStatisticsQuery,
    answer: { status: 200, description: 'The statistic of deeds.', schema: DeedStatistics, etag: true },
    problems,
    examples: { query: examples.query, answer: examples.deeds },
    handler: ({ caller, query }) => getDeedStatistics(db, caller, query),
  });
}
