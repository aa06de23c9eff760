import { type Part, part } from './computing/parts.ts';
import { normalisedBetweenness } from './kernel/betweenness.ts';
import { closenessOf } from './kernel/distances.ts';
import type { Weighting } from './kernel/two-mode.ts';
import { type Measure, type Ranks, ranksOf } from './ranks.ts';
import type { Snapshot } from './snapshots.ts';

/** The values of a family of measures, each a number per organisation; NaN where undefined. */
type Values = Partial<Record<Measure, Float64Array>>;

/** Measures that follow from the same part of the figures. */
type Family = {
  readonly measures: readonly Measure[];
  /** The part that they follow from, beside the network itself. */
  readonly part?: (weighting: Weighting) => Part;
  readonly values: (snapshot: Snapshot, weighting: Weighting) => Values;
};

const families: readonly Family[] = [
  {
    measures: ['degree', 'normalisedDegree', 'strength'],
    values: ({ network: { degree, strength } }) => ({
      degree: Float64Array.from(degree),
      normalisedDegree: Float64Array.from(degree, (count) => count / (degree.length - 1)),
      strength: Float64Array.from(strength),
    }),
  },
  {
    measures: ['weightedStrength', 'pageRank', 'constraint', 'effectiveSize'],
    part: (weighting) => part('weights', weighting),
    values: ({ get }, weighting) => {
      const { strength: weightedStrength, ...others } = get(part('weights', weighting));
      return { weightedStrength, ...others };
    },
  },
  {
    measures: ['eigenvector'],
    part: (weighting) => part('eigenvector', weighting),
    values: ({ get }, weighting) => ({ eigenvector: get(part('eigenvector', weighting)) }),
  },
  {
    measures: ['betweenness', 'normalisedBetweenness'],
    part: () => part('betweenness'),
    values: (snapshot) => {
      const betweenness = betweennessIn(snapshot) ?? new Float64Array(snapshot.organisations.length).fill(Number.NaN);
      const directed = snapshot.input.graph?.directed ?? false;
      return { betweenness, normalisedBetweenness: normalisedBetweenness(betweenness, directed) };
    },
  },
  {
    measures: ['harmonicCloseness', 'componentCloseness', 'wassermanFaustCloseness'],
    part: () => part('distances'),
    values: ({ get }) => {
      const { harmonic, component, wassermanFaust } = closenessOf(get(part('distances')));
      return {
        harmonicCloseness: harmonic,
        componentCloseness: component,
        wassermanFaustCloseness: wassermanFaust,
      };
    },
  },
  {
    measures: ['inDegree', 'outDegree', 'inStrength', 'outStrength'],
    part: () => part('arcs'),
    values: ({ get }) => get(part('arcs')),
  },
  {
    measures: ['coreNumber', 'localClustering'],
    part: () => part('circles'),
    values: ({ get }) => get(part('circles')),
  },
];

/** Exact betweenness, raw; null where the network is too large for it. */
export const betweennessIn = ({ get }: Snapshot): Float64Array | null => get<Float64Array | null>(part('betweenness'));

const familiesOf = (measures: readonly Measure[]) =>
  families.filter((family) => family.measures.some((measure) => measures.includes(measure)));

/** The parts that measures follow from. */
export const partsFor = (measures: readonly Measure[], weighting: Weighting): Part[] =>
  familiesOf(measures).flatMap(({ part }) => (part === undefined ? [] : [part(weighting)]));

/** Ranks are as long-lived as what they were made of. */
const ranked = new WeakMap<object, ReadonlyMap<Measure, Ranks>>();

/** The ranks of the organisations by measures whose parts the snapshot has. */
export function ranksIn(
  snapshot: Snapshot,
  measures: readonly Measure[],
  weighting: Weighting,
): ReadonlyMap<Measure, Ranks> {
  const all = familiesOf(measures).flatMap((family) => [...keptRanks(family, snapshot, weighting)]);
  return new Map(all.filter(([measure]) => measures.includes(measure)));
}

function keptRanks(family: Family, snapshot: Snapshot, weighting: Weighting): ReadonlyMap<Measure, Ranks> {
  const source = family.part === undefined ? snapshot.network : snapshot.get(family.part(weighting));
  if (source === null) return ranksOfFamily(family, snapshot, weighting);
  const ranks = ranked.get(source as object) ?? ranksOfFamily(family, snapshot, weighting);
  ranked.set(source as object, ranks);
  return ranks;
}

function ranksOfFamily(family: Family, snapshot: Snapshot, weighting: Weighting): ReadonlyMap<Measure, Ranks> {
  const values = Object.entries(family.values(snapshot, weighting)) as [Measure, Float64Array][];
  return new Map(values.map(([measure, vector]) => [measure, ranksOf(vector)]));
}
