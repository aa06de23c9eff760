import { type Graph, rowSizes } from './graph.ts';
import { at, type Rows, real } from './rows.ts';

/** How closed the circles of a network are. */
export type Clustering = {
  /** Ties among the neighbours of a node ÷ the pairs of them; NaN for a node with fewer than two. */
  readonly local: Float64Array;
  /** Closed triples ÷ triples; null without triples. */
  readonly transitivity: number | null;
  /** Mean of the local values, over the nodes with at least two neighbours; null without such a node. */
  readonly meanLocalDefined: number | null;
  /** Mean of the local values over all nodes, 0 for those with fewer than two neighbours; null without nodes. */
  readonly meanLocal: number | null;
};

/** Clustering of an undirected graph: transitivity and the local values of Watts and Strogatz. */
export function clusteringOf(graph: Graph): Clustering {
  const degree = rowSizes(graph.out);
  const local = new Float64Array(graph.n).fill(Number.NaN);
  const triangles = trianglesOf(graph);
  let [closed, triples, sum, defined] = [0, 0, 0, 0];
  for (let node = 0; node < graph.n; node++) {
    const possible = (at(degree, node) * (at(degree, node) - 1)) / 2;
    if (possible === 0) continue;
    const present = at(triangles, node);
    local[node] = present / possible;
    closed += present;
    triples += possible;
    sum += real(local, node);
    defined += 1;
  }
  return {
    local,
    transitivity: triples === 0 ? null : closed / triples,
    meanLocalDefined: defined === 0 ? null : sum / defined,
    meanLocal: graph.n === 0 ? null : sum / graph.n,
  };
}

/** Triangles at every node: the ties among its neighbours. Each is met once, from its lowest node by its middle one. */
function trianglesOf({ n, out }: Graph): Int32Array {
  const { offsets, items } = out;
  const triangles = new Int32Array(n);
  const neighbourOf = new Int32Array(n).fill(-1);
  for (let low = 0; low < n; low++) {
    for (let i = at(offsets, low); i < at(offsets, low + 1); i++) neighbourOf[at(items, i)] = low;
    for (let i = at(offsets, low); i < at(offsets, low + 1); i++) {
      const middle = at(items, i);
      if (middle < low) continue;
      const found = closeAbove(out, middle, (high) => neighbourOf[high] === low, triangles);
      triangles[middle] = at(triangles, middle) + found;
      triangles[low] = at(triangles, low) + found;
    }
  }
  return triangles;
}

/**
 * Counts, for each neighbour above a node that closes a triangle, that triangle; answers how many there are. Neighbours
 * stand in rising order, so those above are the last, and the lowest node of the triangle is before them.
 */
function closeAbove(
  { offsets, items }: Rows,
  middle: number,
  closes: (high: number) => boolean,
  triangles: Int32Array,
): number {
  let found = 0;
  for (let j = at(offsets, middle + 1) - 1; at(items, j) > middle; j--) {
    const high = at(items, j);
    if (!closes(high)) continue;
    triangles[high] = at(triangles, high) + 1;
    found += 1;
  }
  return found;
}
