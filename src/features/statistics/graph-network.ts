import { arcCentralisation } from './kernel/centralisation.ts';
import { reciprocityOf, strongComponentsOf } from './kernel/components.ts';
import { type Graph, rowSizes } from './kernel/graph.ts';
import type { Reason } from './ranks.ts';

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
