import fc from 'fast-check';
import t from 'tap';
import { figuresOf, nullFigures, nullModelOf } from '../../../../src/features/statistics/kernel/null-model.ts';
import { rewiringOf, tradeCountOf } from '../../../../src/features/statistics/kernel/rewiring.ts';
import { drawsOf } from '../../../../src/features/statistics/kernel/seeded.ts';
import { type Incidence, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { finish } from '../../../../src/features/statistics/kernel/work.ts';
import { incidenceOf } from './graphs.ts';

const given = fc.integer({ min: 0, max: 25 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    alliances: fc.array(n === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(n - 1), { maxLength: 9 }), {
      maxLength: 30,
    }),
    seed: fc.nat(),
  }),
);
const rewire = (incidence: Incidence, seed: number) => finish(rewiringOf(twoModeOf(incidence), drawsOf(seed)));
const pairsOf = ({ organisationOf, allianceOf }: Incidence) =>
  [...organisationOf].map((organisation, place) => `${organisation} ${allianceOf[place]}`).sort();
const sumsOf = (keys: Int32Array, count: number) => {
  const sums = new Array<number>(count).fill(0);
  for (const key of keys) sums[key] = (sums[key] ?? 0) + 1;
  return sums;
};

t.test(
  'a rewired network has the same sums for every organisation and alliance, and no membership twice',
  async (t) => {
    let changed = 0;
    fc.assert(
      fc.property(given, ({ n, alliances, seed }) => {
        const incidence = incidenceOf(n, alliances);
        const found = rewire(incidence, seed);
        t.same(sumsOf(found.organisationOf, n), sumsOf(incidence.organisationOf, n));
        t.same(sumsOf(found.allianceOf, alliances.length), sumsOf(incidence.allianceOf, alliances.length));
        t.equal(new Set(pairsOf(found)).size, incidence.organisationOf.length);
        t.same(rewire(incidence, seed), found, 'the same seed, the same bits');
        if (pairsOf(found).join() !== pairsOf(incidence).join()) changed += 1;
      }),
    );
    t.ok(changed > 15, `${changed} networks were changed`);
  },
);

t.test('the order in which memberships are given does not matter', async () => {
  fc.assert(
    fc.property(given, fc.infiniteStream(fc.nat()), ({ n, alliances, seed }, keys) => {
      const incidence = incidenceOf(n, alliances);
      const order = [...incidence.organisationOf.keys()]
        .map((place) => [place, keys.next().value as number] as const)
        .sort(([, a], [, b]) => a - b)
        .map(([place]) => place);
      const mixed = {
        ...incidence,
        organisationOf: Int32Array.from(order, (place) => incidence.organisationOf[place] ?? 0),
        allianceOf: Int32Array.from(order, (place) => incidence.allianceOf[place] ?? 0),
      };
      return pairsOf(rewire(mixed, seed)).join() === pairsOf(rewire(incidence, seed)).join();
    }),
  );
});

/** Every network with the same sums, by trying all. */
function allNetworks(n: number, sizes: readonly number[], degrees: readonly number[]): string[] {
  const subsets = (size: number) =>
    Array.from({ length: 2 ** n }, (_, set) =>
      Array.from({ length: n }, (_, i) => i).filter((i) => set & (1 << i)),
    ).filter((members) => members.length === size);
  let found: number[][][] = [[]];
  for (const size of sizes)
    found = found.flatMap((alliances) => subsets(size).map((members) => [...alliances, members]));
  return found
    .filter((alliances) => degrees.every((degree, i) => alliances.filter((one) => one.includes(i)).length === degree))
    .map((alliances) => pairsOf(incidenceOf(n, alliances)).join());
}

/** What chi-square exceeds by chance once in two thousand times (Wilson and Hilferty). */
const highestChi = (freedom: number) => freedom * (1 - 2 / (9 * freedom) + 3.29 * Math.sqrt(2 / (9 * freedom))) ** 3;

t.test('every network with these sums is found, each about equally often', async (t) => {
  for (const [n, alliances] of [
    [
      4,
      [
        [0, 1],
        [2, 3],
        [0, 2],
      ],
    ],
    [3, [[0, 1], [0, 2], [1], [0, 1, 2]]],
    [
      5,
      [
        [0, 1, 2],
        [2, 3],
        [3, 4],
      ],
    ],
    [2, [[0], [1], [0], [0, 1]]],
  ] as const) {
    const incidence = incidenceOf(n, alliances);
    const sums = sumsOf(incidence.organisationOf, n);
    const possible = allNetworks(
      n,
      alliances.map((members) => members.length),
      sums,
    );
    const counts = new Map(possible.map((network) => [network, 0]));
    const runs = 400 * possible.length;
    for (let seed = 0; seed < runs; seed++) {
      const network = pairsOf(rewire(incidence, seed * 7919)).join();
      t.ok(counts.has(network));
      counts.set(network, (counts.get(network) ?? 0) + 1);
    }
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
    t.ok(possible.length > 1 && chi < highestChi(possible.length - 1), `${possible.length} networks, ${chi}`);
  }
});

t.test('what cannot be traded stays as it is, and nothing varies', async (t) => {
  const star = [
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
  ];
  const complete = [
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ];
  for (const [n, alliances] of [
    [3, complete],
    [4, [[0, 1, 2, 3]]],
    [3, []],
    [0, []],
    [3, [[0, 1, 2], [0, 1], [0]]],
  ] as const) {
    const incidence = incidenceOf(n, alliances);
    t.same(pairsOf(rewire(incidence, 5)), pairsOf(incidence), 'nested or alone');
    const observed = figuresOf(twoModeOf(incidence));
    const sampled = finish(nullModelOf(incidence, { samples: 7, seed: 3 }));
    for (const name of nullFigures) t.same([...sampled[name]], new Array(7).fill(observed[name]), name);
  }
  t.equal(tradeCountOf({ n: 4, allianceCount: 1 }), 0);
  t.equal(tradeCountOf({ n: 40, allianceCount: 3 }), 30);
  t.equal(tradeCountOf({ n: 5, allianceCount: 30 }), 50);
  // The others of a star change places, which nobody sees in its figures.
  const sampled = finish(nullModelOf(incidenceOf(5, star), { samples: 5, seed: 1 }));
  t.same([...sampled.globalClustering], [0, 0, 0, 0, 0]);
  t.same([...sampled.tieCount], [4, 4, 4, 4, 4]);
});

t.test('more samples leave the first ones as they are, and another seed draws others', async (t) => {
  const alliances = Array.from({ length: 20 }, (_, a) => [0, 1, 2, 3].map((i) => (a * 7 + i * i * (a + 3)) % 30));
  const incidence = incidenceOf(
    30,
    alliances.map((members) => [...new Set(members)]),
  );
  const few = finish(nullModelOf(incidence, { samples: 5, seed: 11 }));
  const more = finish(nullModelOf(incidence, { samples: 12, seed: 11 }));
  const other = finish(nullModelOf(incidence, { samples: 5, seed: 12 }));
  for (const name of nullFigures) t.same(more[name].slice(0, 5), few[name]);
  t.notSame(other.globalClustering, few.globalClustering);
  t.ok(new Set(more.globalClustering).size > 9, 'each is drawn by itself');
});
