import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { publishedReceiptKeys } from '../features/access/access.ts';
import { verifyOwnership } from '../features/ownership/verification.ts';
import { openNode } from '../node.ts';
import type { KeySet } from '../platform/receipts.ts';
import { runCommand } from '../program.ts';

// Rebuilds every ownership from its signed receipts and names each row that is not what was signed. With --jwks FILE the
// keys are those that were kept outside the database, so that whoever replaces them there as well is found too.
await runCommand(async (config, log) => {
  const { values } = parseArgs({ options: { jwks: { type: 'string' } } });
  const kept = values.jwks === undefined ? undefined : (JSON.parse(await readFile(values.jwks, 'utf8')) as KeySet);
  const node = await openNode(config, log);
  try {
    const keys = kept ?? (await publishedReceiptKeys(node.db));
    const { subjects, records, offers, destroyed, faults } = await verifyOwnership(node.db, keys);
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    if (destroyed > 0)
      process.stdout.write(
        `${destroyed} receipts were destroyed with their closed spaces: their hashes stay, and were followed\n`,
      );
    process.stdout.write(
      `${records} records of ${subjects} subjects, ${offers} accepted offers: ${faults.length} faults\n`,
    );
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await node.close();
  }
});
