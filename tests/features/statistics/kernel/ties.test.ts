import fc from 'fast-check';
import t from 'tap';
import { eachTie } from '../../../../src/features/statistics/kernel/graph.ts';
import { type Incidence, projectionOf, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { computeNetwork } from '../compute.ts';
import { graphOf, graphs, incidenceOf, networks } from './graphs.ts';

const both = (incidence: Incidence) => {
  const twoMode = twoModeOf(incidence);
  return { count: projectionOf(twoMode, 'count'), newman: projectionOf(twoMode, 'newman') };
};

t.test('ties and both weights are those of the definition, for every pair', async (t) => {
  fc.assert(
    fc.property(networks, ({ n, alliances }) => {
      const { count, newman } = both(incidenceOf(n, alliances));
      const found = new Map<string, [number, number]>();
      eachTie(count, (first, second, place) =>
        found.set(`${first} ${second}`, [count.out.weights[place] ?? 0, newman.out.weights[place] ?? 0]),
      );
      for (let one = 0; one < n; one++)
        for (let other = one + 1; other < n; other++) {
          const shared = alliances.filter((members) => members.includes(one) && members.includes(other));
          const weight = shared.reduce((sum, members) => sum + 1 / (members.length - 1), 0);
          const expected = shared.length === 0 ? undefined : [shared.length, weight];
          t.strictSame(found.get(`${one} ${other}`), expected);
        }
    }),
  );
});

t.test(
  'there are as many ties as the network counts, and a row of Newman weights is its alliances with others',
  async (t) => {
    fc.assert(
      fc.property(networks, ({ n, alliances }) => {
        const incidence = incidenceOf(n, alliances);
        const { offsets, items, weights } = both(incidence).newman.out;
        const network = computeNetwork(incidence);
        t.equal(items.length, 2 * network.tieCount);
        for (let one = 0; one < n; one++) {
          const [start, end] = [offsets[one] ?? 0, offsets[one + 1] ?? 0];
          t.equal(end - start, network.degree[one]);
          const own = alliances.filter((members) => members.includes(one) && members.length > 1).length;
          t.ok(Math.abs(weights.subarray(start, end).reduce((sum, weight) => sum + weight, 0) - own) < 1e-12);
          t.same(
            [...items.subarray(start, end)],
            [...items.subarray(start, end)].sort((a, b) => a - b),
          );
        }
      }),
    );
  },
);

t.test('a tie has the same bits from either side', async (t) => {
  const { offsets, weights } = both(
    incidenceOf(7, [
      [0, 1, 2, 3],
      [0, 1, 4],
      [0, 1, 5, 6, 2, 3, 4],
      [1, 0],
    ]),
  ).newman.out;
  t.equal(weights[0], weights[offsets[1] ?? 0]);
  t.equal(weights[0], 1 / 3 + 1 / 2 + 1 / 6 + 1);
});

t.test('each tie is met once, each arc along its direction, in rising order', async (t) => {
  fc.assert(
    fc.property(graphs, ({ n, directed, pairs }) => {
      const met: [number, number][] = [];
      const graph = graphOf(n, pairs, { directed, weight: (one, other) => 100 * one + other });
      eachTie(graph, (first, second, place) => {
        met.push([first, second]);
        t.equal(graph.out.weights[place], 100 * first + second);
      });
      t.same(
        met,
        pairs.toSorted(([a, b], [c, d]) => a - c || b - d),
      );
    }),
  );
});
