import { commit } from '../features/events/events.ts';
import { importKnowledgeItems } from '../features/knowledge/knowledge.ts';
import { nodeContext } from '../platform/caller.ts';
import type { Imported, RowFault } from '../platform/imported.ts';
import { faultDetail } from '../platform/problem.ts';
import type { ImportRun } from './file-import.ts';
import { type MappedTexts, mapTexts, textFiles } from './text-mapping.ts';

/** What became of the texts of a file. */
export type TextSummary = {
  readonly file: string;
  readonly repeated: number;
  readonly counts: Readonly<Record<Imported['outcome'], number>>;
  readonly refused: readonly { readonly line: number; readonly faults: readonly RowFault[] }[];
};

/** Texts that are published in one transaction. */
const batchSize = 250;

/**
 * Publishes the texts of a directory as public items of an organisation, batch by batch, and tells its progress. What
 * was published before is left alone or becomes a next version. Throws an Error that names a file that is missing, and
 * when it is interrupted: then the batches before stay, and the same command goes on.
 */
export async function importTexts(run: ImportRun, directory: string, organisationId: string): Promise<TextSummary[]> {
  const summaries: TextSummary[] = [];
  for (const { file, source } of textFiles) {
    const mapped = await mapTexts(directory, file);
    const results = await publishTexts(run, { organisationId, source }, mapped);
    summaries.push(summaryOf(file, mapped, results));
  }
  return summaries;
}

async function publishTexts(
  { db, signal, progress }: ImportRun,
  source: Parameters<typeof importKnowledgeItems>[2],
  { texts }: MappedTexts,
): Promise<Imported[]> {
  const results: Imported[] = [];
  const operator = { clientId: 'command', clientName: 'import command', organisationId: source.organisationId };
  for (let start = 0; start < texts.length; start += batchSize) {
    if (signal.aborted) throw new Error('interrupted; the same command goes on where it stopped');
    const batch = texts.slice(start, start + batchSize);
    const { body } = await commit(db, nodeContext('importTexts', operator), async (db, record) => ({
      body: await importKnowledgeItems(db, record, source, batch),
    }));
    results.push(...body);
    progress?.(`${source.source}: ${results.length} of ${texts.length} texts\n`);
  }
  return results;
}

function summaryOf(file: string, { repeated, unreadable }: MappedTexts, results: readonly Imported[]): TextSummary {
  const refused = [
    ...unreadable.map(({ line, fault }) => ({ line, faults: [fault] })),
    ...results.filter(({ outcome }) => outcome === 'refused'),
  ].sort((one, other) => one.line - other.line);
  const count = (outcome: Imported['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const counts = {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    refused: refused.length,
  };
  return { file, repeated, counts, refused };
}

/** The outcome as text: counts for each file, then every line that was refused, and why. */
export function textSummaryText(summaries: readonly TextSummary[]): string {
  const counts = summaries.map(({ file, repeated, counts }) => {
    const { created, updated, unchanged, refused } = counts;
    return `${file}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused, ${repeated} repeated\n`;
  });
  const refused = summaries.flatMap(({ file, refused }) =>
    refused.map(({ line, faults }) => `${file}, line ${line}: ${faults.map(told).join('; ')}\n`),
  );
  return [...counts, ...refused].join('');
}

const told = ({ column, code, params }: RowFault) =>
  `${column} ${faultDetail({ in: 'file', location: column, code, params }, 'en')}`.trim();
