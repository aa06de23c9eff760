import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../../platform/db.ts';
import { nextPullSeconds } from './rules.ts';
import { peers } from './tables.ts';

/** A peering whose feed is due to be read. */
export type DuePeer = { readonly id: string; readonly baseUrl: string; readonly theirShare: readonly string[] };

/** Seconds for which whoever reads a feed is left alone with it. */
const leaseSeconds = 120;

const day = sql`(now() at time zone 'utc')::date`;
const due = sql`p.state = 'accepted' and p.valid_from <= ${day} and ${day} < p.valid_until
  and cardinality(p.their_share) > 0 and (p.next_attempt_at is null or p.next_attempt_at <= now())`;

/** Takes peerings whose feed is due, for as long as a lease. */
export async function claimDuePeers(db: Db, limit: number): Promise<DuePeer[]> {
  return db.execute<DuePeer>(sql`
    with due as (select p.id from ${peers} p where ${due} order by p.next_attempt_at nulls first limit ${limit}
      for update skip locked)
    update peers p set next_attempt_at = now() + make_interval(secs => ${leaseSeconds}), last_attempt_at = now()
    from due where p.id = due.id returning p.id, p.base_url as "baseUrl", p.their_share as "theirShare"`);
}

/** Feeds that are due. */
export const duePeers = sql`select coalesce(p.next_attempt_at, p.changed_at) as since from ${peers} p where ${due}`;

/** What became of reading a feed: how many entries are left and whether the digests are equal; or a code of the failure. */
export type Read = { readonly lag: number; readonly digestEqual: boolean | null } | { readonly failure: string };

/** Notes what became of reading a feed, and when it is read next. */
export async function noteRead(db: Db, peerId: string, read: Read): Promise<void> {
  const held = and(eq(peers.id, peerId), eq(peers.state, 'accepted'));
  if ('failure' in read) {
    const [row] = await db.select({ failures: peers.failureCount }).from(peers).where(held);
    const seconds = nextPullSeconds((row?.failures ?? 0) + 1, Math.random());
    await db
      .update(peers)
      .set({
        ...{ lastError: read.failure, failureCount: sql`${peers.failureCount} + 1` },
        nextAttemptAt: sql`now() + make_interval(secs => ${seconds})`,
      })
      .where(held);
    return;
  }
  const seconds = read.lag > 0 ? 0 : nextPullSeconds(0, Math.random());
  await db
    .update(peers)
    .set({
      ...{ lastSuccessAt: new Date(), failureCount: 0, lastError: null, ...read },
      nextAttemptAt: sql`now() + make_interval(secs => ${seconds})`,
    })
    .where(held);
}

/**
 * Lets the feed of a peer be read sooner, since it said that there is something new: a second after the last time at the
 * earliest, and twice as long with each failure in a row, so that a nudge shortens what a failure costs and never lifts it.
 */
export async function readSoon(db: Db, peerId: string): Promise<void> {
  const { nextAttemptAt, lastAttemptAt, failureCount } = peers;
  const pause = sql`make_interval(secs => power(2, least(${failureCount}, 12)))`;
  const earliest = sql`greatest(now(), coalesce(${lastAttemptAt}, now()) + ${pause})`;
  await db
    .update(peers)
    .set({ nextAttemptAt: sql`least(coalesce(${nextAttemptAt}, now()), ${earliest})` })
    .where(and(eq(peers.id, peerId), eq(peers.state, 'accepted')));
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
