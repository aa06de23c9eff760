import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Sql } from 'postgres';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What is measured of a process, whether or not it answers requests: itself, and its connections to the database. */
export function processMetrics(db?: Sql): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  if (db !== undefined) countConnections(registry, db);
  return registry;
}

/**
 * Counts and times every request of an application by operation, method and status; answers the registry to show, which
 * is a new one unless it is given.
 */
export function createMetrics(app: FastifyInstance, options: { db?: Sql; registry?: Registry } = {}): Registry {
  const registry = options.registry ?? processMetrics(options.db);
  const labelNames = ['operationId', 'method', 'status'] as const;
  const registers = [registry];
  const total = new Counter({ name: 'http_requests_total', help: 'Requests answered.', labelNames, registers });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request line to the end of the answer.',
    labelNames,
    buckets,
    registers,
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { config, url } = request.routeOptions;
    const labels = {
      operationId: config?.operationId ?? url ?? 'unknown',
      method: known(request.method),
      status: String(reply.statusCode),
    };
    total.inc(labels);
    duration.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  return registry;
}

type Place = { readonly host: string; readonly port: number };
type MetricsServer = { close(): void };

/**
 * Shows the metrics of a registry: at `/metrics` to whoever `admit` lets in, or, with `at`, on a port of their own
 * without a token, for a network that only the collector reaches.
 */
export function showMetrics(
  app: FastifyInstance,
  registry: Registry,
  options: {
    readonly at?: Place;
    /** Throws for whoever may not see them. */
    readonly admit: (authorization: string | undefined) => Promise<void>;
  },
): void {
  const { at, admit } = options;
  if (at === undefined) {
    app.get('/metrics', async (request, reply) => {
      await admit(request.headers.authorization);
      return reply.type(registry.contentType).send(await registry.metrics());
    });
    return;
  }
  let server: MetricsServer | undefined;
  // Before the node listens, so that a port which is taken stops its start.
  app.addHook('onReady', async () => {
    server = await serveMetrics(registry, at);
  });
  app.addHook('onClose', async () => server?.close());
}

/** Shows the metrics of a registry on a port of their own, without a token. Rejects where the port is taken. */
export async function serveMetrics(registry: Registry, at: Place): Promise<MetricsServer> {
  const server = metricsServer(registry);
  server.listen(at.port, at.host);
  await once(server, 'listening');
  return {
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function metricsServer(registry: Registry): Server {
  return createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Names that a client may choose freely would make a series each. */
const known = (method: string) => (methods.has(method) ? method : 'other');

function countConnections(registry: Registry, db: Sql): void {
  new Gauge({
    name: 'database_connections',
    help: 'Connections of this software to its database, by state.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const rows = await connectionStates(db).catch(() => []);
      for (const { state, count } of rows) this.set({ state }, count);
    },
  });
}

/** Without the role under which the node works, which may not see the state of sessions. */
const connectionStates = (db: Sql) =>
  db.begin('read only', async (db) => {
    await db`set local role none`;
    return await db<{ state: string; count: number }[]>`
      select coalesce(state, 'unknown') as state, count(*)::int as count from pg_stat_activity
      where datname = current_database() and usename = session_user group by 1`;
  });
