import fc from 'fast-check';
import t from 'tap';
import {
  addDays,
  type Group,
  isTold,
  lastDaysOf,
  minimumGroup,
  windowOf,
} from '../../../src/features/statistics/windows.ts';

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

const partition = (sizes: Readonly<Record<string, number>>, unnamed = 0): Group[] => [
  ...Object.entries(sizes).map(([name, size]) => ({ name, size })),
  { name: null, size: unnamed },
];
const toldOf = (groups: readonly Group[]) =>
  groups.flatMap(({ name }) => (name !== null && isTold(groups, name) ? [name] : []));

t.test('a group is told of from five on, unless what is left out could be worked out', (t) => {
  t.same(toldOf(partition({ a: 5, b: 9 })), ['a', 'b']);
  t.same(toldOf(partition({ a: 4, b: 9, c: 7 })), ['b'], 'c is left out with a');
  t.same(toldOf(partition({ a: 4, b: 9, c: 7, d: 1 })), ['b', 'c'], 'a and d hide each other');
  t.same(toldOf(partition({ a: 6 }, 3)), [], 'those without a name would follow');
  t.same(toldOf(partition({ a: 6 }, 5)), ['a']);
  t.same(toldOf(partition({ b: 5, a: 5, c: 2 })), ['b'], 'of equals the first by name');
  t.equal(isTold(partition({ a: 9 }), 'nowhere'), false);
  t.end();
});

t.test('the groups that are not told of have nobody together, or five organisations at least', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 8 }), fc.nat(12), (sizes, unnamed) => {
      const groups = partition(Object.fromEntries(sizes.map((size, index) => [`g${index}`, size])), unnamed);
      const told = toldOf(groups);
      const hidden = groups.filter(({ name }) => !told.includes(name ?? '')).reduce((sum, { size }) => sum + size, 0);
      const large = groups.filter(({ name, size }) => told.includes(name ?? '') && size < minimumGroup);
      return large.length === 0 && (hidden === 0 || hidden >= minimumGroup || told.length === 0);
    }),
  );
  t.end();
});
