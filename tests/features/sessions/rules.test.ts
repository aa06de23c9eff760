import fc from 'fast-check';
import ICAL from 'ical.js';
import t from 'tap';
import { convertIcsCalendar } from 'ts-ics';
import { type CalendarEntry, writeCalendar } from '../../../src/features/sessions/calendar.ts';
import { occurrencesOf, recurrenceFaults, startsByRule } from '../../../src/features/sessions/recurrence.ts';
import { mondayOf, rhythmOf, weekOf } from '../../../src/features/sessions/rules.ts';
import { instantOf, isTimeZone, localOf } from '../../../src/features/sessions/zones.ts';
import { type Drawn, daysOf, rhythmByRuns, textOf } from './model.ts';

const dayMs = 86_400_000;
const day = fc.integer({ min: 0, max: 365 * 8 }).map((n) => new Date(Date.UTC(2024, 0, 1) + n * dayMs).toISOString());
const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const numbered = fc
  .tuple(fc.constantFrom('', '1', '2', '3', '4', '5', '-1', '-2', '-5'), weekday)
  .map((one) => one.join(''));
const monthDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: -31, max: -1 }));
const some = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { maxLength: 3 });

const drawn: fc.Arbitrary<Drawn> = fc
  .record({
    ...{ at: day, interval: fc.integer({ min: 1, max: 5 }), byMonthDay: fc.boolean() },
    frequency: fc.constantFrom('DAILY' as const, 'WEEKLY' as const, 'MONTHLY' as const),
    ...{ days: some(weekday), numbered: some(numbered), monthDays: some(monthDay) },
    end: fc.oneof(
      fc.constant({}),
      fc.record({ count: fc.integer({ min: 1, max: 40 }) }),
      day.map((until) => ({ until: until.slice(0, 10) })),
    ),
  })
  .map(({ at, byMonthDay, numbered, days, monthDays, end, ...rest }) => {
    const monthly = rest.frequency === 'MONTHLY';
    const byDay = monthly ? numbered : days;
    return {
      ...{ ...rest, ...end, startsAt: `${at.slice(0, 10)}T09:30` },
      days: monthly && byMonthDay ? [] : byDay,
      monthDays: monthly && byMonthDay ? monthDays : [],
    };
  });

t.test('a rule gives the days that a model gives which looks at each day by itself', async (t) => {
  let tried = 0;
  fc.assert(
    fc.property(drawn, (rule) => {
      const recurrence = textOf(rule);
      if (recurrenceFaults(recurrence).length > 0) throw new Error(`${recurrence} is refused`);
      const starts = daysOf(rule, rule.startsAt.slice(0, 10)).length > 0;
      if (startsByRule(recurrence, rule.startsAt) !== starts) throw new Error(`${recurrence} of ${rule.startsAt}`);
      if (!starts) return;
      tried += 1;
      const through = new Date(Date.parse(`${rule.startsAt}Z`) + 400 * dayMs).toISOString().slice(0, 10);
      const { times } = occurrencesOf({ startsAt: rule.startsAt, recurrence }, undefined, through);
      const wanted = daysOf(rule, through).map((one) => `${one}T09:30`);
      if (times.join() !== wanted.join()) throw new Error(`${recurrence} of ${rule.startsAt}: ${times} for ${wanted}`);
      // In two steps as in one, whatever the day between.
      const between = wanted[Math.floor(wanted.length / 2)]?.slice(0, 10) ?? through;
      const first = occurrencesOf({ startsAt: rule.startsAt, recurrence }, undefined, between).times;
      const rest = occurrencesOf({ startsAt: rule.startsAt, recurrence }, between, through).times;
      if ([...first, ...rest].join() !== wanted.join()) throw new Error(`${recurrence} in two steps`);
    }),
    { numRuns: 1500 },
  );
  const other = daysOf(
    { startsAt: '2026-01-05T09:30', frequency: 'WEEKLY', interval: 2, days: [], monthDays: [] },
    '2026-02-28',
  );
  const { times } = occurrencesOf({ startsAt: '2026-01-05T09:30', recurrence: 'FREQ=WEEKLY' }, undefined, '2026-02-28');
  t.not(times.length, other.length, 'another rule has other days');
  t.ok(tried > 200, `${tried} rules were compared`);
});

