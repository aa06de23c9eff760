import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type * as Betweenness from '../../src/features/statistics/kernel/betweenness.ts';
import type * as Centralisation from '../../src/features/statistics/kernel/centralisation.ts';
import type * as Clustering from '../../src/features/statistics/kernel/clustering.ts';
import type * as Components from '../../src/features/statistics/kernel/components.ts';
import type * as Cores from '../../src/features/statistics/kernel/cores.ts';
import type * as Distances from '../../src/features/statistics/kernel/distances.ts';
import type * as Eigenvector from '../../src/features/statistics/kernel/eigenvector.ts';
import type * as Graphs from '../../src/features/statistics/kernel/graph.ts';
import type * as Mixing from '../../src/features/statistics/kernel/mixing.ts';
import type * as PageRank from '../../src/features/statistics/kernel/pagerank.ts';
import type * as Holes from '../../src/features/statistics/kernel/structural-holes.ts';
import type * as TwoModes from '../../src/features/statistics/kernel/two-mode.ts';
import type * as TwoModeBetweenness from '../../src/features/statistics/kernel/two-mode-betweenness.ts';
import type * as TwoModeWalk from '../../src/features/statistics/kernel/two-mode-walk.ts';
import type * as WeightedPaths from '../../src/features/statistics/kernel/weighted-paths.ts';
import { finish } from '../../src/features/statistics/kernel/work.ts';
import type { Given } from './shapes.ts';

// node --import=tsx tests/oracle/measure.ts KERNEL < graphs.json: the values of a kernel's directory, like oracle.py.
const directory = process.argv[2] ?? new URL('../../src/features/statistics/kernel', import.meta.url).pathname;
const load = <T>(file: string) => import(pathToFileURL(`${directory}/${file}.ts`).href) as Promise<T>;
const betweenness = await load<typeof Betweenness>('betweenness');
const centralisation = await load<typeof Centralisation>('centralisation');
const clustering = await load<typeof Clustering>('clustering');
const components = await load<typeof Components>('components');
const cores = await load<typeof Cores>('cores');
const distances = await load<typeof Distances>('distances');
const eigenvector = await load<typeof Eigenvector>('eigenvector');
const graphs = await load<typeof Graphs>('graph');
const mixing = await load<typeof Mixing>('mixing');
const pageRank = await load<typeof PageRank>('pagerank');
const holes = await load<typeof Holes>('structural-holes');
const twoModes = await load<typeof TwoModes>('two-mode');
const twoModeBetweenness = await load<typeof TwoModeBetweenness>('two-mode-betweenness');
const twoModeWalk = await load<typeof TwoModeWalk>('two-mode-walk');
const weightedPaths = await load<typeof WeightedPaths>('weighted-paths');

const list = (values: ArrayLike<number> | null) =>
  values === null ? null : Array.from(values, (value) => (Number.isNaN(value) ? null : value));

/** What is walked over the two-mode incidence where there is one, over the graph else. */
function walked(given: Given) {
  if (!('alliances' in given)) {
    const { n, directed, from, to, weights } = given;
    const ties = { from: Int32Array.from(from), to: Int32Array.from(to), weights: Float64Array.from(weights) };
    const graph = graphs.graphOf(n, directed, ties);
    return {
      graph,
      distances: finish(distances.distancesOf(n, distances.graphWalk(graph))),
      betweenness: finish(betweenness.betweennessOf(graph)),
      multiply: eigenvector.graphMultiply(graphs.undirectedOf(graph)),
      inward: undefined,
    };
  }
  const pairs = given.alliances.flatMap((members, alliance) => members.map((member) => [member, alliance] as const));
  const twoMode = twoModes.twoModeOf({
    organisationCount: given.n,
    allianceCount: given.alliances.length,
    organisationOf: Int32Array.from(pairs, ([member]) => member),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  });
  const graph = twoModes.projectionOf(twoMode, given.weighting);
  const inward = given.weighting === 'jaccard' ? undefined : eigenvector.twoModeMultiply(twoMode, given.weighting);
  return {
    graph,
    distances: finish(distances.distancesOf(given.n, twoModeWalk.twoModeWalk(twoMode))),
    betweenness: finish(twoModeBetweenness.twoModeBetweenness(twoMode)),
    multiply: inward ?? eigenvector.graphMultiply(graph),
    inward,
  };
}

function weightedValues(graph: Graphs.Graph) {
  if (graph.tieCount === 0) return {};
  const found = finish(weightedPaths.weightedPathsOf(graph));
  const others = graph.n - 1;
  return {
    weightedReach: list(found.reach),
    weightedHarmonic: list(found.inverse.map((sum) => sum / others)),
    weightedComponent: list(found.total.map((sum, node) => (found.reach[node] ?? 0) / sum)),
    weightedBetweenness: list(found.betweenness),
  };
}

function coreValues(graph: Graphs.Graph) {
  const found = cores.corePeripheryOf(graph);
  const core = list(cores.coreNumbersOf(graph));
  return found === null || graph.n > 12 ? { core } : { core, coreErrors: found.errors, coreSize: found.coreSize };
}

function centralisationValues(graph: Graphs.Graph, raw: Float64Array) {
  const inOrOut = (rows: Graphs.Neighbours) =>
    graph.directed ? centralisation.arcCentralisation(graphs.rowSizes(rows)) : null;
  return {
    betweennessCentralisation: centralisation.betweennessCentralisation(raw, graph.directed),
    degreeCentralisation: centralisation.degreeCentralisation(graphs.rowSizes(graphs.undirectedOf(graph).out)),
    inCentralisation: inOrOut(graph.in),
    outCentralisation: inOrOut(graph.out),
  };
}

function valuesOf(given: Given) {
  const { graph, distances: paths, betweenness: raw, multiply, inward } = walked(given);
  const both = graphs.undirectedOf(graph);
  const closeness = distances.closenessOf(paths);
  const parts = components.componentsOf(graph);
  const circles = clustering.clusteringOf(both);
  const gaps = holes.structuralHolesOf(both);
  const mixed = mixing.mixingOf(graph, Int32Array.from(given.groups));
  return {
    Reach: list(paths.reach),
    Harmonic: list(closeness.harmonic),
    Component: list(closeness.component),
    wassermanFaust: list(closeness.wassermanFaust),
    Betweenness: list(raw),
    ...weightedValues(graph),
    ...distances.pathFiguresOf(paths),
    ...centralisationValues(graph, raw),
    ...coreValues(both),
    constraint: list(gaps.constraint),
    effectiveSize: list(gaps.effectiveSize),
    ...{ ...circles, local: undefined },
    localClustering: list(circles.local),
    externalInternal: mixed.externalInternal,
    expectedExternalInternal: mixed.expectedExternalInternal,
    assortativity: mixed.assortativity,
    tieCount: graph.tieCount,
    outDegree: list(graphs.rowSizes(graph.out)),
    inDegree: list(graphs.rowSizes(graph.in)),
    outStrength: list(graphs.rowSums(graph.out)),
    components: list(parts.of),
    strongComponents: list(components.strongComponentsOf(graph).of),
    reciprocity: graph.directed ? components.reciprocityOf(graph) : null,
    eigenvector: list(finish(eigenvector.eigenvectorOf(multiply, components.componentsOf(both)))),
    pageRank: list(pageRank.pageRankOf(graph, inward)),
  };
}

process.stdout.write(JSON.stringify((JSON.parse(await text(process.stdin)) as Given[]).map(valuesOf)));
