import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';

// Opening a node brings its database up to date.
await runCommand(async (config, log) => {
  const node = await openNode(config, log);
  await node.close();
  process.stdout.write('The database is up to date.\n');
});
