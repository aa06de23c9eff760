import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Backlog } from './backlog.ts';
import { errorLine } from './logging.ts';
import { type Loop, type Run, runOutcomes } from './loop.ts';

/**
 * How long a count of what is due is shown before it is asked for again: so long, or so many times what it took, that
 * counting keeps the database busy for a twentieth of the time at most. And how long a collector waits for counts: a job
 * whose count is not there by then is left out.
 */
type Timing = { readonly freshMs: number; readonly freshTimes: number; readonly patienceMs: number };
const usual: Timing = { freshMs: 5000, freshTimes: 20, patienceMs: 3000 };

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300];

type Log = Pick<FastifyBaseLogger, 'warn'>;

/**
 * Shows what is due for each loop and since when, also in a process that runs none of them: the number is that of the
 * database. A loop whose count fails is left out, and spoils nothing of the rest.
 */
export function showBacklogs(registry: Registry, loops: readonly Loop[], log: Log, timing = usual): void {
  const counts = backlogsOf(loops, log, timing);
  const show = (name: string, help: string, value: (backlog: Backlog) => number) =>
    new Gauge({
      ...{ name, help, labelNames: ['job'] as const, registers: [registry] },
      async collect() {
        const known = await counts();
        this.reset();
        for (const [job, backlog] of known) this.set({ job }, value(backlog));
      },
    });
  show('job_backlog', 'Pieces of work that are due for a background job.', ({ count }) => count);
  show('job_lag_seconds', 'Since when the oldest work of a background job is due; 0 without any.', ({ oldestAt }) =>
    oldestAt === undefined ? 0 : Math.max(0, (Date.now() - oldestAt.getTime()) / 1000),
  );
}

/** Counts for whoever asks: one round at a time, one job after another, so that it takes one connection at most. */
function backlogsOf(
  loops: readonly Loop[],
  log: Log,
  { freshMs, freshTimes, patienceMs }: Timing,
): () => Promise<ReadonlyMap<string, Backlog>> {
  const known = new Map<string, Backlog>();
  const failing = new Set<string>();
  const freshUntil = new Map<string, number>();
  let round: Promise<void> | undefined;
  const ask = async ({ name, backlog }: Loop) => {
    if (backlog === undefined) return;
    const began = performance.now();
    try {
      known.set(name, await backlog());
      failing.delete(name);
    } catch (error) {
      // Once, and not at each look of a collector.
      if (!failing.has(name)) log.warn({ loop: name, err: errorLine(error) }, 'what is due could not be counted');
      failing.add(name);
    }
    const ended = performance.now();
    freshUntil.set(name, ended + Math.max(freshMs, freshTimes * (ended - began)));
  };
  const askAll = async () => {
    const old = loops.filter(({ name }) => performance.now() >= (freshUntil.get(name) ?? 0));
    for (const { name } of old) known.delete(name);
    for (const loop of old) await ask(loop);
    round = undefined;
  };
  return async () => {
    round ??= askAll();
    const controller = new AbortController();
    const patience = wait(patienceMs, undefined, { signal: controller.signal, ref: false }).catch(() => undefined);
    await Promise.race([round, patience]);
    controller.abort();
    return new Map(known);
  };
}

/** Counts and times the runs of the loops in this process; answers whom to tell of each. */
export function countRuns(registry: Registry, loops: readonly Loop[]): (run: Run) => void {
  const registers = [registry];
  const total = new Counter({
    name: 'job_runs_total',
    help: 'Runs of a background job in this process.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'job_run_duration_seconds',
    help: 'Time that a run of a background job took.',
    labelNames: ['job'],
    buckets,
    registers,
  });
  const lastSuccess = new Gauge({
    name: 'job_last_success_timestamp_seconds',
    help: 'When a run of a background job in this process ended well for the last time.',
    labelNames: ['job'],
    registers,
  });
  // From the start, so that the first failure is an increase.
  for (const { name } of loops) for (const outcome of runOutcomes) total.inc({ job: name, outcome }, 0);
  return ({ job, outcome, seconds }) => {
    total.inc({ job, outcome });
    duration.observe({ job }, seconds);
    if (outcome === 'succeeded') lastSuccess.set({ job }, Date.now() / 1000);
  };
}
