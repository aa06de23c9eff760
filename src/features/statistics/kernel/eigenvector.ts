import type { Components } from './components.ts';
import type { Graph } from './graph.ts';
import { at, real } from './rows.ts';
import { allianceWeights, type TwoMode } from './two-mode.ts';
import type { Work } from './work.ts';

/** Multiplies a vector by the matrix of tie weights. */
export type Multiply = (from: Float64Array, into: Float64Array) => void;

/** Multiplies by the ties of an undirected graph. */
export function graphMultiply({ n, out }: Graph): Multiply {
  return (from, into) => {
    for (let node = 0; node < n; node++) {
      let sum = 0;
      for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++)
        sum += real(out.weights, i) * real(from, at(out.items, i));
      into[node] = sum;
    }
  };
}

/** Multiplies by the ties of the projection without making it: B·W·Bᵀ less its diagonal. */
export function twoModeMultiply(twoMode: TwoMode, weighting: 'count' | 'newman'): Multiply {
  const { n, allianceCount, alliancesOf, membersOf } = twoMode;
  const weights = allianceWeights(twoMode, weighting);
  const sums = new Float64Array(allianceCount);
  return (from, into) => {
    for (let alliance = 0; alliance < allianceCount; alliance++) {
      let sum = 0;
      for (let m = at(membersOf.offsets, alliance); m < at(membersOf.offsets, alliance + 1); m++)
        sum += real(from, at(membersOf.items, m));
      sums[alliance] = sum;
    }
    for (let node = 0; node < n; node++) {
      let sum = 0;
      for (let a = at(alliancesOf.offsets, node); a < at(alliancesOf.offsets, node + 1); a++) {
        const alliance = at(alliancesOf.items, a);
        sum += (real(sums, alliance) - real(from, node)) * real(weights, alliance);
      }
      into[node] = sum;
    }
  };
}

/** How little a value may still change in a round. */
const settled = 2e-15;
/** Components whose largest eigenvalues differ by less than this share are taken as equal. */
const equal = 1e-10;

/**
 * Eigenvector centrality of an undirected graph: the vector of the largest eigenvalue, its largest value 1. It is found
 * for every component at once by power iteration, shifted so that two-sided graphs settle too; what lies outside the
 * component with the largest eigenvalue is 0, and components that share that eigenvalue each have their own vector.
 * Null without ties (no eigenvalue is above 0), or when it has not settled after `maxRounds`. Yields after every round.
 */
export function* eigenvectorOf(
  multiply: Multiply,
  { of, sizes }: Components,
  maxRounds = 200_000,
): Work<Float64Array | null> {
  const n = of.length;
  let [vector, next] = [new Float64Array(n).fill(1), new Float64Array(n)];
  multiply(vector, next);
  const shift = next.reduce((sum, value) => sum + value, 0) / (2 * Math.max(1, n));
  if (shift === 0) return null;
  const growth = new Float64Array(sizes.length);
  for (let round = 0; round < maxRounds; round++) {
    multiply(vector, next);
    growth.fill(0);
    for (let node = 0; node < n; node++) {
      const value = real(next, node) + shift * real(vector, node);
      next[node] = value;
      if (value > real(growth, at(of, node))) growth[at(of, node)] = value;
    }
    let change = 0;
    for (let node = 0; node < n; node++) {
      const value = real(next, node) / real(growth, at(of, node));
      change = Math.max(change, Math.abs(value - real(vector, node)));
      next[node] = value;
    }
    [vector, next] = [next, vector];
    if (change <= settled) return ofLargest(vector, growth, of);
    yield;
  }
  return null;
}

function ofLargest(vector: Float64Array, growth: Float64Array, of: Int32Array): Float64Array {
  const largest = growth.reduce((most, value) => Math.max(most, value), 0);
  return vector.map((value, node) => (real(growth, at(of, node)) < largest * (1 - equal) ? 0 : value));
}
