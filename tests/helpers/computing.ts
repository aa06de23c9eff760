import { type Asker, Computing } from '../../src/features/statistics/computing/computing.ts';
import { openPool, type Pool } from '../../src/features/statistics/computing/pool.ts';
import type { Caller } from '../../src/platform/caller.ts';
import type { Db } from '../../src/platform/db.ts';

let shared: Pool | undefined;

/** The threads of this process; they end with it. */
export function testPool(): Pool {
  shared ??= openPool(1);
  return shared;
}

const computings = new WeakMap<Db, Computing>();

/** What the statistics of a test's database are computed with. */
export function computingOf(db: Db): Computing {
  const known = computings.get(db) ?? new Computing(db, testPool());
  computings.set(db, known);
  return known;
}

/** Somebody who asks for figures, and waits. */
export const asker = (caller: Caller): Asker => ({
  caller,
  signal: new AbortController().signal,
  address: '/v1/statistics/network',
});
