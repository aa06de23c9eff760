import { parseArgs } from 'node:util';
import { planFor, readArchive, takeIn } from '../features/exports/exports.ts';
import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';
import { UsageError } from './import-process.ts';

const usage = `Usage: npm run import:export -- [--leave-out] ARCHIVE.tar.gz

Takes an export (NDJSON) of another node in, on a node that is empty.

  --leave-out  take in what can be; without it, an archive that holds anything else is refused with a list of it

No archive holds clients, keys, secrets, events, audit records or the processing log.`;

function readArguments(): { leaveOut: boolean; file: string } {
  try {
    const options = { 'leave-out': { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError(usage);
    return { leaveOut: values['leave-out'] === true, file };
  } catch {
    throw new UsageError(usage);
  }
}

await runCommand(async (config, log) => {
  const { leaveOut, file } = readArguments();
  const archive = await readArchive(file);
  const plan = planFor(archive, config.baseUrl);
  const left = plan.leftOut.map(({ resource, rows, why }) => `  ${resource}: ${rows} rows ${why}`).join('\n');
  if (left !== '' && !leaveOut)
    throw new Error(`Nothing was stored. This cannot be taken in; with --leave-out, the rest is:\n${left}`);
  const node = await openNode(config, log);
  try {
    await takeIn(node.db, archive, plan);
  } finally {
    await node.close();
  }
  const taken = [...plan.rows].filter(([, rows]) => rows.length > 0);
  process.stdout.write(`Taken in, as of ${archive.manifest.madeAt}:\n`);
  for (const [resource, rows] of taken) process.stdout.write(`  ${resource}: ${rows.length}\n`);
  if (left !== '') process.stdout.write(`Left out:\n${left}\n`);
});
