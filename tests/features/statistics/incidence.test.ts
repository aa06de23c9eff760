import fc from 'fast-check';
import t from 'tap';
import type { Incidence } from '../../../src/features/statistics/kernel/two-mode.ts';
import { computeNetwork } from './compute.ts';
import { directory, membersInForce, municipalities, rows } from './register.ts';

/** The incidence of alliances given by their members. */
function incidence(organisationCount: number, alliances: readonly (readonly number[])[]): Incidence {
  const pairs = alliances.flatMap((members, alliance) =>
    [...new Set(members)].map((member) => [member, alliance] as const),
  );
  return {
    organisationCount,
    allianceCount: alliances.length,
    organisationOf: Int32Array.from(pairs, ([member]) => member),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  };
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index);
const near = (found: number | null, wanted: number) => found !== null && Math.abs(found - wanted) < 1e-12;

t.test('what has no value is null with its reason', async (t) => {
  const empty = computeNetwork(incidence(0, []));
  t.match(empty, { tieCount: 0, componentCount: 0, largestComponentSize: 0, density: null, meanDegree: null });
  t.same(empty.degreeDistribution, []);
  t.same(empty.reasons, {
    density: 'TOO_FEW_NODES',
    meanDegree: 'TOO_FEW_NODES',
    globalClustering: 'TOO_FEW_NODES',
    meanLocalClustering: 'TOO_FEW_NODES',
  });
  const one = computeNetwork(incidence(1, [[0]]));
  t.match(one, { density: null, meanDegree: 0, componentCount: 1, isolateCount: 1, meanLocalClustering: 0 });
  const isolates = computeNetwork(incidence(4, [[0], [1]]));
  t.match(isolates, {
    density: 0,
    componentCount: 4,
    globalClustering: null,
    reasons: { globalClustering: 'NO_TIES' },
  });
  const pairs = computeNetwork(
    incidence(4, [
      [0, 1],
      [2, 3],
    ]),
  );
  t.match(pairs, {
    componentCount: 2,
    meanDegree: 1,
    globalClustering: null,
    reasons: { globalClustering: 'NO_TRIPLES' },
  });
});

t.test('a star has one centre, no closed triple and density 2 / n', async (t) => {
  const n = 9;
  const star = computeNetwork(
    incidence(
      n,
      upTo(n - 1).map((leaf) => [0, leaf + 1]),
    ),
  );
  t.same(star.degreeDistribution, [
    { degree: 1, count: n - 1 },
    { degree: n - 1, count: 1 },
  ]);
  t.match(star, { tieCount: n - 1, globalClustering: 0, meanLocalClustering: 0, componentCount: 1 });
  t.ok(near(star.density, 2 / n));
});

t.test('a path has ends of degree one and no closed triple', async (t) => {
  const path = computeNetwork(
    incidence(
      6,
      upTo(5).map((one) => [one, one + 1]),
    ),
  );
  t.same([...path.degree], [1, 2, 2, 2, 2, 1]);
  t.match(path, { tieCount: 5, totalWeight: 5, globalClustering: 0, largestComponentSize: 6 });
});

t.test('one alliance of all is complete; a second one doubles the weights and nothing else', async (t) => {
  const once = computeNetwork(incidence(7, [upTo(7)]));
  const twice = computeNetwork(incidence(7, [upTo(7), upTo(7)]));
  t.match(once, { tieCount: 21, totalWeight: 21, density: 1, globalClustering: 1, meanLocalClustering: 1 });
  t.match(twice, { tieCount: 21, totalWeight: 42, density: 1, globalClustering: 1, meanLocalClustering: 1 });
  t.same(
    [...twice.strength],
    upTo(7).map(() => 12),
  );
  t.same(
    [...twice.allianceCount],
    upTo(7).map(() => 2),
  );
});

t.test('two alliances that share one organisation: the closed form of two cliques in a point', async (t) => {
  const network = computeNetwork(
    incidence(7, [
      [0, 1, 2, 3],
      [3, 4, 5, 6],
    ]),
  );
  t.same([...network.degree], [3, 3, 3, 6, 3, 3, 3]);
  t.ok(near(network.globalClustering, (6 * 3 + 6) / (6 * 3 + 15)));
  t.ok(near(network.meanLocalClustering, (6 + 6 / 15) / 7));
});

function reachable(start: number, neighbours: readonly number[][]): number[] {
  const found = new Set([start]);
  for (const one of found) for (const other of neighbours[one] ?? []) found.add(other);
  return [...found];
}

