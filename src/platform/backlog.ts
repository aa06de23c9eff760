import { type SQL, sql } from 'drizzle-orm';
import type { Db } from './db.ts';

/** Work that is due and not done: how much, and since when the oldest of it is due; undefined where nothing is. */
export type Backlog = { readonly count: number; readonly oldestAt: Date | undefined };

/** Counts due work by one statement; each part of it answers a row for each piece of work, with `since` when it is due. */
export async function countDue(db: Db, ...parts: readonly SQL[]): Promise<Backlog> {
  const [row] = await db.execute<{ count: number; oldest: number | null }>(sql`
    select count(*)::int as count, extract(epoch from min(since))::float8 as oldest
    from (${sql.join([...parts], sql` union all `)}) due`);
  const oldest = row?.oldest ?? undefined;
  return { count: row?.count ?? 0, oldestAt: oldest === undefined ? undefined : new Date(oldest * 1000) };
}

/** The backlog of a job that does several kinds of work. */
export function together(backlogs: readonly Backlog[]): Backlog {
  const instants = backlogs.flatMap(({ oldestAt }) => (oldestAt === undefined ? [] : [oldestAt.getTime()]));
  return {
    count: backlogs.reduce((sum, { count }) => sum + count, 0),
    oldestAt: instants.length === 0 ? undefined : new Date(Math.min(...instants)),
  };
}
