import { type Fault, invalid } from '../../platform/problem.ts';

/** Which window a statistic is of, as it was asked. */
export type GivenWindow = {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly asOf?: string | undefined;
};

/** A window of whole days in UTC: `until` is the first day after it, `asOf` its last day. */
export type Window = { readonly from: string; readonly until: string; readonly asOf: string };

const firstDay = '0001-01-01';
const lastDay = '9999-12-31';

/** The day some days later, or earlier where `days` is negative, within the years that can be written. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999) return lastDay;
  return date.getUTCFullYear() < 1 ? firstDay : date.toISOString().slice(0, 10);
}

const fault = (location: string, code: string): Fault => ({ in: 'query', location, code });

/**
 * Fills in the defaults: the 365 days up to and with `today`. What is still to come is cut off, so that the same address
 * gives the same figures later. Throws invalid_input where the window ends before it begins, begins after today, or has
 * its end named twice.
 */
export function windowOf({ from, until, asOf }: GivenWindow, today: string): Window {
  const tomorrow = addDays(today, 1);
  const asked = until ?? addDays(asOf ?? today, 1);
  const end = asked < tomorrow ? asked : tomorrow;
  const begin = from ?? addDays(end, -365);
  const faults = [
    ...(until !== undefined && asOf !== undefined ? [fault('asOf', 'not_with_until')] : []),
    ...(begin > today ? [fault('from', 'in_the_future')] : []),
    ...(begin <= today && end <= begin ? [fault(until === undefined ? 'asOf' : 'until', 'ends_before_start')] : []),
  ];
  if (faults.length > 0) throw invalid(faults);
  return { from: begin, until: end, asOf: addDays(end, -1) };
}

/** The first day of the month that lies some months after the month of a day. */
function firstOfMonth(day: string, months: number): string {
  const [year = 1, month = 1] = day.split('-').map(Number);
  const at = Math.max(year * 12 + month - 1 + months, 12);
  return `${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}-01`;
}

/** Months of a window of whole months at most. */
export const maxMonths = 120;

/**
 * A window of whole calendar months that are over: the twelve before this one where nothing is given. What is still going
 * on is cut off. Throws invalid_input for days that are not the first of a month, where no whole month is left, and above
 * 120 months.
 */
export function monthWindowOf({ from, until }: GivenWindow, today: string): Window {
  const thisMonth = firstOfMonth(today, 0);
  const end = until === undefined || until > thisMonth ? thisMonth : until;
  const begin = from ?? firstOfMonth(end, -12);
  const odd = Object.entries({ from, until }).filter(([, day]) => day !== undefined && !day.endsWith('-01'));
  const faults = odd.map(([location]) => fault(location, 'first_of_month'));
  if (begin >= thisMonth) faults.push(fault('from', 'month_not_over'));
  else if (end <= begin) faults.push(fault('until', 'ends_before_start'));
  else if (begin < firstOfMonth(end, -maxMonths))
    faults.push({ ...fault('from', 'too_many'), params: { maximum: maxMonths } });
  if (faults.length > 0) throw invalid(faults);
  return { from: begin, until: end, asOf: addDays(end, -1) };
}

/** How far the points of a time line are apart. */
export const timeSteps = ['month', 'quarter', 'year'] as const;
/** A step of a time line. */
export type TimeStep = (typeof timeSteps)[number];

const months: Readonly<Record<TimeStep, number>> = { month: 1, quarter: 3, year: 12 };

/** Points of a time line at most. */
export const maxPoints = 120;

/** The last days of the calendar's months, quarters or years that lie in a window. Throws invalid_input above 120. */
export function lastDaysOf({ from, until }: Window, step: TimeStep): string[] {
  const days: string[] = [];
  const size = months[step];
  const sinceStep = (Number(from.slice(5, 7)) - 1) % size;
  for (let next = size - sinceStep; ; next += size) {
    const day = addDays(firstOfMonth(from, next), -1);
    if (day >= until) return days;
    if (days.length === maxPoints)
      throw invalid([{ in: 'query', location: 'step', code: 'too_many', params: { maximum: maxPoints } }]);
    days.push(day);
  }
}
