import { type Graph, type Neighbours, rowSums } from './graph.ts';
import { at, real } from './rows.ts';

/** Burt's measures of the holes around a node; NaN for an isolate. */
export type StructuralHoles = {
  /** Σ_j (p_ij + Σ_q p_iq p_qj)² over the neighbours j: how much a node depends on partners that are tied. May exceed 1. */
  readonly constraint: Float64Array;
  /** Neighbours less what they share with each other: n − Σ_j Σ_q p_iq m_jq. */
  readonly effectiveSize: Float64Array;
};

/**
 * Structural holes of an undirected weighted graph (Burt 1992): p_iq is the share of q in the weights of i, m_jq the
 * weight between j and q over the greatest weight of j.
 */
export function structuralHolesOf(graph: Graph): StructuralHoles {
  const { n, out } = graph;
  const { offsets, items, weights } = out;
  const strength = rowSums(out);
  const greatest = greatestOf(graph);
  const constraint = new Float64Array(n).fill(Number.NaN);
  const effectiveSize = new Float64Array(n).fill(Number.NaN);
  // Of the neighbours of a node; what the others hold is left from before, and not read.
  const invested = new Float64Array(n);
  const reached = new Float64Array(n);
  for (let node = 0; node < n; node++) {
    const [from, until] = [at(offsets, node), at(offsets, node + 1)];
    if (from === until) continue;
    for (let i = from; i < until; i++) {
      invested[at(items, i)] = real(weights, i) / real(strength, node);
      reached[at(items, i)] = 0;
    }
    for (let i = from; i < until; i++) {
      const share = real(weights, i) / real(strength, node);
      investThrough(out, at(items, i), { share, perWeight: share / real(strength, at(items, i)), invested, reached });
    }
    let [sum, redundant] = [0, 0];
    for (let i = from; i < until; i++) {
      const other = at(items, i);
      sum += real(invested, other) ** 2;
      redundant += real(reached, other) / real(greatest, other);
    }
    constraint[node] = sum;
    effectiveSize[node] = until - from - redundant;
  }
  return { constraint, effectiveSize };
}

type Around = {
  /** What the node invests in the neighbour that is gone through, and that over the neighbour's strength. */
  readonly share: number;
  readonly perWeight: number;
  /** Per node j: p_ij + Σ_q p_iq p_qj, and Σ_q p_iq times the weight between q and j. */
  readonly invested: Float64Array;
  readonly reached: Float64Array;
};

/** Adds what a node invests by way of the ties of one of its neighbours. */
function investThrough(
  { offsets, items, weights }: Neighbours,
  through: number,
  { share, perWeight, invested, reached }: Around,
): void {
  const end = at(offsets, through + 1);
  for (let j = at(offsets, through); j < end; j++) {
    const other = at(items, j);
    const weight = real(weights, j);
    invested[other] = real(invested, other) + perWeight * weight;
    reached[other] = real(reached, other) + share * weight;
  }
}

function greatestOf({ n, out }: Graph): Float64Array {
  const greatest = new Float64Array(n);
  for (let node = 0; node < n; node++) {
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++)
      greatest[node] = Math.max(real(greatest, node), real(out.weights, i));
  }
  return greatest;
}
