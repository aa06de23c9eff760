import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { chunksOf, sumOfParts } from '../kernel/chunks.ts';
import type { NetworkInput } from './network-input.ts';
import { isShared, type Part } from './parts.ts';
import type { Task } from './thread.ts';

/** Threads that compute, so that the process goes on answering meanwhile. */
export type Pool = {
  /**
   * Computes parts of a network, in their order. `stepped` is told how many steps are done, now and then. Rejects with an
   * AbortError when the signal aborts; the work then ends.
   */
  run(
    input: NetworkInput,
    parts: readonly Part[],
    options: { signal: AbortSignal; stepped?: (steps: number) => void },
  ): Promise<unknown[]>;
  close(): Promise<void>;
};

const fromSources = import.meta.url.endsWith('.ts');

/** Threads do not inherit what lets this process run its sources as they are. */
function sourceLoader(): string[] {
  const api = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  return ['--import', `data:text/javascript,import{register}from${encodeURIComponent(api)};register()`];
}

const toldEveryMs = 250;

/**
 * A pool of one thread fewer than there are cores, and one at least. None is started before there is work, and one that
 * has none for a minute ends.
 */
export function openPool(threads = Math.max(1, availableParallelism() - 1)): Pool {
  const piscina = new Piscina<Task, unknown[]>({
    filename: new URL(fromSources ? './thread.ts' : './thread.js', import.meta.url).href,
    name: 'computeTask',
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    ...(fromSources && { execArgv: sourceLoader() }),
  });
  const share = async (task: Omit<Task, 'parts'>, part: Part, signal: AbortSignal) => {
    const n = task.input.kindOf.length;
    const all = chunksOf(n);
    const each = Math.max(1, Math.ceil(all.length / threads));
    const shares = Array.from({ length: Math.ceil(all.length / each) }, (_, turn) =>
      piscina.run({ ...task, parts: [part], chunks: all.slice(turn * each, (turn + 1) * each) }, { signal }),
    );
    return sumOfParts(n, (await Promise.all(shares)).flat() as Float64Array[]);
  };
  return {
    run: async (input, parts, { signal, stepped }) => {
      const done = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
      const telling = stepped && setInterval(() => stepped(Atomics.load(done, 0)), toldEveryMs);
      try {
        if (threads === 1) return await piscina.run({ input, parts, done }, { signal });
        const alone = parts.filter((part) => !isShared(part));
        const [values, ...shared] = await Promise.all([
          alone.length === 0 ? [] : piscina.run({ input, parts: alone, done }, { signal }),
          ...parts.filter(isShared).map((part) => share({ input, done }, part, signal)),
        ]);
        return parts.map((part) => (isShared(part) ? shared.shift() : values.shift()));
      } finally {
        clearInterval(telling);
      }
    },
    close: () => piscina.destroy(),
  };
}
