import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { writeCalendar } from '../../../src/features/sessions/calendar.ts';
import { occurrencesOf } from '../../../src/features/sessions/recurrence.ts';
import { instantOf } from '../../../src/features/sessions/zones.ts';

const script = join(import.meta.dirname, '../../oracle/read_calendar.py');
/** A Python that has icalendar, and with it dateutil. */
const python = process.env.ORACLE_PYTHON ?? '/usr/bin/python3';

const through = '2029-12-31';
const zones = ['Europe/Amsterdam', 'America/New_York', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kolkata'];
/** Each with a local start that is a session of it; some at a time that is skipped or there twice. */
const rules: readonly (readonly [startsAt: string, recurrence: string, until?: string])[] = [
  ['2026-01-05T09:30', 'FREQ=WEEKLY;BYDAY=MO'],
  ['2026-03-01T02:30', 'FREQ=WEEKLY;BYDAY=SU'],
  ['2026-01-01T01:45', 'FREQ=DAILY;INTERVAL=3;COUNT=300'],
  ['2026-01-06T16:00', 'FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH,SU'],
  ['2026-01-30T13:00', 'FREQ=MONTHLY;BYDAY=-1FR'],
  ['2026-01-29T13:00', 'FREQ=MONTHLY;BYDAY=5TH'],
  ['2026-01-31T13:00', 'FREQ=MONTHLY;BYMONTHDAY=-1'],
  ['2026-01-31T13:00', 'FREQ=MONTHLY;UNTIL=20271231', '20271231'],
  ['2026-01-01T13:00', 'FREQ=DAILY;BYDAY=MO,TH;UNTIL=20260401', '20260401'],
];

const titles = ['Eén; twee, drie \\ vier', `Lang ${'ë😀'.repeat(60)}`, 'Op\ntwee regels: "ja"'];
const at = new Date('2026-01-01T00:00:00Z');

/** Writes a calendar for each rule in each time zone with what it must say, and has them read. */
async function readBack(directory: string, planted: (text: string) => string = (text) => text): Promise<string> {
  for (const [zone, timeZone] of zones.entries())
    for (const [number, [startsAt, recurrence, until]] of rules.entries()) {
      const entries = occurrencesOf({ startsAt, recurrence }, undefined, through).times.map((time, index) => ({
        ...{ id: `019b0000-0000-7000-8000-${String(index).padStart(12, '0')}`, version: 1, kind: 'training' },
        ...{ title: titles[index % titles.length] ?? '', place: 'Kamer 3, links', description: null },
        ...{ notRecorded: false, cancelled: index % 5 === 0, createdAt: at, changedAt: at },
        ...{ startsAt: instantOf(time, timeZone), endsAt: new Date(instantOf(time, timeZone).getTime() + 3_600_000) },
      }));
      const events = entries.map(({ id, title, place, cancelled }) => ({
        ...{ uid: `urn:uuid:${id}`, summary: title, location: place, description: null },
        status: cancelled ? 'CANCELLED' : 'CONFIRMED',
      }));
      const name = join(directory, `${zone}-${number}`);
      const series = [{ startsAt, timeZone, recurrence, through, ...(until !== undefined && { until }) }];
      writeFileSync(`${name}.json`, JSON.stringify({ series, events }));
      writeFileSync(`${name}.ics`, planted(writeCalendar('Academie; Samen', entries)));
    }
  return (await promisify(execFile)(python, [script, directory])).stdout;
}

t.test('icalendar and dateutil find every session where it is, over the changes of many clocks', async (t) => {
  const told = await readBack(t.testdir());
  t.comment(told.trim());
  t.match(told, /^\d{4,} events of 45 calendars compared, 0 differ\n$/);
});

t.test('and they find one that is an hour off, and a text that is not escaped', async (t) => {
  const hour = await readBack(t.testdir(), (text) => text.replace(/(DTSTART:\d{8}T)08/, (_, day) => `${day}09`));
  t.match(hour, /starts at .* not at/);
  const text = await readBack(t.testdir(), (text) =>
    text.replace('LOCATION:Kamer 3\\, links', 'LOCATION:Kamer 3 links'),
  );
  t.match(text, /location is 'Kamer 3 links'/);
});
