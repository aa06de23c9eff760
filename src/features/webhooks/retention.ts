import { inArray, isNotNull, or, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { lockedDeliveries } from './results.ts';
import { webhookDeliveries, webhookQueues, webhooks } from './tables.ts';

/**
 * Removes deliveries with their attempts thirty days after they were queued, and those of endpoints that were removed;
 * then these endpoints themselves. Answers how many rows.
 */
export async function removeOldDeliveries(db: Db, limit: number): Promise<number> {
  const { id, createdAt, webhookId } = webhookDeliveries;
  const gone = db.select({ id: webhooks.id }).from(webhooks).where(isNotNull(webhooks.removedAt));
  const old = or(sql`${createdAt} <= now() - interval '30 days'`, inArray(webhookId, gone));
  const chosen = lockedDeliveries(db, sql`${old}`, limit);
  const removed = await db.delete(webhookDeliveries).where(inArray(id, chosen)).returning({ id });
  return removed.length > 0 ? removed.length : removeEndpoints(db, limit);
}

/** Removes endpoints of which nothing is left. */
async function removeEndpoints(db: Db, limit: number): Promise<number> {
  const ended = await db
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(
      sql`${webhooks.removedAt} < now() - interval '1 hour' and not exists
        (select from ${webhookDeliveries} d where d.webhook_id = ${webhooks.id})`,
    )
    .limit(limit)
    .for('update');
  const ids = ended.map(({ id }) => id);
  if (ids.length === 0) return 0;
  await db.delete(webhookQueues).where(inArray(webhookQueues.webhookId, ids));
  await db.delete(webhooks).where(inArray(webhooks.id, ids));
  return ids.length;
}
