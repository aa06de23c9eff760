import { join } from 'node:path';
import type { Config } from '../config.ts';
import { ensureAdministrator } from '../features/access/access.ts';
import type { Node } from '../node.ts';
import { withNamedIds } from '../platform/id.ts';
import { deriveKey } from '../platform/sealing.ts';
import { runNode } from '../program.ts';
import { type FirstStart, serve } from '../serve.ts';
import { fillDemoNetwork } from './demo-network.ts';

/** The organisation that runs the demo node. */
const nodeName = 'Academie Maarland';

/** The administrator's secret: fixed for a data directory, so that every start can show it. For the demo alone. */
const secretOf = (config: Config, { secret }: Pick<Node, 'secret'>) =>
  config.adminClientSecret ?? `demo_${deriveKey(secret, 'demo administrator').toString('base64url')}`;

/** Makes the administrator and the demo network on an empty database; later starts change nothing. */
const demoStart: FirstStart = async (config, node, baseUrl) => {
  const secret = secretOf(config, node);
  await node.db.transaction(async (db) => {
    const { secret: made } = await withNamedIds('node organisation', () =>
      ensureAdministrator(db, { nodeName, keySecret: node.secret, secret }),
    );
    if (made !== undefined) await fillDemoNetwork(db, node.secret, baseUrl);
  });
};

await runNode(async (config, log) => {
  const dataDir = config.databaseUrl === undefined ? join(config.dataDir, 'demo') : config.dataDir;
  const served = await serve({ ...config, dataDir, nodeName }, log, demoStart);
  process.stdout.write(`
The demo network is there. Open the documentation and press Authorize:

  address        ${served.baseUrl}/docs
  client_id      administrator
  client_secret  ${secretOf(config, served.node)}

`);
  return served;
});
