import { and, asc, eq, inArray, notExists, sql } from 'drizzle-orm';
import type { Db } from '../../../platform/db.ts';
import { computations, computedNetworks, computedParts } from '../tables.ts';

/**
 * Removes computations that ended a day ago, and networks of which nothing was computed or asked for a day, with their
 * figures; at most so many of each. Answers how many.
 */
export async function removeExpiredComputations(db: Db, limit: number): Promise<number> {
  const ended = db
    .select({ id: computations.id })
    .from(computations)
    // Those of the node say what was computed ahead: they go with their network.
    .where(sql`${computations.finishedAt} <= now() - interval '1 day' and ${computations.clientId} <> ''`)
    .limit(limit);
  const removed = await db
    .delete(computations)
    .where(inArray(computations.id, ended))
    .returning({ id: computations.id });
  return removed.length + (await removeExpiredNetworks(db, limit));
}

async function removeExpiredNetworks(db: Db, limit: number): Promise<number> {
  return db.transaction(async (db) => {
    const going = db
      .select({ one: sql`1` })
      .from(computations)
      .where(and(eq(computations.networkId, computedNetworks.id), inArray(computations.state, ['queued', 'running'])));
    const due = await db
      .select({ id: computedNetworks.id })
      .from(computedNetworks)
      .where(and(sql`${computedNetworks.expiresAt} <= now()`, notExists(going)))
      .orderBy(asc(computedNetworks.expiresAt))
      .limit(limit)
      .for('update');
    const ids = due.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await db.delete(computations).where(inArray(computations.networkId, ids));
    await db.delete(computedParts).where(inArray(computedParts.networkId, ids));
    await db.delete(computedNetworks).where(inArray(computedNetworks.id, ids));
    return ids.length;
  });
}
