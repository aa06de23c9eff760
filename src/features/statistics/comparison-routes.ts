import type { Routes } from '../../platform/contract.ts';
import { AllianceStatistics, AllianceStatisticsQuery } from './alliance-schemas.ts';
import { getAllianceStatistics } from './alliance-statistics.ts';
import * as examples from './comparison-examples.ts';
import type { Computing } from './computing/computing.ts';
import { accepted, askerOf, slowProblems } from './deferring.ts';
import { getMultiplexity } from './multiplexity.ts';
import { Multiplexity, MultiplexityQuery } from './multiplexity-schemas.ts';
import { getNullModel } from './null-model.ts';
import { NullModel, NullModelQuery } from './null-model-schemas.ts';

const tag = 'statistics';
const access = { scope: 'statistics:read', policy: 'rows' } as const;

/** Mounts what a network is compared with: chance, the other relations of the same organisations, and its alliances. */
export function comparisonRoutes(routes: Routes, { computing }: { computing: Computing }): void {
  routes.add({
    method: 'GET',
    path: '/statistics/null-model',
    operationId: 'getNullModel',
    tag,
    summary: 'Get a network beside what chance makes of it',
    description:
      'Clustering, ties and the largest component beside those of rewired networks, in which every organisation keeps its number of alliances and every alliance its number of members: what activity and size alone explain. With the E-I index by kind beside that of 1,000 permutations of the kinds.',
    access,
    query: NullModelQuery,
    answer: { status: 200, description: 'The network beside chance.', schema: NullModel, etag: true, accepted },
    problems: slowProblems,
    examples: { query: examples.nullModelQuery, answer: examples.nullModel },
    handler: (request) => getNullModel(computing, askerOf(request), request.query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/multiplexity',
    operationId: 'getMultiplexity',
    tag,
    summary: 'Get how many relations tie the same organisations, and which shared alliances are acted in',
    description:
      'Over membership, initiatives, deeds, knowledge and ownership: the pairs that each ties, the share that two or more tie, the overlap of every two, and activated ties: of the pairs that share an alliance, those that did something with each other in the window.',
    access,
    query: MultiplexityQuery,
    answer: {
      status: 200,
      description: 'How the relations lie over each other.',
      schema: Multiplexity,
      etag: true,
      accepted,
    },
    problems: slowProblems,
    examples: { query: examples.multiplexityQuery, answer: examples.multiplexity },
    handler: (request) => getMultiplexity(computing, askerOf(request), request.query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/alliances',
    operationId: 'getAllianceStatistics',
    tag,
    summary: 'Get the statistic of alliances',
    description:
      'How large and how mixed alliances are, how they overlap, which of them bridge the network, and in which of them members do something with each other. What is done in an alliance of fewer than five members is left out.',
    access,
    query: AllianceStatisticsQuery,
    answer: {
      status: 200,
      description: 'The statistic of alliances.',
      schema: AllianceStatistics,
      etag: true,
      accepted,
    },
    problems: slowProblems,
    examples: { query: examples.alliancesQuery, answer: examples.allianceStatistics },
    handler: (request) => getAllianceStatistics(computing, askerOf(request), request.query),
  });
}
