import postgres from 'postgres';
import t from 'tap';
import { openDatabase } from '../../src/platform/db.ts';
import { testDatabase } from '../helpers/db.ts';

/** Fails at its third row, when two were sent. */
const failing = 'select 1 / (3 - n) as x from generate_series(1, 5) n';
const code = '22012';

t.test('a statement that fails after its first rows leaves nothing in the result of the next', async (t) => {
  const { connection } = await testDatabase(t);
  const database = openDatabase(connection, { max: 2 });
  t.teardown(() => database.close());
  const { db, sql } = database;
  await t.rejects(sql.unsafe(failing), { code });
  t.same([...(await sql`select 7 as x`)], [{ x: 7 }], 'of a tagged query');
  await t.rejects(sql.unsafe(failing), { code });
  t.same([...(await sql.unsafe('select 7 as x'))], [{ x: 7 }], 'of a text');
  await t.rejects(sql.unsafe(failing), { code });
  t.same(
    [...(await sql.unsafe('select 7 as x', [], { prepare: true }).values())],
    [[7]],
    'of values, as drizzle reads',
  );
  await t.rejects(sql.unsafe(failing), { code });
  t.same([...(await sql`select 7 as x where false`)], [], 'of none');
  await t.rejects(db.execute(failing), { cause: { code } });
  t.same([...(await db.execute('select 7 as x'))], [{ x: 7 }], 'by drizzle');
  const within = await sql.begin(async (sql) => {
    await t.rejects(
      sql.savepoint((sql) => sql.unsafe(failing)),
      { code },
    );
    return [...(await sql`select 7 as x union all select 8`)];
  });
  t.same(within, [{ x: 7 }, { x: 8 }], 'of a transaction that went on after a savepoint');
});

t.test('the driver alone answers with empty places', async (t) => {
  const { connection } = await testDatabase(t);
  const sql = typeof connection === 'string' ? postgres(connection, { max: 1 }) : postgres({ ...connection, max: 1 });
  t.teardown(() => sql.end());
  await t.rejects(sql.unsafe(failing), { code });
  const result = await sql`select 7 as x`;
  t.same([result.length, 0 in result, result[0]], [3, false, undefined]);
});
