import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../../platform/db.ts';
import { holds, today } from './peers.ts';
import { nextPullSeconds, readingPause } from './rules.ts';
import { peers } from './tables.ts';

/** A node from which this one takes things over: its peering, its address, and the collections that it gives. */
export type Giver = { readonly id: string; readonly baseUrl: string; readonly theirShare: readonly string[] };

/** Seconds for which whoever reads a feed is left alone with it, from each answer on: more than asking and storing take. */
const leaseSeconds = 30;

const due = sql`${holds} and cardinality(${peers.theirShare}) > 0
  and (${peers.nextAttemptAt} is null or ${peers.nextAttemptAt} <= now())
  and (${peers.readingUntil} is null or ${peers.readingUntil} <= now())`;
const lease = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Takes peerings whose feed is due, for as long as a lease. */
export async function claimDuePeers(db: Db, limit: number): Promise<Giver[]> {
  return db.execute<Giver>(sql`
    with due as (select ${peers.id} from ${peers} where ${due} order by ${peers.nextAttemptAt} nulls first
      limit ${limit} for update skip locked)
    update peers p set next_attempt_at = ${lease}, reading_until = ${lease}, last_attempt_at = now()
    from due where p.id = due.id returning p.id, p.base_url as "baseUrl", p.their_share as "theirShare"`);
}

/** Whether the feed was asked to be read while it was being read: then its next attempt is no more the end of the lease. */
const wanted = sql`${peers.nextAttemptAt} is distinct from ${peers.readingUntil}`;
const orWanted = (at: SQL) => sql`case when ${wanted} then ${peers.nextAttemptAt} else ${at} end`;

/** Leaves whoever reads a feed alone with it for longer, since more of it is to come. */
export async function goOnReading(db: Db, peerId: string): Promise<void> {
  await db
    .update(peers)
    .set({ nextAttemptAt: orWanted(lease), readingUntil: lease })
    .where(and(eq(peers.id, peerId), sql`${peers.readingUntil} is not null`));
}

/** Feeds that are due. */
export const duePeers = sql`select coalesce(${peers.nextAttemptAt}, ${peers.changedAt}) as since from ${peers} where ${due}`;

/** What became of reading a feed: how many entries are left and whether the digests are equal; or a code of the failure. */
export type Read = { readonly lag: number; readonly digestEqual: boolean | null } | { readonly failure: string };

/** Notes what became of reading a feed, and when it is read next: at once where that was asked for meanwhile. */
export async function noteRead(db: Db, peerId: string, read: Read): Promise<void> {
  const held = and(eq(peers.id, peerId), eq(peers.state, 'accepted'));
  const next = (seconds: number) => orWanted(sql`now() + make_interval(secs => ${seconds})`);
  if ('failure' in read) {
    const [row] = await db.select({ failures: peers.failureCount }).from(peers).where(held);
    await db
      .update(peers)
      .set({
        ...{ lastError: read.failure, failureCount: sql`${peers.failureCount} + 1`, readingUntil: null },
        nextAttemptAt: next(nextPullSeconds((row?.failures ?? 0) + 1, Math.random())),
      })
      .where(held);
    return;
  }
  await db
    .update(peers)
    .set({
      ...{ lastSuccessAt: new Date(), failureCount: 0, lastError: null, ...read, readingUntil: null },
      nextAttemptAt: next(read.lag > 0 ? 0 : nextPullSeconds(0, Math.random())),
    })
    .where(held);
}

const { healthy, failing } = readingPause;
const pause = sql`make_interval(secs => case when ${peers.failureCount} = 0 then ${healthy}::int else ${failing}::int end)`;
const soon = sql`greatest(now(), coalesce(${peers.lastAttemptAt} + ${pause}, now()))`;

/** Lets the feed of a peer be read as soon as may be, where a condition holds and that is sooner than it would be. */
async function bringForward(db: Db, peerId: string, condition?: SQL): Promise<void> {
  const isLater = gt(peers.nextAttemptAt, soon);
  await db
    .update(peers)
    .set({ nextAttemptAt: soon })
    .where(and(eq(peers.id, peerId), eq(peers.state, 'accepted'), isLater, condition));
}

/**
 * Lets the feed of a peer be read at once, since it said that there is something new: also after failures, for whoever
 * says so is there again. No sooner than `readingPause` after the last reading.
 */
export const readSoon = (db: Db, peerId: string): Promise<void> => bringForward(db, peerId);

/**
 * Lets the feed of a peer be read at once where the last reading failed, since the peer was heard of: what stood in the
 * way may be gone, and the wait after many failures is long. No sooner than `readingPause` after the last reading.
 */
export const readAgainSoon = (db: Db, peerId: string): Promise<void> =>
  bringForward(db, peerId, gt(peers.failureCount, 0));

/** Peerings that hold no more and of which there still is something in one of these tables, by their column `peer_id`. */
export async function formerPeers(db: Db, tables: readonly PgTable[]): Promise<Giver[]> {
  const rests = tables.map((table): SQL => sql`exists (select from ${table} r where r.peer_id = p.id)`);
  return db.execute<Giver>(sql`
    select p.id, p.base_url as "baseUrl", p.their_share as "theirShare" from ${peers} p
    where (p.state <> 'accepted' or p.valid_until <= ${today}) and (${sql.join(rests, sql` or `)})`);
}
