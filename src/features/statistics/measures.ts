import { setImmediate } from 'node:timers/promises';
import { betweennessOf, normalisedBetweenness } from './kernel/betweenness.ts';
import { clusteringOf } from './kernel/clustering.ts';
import { componentsOf } from './kernel/components.ts';
import { coreNumbersOf } from './kernel/cores.ts';
import { closenessOf, type Distances, distancesOf, graphWalk } from './kernel/distances.ts';
import { eigenvectorOf, graphMultiply, type Multiply, twoModeMultiply } from './kernel/eigenvector.ts';
import { type Graph, rowSizes, rowSums, undirectedOf } from './kernel/graph.ts';
import { pageRankOf } from './kernel/pagerank.ts';
import { structuralHolesOf } from './kernel/structural-holes.ts';
import { projectionOf, repeatedPairs, type TwoMode, twoModeOf, type Weighting } from './kernel/two-mode.ts';
import { twoModeBetweenness } from './kernel/two-mode-betweenness.ts';
import { twoModeWalk } from './kernel/two-mode-walk.ts';
import type { Work } from './kernel/work.ts';
import { type Measure, type Ranks, ranksOf } from './ranks.ts';
import type { Snapshot } from './snapshots.ts';

/** The values of a family of measures, each a number per organisation; NaN where undefined. */
type Values = Partial<Record<Measure, Float64Array>>;

/** Steps that betweenness may take while a request waits, at about ten nanoseconds a step. */
const maxSteps = 2_000_000_000;

/** What was computed for a snapshot goes with it: it is forgotten when the snapshot is. */
const computed = new WeakMap<Snapshot, Map<string, Promise<unknown>>>();

/** Computes something of a snapshot once, however many ask for it; what fails is computed again. */
export function onceFor<T>(snapshot: Snapshot, name: string, work: () => Promise<T>): Promise<T> {
  const known = computed.get(snapshot) ?? new Map<string, Promise<unknown>>();
  computed.set(snapshot, known);
  const found = known.get(name) as Promise<T> | undefined;
  if (found !== undefined) return found;
  const started = work();
  known.set(name, started);
  started.catch(() => known.delete(name));
  return started;
}

/** Goes on with work for a while at a time, and lets other requests be answered in between. */
async function atLeisure<T>(work: Work<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + 20;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await setImmediate();
  }
}

/** The projection of a snapshot's network; for a relation in pairs, its ties either way, which have one weighting. */
export const projected = ({ graph, incidence }: Snapshot, weighting: Weighting): Graph =>
  graph === null ? projectionOf(twoModeOf(incidence), weighting) : undirectedOf(graph);

/** The distances of a snapshot's network, along the arcs where ties have a direction. */
export const distancesIn = (snapshot: Snapshot): Promise<Distances> =>
  onceFor(snapshot, 'distances', () => {
    const { graph, incidence, organisations } = snapshot;
    const walk = graph === null ? twoModeWalk(twoModeOf(incidence)) : graphWalk(graph);
    return atLeisure(distancesOf(organisations.length, walk));
  });

/** Exact betweenness, raw; null where the network is so large that nobody can wait for it. */
export const betweennessIn = (snapshot: Snapshot): Promise<Float64Array | null> =>
  onceFor(snapshot, 'betweenness', async () => {
    const { graph } = snapshot;
    if (graph !== null) return graphSteps(graph) > maxSteps ? null : atLeisure(betweennessOf(graph));
    const twoMode = twoModeOf(snapshot.incidence);
    return betweennessSteps(twoMode) > maxSteps ? null : atLeisure(twoModeBetweenness(twoMode));
  });

/** From every source each membership and each pair with several alliances is met about four times. */
const betweennessSteps = (twoMode: TwoMode) =>
  4 * twoMode.n * (twoMode.alliancesOf.items.length + repeatedPairs(twoMode).items.length / 2);

/** From every source each tie is met about twice. */
const graphSteps = ({ n, out, in: into }: Graph) => n * (n + out.items.length + into.items.length);

/** How to multiply by the ties without projecting them; undefined where they are in pairs, or not weighted by alliance. */
const multiplyIn = ({ graph, incidence }: Snapshot, weighting: Weighting): Multiply | undefined =>
  graph !== null || weighting === 'jaccard' ? undefined : twoModeMultiply(twoModeOf(incidence), weighting);

