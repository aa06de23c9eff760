import type { Routes } from '../../platform/contract.ts';
import { activityRoutes } from './activity-routes.ts';
import { comparisonRoutes } from './comparison-routes.ts';
import { computationRoutes } from './computation-routes.ts';
import type { Computing } from './computing/computing.ts';
import { accepted, askerOf, slowProblems } from './deferring.ts';
import * as examples from './examples.ts';
import { graphRoutes } from './graph-routes.ts';
import { NetworkQuery, NetworkStatistics, OrganisationStatistics, OrganisationStatisticsQuery } from './schemas.ts';
import { getNetworkStatistics, listOrganisationStatistics, writeOrganisations } from './statistics.ts';

/** Mounts the statistics. */
export function statisticsRoutes(routes: Routes, { computing }: { computing: Computing }): void {
  const { db } = computing;
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
    answer: {
      status: 200,
      description: 'The statistic of the network.',
      schema: NetworkStatistics,
      etag: true,
      accepted,
    },
    problems: slowProblems,
    examples: { query: examples.query, answer: examples.network },
    handler: (request) => getNetworkStatistics(computing, askerOf(request), request.query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/organisations',
    operationId: 'listOrganisationStatistics',
    tag,
    summary: 'List the organisations of a network with every measure of their place and its rank',
    description:
      'Ordered by the measure in `sort` (degree when absent), from high to low, then by degree, strength and identifier. Each measure comes with its rank, the number of organisations among which it is ranked, and its percentile; one without a value says why. Measures that were not asked for are not computed. As text/csv, a column for each measure, its rank and its percentile. All pages come from the data version of the first; `/statistics/network` with the same parameters gives definitions and coverage.',
    access: { scope: 'statistics:read', policy: 'rows' },
    query: OrganisationStatisticsQuery,
    answer: {
      status: 200,
      description: 'A page of organisations.',
      schema: OrganisationStatistics,
      page: true,
      accepted,
      media: { 'text/csv': writeOrganisations },
    },
    problems: slowProblems,
    examples: {
      query: { ...examples.measuresQuery, limit: 2 },
      answer: { items: examples.organisations, nextCursor: null },
    },
    handler: (request) =>
      listOrganisationStatistics(computing, askerOf(request), { ...request.query, after: request.after }),
  });
  activityRoutes(routes, { db });
  graphRoutes(routes, { computing });
  computationRoutes(routes, { db });
  comparisonRoutes(routes, { computing });
}
