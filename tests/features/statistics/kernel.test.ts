import fc from 'fast-check';
import t from 'tap';
import { betweennessOf, normalisedBetweenness } from '../../../src/features/statistics/kernel/betweenness.ts';
import {
  arcCentralisation,
  betweennessCentralisation,
  degreeCentralisation,
} from '../../../src/features/statistics/kernel/centralisation.ts';
import { clusteringOf } from '../../../src/features/statistics/kernel/clustering.ts';
import { componentsOf, reciprocityOf, strongComponentsOf } from '../../../src/features/statistics/kernel/components.ts';
import { coreNumbersOf, corePeripheryOf } from '../../../src/features/statistics/kernel/cores.ts';
import {
  closenessOf,
  distancesOf,
  graphWalk,
  pathFiguresOf,
} from '../../../src/features/statistics/kernel/distances.ts';
import { eigenvectorOf, graphMultiply } from '../../../src/features/statistics/kernel/eigenvector.ts';
import { type Graph, graphOf, rowSizes, undirectedOf } from '../../../src/features/statistics/kernel/graph.ts';
import { mixingOf } from '../../../src/features/statistics/kernel/mixing.ts';
import { pageRankOf } from '../../../src/features/statistics/kernel/pagerank.ts';
import { structuralHolesOf } from '../../../src/features/statistics/kernel/structural-holes.ts';
import { weightedPathsOf } from '../../../src/features/statistics/kernel/weighted-paths.ts';
import { finish } from '../../../src/features/statistics/kernel/work.ts';

type Pairs = readonly (readonly [number, number])[];

/** A graph of ties, of weight 1 where none are given. */
function graph(n: number, pairs: Pairs, directed = false, weights: readonly number[] = pairs.map(() => 1)): Graph {
  return graphOf(n, directed, {
    from: Int32Array.from(pairs, ([a]) => a),
    to: Int32Array.from(pairs, ([, b]) => b),
    weights: Float64Array.from(weights),
  });
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index);
const star = (n: number) =>
  graph(
    n,
    upTo(n - 1).map((leaf) => [0, leaf + 1]),
  );
const path = (n: number) =>
  graph(
    n,
    upTo(n - 1).map((a) => [a, a + 1]),
  );
const cycle = (n: number) =>
  graph(
    n,
    upTo(n).map((a) => [a, (a + 1) % n]),
  );
const complete = (n: number) =>
  graph(
    n,
    upTo(n).flatMap((a) => upTo(a).map((b) => [a, b] as const)),
  );
const trianglePairIsolate = graph(6, [
  [0, 1],
  [1, 2],
  [2, 0],
  [3, 4],
]);

const distances = (given: Graph) => finish(distancesOf(given.n, graphWalk(given)));
const betweenness = (given: Graph) => finish(betweennessOf(given));
const eigenvector = (given: Graph) => finish(eigenvectorOf(graphMultiply(given), componentsOf(given)));

/** Whether lists are equal but for rounding; NaN equals NaN. */
function near(found: ArrayLike<number> | null, wanted: ArrayLike<number> | null): boolean {
  if (found === null || wanted === null) return found === wanted;
  const other = Array.from(wanted);
  return (
    found.length === other.length &&
    Array.from(found).every(
      (value, i) => Object.is(value, other[i]) || Math.abs(value - (other[i] ?? 0)) <= 1e-9 * Math.max(1, value),
    )
  );
}

t.test('a simple graph has no self-ties, and one tie with the sum of the weights for parallel ones', async (t) => {
  const pairs: Pairs = [
    [0, 1],
    [1, 0],
    [2, 2],
    [1, 2],
  ];
  const both = graph(3, pairs, false, [1, 2, 5, 4]);
  t.same([both.tieCount, [...both.out.items], [...both.out.weights]], [2, [1, 0, 2, 1], [3, 3, 4, 4]]);
  const directed = graph(3, pairs, true, [1, 2, 5, 4]);
  t.same([directed.tieCount, [...directed.out.items], [...directed.out.weights]], [3, [1, 0, 2], [1, 2, 4]]);
  t.same(
    [[...directed.in.items], [...directed.in.weights]],
    [
      [1, 0, 1],
      [2, 1, 4],
    ],
  );
  t.same(undirectedOf(directed).out, both.out);
});

