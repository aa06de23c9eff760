import type { Network } from './incidence.ts';

/** What can be said of an organisation's place in a network. */
export const measures = [
  'degree',
  'normalisedDegree',
  'strength',
  'weightedStrength',
  'betweenness',
  'normalisedBetweenness',
  'harmonicCloseness',
  'componentCloseness',
  'wassermanFaustCloseness',
  'eigenvector',
  'pageRank',
  'coreNumber',
  'localClustering',
  'constraint',
  'effectiveSize',
] as const;

/** What can be said of a place where ties have a direction. */
export const arcMeasures = ['inDegree', 'outDegree', 'inStrength', 'outStrength'] as const;

/** Everything that can be said of a place. */
export const allMeasures = [...measures, ...arcMeasures] as const;
export type Measure = (typeof allMeasures)[number];

/** Why a figure has no value. */
export const undefinedReasons = [
  'TOO_FEW_NODES',
  'NO_TIES',
  'NO_TRIPLES',
  'ONE_GROUP',
  'NOT_SETTLED',
  'TOO_LARGE',
  'NO_DIRECTION',
  'NOT_TWO_MODE',
] as const;
export type Reason = (typeof undefinedReasons)[number];

/** A measure of all organisations: its values, NaN where undefined, and the place of each among those with a value. */
export type Ranks = {
  readonly values: Float64Array;
  /** One more than the number of higher values; equals share a rank, and the next ranks are left out. 0 where undefined. */
  readonly rank: Int32Array;
  /** Number of lower values. */
  readonly lower: Int32Array;
  /** Number of organisations with a value. */
  readonly count: number;
};

/** Rounded to twelve significant digits: organisations in the same place must not differ by how their sums were rounded. */
const rounded = (value: number) => Number(value.toPrecision(12));

/** Ranks the values from high to low (standard competition ranking, 1 2 2 4). */
export function ranksOf(exact: Float64Array): Ranks {
  const values = exact.map(rounded);
  const order = Int32Array.from(values.keys())
    .filter((index) => !Number.isNaN(values[index]))
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  const rank = new Int32Array(values.length);
  const lower = new Int32Array(values.length);
  let first = 0;
  for (let place = 0; place < order.length; place = first) {
    while (first < order.length && values[order[first] ?? 0] === values[order[place] ?? 0]) first++;
    for (const index of order.subarray(place, first)) {
      rank[index] = place + 1;
      lower[index] = order.length - first;
    }
  }
  return { values, rank, lower, count: order.length };
}

/** Indices from the highest value to the lowest, then those without one; equals by degree, strength and index. */
export function orderBy({ rank }: Ranks, { degree, strength }: Network): number[] {
  const last = rank.length + 1;
  const place = (index: number) => rank[index] || last;
  const down = (values: Int32Array, a: number, b: number) => (values[b] ?? 0) - (values[a] ?? 0);
  return [...rank.keys()].sort((a, b) => place(a) - place(b) || down(degree, a, b) || down(strength, a, b) || a - b);
}

/** Fewest organisations with which a measure has a value. */
const fewest: Partial<Record<Measure, number>> = {
  normalisedDegree: 2,
  harmonicCloseness: 2,
  normalisedBetweenness: 3,
};

/** Why an organisation has no value of a measure. */
function reasonOf(measure: Measure, { degree, tieCount }: Network, index: number): Reason {
  if (arcMeasures.some((name) => name === measure)) return 'NO_DIRECTION';
  if (degree.length < (fewest[measure] ?? 0)) return 'TOO_FEW_NODES';
  if (measure === 'betweenness' || measure === 'normalisedBetweenness') return 'TOO_LARGE';
  if (tieCount === 0 || (degree[index] === 0 && measure !== 'eigenvector')) return 'NO_TIES';
  return measure === 'eigenvector' ? 'NOT_SETTLED' : 'NO_TRIPLES';
}

/** An organisation's value of a measure and its place among the others; null where undefined, with the reason. */
export type Figure = {
  value: number | null;
  rank: number | null;
  rankedCount: number;
  percentile: number | null;
  reason: Reason | null;
};

/** The figure of an organisation. The percentile is the share of the organisations with a value that have a lower one, × 100. */
export function figureOf(
  measure: Measure,
  { values, rank, lower, count }: Ranks,
  network: Network,
  index: number,
): Figure {
  if (rank[index] === 0) {
    return {
      ...{ value: null, rank: null, rankedCount: count, percentile: null },
      reason: reasonOf(measure, network, index),
    };
  }
  return {
    value: values[index] ?? null,
    rank: rank[index] ?? null,
    rankedCount: count,
    percentile: rounded((100 * (lower[index] ?? 0)) / count),
    reason: null,
  };
}
