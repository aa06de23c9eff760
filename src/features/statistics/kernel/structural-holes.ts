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
  const { offsets, items } = out;
  const shares = sharesOf(graph);
  const marginal = marginalOf(graph);
  const constraint = new Float64Array(n).fill(Number.NaN);
  const effectiveSize = new Float64Array(n).fill(Number.NaN);
  const around: Around = { items, shares, marginal, invested: new Float64Array(n), isNear: new Float64Array(n) };
  const { invested, isNear } = around;
  for (let node = 0; node < n; node++) {
    const [from, until] = [at(offsets, node), at(offsets, node + 1)];
    if (from === until) continue;
    for (let i = from; i < until; i++) {
      isNear[at(items, i)] = 1;
      invested[at(items, i)] = real(shares, i);
    }
    let redundant = 0;
    for (let i = from; i < until; i++) {
      const through = at(items, i);
      redundant += investThrough(around, at(offsets, through), at(offsets, through + 1), real(shares, i));
    }
    let sum = 0;
    for (let i = from; i < until; i++) {
      const other = at(items, i);
      sum += real(invested, other) ** 2;
      isNear[other] = 0;
      invested[other] = 0;
    }
    constraint[node] = sum;
    effectiveSize[node] = until - from - redundant;
  }
  return { constraint, effectiveSize };
}

type Around = {
  readonly items: Int32Array;
  readonly shares: Float64Array;
  readonly marginal: Float64Array;
  /** What the node invests in each of its neighbours, elsewhere 0. */
  readonly invested: Float64Array;
  /** 1 at the neighbours of the node, elsewhere 0: to multiply by it takes less time than to branch. */
  readonly isNear: Float64Array;
};

/** Adds what a node invests in its neighbours by way of the ties of one of them; answers how much of that one is redundant. */
function investThrough(
  { items, shares, marginal, invested, isNear }: Around,
  from: number,
  until: number,
  share: number,
): number {
  let redundant = 0;
  for (let j = from; j < until; j++) {
    const other = at(items, j);
    const part = share * real(isNear, other);
    invested[other] = real(invested, other) + part * real(shares, j);
    redundant += part * real(marginal, j);
  }
  return redundant;
}

/** The share of each tie in the weights of its row (Burt's p). */
function sharesOf({ n, out: { offsets, weights }, out }: Graph): Float64Array {
  const strength = rowSums(out);
  const shares = new Float64Array(weights.length);
  for (let node = 0; node < n; node++) {
    for (let i = at(offsets, node); i < at(offsets, node + 1); i++) shares[i] = real(weights, i) / real(strength, node);
  }
  return shares;
}

/** The weight of each tie over the greatest weight of the node at its other end (Burt's m). */
function marginalOf({ n, out: { offsets, items, weights } }: Graph): Float64Array {
  const greatest = new Float64Array(n);
  for (let node = 0; node < n; node++) {
    for (let i = at(offsets, node); i < at(offsets, node + 1); i++)
      greatest[node] = Math.max(real(greatest, node), real(weights, i));
  }
  return weights.map((weight, i) => weight / real(greatest, at(items, i)));
}
