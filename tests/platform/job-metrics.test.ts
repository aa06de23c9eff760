import { sql } from 'drizzle-orm';
import { Registry } from 'prom-client';
import t from 'tap';
import { type Backlog, countDue, together } from '../../src/platform/backlog.ts';
import { countRuns, showBacklogs } from '../../src/platform/job-metrics.ts';
import type { Loop } from '../../src/platform/loop.ts';
import { testDatabase } from '../helpers/db.ts';

const none: Backlog = { count: 0, oldestAt: undefined };
const loop = (name: string, backlog?: Loop['backlog']): Loop => ({
  ...{ name, everyMs: 1, run: async () => false },
  ...(backlog !== undefined && { backlog }),
});
const quiet = { warn: () => undefined };
const alive = setInterval(() => undefined, 1000);
t.teardown(() => clearInterval(alive));

/** The samples of a metric, by job. */
async function samples(registry: Registry, name: string): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric(name)?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [String(labels.job), value]));
}

t.test('what is due is shown for each job, with the age of the oldest, and no age where nothing is due', async (t) => {
  const registry = new Registry();
  const oldestAt = new Date(Date.now() - 90_000);
  const later = async () => ({ count: 1, oldestAt: new Date(Date.now() + 60_000) });
  const loops = [loop('busy', async () => ({ count: 3, oldestAt })), loop('idle', async () => none)];
  showBacklogs(registry, [...loops, loop('ahead', later), loop('uncounted')], quiet);
  t.same(await samples(registry, 'job_backlog'), { busy: 3, idle: 0, ahead: 1 });
  const lag = await samples(registry, 'job_lag_seconds');
  t.ok((lag.busy ?? 0) >= 90 && (lag.busy ?? 0) < 120, String(lag.busy));
  t.match(lag, { idle: 0, ahead: 0 }, 'a clock that is behind makes no age below nothing');
  t.match(await registry.metrics(), /^job_backlog\{job="busy"\} 3$/m);
});

t.test('a look counts once for all its figures, and the next one within five seconds not again', async (t) => {
  const registry = new Registry();
  let asked = 0;
  const count = async () => {
    asked += 1;
    return none;
  };
  showBacklogs(registry, [loop('one', count), loop('two', count)], quiet);
  await Promise.all([registry.metrics(), registry.metrics(), registry.metrics()]);
  await registry.metrics();
  t.equal(asked, 2);
  const other = new Registry();
  showBacklogs(other, [loop('one', count)], quiet, { freshMs: 0, freshTimes: 0, patienceMs: 3000 });
  await other.metrics();
  await other.metrics();
  t.equal(asked, 4, 'what is no longer fresh is counted again');
  const dear = new Registry();
  let took = 0;
  const slow = () => {
    took += 1;
    return new Promise<Backlog>((resolve) => setTimeout(resolve, 5, none));
  };
  showBacklogs(dear, [loop('slow', slow)], quiet, { freshMs: 0, freshTimes: 100_000, patienceMs: 3000 });
  for (let look = 0; look < 3; look++) t.same(await samples(dear, 'job_backlog'), { slow: 0 });
  t.equal(took, 1, 'what takes long to count is counted less often');
});

t.test('a count that fails is left out and logged once, the rest is shown, and it comes back', async (t) => {
  const registry = new Registry();
  const logged: unknown[] = [];
  let broken = true;
  const fragile = () => {
    if (broken) throw new Error('select secret');
    return Promise.resolve({ count: 7, oldestAt: undefined });
  };
  const log = { warn: (fields: unknown) => logged.push(fields) };
  const loops = [loop('fragile', fragile), loop('sound', async () => none)];
  showBacklogs(registry, loops, log, { freshMs: 0, freshTimes: 0, patienceMs: 3000 });
  t.same(await samples(registry, 'job_backlog'), { sound: 0 });
  t.same(await samples(registry, 'job_lag_seconds'), { sound: 0 });
  t.match(await registry.metrics(), 'job_backlog{job="sound"} 0');
  t.equal(logged.length, 1);
  t.match(logged[0], { loop: 'fragile' });
  t.notMatch(JSON.stringify(logged), 'secret');
  broken = false;
  t.same(await samples(registry, 'job_backlog'), { fragile: 7, sound: 0 });
  broken = true;
  t.same(await samples(registry, 'job_backlog'), { sound: 0 }, 'an old figure is not shown for a new one');
  t.equal(logged.length, 2);
});

t.test('a count that never comes keeps no collector waiting, and is asked for by one statement alone', async (t) => {
  const registry = new Registry();
  let asked = 0;
  let answer: (backlog: Backlog) => void = () => undefined;
  const hanging = () => {
    asked += 1;
    return new Promise<Backlog>((resolve) => {
      answer = resolve;
    });
  };
  const loops = [loop('quick', async () => none), loop('hanging', hanging), loop('after', async () => none)];
  showBacklogs(registry, loops, quiet, { freshMs: 60_000, freshTimes: 0, patienceMs: 20 });
  t.same(await samples(registry, 'job_backlog'), { quick: 0 });
  t.same(await samples(registry, 'job_lag_seconds'), { quick: 0 });
  t.equal(asked, 1, 'while one look waits, the others wait with it');
  answer({ count: 2, oldestAt: undefined });
  t.same(await samples(registry, 'job_backlog'), { quick: 0, hanging: 2, after: 0 });
  t.equal(asked, 1);
});

t.test('runs are counted by outcome from nothing on, timed, and the last good one is dated', async (t) => {
  const registry = new Registry();
  const observe = countRuns(registry, [loop('one'), loop('two')]);
  const zero = await registry.metrics();
  for (const job of ['one', 'two'])
    for (const outcome of ['succeeded', 'failed'])
      t.match(zero, `job_runs_total{job="${job}",outcome="${outcome}"} 0\n`);
  t.notMatch(zero, /last_success_timestamp_seconds\{/, 'none went well yet');
  observe({ job: 'one', outcome: 'succeeded', seconds: 0.2 });
  observe({ job: 'one', outcome: 'succeeded', seconds: 0.7 });
  observe({ job: 'two', outcome: 'failed', seconds: 2 });
  const text = await registry.metrics();
  t.match(text, 'job_runs_total{job="one",outcome="succeeded"} 2\n');
  t.match(text, 'job_runs_total{job="two",outcome="failed"} 1\n');
  t.match(text, 'job_run_duration_seconds_bucket{le="0.5",job="one"} 1\n');
  t.match(text, 'job_run_duration_seconds_count{job="one"} 2\n');
  const { one, two } = await samples(registry, 'job_last_success_timestamp_seconds');
  t.ok(Math.abs((one ?? 0) - Date.now() / 1000) < 60);
  t.equal(two, undefined);
});

t.test('due work of several kinds is one number with one age', async (t) => {
  const { db, owner } = await testDatabase(t);
  await owner.unsafe('create table works (due timestamptz); grant select on works to public');
  await owner`insert into works values ('2026-01-02T03:04:05Z'), ('2026-02-01T00:00:00Z')`;
  const works = sql`select due as since from works`;
  t.same(await countDue(db, sql`${works} where due > now()`), none);
  const two = await countDue(db, works);
  t.same(two, { count: 2, oldestAt: new Date('2026-01-02T03:04:05Z') });
  t.same(await countDue(db, works, sql`select '2025-01-01'::date::timestamptz`), {
    count: 3,
    oldestAt: new Date('2025-01-01T00:00:00Z'),
  });
  t.same(together([none, two, { count: 1, oldestAt: new Date('2027-01-01') }]), { ...two, count: 3 });
  t.same(together([none, none]), none);
});
