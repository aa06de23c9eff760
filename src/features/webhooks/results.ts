import { inArray, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { Health, Outcome } from './rules.ts';
import { webhookAttempts, webhookDeliveries, webhookQueues } from './tables.ts';

/** Attempts that are kept of one delivery. */
const keptAttempts = 20;

/** An attempt with what became of its delivery. */
export type Result = Outcome & {
  readonly deliveryId: string;
  readonly number: number;
  readonly attemptedAt: Date;
  readonly durationMs: number;
  readonly status: number | null;
  readonly answer: string | null;
};

/**
 * Deliveries, locked in one order by all who change several of them, so that nobody waits for whom he keeps waiting.
 */
export const lockedDeliveries = (db: Db, condition: SQL, limit = 1_000_000) =>
  db
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .where(condition)
    .orderBy(webhookDeliveries.id)
    .limit(limit)
    .for('update');

/**
 * Writes attempts and what became of their deliveries, as one set. A delivery that another process went on with in the
 * meantime, since this one was believed dead, stays as that one left it.
 */
export async function writeResults(db: Db, results: readonly Result[]): Promise<void> {
  if (results.length === 0) return;
  await db.execute(sql`
    with given as (
      select * from jsonb_to_recordset(${JSON.stringify(results)}::jsonb) as r("deliveryId" uuid, number int,
        state text, tries int, "dueAt" timestamptz, "finishedAt" timestamptz, reason text, "attemptedAt" timestamptz,
        "durationMs" int, status int, answer text)
    ), locked as (
      select d.id from ${webhookDeliveries} d where d.id in (select "deliveryId" from given) order by d.id for update
    ), changed as (
      update ${webhookDeliveries} d set state = g.state, tries = g.tries, attempt_count = g.number, due_at = g."dueAt",
        finished_at = g."finishedAt", reason = g.reason
      from given g join locked l on l.id = g."deliveryId"
      where d.id = l.id and d.state = 'queued' and d.attempt_count = g.number - 1
      returning d.id
    ), past as (
      delete from ${webhookAttempts} a using given g
      where a.delivery_id = g."deliveryId" and a.number <= g.number - ${keptAttempts}::int
    )
    insert into ${webhookAttempts} (delivery_id, number, attempted_at, duration_ms, status, reason, answer)
    select g."deliveryId", g.number, g."attemptedAt", g."durationMs", g.status, g.reason, g.answer
    from given g join changed on changed.id = g."deliveryId"
    on conflict (delivery_id, number) do nothing`);
}

/** Drops queued deliveries: they are not sent, and shown to nobody, and what was answered to them is forgotten. */
export async function dropDeliveries(db: Db, condition: SQL, limit?: number): Promise<number> {
  return db.transaction(async (db) => {
    const dropped = await db
      .update(webhookDeliveries)
      .set({ state: 'dropped', finishedAt: new Date(), reason: null })
      .where(
        inArray(
          webhookDeliveries.id,
          lockedDeliveries(db, sql`${webhookDeliveries.state} = 'queued' and ${condition}`, limit),
        ),
      )
      .returning({ id: webhookDeliveries.id });
    const ids = dropped.map(({ id }) => id);
    if (ids.length > 0) await db.delete(webhookAttempts).where(inArray(webhookAttempts.deliveryId, ids));
    return dropped.length;
  });
}

/** Who works on the deliveries of an endpoint. */
export type Claim = { readonly webhookId: string; readonly token: string; readonly health: Health };

const healthOf = ({ consecutiveFailures, failingSince, resumesAt }: Health) => ({
  ...{ consecutiveFailures, failingSince, resumesAt },
});

/** Keeps an endpoint for longer, and notes how its deliveries go. False when another process took it over. */
export async function renewLease(db: Db, { webhookId, token }: Claim, health: Health, ms: number): Promise<boolean> {
  const renewed = await db
    .update(webhookQueues)
    .set({ ...healthOf(health), leaseUntil: leaseEnd(ms) })
    .where(isMine(webhookId, token))
    .returning({ webhookId: webhookQueues.webhookId });
  return renewed.length > 0;
}

/** Leaves an endpoint to others. */
export async function releaseLease(db: Db, { webhookId, token }: Claim, health: Health): Promise<void> {
  await db
    .update(webhookQueues)
    .set({ ...healthOf(health), leaseToken: null, leaseUntil: null, servedAt: sql`now()` })
    .where(isMine(webhookId, token));
}

const isMine = (webhookId: string, token: string) =>
  sql`${webhookQueues.webhookId} = ${webhookId}::uuid and ${webhookQueues.leaseToken} = ${token}::uuid`;

/** The end of a lease, by the clock of the database, which all processes share. */
const leaseEnd = (ms: number) => sql`now() + make_interval(secs => ${ms / 1000}::float8)`;

/** True where an endpoint has a delivery that is due at an instant; a glance at two indexes, however many were delivered. */
export function hasQueued(webhookId: SQL, dueAt: SQL): SQL {
  const one = (condition: SQL) => sql`(select true from ${webhookDeliveries} d
    where d.webhook_id = ${webhookId} and d.state = 'queued' and ${condition} limit 1)`;
  return sql`(${one(sql`d.tries = 0`)} or ${one(sql`d.tries > 0 and d.due_at <= ${dueAt}`)})`;
}

/**
 * Claims endpoints with deliveries that are due, the one that was served longest ago first: those that go well, or those
 * that fail, which have places of their own and so slow nobody. Nothing is locked once this is done; a process that dies
 * loses its endpoints at the end of the lease.
 */
export async function claimEndpoints(
  db: Db,
  token: string,
  { failing, limit, leaseMs }: { readonly failing: boolean; readonly limit: number; readonly leaseMs: number },
): Promise<Claim[]> {
  const rows = await db
    .update(webhookQueues)
    .set({ leaseToken: token, leaseUntil: leaseEnd(leaseMs) })
    .where(
      sql`${webhookQueues.webhookId} in (select q.webhook_id from webhook_queues q join webhooks w on w.id = q.webhook_id
        where w.state = 'enabled' and not w.paused and w.removed_at is null
          and (q.consecutive_failures > 0) = ${failing}::boolean and q.resumes_at <= now()
          and (q.lease_until is null or q.lease_until < now())
          and ${hasQueued(sql`q.webhook_id`, sql`now()`)}
        order by q.served_at limit ${limit} for update of q skip locked)`,
    )
    .returning();
  return rows.map(({ webhookId, consecutiveFailures, failingSince, resumesAt }) => ({
    ...{ webhookId, token, health: { consecutiveFailures, failingSince, resumesAt } },
  }));
}

/** A delivery that is due. */
export type Due = {
  readonly id: string;
  readonly eventId: string;
  readonly position: number | null;
  readonly tries: number;
  readonly attemptCount: number;
  readonly createdAt: Date;
};

/** The deliveries of an endpoint that are due: some that were tried before, then those that were not, in their order. */
export async function dueDeliveries(db: Db, webhookId: string, limit: number): Promise<Due[]> {
  const columns = sql`id, event_id as "eventId", position::float8 as position, tries, attempt_count as "attemptCount",
    created_at as "createdAt"`;
  const queued = sql`from ${webhookDeliveries} where webhook_id = ${webhookId}::uuid and state = 'queued'`;
  const rows = await db.execute<Omit<Due, 'createdAt'> & { createdAt: string }>(sql`
    (select ${columns} ${queued} and tries > 0 and due_at <= now() order by due_at limit ${Math.ceil(limit / 2)})
    union all
    (select ${columns} ${queued} and tries = 0 order by position nulls first limit ${limit})`);
  return rows.slice(0, limit).map((row) => ({ ...row, createdAt: new Date(row.createdAt) }));
}

/** Lets an endpoint be served at once, although it failed before. */
export async function resumeQueue(db: Db, webhookId: string): Promise<void> {
  await db
    .update(webhookQueues)
    .set({ resumesAt: sql`now()` })
    .where(sql`${webhookQueues.webhookId} = ${webhookId}::uuid and ${webhookQueues.resumesAt} > now()`);
}
