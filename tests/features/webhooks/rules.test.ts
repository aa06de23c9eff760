import fc from 'fast-check';
import t from 'tap';
import {
  disabledBy,
  type Health,
  healthAfter,
  isNamed,
  keptAnswer,
  maxRetryAfterSeconds,
  maxTries,
  outcomeOf,
  pauseSeconds,
  readRetryAfter,
  type Verdict,
  verdictOf,
} from '../../../src/features/webhooks/rules.ts';

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const day = 86_400_000;
const failed: Verdict = { reason: 'status' };

/** The attempts of a delivery that fails each time: when each is made, and what becomes of the last. */
function attemptsOf(randoms: readonly number[]) {
  const at = [new Date('2026-01-01T00:00:00Z')];
  for (let tries = 0; ; tries++) {
    const now = at.at(-1) ?? new Date();
    const outcome = outcomeOf(tries, failed, now, randoms[tries] ?? 0);
    if (outcome.state !== 'queued') return { at, state: outcome.state, tries: outcome.tries };
    at.push(outcome.dueAt);
  }
}

t.test('a delivery that fails each time is tried ten times over a day or more, each later than the one before', (t) => {
  fc.assert(
    fc.property(fc.array(random, { minLength: maxTries, maxLength: maxTries }), (randoms) => {
      const { at, state, tries } = attemptsOf(randoms);
      const took = (at.at(-1)?.getTime() ?? 0) - (at[0]?.getTime() ?? 0);
      const rising = at.every((one, index) => index === 0 || one > (at[index - 1] ?? one));
      return state === 'parked' && tries === 10 && at.length === 10 && took >= day && rising;
    }),
  );
  t.end();
});

t.test('what was received is not tried again, and is not early for who asked for patience', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: maxTries - 2 }), random, fc.nat({ max: 100_000 }), (tries, one, seconds) => {
      const now = new Date('2026-01-01T00:00:00Z');
      const received = outcomeOf(tries, { reason: undefined }, now, one);
      const asked = outcomeOf(tries, { reason: 'status', retryAfterSeconds: seconds }, now, one);
      return (
        received.state === 'delivered' &&
        received.finishedAt === now &&
        asked.state === 'queued' &&
        asked.dueAt.getTime() >= now.getTime() + seconds * 1000
      );
    }),
  );
  t.end();
});

t.test('Retry-After is read as seconds and as a date, never beyond its cap, and nothing else is one', (t) => {
  const now = new Date('2026-01-01T00:00:00Z');
  fc.assert(
    fc.property(fc.nat({ max: 10 ** 9 }), (seconds) => {
      const capped = Math.min(seconds, maxRetryAfterSeconds);
      const at = new Date(now.getTime() + seconds * 1000);
      return (
        readRetryAfter(` ${seconds}`, now) === capped &&
        // A year of five digits is no HTTP date.
        (at.getUTCFullYear() > 9999 || readRetryAfter(at.toUTCString(), now) === capped)
      );
    }),
  );
  t.equal(readRetryAfter('Wed, 31 Dec 2025 23:59:00 GMT', now), 0, 'a date that has passed');
  for (const header of [
    undefined,
    '',
    'soon',
    '-5',
    '1.5',
    '0x10',
    '2026',
    '2026-01-02',
    'NaN',
    'Thu, ?',
    '9'.repeat(13),
  ])
    if (header !== '2026') t.equal(readRetryAfter(header, now), undefined, String(header));
  fc.assert(
    fc.property(fc.string(), (header) => {
      const seconds = readRetryAfter(header, now);
      return seconds === undefined || (seconds >= 0 && seconds <= maxRetryAfterSeconds);
    }),
  );
  t.end();
});

t.test('only 2xx says that an event arrived, and Retry-After counts with 429 and 503 alone', (t) => {
  const now = new Date();
  for (let status = 100; status < 600; status++) {
    const { reason, retryAfterSeconds } = verdictOf(status, '7', now);
    t.equal(reason === undefined, status >= 200 && status < 300, String(status));
    t.equal(retryAfterSeconds, status === 429 || status === 503 ? 7 : undefined, String(status));
  }
  t.equal(verdictOf(301, undefined, now).reason, 'redirected');
  t.equal(verdictOf(410, undefined, now).reason, 'gone');
  t.end();
});

t.test('an endpoint that fails in a row is left alone for longer and longer, and no longer than 18 minutes', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 100_000 }), random, (failures, one) => {
      const seconds = pauseSeconds(failures, one);
      return failures < 3 ? seconds === 0 : seconds >= 4.5 && seconds <= 15 * 60 * 1.2;
    }),
  );
  t.end();
});

t.test('an endpoint is disabled by 410, or when all fails for five days, and one success begins anew', (t) => {
  const begun = new Date('2026-01-01T00:00:00Z');
  let health: Health = { consecutiveFailures: 0, failingSince: null, resumesAt: begun };
  for (let hours = 0; hours < 5 * 24; hours++) {
    const now = new Date(begun.getTime() + hours * 3_600_000);
    health = healthAfter(health, failed, now, 0.5);
    t.equal(disabledBy(failed, health, now), undefined);
  }
  const later = new Date(begun.getTime() + 5 * day);
  t.equal(disabledBy(failed, healthAfter(health, failed, later, 0.5), later), 'failing');
  const again = healthAfter(healthAfter(health, { reason: undefined }, later, 0.5), failed, later, 0.5);
  t.equal(disabledBy(failed, again, later), undefined);
  t.match(again, { consecutiveFailures: 1, failingSince: later });
  t.equal(disabledBy({ reason: 'gone' }, again, later), 'gone');
  t.end();
});

t.test('who asks for patience pauses the endpoint as a whole', (t) => {
  const now = new Date('2026-01-01T00:00:00Z');
  const health: Health = { consecutiveFailures: 0, failingSince: null, resumesAt: now };
  const after = healthAfter(health, { reason: 'status', retryAfterSeconds: 120 }, now, 0.5);
  t.equal(after.resumesAt.getTime() - now.getTime(), 120_000);
  t.end();
});

t.test('of any answer at most 2,048 characters are kept, which every database can hold', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (body) => {
      const kept = keptAnswer(body);
      return kept.length <= 2048 && !kept.includes('\0') && Buffer.from(kept).toString() === kept;
    }),
  );
  t.equal(keptAnswer('a\0b'), 'a\ufffdb');
  t.equal(keptAnswer('x'.repeat(5000)).length, 2048);
  t.end();
});

t.test('a filter names types as they are, all of a kind, or everything when it is empty', (t) => {
  const type = 'nl.samendoen.knowledge-item.published';
  t.ok(isNamed([], type));
  t.ok(isNamed([type], type));
  t.ok(isNamed(['nl.samendoen.alliance.*', 'nl.samendoen.knowledge-item.*'], type));
  t.notOk(isNamed(['nl.samendoen.knowledge.*', 'nl.samendoen.knowledge-item.shared'], type));
  t.end();
});
