import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { publishedReceiptKeys } from '../features/access/access.ts';
import { verifyAudit } from '../features/audit/verification.ts';
import { openNode } from '../node.ts';
import type { KeySet } from '../platform/receipts.ts';
import { runCommand } from '../program.ts';

// Computes the hash of each audit record anew and holds the chain against its signed heads, and against heads that were
// kept elsewhere and are named as files. With --jwks FILE the keys are those that were kept outside the database.
await runCommand(async (config, log) => {
  const { values, positionals } = parseArgs({ options: { jwks: { type: 'string' } }, allowPositionals: true });
  const given = values.jwks === undefined ? undefined : (JSON.parse(await readFile(values.jwks, 'utf8')) as KeySet);
  const kept = await Promise.all(
    positionals.map(async (name) => ({ name, jws: (await readFile(name, 'utf8')).trim() })),
  );
  const node = await openNode(config, log);
  try {
    const keys = given ?? (await publishedReceiptKeys(node.db));
    const { records, heads, faults } = await verifyAudit(node.db, keys, kept);
    for (const fault of faults) process.stdout.write(`${fault}\n`);
    process.stdout.write(`${records} audit records are sound, under ${heads} signed heads: ${faults.length} faults\n`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await node.close();
  }
});
