import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { inState } from '../../platform/offers.ts';
import { notFound } from '../../platform/problem.ts';
import { isLive } from './rules.ts';
import type { PeerQuery, PeerView } from './schemas.ts';
import { peerMessages, peers } from './tables.ts';

/** A peering as administrators see it. */
export type View = z.output<typeof PeerView>;

/** A peering as it is kept. */
export type PeerRow = typeof peers.$inferSelect;

type Untold = Omit<NonNullable<View['untold']>, 'since' | 'nextAttemptAt'> & { since: string; nextAttemptAt: string };

const untold = sql<Untold | null>`(
  select json_build_object('kind', m.kind, 'since', m.created_at, 'tries', m.tries, 'lastError', m.last_error,
    'nextAttemptAt', m.next_attempt_at)
  from ${peerMessages} m where m.peer_id = ${peers}.id and m.told_at is null
    and not (m.kind = 'offered' and ${peers}.expires_at <= now()) order by m.number limit 1)`;

const select = (db: Db) => db.select({ peer: peers, untold }).from(peers);

type Row = Awaited<ReturnType<typeof select>>[number];

function toView({ peer, untold }: Row): View {
  const now = new Date();
  const { lastSuccessAt, lastAttemptAt, failureCount, lastError, lag, digestEqual, nextAttemptAt, ...row } = peer;
  return {
    id: row.id,
    baseUrl: row.baseUrl,
    name: row.name,
    oin: row.oin,
    state: effectiveState({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, now),
    live: isLive(row, now),
    offeredBy: row.offeredBy as View['offeredBy'],
    shares: row.ourShare as View['shares'],
    receives: row.theirShare as View['receives'],
    validFrom: row.validFrom,
    validUntil: row.validUntil,
    expiresAt: row.expiresAt,
    ourSignature: row.ourSignature,
    theirSignature: row.theirSignature,
    theirKey: row.theirKey,
    closingSignature: row.closingSignature,
    keyThumbprints: row.keyThumbprints,
    reason: row.reason,
    endedBy: row.endedBy as View['endedBy'],
    health: { lastSuccessAt, lastAttemptAt, failureCount, lastError, lag, digestEqual, nextAttemptAt },
    untold: untold && { ...untold, since: new Date(untold.since), nextAttemptAt: new Date(untold.nextAttemptAt) },
    createdAt: row.createdAt,
    changedAt: row.changedAt,
  };
}

/** One peering, with its signatures and health. Throws not_found. */
export async function getPeer(db: Db, _caller: Caller, peerId: string): Promise<Answer<View>> {
  const [row] = await select(db).where(eq(peers.id, peerId));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** This day, in UTC. */
export const today = sql`(now() at time zone 'utc')::date`;

/** True for a peering that was accepted by both and is valid on a day. */
const holdsOn = (day: SQL): SQL =>
  sql`(${peers.state} = 'accepted' and ${peers.validFrom} <= ${day} and ${day} < ${peers.validUntil})`;

/** The same for this day. */
export const holds = holdsOn(today);

const livenessIs = (given: 'true' | 'false' | undefined): SQL | undefined => {
  if (given === undefined) return undefined;
  return given === 'true' ? holds : sql`not ${holds}`;
};

/** A page of peerings, the last one first. */
export async function listPeers(
  db: Db,
  _caller: Caller,
  { after, state, live, limit }: z.output<typeof PeerQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const [createdAt, id] = after ?? [];
  const rows = await select(db)
    .where(
      and(
        createdAt === undefined || id === undefined
          ? undefined
          : sql`(${peers.createdAt}, ${peers.id}) < (${createdAt}::timestamptz, ${id}::uuid)`,
        state === undefined ? undefined : inState(peers, state),
        livenessIs(live),
      ),
    )
    .orderBy(sql`${peers.createdAt} desc, ${peers.id} desc`)
    .limit(limit + 1);
  return pageOf(rows, limit, ({ peer }) => [peer.createdAt.toISOString(), peer.id], toView);
}

/** A peering that holds, as far as others than administrators are concerned with it. */
export type LivePeer = Pick<
  PeerRow,
  'id' | 'baseUrl' | 'name' | 'oin' | 'ourShare' | 'theirShare' | 'validFrom' | 'validUntil'
>;

const liveColumns = {
  id: peers.id,
  baseUrl: peers.baseUrl,
  name: peers.name,
  oin: peers.oin,
  ourShare: peers.ourShare,
  theirShare: peers.theirShare,
  validFrom: peers.validFrom,
  validUntil: peers.validUntil,
};

const holdsAt = (now: Date) => holdsOn(sql`${now.toISOString().slice(0, 10)}::date`);

/**
 * The peering with the node of this address that was accepted by both and is valid at an instant; undefined where there
 * is none. Asked anew each time it counts, so that what was ended is refused at once.
 */
export async function livePeer(db: Db, baseUrl: string, now: Date): Promise<LivePeer | undefined> {
  const [row] = await db
    .select(liveColumns)
    .from(peers)
    .where(and(eq(peers.baseUrl, baseUrl), holdsAt(now)));
  return row;
}

/** Every peering that holds at an instant. */
export async function livePeers(db: Db, now: Date): Promise<LivePeer[]> {
  return db.select(liveColumns).from(peers).where(holdsAt(now)).orderBy(peers.id);
}

/** Whether a peering holds now; it cannot end before the transaction that is under way does. */
export async function holdLivePeer(db: Db, peerId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: peers.id })
    .from(peers)
    .where(and(eq(peers.id, peerId), holdsAt(new Date())))
    .for('share');
  return row !== undefined;
}
