import { type Graph, rowSizes } from './graph.ts';
import { at, real } from './rows.ts';

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
  const neighbourOf = new Int32Array(graph.n).fill(-1);
  let [closed, triples, sum, defined] = [0, 0, 0, 0];
  for (let node = 0; node < graph.n; node++) {
    const possible = (at(degree, node) * (at(degree, node) - 1)) / 2;
    if (possible === 0) continue;
    const present = tiesAmong(graph, node, neighbourOf);
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

function tiesAmong({ out: { offsets, items } }: Graph, node: number, neighbourOf: Int32Array): number {
  for (let i = at(offsets, node); i < at(offsets, node + 1); i++) neighbourOf[at(items, i)] = node;
  let ends = 0;
  for (let i = at(offsets, node); i < at(offsets, node + 1); i++) {
    const other = at(items, i);
    for (let j = at(offsets, other); j < at(offsets, other + 1); j++) {
      if (neighbourOf[at(items, j)] === node) ends += 1;
    }
  }
  return ends / 2;
}
