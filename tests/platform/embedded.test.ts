import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type postgres from 'postgres';
import t, { type Test } from 'tap';
import { openDatabase } from '../../src/platform/db.ts';
import { type Embedded, ensureDatabase, startEmbedded } from '../../src/platform/embedded.ts';
import { runningServer } from '../../src/platform/embedded-server.ts';

const asRoot = process.getuid?.() === 0;
const refusal = /^Another node works on this data directory/;

// Sockets and whatever else a start makes lie here, so that what is left behind is seen.
const base = realpathSync(mkdtempSync(join(tmpdir(), 'embedded-test-')));
chmodSync(base, 0o755);
process.env.TMPDIR = base;
const left = () => readdirSync(base).filter((name) => name.startsWith('samendoen-'));
t.teardown(() => {
  for (const pid of processesIn(base)) process.kill(pid, 'SIGKILL');
  rmSync(base, { recursive: true, force: true });
});

/** The processes that work in a directory: the servers on it, with their backends. */
function processesIn(directory: string): number[] {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(directory) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const limit = Date.now() + 20_000; !condition(); await wait(10)) {
    if (Date.now() > limit) throw new Error(`it took too long until ${what}`);
  }
}

const gone = (directory: string) => until(`nothing works in ${directory}`, () => processesIn(directory).length === 0);

type Node = { process: ChildProcess; ready: Promise<string>; refused: Promise<string> };

/** A node in a process of its own. */
function startNode(task: string, dataDir: string, more: { file?: string; env?: NodeJS.ProcessEnv } = {}): Node {
  const script = fileURLToPath(new URL('fixtures/node.ts', import.meta.url));
  // Without what the test runner loads into each process, since that handles signals too.
  const given = ['-u', 'NODE_OPTIONS', process.execPath, '--import=tsx', script, task, dataDir, more.file ?? ''];
  const child = spawn('env', given, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...more.env } });
  const lines = createInterface({ input: child.stdout });
  const told = (wanted: string) =>
    new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const [kind, text] = JSON.parse(line) as [string, string];
        if (kind === wanted) resolve(text);
      });
    });
  return { process: child, ready: told('ready'), refused: told('refused') };
}

/** Ends a node by a signal, or by an order, and waits until it is gone. */
async function end(node: Node, how: NodeJS.Signals | 'exit'): Promise<void> {
  const ended = once(node.process, 'exit');
  if (how === 'exit') node.process.stdin?.end('exit\n');
  else node.process.kill(how);
  await ended;
}

async function start(
  t: Test,
  dataDir: string,
  durable = true,
): Promise<Embedded & { logs: string[]; sql: postgres.Sql }> {
  const logs: string[] = [];
  const server = await startEmbedded({ dataDir, durable, log: (message) => logs.push(message) });
  const { sql, close } = openDatabase(server.connection('postgres'), { max: 2 });
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await close();
    await server.stop();
  };
  t.teardown(stop);
  return { connection: (database) => server.connection(database), stop, logs, sql };
}

const data = join(base, 'data', 'postgres');

t.test('the first start makes the directory and a durable server that only its user reaches', async (t) => {
  const server = await start(t, data);
  const socket = server.connection('postgres').host;
  t.same(server.logs, ['the embedded database is made, which happens once', 'the embedded database runs']);
  t.equal(statSync(data).mode & 0o777, 0o700);
  t.equal(statSync(socket).mode & 0o777, 0o700);
  const settings = await server.sql`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit',
    'full_page_writes', 'data_checksums', 'listen_addresses', 'server_encoding') order by name`;
  t.same(Object.fromEntries(settings.map(({ name, setting }) => [name, setting])), {
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
  });
  await server.sql`create table kept as select 42 as answer`;
  const pid = runningServer(data)?.pid ?? 0;
  if (existsSync(`/proc/${pid}`)) t.not(statSync(`/proc/${pid}`).uid, 0, 'the server has no rights of root');

  const other = startNode('hold', data);
  t.match(await other.refused, refusal, 'a second node is refused while the first works');
  await Promise.all(Array.from({ length: 4 }, () => ensureDatabase(server.connection('postgres'), 'nodes')));
  t.equal((await server.sql`select from pg_database where datname = 'nodes'`).count, 1);

  t.same(left().length, 1, 'the refused node left nothing behind');
  await server.stop();
  t.equal(runningServer(data), undefined);
  t.same(processesIn(data), []);
  t.notOk(existsSync(socket));
});

t.test('the next start finds the data, and needs not be durable', async (t) => {
  const server = await start(t, data, false);
  t.same(server.logs, ['the embedded database runs']);
  t.same(await server.sql`select answer, current_setting('fsync') as fsync from kept`, [{ answer: 42, fsync: 'off' }]);
});

t.test('what a killed node committed is there, and its server is used again', async (t) => {
  const node = startNode('hold', data);
  await node.ready;
  const pid = runningServer(data)?.pid;
  await end(node, 'SIGKILL');
  const server = await start(t, data);
  t.same(server.logs, ['the embedded database was running and is used again']);
  t.equal(runningServer(data)?.pid, pid);
  t.same(await server.sql`select answer from kept`, [{ answer: 42 }]);
});

