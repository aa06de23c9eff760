import { setTimeout as pause } from 'node:timers/promises';
import type { Db } from '../../platform/db.ts';
import { readHead } from './feed.ts';

/** How often the end of the log is looked at while somebody waits for it, in milliseconds. */
const lookEveryMs = 25;

type Waiter = { readonly after: number; readonly tell: () => void };

/** Waits for the log to grow: one look at a time for all who wait in this process, and none when nobody does. */
export class Tail {
  readonly #db: Db;
  readonly #waiters = new Set<Waiter>();
  #looking = false;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Settles when there are events after a position, or when the signal aborts. */
  async wait(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((tell) => {
      const waiter = { after, tell: () => finish() };
      const finish = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', finish);
        tell();
      };
      signal.addEventListener('abort', finish, { once: true });
      this.#waiters.add(waiter);
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    while (this.#waiters.size > 0) {
      await pause(lookEveryMs);
      // A database that does not answer now is asked again; whoever waits has a limit of its own.
      const head = await readHead(this.#db).catch(() => undefined);
      if (head === undefined) continue;
      for (const waiter of this.#waiters) if (head.position > waiter.after) waiter.tell();
    }
    this.#looking = false;
  }
}