/** The same figures from an adjacency matrix, in the plainest way. */
function byBruteForce({ organisationCount: n, allianceCount, organisationOf, allianceOf }: Incidence) {
  const takesPart = upTo(n).map(() => new Set<number>());
  organisationOf.forEach((one, pair) => {
    takesPart[one]?.add(allianceOf[pair] ?? -1);
  });
  const weight = (a: number, b: number) =>
    a === b
      ? 0
      : upTo(allianceCount).filter((alliance) => takesPart[a]?.has(alliance) && takesPart[b]?.has(alliance)).length;
  const weights = upTo(n).map((a) => upTo(n).map((b) => weight(a, b)));
  const tied = (a: number, b: number) => (weights[a]?.[b] ?? 0) > 0;
  const neighbours = upTo(n).map((a) => upTo(n).filter((b) => tied(a, b)));
  const pairsOf = (list: number[]) => list.flatMap((a, index) => list.slice(index + 1).map((b) => [a, b] as const));
  const triples = neighbours.map((list) => pairsOf(list));
  const closed = triples.map((list) => list.filter(([a, b]) => tied(a, b)).length);
  const local = triples.map((list, one) => (list.length === 0 ? 0 : (closed[one] ?? 0) / list.length));
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const tripleCount = total(triples.map((list) => list.length));
  const reach = upTo(n).map((one) => reachable(one, neighbours));
  return {
    degree: neighbours.map((list) => list.length),
    strength: weights.map((row) => total(row)),
    tieCount: total(neighbours.map((list) => list.length)) / 2,
    totalWeight: total(weights.map((row) => total(row))) / 2,
    componentCount: new Set(reach.map((list) => Math.min(...list))).size,
    largestComponentSize: Math.max(0, ...reach.map((list) => list.length)),
    global: tripleCount === 0 ? null : total(closed) / tripleCount,
    meanLocal: n === 0 ? null : total(local) / n,
  };
}

const networks = fc
  .integer({ min: 0, max: 14 })
  .chain((n) =>
    fc
      .array(fc.array(fc.nat(Math.max(0, n - 1)), { maxLength: n === 0 ? 0 : 7 }), { maxLength: 10 })
      .map((alliances) => incidence(n, alliances)),
  );

t.test('every network gives what an adjacency matrix gives', async () => {
  fc.assert(
    fc.property(networks, (given) => {
      const found = computeNetwork(given);
      const wanted = byBruteForce(given);
      const equal = (a: number | null, b: number | null) =>
        a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-12);
      return (
        found.degree.join() === wanted.degree.join() &&
        found.strength.join() === wanted.strength.join() &&
        found.tieCount === wanted.tieCount &&
        found.totalWeight === wanted.totalWeight &&
        found.componentCount === wanted.componentCount &&
        found.largestComponentSize === wanted.largestComponentSize &&
        equal(found.globalClustering, wanted.global) &&
        equal(found.meanLocalClustering, wanted.meanLocal)
      );
    }),
    { numRuns: 300 },
  );
});

t.test('an isolate more changes only what is divided by the number of organisations', async () => {
  fc.assert(
    fc.property(networks, (given) => {
      const before = computeNetwork(given);
      const after = computeNetwork({ ...given, organisationCount: given.organisationCount + 1 });
      return (
        after.tieCount === before.tieCount &&
        after.totalWeight === before.totalWeight &&
        after.globalClustering === before.globalClustering &&
        after.componentCount === before.componentCount + 1 &&
        after.isolateCount === before.isolateCount + 1
      );
    }),
  );
});

t.test('the register gives the figures of the reference, and every degree', { skip: directory.skip }, async (t) => {
  const keys = municipalities();
  const given = incidence(keys.length, membersInForce(keys));
  const found = computeNetwork(given);
  t.same([keys.length, given.allianceCount, given.organisationOf.length], [342, 434, 3181]);
  t.match(found, { tieCount: 4437, totalWeight: 17557, componentCount: 1, isolateCount: 0, largestComponentSize: 342 });
  t.equal(found.density?.toFixed(7), '0.0760920');
  t.equal(found.globalClustering?.toFixed(7), '0.7644618');
  t.equal(found.meanLocalClustering?.toFixed(7), '0.8321000');
  const reference = rows('reference_nodes_municipalities');
  t.same(
    reference.map((row) => keys.indexOf(row.id ?? '')).map((place) => [found.degree[place], found.strength[place]]),
    reference.map((row) => [Number(row.degree), Number(row.strength)]),
  );
  t.equal(reference.length, 342);
});
