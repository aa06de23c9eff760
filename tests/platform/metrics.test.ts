import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Registry } from 'prom-client';
import t, { type Test } from 'tap';
import { createMetrics, showMetrics } from '../../src/platform/metrics.ts';
import { testDatabase } from '../helpers/db.ts';

function application(t: Test): FastifyInstance {
  const app = fastify();
  t.teardown(() => app.close());
  return app;
}

function withRoutes(app: FastifyInstance): Registry {
  const registry = createMetrics(app);
  app.get('/things/:id', { config: { operationId: 'getThing' } as object }, async () => 'a thing');
  app.post('/things', { config: { operationId: 'createThing' } as object }, async (_, reply) => reply.code(201).send());
  app.get('/plain/:id', async () => {
    throw new Error('failed');
  });
  return registry;
}

async function requests(registry: Registry): Promise<Record<string, number>> {
  const metric = await registry.getSingleMetric('http_requests_total')?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [
      `${labels.operationId} ${labels.method} ${labels.status}`,
      value,
    ]),
  );
}

t.test('requests are counted by operation, method and status', async (t) => {
  const app = application(t);
  const registry = withRoutes(app);
  for (const id of ['1', '2', '3']) await app.inject(`/things/${id}`);
  await app.inject({ method: 'POST', url: '/things', payload: {} });
  await app.inject('/plain/1');
  t.same(await requests(registry), { 'getThing GET 200': 3, 'createThing POST 201': 1, '/plain/:id GET 500': 1 });
  const text = await registry.metrics();
  t.match(text, 'http_request_duration_seconds_count{operationId="getThing",method="GET",status="200"} 3');
  t.match(text, 'process_cpu_seconds_total');
});

t.test('no client can make series of its own: whatever is unknown counts as one', async (t) => {
  const app = application(t);
  const registry = withRoutes(app);
  for (const method of ['GET', 'PROPFIND', 'TRACE', 'MKCOL', 'REPORT'] as const)
    for (const index of [1, 2, 3, 4]) await app.inject({ method: method as 'GET', url: `/nowhere/${index}?secret=1` });
  const series = await requests(registry);
  t.ok(Object.keys(series).length <= 3, Object.keys(series).join(', '));
  t.equal(
    Object.values(series).reduce((sum, count) => sum + count, 0),
    20,
  );
  t.notMatch(await registry.metrics(), /nowhere|secret|PROPFIND/);
});

t.test('connections to the database are counted by state, and a database that fails spoils nothing', async (t) => {
  const { sql } = await testDatabase(t, { max: 2 });
  const registry = createMetrics(application(t), { db: sql });
  await sql`select 1`;
  const text = await registry.metrics();
  t.match(text, /database_connections\{state="active"\} 1\n/);
  t.match(text, /database_connections\{state="idle"\} \d+\n/);
  t.notMatch(text, /state="unknown"/);
  const broken = createMetrics(application(t), { db: { begin: () => Promise.reject(new Error('gone')) } as never });
  const without = await broken.metrics();
  t.notMatch(without, /database_connections\{/);
  t.match(without, /http_requests_total/);
});

t.test('the metrics are shown to whoever is admitted', async (t) => {
  const app = application(t);
  const registry = withRoutes(app);
  const admit = async (authorization: string | undefined) => {
    if (authorization !== 'Bearer right') throw Object.assign(new Error('no'), { statusCode: 401 });
  };
  showMetrics(app, registry, { admit });
  t.equal((await app.inject('/metrics')).statusCode, 401);
  const shown = await app.inject({ url: '/metrics', headers: { authorization: 'Bearer right' } });
  t.equal(shown.statusCode, 200);
  t.match(shown.headers['content-type'], /^text\/plain; version=/);
  t.match(shown.body, 'http_requests_total');
});

async function listening(t: Test): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { server, port: (server.address() as { port: number }).port };
}

t.test('on a port of their own they are shown without a token, while the node listens', async (t) => {
  const { server, port } = await listening(t);
  server.close();
  await once(server, 'close');
  const app = fastify();
  const admit = () => Promise.reject(new Error('is not asked'));
  showMetrics(app, withRoutes(app), { at: { host: '127.0.0.1', port }, admit });
  await app.listen({ port: 0 });
  const shown = await fetch(`http://127.0.0.1:${port}/metrics`);
  t.equal(shown.status, 200);
  t.match(await shown.text(), 'http_requests_total');
  t.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 404);
  t.equal((await app.inject('/metrics')).statusCode, 404, 'not at the public port');
  await app.close();
  await t.rejects(fetch(`http://127.0.0.1:${port}/metrics`));
});

t.test('a port that is taken stops the start', async (t) => {
  const { port } = await listening(t);
  const app = application(t);
  showMetrics(app, withRoutes(app), { at: { host: '127.0.0.1', port }, admit: async () => undefined });
  await t.rejects(app.listen({ port: 0 }), { code: 'EADDRINUSE' });
});
