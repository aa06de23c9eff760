import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type { Backlog } from './backlog.ts';
import { errorLine } from './logging.ts';

/** A background loop: its name, the pause between two runs without work, and one run (true: there is more to do). */
export type Loop = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<boolean>;
  /** What is due for it and not done; by a statement that is cheap enough to be asked every few seconds. */
  readonly backlog?: () => Promise<Backlog>;
};

/** How a run of a loop ended. */
export const runOutcomes = ['succeeded', 'failed'] as const;

/** A run that is over; one that was broken off by the end of the process is not told. */
export type Run = { readonly job: string; readonly outcome: (typeof runOutcomes)[number]; readonly seconds: number };

/**
 * Repeats a loop until the signal aborts; a fault is logged, and the next run comes after the pause. `observe` is told
 * of each run.
 */
export async function repeat(
  loop: Loop,
  signal: AbortSignal,
  log: Pick<FastifyBaseLogger, 'error'>,
  observe: (run: Run) => void = () => undefined,
): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    const ended = (outcome: Run['outcome']) =>
      observe({ job: loop.name, outcome, seconds: (performance.now() - began) / 1000 });
    let more = false;
    try {
      more = await loop.run(signal);
      ended('succeeded');
    } catch (error) {
      if (!signal.aborted) {
        log.error({ loop: loop.name, err: errorLine(error) }, 'a background loop failed; it will be tried again');
        ended('failed');
      }
    }
    if (!more) await wait(loop.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
