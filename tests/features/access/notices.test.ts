import type { Sql } from 'postgres';
import t, { type Test } from 'tap';
import { listenForNotices, type Notice } from '../../../src/features/access/notices.ts';
import { openDatabase } from '../../../src/platform/db.ts';
import { applicationRole, type TestDatabase, testDatabase } from '../../helpers/db.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A listener on a pool of its own, with what it heard and what it logged. */
async function listener(t: Test, beatMs?: number, database?: TestDatabase) {
  const place = database ?? (await testDatabase(t));
  const { sql, close } = openDatabase(place.connection, { max: 3, role: applicationRole, applicationName: 'ears' });
  const heard: Notice[] = [];
  const logged: object[] = [];
  const log = { warn: (line: object) => void logged.push(line) };
  const listening = await listenForNotices(sql, log, (notice) => void heard.push(notice), beatMs);
  t.teardown(async () => {
    await listening.close();
    await close();
  });
  const hears = async (about: Notice) => {
    for (const until = Date.now() + 20_000; Date.now() < until; await turn())
      if (heard.some((notice) => JSON.stringify(notice) === JSON.stringify(about))) return true;
    return false;
  };
  return { ...place, ears: { sql, close }, listening, heard, logged, hears };
}

/** Ends the connection that listens. Between a missed beat and the next subscription there is none: then looks again. */
async function endListening(owner: Sql): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until; await turn()) {
    const ended = await owner`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'ears' and datname = current_database() and query ilike 'listen%'`;
    if (ended.length > 0) return true;
  }
  return false;
}

t.test('a notice names a client, the signing keys, or nothing that is known', async (t) => {
  const { sql, hears, heard } = await listener(t);
  t.ok(await hears({ about: 'everything' }), 'a new subscription may have missed some');
  for (const text of ['client', 'clients x', 'beat', '', 'keys x']) await sql.notify('access', text);
  await sql.notify('access', 'client 7');
  await sql.notify('access', 'keys');
  t.ok((await hears({ about: 'client', id: '7' })) && (await hears({ about: 'keys' })));
  t.equal(heard.filter(({ about }) => about !== 'everything').length, 2);
});

t.test('a subscription that is lost is made anew, and everything counts as changed', async (t) => {
  const { sql, owner, heard, hears } = await listener(t, 20);
  for (let round = 0; round < 3; round++) {
    heard.length = 0;
    t.ok(await endListening(owner), 'the connection that listened was ended');
    t.ok(await hears({ about: 'everything' }));
    const until = Date.now() + 20_000;
    while (!heard.some(({ about }) => about === 'keys') && Date.now() < until) {
      await sql.notify('access', 'keys');
      await turn();
    }
    t.ok(
      heard.some(({ about }) => about === 'keys'),
      'and notices are heard again',
    );
  }
});

t.test('while the database is away that is logged, without a message of the database', async (t) => {
  const { ears, logged } = await listener(t, 20);
  await ears.close();
  for (const until = Date.now() + 20_000; Date.now() < until && logged.length === 0; ) await turn();
  t.match(logged[0], { err: { chain: [{ code: 'CONNECTION_ENDED' }] } });
  t.notMatch(JSON.stringify(logged), /message|select|notify\(/);
});

t.test('a listener that renews its subscription all the time hears nothing any more once it is closed', async (t) => {
  const database = await testDatabase(t);
  const restless = await listener(t, 1, database);
  const witness = await listener(t, undefined, database);
  for (const until = Date.now() + 20_000; Date.now() < until && restless.heard.length < 10; ) await turn();
  await restless.listening.close();
  restless.heard.length = 0;
  await database.sql.notify('access', 'keys');
  t.ok(await witness.hears({ about: 'keys' }));
  t.same(restless.heard, []);
});
