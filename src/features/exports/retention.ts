import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { stillHolds } from './holding.ts';
import { exportParts, exportSubjects, exports } from './tables.ts';

/** Removes archives seven days after they were made, at most so many; what remains says that they were there. Answers how many. */
export async function removeExpiredExports(db: Db, limit: number): Promise<number> {
  const due = db
    .select({ id: exports.id })
    .from(exports)
    .where(sql`${exports.state} = 'succeeded' and ${exports.expiresAt} <= now()`)
    .orderBy(exports.expiresAt)
    .limit(limit);
  const expired = await db
    .update(exports)
    .set({ state: 'expired' })
    .where(inArray(exports.id, due))
    .returning({ id: exports.id });
  await remove(
    db,
    expired.map(({ id }) => id),
  );
  return expired.length;
}

async function remove(db: Db, exportIds: string[]): Promise<void> {
  if (exportIds.length === 0) return;
  await db.delete(exportParts).where(inArray(exportParts.exportId, exportIds));
  await db.delete(exportSubjects).where(inArray(exportSubjects.exportId, exportIds));
}

/**
 * Removes the archives that may not be read any more, since their organisation lost the sight of something that they
 * may hold; none of them is given meanwhile. Answers how many.
 */
export async function voidLostExports(db: Db): Promise<number> {
  const kept = await db
    .select({ id: exports.id, organisationId: exports.organisationId })
    .from(exports)
    .where(eq(exports.state, 'succeeded'));
  let count = 0;
  for (const { id, organisationId } of kept) {
    count += await db.transaction(async (db) => {
      const lost = await db
        .update(exports)
        .set({ state: 'void' })
        .where(
          and(
            eq(exports.id, id),
            eq(exports.state, 'succeeded'),
            sql`not ${stillHolds(organisationId, sql`${id}::uuid`)}`,
          ),
        )
        .returning({ id: exports.id });
      await remove(
        db,
        lost.map((one) => one.id),
      );
      return lost.length;
    });
  }
  return count;
}
