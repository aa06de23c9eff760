import { baseUrlOf, ConfigError } from './config.ts';
import { openReceipts } from './features/access/access.ts';
import { openNode } from './node.ts';
import { runNode } from './program.ts';
import { openSending } from './sending.ts';
import { startWorker } from './worker.ts';

await runNode(async (config, log) => {
  if (config.databaseUrl === undefined) throw new ConfigError('DATABASE_URL: a worker of its own needs it');
  const node = await openNode(config, log);
  const receipts = await openReceipts(node.db, { keySecret: node.secret, issuer: baseUrlOf(config) });
  const sending = openSending(config, { secret: node.secret, log });
  const worker = startWorker({ db: node.db, receipts, sending, log });
  log.info('the background loops run');
  return {
    stop: async () => {
      await worker.stop();
      await sending.close();
      await node.close();
    },
  };
});
