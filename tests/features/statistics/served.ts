import { fastify } from 'fastify';
import { statisticsRoutes } from '../../../src/features/statistics/routes.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import { createRoutes } from '../../../src/platform/contract.ts';
import type { Db } from '../../../src/platform/db.ts';
import { fastifyOptions, guardEdge } from '../../../src/platform/edge.ts';
import { Cursors } from '../../../src/platform/page.ts';

const baseUrl = 'https://node.example';

/** The statistics behind the real edge and contract, for one caller. */
export async function served(t: { teardown(work: () => Promise<void>): void }, db: Db, who: Caller) {
  const app = fastify(fastifyOptions({ baseUrl, version: '1.0.0' }));
  guardEdge(app, { baseUrl, version: '1.0.0' });
  const routes = createRoutes(app, {
    authenticate: async () => who,
    cursors: new Cursors(Buffer.alloc(32, 7)),
    baseUrl,
    replay: async () => undefined,
    check: true,
  });
  statisticsRoutes(routes, { db });
  await app.ready();
  t.teardown(() => app.close());
  const headers = { authorization: 'Bearer token', host: 'node.example' };
  return (url: string, more: Record<string, string> = {}) => app.inject({ url, headers: { ...headers, ...more } });
}
