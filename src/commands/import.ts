import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { NewImport } from '../features/imports/schemas.ts';
import { importFile } from './file-import.ts';
import { runImportCommand, UsageError } from './import-process.ts';

const usage = `Usage: npm run import -- --resource organisations|alliances|memberships --source NAME [--dry-run] FILE.csv

  --resource  what the file holds
  --source    short name of where it comes from; its keys are unique within the source
  --dry-run   report what would happen, and store nothing but the report`;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        resource: { type: 'string' },
        source: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
      },
    });
    const input = NewImport.parse({ resource: values.resource, source: values.source, dryRun: values['dry-run'] });
    const [file, ...others] = positionals;
    if (file === undefined || others.length > 0) throw new UsageError(usage);
    return { input, file };
  } catch {
    throw new UsageError(usage);
  }
}

await runImportCommand(readArguments, async (run, { input, file }) => [
  await importFile(run, input, createReadStream(file)),
]);
