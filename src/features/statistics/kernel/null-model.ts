import { clusteringOf } from './clustering.ts';
import { componentsOf } from './components.ts';
import { rewiringOf } from './rewiring.ts';
import { drawsOf, seedsOf } from './seeded.ts';
import { type Incidence, projectionOf, type TwoMode, twoModeOf } from './two-mode.ts';
import type { Work } from './work.ts';

/** What is told of every rewired network. */
export const nullFigures = [
  'tieCount',
  'globalClustering',
  'meanLocalClustering',
  'meanLocalClusteringDefined',
  'largestComponentShare',
] as const;
export type NullFigure = (typeof nullFigures)[number];

/** The figures of one two-mode network by its projection; NaN where undefined. */
export function figuresOf(twoMode: TwoMode): Readonly<Record<NullFigure, number>> {
  const graph = projectionOf(twoMode, 'count');
  const { transitivity, meanLocal, meanLocalDefined } = clusteringOf(graph);
  const largest = componentsOf(graph).sizes.reduce((most, size) => Math.max(most, size), 0);
  return {
    tieCount: graph.tieCount,
    globalClustering: transitivity ?? Number.NaN,
    meanLocalClustering: meanLocal ?? Number.NaN,
    meanLocalClusteringDefined: meanLocalDefined ?? Number.NaN,
    // 0 ÷ 0 in a network of nobody.
    largestComponentShare: largest / graph.n,
  };
}

/**
 * The figures of rewired networks, in the order in which they were drawn. Each begins with the network as it is and has
 * a seed of its own, drawn from the seed: more samples leave the first ones as they are. Yields now and then.
 */
export function* nullModelOf(
  incidence: Incidence,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Work<Readonly<Record<NullFigure, Float64Array>>> {
  const twoMode = twoModeOf(incidence);
  const nextSeed = seedsOf(seed);
  const found = Object.fromEntries(nullFigures.map((name) => [name, new Float64Array(samples)])) as Record<
    NullFigure,
    Float64Array
  >;
  for (let sample = 0; sample < samples; sample++) {
    const figures = figuresOf(twoModeOf(yield* rewiringOf(twoMode, drawsOf(nextSeed()))));
    for (const name of nullFigures) found[name][sample] = figures[name];
    yield;
  }
  return found;
}
