import { clusteringOf } from './kernel/clustering.ts';
import { componentsOf } from './kernel/components.ts';
import { type Graph, rowSizes, rowSums, undirectedOf } from './kernel/graph.ts';

/** Why a figure has no value. */
export type UndefinedReason = 'TOO_FEW_NODES' | 'NO_TIES' | 'NO_TRIPLES';

/** The network of organisations that share an alliance: per organisation, and as a whole. */
export type Network = {
  /** Number of organisations with which an organisation shares at least one alliance. */
  readonly degree: Int32Array;
  /** Sum of the weights of an organisation's ties: how many alliances it shares with each, added up. */
  readonly strength: Int32Array;
  /** Number of alliances of an organisation. */
  readonly allianceCount: Int32Array;
  readonly tieCount: number;
  readonly totalWeight: number;
  readonly isolateCount: number;
  readonly componentCount: number;
  readonly largestComponentSize: number;
  readonly density: number | null;
  readonly meanDegree: number | null;
  readonly globalClustering: number | null;
  readonly meanLocalClustering: number | null;
  readonly degreeDistribution: readonly { readonly degree: number; readonly count: number }[];
  readonly reasons: Readonly<
    Partial<Record<'density' | 'meanDegree' | 'globalClustering' | 'meanLocalClustering', UndefinedReason>>
  >;
};

/**
 * The network of a graph; `allianceCount` where its nodes are tied by alliances. Of a directed graph, degree, strength,
 * components and clustering are of ties either way, while ties, weight and density are of arcs. Sums run in the order of
 * the indices, so the same graph gives the same bits.
 */
export function networkOfGraph(graph: Graph, allianceCount: Int32Array = new Int32Array(graph.n)): Network {
  const ties = undirectedOf(graph);
  const { n, tieCount } = graph;
  const degree = rowSizes(ties.out);
  const strength = Int32Array.from(rowSums(ties.out));
  const clustering = clusteringOf(ties);
  const { sizes } = componentsOf(ties);
  const pairs = graph.directed ? n * (n - 1) : (n * (n - 1)) / 2;
  return {
    degree,
    strength,
    allianceCount,
    tieCount,
    totalWeight: strength.reduce((total, value) => total + value, 0) / 2,
    isolateCount: degree.filter((value) => value === 0).length,
    componentCount: sizes.length,
    largestComponentSize: sizes.reduce((largest, size) => Math.max(largest, size), 0),
    density: n < 2 ? null : tieCount / pairs,
    meanDegree: n === 0 ? null : ties.out.items.length / n,
    globalClustering: clustering.transitivity,
    meanLocalClustering: clustering.meanLocal,
    degreeDistribution: distribution(degree),
    reasons: {
      ...(n < 2 && { density: 'TOO_FEW_NODES' }),
      ...(n === 0 && { meanDegree: 'TOO_FEW_NODES', meanLocalClustering: 'TOO_FEW_NODES' }),
      ...(clustering.transitivity === null && { globalClustering: globalReason(n, tieCount) }),
    },
  };
}

function globalReason(n: number, tieCount: number): UndefinedReason {
  if (n < 3) return 'TOO_FEW_NODES';
  return tieCount === 0 ? 'NO_TIES' : 'NO_TRIPLES';
}

/** How many organisations have each degree, from the lowest. */
function distribution(degree: Int32Array): { degree: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const value of degree) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([value, count]) => ({ degree: value, count }));
}
