import net from 'node:net';
import t, { type Test } from 'tap';
import { testDatabase } from '../helpers/db.ts';
import { administratorToken, newSecret, requestToken, send } from '../helpers/http.ts';
import { finished, importOf, requestImport } from '../helpers/importing.ts';
import { newDirectory } from '../helpers/place.ts';
import { freePort, type Settings, startNode, startProgram, until } from '../helpers/programs.ts';
import { wayTo } from '../helpers/proxy.ts';

const secret = newSecret();
const jobs = [
  'imports',
  'exports',
  'computations',
  'verify-webhooks',
  'dispatch-webhooks',
  'deliver-webhooks',
  'tell-peers',
  'tell-moves',
  'pull-peers',
  'expire-offers',
  'detect-stalls',
  'plan-sessions',
  'pass-days',
  'expire-space-offers',
  'close-spaces',
  'expire-ownership-offers',
  'expire-affiliations',
  'retention',
];

async function settingsOf(t: Test): Promise<Settings> {
  const { connection } = await testDatabase(t);
  const { url } = await wayTo(t, connection);
  return { DATABASE_URL: url, NODE_SECRET: newSecret(), ADMIN_CLIENT_SECRET: secret };
}

/** The samples of a metric, by job; undefined where it has none. */
function samples(text: string, name: string): Record<string, number> {
  const lines = [...text.matchAll(new RegExp(`^${name}\\{job="([a-z-]+)"(?:,outcome="succeeded")?\\} (\\S+)$`, 'gm'))];
  return Object.fromEntries(lines.map(([, job = '', value]) => [job, Number(value)]));
}

const metricsAt = async (port: number) => (await send(`http://127.0.0.1:${port}`, { path: '/metrics' })).text;

t.test('a node that only answers shows what is due; a worker of its own does it, and shows its runs too', async (t) => {
  const settings = await settingsOf(t);
  const node = await startNode(t, newDirectory(), { ...settings, RUN_WORKER: 'false' });
  const at = { baseUrl: node.baseUrl, token: await administratorToken(node.baseUrl, secret) };
  const { id } = await requestImport(at, 'register', 600);
  const shown = async () => {
    const token = (await requestToken(node.baseUrl, secret, 'metrics:read')).json<{ access_token: string }>();
    return (await send(node.baseUrl, { path: '/metrics', token: token.access_token })).text;
  };
  const waiting = await shown();
  t.same(Object.keys(samples(waiting, 'job_backlog')), jobs);
  t.same(Object.keys(samples(waiting, 'job_lag_seconds')), jobs);
  t.match(samples(waiting, 'job_backlog'), { imports: 1, 'expire-offers': 0 });
  t.ok((samples(waiting, 'job_lag_seconds').imports ?? 0) > 0);
  t.notMatch(waiting, /^job_runs_total\{/m, 'it runs none');

  const port = await freePort();
  const worker = startProgram(t, 'worker-process.ts', { ...settings, METRICS_PORT: String(port) });
  t.match(await finished(at, id), { state: 'succeeded', createdCount: 600 });
  await until('every job ran once', async () => {
    const done = samples(await metricsAt(port), 'job_last_success_timestamp_seconds');
    return jobs.every((job) => done[job] !== undefined);
  });
  await until('nothing is due', async () => {
    const due = samples(await metricsAt(port), 'job_backlog');
    return jobs.every((job) => due[job] === 0);
  });
  const text = await metricsAt(port);
  t.same(Object.values(samples(text, 'job_lag_seconds')), Array(jobs.length).fill(0));
  for (const job of jobs) t.ok((samples(text, 'job_runs_total')[job] ?? 0) >= 1, job);
  t.notMatch(text, /^job_runs_total\{[^}]*outcome="failed"\} [1-9]/m);
  t.match(text, /^job_run_duration_seconds_count\{job="imports"\} [1-9]/m);
  t.match(text, /^process_cpu_seconds_total/m);
  t.match(text, /^database_connections\{state="\w+"\} \d+$/m);
  t.equal((await send(`http://127.0.0.1:${port}`, { path: '/' })).status, 404);
  const closed = net.connect(port, '127.0.0.1').on('error', () => undefined);
  await until('it is connected', () => !closed.connecting);
  t.same(await worker.end(), { code: 0, signal: null }, 'a collector that stays connected does not hold it up');
  await t.rejects(metricsAt(port), { code: 'ECONNREFUSED' });
  t.equal(worker.stdout() + worker.stderr(), '');
  t.equal((await importOf(at, id)).state, 'succeeded');
});

t.test('a worker whose port for metrics is taken ends with a clear message', async (t) => {
  const settings = await settingsOf(t);
  const taken = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await until('the port is taken', () => taken.listening);
  const { port } = taken.address() as net.AddressInfo;
  const refused = startProgram(t, 'worker-process.ts', { ...settings, METRICS_PORT: String(port) });
  t.same(await refused.ended, { code: 1, signal: null });
  t.match(refused.stderr(), new RegExp(`^The node could not start: the port ${port} of 127.0.0.1 is in use`));
});

t.test('npm start runs the jobs too, and shows their runs', async (t) => {
  const port = await freePort();
  const node = await startNode(t, newDirectory(), { ADMIN_CLIENT_SECRET: secret, METRICS_PORT: String(port) });
  await until('every job ran once', async () => {
    const done = samples(await metricsAt(port), 'job_last_success_timestamp_seconds');
    return jobs.every((job) => done[job] !== undefined);
  });
  const text = await metricsAt(port);
  t.same(Object.keys(samples(text, 'job_backlog')), jobs);
  t.match(text, /^http_requests_total\{/m);
  t.same(await node.end(), { code: 0, signal: null });
});
