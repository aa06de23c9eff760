import { directedFiguresOf } from '../graph-network.ts';
import { networkOfGraph } from '../incidence.ts';
import { betweennessOf, betweennessParts } from '../kernel/betweenness.ts';
import { clusteringOf } from '../kernel/clustering.ts';
import { componentsOf } from '../kernel/components.ts';
import { coreNumbersOf, corePeripheryOf } from '../kernel/cores.ts';
import { type Distances, distancesOf, graphWalk } from '../kernel/distances.ts';
import { eigenvectorOf, graphMultiply, type Multiply, twoModeMultiply } from '../kernel/eigenvector.ts';
import { type Graph, rowSizes, rowSums } from '../kernel/graph.ts';
import { mixingOf } from '../kernel/mixing.ts';
import { pageRankOf } from '../kernel/pagerank.ts';
import { structuralHolesOf } from '../kernel/structural-holes.ts';
import type { Weighting } from '../kernel/two-mode.ts';
import { twoModeBetweenness, twoModeBetweennessParts } from '../kernel/two-mode-betweenness.ts';
import { twoModeWalk } from '../kernel/two-mode-walk.ts';
import type { Prepared } from './network-input.ts';
import { recipe } from './recipe.ts';

/** Undefined for every organisation. */
const undefinedFor = (n: number) => new Float64Array(n).fill(Number.NaN);

/** How to multiply by the ties without projecting them; undefined where they are in pairs, or not weighted by alliance. */
const multiplyIn = ({ input, twoMode }: Prepared, weighting: Weighting): Multiply | undefined =>
  input.graph !== null || weighting === 'jaccard' ? undefined : twoModeMultiply(twoMode, weighting);

/** What is walked in a round: memberships both ways, or the ties of a graph. */
const linksOf = ({ input }: Prepared) =>
  input.graph === null ? 2 * input.incidence.organisationOf.length : input.graph.out.items.length;

/** Rounds after which an eigenvector has not settled: about a second and a half of them. */
const roundsFor = ({ n, tieCount }: Graph, links: number) =>
  Math.floor(300_000_000 / (n + Math.min(tieCount, links) + 1));

/** The parts of the figures of a network as a whole and of its organisations. */
export const networkRecipes = {
  /** Degrees, ties, components and clustering. */
  network: recipe({
    nanoseconds: ({ arcs, triples }) => 60 * arcs + triples / 2,
    compute: (network) => {
      const { graph } = network.input;
      return graph === null
        ? networkOfGraph(network.ties('count'), rowSizes(network.twoMode.alliancesOf))
        : networkOfGraph(graph);
    },
  }),
  /** What follows from the direction of ties; null where they have none. */
  directions: recipe({
    nanoseconds: ({ arcs }) => 100 * arcs,
    compute: ({ input }) => directedFiguresOf(input.graph),
  }),
  /** Core and periphery, mixing by kind, and the mean of local clustering where it is defined. */
  structure: recipe({
    nanoseconds: ({ arcs, triples }) => 150 * arcs + triples / 2,
    compute: (network) => {
      const ties = network.ties('count');
      const core = corePeripheryOf(ties);
      const numbers = coreNumbersOf(ties);
      return {
        core: core === null ? null : { size: core.coreSize, errors: core.errors, correlation: core.correlation },
        maximumCoreNumber: numbers.reduce((most, value) => Math.max(most, value), 0),
        mixing: mixingOf(network.input.graph ?? ties, network.input.kindOf),
        meanLocalClusteringDefined: clusteringOf(ties).meanLocalDefined,
      };
    },
  }),
  /** Raw betweenness, exactly. */
  betweenness: recipe<[], Float64Array>({
    nanoseconds: ({ organisations, links, repeated }) => 6 * organisations * (4 * links + repeated),
    steps: ({ organisations }) => organisations,
    dispensable: true,
    ofChunk: ({ input, twoMode }) =>
      input.graph === null ? twoModeBetweennessParts(twoMode) : betweennessParts(input.graph),
    compute: ({ input, twoMode }) => (input.graph === null ? twoModeBetweenness(twoMode) : betweennessOf(input.graph)),
  }),
  /** Distances between all pairs, along the arcs where ties have a direction. */
  distances: recipe<[], Distances>({
    nanoseconds: ({ organisations, links }) => (organisations / 32) * 30 * (links + organisations),
    steps: ({ organisations }) => Math.ceil(organisations / 32),
    compute: ({ input, twoMode }) =>
      distancesOf(input.kindOf.length, input.graph === null ? twoModeWalk(twoMode) : graphWalk(input.graph)),
  }),
  /** What follows from the weights of ties. */
  weights: recipe<
    [Weighting],
    { strength: Float64Array; pageRank: Float64Array } & ReturnType<typeof structuralHolesOf>
  >({
    nanoseconds: ({ arcs, triples }) => 300 * arcs + 3 * triples,
    compute: (network, weighting) => {
      const ties = network.ties(weighting);
      return {
        strength: rowSums(ties.out),
        pageRank: pageRankOf(network.input.graph ?? ties, multiplyIn(network, weighting)),
        ...structuralHolesOf(ties),
      };
    },
  }),
  /** The eigenvector of the strongest part; undefined where it does not settle. */
  eigenvector: recipe<[Weighting], Float64Array>({
    nanoseconds: ({ links, organisations }) => 20_000 * (links + organisations),
    *compute(network, weighting) {
      const ties = network.ties(weighting);
      const multiply = multiplyIn(network, weighting) ?? graphMultiply(ties);
      const found = yield* eigenvectorOf(multiply, componentsOf(ties), roundsFor(ties, linksOf(network)));
      return found ?? undefinedFor(ties.n);
    },
  }),
  /** What comes in and goes out, in organisations and by weight; undefined where ties have no direction. */
  arcs: recipe({
    nanoseconds: ({ links }) => 10 * links,
    compute: ({ input: { graph, kindOf } }) => {
      const none = undefinedFor(kindOf.length);
      if (graph?.directed !== true) return { inDegree: none, outDegree: none, inStrength: none, outStrength: none };
      return {
        inDegree: Float64Array.from(rowSizes(graph.in)),
        outDegree: Float64Array.from(rowSizes(graph.out)),
        inStrength: rowSums(graph.in),
        outStrength: rowSums(graph.out),
      };
    },
  }),
  /** Core numbers, and how far the partners of each are tied to each other. */
  circles: recipe({
    nanoseconds: ({ arcs, triples }) => 100 * arcs + triples / 2,
    compute: (network) => {
      const ties = network.ties('count');
      return { coreNumber: Float64Array.from(coreNumbersOf(ties)), localClustering: clusteringOf(ties).local };
    },
  }),
};
