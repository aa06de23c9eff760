import { real } from './rows.ts';

/** What can be said of drawn values; NaN among them stands for one that is undefined, and is left out. */
export type Moments = {
  readonly count: number;
  /** Null without values. */
  readonly mean: number | null;
  /** Of the values as a sample, ÷ (count − 1). Null with fewer than two. */
  readonly standardDeviation: number | null;
  readonly lowest: number | null;
  readonly highest: number | null;
};

/**
 * Mean and spread of values. Taken from the first value, so that equal values have exactly that mean and the standard
 * deviation 0; added in their order, so that the same values give the same bits.
 */
export function momentsOf(values: Float64Array): Moments {
  const known = values.filter((value) => !Number.isNaN(value));
  const count = known.length;
  if (count === 0) return { count, mean: null, standardDeviation: null, lowest: null, highest: null };
  const first = real(known, 0);
  const mean = first + known.reduce((sum, value) => sum + (value - first), 0) / count;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    mean,
    standardDeviation: count < 2 ? null : Math.sqrt(squares / (count - 1)),
    lowest: known.reduce((least, value) => Math.min(least, value)),
    highest: known.reduce((most, value) => Math.max(most, value)),
  };
}

/** The middle value, or the mean of the two in the middle; null without values. */
export function medianOf(values: Float64Array): number | null {
  const sorted = values.slice().sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? real(sorted, middle) : (real(sorted, middle - 1) + real(sorted, middle)) / 2;
}
