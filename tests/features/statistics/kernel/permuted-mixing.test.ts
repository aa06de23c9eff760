import fc from 'fast-check';
import t from 'tap';
import { mixingOf } from '../../../../src/features/statistics/kernel/mixing.ts';
import { momentsOf } from '../../../../src/features/statistics/kernel/moments.ts';
import { permutedMixingOf } from '../../../../src/features/statistics/kernel/permuted-mixing.ts';
import { projectionOf, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { finish } from '../../../../src/features/statistics/kernel/work.ts';
import { incidenceOf } from './graphs.ts';

const graphOf = (n: number, alliances: readonly (readonly number[])[]) =>
  projectionOf(twoModeOf(incidenceOf(n, alliances)), 'count');
const permute = (graph: ReturnType<typeof graphOf>, groups: readonly number[], permutations = 1000, seed = 1) =>
  finish(permutedMixingOf(graph, Int32Array.from(groups), { permutations, seed }));

/** The share of all orders of the groups whose index lies as far from the expected one. */
function exactP(graph: ReturnType<typeof graphOf>, groups: readonly number[]): number {
  const orders = (rest: readonly number[]): number[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((group, place) => orders(rest.toSpliced(place, 1)).map((order) => [group, ...order]));
  const indexOf = (labels: readonly number[]) => mixingOf(graph, Int32Array.from(labels)).externalInternal ?? 0;
  const expected = mixingOf(graph, Int32Array.from(groups)).expectedExternalInternal ?? 0;
  const far = Math.abs(indexOf(groups) - expected) - 1e-9;
  const all = orders(groups);
  return all.filter((labels) => Math.abs(indexOf(labels) - expected) >= far).length / all.length;
}

t.test('p comes near the share of all permutations, and the mean near what is expected', async (t) => {
  for (const [n, alliances, groups] of [
    [
      6,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [0, 0, 0, 1, 1, 1],
    ],
    [
      6,
      [
        [0, 1, 2],
        [2, 3],
        [3, 4, 5],
      ],
      [0, 1, 0, 1, 2, 1],
    ],
    [
      7,
      [
        [0, 1, 2],
        [0, 3],
      ],
      [0, 0, 0, 1, 1, 1, 2],
    ],
  ] as const) {
    const graph = graphOf(n, alliances);
    const { values, p } = permute(graph, groups, 4000);
    const exact = exactP(graph, groups);
    t.ok(p !== null && Math.abs(p - exact) < 4 * Math.sqrt(exact / 4000), `${p} is about ${exact}`);
    const { mean, standardDeviation } = momentsOf(values);
    const expected = mixingOf(graph, Int32Array.from(groups)).expectedExternalInternal ?? 0;
    t.ok(Math.abs((mean ?? 9) - expected) < (4 * (standardDeviation ?? 0)) / Math.sqrt(4000), `${mean} ${expected}`);
  }
});

t.test('a p is never 0, the same seed gives the same bits, and what has no meaning is null', async (t) => {
  const apart = graphOf(24, [Array.from({ length: 12 }, (_, i) => i), Array.from({ length: 12 }, (_, i) => 12 + i)]);
  const halves = Array.from({ length: 24 }, (_, i) => (i < 12 ? 0 : 1));
  t.equal(permute(apart, halves).p, 1 / 1001, 'nothing is as far');
  t.equal(permute(graphOf(3, [[0, 1, 2]]), [0, 1, 1]).p, 1, 'in a complete network everything is');
  t.same(permute(graphOf(3, []), [0, 1, 1]), { values: new Float64Array(0), p: null });
  t.equal(permute(graphOf(3, [[0, 1]]), [0, 0, 0]).p, null);
  t.same([...permute(graphOf(3, [[0, 1]]), [1, 1, 1], 3).values], [-1, -1, -1]);
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      t.same(permute(apart, halves, 20, seed), permute(apart, halves, 20, seed));
    }),
    { numRuns: 10 },
  );
});
