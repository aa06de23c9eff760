import { parseArgs } from 'node:util';
import { rotateSigningKey } from '../features/access/access.ts';
import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';

// Makes a new signing key that takes over in ten minutes. With --compromised it signs at once, and every token that
// was signed with an older key is refused from now on.
await runCommand(async (config, log) => {
  const { values } = parseArgs({ options: { compromised: { type: 'boolean', default: false } } });
  const node = await openNode(config, log);
  try {
    const { kid, activeFrom } = await rotateSigningKey(node.db, { keySecret: node.secret, ...values });
    process.stdout.write(`The key ${kid} signs from ${activeFrom.toISOString()}.\n`);
  } finally {
    await node.close();
  }
});
