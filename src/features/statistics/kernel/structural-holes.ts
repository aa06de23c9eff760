import { type Graph, rowSums } from './graph.ts';
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
  const strength = rowSums(out);
  const greatest = greatestOf(graph);
  const constraint = new Float64Array(n).fill(Number.NaN);
  const effectiveSize = new Float64Array(n).fill(Number.NaN);
  const invested = new Float64Array(n);
  const neighbourOf = new Int32Array(n).fill(-1);
  for (let node = 0; node < n; node++) {
    const [from, until] = [at(out.offsets, node), at(out.offsets, node + 1)];
    if (from === until) continue;
    for (let i = from; i < until; i++) {
      neighbourOf[at(out.items, i)] = node;
      invested[at(out.items, i)] = real(out.weights, i) / real(strength, node);
    }
    let redundant = 0;
    for (let i = from; i < until; i++) {
      const share = real(out.weights, i) / real(strength, node);
      redundant += investThrough(graph, at(out.items, i), share, { node, strength, greatest, invested, neighbourOf });
    }
    let sum = 0;
    for (let i = from; i < until; i++) sum += real(invested, at(out.items, i)) ** 2;
    constraint[node] = sum;
    effectiveSize[node] = until - from - redundant;
  }
  return { constraint, effectiveSize };
}

type Around = {
  readonly node: number;
  readonly strength: Float64Array;
  readonly greatest: Float64Array;
  readonly invested: Float64Array;
  readonly neighbourOf: Int32Array;
};

/** Adds what a node invests in its neighbours by way of one of them; answers how much of that one is redundant. */
function investThrough({ out }: Graph, through: number, share: number, around: Around): number {
  const { node, strength, greatest, invested, neighbourOf } = around;
  let redundant = 0;
  for (let j = at(out.offsets, through); j < at(out.offsets, through + 1); j++) {
    const other = at(out.items, j);
    if (neighbourOf[other] !== node) continue;
    const weight = real(out.weights, j);
    invested[other] = real(invested, other) + share * (weight / real(strength, through));
    redundant += share * (weight / real(greatest, other));
  }
  return redundant;
}

function greatestOf({ n, out }: Graph): Float64Array {
  const greatest = new Float64Array(n);
  for (let node = 0; node < n; node++) {
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++)
      greatest[node] = Math.max(real(greatest, node), real(out.weights, i));
  }
  return greatest;
}
