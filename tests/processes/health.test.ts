import t from 'tap';
import { testDatabase } from '../helpers/db.ts';
import { administratorToken, newSecret, send } from '../helpers/http.ts';
import { newDirectory } from '../helpers/place.ts';
import { freePort, startNode, until } from '../helpers/programs.ts';
import { wayTo } from '../helpers/proxy.ts';

const secret = newSecret();

t.test('METRICS_PORT shows the metrics there without a token, and nowhere else', async (t) => {
  const metricsPort = await freePort();
  const way = await wayTo(t, (await testDatabase(t)).connection);
  const settings = { ADMIN_CLIENT_SECRET: secret, DATABASE_URL: way.url, METRICS_PORT: String(metricsPort) };
  const node = await startNode(t, newDirectory(), settings);
  const there = `http://127.0.0.1:${metricsPort}`;
  const metrics = await send(there, { path: '/metrics' });
  t.equal(metrics.status, 200);
  t.match(metrics.text, /^http_requests_total\{/m);
  t.match(metrics.text, /^database_connections\{state="idle"\} \d/m);
  t.equal((await send(there, { path: '/v1/node' })).status, 404);
  const token = await administratorToken(node.baseUrl, secret);
  t.equal((await send(node.baseUrl, { path: '/metrics', token })).status, 404);

  const ready = () => send(node.baseUrl, { path: '/health/ready' });
  t.same((await ready()).json(), { status: 'ready' });
  await way.cut();
  const refused = await until('the node is not ready', async () => {
    const answer = await ready();
    return answer.status !== 200 && answer;
  });
  t.equal(refused.status, 503);
  t.match(refused.headers, { 'retry-after': /^\d+$/, 'content-type': /^application\/problem\+json/ });
  t.match(refused.json(), { status: 503, code: 'unavailable' });
  const asked = performance.now();
  const write = {
    method: 'POST',
    path: '/v1/organisations',
    token,
    body: { kind: 'other', name: 'X', identifiers: [] },
  };
  const unwritten = await send(node.baseUrl, write);
  t.equal(unwritten.status, 503);
  t.match(unwritten.headers, { 'retry-after': /^\d+$/ });
  t.comment(`a request without a database was refused after ${(performance.now() - asked).toFixed(0)} ms`);
  t.equal((await send(node.baseUrl, { path: '/health/live' })).status, 200, 'the process lives');
  t.equal((await send(there, { path: '/metrics' })).status, 200);

  await way.restore();
  const restored = performance.now();
  await until('the node is ready again', async () => (await ready()).status === 200);
  t.comment(`ready again after ${((performance.now() - restored) / 1000).toFixed(1)} s`);
  t.equal((await send(node.baseUrl, write)).status, 201);

  // While a connection is made, the driver has promises that nobody awaits.
  for (let times = 1; times <= 6; times++) {
    await way.cut();
    const cut = way.cutAfter(times);
    await way.restore();
    await cut;
    t.equal((await ready()).status, 503);
    await way.restore();
    await until('the node is ready again', async () => (await ready()).status === 200);
  }
  t.ok(node.alive(), 'it lives on, whenever a connection is lost');
  t.same(await node.end(), { code: 0, signal: null });
});
