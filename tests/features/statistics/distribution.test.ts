import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  evenness,
  type Figure,
  gini,
  type Histogram,
  kaplanMeier,
  median,
  normalisedHhi,
  ratio,
  type Spells,
  withZeros,
} from '../../../src/features/statistics/distribution.ts';

const histogramOf = (values: readonly number[]): Histogram => {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
};
const near = (t: Test, found: Figure, wanted: number, message?: string) =>
  t.ok(
    typeof found === 'number' && Math.abs(found - wanted) < 1e-12,
    `${message ?? ''} ${JSON.stringify(found)} is ${wanted}`,
  );

const values = fc.array(fc.nat(50), { minLength: 2, maxLength: 40 });
const some = values.filter((list) => list.some((value) => value > 0));
const nothing = { reason: 'NOTHING_COUNTED' };
const tooFew = { reason: 'TOO_FEW_NODES' };

t.test('the Gini coefficient of cases that were computed by hand', (t) => {
  // Mean absolute difference 0+…: of 1, 3 it is |1 − 3| = 2 over the pair, ÷ (2 × mean 2) = 0.5, n ÷ (n − 1) included.
  near(t, gini(histogramOf([1, 3])), 0.5);
  near(t, gini(histogramOf([5, 5, 5, 5])), 0);
  near(t, gini(histogramOf([0, 0, 0, 7])), 1, 'one has everything');
  // Pairs of 0, 1, 2: differences 1, 2, 1; mean 4/3; ÷ (2 × 1) = 2/3.
  near(t, gini(histogramOf([0, 1, 2])), 2 / 3);
  t.same(gini([]), tooFew);
  t.same(gini([[3, 1]]), tooFew);
  t.same(gini([[0, 4]]), nothing);
  t.end();
});

t.test('the Gini coefficient is the mean absolute difference over twice the mean, between 0 and 1', (t) => {
  fc.assert(
    fc.property(some, (list) => {
      let differences = 0;
      list.forEach((x, i) => {
        list.forEach((y, j) => {
          if (i !== j) differences += Math.abs(x - y);
        });
      });
      const n = list.length;
      const mean = list.reduce((sum, value) => sum + value, 0) / n;
      const found = gini(histogramOf(list)) as number;
      return Math.abs(found - differences / (n * (n - 1)) / (2 * mean)) < 1e-12 && found >= 0 && found <= 1 + 1e-12;
    }),
  );
  t.end();
});

t.test('the normalised HHI of cases that were computed by hand', (t) => {
  near(t, normalisedHhi(histogramOf([2, 2, 2, 2])), 0);
  t.equal(normalisedHhi(histogramOf([2, 2, 2])), 0, 'exactly');
  near(t, normalisedHhi(histogramOf([0, 0, 9])), 1);
  // Shares 1/4 and 3/4: H = 10/16; (10/16 − 1/2) ÷ (1/2) = 1/4.
  near(t, normalisedHhi(histogramOf([1, 3])), 0.25);
  t.same(normalisedHhi([[1, 1]]), tooFew);
  t.same(normalisedHhi([[0, 3]]), nothing);
  fc.assert(
    fc.property(some, (list) => {
      const total = list.reduce((sum, value) => sum + value, 0);
      const h = list.reduce((sum, value) => sum + (value / total) ** 2, 0);
      const n = list.length;
      return Math.abs((normalisedHhi(histogramOf(list)) as number) - (h - 1 / n) / (1 - 1 / n)) < 1e-12;
    }),
  );
  t.end();
});

t.test('Shannon evenness of cases that were computed by hand', (t) => {
  near(t, evenness(histogramOf([3, 3, 3])), 1);
  t.equal(evenness(histogramOf([0, 0, 4])), 0);
  // Two of four have half each: ln 2 ÷ ln 4.
  near(t, evenness(histogramOf([0, 0, 5, 5])), 0.5);
  t.same(evenness([[2, 1]]), tooFew);
  t.same(evenness([[0, 2]]), nothing);
  fc.assert(
    fc.property(some, (list) => {
      const total = list.reduce((sum, value) => sum + value, 0);
      const entropy = list
        .filter((value) => value > 0)
        .reduce((sum, value) => sum - (value / total) * Math.log(value / total), 0);
      return Math.abs((evenness(histogramOf(list)) as number) - entropy / Math.log(list.length)) < 1e-12;
    }),
  );
  t.end();
});

