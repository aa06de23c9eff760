import { at, group, keysOf, type Rows, real } from './rows.ts';

/** Neighbours of every node in rising order, with the weight of each tie. */
export type Neighbours = Rows & { readonly weights: Float64Array };

/**
 * A simple graph of the nodes 0 … n − 1, isolates included. Weights are strengths: a greater one stands for a stronger
 * tie. In an undirected graph `out` and `in` are the same, and every tie stands in the rows of both its ends.
 */
export type Graph = {
  readonly n: number;
  readonly directed: boolean;
  readonly out: Neighbours;
  readonly in: Neighbours;
  /** Number of tied pairs; of arcs where the graph is directed. */
  readonly tieCount: number;
};

/** Ties as they were found: tie `t` goes from `from[t]` to `to[t]`. */
export type Ties = { readonly from: Int32Array; readonly to: Int32Array; readonly weights: Float64Array };

/** Makes a simple graph: self-ties are dropped, and parallel ties become one with the sum of their weights. */
export function graphOf(n: number, directed: boolean, ties: Ties): Graph {
  const out = merged(n, directed ? ties : bothWays(ties));
  return {
    n,
    directed,
    out,
    in: directed ? merged(n, { from: ties.to, to: ties.from, weights: ties.weights }) : out,
    tieCount: directed ? out.items.length : out.items.length / 2,
  };
}

/** The same nodes, tied where there is an arc either way; weights of arcs both ways are added (Burt's a_ij + a_ji). */
export function undirectedOf(graph: Graph): Graph {
  if (!graph.directed) return graph;
  const { items, weights } = graph.out;
  return graphOf(graph.n, false, { from: keysOf(graph.out), to: items, weights });
}

/**
 * Calls back for each tie once, in rising order of both its ends: the lower end first, or along the arc where the graph
 * is directed, and the place of the tie in the rows of `out`.
 */
export function eachTie({ n, directed, out }: Graph, found: (first: number, second: number, place: number) => void) {
  for (let first = 0; first < n; first++)
    for (let place = at(out.offsets, first); place < at(out.offsets, first + 1); place++) {
      const second = at(out.items, place);
      if (directed || second > first) found(first, second, place);
    }
}

/** Sum of the weights in every row. */
export function rowSums({ offsets, weights }: Neighbours): Float64Array {
  const sums = new Float64Array(offsets.length - 1);
  for (let row = 0; row < sums.length; row++) {
    let sum = 0;
    for (let i = at(offsets, row); i < at(offsets, row + 1); i++) sum += real(weights, i);
    sums[row] = sum;
  }
  return sums;
}

/** Number of neighbours in every row. */
export function rowSizes({ offsets }: Rows): Int32Array {
  const sizes = new Int32Array(offsets.length - 1);
  for (let row = 0; row < sizes.length; row++) sizes[row] = at(offsets, row + 1) - at(offsets, row);
  return sizes;
}

function bothWays({ from, to, weights }: Ties): Ties {
  return {
    from: joined(from, to),
    to: joined(to, from),
    weights: Float64Array.from({ length: 2 * weights.length }, (_, i) => real(weights, i % weights.length)),
  };
}

function joined(first: Int32Array, second: Int32Array): Int32Array {
  const both = new Int32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function merged(n: number, { from, to, weights }: Ties): Neighbours {
  const byTo = group(to, Int32Array.from(to.keys()), n).items;
  const order = group(
    byTo.map((tie) => at(from, tie)),
    byTo,
    n,
  );
  const offsets = new Int32Array(n + 1);
  const items = new Int32Array(order.items.length);
  const sums = new Float64Array(order.items.length);
  let size = 0;
  for (let node = 0; node < n; node++) {
    const start = size;
    for (let i = at(order.offsets, node); i < at(order.offsets, node + 1); i++) {
      const tie = at(order.items, i);
      const other = at(to, tie);
      if (other === node) continue;
      if (size === start || at(items, size - 1) !== other) {
        items[size] = other;
        size += 1;
      }
      sums[size - 1] = real(sums, size - 1) + real(weights, tie);
    }
    offsets[node + 1] = size;
  }
  return { offsets, items: items.slice(0, size), weights: sums.slice(0, size) };
}