t.test('a star hangs on its centre', async (t) => {
  const n = 9;
  const raw = betweenness(star(n));
  t.same([...raw], [((n - 1) * (n - 2)) / 2, ...upTo(n - 1).map(() => 0)]);
  t.equal(normalisedBetweenness(raw, false)[0], 1);
  t.equal(betweennessCentralisation(raw, false), 1);
  t.equal(degreeCentralisation(rowSizes(star(n).out)), 1);
  t.ok(near(eigenvector(star(n)), [1, ...upTo(n - 1).map(() => 1 / Math.sqrt(n - 1))]));
  const holes = structuralHolesOf(star(n));
  t.ok(near(holes.constraint, [1 / (n - 1), ...upTo(n - 1).map(() => 1)]), 'one tie gives a constraint of 1');
  t.ok(near(holes.effectiveSize, [n - 1, ...upTo(n - 1).map(() => 1)]));
  t.match(corePeripheryOf(star(n)), { coreSize: 1, errors: 0 });
  t.same(
    [...coreNumbersOf(star(n))],
    upTo(n).map(() => 1),
  );
  t.match(pathFiguresOf(distances(star(n))), { diameter: 2, reachableShare: 1 });
});

t.test('a path: betweenness i (n − 1 − i), mean distance (n + 1) / 3, and its sine as eigenvector', async (t) => {
  const n = 11;
  t.same(
    [...betweenness(path(n))],
    upTo(n).map((i) => i * (n - 1 - i)),
  );
  const { averagePath, diameter } = pathFiguresOf(distances(path(n)));
  t.same([averagePath, diameter], [(n + 1) / 3, n - 1]);
  t.ok(
    near(
      eigenvector(path(n)),
      upTo(n).map((i) => Math.sin((Math.PI * (i + 1)) / (n + 1))),
    ),
  );
});

t.test('a cycle and a complete graph are the same from every node', async (t) => {
  const n = 9;
  const same = (value: number) => upTo(n).map(() => value);
  t.ok(near(betweenness(cycle(n)), same(((n - 1) * (n - 3)) / 8)));
  t.ok(near(pageRankOf(cycle(n)), same(1 / n)));
  t.equal(degreeCentralisation(rowSizes(cycle(n).out)), 0);
  t.ok(near(eigenvector(cycle(n)), same(1)));
  t.same([...betweenness(complete(n))], same(0));
  t.ok(near(closenessOf(distances(complete(n))).harmonic, same(1)));
  t.same([...coreNumbersOf(complete(n))], same(n - 1));
  t.same(pathFiguresOf(distances(complete(n))), {
    ...{ diameter: 1, averagePath: 1, reachableShare: 1, globalEfficiency: 1 },
  });
  const holes = structuralHolesOf(complete(n));
  t.ok(near(holes.constraint, same((1 + (n - 2) / (n - 1)) ** 2 / (n - 1))));
  t.ok(near(holes.effectiveSize, same(1)));
});

t.test('a triangle, a pair and an isolate: what each measure makes of what is apart', async (t) => {
  const given = trianglePairIsolate;
  const closeness = closenessOf(distances(given));
  t.ok(near(closeness.harmonic, [0.4, 0.4, 0.4, 0.2, 0.2, 0]));
  t.ok(near(closeness.component, [1, 1, 1, 1, 1, Number.NaN]), 'a member of a pair has the best score of all');
  t.ok(near(closeness.wassermanFaust, [0.4, 0.4, 0.4, 0.2, 0.2, Number.NaN]));
  t.ok(near(eigenvector(given), [1, 1, 1, 0, 0, 0]));
  const { constraint, effectiveSize } = structuralHolesOf(given);
  t.ok(near(constraint, [1.125, 1.125, 1.125, 1, 1, Number.NaN]), 'above 1 in a triangle');
  t.ok(near(effectiveSize, [1, 1, 1, 1, 1, Number.NaN]));
  const clustering = clusteringOf(given);
  t.ok(near(clustering.local, [1, 1, 1, Number.NaN, Number.NaN, Number.NaN]));
  t.match(clustering, { transitivity: 1, meanLocalDefined: 1, meanLocal: 0.5 });
  t.same(pathFiguresOf(distances(given)), {
    ...{ diameter: 1, averagePath: 1, reachableShare: 8 / 30, globalEfficiency: 8 / 30 },
  });
  t.same(componentsOf(given), { of: Int32Array.of(0, 0, 0, 1, 1, 2), sizes: [3, 2, 1] });
});

