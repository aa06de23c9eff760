import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokerageOf } from '../../src/features/statistics/kernel/brokerage.ts';
import { clusteringOf } from '../../src/features/statistics/kernel/clustering.ts';
import { componentsOf } from '../../src/features/statistics/kernel/components.ts';
import { coreNumbersOf } from '../../src/features/statistics/kernel/cores.ts';
import { closenessOf, distancesOf, pathFiguresOf } from '../../src/features/statistics/kernel/distances.ts';
import { eigenvectorOf, twoModeMultiply } from '../../src/features/statistics/kernel/eigenvector.ts';
import { type Graph, rowSizes } from '../../src/features/statistics/kernel/graph.ts';
import { louvain, modularity } from '../../src/features/statistics/kernel/louvain.ts';
import { pageRankOf } from '../../src/features/statistics/kernel/pagerank.ts';
import { structuralHolesOf } from '../../src/features/statistics/kernel/structural-holes.ts';
import { projectionOf, type TwoMode, twoModeOf } from '../../src/features/statistics/kernel/two-mode.ts';
import { twoModeBetweenness } from '../../src/features/statistics/kernel/two-mode-betweenness.ts';
import { twoModeWalk } from '../../src/features/statistics/kernel/two-mode-walk.ts';
import { finish } from '../../src/features/statistics/kernel/work.ts';

// node statistics-kernels.mjs FOLDER RUNS FAMILY…: the processor time of kernels on the network in a folder, and the
// most memory that this process had. Values are written to the folder, in doubles.

type Values = Readonly<Record<string, ArrayLike<number>>>;
type Given = { readonly twoMode: TwoMode; readonly sectorOf: Int32Array; readonly sectorCount: number };

/** Prepares what is not timed, and answers what is; a network of ties is at hand for igraph too. */
const families: Readonly<Record<string, (given: Given) => () => Values>> = {
  projection:
    ({ twoMode }) =>
    () =>
      projectedValues(projectionOf(twoMode, 'count')),
  figures: ({ twoMode }) => {
    const graph = projectionOf(twoMode, 'newman');
    return () => {
      const { local, transitivity } = clusteringOf(graph);
      const { of } = componentsOf(graph);
      return { degree: rowSizes(graph.out), components: of, localClustering: local, transitivity: [transitivity ?? 0] };
    };
  },
  distances:
    ({ twoMode }) =>
    () => {
      const distances = finish(distancesOf(twoMode.n, twoModeWalk(twoMode)));
      const { harmonic, component } = closenessOf(distances);
      return { closeness: component, harmonic, diameter: [pathFiguresOf(distances).diameter ?? 0] };
    },
  betweenness:
    ({ twoMode }) =>
    () => ({ betweenness: finish(twoModeBetweenness(twoMode)) }),
  eigenvector: ({ twoMode }) => {
    const components = componentsOf(projectionOf(twoMode, 'newman'));
    return () => ({ eigenvector: finish(eigenvectorOf(twoModeMultiply(twoMode, 'newman'), components)) ?? [] });
  },
  pageRank: ({ twoMode }) => {
    const graph = projectionOf(twoMode, 'newman');
    return () => ({ pageRank: pageRankOf(graph, twoModeMultiply(twoMode, 'newman')) });
  },
  structuralHoles: ({ twoMode }) => {
    const graph = projectionOf(twoMode, 'newman');
    return () => ({ constraint: structuralHolesOf(graph).constraint });
  },
  cores: ({ twoMode }) => {
    const graph = projectionOf(twoMode, 'newman');
    return () => ({ core: coreNumbersOf(graph) });
  },
  communities: ({ twoMode }) => {
    const graph = projectionOf(twoMode, 'newman').out;
    return () => {
      const communities = louvain(graph, 1);
      return { communities, modularity: [modularity(graph, communities) ?? 0] };
    };
  },
  brokerage: ({ twoMode, sectorOf, sectorCount }) => {
    const graph = projectionOf(twoMode, 'newman');
    return () => {
      const found = brokerageOf(graph, { of: sectorOf, count: sectorCount });
      const roles = Object.values(found).filter((counts) => counts !== null);
      return { openPairs: sectorOf.map((_, one) => roles.reduce((sum, counts) => sum + (counts[one] ?? 0), 0)) };
    };
  },
};

/** The tied pairs with the number of shared alliances: what a projection is compared by. */
function projectedValues({ n, out }: Graph): Values {
  return { tieOffsets: out.offsets, tieItems: out.items, tieWeights: out.weights, nodes: [n] };
}

/** A run that takes longer, in seconds, is not repeated. */
const tooLong = 20;
/** Short runs are repeated for as many seconds first, as in a process that has been at work for a while. */
const warmUp = 0.3;

function timed(run: () => Values): { seconds: number; values: Values } {
  const start = process.cpuUsage();
  const values = run();
  const { user, system } = process.cpuUsage(start);
  return { seconds: (user + system) / 1e6, values };
}

/** The most memory that this process had; `maxRSS` would count what its parent had before it. */
function peakMegabytes(): number {
  const own = process.platform === 'linux' && /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return (own ? Number(own) : process.resourceUsage().maxRSS) / 1024;
}

const middleOf = (seconds: number[]) => seconds.sort((a, b) => a - b)[seconds.length >> 1] ?? null;

function measure(folder: string, runs: number, prepare: (given: Given) => () => Values) {
  const { organisationCount, allianceCount, organisationOf, allianceOf, sectorOf, sectorCount } = JSON.parse(
    readFileSync(join(folder, 'network.json'), 'utf8'),
  );
  const twoMode = twoModeOf({
    organisationCount,
    allianceCount,
    organisationOf: Int32Array.from(organisationOf),
    allianceOf: Int32Array.from(allianceOf),
  });
  const run = prepare({ twoMode, sectorOf: Int32Array.from(sectorOf), sectorCount });
  const { seconds: cold, values } = timed(run);
  for (const [name, list] of Object.entries(values))
    writeFileSync(join(folder, `${name}.ours`), Float64Array.from(list));
  if (cold > tooLong || runs === 0) return { cold, warm: null };
  for (let spent = cold; spent < warmUp; ) spent += timed(run).seconds;
  return { cold, warm: middleOf(Array.from({ length: runs }, () => timed(run).seconds)) };
}

const [folder = '', runs = '0', ...names] = process.argv.slice(2);
const times = Object.fromEntries(
  names.map((name) => {
    const prepare = families[name];
    if (prepare === undefined) throw new Error(`no family of measures is called ${name}`);
    return [name, measure(folder, Number(runs), prepare)];
  }),
);
process.stdout.write(JSON.stringify({ times, peakMegabytes: peakMegabytes() }));
