import fc from 'fast-check';
import t from 'tap';
import { medianOf, momentsOf } from '../../../../src/features/statistics/kernel/moments.ts';

t.test('moments of a few values by hand', async (t) => {
  t.same(momentsOf(Float64Array.from([2, 4, 4, 4, 5, 5, 7, 9])), {
    count: 8,
    mean: 5,
    standardDeviation: Math.sqrt(32 / 7),
    lowest: 2,
    highest: 9,
  });
  t.same(momentsOf(Float64Array.from([Number.NaN, 3])), {
    count: 1,
    mean: 3,
    standardDeviation: null,
    lowest: 3,
    highest: 3,
  });
  t.same(momentsOf(Float64Array.from([Number.NaN])), {
    ...{ count: 0, mean: null, standardDeviation: null, lowest: null, highest: null },
  });
  t.same(
    [[], [3], [4, 1], [5, 1, 3]].map((values) => medianOf(Float64Array.from(values))),
    [null, 3, 2.5, 3],
  );
});

t.test('equal values have exactly their mean, and no deviation', async () => {
  const real = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(real, fc.integer({ min: 2, max: 200 }), (value, count) => {
      const { mean, standardDeviation } = momentsOf(new Float64Array(count).fill(value));
      return mean === value && standardDeviation === 0;
    }),
  );
});
