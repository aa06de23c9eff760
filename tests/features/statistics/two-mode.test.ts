import fc from 'fast-check';
import t from 'tap';
import { betweennessOf } from '../../../src/features/statistics/kernel/betweenness.ts';
import { clusteringOf } from '../../../src/features/statistics/kernel/clustering.ts';
import { componentsOf } from '../../../src/features/statistics/kernel/components.ts';
import { coreNumbersOf } from '../../../src/features/statistics/kernel/cores.ts';
import { closenessOf, distancesOf, graphWalk } from '../../../src/features/statistics/kernel/distances.ts';
import { eigenvectorOf, graphMultiply, twoModeMultiply } from '../../../src/features/statistics/kernel/eigenvector.ts';
import { rowSums } from '../../../src/features/statistics/kernel/graph.ts';
import { pageRankOf } from '../../../src/features/statistics/kernel/pagerank.ts';
import type { Incidence } from '../../../src/features/statistics/kernel/two-mode.ts';
import { projectionOf, twoModeOf } from '../../../src/features/statistics/kernel/two-mode.ts';
import { twoModeBetweenness } from '../../../src/features/statistics/kernel/two-mode-betweenness.ts';
import { twoModeWalk } from '../../../src/features/statistics/kernel/two-mode-walk.ts';
import { finish } from '../../../src/features/statistics/kernel/work.ts';
import { directory, membersInForce, municipalities, rows } from './register.ts';

/** The incidence of alliances given by their members. */
function incidence(organisationCount: number, alliances: readonly (readonly number[])[]): Incidence {
  const pairs = alliances.flatMap((members, alliance) => [...new Set(members)].map((one) => [one, alliance] as const));
  return {
    organisationCount,
    allianceCount: alliances.length,
    organisationOf: Int32Array.from(pairs, ([member]) => member),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  };
}

const twoMode = (n: number, alliances: readonly (readonly number[])[]) => twoModeOf(incidence(n, alliances));
const upTo = (n: number) => Array.from({ length: n }, (_, index) => index);
const near = (a: number, b: number | undefined) =>
  Object.is(a, b) || (b !== undefined && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)));
const allNear = (found: ArrayLike<number>, wanted: ArrayLike<number>) =>
  found.length === wanted.length && Array.from(found).every((value, i) => near(value, wanted[i]));

t.test('the three weightings of a tie', async (t) => {
  const given = twoMode(4, [[0, 1, 2], [0, 1], [3], [0, 3]]);
  const weightOf = (weighting: 'count' | 'newman' | 'jaccard') => {
    const { out } = projectionOf(given, weighting);
    return [[...out.items.slice(0, 3)], [...out.weights.slice(0, 3)]];
  };
  t.same(weightOf('count'), [
    [1, 2, 3],
    [2, 1, 1],
  ]);
  t.same(weightOf('newman'), [
    [1, 2, 3],
    [1.5, 0.5, 1],
  ]);
  t.same(weightOf('jaccard'), [
    [1, 2, 3],
    [2 / 3, 1 / 3, 1 / 4],
  ]);
});

t.test('two alliances that share one organisation: it lies on every path between them', async (t) => {
  const given = twoMode(7, [
    [0, 1, 2, 3],
    [3, 4, 5, 6],
  ]);
  t.same([...finish(twoModeBetweenness(given))], [0, 0, 0, 9, 0, 0, 0]);
  const closeness = closenessOf(finish(distancesOf(7, twoModeWalk(given))));
  t.ok(allNear(closeness.harmonic, [0.75, 0.75, 0.75, 1, 0.75, 0.75, 0.75]));
});

const networks = fc.integer({ min: 1, max: 45 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    alliances: fc.array(fc.array(fc.nat(n - 1), { maxLength: 8 }), { maxLength: 25 }),
    weighting: fc.constantFrom('count' as const, 'newman' as const),
  }),
);

t.test('walking the incidence gives what walking the projection gives', async () => {
  fc.assert(
    fc.property(networks, ({ n, alliances, weighting }) => {
      const given = twoMode(n, alliances);
      const graph = projectionOf(given, weighting);
      const walked = finish(distancesOf(n, twoModeWalk(given)));
      const parts = componentsOf(graph);
      const vectors = [twoModeMultiply(given, weighting), graphMultiply(graph)].map((by) =>
        finish(eigenvectorOf(by, parts)),
      );
      const [found, wanted] = vectors;
      return (
        JSON.stringify(walked) === JSON.stringify(finish(distancesOf(n, graphWalk(graph)))) &&
        allNear(finish(twoModeBetweenness(given)), finish(betweennessOf(graph))) &&
        allNear(pageRankOf(graph, twoModeMultiply(given, weighting)), pageRankOf(graph)) &&
        (found && wanted ? allNear(found, wanted) : found === wanted)
      );
    }),
    { numRuns: 200 },
  );
});

t.test("after Newman, an organisation's strength is its number of alliances with anybody else", async () => {
  fc.assert(
    fc.property(networks, ({ n, alliances }) => {
      const distinct = alliances.map((members) => [...new Set(members)]).filter((members) => members.length > 1);
      const strength = rowSums(projectionOf(twoMode(n, alliances), 'newman').out);
      return allNear(
        strength,
        upTo(n).map((one) => distinct.filter((members) => members.includes(one)).length),
      );
    }),
  );
});

t.test('the same pairs in another order give the same bits', async () => {
  fc.assert(
    fc.property(networks, fc.infiniteStream(fc.nat()), ({ n, alliances }, keys) => {
      const one = incidence(n, alliances);
      const order = [...one.organisationOf.keys()].map((pair) => ({ pair, key: keys.next().value ?? 0 }));
      order.sort((a, b) => a.key - b.key);
      const other: Incidence = {
        ...one,
        organisationOf: Int32Array.from(order, ({ pair }) => one.organisationOf[pair] ?? 0),
        allianceOf: Int32Array.from(order, ({ pair }) => one.allianceOf[pair] ?? 0),
      };
      const [a, b] = [twoModeOf(one), twoModeOf(other)];
      return (
        finish(twoModeBetweenness(a)).join() === finish(twoModeBetweenness(b)).join() &&
        projectionOf(a, 'newman').out.weights.join() === projectionOf(b, 'newman').out.weights.join()
      );
    }),
  );
});

t.test('the register gives the centralities of the reference', { skip: directory.skip }, async (t) => {
  const keys = municipalities();
  const given = twoMode(keys.length, membersInForce(keys));
  const graph = projectionOf(given, 'count');
  const betweenness = finish(twoModeBetweenness(given));
  const closeness = closenessOf(finish(distancesOf(keys.length, twoModeWalk(given))));
  const clustering = clusteringOf(graph);
  const cores = coreNumbersOf(graph);
  const reference = rows('reference_nodes_municipalities');
  t.equal(reference.length, 342);
  for (const row of reference) {
    const place = keys.indexOf(row.id ?? '');
    const found = [betweenness[place], closeness.wassermanFaust[place], clustering.local[place], cores[place]];
    const wanted = [row.betweenness_raw, row.closeness, row.local_clustering, row.core_number].map(Number);
    // The reference has ten decimals.
    const worst = Math.max(...wanted.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
    t.ok(worst < 1e-9, `${row.name} differs by ${worst}`);
  }
});
