import ICAL from 'ical.js';
import type { Fault } from '../../platform/problem.ts';

/*
 * A part of the recurrence rules of RFC 5545 that people plan by. What a rule means is worked out by ical.js, on local
 * times without a zone, so that a session keeps its time on the clock when that is put forward or back.
 */

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const;
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY'] as const;

/** The most that COUNT may say. */
export const maxCount = 1000;
const maxInterval = 99;

/** A rule as it was read: its parts by name. */
type Parts = ReadonlyMap<string, string>;

const known = ['FREQ', 'INTERVAL', 'BYDAY', 'BYMONTHDAY', 'COUNT', 'UNTIL'] as const;

const isBetween = (text: string, lowest: number, highest: number) =>
  /^\d{1,4}$/.test(text) && Number(text) >= lowest && Number(text) <= highest;

function isDay(text: string): boolean {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return year !== undefined && year !== '0000' && !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

const plainDay = new RegExp(`^(${weekdays.join('|')})$`);
const numberedDay = new RegExp(`^([+-]?[1-5])?(${weekdays.join('|')})$`);

function areDays(text: string, frequency: string | undefined): boolean {
  const form = frequency === 'MONTHLY' ? numberedDay : plainDay;
  const given = text.split(',');
  return given.every((one) => form.test(one)) && new Set(given).size === given.length;
}

function areMonthDays(text: string): boolean {
  const given = text.split(',');
  return (
    given.every((one) => /^-?[1-9]\d?$/.test(one) && Math.abs(Number(one)) <= 31) &&
    new Set(given).size === given.length
  );
}

const values: Readonly<Record<(typeof known)[number], (text: string, frequency: string | undefined) => boolean>> = {
  FREQ: (text) => frequencies.some((one) => one === text),
  INTERVAL: (text) => isBetween(text, 1, maxInterval),
  BYDAY: areDays,
  BYMONTHDAY: (text, frequency) => frequency === 'MONTHLY' && areMonthDays(text),
  COUNT: (text) => isBetween(text, 1, maxCount),
  UNTIL: isDay,
};

/** What is wrong with a rule, by code and part: nothing twice. */
type RuleFault = { readonly code: string; readonly part: string };

function partFaults(parts: Parts): RuleFault[] {
  const frequency = parts.get('FREQ');
  const faults: RuleFault[] = [];
  for (const [name, value] of parts) {
    const check = values[name as (typeof known)[number]];
    if (check === undefined) faults.push({ code: 'recurrence_part', part: name });
    else if (!check(value, frequency)) faults.push({ code: 'recurrence_value', part: name });
  }
  if (frequency === undefined) faults.push({ code: 'recurrence_missing', part: 'FREQ' });
  for (const [one, other] of [
    ['COUNT', 'UNTIL'],
    ['BYDAY', 'BYMONTHDAY'],
  ] as const)
    if (parts.has(one) && parts.has(other)) faults.push({ code: 'recurrence_both', part: `${one}, ${other}` });
  return faults;
}

/** Reads a rule into its parts; names that come twice are faults. */
function readParts(text: string): { readonly parts: Parts; readonly faults: RuleFault[] } {
  const parts = new Map<string, string>();
  const faults: RuleFault[] = [];
  for (const part of text.split(';')) {
    const [, name, value] = /^([A-Z-]{1,20})=([A-Z0-9,+-]{1,200})$/.exec(part) ?? [];
    if (name === undefined || value === undefined) faults.push({ code: 'recurrence_form', part: part.slice(0, 20) });
    else if (parts.has(name)) faults.push({ code: 'recurrence_twice', part: name });
    else parts.set(name, value);
  }
  return { parts, faults };
}

/** Every fault of a rule in the body at `/recurrence`. */
export function recurrenceFaults(text: string): Fault[] {
  const { parts, faults } = readParts(text);
  return [...faults, ...partFaults(parts)].map(({ code, part }) => ({
    ...{ in: 'body', location: '/recurrence', code },
    params: { part },
  }));
}

const daysInMonth = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

/** Whether a day is the one that an entry of BYDAY names, with its number in the month where it has one. */
function isNamedDay(date: Date, entry: string): boolean {
  const [, number, name] = numberedDay.exec(entry) ?? [];
  if (weekdays[date.getUTCDay()] !== name) return false;
  if (number === undefined) return true;
  const fromStart = Math.ceil(date.getUTCDate() / 7);
  const fromEnd = -Math.ceil((daysInMonth(date) - date.getUTCDate() + 1) / 7);
  return Number(number) === fromStart || Number(number) === fromEnd;
}

/**
 * Whether the rule gives its start itself; only such rules are taken, since RFC 5545 leaves open what others mean, and
 * so that the next session is always found.
 */
export function startsByRule(text: string, startsAt: string): boolean {
  const { parts } = readParts(text);
  const date = new Date(`${startsAt.slice(0, 10)}T00:00:00Z`);
  const named = parts.get('BYDAY')?.split(',');
  if (named !== undefined && !named.some((entry) => isNamedDay(date, entry))) return false;
  const numbers = parts.get('BYMONTHDAY')?.split(',').map(Number);
  const day = date.getUTCDate();
  if (numbers !== undefined && !numbers.some((one) => one === day || one === day - daysInMonth(date) - 1)) return false;
  const until = parts.get('UNTIL');
  return until === undefined || startsAt.slice(0, 10).replaceAll('-', '') <= until;
}

/** A series as far as its rule goes. */
export type Recurring = { readonly startsAt: string; readonly recurrence: string };

/** Local times of a series, and whether none follows on them. */
export type Occurrences = { readonly times: string[]; readonly complete: boolean };

const pad = (number: number) => String(number).padStart(2, '0');
const textOf = ({ year, month, day, hour, minute }: ICAL.Time) =>
  `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}`;

/**
 * The local times of a series after one day, up to and with another, both `YYYY-MM-DD`; `after` is absent for those from
 * its start. The rule was checked before.
 */
export function occurrencesOf(
  { startsAt, recurrence }: Recurring,
  after: string | undefined,
  through: string,
): Occurrences {
  // The last day is meant in whole, and at the clock of the series, as its start is.
  const rule = ICAL.Recur.fromString(recurrence.replace(/(UNTIL=\d{8})(?!\d|T)/, '$1T235959'));
  const iterator = rule.iterator(ICAL.Time.fromDateTimeString(`${startsAt}:00`));
  const times: string[] = [];
  for (let next = iterator.next(); next; next = iterator.next()) {
    const time = textOf(next);
    const day = time.slice(0, 10);
    if (day > through) return { times, complete: false };
    if (after === undefined || day > after) times.push(time);
  }
  return { times, complete: true };
}
