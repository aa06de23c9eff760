import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { runningServer } from '../../src/platform/embedded-server.ts';
import { administratorToken, newSecret, ownConnection, send } from '../helpers/http.ts';
import { newDirectory, processesIn, socketFolders } from '../helpers/place.ts';
import { type NodeProgram, openNodeDatabase, serverFolder, startNode, until } from '../helpers/programs.ts';
import { readUntilGone, writeUntilGone } from '../helpers/writers.ts';

const secret = newSecret();
const settings = { ADMIN_CLIENT_SECRET: secret };
const dataDir = newDirectory();

/** Sends the signal; answers how the node ended and after how many seconds. */
async function stop(node: NodeProgram) {
  const started = performance.now();
  const ending = await node.end('SIGTERM');
  return { ...ending, seconds: (performance.now() - started) / 1000 };
}

t.test('a node that is stopped under load answers every request that it took, and loses none', async (t) => {
  const node = await startNode(t, dataDir, settings);
  const token = await administratorToken(node.baseUrl, secret);
  let count = 0;
  const onAcknowledged = () => {
    count += 1;
  };
  const target = { baseUrl: node.baseUrl, token, onAcknowledged };
  const writers = Array.from({ length: 4 }, (_, index) => writeUntilGone(target, String(index)));
  // Between two small requests a connection is idle for a moment, which is when closing it loses the next one.
  const readers = Array.from({ length: 4 }, () => readUntilGone(node.baseUrl));
  await until('there is load', () => count >= 200);
  const { code, seconds } = await stop(node);
  t.equal(code, 0);
  t.comment(`it took ${seconds.toFixed(1)} s`);
  t.same(processesIn(dataDir), [], 'the embedded server is stopped');
  t.same(socketFolders(), []);

  const written = await Promise.all(writers);
  const unanswered = written.filter(({ pending }) => pending !== undefined).map(({ fault }) => fault);
  const unread = (await Promise.all(readers)).filter((fault) => fault !== undefined);
  t.same([...unanswered, ...unread], [], 'nobody sent a request that was not answered');

  const next = await startNode(t, dataDir, settings);
  const { sql, close } = openNodeDatabase(t, dataDir);
  const rows = await sql<{ id: string }[]>`select id from organisations where name like 'Writer %'`;
  const acknowledged = written.flatMap((one) => one.acknowledged.map(({ id }) => id));
  t.same(rows.map(({ id }) => id).sort(), acknowledged.sort(), 'what was acknowledged is there, and nothing else');
  await close();
  await next.end();
});

t.test('a node stops while clients keep connections that say nothing, too little, or nothing more', async (t) => {
  const node = await startNode(t, dataDir, settings);
  const said = [
    '',
    'GET /v1/node HTTP/1.1\r\nhost: x\r\n',
    'POST /oauth/token HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1',
  ];
  for (const text of said) {
    const socket = net.connect(node.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    if (text !== '') socket.write(text);
  }
  const agent = ownConnection();
  t.equal((await send(node.baseUrl, { path: '/v1/node', agent })).headers.connection, 'keep-alive');
  const { code, seconds } = await stop(node);
  t.equal(code, 0);
  t.comment(`it took ${seconds.toFixed(1)} s`);
  t.same(processesIn(dataDir), []);
});

t.test('a node whose embedded server was killed ends, with its data whole', async (t) => {
  const node = await startNode(t, dataDir, settings);
  const token = await administratorToken(node.baseUrl, secret);
  const body = { kind: 'other', name: 'Kept', identifiers: [] };
  const made = await send(node.baseUrl, { method: 'POST', path: '/v1/organisations', token, body });
  const { id } = made.json<{ id: string }>();
  process.kill(runningServer(serverFolder(dataDir))?.pid ?? 0, 'SIGKILL');
  t.same(await node.ended, { code: 1, signal: null });
  t.match(node.stdout(), 'the embedded database ended');
  await until('the server is gone', () => processesIn(dataDir).length === 0);
  const next = await startNode(t, dataDir, settings);
  const later = await administratorToken(next.baseUrl, secret);
  t.equal((await send(next.baseUrl, { path: `/v1/organisations/${id}`, token: later })).status, 200);
});
