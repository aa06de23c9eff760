import { distribution, type Network } from './incidence.ts';
import { arcCentralisation } from './kernel/centralisation.ts';
import { clusteringOf } from './kernel/clustering.ts';
import { componentsOf, reciprocityOf, strongComponentsOf } from './kernel/components.ts';
import { type Graph, rowSizes, rowSums, undirectedOf } from './kernel/graph.ts';
import type { Reason } from './ranks.ts';

/** An upper bound of the steps that `networkOfGraph` takes: the sum of the squares of the degrees, either way. */
export function graphSteps({ out, in: into }: Graph): number {
  const entering = rowSizes(into);
  return rowSizes(out).reduce((total, size, node) => total + (size + (entering[node] ?? 0)) ** 2, 0);
}

/**
 * The network of a relation in pairs. Of a directed graph, degree, strength, components and clustering are of ties either
 * way, while ties, weight and density are of arcs.
 */
export function networkOfGraph(graph: Graph): Network {
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
    allianceCount: new Int32Array(n),
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
      ...(clustering.transitivity === null && {
        globalClustering: n < 3 ? 'TOO_FEW_NODES' : tieCount === 0 ? 'NO_TIES' : 'NO_TRIPLES',
      }),
    },
  };
}

/** What a network has by the direction of its ties. */
export type DirectedFigures = {
  readonly reciprocity: number | null;
  readonly strongComponentCount: number;
  readonly largestStrongComponentSize: number;
  readonly inCentralisation: number | null;
  readonly outCentralisation: number | null;
};

/** The figures of the directions, and why one has no value. Null where ties have no direction. */
export function directedFiguresOf(
  graph: Graph | null,
): { figures: DirectedFigures; reasons: { name: string; reason: Reason }[] } | null {
  if (graph?.directed !== true) return null;
  const { sizes } = strongComponentsOf(graph);
  const figures = {
    reciprocity: reciprocityOf(graph),
    strongComponentCount: sizes.length,
    largestStrongComponentSize: sizes.reduce((largest, size) => Math.max(largest, size), 0),
    inCentralisation: arcCentralisation(rowSizes(graph.in)),
    outCentralisation: arcCentralisation(rowSizes(graph.out)),
  };
  const reason = graph.n < 2 ? 'TOO_FEW_NODES' : 'NO_TIES';
  const reasons = Object.entries(figures).flatMap(([name, value]) =>
    value === null ? ([{ name, reason }] as const) : [],
  );
  return { figures, reasons };
}
