import { and, count, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { Accepted, type Answer, type PageOf, pageOf } from '../../../platform/answer.ts';
import type { Caller } from '../../../platform/caller.ts';
import type { Db } from '../../../platform/db.ts';
import { newId } from '../../../platform/id.ts';
import { notFound, Problem } from '../../../platform/problem.ts';
import type { Computation, ComputationQuery } from '../computation-schemas.ts';
import { computations, computedNetworks } from '../tables.ts';
import type { NamedNetwork } from './networks.ts';
import { costOf, type Part } from './parts.ts';
import { isNetwork, storeNetwork } from './storing.ts';

type View = z.output<typeof Computation>;
type Row = typeof computations.$inferSelect;

/** Computations of one client that wait or run at a time. */
export const maxOpenComputations = 10;

/** After so many seconds a client may look how far its computation is. */
const lookAgainSeconds = 1;

const open = inArray(computations.state, ['queued', 'running']);

function toView(row: Row): View {
  const until = row.finishedAt ?? new Date();
  return {
    id: row.id,
    state: row.state as View['state'],
    progress: row.progress,
    estimatedSeconds: row.estimatedSeconds,
    failure: row.failure as View['failure'],
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    secondsTaken: row.startedAt === null ? null : Math.max(0, until.getTime() - row.startedAt.getTime()) / 1000,
    resultUrl: row.address,
  };
}

const acceptedAs = (row: Row) =>
  new Accepted({ body: toView(row), location: `/v1/statistics/computations/${row.id}` }, lookAgainSeconds);

/**
 * Asks for parts of a network to be computed in the background, once for each client and address. Answers what ends the
 * request: where its progress is. Throws too_many_computations.
 */
export async function requestComputation(
  db: Db,
  { caller: { clientId }, address }: { readonly caller: Pick<Caller, 'clientId'>; readonly address: string },
  network: NamedNetwork,
  parts: readonly Part[],
): Promise<Accepted> {
  const id = newId();
  return db.transaction(async (db) => {
    await db.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`computations ${clientId}`}, 0))`);
    const networkId = await storeNetwork(db, network);
    const own = eq(computations.clientId, clientId);
    const [known] = await db
      .select()
      .from(computations)
      .where(and(own, open, eq(computations.networkId, networkId), eq(computations.address, address)));
    if (known !== undefined) return acceptedAs(known);
    const [waiting] = await db.select({ count: count() }).from(computations).where(and(own, open));
    if ((waiting?.count ?? 0) >= maxOpenComputations)
      throw new Problem('too_many_computations', {
        params: { max: maxOpenComputations },
        headers: { 'retry-after': String(lookAgainSeconds) },
      });
    const row = {
      ...{ id, clientId, networkId, address, state: 'queued', createdAt: new Date() },
      parts: parts.map(({ name, args }) => ({ name, args })),
      estimatedSeconds: Math.round(costOf(parts, network.size)) / 1000,
    };
    const [stored] = await db.insert(computations).values(row).returning();
    return acceptedAs(stored as Row);
  });
}

/** Whether a client asked for something of a network in this data version, whatever came of it. */
export async function wasAsked(
  db: Db,
  clientId: string,
  network: Pick<NamedNetwork, 'name' | 'dataVersion'>,
): Promise<boolean> {
  const [known] = await db
    .select({ id: computations.id })
    .from(computations)
    .innerJoin(computedNetworks, eq(computedNetworks.id, computations.networkId))
    .where(and(eq(computations.clientId, clientId), isNetwork(network)))
    .limit(1);
  return known !== undefined;
}

const ownOne = ({ clientId }: Caller, computationId: string) =>
  and(eq(computations.id, computationId), eq(computations.clientId, clientId));

/** One computation of the caller with its progress. Throws not_found. */
export async function getComputation(db: Db, caller: Caller, computationId: string): Promise<Answer<View>> {
  const [row] = await db.select().from(computations).where(ownOne(caller, computationId));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** A page of the caller's computations, the last one first. */
export async function listComputations(
  db: Db,
  caller: Caller,
  { after, state, limit }: z.output<typeof ComputationQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const rows = await db
    .select()
    .from(computations)
    .where(
      and(
        eq(computations.clientId, caller.clientId),
        after?.[0] === undefined ? undefined : lt(computations.id, after[0]),
        state === undefined ? undefined : eq(computations.state, state),
      ),
    )
    .orderBy(desc(computations.id))
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/**
 * Stops a computation that waits or runs. Stopping it again changes nothing, and neither does it change what anybody sees
 * of the network: no event is recorded. Throws not_found, computation_finished.
 */
export async function cancelComputation(db: Db, caller: Caller, computationId: string): Promise<Answer<View>> {
  const [stopped] = await db
    .update(computations)
    .set({ state: 'cancelled', finishedAt: new Date(), leaseToken: null, leaseUntil: null })
    .where(and(ownOne(caller, computationId), open))
    .returning();
  if (stopped !== undefined) return { body: toView(stopped) };
  const present = await getComputation(db, caller, computationId);
  if (present.body.state !== 'cancelled') throw new Problem('computation_finished');
  return present;
}
