import postgres from 'postgres';
import t from 'tap';
import { openDatabase } from '../../src/platform/db.ts';
import { testDatabase } from '../helpers/db.ts';

/** The longest list that was looked through for one of its members while work was done. */
async function longestSearch(work: () => Promise<unknown>): Promise<number> {
  const { indexOf } = Array.prototype;
  let longest = 0;
  Array.prototype.indexOf = function (this: unknown[], ...given: [unknown, number?]) {
    longest = Math.max(longest, this.length);
    return indexOf.apply(this, given);
  };
  try {
    await work();
  } finally {
    Array.prototype.indexOf = indexOf;
  }
  return longest;
}

const queries = 500;

/** Opens every connection of a pool, then leaves most of them free at each of many queries. */
async function useLightly(sql: postgres.Sql): Promise<void> {
  await Promise.all(Array.from({ length: 6 }, () => sql`select pg_sleep(0.05)`));
  for (let done = 0; done < queries; done++) await sql.unsafe('select $1::int as one', [1], { prepare: true });
}

t.test('a query does not take longer for the queries that were before it', async (t) => {
  const { connection } = await testDatabase(t);
  const database = openDatabase(connection, { max: 12 });
  t.teardown(() => database.close());
  t.ok((await longestSearch(() => useLightly(database.sql))) < 50);
  const [row] = await database.sql`select 1 as one`;
  t.same(row, { one: 1 }, 'and the pool answers');
});

t.test('the same pool without the mended queues is seen to be slower with each', async (t) => {
  const { connection } = await testDatabase(t);
  const sql = typeof connection === 'string' ? postgres(connection, { max: 6 }) : postgres({ ...connection, max: 6 });
  t.teardown(() => sql.end());
  t.ok((await longestSearch(() => useLightly(sql))) > queries / 2);
});

t.test('transactions and queries that wait for a connection keep their order and all settle', async (t) => {
  const { connection } = await testDatabase(t);
  const database = openDatabase(connection, { max: 4 });
  t.teardown(() => database.close());
  const { sql } = database;
  await useLightly(sql);
  const transactions = Array.from({ length: 20 }, (_, index) =>
    sql.begin(async (sql) => {
      const [row] = await sql<{ index: number }[]>`select ${index}::int as index`;
      return row?.index;
    }),
  );
  const plain = Array.from({ length: 40 }, (_, index) =>
    sql.unsafe('select $1::int as index', [index], { prepare: true }),
  );
  t.same(
    await Promise.all(transactions),
    Array.from({ length: 20 }, (_, index) => index),
  );
  t.same(
    (await Promise.all(plain)).flat(),
    Array.from({ length: 40 }, (_, index) => ({ index })),
  );
});
