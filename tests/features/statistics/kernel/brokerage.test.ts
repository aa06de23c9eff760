import fc from 'fast-check';
import t from 'tap';
import { brokerageOf, expectedRoles, type Role, roles } from '../../../../src/features/statistics/kernel/brokerage.ts';
import { mixingMatrix } from '../../../../src/features/statistics/kernel/mixing.ts';
import { graphOf, graphs } from './graphs.ts';

/** Gould and Fernandez as they define it: of directed triples i → j → k without i → k, by the kinds of the three. */
function directedRole(i: number, j: number, k: number): Role {
  if (i === j && j === k) return 'coordinator';
  if (i === k) return 'consultant';
  if (j === k) return 'gatekeeper';
  return i === j ? 'representative' : 'liaison';
}

type Tied = (one: number, other: number) => boolean;

/** The roles of one broker, counted over all ordered triples. */
function rolesOf(j: number, kinds: readonly number[], tied: Tied): Record<Role, number> {
  const counts = { coordinator: 0, consultant: 0, representative: 0, gatekeeper: 0, liaison: 0 };
  for (const i of kinds.keys())
    for (const k of kinds.keys())
      if (i !== k && tied(i, j) && tied(j, k) && !tied(i, k))
        counts[directedRole(kinds[i] ?? 0, kinds[j] ?? 0, kinds[k] ?? 0)] += 1;
  return counts;
}

const tiedIn = (pairs: readonly (readonly [number, number])[], directed: boolean): Tied => {
  const found = new Set(pairs.flatMap(([one, other]) => [`${one} ${other}`, ...(directed ? [] : [`${other} ${one}`])]));
  return (one, other) => found.has(`${one} ${other}`);
};

t.test('roles are those of all directed triples; without direction, each pair of others counts once', async (t) => {
  let met = 0;
  fc.assert(
    fc.property(graphs, ({ n, directed, kinds, pairs }) => {
      const found = brokerageOf(graphOf(n, pairs, { directed }), { of: Int32Array.from(kinds), count: 4 });
      const tied = tiedIn(pairs, directed);
      for (let j = 0; j < n; j++) {
        const counts = rolesOf(j, kinds, tied);
        met += counts.representative;
        const half = directed ? 1 : 2;
        t.same(
          roles.map((role) => found[role]?.[j] ?? null),
          [
            counts.coordinator / half,
            counts.consultant / half,
            directed ? counts.representative : null,
            counts.gatekeeper,
            counts.liaison / half,
          ],
        );
        if (!directed) t.equal(counts.gatekeeper, counts.representative);
      }
    }),
    { numRuns: 300 },
  );
  t.ok(met > 1000, `${met} triples of one role`);
});

t.test('every role is told by the side from which an arc comes', async (t) => {
  // 0 and 1 are of one kind, 2 and 3 of a second, 4 of a third: all through 1.
  const kinds = { of: Int32Array.from([0, 0, 1, 1, 2]), count: 3 };
  const through = (i: number, k: number) => {
    const found = brokerageOf(
      graphOf(
        5,
        [
          [i, 1],
          [1, k],
        ],
        { directed: true },
      ),
      kinds,
    );
    return roles.filter((role) => found[role]?.[1] === 1).join();
  };
  t.same(
    [through(0, 2), through(2, 0), through(2, 3), through(2, 4), through(4, 2)],
    ['representative', 'gatekeeper', 'consultant', 'liaison', 'liaison'],
  );
  const closed = graphOf(
    3,
    [
      [0, 1],
      [1, 2],
      [0, 2],
    ],
    { directed: true },
  );
  t.same(brokerageOf(closed, { of: Int32Array.from([0, 0, 0]), count: 1 }).coordinator, Int32Array.from([0, 0, 0]));
});

/** Mean and variance of the roles of the node 0 over all directed graphs of `n` nodes, each arc with the chance p. */
function momentsOf(kinds: readonly number[], chance: number): Record<Role | 'total', { mean: number; square: number }> {
  const n = kinds.length;
  const arcs = [...kinds.keys()].flatMap((one) =>
    [...kinds.keys()].filter((other) => other !== one).map((other) => [one, other] as const),
  );
  const sums = Object.fromEntries([...roles, 'total'].map((role) => [role, { mean: 0, square: 0 }]));
  for (let mask = 0; mask < 2 ** (n * (n - 1)); mask++) {
    const present = arcs.filter((_, arc) => (mask >> arc) & 1);
    const weight = chance ** present.length * (1 - chance) ** (arcs.length - present.length);
    const counts = rolesOf(0, kinds, tiedIn(present, true));
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    for (const [role, count] of Object.entries({ ...counts, total })) {
      const sum = sums[role] as { mean: number; square: number };
      sum.mean += weight * count;
      sum.square += weight * count * count;
    }
  }
  return sums as ReturnType<typeof momentsOf>;
}

t.test('what is expected is the mean over all networks of that density, and the deviation theirs', async (t) => {
  // Five arcs of twelve: every network of four nodes is gone through with that chance.
  const arcs = [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
    [0, 2],
  ] as const;
  for (const kinds of [
    [0, 0, 0, 0],
    [0, 1, 1, 1],
    [0, 0, 1, 1],
    [0, 0, 1, 2],
    [0, 1, 2, 2],
  ]) {
    const graph = graphOf(4, arcs, { directed: true });
    const expected = expectedRoles(graph, { of: Int32Array.from(kinds), count: 3 })[0];
    for (const [role, { mean, square }] of Object.entries(momentsOf(kinds, 5 / 12))) {
      const found = expected?.[role as Role];
      t.ok(Math.abs((found?.mean ?? Number.NaN) - mean) < 1e-12, `${kinds} ${role} mean`);
      const deviation = Math.sqrt(Math.max(0, square - mean * mean));
      t.ok(Math.abs((found?.deviation ?? Number.NaN) - deviation) < 1e-7, `${kinds} ${role} deviation`);
    }
  }
  const [none] = expectedRoles(graphOf(1, [], { directed: true }), { of: Int32Array.from([0]), count: 1 });
  t.same(none?.total, { mean: 0, deviation: 0 });
});

t.test('the matrix counts ties and pairs of every pair of kinds, and as many are expected as there are', async (t) => {
  const pairs = [
    [0, 1],
    [1, 2],
    [2, 3],
  ] as const;
  const kinds = Int32Array.from([0, 0, 1, 1]);
  t.same(mixingMatrix(graphOf(4, pairs), kinds, 2), [
    { from: 0, to: 0, tieCount: 1, pairCount: 1, expected: 0.5 },
    { from: 0, to: 1, tieCount: 1, pairCount: 4, expected: 2 },
    { from: 1, to: 1, tieCount: 1, pairCount: 1, expected: 0.5 },
  ]);
  t.same(mixingMatrix(graphOf(4, pairs, { directed: true }), kinds, 2), [
    { from: 0, to: 0, tieCount: 1, pairCount: 2, expected: 0.5 },
    { from: 0, to: 1, tieCount: 1, pairCount: 4, expected: 1 },
    { from: 1, to: 0, tieCount: 0, pairCount: 4, expected: 1 },
    { from: 1, to: 1, tieCount: 1, pairCount: 2, expected: 0.5 },
  ]);
  t.same(mixingMatrix(graphOf(1, []), Int32Array.from([0]), 1), [
    { from: 0, to: 0, tieCount: 0, pairCount: 0, expected: 0 },
  ]);
});
