import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openDatabase } from '../../src/platform/db.ts';
import { startEmbedded } from '../../src/platform/embedded.ts';
import { administratorToken, newSecret, send } from '../helpers/http.ts';
import { finished, importOf, midway, organisationsFile, requestImport } from '../helpers/importing.ts';
import { newDirectory, place, processesIn } from '../helpers/place.ts';
import { openNodeDatabase, serverFolder, startNode, startProgram, until } from '../helpers/programs.ts';

const secret = newSecret();
const settings = { ADMIN_CLIENT_SECRET: secret };
const rows = 5000;

async function start(t: Parameters<typeof startNode>[0], dataDir: string) {
  const node = await startNode(t, dataDir, settings);
  const at = { baseUrl: node.baseUrl, token: await administratorToken(node.baseUrl, secret) };
  return { node, at, sql: openNodeDatabase(t, dataDir).sql };
}

const dataDir = newDirectory();

t.test('an import goes on after its node was killed or stopped, and does every row once', async (t) => {
  const first = await start(t, dataDir);
  const { id } = await requestImport(first.at, 'register', rows);
  const { processedCount } = await midway(first.at, id);
  await first.node.end('SIGKILL');

  const second = await start(t, dataDir);
  const before = await importOf(second.at, id);
  t.equal(before.state, 'running');
  t.ok(before.processedCount >= processedCount, 'what was committed is not done again');
  const [lease] = await second.sql`select lease_until < now() + interval '10 seconds' as short from imports`;
  t.equal(lease?.short, true, 'a dead process is not waited for much longer');
  await until('it goes on', async () => (await importOf(second.at, id)).processedCount > before.processedCount);
  t.same(await second.node.end('SIGTERM'), { code: 0, signal: null });

  const third = await start(t, dataDir);
  t.match(await finished(third.at, id), {
    state: 'succeeded',
    rowCount: rows,
    processedCount: rows,
    createdCount: rows,
  });
  const [counts] = await third.sql`select
    (select count(*)::int from organisations where source = 'register') as organisations,
    (select count(distinct subject_id)::int from events where type = 'organisation.registered') as subjects,
    (select count(*)::int from events where type = 'organisation.registered') as events,
    (select count(*)::int from events where type = 'import.finished') as endings`;
  // Beside them, the organisation that runs the node.
  t.same(counts, { organisations: rows, subjects: rows + 1, events: rows + 1, endings: 1 });

  const other = await requestImport(third.at, 'other', rows);
  await midway(third.at, other.id);
  const path = `/v1/imports/${other.id}/cancellation`;
  const cancelled = await send(third.at.baseUrl, { method: 'PUT', path, token: third.at.token });
  t.equal(cancelled.status, 200);
  const { state, processedCount: done } = cancelled.json<{ state: string; processedCount: number }>();
  t.equal(state, 'cancelled');
  await third.node.end();
  t.ok(done > 0 && done < rows, `${done} rows were done before it was cancelled`);
});

t.test('the import command takes a file in and tells what became of it', async (t) => {
  const file = join(place(), 'organisations.csv');
  writeFileSync(file, organisationsFile(1200));
  const given = ['--resource=organisations', '--source=command', file];
  const command = startProgram(t, 'commands/import.ts', { DATA_DIR: dataDir }, given);
  t.same(await command.ended, { code: 0, signal: null });
  t.match(command.stdout(), /organisations +succeeded +1200 +1200 +0/);
  t.match(command.stderr(), 'organisations: 1200 of 1200 rows');
  t.same(processesIn(dataDir), [], 'the embedded server is stopped');

  const server = await startEmbedded({ dataDir: serverFolder(dataDir) });
  const { sql, close } = openDatabase(server.connection('samendoen'), { max: 2 });
  t.teardown(async () => {
    await close();
    await server.stop();
  });
  const [left] =
    await sql`select count(*)::int as count, (select max(processed_count) from imports where source = 'other') as done
    from organisations where source = 'other'`;
  t.equal(left?.count, left?.done, 'of the cancelled import exactly the rows that it tells of are there');
});
