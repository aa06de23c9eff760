import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql as text } from 'drizzle-orm';
import postgres from 'postgres';
import t, { type Test } from 'tap';
import { organisationVersions } from '../../src/features/organisations/tables.ts';
import { type Connection, openDatabase, sqlState, violatedConstraint } from '../../src/platform/db.ts';
import { applicationRole, testDatabase } from '../helpers/db.ts';
import type { Report } from './fixtures/termination.ts';

t.jobs = 3;

/** The driver without the guard: the planted fault. */
const bareDriver = (t: Pick<Test, 'teardown'>, connection: Connection, max: number) => {
  const given = { max, onnotice: () => undefined };
  const sql = typeof connection === 'string' ? postgres(connection, given) : postgres({ ...connection, ...given });
  t.teardown(() => sql.end({ timeout: 0 }));
  return sql;
};

async function terminations(t: Pick<Test, 'teardown'>, kind: 'driver' | 'drizzle' | 'bare'): Promise<Report> {
  const { connection } = await testDatabase(t);
  const file = fileURLToPath(new URL('fixtures/termination.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import=tsx', file, JSON.stringify(connection), kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 100_000,
  });
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString('utf8');
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the process of the harness ended with ${code}`);
  return JSON.parse(said.trim().split('\n').at(-1) ?? '') as Report;
}

for (const [kind, of] of [
  ['driver', 'of the driver'],
  ['drizzle', 'of drizzle'],
] as const) {
  t.test(`a transaction ${of} that loses its backend at any await point harms nothing but itself`, async (t) => {
    const report = await terminations(t, kind);
    t.ok(report.points.length >= 30, `the harness looked at ${report.points.length} points`);
    t.ok(report.terminated >= 30, `${report.terminated} backends were terminated`);
    t.ok(report.bystanders >= 250, `${report.bystanders} transactions ran beside them`);
    t.same(report.foreign, [], 'no row of a dead callback lies in the transaction of another');
    t.same(report.torn, [], 'each transaction is there as a whole, or not at all, as its caller was told');
    t.same(report.crashes, [], 'the process never ended');
    t.same(report.harmed, [], 'no other transaction failed');
    t.same(report.broken, [], 'the pool worked afterwards');
  });
}

t.test('the same harness finds foreign rows, torn writes and crashes in the driver without the guard', async (t) => {
  const report = await terminations(t, 'bare');
  t.not(report.foreign.length, 0);
  t.not(report.torn.length, 0);
  t.not(report.crashes.length, 0);
});

/** Begins a transaction at each of these places among statements that wait on the connections. */
async function beginAmong(sql: postgres.Sql, waiting: number, places: readonly number[]): Promise<string[]> {
  const refused: string[] = [];
  for (const place of places) {
    const all: PromiseLike<unknown>[] = [];
    for (let index = 0; index < waiting; index++) {
      if (index === place) {
        const begun = sql.begin((sql) => sql`insert into written (kind) values ('transaction')`);
        all.push(begun.catch((error: Error) => refused.push(error.message)));
      }
      all.push(sql`select 1`.execute());
    }
    await inTime(Promise.all(all));
    if (refused.length > 0) break;
  }
  // These are acknowledged: they have to be there, whatever became of the transactions.
  await inTime(Promise.all(Array.from({ length: 40 }, () => sql`insert into written (kind) values ('statement')`)));
  return refused;
}

/** What a driver without the guard leaves unsettled is not waited for; with the guard the counts tell of it. */
const inTime = (work: Promise<unknown>) => Promise.race([work, wait(15_000, undefined, { ref: false })]);

const written = async (owner: postgres.Sql, kind: string) =>
  (await owner`select from written where kind = ${kind}`).count;

t.test('a transaction begins behind any number of waiting statements, and nothing acknowledged is lost', async (t) => {
  const { owner, sql } = await testDatabase(t, { max: 2 });
  await owner`create table written (kind text)`;
  const places = Array.from({ length: 24 }, (_, index) => (index < 12 ? 94 + index : 183 + index));
  t.same(await beginAmong(sql, 230, places), []);
  t.equal(await written(owner, 'transaction'), places.length);
  t.equal(await written(owner, 'statement'), 40);
});

t.test('the driver without the guard loses acknowledged writes then', async (t) => {
  const { owner, connection } = await testDatabase(t);
  await owner`create table written (kind text)`;
  const sql = bareDriver(t, connection, 2);
  await Promise.all([sql`select 1`, sql`select 1`]);
  t.not((await beginAmong(sql, 230, [199, 200, 201, 202])).length, 0);
  t.ok((await written(owner, 'statement')) < 40);
});

async function terminateRunning(owner: postgres.Sql, sql: postgres.Sql): Promise<unknown> {
  const running = sql`select pg_sleep(20)`.then(
    () => undefined,
    (error: unknown) => error,
  );
  for (const limit = Date.now() + 20_000; Date.now() < limit; ) {
    const gone = await owner`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and state = 'active' and query = 'select pg_sleep(20)'`;
    if (gone.count > 0) break;
  }
  return running;
}

t.test('after a backend was terminated at work, the next statement is not refused in its place', async (t) => {
  const { owner, sql, connection } = await testDatabase(t, { max: 2 });
  t.match(await terminateRunning(owner, sql), { code: 'CONNECTION_CLOSED' }, 'that statement fails');
  t.same(await sql`select 1 as one`, [{ one: 1 }]);
  const bare = bareDriver(t, connection, 1);
  await terminateRunning(owner, bare);
  await t.rejects(bare`select 1 as one`, { code: '57P01' }, 'the driver without the guard refuses it');
});

t.test('what cannot be guarded is not offered', async (t) => {
  const { sql } = await testDatabase(t);
  t.throws(() => sql.reserve(), /reserve is not guarded/);
  await t.rejects(
    sql.begin((sql) => sql.file('/dev/null')),
    /file is not guarded/,
  );
});

t.test('within a transaction, values have the types that they have outside', async (t) => {
  const { db } = await testDatabase(t, { max: 2 });
  const query = text`select now() as instant, current_date as day, '{"a":[1]}'::jsonb as document,
    array[1, 2] as list, 9007199254740993::bigint as large, ${JSON.stringify({ b: 2 })}::jsonb as given`;
  const types = (rows: Record<string, unknown>[]) =>
    Object.entries(rows[0] ?? {}).map(([name, value]) => [name, typeof value, Array.isArray(value)]);
  const outside = types([...(await db.execute(query))]);
  t.equal(outside.length, 6);
  t.same(await db.transaction(async (db) => types([...(await db.execute(query))])), outside);
});

t.test('every session has its role and its settings, in and outside transactions, and after a loss', async (t) => {
  const { sql, owner } = await testDatabase(t, { max: 2 });
  const look = (sql: postgres.ISql) => sql`select current_user::text as role, current_setting('jit') as jit,
    current_setting('timezone') as timezone, current_setting('statement_timeout') as statement,
    current_setting('lock_timeout') as lock, current_setting('idle_in_transaction_session_timeout') as idle`;
  const expected = [{ role: applicationRole, jit: 'off', timezone: 'UTC', statement: '15s', lock: '5s', idle: '30s' }];
  t.same(await look(sql), expected);
  t.same(await sql.begin((sql) => look(sql)), expected);
  const gone = await owner`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
  t.ok(gone.count >= 2);
  const again = (work: () => Promise<unknown>) => work().catch(work);
  t.same(await again(() => sql.begin((sql) => look(sql))), expected);
  t.same(await again(() => look(sql)), expected);
});

