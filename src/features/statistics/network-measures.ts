import { type Part, part } from './computing/parts.ts';
import { betweennessCentralisation, degreeCentralisation } from './kernel/centralisation.ts';
import { pathFiguresOf } from './kernel/distances.ts';
import { medianOf } from './kernel/moments.ts';
import { betweennessIn } from './measures.ts';
import type { Reason } from './ranks.ts';
import type { Snapshot } from './snapshots.ts';

/** The names of the figures of a network as a whole that follow from its paths, its cores and its kinds. */
export const networkMeasures = [
  'connectedShare',
  'medianDegree',
  'p90Degree',
  'meanStrength',
  'largestComponentShare',
  'twoModeDensity',
  'diameter',
  'averagePath',
  'reachableShare',
  'globalEfficiency',
  'meanLocalClusteringDefined',
  'degreeCentralisation',
  'betweennessCentralisation',
  'maximumCoreNumber',
  'coreSize',
  'coreErrors',
  'coreCorrelation',
  'assortativityByKind',
  'externalInternalIndex',
  'expectedExternalInternalIndex',
] as const;

/** The figures, null where undefined, and why. */
export type NetworkMeasures = {
  readonly values: Readonly<Record<(typeof networkMeasures)[number], number | null>>;
  readonly reasons: readonly { readonly name: string; readonly reason: Reason }[];
};

/** The parts that these figures follow from. */
export const networkMeasureParts: readonly Part[] = [part('structure'), part('distances'), part('betweenness')];

/** The figures of a network that take time, of a snapshot that has their parts. */
export function networkMeasuresOf(snapshot: Snapshot): NetworkMeasures {
  const values = valuesOf(snapshot);
  const reasons = networkMeasures.flatMap((name) =>
    values[name] === null ? [{ name, reason: reasonOf(name, snapshot) }] : [],
  );
  return { values, reasons };
}

function valuesOf(snapshot: Snapshot): NetworkMeasures['values'] {
  const { network, organisations, allianceCount, membershipCount, input, get } = snapshot;
  const n = organisations.length;
  const { core, mixing, maximumCoreNumber, meanLocalClusteringDefined } = get(part('structure'));
  const betweenness = betweennessIn(snapshot);
  const perOrganisation = (sum: number) => (n === 0 ? null : sum / n);
  const sorted = network.degree.slice().sort();
  return {
    connectedShare: perOrganisation(n - network.isolateCount),
    medianDegree: medianOf(Float64Array.from(sorted)),
    p90Degree: sorted[Math.ceil(0.9 * n) - 1] ?? null,
    meanStrength: perOrganisation(2 * network.totalWeight),
    largestComponentShare: perOrganisation(network.largestComponentSize),
    twoModeDensity: allianceCount === 0 ? null : perOrganisation(membershipCount / allianceCount),
    ...pathFiguresOf(get(part('distances'))),
    meanLocalClusteringDefined,
    degreeCentralisation: degreeCentralisation(network.degree),
    betweennessCentralisation: betweenness && betweennessCentralisation(betweenness, input.graph?.directed ?? false),
    maximumCoreNumber: n === 0 ? null : maximumCoreNumber,
    coreSize: core?.size ?? null,
    coreErrors: core?.errors ?? null,
    coreCorrelation: core?.correlation ?? null,
    assortativityByKind: mixing.assortativity,
    externalInternalIndex: mixing.externalInternal,
    expectedExternalInternalIndex: mixing.expectedExternalInternal,
  };
}

/** Fewest organisations with which a figure has a value; 1 where it is not named. */
const fewest: Partial<Record<(typeof networkMeasures)[number], number>> = {
  diameter: 2,
  averagePath: 2,
  reachableShare: 2,
  globalEfficiency: 2,
  expectedExternalInternalIndex: 2,
  degreeCentralisation: 3,
  betweennessCentralisation: 3,
  meanLocalClusteringDefined: 3,
};

function reasonOf(name: (typeof networkMeasures)[number], { network, input }: Snapshot): Reason {
  const { degree, tieCount } = network;
  if (name === 'twoModeDensity' && input.graph !== null) return 'NOT_TWO_MODE';
  if (degree.length < (fewest[name] ?? 1)) return 'TOO_FEW_NODES';
  if (name === 'betweennessCentralisation') return 'TOO_LARGE';
  if (tieCount === 0) return 'NO_TIES';
  return name === 'meanLocalClusteringDefined' ? 'NO_TRIPLES' : 'ONE_GROUP';
}
