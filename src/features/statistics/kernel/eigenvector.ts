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
/** The plain rounds from which the momentum of the later ones is taken, and those over which it is looked at. */
const plainRounds = 16;
const lookedAt = 4;

/**
 * Eigenvector centrality of an undirected graph: the vector of the largest eigenvalue, its largest value 1. It is found
 * for every component at once by power iteration, shifted so that two-sided graphs settle too; what lies outside the
 * component with the largest eigenvalue is 0, and components that share that eigenvalue each have their own vector.
 * After the first rounds have told how fast it settles, the iteration has the momentum that suits this (De Sa et al.
 * 2018), which takes about half of the rounds. Null without ties (no eigenvalue is above 0), or when it has not settled after
 * `maxRounds`. Yields after every round.
 */
export function* eigenvectorOf(
  multiply: Multiply,
  { of, sizes }: Components,
  maxRounds = 200_000,
): Work<Float64Array | null> {
  const n = of.length;
  const [vector, next, before] = [new Float64Array(n).fill(1), new Float64Array(n), new Float64Array(n)];
  multiply(vector, next);
  const shift = next.reduce((sum, value) => sum + value, 0) / (2 * Math.max(1, n));
  if (shift === 0) return null;
  const growth = new Float64Array(sizes.length).fill(1);
  const momentum = new Float64Array(sizes.length);
  let state: State = { vector, next, before, growth, momentum, of };
  const changes: number[] = [];
  for (let round = 0; round < maxRounds; round++) {
    multiply(state.vector, state.next);
    changes.push(settle(state, shift));
    state = { ...state, vector: state.next, next: state.before, before: state.vector };
    // With momentum one small change may be by chance.
    if (Math.max(...changes.slice(-2)) <= settled && changes.length > 1) return ofLargest(state);
    if (round + 1 === plainRounds) gainMomentum(state, changes);
    yield;
  }
  return null;
}

/** What a round knows; `growth` and `momentum` are per component. */
type State = {
  readonly vector: Float64Array;
  readonly next: Float64Array;
  readonly before: Float64Array;
  readonly growth: Float64Array;
  readonly momentum: Float64Array;
  readonly of: Int32Array;
};

/** Makes the largest value of every component 1; answers the largest change of a value. */
function settle({ vector, next, before, growth, momentum, of }: State, shift: number): number {
  const n = of.length;
  const lag = momentum.map((value, part) => value / real(growth, part));
  growth.fill(0);
  for (let node = 0; node < n; node++) {
    const part = at(of, node);
    const value = real(next, node) + shift * real(vector, node) - real(lag, part) * real(before, node);
    next[node] = value;
    if (value > real(growth, part)) growth[part] = value;
  }
  let change = 0;
  for (let node = 0; node < n; node++) {
    const value = real(next, node) / real(growth, at(of, node));
    const moved = Math.abs(value - real(vector, node));
    if (moved > change) change = moved;
    next[node] = value;
  }
  return change;
}

/** Momentum is best at a quarter of the square of the second eigenvalue, which is that share of the first by which changes shrink. */
function gainMomentum({ growth, momentum }: State, changes: readonly number[]): void {
  const rate = ((changes.at(-1) ?? 0) / (changes.at(-1 - lookedAt) ?? 1)) ** (1 / lookedAt);
  const second = Math.min(rate, 0.999);
  growth.forEach((value, part) => {
    momentum[part] = (second * value) ** 2 / 4;
  });
}

/** The eigenvalue of a component follows from its growth, which the momentum holds back. */
function ofLargest({ vector, growth, momentum, of }: State): Float64Array {
  const eigenvalues = growth.map((value, part) => value + real(momentum, part) / value);
  const largest = eigenvalues.reduce((most, value) => Math.max(most, value), 0);
  return vector.map((value, node) => (real(eigenvalues, at(of, node)) < largest * (1 - equal) ? 0 : value));
}