t.test('every fault of a rule is named, by its part', async (t) => {
  const faults = (text: string) => recurrenceFaults(text).map(({ code, params }) => `${code} ${params?.part}`);
  t.same(faults('FREQ=YEARLY;BYDAY=1MO;COUNT=0;UNTIL=20260230;BYHOUR=9;COUNT=4;bad'), [
    ...['recurrence_twice COUNT', 'recurrence_form bad', 'recurrence_value FREQ', 'recurrence_value BYDAY'],
    ...['recurrence_value COUNT', 'recurrence_value UNTIL', 'recurrence_part BYHOUR', 'recurrence_both COUNT, UNTIL'],
  ]);
  t.same(faults('INTERVAL=0'), ['recurrence_value INTERVAL', 'recurrence_missing FREQ']);
  t.same(faults('FREQ=WEEKLY;BYMONTHDAY=1'), ['recurrence_value BYMONTHDAY']);
  t.same(faults('FREQ=MONTHLY;BYMONTHDAY=0,32'), ['recurrence_value BYMONTHDAY']);
  t.same(faults('FREQ=MONTHLY;BYDAY=MO;BYMONTHDAY=1'), ['recurrence_both BYDAY, BYMONTHDAY']);
  t.same(faults('FREQ=DAILY;UNTIL=20260301T120000Z'), ['recurrence_value UNTIL'], 'a day, and no instant');
  t.same(faults(`FREQ=DAILY;COUNT=1001`), ['recurrence_value COUNT']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      if (recurrenceFaults(text).length === 0 && !text.startsWith('FREQ=')) throw new Error(text);
    }),
  );
});

t.test('a weekly session keeps its time on the clock when that is put forward and back', async (t) => {
  const weekly = (startsAt: string, zone: string) =>
    occurrencesOf({ startsAt, recurrence: 'FREQ=WEEKLY;COUNT=3' }, undefined, '2027-01-01').times.map((time) =>
      instantOf(time, zone).toISOString().slice(0, 16),
    );
  t.same(weekly('2026-03-22T09:30', 'Europe/Amsterdam'), ['2026-03-22T08:30', '2026-03-29T07:30', '2026-04-05T07:30']);
  t.same(weekly('2026-10-18T09:30', 'Europe/Amsterdam'), ['2026-10-18T07:30', '2026-10-25T08:30', '2026-11-01T08:30']);
  t.same(weekly('2026-03-01T09:30', 'America/New_York'), ['2026-03-01T14:30', '2026-03-08T13:30', '2026-03-15T13:30']);
  t.same(weekly('2026-09-27T09:30', 'Pacific/Auckland'), ['2026-09-26T20:30', '2026-10-03T20:30', '2026-10-10T20:30']);
  t.same(weekly('2026-03-22T09:30', 'Asia/Kolkata'), ['2026-03-22T04:00', '2026-03-29T04:00', '2026-04-05T04:00']);
  const of = (local: string, zone: string) => instantOf(local, zone).toISOString().slice(0, 16);
  t.equal(of('2026-03-29T02:30', 'Europe/Amsterdam'), '2026-03-29T01:30', 'one that is skipped is an hour later');
  t.equal(of('2026-10-25T02:30', 'Europe/Amsterdam'), '2026-10-25T00:30', 'of one that is there twice it is the first');
  t.equal(of('2026-04-05T01:45', 'Australia/Lord_Howe'), '2026-04-04T14:45', 'also by half an hour');
});

const zones = [
  'Europe/Amsterdam',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'UTC',
];

t.test('the instant of a local time shows that time, and is the first that does', async () => {
  const minute = fc.integer({ min: 0, max: 365 * 10 * 1440 }).map((n) => Date.UTC(2022, 0, 1) + n * 60_000);
  fc.assert(
    fc.property(minute, fc.constantFrom(...zones), (instant, zone) => {
      const local = localOf(new Date(instant), zone);
      const found = instantOf(local, zone);
      // A time that some instant shows is never one that is skipped.
      if (localOf(found, zone) !== local) throw new Error(`${local} in ${zone}`);
      if (found.getTime() > instant) throw new Error(`${local} in ${zone} is not the first`);
    }),
    { numRuns: 3000 },
  );
});

