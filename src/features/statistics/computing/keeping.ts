import { LRUCache } from 'lru-cache';

/** Work that several may wait for; it is broken off when nobody does any more. */
type Running = { readonly done: Promise<unknown>; readonly controller: AbortController; waiting: number };

/** Gives values in the order of the names that it is told, and whether they are kept. */
type Task = {
  readonly work: (names: readonly string[], signal: AbortSignal) => Promise<readonly unknown[]>;
  readonly keep: boolean;
};

/** A value in place of nothing, which the cache cannot hold. */
type Kept = { readonly value: unknown };

/**
 * Values by name, kept by how many bytes they hold, and computed once however many ask for one while it is computed. The
 * work is broken off when each of those who wait for it is gone.
 */
export class Keeping {
  readonly #kept: LRUCache<string, Kept>;
  readonly #running = new Map<string, Running>();

  constructor({ bytes, milliseconds }: { bytes: number; milliseconds: number }) {
    this.#kept = new LRUCache({
      maxSize: bytes,
      sizeCalculation: ({ value }, key) => bytesOf(value) + 2 * key.length,
      ttl: milliseconds,
    });
  }

  /** The value of a name, where it is kept. */
  get(name: string): Kept | undefined {
    return this.#kept.get(name);
  }

  set(name: string, value: unknown): void {
    this.#kept.set(name, { value });
  }

  /** The value of a name: kept, or what the work gives, which is begun if nobody waits for it yet. */
  async once<T>(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const known = this.#kept.get(name);
    if (known !== undefined) return known.value as T;
    const [value] = await this.together([name], signal, async (_, signal) => [await work(signal)]);
    return value as T;
  }

  /** What the work gives, done once however many ask under the name meanwhile; nothing is kept under it. */
  async shared<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const [value] = await this.#joined([name], signal, { work: async () => [await work()], keep: false });
    return value as T;
  }

  /**
   * The values of names of which none is kept: those that nobody waits for yet are computed by one piece of work, which
   * gives them in the order in which it is told their names.
   */
  async together(
    names: readonly string[],
    signal: AbortSignal,
    work: (names: readonly string[], signal: AbortSignal) => Promise<readonly unknown[]>,
  ): Promise<unknown[]> {
    return this.#joined(names, signal, { work, keep: true });
  }

  async #joined(names: readonly string[], signal: AbortSignal, task: Task): Promise<unknown[]> {
    signal.throwIfAborted();
    const own = names.filter((name) => !this.#running.has(name));
    if (own.length > 0) this.#begin(own, task);
    const awaited = names.map((name) => this.#running.get(name) as Running);
    const found = await waitFor(new Set(awaited), signal);
    return names.map((name, place) => (found.get(awaited[place] as Running) as ReadonlyMap<string, unknown>).get(name));
  }

  #begin(names: readonly string[], { work, keep }: Task): void {
    const controller = new AbortController();
    const begun = async () => {
      try {
        const values = await work(names, controller.signal);
        const found = new Map(names.map((name, place) => [name, values[place]]));
        if (keep) for (const [name, value] of found) this.set(name, value);
        return found;
      } finally {
        for (const name of names) if (this.#running.get(name) === running) this.#running.delete(name);
      }
    };
    const running: Running = { done: begun(), controller, waiting: 0 };
    // Who waits for it is told; when nobody does, nobody need be.
    running.done.catch(() => undefined);
    controller.signal.addEventListener('abort', () => {
      for (const name of names) if (this.#running.get(name) === running) this.#running.delete(name);
    });
    for (const name of names) this.#running.set(name, running);
  }
}

async function waitFor(works: ReadonlySet<Running>, signal: AbortSignal): Promise<ReadonlyMap<Running, unknown>> {
  for (const running of works) running.waiting += 1;
  let gone: (() => void) | undefined;
  const leaving = new Promise<never>((_, reject) => {
    gone = () => reject(signal.reason);
    signal.addEventListener('abort', gone, { once: true });
  });
  try {
    const all = Promise.all([...works].map(async (running) => [running, await running.done] as const));
    return new Map(await Promise.race([all, leaving]));
  } finally {
    if (gone !== undefined) signal.removeEventListener('abort', gone);
    for (const running of works) {
      running.waiting -= 1;
      if (running.waiting === 0) running.controller.abort();
    }
  }
}

/** About how many bytes a value holds. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length + 16;
  if (typeof value !== 'object' || value === null) return 8;
  if (ArrayBuffer.isView(value)) return value.byteLength + 64;
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + bytesOf(one), 16);
  return Object.values(value).reduce((sum: number, one) => sum + bytesOf(one), 32);
}
