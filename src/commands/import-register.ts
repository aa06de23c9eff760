import { parseArgs } from 'node:util';
import { runImportCommand, UsageError } from './import-process.ts';
import { importRegister } from './register-import.ts';

const usage = `Usage: npm run import:register -- DIRECTORY [--dry-run]

  DIRECTORY  where the register is: organisations.csv, municipalities.csv, care_and_welfare.csv, agreements.csv
             and membership_spells.csv
  --dry-run  report what would happen, and store nothing but the report; memberships then name organisations and
             alliances that are not there, unless they were imported before`;

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { 'dry-run': { type: 'boolean', default: false } },
    });
    const [directory, ...others] = positionals;
    if (directory === undefined || others.length > 0) throw new UsageError(usage);
    return { directory, dryRun: values['dry-run'] };
  } catch {
    throw new UsageError(usage);
  }
}

await runImportCommand(readArguments, (run, { directory, dryRun }) => importRegister(run, directory, dryRun));
