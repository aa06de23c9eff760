import { type Comparison, comparisonOf, permutations } from '../comparing.ts';
import { alliancePlacesOf, bridgeValuesOf } from '../kernel/alliance-places.ts';
import { brokerageOf, expectedRoles } from '../kernel/brokerage.ts';
import { eachTie, type Graph } from '../kernel/graph.ts';
import { louvain, modularity } from '../kernel/louvain.ts';
import { mixingMatrix } from '../kernel/mixing.ts';
import { overlapOf, tiedShares } from '../kernel/overlap.ts';
import { agreement } from '../kernel/partitions.ts';
import { at, type Rows, real } from '../kernel/rows.ts';
import type { Weighting } from '../kernel/two-mode.ts';
import { layOut, type Places } from '../map/layout.ts';
import { Prepared } from './network-input.ts';
import { recipe } from './recipe.ts';

/** The ties as they are: arcs where the relation has a direction. */
const arcsOf = (network: Prepared, weighting: Weighting): Graph =>
  network.input.graph?.directed === true ? network.input.graph : network.ties(weighting);

/** Ties in the order of a table: both ends, what is counted for each, and Newman's weight where there are two modes. */
export type TieTable = {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly weight: Float64Array;
  readonly newman: Float64Array | null;
};

/** A division into communities. */
export type Division = {
  /** The community of every organisation, −1 without ties. */
  readonly of: Int32Array;
  readonly modularity: number | null;
  /** Ties within each community. */
  readonly tieCount: Int32Array;
  /** Ties of each community with others. */
  readonly outsideTieCount: Int32Array;
};

/** Seeds from which the stability of a division is told. */
export const seedCount = 10;

