import { type Fault, Problem } from '../../platform/problem.ts';

/** Kinds of session. */
export const sessionKinds = ['training', 'reflection', 'visit', 'deep_dive'] as const;

/** How far a session is: a word as long as it is planned, a deed once it was held. */
export const sessionStates = ['planned', 'held', 'cancelled'] as const;

/** Kinds of outcome of a session. */
export const outcomeKinds = ['lesson', 'commitment', 'knowledge_item'] as const;

/** How far ahead the sessions of a series are planned, in days. */
export const planningDays = 182;

/** How long ago a session that is entered may have been, and how far ahead a first one may lie, in days. */
export const pastDays = 366;
const futureDays = 36_525;

const dayMs = 86_400_000;

/** The fault of a start that lies too long ago or too far ahead. */
export function startFaults(startsAt: Date, now: Date): Fault[] {
  const fault = (code: string, days: number): Fault => ({
    ...{ in: 'body', location: '/startsAt', code },
    params: { days },
  });
  const days = (startsAt.getTime() - now.getTime()) / dayMs;
  if (days < -pastDays) return [fault('too_long_ago', pastDays)];
  return days > futureDays ? [fault('too_far_ahead', futureDays)] : [];
}

/** A session as it stands. */
export type Standing = { readonly state: string; readonly startsAt: Date };

/** Throws session_decided once a session was held or cancelled, and session_begun where it has begun. */
export function assertMovable({ state, startsAt }: Standing, now: Date): void {
  if (state !== 'planned') throw new Problem('session_decided');
  if (startsAt <= now) throw new Problem('session_begun');
}

/** What is said of a session: that it was held, on which day, or that it is cancelled, and why. */
export type Decision = {
  readonly state: 'held' | 'cancelled';
  readonly heldOn?: string | undefined;
  readonly reason?: string | null | undefined;
};

/** The faults of a decision; `today` is the local day of the session's time zone. */
export function decisionFaults({ state, heldOn, reason }: Decision, today: string): Fault[] {
  const faults: Fault[] = [];
  const fault = (location: string, code: string) => faults.push({ in: 'body', location, code });
  if (state === 'cancelled' && !reason) fault('/reason', 'required');
  if (state === 'cancelled' && heldOn !== undefined) fault('/heldOn', 'not_of_cancelled');
  if (state === 'held' && heldOn !== undefined && heldOn > today) fault('/heldOn', 'in_the_future');
  return faults;
}

/** Throws session_decided where the opposite was said before, session_not_begun where it can not have been held yet. */
export function assertDecidable({ state, startsAt }: Standing, decision: Decision, now: Date): void {
  if (state !== 'planned') throw new Problem('session_decided');
  if (decision.state === 'held' && startsAt > now) throw new Problem('session_not_begun');
}

/** An outcome that is recorded. */
export type Outcome = {
  readonly kind: (typeof outcomeKinds)[number];
  readonly lesson?: string | undefined;
  readonly commitmentId?: string | undefined;
  readonly itemId?: string | undefined;
};

const fieldOf = { lesson: 'lesson', commitment: 'commitmentId', knowledge_item: 'itemId' } as const;

/** The faults of an outcome: it has what belongs to its kind, and nothing else. */
export function outcomeFaults(outcome: Outcome): Fault[] {
  const wanted = fieldOf[outcome.kind];
  return Object.values(fieldOf).flatMap((field): Fault[] => {
    if ((outcome[field] !== undefined) === (field === wanted)) return [];
    return [{ in: 'body', location: `/${field}`, code: field === wanted ? 'required' : 'not_of_kind' }];
  });
}

/** The Monday of the week (ISO 8601) of a day. */
export function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const since = (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() - since * dayMs).toISOString().slice(0, 10);
}

/** The name of the week (ISO 8601) that begins on a Monday, as `2026-W01`. */
export function weekOf(monday: string): string {
  const thursday = new Date(Date.parse(`${monday}T00:00:00Z`) + 3 * dayMs);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1;
  return `${year}-W${String(number).padStart(2, '0')}`;
}

/** A week in which something was planned: whether something was held in it, and whether its last day is over. */
export type Week = { readonly startsOn: string; readonly held: boolean; readonly over: boolean };

/** What became of a week. */
export const weekStates = ['kept', 'missed', 'pending'] as const;

/** What became of a week: kept as soon as one session was held in it, missed once it is over without. */
export function weekState({ held, over }: Week): (typeof weekStates)[number] {
  if (held) return 'kept';
  return over ? 'missed' : 'pending';
}

/** How well a group keeps its rhythm. */
export type Rhythm = {
  readonly keptWeeks: number;
  readonly missedWeeks: number;
  readonly currentStreak: number;
  readonly longestStreak: number;
};

/**
 * The rhythm of weeks in their order. A streak is of kept weeks that follow one another among those in which something
 * was planned; a week that is not over breaks none.
 */
export function rhythmOf(weeks: readonly Week[]): Rhythm {
  let current = 0;
  let longest = 0;
  let missed = 0;
  let kept = 0;
  for (const week of weeks) {
    const state = weekState(week);
    if (state === 'kept') {
      kept += 1;
      current += 1;
    }
    if (state === 'missed') {
      missed += 1;
      current = 0;
    }
    longest = Math.max(longest, current);
  }
  return { keptWeeks: kept, missedWeeks: missed, currentStreak: current, longestStreak: longest };
}
