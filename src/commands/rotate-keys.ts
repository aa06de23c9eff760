import { parseArgs } from 'node:util';
import { rotateReceiptKey, rotateSigningKey } from '../features/access/access.ts';
import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';

// Makes new signing keys, for tokens and for receipts, that take over in ten minutes. With --compromised they sign at
// once, every token that was signed with an older key is refused from now on, and the older keys of receipts are
// published with the instant from which nothing that they signed is to be believed.
await runCommand(async (config, log) => {
  const { values } = parseArgs({ options: { compromised: { type: 'boolean', default: false } } });
  const node = await openNode(config, log);
  try {
    const { kid, activeFrom } = await rotateSigningKey(node.db, { keySecret: node.secret, ...values });
    process.stdout.write(`The key ${kid} signs from ${activeFrom.toISOString()}.\n`);
    const receipts = await rotateReceiptKey(node.db, { keySecret: node.secret, ...values });
    process.stdout.write(`The key ${receipts.kid} signs receipts from ${receipts.activeFrom.toISOString()}.\n`);
  } finally {
    await node.close();
  }
});
