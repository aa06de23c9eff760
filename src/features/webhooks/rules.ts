/** What can be wrong with an attempt. */
export const failureReasons = [
  'blocked',
  'unresolvable',
  'refused',
  'timeout',
  'tls',
  'reset',
  'too_large',
  'failed',
  'redirected',
  'gone',
  'status',
] as const;

/** Why an attempt failed: it did not come through, or was not answered with 2xx. */
export type FailureReason = (typeof failureReasons)[number];

const minute = 60;
const hour = 60 * minute;

/** Seconds between the attempts of a delivery: the first at once, the last more than three days later. */
export const scheduleSeconds: readonly number[] = [
  0,
  5,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

/** How many attempts are made before a delivery is parked. */
export const maxTries = scheduleSeconds.length;

/** The longest wait that a receiver can ask for. */
export const maxRetryAfterSeconds = 24 * hour;

/** How long every delivery of an endpoint fails before it is disabled. */
export const disabledAfterDays = 5;

// From 90 % to 120 %, so that what failed together does not come back together.
const jittered = (seconds: number, random: number) => seconds * (0.9 + 0.3 * random);

/**
 * Seconds until the next attempt after so many, or undefined when there is none: by the schedule, with jitter, and not
 * before the receiver asked to be tried again. `random` is from 0 to 1.
 */
export function nextAttemptSeconds(tries: number, random: number, retryAfterSeconds = 0): number | undefined {
  const seconds = scheduleSeconds[tries];
  return seconds === undefined ? undefined : Math.max(jittered(seconds, random), retryAfterSeconds);
}

const patience = 3;
const maxPauseSeconds = 15 * minute;

/** Seconds for which an endpoint is left alone after so many failures in a row; 0 for the first two. */
export function pauseSeconds(consecutiveFailures: number, random: number): number {
  if (consecutiveFailures < patience) return 0;
  // Bounded first, since the power of a large number is not finite.
  const doublings = Math.min(consecutiveFailures - patience, 20);
  return jittered(Math.min(5 * 2 ** doublings, maxPauseSeconds), random);
}

/** The seconds that a Retry-After names, as a number or as an HTTP date; capped, and undefined where it names none. */
export function readRetryAfter(header: string | undefined, now: Date): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,12}$/.test(text)) return Math.min(Number(text), maxRetryAfterSeconds);
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  return Math.min(Math.max(0, (at - now.getTime()) / 1000), maxRetryAfterSeconds);
}

/** What an answer means: only 2xx says that the event arrived. */
export type Verdict = { readonly reason: FailureReason | undefined; readonly retryAfterSeconds?: number | undefined };

/** Judges an answer. */
export function verdictOf(status: number, retryAfter: string | undefined, now: Date): Verdict {
  if (status >= 200 && status < 300) return { reason: undefined };
  if (status >= 300 && status < 400) return { reason: 'redirected' };
  if (status === 410) return { reason: 'gone' };
  if (status !== 429 && status !== 503) return { reason: 'status' };
  return { reason: 'status', retryAfterSeconds: readRetryAfter(retryAfter, now) };
}

/** What becomes of a delivery by an attempt. */
export type Outcome = {
  readonly state: 'queued' | 'delivered' | 'parked';
  readonly tries: number;
  readonly dueAt: Date;
  readonly finishedAt: Date | null;
  readonly reason: FailureReason | null;
};

/** What becomes of a delivery by an attempt after so many others: it arrived, is tried again, or is parked. */
export function outcomeOf(triesBefore: number, verdict: Verdict, now: Date, random: number): Outcome {
  const tries = triesBefore + 1;
  const { reason, retryAfterSeconds } = verdict;
  if (reason === undefined) return { state: 'delivered', tries, dueAt: now, finishedAt: now, reason: null };
  const seconds = nextAttemptSeconds(tries, random, retryAfterSeconds);
  if (seconds === undefined) return { state: 'parked', tries, dueAt: now, finishedAt: now, reason };
  return { state: 'queued', tries, dueAt: new Date(now.getTime() + seconds * 1000), finishedAt: null, reason };
}

const maxAnswerCharacters = 2048;

/** The beginning of an answer, as it can be kept: without NUL and broken Unicode. */
export const keptAnswer = (body: string): string =>
  // Encoding replaces what is not Unicode.
  Buffer.from(body.slice(0, maxAnswerCharacters)).toString().replaceAll('\0', '\ufffd');

/** Whether an event is one that a filter of types names; no filter names all. */
export const isNamed = (types: readonly string[], type: string): boolean =>
  types.length === 0 ||
  types.some((filter) => (filter.endsWith('.*') ? type.startsWith(filter.slice(0, -1)) : filter === type));

/** How the deliveries of an endpoint went lately. */
export type Health = {
  readonly consecutiveFailures: number;
  readonly failingSince: Date | null;
  readonly resumesAt: Date;
};

/** How an endpoint stands after an attempt. */
export function healthAfter(health: Health, verdict: Verdict, now: Date, random: number): Health {
  if (verdict.reason === undefined) return { consecutiveFailures: 0, failingSince: null, resumesAt: now };
  const consecutiveFailures = health.consecutiveFailures + 1;
  const seconds = Math.max(pauseSeconds(consecutiveFailures, random), verdict.retryAfterSeconds ?? 0);
  const resumesAt = new Date(now.getTime() + seconds * 1000);
  return { consecutiveFailures, failingSince: health.failingSince ?? now, resumesAt };
}

/** Why an endpoint is to be disabled after an attempt; undefined while it goes on. */
export function disabledBy(verdict: Verdict, { failingSince }: Health, now: Date): 'gone' | 'failing' | undefined {
  if (verdict.reason === 'gone') return 'gone';
  const since = failingSince?.getTime() ?? now.getTime();
  return now.getTime() - since >= disabledAfterDays * 86_400_000 ? 'failing' : undefined;
}
