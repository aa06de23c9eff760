import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { clientKeys, clientSecrets, clients } from './tables.ts';

/**
 * Puts changes that may take an administrator away in a row. Two that disable each other at once would both find one
 * left without it. Taken before the client is locked.
 */
export const lockAdministrators = (db: Db) =>
  db.execute(sql`select pg_advisory_xact_lock(hashtextextended('samendoen administrators', 0))`);

/**
 * Throws last_administrator unless somebody can administer the node from now on: an enabled administrator with the
 * scope to keep clients, and with a key or a secret that does not end.
 */
export async function assertAdministratorLeft(db: Db): Promise<void> {
  const hasKey = sql`exists (select from ${clientKeys} k where k.client_id = ${clients}.id and k.expires_at is null)`;
  const hasSecret = sql`exists (select from ${clientSecrets} s
    where s.client_id = ${clients}.id and s.expires_at is null)`;
  const [left] = await db
    .select({ id: clients.id })
    .from(clients)
    .where(
      and(
        eq(clients.administrator, true),
        isNull(clients.disabledAt),
        sql`${clients.scopes} @> array['clients:write']`,
        or(hasKey, hasSecret),
      ),
    )
    .limit(1);
  if (left === undefined) throw new Problem('last_administrator');
}
