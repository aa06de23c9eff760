import fc from 'fast-check';
import t from 'tap';
import {
  type Group,
  isTold,
  isToldOfMonths,
  minimumGroup,
  type Promisers,
} from '../../../src/features/statistics/disclosure.ts';
import { type Cell, derivable } from './differencing.ts';

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

const kinds = ['academy', 'care_organisation', 'municipality'];
const months = ['2025-01', '2025-02', '2025-03'];

/** Who has promises in which month, in which sort of alliances. */
const worlds = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      standing: fc.array(
        fc.nat(3).map((number) => number > 0),
        { minLength: 6, maxLength: 6 },
      ),
    }),
    { minLength: 5, maxLength: 13 },
  )
  .map((promisers) =>
    promisers.flatMap(({ kind, standing }, organisation) =>
      standing.flatMap((stands, at): Cell[] =>
        stands ? [{ organisation, kind, month: months[at % 3] ?? '', visibility: at < 3 ? 'public' : 'network' }] : [],
      ),
    ),
  );

const promisersOf = (cells: readonly Cell[]): Promisers[] =>
  months.flatMap((month) =>
    kinds.map((kind) => {
      const count = (visibility: string) =>
        cells.filter((cell) => cell.month === month && cell.kind === kind && cell.visibility === visibility).length;
      return { month, kind, publicCount: count('public'), networkCount: count('network') };
    }),
  );

type Rule = typeof isToldOfMonths;

/** Everything that the rule tells: of every window, everybody and each kind, to whoever has an organisation or none. */
function everythingTold(cells: readonly Cell[], isTold: Rule) {
  const told: ((cell: Cell) => boolean)[] = [];
  const windows = months.flatMap((_, from) => months.slice(from).map((_, more) => months.slice(from, from + more + 1)));
  for (const sorts of [['public'], ['public', 'network']])
    for (const window of windows)
      for (const kind of [null, ...kinds]) {
        const counted = cells.filter(({ month, visibility }) => window.includes(month) && sorts.includes(visibility));
        const isIn = (cell: Cell) => counted.includes(cell) && (kind === null || cell.kind === kind);
        if (isTold(promisersOf(counted), kind)) told.push(isIn);
      }
  return told;
}

const attack = (cells: readonly Cell[], rule: Rule) => derivable(cells, everythingTold(cells, rule), minimumGroup);

t.test('whatever is subtracted from whatever else, nothing follows on fewer than five organisations', (t) => {
  let told = 0;
  fc.assert(
    fc.property(worlds, (cells) => {
      told += everythingTold(cells, isToldOfMonths).filter((isIn) => cells.some(isIn)).length;
      return attack(cells, isToldOfMonths) === undefined;
    }),
    { numRuns: 150 },
  );
  t.ok(told > 500, `${told} figures on somebody were told`);
  t.end();
});

/** Rules that look safe and are not. */
const planted: Readonly<Record<string, Rule>> = {
  'a minimum alone': (promisers, kind) =>
    [...new Set(promisers.map(({ month }) => month))].every((month) => {
      const cells = promisers.filter((cell) => cell.month === month && (kind === null || cell.kind === kind));
      const [all, inNetwork] = ['publicCount', 'networkCount'].map((name) =>
        cells.reduce((sum, cell) => sum + cell[name as 'publicCount'], 0),
      );
      return [all, inNetwork].every((size) => size === 0 || (size ?? 0) >= minimumGroup);
    }),
  'the window as a whole, not by month': (promisers, kind) =>
    isToldOfMonths(
      kinds.map((kind) => {
        const most = (name: 'publicCount' | 'networkCount') =>
          Math.max(0, ...promisers.filter((cell) => cell.kind === kind).map((cell) => cell[name]));
        return { month: 'all', kind, publicCount: most('publicCount'), networkCount: most('networkCount') };
      }),
      kind,
    ),
  'all alliances together': (promisers, kind) =>
    isToldOfMonths(
      promisers.map((cell) => ({ ...cell, publicCount: cell.publicCount + cell.networkCount, networkCount: 0 })),
      kind,
    ),
};

t.test('the attack finds a group where the rule has a hole', (t) => {
  for (const [name, rule] of Object.entries(planted)) {
    const details = fc.check(
      fc.property(worlds, (cells) => attack(cells, rule) === undefined),
      { numRuns: 1000 },
    );
    t.ok(details.failed, `${name}: found after ${details.numRuns} worlds`);
  }
  t.end();
});