t.test('what is empty has no values, never one that is not a number', async (t) => {
  for (const n of [0, 1, 2]) {
    const given = graph(n, []);
    const { reachableShare, ...none } = pathFiguresOf(distances(given));
    t.match(none, { diameter: null, averagePath: null, globalEfficiency: n < 2 ? null : 0 });
    t.equal(reachableShare, n < 2 ? null : 0);
    t.equal(eigenvector(given), null);
    t.equal(corePeripheryOf(given), null);
    t.equal(degreeCentralisation(rowSizes(given.out)), null);
    t.equal(betweennessCentralisation(betweenness(given), false), null);
    t.equal(arcCentralisation(rowSizes(given.out)), n < 2 ? null : 0);
    t.equal(reciprocityOf(graph(n, [], true)), null);
    t.ok(
      near(
        pageRankOf(given),
        upTo(n).map(() => 1 / n),
      ),
    );
  }
});

t.test('components with the same largest eigenvalue each have their vector; an unsettled one has none', async (t) => {
  const twoPaths: Pairs = [
    [0, 1],
    [1, 2],
    [3, 4],
    [4, 5],
  ];
  const half = Math.SQRT1_2;
  t.ok(near(eigenvector(graph(7, twoPaths)), [half, 1, half, half, 1, half, 0]));
  t.equal(finish(eigenvectorOf(graphMultiply(path(50)), componentsOf(path(50)), 3)), null);
});

t.test('arcs: who reaches whom, what is returned, and which nodes reach each other', async (t) => {
  const given = graph(
    5,
    [
      [0, 1],
      [1, 2],
      [2, 0],
      [2, 3],
      [3, 2],
      [3, 4],
    ],
    true,
  );
  t.equal(reciprocityOf(given), 2 / 6);
  t.same(strongComponentsOf(given), { of: Int32Array.of(0, 0, 0, 0, 1), sizes: [4, 1] });
  t.same([...distances(given).reach], [4, 4, 4, 4, 0]);
  t.equal(arcCentralisation(rowSizes(given.out)), (1 + 1 + 0 + 0 + 2) / 16);
  const line = graph(
    4,
    upTo(3).map((a) => [a, a + 1]),
    true,
  );
  t.same([...betweenness(line)], [0, 2, 2, 0]);
  t.same([...normalisedBetweenness(betweenness(line), true)], [0, 2 / 6, 2 / 6, 0]);
  t.same(strongComponentsOf(line).sizes, [1, 1, 1, 1]);
});

t.test('mixing: ties between groups, against what the sizes of the groups lead to expect', async (t) => {
  const groups = Int32Array.of(0, 0, 1, 1);
  const apart = mixingOf(complete(2), Int32Array.of(0, 1));
  t.match(apart, { externalInternal: 1, expectedExternalInternal: 1, assortativity: -1 });
  const within: Pairs = [
    [0, 1],
    [2, 3],
  ];
  t.match(mixingOf(graph(4, within), groups), { externalInternal: -1, assortativity: 1, internal: 2, external: 0 });
  t.match(mixingOf(complete(4), Int32Array.of(0, 0, 0, 0)), { externalInternal: -1, assortativity: null });
  t.match(mixingOf(graph(4, []), groups), { externalInternal: null, assortativity: null });
  const large = mixingOf(
    graph(1000, []),
    Int32Array.from(upTo(1000), (i) => (i < 900 ? 0 : 1)),
  );
  t.equal(large.expectedExternalInternal?.toFixed(2), '-0.64', '90 and 10 in a hundred');
});

