import { openNode } from '../node.ts';
import { faultDetail, Problem } from '../platform/problem.ts';
import { runCommand } from '../program.ts';
import { type ImportRun, type ImportSummary, summaryText } from './file-import.ts';

/** A command was called in a wrong way; the message says how to call it. */
export class UsageError extends Error {}

/**
 * Runs an import command: opens the node's database, imports, prints what became of the rows, seconds and peak memory.
 * Faults are told on standard error, and end the process with 1; so does a file of which nothing could be imported.
 */
export function runImportCommand<Arguments>(
  readArguments: () => Arguments,
  work: (run: ImportRun, given: Arguments) => Promise<ImportSummary[]>,
): Promise<void> {
  return runCommand(async (config, log, signal) => {
    const given = readArguments();
    const node = await openNode(config, log);
    try {
      const started = performance.now();
      const progress = (text: string) => process.stderr.write(text);
      const summaries = await work({ db: node.db, log, signal, progress }, given).catch(explainRefusal);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
      process.stdout.write(`${summaryText(summaries)}\n${seconds} seconds, ${megabytes} MB peak memory\n`);
      if (summaries.some(({ view }) => view.state !== 'succeeded')) process.exitCode = 1;
    } finally {
      await node.close();
    }
  });
}

function explainRefusal(error: unknown): never {
  if (!(error instanceof Problem)) throw error;
  const faults = error.errors.map((fault) => `  ${fault.location}: ${faultDetail(fault, 'en')}`);
  throw new Error(['The file was refused and nothing was stored:', ...faults].join('\n'));
}
