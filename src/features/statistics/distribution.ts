/** Why a figure has no value. */
export const undefinedReasons = [
  'BELOW_MINIMUM',
  'NOTHING_COUNTED',
  'NOT_APPLICABLE',
  'NOT_OBSERVED',
  'NOT_REACHED',
  'TOO_FEW_NODES',
  'TOO_LARGE',
] as const;
/** Why a figure has no value, by name. */
export type Reason = (typeof undefinedReasons)[number];

/** A figure, or why there is none. */
export type Figure = number | { readonly reason: Reason };

const none = (reason: Reason): Figure => ({ reason });

/** How many times a value occurs: `[value, count]`, in rising order of the value. */
export type Histogram = readonly (readonly [value: number, count: number])[];

/** The quotient of two counts; NOTHING_COUNTED where there is nothing to divide by. */
export const ratio = (part: number, whole: number): Figure => (whole === 0 ? none('NOTHING_COUNTED') : part / whole);

const sizeOf = (histogram: Histogram) => histogram.reduce((sum, [, count]) => sum + count, 0);
const totalOf = (histogram: Histogram) => histogram.reduce((sum, [value, count]) => sum + value * count, 0);

/** Why inequality among these is undefined; undefined where it is defined. */
function missing(histogram: Histogram): Figure | undefined {
  if (sizeOf(histogram) < 2) return none('TOO_FEW_NODES');
  return totalOf(histogram) === 0 ? none('NOTHING_COUNTED') : undefined;
}

/**
 * The Gini coefficient of counts over all n members, zeros included, with the small-sample factor n ÷ (n − 1): 0 where
 * all have the same, 1 where one has everything. TOO_FEW_NODES below two members, NOTHING_COUNTED where all have zero.
 */
export function gini(histogram: Histogram): Figure {
  const undefinedGini = missing(histogram);
  if (undefinedGini !== undefined) return undefinedGini;
  const n = sizeOf(histogram);
  let before = 0;
  let weighted = 0;
  for (const [value, count] of histogram) {
    // The ranks before + 1 … before + count, each as 2 × rank − n − 1, added up: in whole numbers, so exact.
    weighted += value * count * (2 * before + count - n);
    before += count;
  }
  return weighted / (n * totalOf(histogram)) / ((n - 1) / n);
}

/**
 * The Herfindahl–Hirschman index Σs², normalised as (H − 1/n) ÷ (1 − 1/n): 0 where all n members have the same share, 1
 * where one has everything. TOO_FEW_NODES below two members, NOTHING_COUNTED where all have zero.
 */
export function normalisedHhi(histogram: Histogram): Figure {
  const undefinedHhi = missing(histogram);
  if (undefinedHhi !== undefined) return undefinedHhi;
  const n = sizeOf(histogram);
  const squares = histogram.reduce((sum, [value, count]) => sum + value * value * count, 0);
  const total = totalOf(histogram) ** 2;
  // As (n × Σx² − T²) ÷ ((n − 1) × T²), so that equal shares give exactly 0.
  return (n * squares - total) / ((n - 1) * total);
}

/**
 * Shannon evenness H ÷ ln n over all n members, zeros included: 1 where all have the same share, 0 where one has
 * everything. TOO_FEW_NODES below two members, NOTHING_COUNTED where all have zero.
 */
export function evenness(histogram: Histogram): Figure {
  const undefinedEvenness = missing(histogram);
  if (undefinedEvenness !== undefined) return undefinedEvenness;
  const total = totalOf(histogram);
  const entropy = histogram.reduce((sum, [value, count]) => {
    const share = value / total;
    return value === 0 ? sum : sum - count * share * Math.log(share);
  }, 0);
  // Rounding may go past the ends by a bit.
  return Math.min(1, Math.max(0, entropy / Math.log(sizeOf(histogram))));
}

/** The median, the mean of the two in the middle where their number is even; NOTHING_COUNTED of nothing. */
export function median(histogram: Histogram): Figure {
  const n = sizeOf(histogram);
  if (n === 0) return none('NOTHING_COUNTED');
  const at = (rank: number): number => {
    let before = 0;
    for (const [value, count] of histogram) {
      before += count;
      if (before >= rank) return value;
    }
    return 0;
  };
  return (at(Math.floor((n + 1) / 2)) + at(Math.ceil((n + 1) / 2))) / 2;
}

/** A histogram that also counts those of `size` members who have nothing. */
export function withZeros(histogram: Histogram, size: number): Histogram {
  const zeros = size - sizeOf(histogram);
  return zeros > 0 ? [[0, zeros], ...histogram] : histogram;
}

/** How many waited so many days and then saw the event, and how many were still waiting after so many days. */
export type Spells = readonly (readonly [days: number, ended: number, waiting: number])[];

/** The Kaplan–Meier estimate of waiting times that are censored on the right. */
export type Survival = {
  /** The first day on which at least half have seen the event. NOT_REACHED where that never comes within sight. */
  readonly median: Figure;
  /** The share that has seen the event within so many days. NOT_OBSERVED where nobody was watched for that long. */
  readonly shareWithin: (days: number) => Figure;
};

/**
 * Kaplan and Meier's product-limit estimate S(t) = Π (1 − dᵢ ÷ nᵢ) over the days tᵢ ≤ t with events; those who are
 * censored on a day are still at risk on it. `spells` are in rising order of days. NOTHING_COUNTED of nothing.
 */
export function kaplanMeier(spells: Spells): Survival {
  const total = spells.reduce((sum, [, ended, waiting]) => sum + ended + waiting, 0);
  if (total === 0) return { median: none('NOTHING_COUNTED'), shareWithin: () => none('NOTHING_COUNTED') };
  const steps: { days: number; survival: number }[] = [];
  let atRisk = total;
  let survival = 1;
  for (const [days, ended, waiting] of spells) {
    survival *= 1 - ended / atRisk;
    steps.push({ days, survival });
    atRisk -= ended + waiting;
  }
  const longest = spells.at(-1)?.[0] ?? 0;
  return {
    // A product of fractions may miss one half by a few bits.
    median: steps.find((step) => step.survival <= 0.5 + 1e-12)?.days ?? none('NOT_REACHED'),
    shareWithin: (days) => {
      if (days > longest && survival > 0) return none('NOT_OBSERVED');
      return 1 - (steps.findLast((step) => step.days <= days)?.survival ?? 1);
    },
  };
}