async function eigenvectorIn(snapshot: Snapshot, weighting: Weighting): Promise<Float64Array> {
  const graph = projected(snapshot, weighting);
  const multiply = multiplyIn(snapshot, weighting) ?? graphMultiply(graph);
  const rounds = Math.floor(maxSteps / (graph.n + graph.tieCount + 1));
  const found = await atLeisure(eigenvectorOf(multiply, componentsOf(graph), rounds));
  return found ?? new Float64Array(graph.n).fill(Number.NaN);
}

const undefinedFor = (snapshot: Snapshot) => new Float64Array(snapshot.organisations.length).fill(Number.NaN);

/** What comes in and goes out, in organisations and by weight; undefined where ties have no direction. */
function arcsOf(snapshot: Snapshot): Values {
  const { graph } = snapshot;
  if (graph?.directed !== true) {
    const none = undefinedFor(snapshot);
    return { inDegree: none, outDegree: none, inStrength: none, outStrength: none };
  }
  return {
    inDegree: Float64Array.from(rowSizes(graph.in)),
    outDegree: Float64Array.from(rowSizes(graph.out)),
    inStrength: rowSums(graph.in),
    outStrength: rowSums(graph.out),
  };
}

/** How each family is computed; `weighted` where it follows from the weights of the ties. */
const families: readonly {
  readonly measures: readonly Measure[];
  readonly weighted: boolean;
  readonly compute: (snapshot: Snapshot, weighting: Weighting) => Promise<Values>;
}[] = [
  {
    measures: ['degree', 'normalisedDegree', 'strength'],
    weighted: false,
    compute: async ({ network: { degree, strength } }) => ({
      degree: Float64Array.from(degree),
      normalisedDegree: Float64Array.from(degree, (count) => count / (degree.length - 1)),
      strength: Float64Array.from(strength),
    }),
  },
  {
    measures: ['weightedStrength', 'pageRank', 'constraint', 'effectiveSize'],
    weighted: true,
    compute: async (snapshot, weighting) => {
      const graph = projected(snapshot, weighting);
      return {
        weightedStrength: rowSums(graph.out),
        pageRank: pageRankOf(snapshot.graph ?? graph, multiplyIn(snapshot, weighting)),
        ...structuralHolesOf(graph),
      };
    },
  },
  {
    measures: ['eigenvector'],
    weighted: true,
    compute: async (snapshot, weighting) => ({ eigenvector: await eigenvectorIn(snapshot, weighting) }),
  },
  {
    measures: ['betweenness', 'normalisedBetweenness'],
    weighted: false,
    compute: async (snapshot) => {
      const betweenness = (await betweennessIn(snapshot)) ?? undefinedFor(snapshot);
      return {
        betweenness,
        normalisedBetweenness: normalisedBetweenness(betweenness, snapshot.graph?.directed ?? false),
      };
    },
  },
  {
    measures: ['harmonicCloseness', 'componentCloseness', 'wassermanFaustCloseness'],
    weighted: false,
    compute: async (snapshot) => {
      const { harmonic, component, wassermanFaust } = closenessOf(await distancesIn(snapshot));
      return {
        harmonicCloseness: harmonic,
        componentCloseness: component,
        wassermanFaustCloseness: wassermanFaust,
      };
    },
  },
  {
    measures: ['inDegree', 'outDegree', 'inStrength', 'outStrength'],
    weighted: false,
    compute: async (snapshot) => arcsOf(snapshot),
  },
  {
    measures: ['coreNumber', 'localClustering'],
    weighted: false,
    compute: async (snapshot) => {
      const graph = projected(snapshot, 'count');
      return { coreNumber: Float64Array.from(coreNumbersOf(graph)), localClustering: clusteringOf(graph).local };
    },
  },
];

/**
 * The ranks of the organisations by the measures that are asked for. A family of measures is computed when one of it is
 * first asked for, and kept as long as its snapshot.
 */
export async function ranksIn(
  snapshot: Snapshot,
  measures: readonly Measure[],
  weighting: Weighting,
): Promise<ReadonlyMap<Measure, Ranks>> {
  const found = new Map<Measure, Ranks>();
  for (const family of families) {
    if (!family.measures.some((measure) => measures.includes(measure))) continue;
    const name = `${family.measures[0]} ${family.weighted ? weighting : ''}`;
    const ranks = await onceFor(snapshot, name, async () => {
      const values = Object.entries(await family.compute(snapshot, weighting)) as [Measure, Float64Array][];
      return new Map(values.map(([measure, vector]) => [measure, ranksOf(vector)]));
    });
    for (const [measure, one] of ranks) if (measures.includes(measure)) found.set(measure, one);
  }
  return found;
}
