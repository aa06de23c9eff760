import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Snapshot } from './snapshots.ts';

/** Something that was computed, and about how many bytes it holds. */
type Sized<T> = { readonly value: T; readonly bytes: number };

const kept = new LRUCache<string, { readonly done: Promise<Sized<unknown>>; readonly bytes: number }>({
  maxSize: 128 * 1024 * 1024,
  sizeCalculation: ({ bytes }) => bytes,
  ttl: 3_600_000,
});
const numbers = new WeakMap<Snapshot, number>();
let numbered = 0;

function numberOf(snapshot: Snapshot): number {
  const known = numbers.get(snapshot);
  if (known !== undefined) return known;
  numbered += 1;
  numbers.set(snapshot, numbered);
  return numbered;
}

/**
 * What follows from a snapshot and a name that holds every parameter: computed when it is first asked for, once however
 * many ask, and kept for an hour at most. A snapshot stands for one data version, one selection and one kind of viewer.
 */
export async function derived<T>(snapshot: Snapshot, name: string, work: () => Promise<Sized<T>>): Promise<T> {
  const key = `${numberOf(snapshot)} ${name}`;
  const known = kept.get(key);
  if (known !== undefined) return (await known.done).value as T;
  const done = work();
  // Small until its size is known, so that it is found by who asks meanwhile.
  kept.set(key, { done, bytes: 1 });
  try {
    const { value, bytes } = await done;
    kept.set(key, { done, bytes: Math.max(1, bytes) });
    return value;
  } catch (error) {
    kept.delete(key);
    throw error;
  }
}

/** Lets other requests in between two parts of a long computation. */
export const breathe = (): Promise<void> => nextTurn();
