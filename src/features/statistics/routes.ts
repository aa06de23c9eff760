import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { activityRoutes } from './activity-routes.ts';
import { comparisonRoutes } from './comparison-routes.ts';
import * as examples from './examples.ts';
import { graphRoutes } from './graph-routes.ts';
import { NetworkQuery, NetworkStatistics, OrganisationStatistics, OrganisationStatisticsQuery } from './schemas.ts';
import { getNetworkStatistics, listOrganisationStatistics } from './statistics.ts';

/** Mounts the statistics. */
export function statisticsRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'statistics';
  routes.add({
    method: 'GET',
    path: '/statistics/network',
    operationId: 'getNetworkStatistics',
    tag,
    summary: 'Get the statistic of a network',
    description:
      'Density, components, clustering, paths, centralisation, core and periphery, mixing by kind, the distribution of degrees and the ten organisations with the highest degree, of any day, for one relation: what ties the organisations. A figure that is undefined is null, with the reason in `undefinedValues`. The answer names its definitions, its data version and its coverage, so that a figure can be reproduced.',
    access: { scope: 'statistics:read', policy: 'rows' },
    query: NetworkQuery,
    answer: { status: 200, description: 'The statistic of the network.', schema: NetworkStatistics, etag: true },
    problems: ['data_version_not_kept', 'network_too_large'],
    examples: { query: examples.query, answer: examples.network },
    handler: ({ caller, query }) => getNetworkStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/organisations',
    operationId: 'listOrganisationStatistics',
    tag,
    summary: 'List the organisations of a network with every measure of their place and its rank',
    description:
      'Ordered by the measure in `sort` (degree when absent), from high to low, then by degree, strength and identifier. Each measure comes with its rank, the number of organisations among which it is ranked, and its percentile; one without a value says why. Measures that were not asked for are not computed. All pages come from the data version of the first; `/statistics/network` with the same parameters gives definitions and coverage.',
    access: { scope: 'statistics:read', policy: 'rows' },
    query: OrganisationStatisticsQuery,
    answer: { status: 200, description: 'A page of organisations.', schema: OrganisationStatistics, page: true },
    problems: ['data_version_not_kept', 'network_too_large'],
    examples: {
      query: { ...examples.measuresQuery, limit: 2 },
      answer: { items: examples.organisations, nextCursor: null },
    },
    handler: ({ caller, query, after }) => listOrganisationStatistics(db, caller, { ...query, after }),
  });
  activityRoutes(routes, { db });
  graphRoutes(routes, { db });
  comparisonRoutes(routes, { db });
}