t.test('a time zone is a name of the database, and no offset', async (t) => {
  t.same(['Europe/Amsterdam', 'America/Argentina/Ushuaia', 'UTC'].map(isTimeZone), [true, true, true]);
  t.same(['+02:00', 'europe/amsterdam', 'Mars/Olympus', '', 'Europe/', '../UTC'].map(isTimeZone), Array(6).fill(false));
});

t.test('streaks are those of a model that looks at runs', async (t) => {
  const week = fc.record({ held: fc.boolean(), over: fc.boolean() }).map((one) => ({ startsOn: '2026-01-05', ...one }));
  fc.assert(
    fc.property(fc.array(week, { maxLength: 40 }), (weeks) => {
      if (JSON.stringify(rhythmOf(weeks)) !== JSON.stringify(rhythmByRuns(weeks))) throw new Error('they differ');
    }),
  );
  const of = (states: string) =>
    rhythmOf([...states].map((one) => ({ startsOn: '2026-01-05', held: one === 'k', over: one !== 'p' })));
  t.same(of('kkmkp'), { keptWeeks: 3, missedWeeks: 1, currentStreak: 1, longestStreak: 2 });
  t.same(['2026-01-01', '2026-12-31', '2027-01-03'].map(mondayOf).map(weekOf), ['2026-W01', '2026-W53', '2026-W53']);
});

const entry: fc.Arbitrary<CalendarEntry> = fc.record({
  id: fc.uuid(),
  version: fc.integer({ min: 1, max: 1000 }),
  title: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 120 }),
  description: fc.option(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 })),
  place: fc.option(fc.constant('Kamer 3; tweede, achter \\ links\nBel: "Jan"')),
  kind: fc.constantFrom('training', 'deep_dive'),
  ...{ notRecorded: fc.boolean(), cancelled: fc.boolean() },
  startsAt: day.map((one) => new Date(one)),
  ...{ endsAt: fc.constant(new Date('2033-01-01T00:00:00Z')) },
  ...{
    createdAt: fc.constant(new Date('2026-01-01T00:00:00Z')),
    changedAt: fc.constant(new Date('2026-01-02T00:00:00Z')),
  },
});

t.test('two parsers read back what a calendar says', async (t) => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 4 }), (entries) => {
      const text = writeCalendar('Academie, Samen; Doen', entries);
      const lines = text.split('\r\n');
      for (const line of lines) if (Buffer.byteLength(line) > 75) throw new Error(`too long: ${line}`);
      if (/[^\r]\n|\r[^\n]/.test(text)) throw new Error('a line ends otherwise');
      const calendar = new ICAL.Component(ICAL.parse(text) as unknown[]);
      const read = calendar.getAllSubcomponents('vevent').map((event) => {
        const value = (name: string) => event.getFirstPropertyValue(name)?.toString() ?? null;
        return [value('summary'), value('description'), value('location'), value('dtstart'), value('status')];
      });
      const wanted = entries.map(({ title, description, place, startsAt, notRecorded, cancelled }) => [
        ...[title, notRecorded ? null : description, notRecorded ? null : place],
        ...[`${startsAt.toISOString().slice(0, 19)}Z`, cancelled ? 'CANCELLED' : 'CONFIRMED'],
      ]);
      if (JSON.stringify(read) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(read)} of ${text}`);
    }),
    { numRuns: 300 },
  );
  const [one] = fc.sample(entry, { numRuns: 1, seed: 7 });
  const given = {
    ...one,
    notRecorded: false,
    title: 'Eén; twee, drie \\ vier',
    startsAt: new Date('2026-03-29T07:30:00Z'),
  };
  const { events = [], name } = convertIcsCalendar(undefined, writeCalendar('Academie', [given as CalendarEntry]));
  t.equal(name, 'Academie');
  t.equal(events[0]?.summary, given.title);
  t.same(events[0]?.start.date, given.startsAt, 'also by a parser of others');
});
