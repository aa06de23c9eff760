import { type ImportRun, type ImportSummary, importFile } from './file-import.ts';
import { mapRegister } from './register-mapping.ts';

/** The name of the register as a source of imports. */
export const registerSource = 'roo';

const resources = ['organisations', 'alliances', 'memberships'] as const;

/**
 * Maps the register's files in a directory and imports organisations, agreements and membership spells, in that order.
 * Tells by `run.progress` what the mapping decided. Throws an Error that names a file that is missing.
 */
export async function importRegister(run: ImportRun, directory: string, dryRun = false): Promise<ImportSummary[]> {
  const mapped = await mapRegister(directory);
  for (const note of mapped.notes) run.progress?.(`${note}\n`);
  const summaries: ImportSummary[] = [];
  for (const resource of resources) {
    summaries.push(await importFile(run, { resource, source: registerSource, dryRun }, mapped[resource]));
  }
  return summaries;
}