/** What is told of the ties of a network, and of a network beside others. */
export const graphRecipes = {
  /** The ties of a network, or its arcs, by the rows of their ends. */
  ties: recipe<[Weighting], Graph>({
    nanoseconds: ({ arcs }) => 60 * arcs,
    light: true,
    holdsTies: true,
    compute: (network, weighting) => arcsOf(network, weighting),
  }),
  /** The ties by weight, then Newman's, both falling, then by their ends. */
  table: recipe<['two-mode' | 'other'], TieTable>({
    nanoseconds: ({ arcs }) => 1000 * arcs,
    holdsTies: true,
    compute: (network, shape) =>
      tableOf(arcsOf(network, 'count'), shape === 'two-mode' ? network.ties('newman').out.weights : null),
  }),
  /** The community of every organisation, −1 without ties; how good the division is, and the ties in and out of each. */
  communities: recipe<[Weighting, number], Division>({
    nanoseconds: ({ arcs, organisations }) => 800 * arcs + 2000 * organisations,
    compute: (network, weighting, seed) => {
      const ties = network.ties(weighting);
      const of = louvain(ties.out, seed);
      return { of, modularity: modularity(ties.out, of), ...tiesOfGroups(ties, of) };
    },
  }),
  /** How well the divisions from ten seeds agree; null without ties. */
  stability: recipe<[Weighting, number], ReturnType<typeof agreement>>({
    nanoseconds: ({ arcs, organisations }) => seedCount * (800 * arcs + 2000 * organisations),
    steps: () => seedCount,
    *compute(network, weighting, seed) {
      const divisions: Int32Array[] = [];
      for (let next = 0; next < seedCount; next++) {
        divisions.push(louvain(network.ties(weighting).out, (seed + next) % 4_294_967_296));
        yield;
      }
      return agreement(divisions);
    },
  }),
  /** Between how many pairs each stands, by role and beside chance, and how kinds mix. */
  brokerage: recipe({
    nanoseconds: ({ arcs, triples }) => 100 * arcs + 4 * triples,
    compute: (network) => {
      const graph = arcsOf(network, 'count');
      const { kindOf, kindCount } = network.input;
      const kinds = { of: kindOf, count: kindCount };
      return {
        roles: brokerageOf(graph, kinds),
        expected: graph.directed ? expectedRoles(graph, kinds) : null,
        mixing: mixingMatrix(graph, kindOf, kindCount),
      };
    },
  }),
  /** Where the signs of a map stand; what stands there is given with the network. */
  layout: recipe<[Weighting, number], Places>({
    // Every pair in 500 rounds; no more than 500 bodies.
    nanoseconds: ({ organisations }) => 3000 * Math.min(500, organisations) ** 2,
    light: true,
    compute: ({ input: { bodies } }, _weighting, seed) => {
      if (bodies === undefined) throw new Error('there is nothing to lay out');
      return layOut(bodies, seed);
    },
  }),
  /** A network beside rewired ones and permuted kinds. */
  nullModel: recipe<[number, number], Comparison>({
    nanoseconds: ({ arcs, triples, links }, samples) =>
      (samples + 1) * (60 * arcs + triples + 2000 * links) + 4 * permutations * arcs,
    compute: ({ input }, samples: number, seed: number) =>
      comparisonOf(input.incidence, input.kindOf, { samples, seed }),
  }),
  /** How large and how mixed alliances are, and how they overlap. */
  alliances: recipe({
    nanoseconds: ({ links, arcs }) => 500 * links + 20 * arcs,
    compute: ({ input }) => alliancePlacesOf(input.incidence, input.kindOf),
  }),
  /** Betweenness of the alliances among organisations and alliances. */
  bridges: recipe<[], Float64Array>({
    nanoseconds: ({ organisations, alliances, links }) =>
      10 * (organisations + alliances) * (organisations + alliances + 4 * links),
    steps: ({ organisations, alliances }) => organisations + alliances,
    dispensable: true,
    compute: ({ input }) => bridgeValuesOf(input.incidence),
  }),
  /** How the relations of a population lie over each other, and the share of each alliance that is acted in. */
  overlap: recipe({
    nanoseconds: ({ arcs }) => 200 * arcs,
    compute: ({ input: { layers = [], acts = [] } }) => {
      const networks = layers.map((input) => new Prepared(input));
      const rows = networks.map((one) => one.ties('count').out);
      const n = networks[0]?.input.kindOf.length ?? 0;
      const shares =
        networks[0] &&
        tiedShares(
          networks[0].twoMode,
          acts.map((layer) => rows[layer] as Rows),
        );
      return { ...overlapOf(n, rows), shares: shares ?? new Float64Array(0) };
    },
  }),
};

/** The places of the ties in the rows of a graph, and the index of their first end, in the order of the table. */
function tableOf(graph: Graph, newman: Float64Array | null): TieTable {
  const { items, weights } = graph.out;
  const first = new Int32Array(graph.tieCount);
  const place = new Int32Array(graph.tieCount);
  let filled = 0;
  eachTie(graph, (one, _, tie) => {
    first[filled] = one;
    place[filled++] = tie;
  });
  const order = Int32Array.from(place.keys()).sort((a, b) => {
    const [one, other] = [at(place, a), at(place, b)];
    const byNewman = newman === null ? 0 : real(newman, other) - real(newman, one);
    return real(weights, other) - real(weights, one) || byNewman || a - b;
  });
  const places = order.map((index) => at(place, index));
  return {
    first: order.map((index) => at(first, index)),
    second: places.map((tie) => at(items, tie)),
    weight: Float64Array.from(places, (tie) => real(weights, tie)),
    newman: newman && Float64Array.from(places, (tie) => real(newman, tie)),
  };
}

/** How many ties each group has within it, and with others. */
function tiesOfGroups(ties: Graph, of: Int32Array) {
  const count = of.reduce((most, group) => Math.max(most, group + 1), 0);
  const [tieCount, outsideTieCount] = [new Int32Array(count), new Int32Array(count)];
  eachTie(ties, (first, second) => {
    const [one, other] = [at(of, first), at(of, second)];
    if (one === other) tieCount[one] = at(tieCount, one) + 1;
    else for (const group of [one, other]) outsideTieCount[group] = at(outsideTieCount, group) + 1;
  });
  return { tieCount, outsideTieCount };
}
