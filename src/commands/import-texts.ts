import { parseArgs } from 'node:util';
import { administratorClientId } from '../features/access/access.ts';
import { nodeOrganisationId } from '../features/access/clients.ts';
import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';
import { UsageError } from './import-process.ts';
import { importTexts, textSummaryText } from './texts-import.ts';

const usage = `Usage: npm run import:texts -- DIRECTORY

  DIRECTORY  where the texts are: algoritmekader.ndjson, afsprakenstelsel.ndjson and roo_texts.ndjson; they become
             published knowledge items of the organisation that runs the node, each with its own licence`;

function readDirectory(): string {
  try {
    const [directory, ...others] = parseArgs({ allowPositionals: true }).positionals;
    if (directory === undefined || others.length > 0) throw new UsageError(usage);
    return directory;
  } catch {
    throw new UsageError(usage);
  }
}

await runCommand(async (config, log, signal) => {
  const directory = readDirectory();
  const node = await openNode(config, log);
  try {
    const started = performance.now();
    const organisationId = await nodeOrganisationId(node.db, administratorClientId);
    if (organisationId === undefined)
      throw new Error('the node has no organisation of its own yet: start it once, then import');
    const progress = (text: string) => process.stderr.write(text);
    const summaries = await importTexts({ db: node.db, log, signal, progress }, directory, organisationId);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${textSummaryText(summaries)}${seconds} seconds\n`);
    if (summaries.some(({ counts }) => counts.refused > 0)) process.exitCode = 1;
  } finally {
    await node.close();
  }
});
