import { eachTie, type Graph } from './graph.ts';
import { at } from './rows.ts';

/** Whether ties stay within groups; null where undefined. */
export type Mixing = {
  /** Ties between groups, and within one; arcs where the graph is directed. */
  readonly external: number;
  readonly internal: number;
  /** (external − internal) ÷ ties (Krackhardt and Stern). Null without ties. */
  readonly externalInternal: number | null;
  /** That index if every pair were as likely to be tied: from the sizes of the groups alone. Null for N < 2. */
  readonly expectedExternalInternal: number | null;
  /** Newman's nominal assortativity (Σe_ii − Σa_i b_i) ÷ (1 − Σa_i b_i). Null when all ties end in one group, or without ties. */
  readonly assortativity: number | null;
};

/** Mixing of the ties by group: `groupOf` holds a number from 0 on for every node. Ties count once each, unweighted. */
export function mixingOf({ n, directed, out, tieCount }: Graph, groupOf: Int32Array): Mixing {
  const groupCount = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  const starts = new Float64Array(groupCount);
  const ends = new Float64Array(groupCount);
  let internalEnds = 0;
  for (let node = 0; node < n; node++) {
    const own = at(groupOf, node);
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      const other = at(groupOf, at(out.items, i));
      starts[own] = (starts[own] as number) + 1;
      ends[other] = (ends[other] as number) + 1;
      if (own === other) internalEnds += 1;
    }
  }
  const internal = directed ? internalEnds : internalEnds / 2;
  const external = tieCount - internal;
  const all = out.items.length;
  // In whole numbers, so that ends in one group alone give a difference of exactly 0.
  const byChance = starts.reduce((sum, count, group) => sum + count * (ends[group] as number), 0);
  return {
    external,
    internal,
    externalInternal: tieCount === 0 ? null : (external - internal) / tieCount,
    expectedExternalInternal: expectedIndex(groupOf, groupCount),
    assortativity: all * all === byChance ? null : (internalEnds * all - byChance) / (all * all - byChance),
  };
}

function expectedIndex(groupOf: Int32Array, groupCount: number): number | null {
  const n = groupOf.length;
  if (n < 2) return null;
  const sizes = new Int32Array(groupCount);
  for (const group of groupOf) sizes[group] = at(sizes, group) + 1;
  const within = sizes.reduce((sum, size) => sum + size * (size - 1), 0);
  return 1 - (2 * within) / (n * (n - 1));
}

/** A cell of a mixing matrix: ties between two groups, and how many there would be if ties fell on any pair alike. */
export type MixingCell = {
  readonly from: number;
  readonly to: number;
  readonly tieCount: number;
  /** Pairs of nodes of these groups; ordered pairs where the graph is directed. */
  readonly pairCount: number;
  readonly expected: number;
};

/** Counts ties within and between groups: every pair of groups once, or each way where the graph is directed. */
export function mixingMatrix(graph: Graph, groupOf: Int32Array, groupCount: number): MixingCell[] {
  const ties = tiesBetween(graph, groupOf, groupCount);
  const sizes = new Int32Array(groupCount);
  for (const group of groupOf) sizes[group] = at(sizes, group) + 1;
  const ways = graph.directed ? 1 : 2;
  const allPairs = (graph.n * (graph.n - 1)) / ways;
  const cellOf = (from: number, to: number): MixingCell => {
    const size = at(sizes, from);
    const pairCount = from === to ? (size * (size - 1)) / ways : size * at(sizes, to);
    const expected = allPairs === 0 ? 0 : (graph.tieCount * pairCount) / allPairs;
    return { from, to, tieCount: ties[from * groupCount + to] as number, pairCount, expected };
  };
  const groups = [...sizes.keys()];
  return groups.flatMap((from) => groups.slice(graph.directed ? 0 : from).map((to) => cellOf(from, to)));
}

/** Ties by the groups of their ends; without direction, in the row of the lower group. */
function tiesBetween(graph: Graph, groupOf: Int32Array, groupCount: number): Float64Array {
  const ties = new Float64Array(groupCount * groupCount);
  eachTie(graph, (first, second) => {
    const [one, other] = [at(groupOf, first), at(groupOf, second)];
    const [from, to] = graph.directed || one < other ? [one, other] : [other, one];
    ties[from * groupCount + to] = (ties[from * groupCount + to] as number) + 1;
  });
  return ties;
}
