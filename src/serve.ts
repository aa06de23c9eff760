import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { buildApp } from './app.ts';
import { baseUrlOf, type Config } from './config.ts';
import { ensureAdministrator, openReceipts } from './features/access/access.ts';
import { Computing, openPool } from './features/statistics/background.ts';
import { type Node, openNode } from './node.ts';
import { drainOf } from './platform/drain.ts';
import { countRuns, showBacklogs } from './platform/job-metrics.ts';
import { processMetrics } from './platform/metrics.ts';
import type { Running } from './program.ts';
import { openPeeringOf, openSending } from './sending.ts';
import { loops, startWorker } from './worker.ts';

/** A node that answers: its address, its application, and how to stop it. */
export type Served = Running & {
  readonly baseUrl: string;
  readonly app: FastifyInstance;
  readonly node: Node;
};

/** What is done before a node answers: the administrator's client is made, and its secret is shown. */
export type FirstStart = (config: Config, node: Node, baseUrl: string) => Promise<void>;

const firstStart: FirstStart = (config, node) =>
  node.db.transaction(async (db) => {
    const { clientId, secret } = await ensureAdministrator(db, {
      nodeName: config.nodeName,
      keySecret: node.secret,
      ...(config.adminClientSecret !== undefined && { secret: config.adminClientSecret }),
    });
    if (secret === undefined || config.adminClientSecret !== undefined) return;
    // Before the commit, so that no secret is kept that was not shown.
    process.stdout.write(
      `\nFirst start: the client "${clientId}" was made. Its secret is shown this once:\n  ${secret}\n\n`,
    );
  });

const isNoPlace = ({ code, syscall }: NodeJS.ErrnoException) => code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo';

/** Starts a node: database, first administrator, application, background loops, then the port. */
export async function serve(config: Config, log: Logger, start = firstStart): Promise<Served> {
  const node = await openNode(config, log);
  try {
    const baseUrl = baseUrlOf(config);
    await start(config, node, baseUrl);
    const receipts = await openReceipts(node.db, { keySecret: node.secret, issuer: baseUrl });
    const [threads, pool] = [openPool(), openPool()];
    const computing = new Computing(node.db, threads);
    const sending = openSending(config, { secret: node.secret, log });
    const peering = openPeeringOf(config, { ...node, outbound: sending.outbound });
    const jobs = loops({ db: node.db, receipts, sending, peering, computing, pool, log });
    const registry = processMetrics(node.sql);
    showBacklogs(registry, jobs, log);
    const app = await buildApp({
      ...{ config, baseUrl, db: node.db, sql: node.sql, secret: node.secret, computing, log, registry },
    });
    const drain = drainOf(app.server);
    await app.listen({ host: config.host, port: config.port }).catch(async (error: NodeJS.ErrnoException) => {
      await app.close();
      throw isNoPlace(error) ? new Error('HOST names no address of this machine.') : error;
    });
    const worker = config.runWorker ? startWorker(jobs, log, countRuns(registry, jobs)) : undefined;
    log.info({ documentation: `${baseUrl}/docs` }, 'the node answers');
    const stop = async () => {
      try {
        await Promise.all([drain().then(() => app.close()), worker?.stop()]);
      } finally {
        await Promise.all([sending.close(), threads.close(), pool.close()]);
        await node.close();
      }
    };
    return { baseUrl, app, node, stop, lost: node.lost };
  } catch (error) {
    await node.close();
    throw error;
  }
}
