import { type Chunk, overChunks } from './chunks.ts';
import type { Graph } from './graph.ts';
import { at, real } from './rows.ts';
import type { Work } from './work.ts';

/** Work arrays of one pass from a source. */
type Pass = {
  readonly distance: Int32Array;
  readonly paths: Float64Array;
  readonly dependency: Float64Array;
  /** Nodes in the order in which they were reached. */
  readonly order: Int32Array;
};

/**
 * Betweenness by Brandes: for how many pairs of others a node is on a shortest path, shared among equally short ones;
 * unweighted, ends excluded, each unordered pair once where the graph is undirected. Yields after every source.
 */
export const betweennessOf = (graph: Graph): Work<Float64Array> => overChunks(graph.n, betweennessParts(graph));

/** That for the paths from a chunk of sources; the sum over all chunks is the betweenness. */
export function betweennessParts(graph: Graph): (chunk: Chunk) => Work<Float64Array> {
  const { n } = graph;
  const pass: Pass = {
    distance: new Int32Array(n).fill(-1),
    paths: new Float64Array(n),
    dependency: new Float64Array(n),
    order: new Int32Array(n),
  };
  return function* ({ from, until }) {
    const found = new Float64Array(n);
    for (let source = from; source < until; source++) {
      const size = walkOut(graph, source, pass);
      walkBack(graph, size, pass, found);
      yield;
    }
    return graph.directed ? found : found.map((value) => value / 2);
  };
}

function walkOut({ out }: Graph, source: number, { distance, paths, order }: Pass): number {
  distance[source] = 0;
  paths[source] = 1;
  order[0] = source;
  let size = 1;
  for (let i = 0; i < size; i++) {
    const node = at(order, i);
    const further = at(distance, node) + 1;
    for (let j = at(out.offsets, node); j < at(out.offsets, node + 1); j++) {
      const other = at(out.items, j);
      if (distance[other] === -1) {
        distance[other] = further;
        order[size++] = other;
      }
      if (distance[other] === further) paths[other] = real(paths, other) + real(paths, node);
    }
  }
  return size;
}

/** Adds the dependencies from the farthest node back to the source by its in-neighbours, and clears the pass. */
function walkBack(graph: Graph, size: number, { distance, paths, dependency, order }: Pass, found: Float64Array): void {
  const { offsets, items } = graph.in;
  for (let i = size - 1; i > 0; i--) {
    const node = at(order, i);
    const nearer = at(distance, node) - 1;
    const share = (1 + real(dependency, node)) / real(paths, node);
    for (let j = at(offsets, node); j < at(offsets, node + 1); j++) {
      const other = at(items, j);
      if (distance[other] === nearer) dependency[other] = real(dependency, other) + real(paths, other) * share;
    }
    found[node] = real(found, node) + real(dependency, node);
  }
  for (let i = 0; i < size; i++) {
    const node = at(order, i);
    distance[node] = -1;
    paths[node] = 0;
    dependency[node] = 0;
  }
}

/** Betweenness over the number of pairs of others: ÷ ((N − 1)(N − 2)), half of that if undirected. NaN for N < 3. */
export function normalisedBetweenness(raw: Float64Array, directed: boolean): Float64Array {
  const n = raw.length;
  const pairs = ((n - 1) * (n - 2)) / (directed ? 1 : 2);
  return raw.map((value) => (n < 3 ? Number.NaN : value / pairs));
}
