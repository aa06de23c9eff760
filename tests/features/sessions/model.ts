import type { Week } from '../../../src/features/sessions/rules.ts';

/*
 * What a rule of RFC 5545 means, written apart from the library: each day is looked at by itself, and so is each week. A
 * slow way that is plain to read.
 */

/** A rule as it is drawn, with the local start of its series. */
export type Drawn = {
  readonly startsAt: string;
  readonly frequency: 'DAILY' | 'WEEKLY' | 'MONTHLY';
  readonly interval: number;
  readonly days: readonly string[];
  readonly monthDays: readonly number[];
  readonly count?: number;
  readonly until?: string;
};

const dayMs = 86_400_000;
const names = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const utc = (day: string) => new Date(`${day}T00:00:00Z`);
const text = (date: Date) => date.toISOString().slice(0, 10);

/** The rule as it is sent. */
export const textOf = ({ frequency, interval, days, monthDays, count, until }: Drawn): string =>
  [
    `FREQ=${frequency}`,
    ...(interval > 1 ? [`INTERVAL=${interval}`] : []),
    ...(days.length > 0 ? [`BYDAY=${days.join()}`] : []),
    ...(monthDays.length > 0 ? [`BYMONTHDAY=${monthDays.join()}`] : []),
    ...(count === undefined ? [] : [`COUNT=${count}`]),
    ...(until === undefined ? [] : [`UNTIL=${until.replaceAll('-', '')}`]),
  ].join(';');

const lengthOfMonth = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();

/** Every day of the same weekday in the month, in order. */
function sameWeekday(date: Date): number[] {
  const first = ((date.getUTCDate() - 1) % 7) + 1;
  const found: number[] = [];
  for (let day = first; day <= lengthOfMonth(date); day += 7) found.push(day);
  return found;
}

function isNamed(date: Date, entry: string): boolean {
  if (names[date.getUTCDay()] !== entry.slice(-2)) return false;
  const number = Number(entry.slice(0, -2) || '0');
  const days = sameWeekday(date);
  if (number === 0) return true;
  return days[number > 0 ? number - 1 : days.length + number] === date.getUTCDate();
}

const months = (date: Date) => date.getUTCFullYear() * 12 + date.getUTCMonth();
const monday = (date: Date) => Math.floor((date.getTime() / dayMs + 3) / 7);

/** Whether the day lies in a period of the rule: every so many days, weeks or months from the start. */
function inPeriod({ frequency, interval }: Drawn, start: Date, date: Date): boolean {
  const passed = {
    DAILY: () => Math.round((date.getTime() - start.getTime()) / dayMs),
    WEEKLY: () => monday(date) - monday(start),
    MONTHLY: () => months(date) - months(start),
  };
  return passed[frequency]() % interval === 0;
}

function isMeant(rule: Drawn, start: Date, date: Date): boolean {
  if (!inPeriod(rule, start, date)) return false;
  if (rule.days.length > 0) return rule.days.some((entry) => isNamed(date, entry));
  if (rule.monthDays.length > 0)
    return rule.monthDays.some((one) => (one > 0 ? one : lengthOfMonth(date) + 1 + one) === date.getUTCDate());
  if (rule.frequency === 'WEEKLY') return date.getUTCDay() === start.getUTCDay();
  return rule.frequency === 'DAILY' || date.getUTCDate() === start.getUTCDate();
}

/** The days of a rule up to and with a day. */
export function daysOf(rule: Drawn, through: string): string[] {
  const start = utc(rule.startsAt.slice(0, 10));
  const found: string[] = [];
  for (let date = start; text(date) <= through; date = new Date(date.getTime() + dayMs)) {
    if (rule.until !== undefined && text(date) > rule.until) break;
    if (rule.count !== undefined && found.length === rule.count) break;
    if (isMeant(rule, start, date)) found.push(text(date));
  }
  return found;
}

/** The rhythm of weeks, found by looking at every run of them. */
export function rhythmByRuns(weeks: readonly Week[]) {
  const states = weeks.map(({ held, over }) => (held ? 'k' : over ? 'm' : 'p')).join('');
  const runs = states.replaceAll('p', '').split('m');
  return {
    keptWeeks: states.replaceAll(/[mp]/g, '').length,
    missedWeeks: states.replaceAll(/[kp]/g, '').length,
    currentStreak: (runs.at(-1) ?? '').length,
    longestStreak: Math.max(...runs.map((run) => run.length)),
  };
}
