import fc from 'fast-check';
import t from 'tap';
import { eachTie, tiesOf } from '../../../../src/features/statistics/kernel/ties.ts';
import { computeNetwork } from '../compute.ts';
import { incidenceOf, networks } from './graphs.ts';

t.test('ties and both weights are those of the definition, for every pair', async (t) => {
  fc.assert(
    fc.property(networks, ({ n, alliances }) => {
      const ties = tiesOf(incidenceOf(n, alliances));
      const found = new Map<string, [number, number]>();
      eachTie(ties, (first, second, place) =>
        found.set(`${first} ${second}`, [ties.shared[place] ?? 0, ties.newman[place] ?? 0]),
      );
      for (let one = 0; one < n; one++)
        for (let other = one + 1; other < n; other++) {
          const both = alliances.filter((members) => members.includes(one) && members.includes(other));
          const newman = both.reduce((sum, members) => sum + 1 / (members.length - 1), 0);
          const expected = both.length === 0 ? undefined : [both.length, newman];
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
        const { offsets, neighbours, newman } = tiesOf(incidence);
        const network = computeNetwork(incidence);
        t.equal(neighbours.length, 2 * network.tieCount);
        for (let one = 0; one < n; one++) {
          const [start, end] = [offsets[one] ?? 0, offsets[one + 1] ?? 0];
          t.equal(end - start, network.degree[one]);
          const own = alliances.filter((members) => members.includes(one) && members.length > 1).length;
          t.ok(Math.abs(newman.subarray(start, end).reduce((sum, weight) => sum + weight, 0) - own) < 1e-12);
          t.same(
            [...neighbours.subarray(start, end)],
            [...neighbours.subarray(start, end)].sort((a, b) => a - b),
          );
        }
      }),
    );
  },
);

t.test('a tie has the same bits from either side', async (t) => {
  const ties = tiesOf(
    incidenceOf(7, [
      [0, 1, 2, 3],
      [0, 1, 4],
      [0, 1, 5, 6, 2, 3, 4],
      [1, 0],
    ]),
  );
  t.equal(ties.newman[0], ties.newman[ties.offsets[1] ?? 0]);
  t.equal(ties.newman[0], 1 / 3 + 1 / 2 + 1 / 6 + 1);
});
