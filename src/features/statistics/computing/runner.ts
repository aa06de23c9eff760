import { eq, sql } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { type Backlog, countDue } from '../../../platform/backlog.ts';
import { type Db, sqlState } from '../../../platform/db.ts';
import { Leases, type LeaseTiming } from '../../../platform/leases.ts';
import { computations, computedNetworks } from '../tables.ts';
import type { NamedNetwork } from './networks.ts';
import { costOf, millisecondsOf, type Part, partKey, stepsOf } from './parts.ts';
import type { Pool } from './pool.ts';
import { readContent, storedKeys, storePart } from './storing.ts';

/** How the background job works; `onPart` is told after each part that was computed. */
export type RunOptions = {
  readonly signal: AbortSignal;
  readonly log: Pick<FastifyBaseLogger, 'error'>;
  readonly timing?: LeaseTiming;
  readonly onPart?: (computationId: string) => void | Promise<void>;
};

const usual: LeaseTiming = { leaseSeconds: 15, retrySeconds: 5, maxFailedAttempts: 3 };

/** The computation was stopped, or taken over: whoever works on it stops. */
class Lost extends Error {}

/** Computations that wait or run. */
export const countDueComputations = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select created_at as since from ${computations} where state in ('queued', 'running')`);

/**
 * Takes the computation that is due first, those of the node itself last, and computes its parts one after another. Each
 * is stored when it is done, so that who takes over from a process that died goes on with the next. Answers whether there
 * was one.
 */
export async function runDueComputations(db: Db, pool: Pool, options: RunOptions): Promise<boolean> {
  const leases = new Leases(computations, options.timing ?? usual, { order: sql`j.client_id = '', j.id` });
  const claimed = await leases.claim(db);
  if (claimed === undefined) return false;
  const { id, token } = claimed;
  try {
    await compute({ db, pool, leases, token, id }, options);
    if (!(await leases.succeed(db, token, sql`, progress = 1`))) throw new Lost();
  } catch (error) {
    if (error instanceof Lost) return true;
    if (options.signal.aborted) await leases.release(db, token);
    else if (await leases.giveBack(db, token)) {
      options.log.error(
        { computationId: id, sqlState: sqlState(error) },
        'a computation failed; it will be tried again',
      );
      throw error;
    }
  }
  return true;
}

type Run = {
  readonly db: Db;
  readonly pool: Pool;
  readonly leases: Leases;
  readonly token: string;
  readonly id: string;
};

async function compute(run: Run, { signal, onPart }: RunOptions): Promise<void> {
  const { db, id } = run;
  const [row] = await db
    .select({ parts: computations.parts, networkId: computations.networkId, network: computedNetworks })
    .from(computations)
    .innerJoin(computedNetworks, eq(computedNetworks.id, computations.networkId))
    .where(eq(computations.id, id));
  if (row === undefined) throw new Lost();
  const network = readContent(row.network.name, row.network.dataVersion, row.network.content);
  const parts = row.parts as readonly Part[];
  const meter = meterOf(network, parts);
  for (const part of parts) {
    // Looked at anew: another may compute the same.
    if (!(await storedKeys(db, network)).has(partKey(part))) {
      const value = await computeOne(run, { network, part, signal, shareAt: (steps) => meter.at(part, steps) });
      await storePart(db, row.networkId, partKey(part), value);
      await onPart?.(id);
    }
    meter.finish(part);
  }
}

/** What share of the work is done, by estimated time. */
function meterOf({ size }: NamedNetwork, parts: readonly Part[]) {
  const all = costOf(parts, size);
  let finished = 0;
  return {
    finish: (part: Part) => {
      finished += millisecondsOf(part, size);
    },
    at: (part: Part, steps: number) => {
      const share = stepsOf(part, size) === 0 ? 0 : Math.min(1, steps / stepsOf(part, size));
      return Math.min(1, (finished + share * millisecondsOf(part, size)) / Math.max(all, 1e-9));
    },
  };
}

type One = {
  readonly network: NamedNetwork;
  readonly part: Part;
  readonly signal: AbortSignal;
  readonly shareAt: (steps: number) => number;
};

/** Computes a part, and tells meanwhile how far it is. Throws Lost where the computation was stopped. */
async function computeOne({ db, pool, leases, token }: Run, { network, part, signal, shareAt }: One): Promise<unknown> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let lost = false;
  let telling: Promise<void> | undefined;
  const tell = async (steps: number) => {
    const held = await leases.renew(db, token, sql`, progress = ${shareAt(steps)}`);
    lost ||= !held;
    if (lost) stop();
  };
  const stepped = (steps: number) => {
    // One statement at a time; one that fails is the next one's to tell.
    telling ??= tell(steps)
      .catch(() => undefined)
      .finally(() => {
        telling = undefined;
      });
  };
  try {
    await tell(0);
    const [value] = await pool.run(network.input, [part], { signal: controller.signal, stepped });
    return value;
  } catch (error) {
    throw lost ? new Lost() : error;
  } finally {
    signal.removeEventListener('abort', stop);
    // What else computes for it, where one of several threads failed.
    stop();
    await telling;
  }
}
