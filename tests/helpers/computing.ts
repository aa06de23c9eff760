import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { computeInBackground, runDueComputations } from '../../src/features/statistics/background.ts';
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

/** Has the network of today computed for who bears a token; answers the identifier of the computation. */
export async function compute(app: FastifyInstance, db: Db, token: string): Promise<string> {
  const headers = { host: 'node.example', authorization: `Bearer ${token}` };
  const { clientId, organisation } = (await app.inject({ url: '/v1/caller', headers })).json();
  const caller = { clientId, organisationId: organisation?.id ?? null };
  const computationId = await computeInBackground(db, caller, '/v1/statistics/network');
  const options = { signal: new AbortController().signal, log: pino({ level: 'silent' }) };
  while (await runDueComputations(db, testPool(), options));
  return computationId;
}
