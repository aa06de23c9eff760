import { baseUrlOf, ConfigError } from './config.ts';
import { openReceipts } from './features/access/access.ts';
import { Computing, openPool } from './features/statistics/background.ts';
import { openNode } from './node.ts';
import { countRuns, showBacklogs } from './platform/job-metrics.ts';
import { processMetrics, serveMetrics } from './platform/metrics.ts';
import { runNode } from './program.ts';
import { openPeeringOf, openSending } from './sending.ts';
import { loops, startWorker } from './worker.ts';

await runNode(async (config, log) => {
  if (config.databaseUrl === undefined) throw new ConfigError('DATABASE_URL: a worker of its own needs it');
  const node = await openNode(config, log);
  try {
    const receipts = await openReceipts(node.db, { keySecret: node.secret, issuer: baseUrlOf(config) });
    const pool = openPool();
    const computing = new Computing(node.db, pool);
    const sending = openSending(config, { secret: node.secret, log });
    const peering = openPeeringOf(config, { ...node, outbound: sending.outbound });
    const jobs = loops({ db: node.db, receipts, sending, peering, computing, pool, log });
    const registry = processMetrics(node.sql);
    showBacklogs(registry, jobs, log);
    const { host, metricsPort: port } = config;
    const metrics = port === undefined ? undefined : await serveMetrics(registry, { host, port });
    const worker = startWorker(jobs, log, countRuns(registry, jobs));
    log.info('the background loops run');
    return {
      stop: async () => {
        await worker.stop();
        metrics?.close();
        await Promise.all([sending.close(), pool.close()]);
        await node.close();
      },
    };
  } catch (error) {
    await node.close();
    throw error;
  }
});
