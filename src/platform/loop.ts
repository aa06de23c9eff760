import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { errorLine } from './logging.ts';

/** A background loop: its name, the pause between two runs without work, and one run (true: there is more to do). */
export type Loop = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<boolean>;
};

/** Repeats a loop until the signal aborts; a fault is logged, and the next run comes after the pause. */
export async function repeat(loop: Loop, signal: AbortSignal, log: Pick<FastifyBaseLogger, 'error'>): Promise<void> {
  while (!signal.aborted) {
    let more = false;
    try {
      more = await loop.run(signal);
    } catch (error) {
      if (!signal.aborted)
        log.error({ loop: loop.name, err: errorLine(error) }, 'a background loop failed; it will be tried again');
    }
    if (!more) await wait(loop.everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
