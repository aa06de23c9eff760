import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../../platform/db.ts';
import { nextPullSeconds, readingPause } from './rules.ts';
import { peers } from './tables.ts';

/** A peering whose feed is due to be read. */
export type DuePeer = { readonly id: string; readonly baseUrl: string; readonly theirShare: readonly string[] };

/** Seconds for which whoever reads a feed is left alone with it, from each answer on: more than asking and storing take. */
const leaseSeconds = 30;

const day = sql`(now() at time zone 'utc')::date`;
const due = sql`p.state = 'accepted' and p.valid_from <= ${day} and ${day} < p.valid_until
  and cardinality(p.their_share) > 0 and (p.next_attempt_at is null or p.next_attempt_at <= now())
  and (p.reading_until is null or p.reading_until <= now())`;
const lease = sql`now() + make_interval(secs => ${leaseSeconds})`;

/** Takes peerings whose feed is due, for as long as a lease. */
export async function claimDuePeers(db: Db, limit: number): Promise<DuePeer[]> {
  return db.execute<DuePeer>(sql`
    with due as (select p.id from ${peers} p where ${due} order by p.next_attempt_at nulls first limit ${limit}
      for update skip locked)
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
export const duePeers = sql`select coalesce(p.next_attempt_at, p.changed_at) as since from ${peers} p where ${due}`;

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
const isLater = and(eq(peers.state, 'accepted'), gt(peers.nextAttemptAt, soon));

/**
 * Lets the feed of a peer be read at once, since it said that there is something new: also after failures, for whoever
 * says so is there again. No sooner than `readingPause` after the last reading.
 */
export async function readSoon(db: Db, peerId: string): Promise<void> {
  await db
    .update(peers)
    .set({ nextAttemptAt: soon })
    .where(and(eq(peers.id, peerId), isLater));
}

/**
 * Lets the feed of a peer be read at once where the last reading failed, since the peer was heard of: what stood in the
 * way may be gone, and the wait after many failures is long. No sooner than `readingPause` after the last reading.
 */
export async function readAgainSoon(db: Db, peerId: string): Promise<void> {
  await db
    .update(peers)
    .set({ nextAttemptAt: soon })
    .where(and(eq(peers.id, peerId), gt(peers.failureCount, 0), isLater));
}

/** A peering that holds no more. */
export type FormerPeer = { readonly id: string; readonly baseUrl: string; readonly theirShare: readonly string[] };

/** Peerings that hold no more and of which there still is something in one of these tables, by their column `peer_id`. */
export async function formerPeers(db: Db, tables: readonly PgTable[]): Promise<FormerPeer[]> {
  const rests = tables.map((table): SQL => sql`exists (select from ${table} r where r.peer_id = p.id)`);
  return db.execute<FormerPeer>(sql`
    select p.id, p.base_url as "baseUrl", p.their_share as "theirShare" from ${peers} p
    where (p.state <> 'accepted' or p.valid_until <= ${day}) and (${sql.join(rests, sql` or `)})`);
}
