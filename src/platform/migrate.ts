import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { type Connection, type Db, openDatabase } from './db.ts';

const folder = fileURLToPath(new URL('../../drizzle', import.meta.url));
const lock = 7_240_113;

/** Brings a database up to date as its owner; of several starts at once one works and the others wait. */
export async function migrateDatabase(connection: Connection, migrationsFolder = folder): Promise<{ applied: number }> {
  // One connection beside that of the migrations, so that one session holds the lock until they are done.
  const { db, close } = openDatabase(connection, {
    max: 1,
    applicationName: 'samendoen migrations',
    settings: { statement_timeout: '0', lock_timeout: '0' },
  });
  try {
    await db.execute(sql`select pg_advisory_lock(${lock})`);
    const before = await appliedCount(db);
    await migrate(db, { migrationsFolder });
    return { applied: (await appliedCount(db)) - before };
  } finally {
    await close();
  }
}

async function appliedCount(db: Db): Promise<number> {
  const [table] = await db.execute<{ known: boolean }>(
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as known`,
  );
  if (table?.known !== true) return 0;
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from drizzle.__drizzle_migrations`,
  );
  return row?.count ?? 0;
}
