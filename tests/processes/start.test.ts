import { existsSync } from 'node:fs';
import net from 'node:net';
import t, { type Test } from 'tap';
import { runningServer } from '../../src/platform/embedded-server.ts';
import { administratorToken, newSecret, requestToken, send } from '../helpers/http.ts';
import { newDirectory, processesIn } from '../helpers/place.ts';
import { freePort, type Program, serverFolder, startNode, startProgram, until } from '../helpers/programs.ts';

const secretLine = /samendoen_secret_\S+/g;
const secretsIn = (program: Program) => program.stdout().match(secretLine) ?? [];

t.test(
  'the first start shows the identifier and the secret of the administrator once, and they open the API',
  async (t) => {
    const dataDir = newDirectory();
    const first = await startNode(t, dataDir);
    await until('the secret is shown', () => secretsIn(first).length > 0);
    t.match(first.stdout(), 'the client "administrator" was made');
    const [secret = '', ...others] = secretsIn(first);
    t.same(others, []);
    const token = await administratorToken(first.baseUrl, secret);
    const caller = await send(first.baseUrl, { path: '/v1/caller', token });
    t.equal(caller.status, 200);
    t.match(caller.json(), { name: 'Administrator', administrator: true });

    const sockets = runningServer(serverFolder(dataDir))?.sockets ?? '';
    t.ok(existsSync(sockets));
    t.same(await first.end(), { code: 0, signal: null });
    t.same(processesIn(dataDir), [], 'the embedded server is stopped');
    t.notOk(existsSync(sockets), 'and its socket is gone');
    t.equal(first.stderr(), '');

    const second = await startNode(t, dataDir, { ADMIN_CLIENT_SECRET: newSecret() });
    t.equal((await requestToken(second.baseUrl, secret)).status, 200, 'the secret stays');
    t.same(await second.end('SIGINT'), { code: 0, signal: null });
    t.equal(second.stdout(), '', 'a later start shows nothing');
  },
);

/** The program ended with one message, without a stack and without one of these values. */
async function endsWith(t: Test, program: Program, message: RegExp, hidden: readonly string[] = []): Promise<void> {
  t.same(await program.ended, { code: 1, signal: null });
  t.match(program.stderr(), message);
  t.notMatch(program.stderr(), /\n +at |node:internal|Error:/, 'neither a stack nor the name of a class');
  for (const value of hidden) t.notMatch(program.stderr() + program.stdout(), value, 'no value is shown');
}

const faulty = {
  PORT: 'port-is-hidden',
  DATABASE_URL: 'mysql://user:password-is-hidden@db.example/x',
  RUN_WORKER: 'perhaps-hidden',
  ADMIN_CLIENT_SECRET: 'short-hidden',
  BASE_URL: 'ftp://hidden.example',
  TRUSTED_ISSUERS: '[{"issuer":"issuer-hidden"}]',
  METRICS_PORT: '99999',
};

const programs = ['server', 'worker-process', 'commands/demo', 'commands/migrate', 'commands/rotate-keys'];

t.test('wrong settings end every program with one message that names each of them, and shows no value', async (t) => {
  const started = programs.map((name) => startProgram(t, `${name}.ts`, faulty));
  started.push(startProgram(t, 'commands/import.ts', faulty, ['--resource=organisations', '--source=x', 'file.csv']));
  for (const program of started) {
    await endsWith(t, program, /^These settings are not right:\n/, ['hidden', '99999']);
    const named = [...program.stderr().matchAll(/^ {2}([A-Z_]+)/gm)].map(([, name]) => name);
    t.same([...new Set(named)].sort(), Object.keys(faulty).sort());
    t.equal(program.stdout(), '');
  }
});

t.test('ADMIN_CLIENT_SECRET is the secret of the administrator, and is not shown', async (t) => {
  const secret = newSecret();
  const dataDir = newDirectory();
  const node = await startNode(t, dataDir, { ADMIN_CLIENT_SECRET: secret });
  t.equal((await requestToken(node.baseUrl, secret)).status, 200);
  t.equal((await requestToken(node.baseUrl, newSecret())).status, 401);
  t.equal(node.stdout() + node.stderr(), '');

  await t.test('a second program on its directory is refused with a clear message, and it works on', async (t) => {
    const refused = ['server', 'commands/rotate-keys'].map((name) =>
      startProgram(t, `${name}.ts`, { DATA_DIR: dataDir, PORT: '1' }),
    );
    for (const program of refused)
      await endsWith(t, program, /Another node works on this data directory\. Stop it, or set another DATA_DIR\.\n$/);
    t.equal((await requestToken(node.baseUrl, secret)).status, 200);
  });
});

t.test(
  'a port in use ends the start with a clear message; the secret of the first start is not lost by it',
  async (t) => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    t.teardown(() => taken.close());
    await until('the port is taken', () => taken.listening);
    const { port } = taken.address() as net.AddressInfo;
    const dataDir = newDirectory();
    const message = new RegExp(`^The node could not start: the port ${port} of 127.0.0.1 is in use`);
    const refused = { DATA_DIR: dataDir, PORT: String(port) };
    const first = startProgram(t, 'server.ts', refused);
    await endsWith(t, first, message);
    t.same(processesIn(dataDir), [], 'the embedded server is stopped');
    const [secret = ''] = secretsIn(first);
    const metrics = { ...refused, PORT: String(await freePort()), METRICS_PORT: String(port) };
    await endsWith(t, startProgram(t, 'server.ts', metrics), message);
    const next = await startNode(t, dataDir);
    t.equal((await requestToken(next.baseUrl, secret)).status, 200);
    t.equal(next.stdout(), '');
  },
);

t.test('a database that cannot be reached ends the start with a clear message, without its password', async (t) => {
  const dataDir = newDirectory();
  const port = await freePort();
  const url = (host: string) => `postgres://somebody:password-is-hidden@${host}:${port}/samendoen`;
  const started = [
    startProgram(t, 'server.ts', { DATA_DIR: dataDir, DATABASE_URL: url('localhost') }),
    startProgram(t, 'commands/rotate-keys.ts', { DATA_DIR: dataDir, DATABASE_URL: url('127.0.0.1') }),
  ];
  for (const program of started)
    await endsWith(t, program, /the database could not be reached: connect ECONNREFUSED/, ['hidden']);
});

t.test('a signal during the start ends the node and its server', async (t) => {
  const dataDir = newDirectory();
  const node = startProgram(t, 'server.ts', { DATA_DIR: dataDir, PORT: String(await freePort()) });
  await until('the server runs', () => runningServer(serverFolder(dataDir))?.sockets);
  await node.end();
  await until('nothing works on the directory', () => processesIn(dataDir).length === 0);
  t.notMatch(node.stderr(), /\n +at /);
});
