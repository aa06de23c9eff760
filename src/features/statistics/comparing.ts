import { mixingOf } from './kernel/mixing.ts';
import { type Moments, momentsOf } from './kernel/moments.ts';
import { figuresOf, type NullFigure, nullFigures, nullModelOf } from './kernel/null-model.ts';
import { permutedMixingOf } from './kernel/permuted-mixing.ts';
import { seedsOf } from './kernel/seeded.ts';
import { type Incidence, projectionOf, twoModeOf } from './kernel/two-mode.ts';
import type { Work } from './kernel/work.ts';

/** Why a figure beside chance has no value. */
export const comparedReasons = [
  'TOO_FEW_NODES',
  'NO_TIES',
  'NO_TRIPLES',
  'ONE_GROUP',
  'ONE_SAMPLE',
  'NO_VARIATION',
] as const;

type Reason = (typeof comparedReasons)[number];

/** A figure of a network beside those of the networks that were drawn; null where undefined. */
type Compared = {
  observed: number | null;
  sampleCount: number;
  mean: number | null;
  standardDeviation: number | null;
  lowest: number | null;
  highest: number | null;
  z: number | null;
};

/** All figures of a network beside chance, and why something of them has no value. */
export type Comparison = {
  figures: Record<NullFigure, Compared>;
  externalInternalIndex: Compared & { expected: number | null; p: number | null };
  undefinedValues: { name: string; reason: Reason }[];
};

/** How often the kinds are permuted. */
export const permutations = 1000;

/** All figures of an incidence beside chance; `kindOf` holds a number from 0 on for every organisation. */
export function* comparisonOf(
  incidence: Incidence,
  kindOf: Int32Array,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Work<Comparison> {
  const twoMode = twoModeOf(incidence);
  const nextSeed = seedsOf(seed);
  const observed = figuresOf(twoMode);
  const sampled = yield* nullModelOf(incidence, { samples, seed: nextSeed() });
  const undefinedValues: Comparison['undefinedValues'] = [];
  const compare = (name: string, value: number | null, values: Float64Array, none: Reason) => {
    const { figure, reasons } = comparedOf(value, momentsOf(values), none);
    undefinedValues.push(...reasons.map(({ field, reason }) => ({ name: `${name}.${field}`, reason })));
    return figure;
  };
  const figures = Object.fromEntries(
    nullFigures.map((name) => {
      const value = Number.isNaN(observed[name]) ? null : observed[name];
      return [name, compare(name, value, sampled[name], noneOf(name, twoMode.n, observed.tieCount))];
    }),
  ) as Record<NullFigure, Compared>;
  const graph = projectionOf(twoMode, 'count');
  const mixing = mixingOf(graph, kindOf);
  const permuted = yield* permutedMixingOf(graph, kindOf, { permutations, seed: nextSeed() });
  const noTies: Reason = twoMode.n < 2 ? 'TOO_FEW_NODES' : 'NO_TIES';
  const index = compare('externalInternalIndex', mixing.externalInternal, permuted.values, noTies);
  const { expectedExternalInternal: expected } = mixing;
  if (expected === null) undefinedValues.push({ name: 'externalInternalIndex.expected', reason: 'TOO_FEW_NODES' });
  if (permuted.p === null)
    undefinedValues.push({ name: 'externalInternalIndex.p', reason: graph.tieCount === 0 ? noTies : 'ONE_GROUP' });
  return { figures, externalInternalIndex: { ...index, expected, p: permuted.p }, undefinedValues };
}

/** Why a figure of a network is undefined. */
function noneOf(name: NullFigure, n: number, tieCount: number): Reason {
  const fewest = name === 'globalClustering' || name === 'meanLocalClusteringDefined' ? 3 : 1;
  if (n < fewest) return 'TOO_FEW_NODES';
  return tieCount === 0 ? 'NO_TIES' : 'NO_TRIPLES';
}

/** A figure beside those that were drawn, and why something of it has no value. */
function comparedOf(observed: number | null, { count, ...moments }: Moments, none: Reason) {
  const { mean, standardDeviation } = moments;
  const z = observed === null || mean === null || !standardDeviation ? null : (observed - mean) / standardDeviation;
  const figure: Compared = { observed, sampleCount: count, ...moments, z };
  const unspread: Reason = count === 1 ? 'ONE_SAMPLE' : none;
  const whyOf: Partial<Record<keyof Compared, Reason>> = {
    standardDeviation: unspread,
    z: observed === null || mean === null ? none : standardDeviation === 0 ? 'NO_VARIATION' : unspread,
  };
  const reasons = (Object.keys(figure) as (keyof Compared)[])
    .filter((field) => figure[field] === null)
    .map((field) => ({ field, reason: whyOf[field] ?? none }));
  return { figure, reasons };
}
