import fc from 'fast-check';
import t from 'tap';
import { figureOf, measures, orderBy, ranksOf } from '../../../src/features/statistics/ranks.ts';
import { computeNetwork } from './compute.ts';

const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NaN)), { maxLength: 20 });

/** A network of isolates. */
const isolates = (n: number) =>
  computeNetwork({
    ...{ organisationCount: n, allianceCount: 0 },
    ...{ organisationOf: new Int32Array(), allianceOf: new Int32Array() },
  });

t.test('a rank is one more than the number of higher values, among those with a value', async () => {
  fc.assert(
    fc.property(values, (given) => {
      const { rank, lower, count } = ranksOf(Float64Array.from(given));
      const known = given.filter((value) => !Number.isNaN(value));
      return (
        count === known.length &&
        given.every((value, index) =>
          Number.isNaN(value)
            ? rank[index] === 0
            : rank[index] === 1 + known.filter((other) => other > value).length &&
              lower[index] === known.filter((other) => other < value).length,
        )
      );
    }),
  );
});

t.test('what differs only by how sums were rounded shares a rank', async (t) => {
  t.same([...ranksOf(Float64Array.of(0.3, 0.1 + 0.2, 0.4, 0.1)).rank], [2, 2, 1, 4]);
});

t.test('the order holds each organisation once, those without a value last', async () => {
  fc.assert(
    fc.property(values, (given) => {
      const ranks = ranksOf(Float64Array.from(given));
      const order = orderBy(ranks, isolates(given.length));
      const known = order.slice(0, ranks.count).map((index) => ranks.values[index] ?? 0);
      return (
        new Set(order).size === given.length &&
        known.every((value, place) => place === 0 || (known[place - 1] ?? 0) >= value) &&
        order.slice(ranks.count).every((index) => ranks.rank[index] === 0)
      );
    }),
  );
});

t.test('a value that is not there says why', async (t) => {
  const none = ranksOf(Float64Array.of(Number.NaN, Number.NaN));
  const reasons = Object.fromEntries(
    measures.map((measure) => [measure, figureOf(measure, none, isolates(2), 0).reason]),
  );
  t.match(reasons, {
    normalisedBetweenness: 'TOO_FEW_NODES',
    betweenness: 'TOO_LARGE',
    eigenvector: 'NO_TIES',
    constraint: 'NO_TIES',
    localClustering: 'NO_TIES',
  });
  const pair = computeNetwork({
    ...{ organisationCount: 3, allianceCount: 1 },
    ...{ organisationOf: Int32Array.of(0, 1), allianceOf: Int32Array.of(0, 0) },
  });
  t.equal(figureOf('localClustering', ranksOf(Float64Array.of(Number.NaN, 1, 1)), pair, 0).reason, 'NO_TRIPLES');
  t.equal(figureOf('eigenvector', ranksOf(Float64Array.of(Number.NaN, 1, 1)), pair, 0).reason, 'NOT_SETTLED');
  t.same(figureOf('degree', ranksOf(Float64Array.of(1, 1, 0)), pair, 1), {
    ...{ value: 1, rank: 1, rankedCount: 3, percentile: 33.3333333333, reason: null },
  });
});