const graphs = fc.integer({ min: 1, max: 14 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    pairs: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1)), { maxLength: 40 }),
    directed: fc.boolean(),
    order: fc.shuffledSubarray(upTo(n), { minLength: n, maxLength: n }),
  }),
);

/** Every measure per node, by name, of a graph and of its ties in both directions. */
function perNode(given: Graph): Record<string, ArrayLike<number> | null> {
  const both = undirectedOf(given);
  const paths = distances(given);
  const weighted = finish(weightedPathsOf(given));
  return {
    ...closenessOf(paths),
    reach: paths.reach,
    betweenness: betweenness(given),
    eigenvector: eigenvector(both),
    pageRank: pageRankOf(given),
    core: coreNumbersOf(both),
    local: clusteringOf(both).local,
    ...structuralHolesOf(both),
    weightedTotal: weighted.total,
    weightedBetweenness: weighted.betweenness,
  };
}

t.test('other names for the nodes give the same values under the other names', async () => {
  fc.assert(
    fc.property(graphs, ({ n, pairs, directed, order }) => {
      const before = perNode(graph(n, pairs, directed));
      const renamed = pairs.map(([a, b]) => [order[a] ?? 0, order[b] ?? 0] as const);
      const after = perNode(graph(n, renamed, directed));
      return Object.entries(before).every(([name, values]) => {
        const moved = after[name] ?? null;
        return near(values, moved === null ? null : upTo(n).map((node) => moved[order[node] ?? 0] ?? 0));
      });
    }),
    { numRuns: 200 },
  );
});

t.test('an isolate more changes only what is divided by the number of nodes, and PageRank', async () => {
  fc.assert(
    fc.property(graphs, ({ n, pairs, directed }) => {
      const before = perNode(graph(n, pairs, directed));
      const after = perNode(graph(n + 1, pairs, directed));
      return Object.entries(before).every(
        ([name, values]) =>
          ['harmonic', 'wassermanFaust', 'pageRank'].includes(name) ||
          near(values, after[name] ? upTo(n).map((node) => after[name]?.[node] ?? 0) : null),
      );
    }),
  );
});

t.test('all betweenness is what lies between all pairs, and all PageRank is 1', async () => {
  fc.assert(
    fc.property(graphs, ({ n, pairs, directed }) => {
      const given = graph(n, pairs, directed);
      const between = betweenness(given).reduce((sum, value) => sum + value, 0);
      const steps = distances(given).pairs.reduce((sum, count, distance) => sum + count * Math.max(0, distance - 1), 0);
      const rank = pageRankOf(given).reduce((sum, value) => sum + value, 0);
      return near([between, rank], [directed ? steps : steps / 2, 1]);
    }),
  );
});

t.test('ties of one weight give the paths of ties without weights', async () => {
  fc.assert(
    fc.property(graphs, ({ n, pairs, directed }) => {
      const seen = new Set<string>();
      const once = pairs.filter(([a, b]) => {
        const name = directed ? `${a} ${b}` : `${Math.min(a, b)} ${Math.max(a, b)}`;
        return !seen.has(name) && seen.add(name);
      });
      const given = graph(n, once, directed);
      const weighted = finish(weightedPathsOf(given));
      const plain = distances(given);
      return (
        near(weighted.betweenness, betweenness(given)) &&
        near(weighted.total, plain.total) &&
        near(weighted.inverse, plain.inverse) &&
        near(weighted.reach, plain.reach)
      );
    }),
  );
});

t.test('no division into core and periphery has fewer errors', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 7 }),
      fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { maxLength: 16 }),
      (n, all) => {
        const pairs = all.filter(([a, b]) => a < n && b < n);
        const given = graph(n, pairs);
        const tied = (a: number, b: number) => pairs.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
        const errors = upTo(2 ** n).map((chosen) => {
          const within = (node: number) => (chosen >> node) & 1;
          return upTo(n).flatMap((a) =>
            upTo(a).filter((b) => within(a) === within(b) && tied(a, b) !== (within(a) === 1)),
          ).length;
        });
        const found = corePeripheryOf(given);
        return found === null ? given.tieCount === 0 : found.errors === Math.min(...errors);
      },
    ),
  );
});
