import fc from 'fast-check';
import t from 'tap';
import { addDays, lastDaysOf, monthWindowOf, windowOf } from '../../../src/features/statistics/windows.ts';

const today = '2026-05-16';
const faultsOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { errors: { location: string; code: string }[] }).errors.map(
      ({ location, code }) => `${location} ${code}`,
    );
  }
  return [];
};

t.test('a window has defaults, and is cut off at today', (t) => {
  t.same(windowOf({}, today), { from: '2025-05-17', until: '2026-05-17', asOf: today });
  t.same(windowOf({ asOf: '2024-02-29' }, today), { from: '2023-03-02', until: '2024-03-01', asOf: '2024-02-29' });
  t.same(windowOf({ until: '2099-12-31' }, today), windowOf({}, today));
  t.same(windowOf({ asOf: '9999-12-31' }, today), windowOf({}, today));
  t.same(windowOf({ from: '2026-05-16', until: '2026-05-17' }, today), {
    from: today,
    until: '2026-05-17',
    asOf: today,
  });
  t.same(
    faultsOf(() => windowOf({ from: '2026-01-02', until: '2026-01-02' }, today)),
    ['until ends_before_start'],
  );
  t.same(
    faultsOf(() => windowOf({ from: '2026-01-03', asOf: '2026-01-02' }, today)),
    ['asOf ends_before_start'],
  );
  t.same(
    faultsOf(() => windowOf({ from: '2026-05-17' }, today)),
    ['from in_the_future'],
  );
  t.same(
    faultsOf(() => windowOf({ from: '2099-01-01', until: '2100-01-01', asOf: today }, today)),
    ['asOf not_with_until', 'from in_the_future'],
  );
  t.same(
    faultsOf(() => windowOf({ asOf: '0001-01-01' }, today)),
    [],
    'the first year that can be written',
  );
  t.end();
});

t.test('days are added within the years that can be written', (t) => {
  t.equal(addDays('2024-02-28', 1), '2024-02-29');
  t.equal(addDays('2024-01-01', -1), '2023-12-31');
  t.equal(addDays('9999-12-31', 1), '9999-12-31');
  t.equal(addDays('0001-01-05', -30), '0001-01-01');
  t.end();
});

t.test('a time line has the last days of months, quarters and years, at most 120', (t) => {
  const window = (from: string, until: string) => ({ from, until, asOf: addDays(until, -1) });
  t.same(lastDaysOf(window('2024-01-31', '2024-05-01'), 'month'), [
    '2024-01-31',
    '2024-02-29',
    '2024-03-31',
    '2024-04-30',
  ]);
  t.same(lastDaysOf(window('2023-12-31', '2024-06-30'), 'quarter'), ['2023-12-31', '2024-03-31']);
  t.same(lastDaysOf(window('2022-02-01', '2024-12-31'), 'year'), ['2022-12-31', '2023-12-31']);
  t.same(lastDaysOf(window('2024-05-02', '2024-05-31'), 'month'), [], 'no month ends in it');
  t.equal(lastDaysOf(window('2014-01-01', '2024-01-01'), 'month').length, 120);
  t.same(
    faultsOf(() => lastDaysOf(window('2014-01-01', '2024-02-01'), 'month')),
    ['step too_many'],
  );
  fc.assert(
    fc.property(fc.nat(3000), fc.integer({ min: 1, max: 3000 }), (start, length) => {
      const from = addDays('2020-01-01', start);
      const until = addDays(from, length);
      const days = lastDaysOf(window(from, until), 'month');
      const naive = Array.from({ length }, (_, index) => addDays(from, index)).filter((day) =>
        addDays(day, 1).endsWith('-01'),
      );
      return JSON.stringify(days) === JSON.stringify(naive);
    }),
    { numRuns: 30 },
  );
  t.end();
});

t.test('a window of months has whole ones that are over, the last twelve by default', (t) => {
  const year = { from: '2025-05-01', until: '2026-05-01', asOf: '2026-04-30' };
  t.same(monthWindowOf({}, today), year);
  t.same(monthWindowOf({}, '2026-05-31'), year);
  t.same(monthWindowOf({}, '2026-05-01'), year, 'this month is not over on its first day');
  t.same(monthWindowOf({ until: '2026-06-01' }, today), year, 'nor does it count where it is asked for');
  t.same(monthWindowOf({ from: '2025-12-01', until: '2026-01-01' }, today), {
    ...{ from: '2025-12-01', until: '2026-01-01', asOf: '2025-12-31' },
  });
  t.same(monthWindowOf({ until: '0001-03-01' }, today).from, '0001-01-01');
  t.same(
    faultsOf(() => monthWindowOf({ from: '2026-01-02', until: '2026-02-28' }, today)),
    [...['from first_of_month', 'until first_of_month']],
  );
  t.same(
    faultsOf(() => monthWindowOf({ from: '2026-05-01' }, today)),
    ['from month_not_over'],
  );
  t.same(
    faultsOf(() => monthWindowOf({ from: '2025-05-01', until: '2025-05-01' }, today)),
    ['until ends_before_start'],
  );
  t.same(
    faultsOf(() => monthWindowOf({ from: '2016-04-01' }, today)),
    ['from too_many'],
  );
  t.same(
    faultsOf(() => monthWindowOf({ from: '2016-05-01' }, today)),
    [],
  );
  t.end();
});