t.test('the settings of a database can be others', async (t) => {
  const { connection } = await testDatabase(t);
  const { sql, close } = openDatabase(connection, { max: 1, settings: { statement_timeout: '0', lock_timeout: '7s' } });
  t.teardown(close);
  const look = (sql: postgres.ISql) => sql`select current_setting('statement_timeout') as statement,
    current_setting('lock_timeout') as lock, current_setting('jit') as jit`;
  t.same(await look(sql), [{ statement: '0', lock: '7s', jit: 'off' }]);
  t.same(await sql.begin((sql) => look(sql)), [{ statement: '0', lock: '7s', jit: 'off' }]);
});

t.test('the role of the node has no right to change or remove history, and its owner is stopped', async (t) => {
  const { sql, owner } = await testDatabase(t);
  const kept = [
    ...['events', 'audit_records', 'organisation_versions', 'mergers', 'merger_predecessors'],
    ...['charters', 'charter_decisions', 'audit_heads'],
  ];
  for (const table of kept) {
    const [column] = await owner<{ name: string }[]>`select column_name::text as name from information_schema.columns
      where table_schema = 'public' and table_name = ${table} limit 1`;
    t.ok(column, `${table} is there`);
    const name = column?.name ?? '';
    for (const [who, code] of [
      [sql, '42501'],
      [owner, '55000'],
    ] as const) {
      await t.rejects(who`update ${who(table)} set ${who(name)} = ${who(name)}`, { code });
      await t.rejects(who`delete from ${who(table)}`, { code });
      await t.rejects(who`truncate ${who(table)} cascade`, { code });
    }
  }
  await t.rejects(sql`delete from event_counter`, { code: '42501' });
  await t.rejects(sql`drop table events`, { code: '42501' });
  await t.rejects(sql`create table others (id int)`, { code: '42501' });
  t.same(await owner`select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = ${applicationRole}`, [
    { rolsuper: false, rolbypassrls: false, rolcreaterole: false },
  ]);
});

t.test('the reason of a refusal is found beneath what the query builder wraps around it', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  await owner`create table things (id int constraint things_once unique)`;
  const failure = async (work: PromiseLike<unknown>) => {
    try {
      await work;
    } catch (error) {
      return error;
    }
    return undefined;
  };
  await sql`insert into things values (1)`;
  for (const error of [
    await failure(sql`insert into things values (1)`),
    await failure(db.execute(text`insert into things values (1)`)),
    await failure(db.transaction((db) => db.execute(text`insert into things values (1)`))),
  ]) {
    t.equal(sqlState(error), '23505');
    t.equal(violatedConstraint(error), 'things_once');
  }
  const history = await failure(db.delete(organisationVersions));
  t.equal(sqlState(history), '42501');
  t.equal(violatedConstraint(history), undefined);
  const circular = new Error('circular');
  circular.cause = circular;
  for (const other of [undefined, null, 'text', new Error('other'), { code: 'ECONNRESET' }, circular]) {
    t.equal(sqlState(other), undefined);
    t.equal(violatedConstraint(other), undefined);
  }
});
