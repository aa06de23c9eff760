import type { Routes } from '../../platform/contract.ts';
import { getBrokerage, writeBrokerage } from './brokerage.ts';
import { getCommunities, writeCommunities } from './communities.ts';
import type { Computing } from './computing/computing.ts';
import { accepted, askerOf, slowProblems } from './deferring.ts';
import { query } from './examples.ts';
import { writeGexf } from './formats/gexf.ts';
import { writeGraphml } from './formats/graphml.ts';
import { getGraph, svg } from './graph.ts';
import * as examples from './graph-examples.ts';
import {
  Brokerage,
  BrokerageQuery,
  Communities,
  CommunitiesQuery,
  Graph,
  GraphQuery,
  Tie,
  TiesQuery,
} from './graph-schemas.ts';
import { listTies, writeTies } from './ties.ts';

const tag = 'statistics';
const access = { scope: 'statistics:read', policy: 'rows' } as const;

/** Mounts what is told of the ties of a network: the pairs, the communities, who stands between, and the graph. */
export function graphRoutes(routes: Routes, { computing }: { computing: Computing }): void {
  routes.add({
    method: 'GET',
    path: '/statistics/ties',
    operationId: 'listTies',
    tag,
    summary: 'List the ties of a network',
    description:
      "Every pair of organisations that a relation ties, by weight, then Newman's weight, both falling: pairs that share alliances or initiatives, or of which one did deeds for the other, used its knowledge, or that own together. The ties of `deeds` and `knowledge` are arcs from `first` to `second`, and there may be one each way. All pages come from the data version of the first. As text/csv, a page is written for other programs; names are not changed, so open it in a spreadsheet as text.",
    access,
    query: TiesQuery,
    answer: {
      status: 200,
      description: 'A page of ties.',
      schema: Tie,
      page: true,
      accepted,
      media: { 'text/csv': writeTies },
    },
    problems: slowProblems,
    examples: { query: { ...query, limit: 2 }, answer: { items: examples.ties, nextCursor: null } },
    handler: (request) => listTies(computing, askerOf(request), { ...request.query, after: request.after }),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/communities',
    operationId: 'getCommunities',
    tag,
    summary: 'Get the communities of a network',
    description:
      'Groups of organisations that are tied more to each other than to the rest, with the modularity of the division and how well ten seeds agree. Where ties have a direction, those either way count. These are groups of organisations, not of persons: nothing is suppressed. As text/csv: the members, each with the number of its community.',
    access,
    query: CommunitiesQuery,
    answer: {
      status: 200,
      description: 'The communities.',
      schema: Communities,
      etag: true,
      accepted,
      media: { 'text/csv': writeCommunities },
    },
    problems: slowProblems,
    examples: { query: { ...query, seed: 1 }, answer: examples.communities },
    handler: (request) => getCommunities(computing, askerOf(request), request.query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/brokerage',
    operationId: 'getBrokerage',
    tag,
    summary: 'Get who stands between others in a network, and how kinds mix',
    description:
      'For every organisation, between how many pairs of organisations that are not tied it stands, by role: Gould and Fernandez, with kinds of organisation as groups. Where ties have a direction, with z-scores against random networks of the same size, kinds and density. With the ties within and between kinds beside what is expected. As text/csv: the brokers.',
    access,
    query: BrokerageQuery,
    answer: {
      status: 200,
      description: 'Brokers and the mixing of kinds.',
      schema: Brokerage,
      etag: true,
      accepted,
      media: { 'text/csv': writeBrokerage },
    },
    problems: slowProblems,
    examples: { query, answer: examples.brokerage },
    handler: (request) => getBrokerage(computing, askerOf(request), request.query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/graph',
    operationId: 'getGraph',
    tag,
    summary: 'Get a network as a graph, in the format of another program or as a map',
    description:
      'Nodes and ties of a relation, directed for `deeds` and `knowledge`, as JSON, as GraphML (igraph, networkx, yEd), as GEXF (Gephi), or drawn: as image/svg+xml, a map in which size and colour show what `sizeBy` and `colourBy` say. Above 500 organisations with ties the map shows communities. More than 300,000 ties are not written out. To look at it: [the map](/docs/map).',
    access,
    query: GraphQuery,
    answer: {
      status: 200,
      description: 'The graph.',
      schema: Graph,
      etag: true,
      accepted,
      media: { 'application/graphml+xml': writeGraphml, 'application/gexf+xml': writeGexf },
      written: {
        [svg]: { contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'" },
      },
    },
    problems: slowProblems,
    examples: { query: { ...query, seed: 1, colourBy: 'kind' }, answer: examples.graph },
    handler: (request) => getGraph(computing, askerOf(request), request.query, request.raw.media),
  });
}