t.test('a server that recovers from the crash of one of its processes is still held by its node', async (t) => {
  const server = await start(t, data);
  const [backend] = await server.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  process.kill(backend?.pid ?? 0, 'SIGKILL');
  const works = () =>
    server.sql`select answer from kept`.then(
      ([row]) => row?.answer === 42,
      () => false,
    );
  for (const limit = Date.now() + 20_000; !(await works()); await wait(20))
    if (Date.now() > limit) throw new Error('the server did not recover');
  const locked = () => server.sql`select from pg_locks where locktype = 'advisory'`.then(({ count }) => count === 1);
  for (const limit = Date.now() + 20_000; !(await locked()); await wait(20))
    if (Date.now() > limit) throw new Error('the lock was not taken again');
  await t.rejects(startEmbedded({ dataDir: data }), refusal);
  await server.stop();
  t.same(left(), []);
});

t.test('a node that ends without stopping its server takes it along', async (t) => {
  for (const how of ['exit', 'SIGTERM'] as const) {
    const node = startNode('hold', data);
    await node.ready;
    await end(node, how);
    await gone(data);
    t.same(left(), [], how);
  }
});

/** Kills a node that writes, every other time with its server, and answers the acknowledged commits that are missing. */
async function killLoop(t: Test, task: string, rounds: number): Promise<{ acknowledged: number; missing: number }> {
  const file = join(base, `${task}.txt`);
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);
  for (let round = 0; round < rounds; round++) {
    const node = startNode(task, data, { file });
    await node.ready;
    const before = lines().length;
    await until('something is written', () => lines().length > before + 20 + 30 * Math.random());
    const server = runningServer(data)?.pid ?? 0;
    if (round % 2 === 1) process.kill(server, 'SIGKILL');
    await end(node, 'SIGKILL');
  }
  const server = await start(t, data);
  const there = new Set((await server.sql`select name from acknowledged`.values()).map(([name]) => name as string));
  await server.stop();
  const missing = lines().filter((name) => !there.has(name));
  return { acknowledged: lines().length, missing: missing.length };
}

t.test('no acknowledged commit is lost when node, or node and server, are killed again and again', async (t) => {
  const { acknowledged, missing } = await killLoop(t, 'write', 5);
  t.ok(acknowledged >= 100, `${acknowledged} commits were acknowledged`);
  t.equal(missing, 0);
  t.not((await killLoop(t, 'too-early', 1)).missing, 0, 'an acknowledgement before the commit is found');
  t.same(left(), []);
});

/** Another living program, as the user of the server, so that the server may not tell it from one of its own. */
function bystander(t: Test): number {
  const { uid, gid } = statSync(data);
  const child = spawn('sleep', ['100'], { stdio: 'ignore', cwd: '/', ...(asRoot ? { uid, gid } : {}) });
  t.teardown(() => child.kill('SIGKILL'));
  return child.pid ?? 0;
}

t.test('a file that names another living program is stale; one whose server has a process left is not', async (t) => {
  const file = join(data, 'postmaster.pid');
  const first = await start(t, data);
  const written = readFileSync(file, 'utf8');
  await first.stop();
  writeFileSync(file, written.replace(/^\d+/, String(bystander(t))));
  const second = await start(t, data);
  t.same(await second.sql`select answer from kept`, [{ answer: 42 }]);

  const [backend] = await second.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const server = runningServer(data)?.pid ?? 0;
  const held = backend?.pid ?? 0;
  process.kill(held, 'SIGSTOP');
  process.kill(server, 'SIGKILL');
  await until('only the held process is left', () => processesIn(data).length === 1);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(bystander(t))));
  await t.rejects(startEmbedded({ dataDir: data }), /in use/, 'two servers on one directory would destroy it');
  process.kill(held, 'SIGKILL');
  await gone(data);
  const third = await start(t, data);
  t.same(await third.sql`select answer from kept`, [{ answer: 42 }]);
  await third.stop();
  t.same(left(), []);
});

t.test(
  'of several first starts at once one works, the others are told so, and nothing half-made is left',
  async (t) => {
    // A long path, which the socket must not inherit.
    const parent = join(base, 'd'.repeat(120));
    const fresh = join(parent, 'postgres');
    const nodes = [1, 2].map(() => startNode('hold', fresh));
    const outcomes = await Promise.all([
      ...nodes.map(({ ready, refused }) => Promise.race([ready.then(() => 'works'), refused])),
      ...[1, 2].map(() =>
        start(t, fresh).then(
          () => 'works',
          (error: Error) => error.message,
        ),
      ),
    ]);
    t.equal(outcomes.filter((outcome) => outcome === 'works').length, 1, outcomes.join(' | '));
    t.equal(outcomes.filter((outcome) => refusal.test(outcome)).length, 3);
    t.same(readdirSync(parent), ['postgres']);
    t.equal(left().length, 1, 'one socket');
    for (const node of nodes) if (node.process.exitCode === null) await end(node, 'SIGTERM');
  },
);

t.test('a directory with something else in it, and a file in its place, are left alone', async (t) => {
  const foreign = join(base, 'foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'letter.txt'), 'dear reader');
  for (const place of [foreign, join(foreign, 'letter.txt')]) {
    await t.rejects(startEmbedded({ dataDir: place }), /is neither empty nor the directory of a PostgreSQL/);
  }
  t.same(readdirSync(foreign), ['letter.txt']);
  t.equal(readFileSync(join(foreign, 'letter.txt'), 'utf8'), 'dear reader');
});

t.test('where the usual place for the socket has too long a path, another is taken', async (t) => {
  const long = join(base, 'x'.repeat(100));
  mkdirSync(long);
  const node = startNode('hold', data, { env: { TMPDIR: long } });
  t.match(await node.ready, /^\/tmp\/samendoen-/);
  await end(node, 'SIGTERM');
  await gone(data);
  t.notOk(existsSync(await node.ready));
});
