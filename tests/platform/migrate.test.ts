import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type postgres from 'postgres';
import t, { type Test } from 'tap';
import { type Connection, openDatabase } from '../../src/platform/db.ts';
import { migrateDatabase } from '../../src/platform/migrate.ts';
import { testDatabase } from '../helpers/db.ts';

/** The same server, another database, perhaps as somebody else. */
function elsewhere(connection: Connection, database: string, user?: { name: string; password: string }): Connection {
  if (typeof connection === 'object')
    return { ...connection, database, ...(user && { user: user.name, password: user.password }) };
  const address = new URL(connection);
  address.pathname = `/${database}`;
  if (user !== undefined) Object.assign(address, { username: user.name, password: user.password });
  return address.href;
}

type Empty = { connection: Connection; owner: Connection; sql: postgres.Sql; user: string };

/** An empty database that belongs to a role which is neither superuser nor may make roles. */
async function emptyDatabase(t: Pick<Test, 'teardown'>): Promise<Empty> {
  const { owner: administration, ownerConnection } = await testDatabase(t);
  const name = `migrated_${process.ppid}_${randomBytes(4).toString('hex')}`;
  const user = { name, password: randomBytes(8).toString('hex') };
  await administration.unsafe(`create role ${name} login password '${user.password}'`);
  await administration.unsafe(`create database ${name} owner ${name} template template0 encoding 'UTF8'`);
  const { sql, close } = openDatabase(elsewhere(ownerConnection, name), { max: 2 });
  t.teardown(async () => {
    await close();
    await administration.unsafe(`drop database ${name} with (force)`);
    await administration.unsafe(`drop role ${name}`);
  });
  return {
    connection: elsewhere(ownerConnection, name),
    owner: elsewhere(ownerConnection, name, user),
    sql,
    user: name,
  };
}

/** A folder with one migration. */
function migrationsOf(t: Pick<Test, 'teardown'>, statement: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-test-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'meta'));
  const entries = [{ idx: 0, version: '7', when: 1, tag: '0000_only', breakpoints: true }];
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  writeFileSync(join(folder, '0000_only.sql'), statement);
  return folder;
}

const applied = async (sql: postgres.Sql) => (await sql`select from drizzle.__drizzle_migrations`).count;

t.test('of four migrations at once one works, the others wait, and none fails', async (t) => {
  const { connection, sql } = await emptyDatabase(t);
  const results = await Promise.all([1, 2, 3, 4].map(() => migrateDatabase(connection)));
  const counts = results.map((result) => result.applied).sort();
  t.same(counts.slice(0, 3), [0, 0, 0]);
  t.ok((counts[3] ?? 0) >= 2);
  t.equal(await applied(sql), counts[3], 'each was applied once');
  t.same(await migrateDatabase(connection), { applied: 0 }, 'there is nothing to do for the next start');
  const [locks] = await sql`select count(*)::int as count from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())`;
  t.same(locks, { count: 0 }, 'nobody holds the lock any more');
});

t.test('an owner without other rights can migrate', async (t) => {
  const { owner, sql, user } = await emptyDatabase(t);
  t.same(await sql`select rolsuper, rolcreaterole from pg_roles where rolname = ${user}`, [
    { rolsuper: false, rolcreaterole: false },
  ]);
  const { applied: count } = await migrateDatabase(owner);
  t.equal(await applied(sql), count);
  const strangers = await sql`select tablename from pg_tables where schemaname = 'public' and tableowner <> ${user}`;
  t.same([...strangers], []);
  t.same(await sql`select only_row from event_counter`, [{ only_row: true }]);
});

t.test('an owner that made the role of the application, and is no superuser, can let the node take it', async (t) => {
  const { owner, sql, user } = await emptyDatabase(t);
  const [server] = await sql<{ version: number }[]>`select current_setting('server_version_num')::int as version`;
  // What the maker of a role gets since PostgreSQL 16: it may give the role to others, and not take it itself.
  const right = (server?.version ?? 0) >= 160_000 ? 'with admin true, inherit false, set false' : 'with admin option';
  await sql.unsafe(`grant samendoen_app to ${user} ${right}`);
  await migrateDatabase(owner);
  const application = openDatabase(owner, { max: 1, role: 'samendoen_app' });
  t.teardown(() => application.close());
  t.same(await application.sql`select current_user::text as works, session_user::text as owner`, [
    { works: 'samendoen_app', owner: user },
  ]);
});

t.test('a migration that fails leaves the database as it was, and the next one can go on', async (t) => {
  const { connection, sql } = await emptyDatabase(t);
  await sql`create table events (wrong int)`;
  await t.rejects(migrateDatabase(connection));
  t.same([...(await sql`select tablename from pg_tables where schemaname = 'public'`)], [{ tablename: 'events' }]);
  t.equal(await applied(sql), 0);
  await sql`drop table events`;
  t.ok((await migrateDatabase(connection)).applied >= 2);
});

/** Foreign keys whose columns do not lead any index: each check of the other side reads the whole table. */
const unindexed = (sql: postgres.Sql) => sql<{ constraint: string }[]>`
  select c.conrelid::regclass || '.' || c.conname as constraint from pg_constraint c
  where c.contype = 'f' and not exists (
    select from pg_index i where i.indrelid = c.conrelid and i.indisvalid and i.indpred is null
    and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey
    and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] <@ c.conkey)
  order by 1`;

const withoutKey = (sql: postgres.Sql) => sql<{ name: string }[]>`
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'public' and c.relkind in ('r', 'p')
  and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) order by 1`;

t.test('every foreign key has an index, and every table a primary key', async (t) => {
  const { owner: sql } = await testDatabase(t);
  const [found] = await sql`select (select count(*)::int from pg_constraint where contype = 'f') as keys,
    (select count(*)::int from pg_tables where schemaname = 'public') as tables`;
  t.ok(found?.keys >= 10, `${found?.keys} foreign keys were looked at`);
  t.ok(found?.tables >= 10, `${found?.tables} tables were looked at`);
  t.same([...(await unindexed(sql))], []);
  t.same([...(await withoutKey(sql))], []);

  await sql`create table planted (one uuid references organisations, two uuid references organisations)`;
  await sql`create index on planted (one, two)`;
  await sql`create index on planted (two) where two is not null`;
  t.same([...(await unindexed(sql))], [{ constraint: 'planted.planted_two_fkey' }], 'the guard sees a planted fault');
  t.same([...(await withoutKey(sql))], [{ name: 'planted' }]);
});

const seen = `create table seen as select current_setting(name) as value
  from (values ('statement_timeout'), ('lock_timeout')) as settings (name)`;

t.test('a start that finds a migration under way waits for it, without a limit of time', async (t) => {
  const { connection, sql } = await emptyDatabase(t);
  const held = await sql.begin(async (holder) => {
    await holder`select pg_advisory_xact_lock(7240113)`;
    const waiting = migrateDatabase(connection, migrationsOf(t, seen));
    for (const limit = Date.now() + 20_000; Date.now() < limit; ) {
      const rows = await sql`select from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock' and application_name = 'samendoen migrations'`;
      if (rows.count > 0) return { waiting };
    }
    return { waiting: undefined };
  });
  t.ok(held.waiting, 'the second start waits');
  t.same(await held.waiting, { applied: 1 });
  t.same([...(await sql`select value from seen`)], [{ value: '0' }, { value: '0' }]);
});
