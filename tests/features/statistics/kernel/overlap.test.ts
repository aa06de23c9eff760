import fc from 'fast-check';
import t from 'tap';
import { graphOf } from '../../../../src/features/statistics/kernel/graph.ts';
import { overlapOf, sizeOfSet, sumOver, tiedShares } from '../../../../src/features/statistics/kernel/overlap.ts';
import { twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { incidenceOf } from './graphs.ts';

const world = fc.integer({ min: 1, max: 12 }).chain((n) => {
  const node = fc.nat(n - 1);
  return fc.record({
    n: fc.constant(n),
    relations: fc.array(fc.array(fc.tuple(node, node), { maxLength: 40 }), { minLength: 5, maxLength: 5 }),
    alliances: fc.array(fc.uniqueArray(node, { maxLength: 7 }), { maxLength: 10 }),
  });
});
const rowsOf = (n: number, pairs: readonly (readonly [number, number])[]) =>
  graphOf(n, false, {
    from: Int32Array.from(pairs, ([one]) => one),
    to: Int32Array.from(pairs, ([, other]) => other),
    weights: new Float64Array(pairs.length).fill(1),
  }).out;
const has = (pairs: readonly (readonly [number, number])[], a: number, b: number) =>
  pairs.some(([one, other]) => (one === a && other === b) || (one === b && other === a));
const pairsAmong = (members: readonly number[]) =>
  members.flatMap((one, place) => members.slice(place + 1).map((other) => [one, other] as const));

t.test('pairs are counted by the relations that tie them, as one by one', async (t) => {
  fc.assert(
    fc.property(world, ({ n, relations }) => {
      const overlap = overlapOf(
        n,
        relations.map((pairs) => rowsOf(n, pairs)),
      );
      const wanted = new Int32Array(32);
      const connected = new Set<number>();
      for (const [one, other] of pairsAmong(Array.from({ length: n }, (_, i) => i))) {
        const set = relations.reduce((bits, pairs, r) => (has(pairs, one, other) ? bits | (1 << r) : bits), 0);
        if (set === 0) continue;
        wanted[set] = (wanted[set] ?? 0) + 1;
        connected.add(one).add(other);
      }
      t.same(overlap, { pairCounts: wanted, connectedCount: connected.size });
      t.equal(
        sumOver(overlap, sizeOfSet),
        relations.reduce((sum, _, r) => sum + sumOver(overlap, (set) => (set & (1 << r)) !== 0), 0),
      );
    }),
  );
});

t.test('the share of the tied pairs of each alliance, as one by one', async (t) => {
  let tied = 0;
  fc.assert(
    fc.property(world, ({ n, relations, alliances }) => {
      const [one = [], other = []] = relations;
      const found = tiedShares(twoModeOf(incidenceOf(n, alliances)), [rowsOf(n, one), rowsOf(n, other)]);
      const wanted = alliances
        .map(pairsAmong)
        .filter((pairs) => pairs.length > 0)
        .map((pairs) => pairs.filter(([a, b]) => has(one, a, b) || has(other, a, b)).length / pairs.length);
      t.same([...found], wanted);
      tied += wanted.filter((share) => share > 0).length;
    }),
  );
  t.ok(tied > 50);
});