t.test('inequality does not depend on the scale, and zeros are counted in', (t) => {
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 9 }), (list, factor) => {
      const once = histogramOf(list);
      const scaled = histogramOf(list.map((value) => value * factor));
      return [gini, normalisedHhi, evenness].every(
        (measure) => Math.abs((measure(once) as number) - (measure(scaled) as number)) < 1e-12,
      );
    }),
  );
  t.same(withZeros([[2, 3]], 5), [
    [0, 2],
    [2, 3],
  ]);
  t.same(withZeros([[2, 3]], 3), [[2, 3]]);
  t.end();
});

t.test('the median is the value in the middle', (t) => {
  t.equal(median(histogramOf([9, 1, 4])), 4);
  t.equal(median(histogramOf([1, 2, 4, 9])), 3);
  t.same(median([]), nothing);
  fc.assert(
    fc.property(values, (list) => {
      const sorted = list.toSorted((a, b) => a - b);
      const n = sorted.length;
      return median(histogramOf(list)) === ((sorted[(n - 1) >> 1] ?? 0) + (sorted[n >> 1] ?? 0)) / 2;
    }),
  );
  t.end();
});

t.test('a ratio of nothing has a reason', (t) => {
  t.equal(ratio(1, 4), 0.25);
  t.same(ratio(0, 0), nothing);
  t.end();
});

t.test('Kaplan and Meier, by hand: those who still wait count as long as they were watched', (t) => {
  // Of six: events on 3, 5, 8; still waiting on 3, 6, 10. S: 5/6, then 5/6 × 3/4, then × 1/2.
  const spells: Spells = [
    [3, 1, 1],
    [5, 1, 0],
    [6, 0, 1],
    [8, 1, 0],
    [10, 0, 1],
  ];
  const { median: middle, shareWithin } = kaplanMeier(spells);
  near(t, shareWithin(2), 0);
  near(t, shareWithin(3), 1 / 6);
  near(t, shareWithin(5), 1 - (5 / 6) * (3 / 4));
  near(t, shareWithin(10), 1 - (5 / 6) * (3 / 4) * (1 / 2));
  t.equal(middle, 8);
  t.same(shareWithin(11), { reason: 'NOT_OBSERVED' });
  t.same(kaplanMeier([[4, 0, 3]]).median, { reason: 'NOT_REACHED' });
  t.same(kaplanMeier([[4, 0, 3]]).shareWithin(4), 0);
  t.same(kaplanMeier([]).median, nothing);
  t.same(kaplanMeier([]).shareWithin(1), nothing);
  t.equal(kaplanMeier([[4, 3, 0]]).shareWithin(400), 1, 'known for ever, once everybody saw it');
  t.equal(
    kaplanMeier([
      [1, 2, 0],
      [7, 1, 0],
      [9, 3, 0],
    ]).median,
    7,
    'half is enough, whatever the rounding',
  );
  t.end();
});

const waits = fc.array(fc.record({ days: fc.nat(40), ended: fc.boolean() }), { minLength: 1, maxLength: 40 });
const spellsOf = (list: readonly { days: number; ended: boolean }[]): Spells =>
  [...new Set(list.map(({ days }) => days))]
    .sort((a, b) => a - b)
    .map((days) => [
      days,
      list.filter((one) => one.days === days && one.ended).length,
      list.filter((one) => one.days === days && !one.ended).length,
    ]);

t.test('Kaplan and Meier is the product over every event, and the plain share where nobody is censored', (t) => {
  fc.assert(
    fc.property(waits, fc.nat(40), (list, day) => {
      const { shareWithin } = kaplanMeier(spellsOf(list));
      const found = shareWithin(day);
      let survival = 1;
      for (let at = 0; at <= day; at++) {
        const risk = list.filter(({ days }) => days >= at).length;
        const ended = list.filter(({ days, ended: seen }) => days === at && seen).length;
        if (risk > 0) survival *= 1 - ended / risk;
      }
      return typeof found === 'number'
        ? Math.abs(found - (1 - survival)) < 1e-12
        : list.every(({ days }) => days < day);
    }),
  );
  fc.assert(
    fc.property(waits, fc.nat(40), (list, day) => {
      const all = list.map(({ days }) => ({ days, ended: true }));
      const plain = all.filter(({ days }) => days <= day).length / all.length;
      const { median: middle, shareWithin } = kaplanMeier(spellsOf(all));
      const sorted = all.map(({ days }) => days).sort((a, b) => a - b);
      return (
        Math.abs((shareWithin(day) as number) - plain) < 1e-9 && middle === sorted[Math.ceil(sorted.length / 2) - 1]
      );
    }),
  );
  t.end();
});
