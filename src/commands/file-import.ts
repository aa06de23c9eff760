import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import { countImportFaults, createImport, getImport, runDueImports } from '../features/imports/imports.ts';
import { nodeContext } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';

/** What a file holds, where it comes from, and whether only to try. */
export type FileImport = Parameters<typeof createImport>[2];

/** How an import ended: its counts, and how often each fault occurred. */
export type ImportSummary = {
  readonly view: Awaited<ReturnType<typeof getImport>>['body'];
  readonly faults: Awaited<ReturnType<typeof countImportFaults>>;
};

/** What a command needs to import: where, what to log to, where to tell progress, and how it is interrupted. */
export type ImportRun = {
  readonly db: Db;
  readonly log: Pick<FastifyBaseLogger, 'error' | 'info'>;
  readonly signal: AbortSignal;
  readonly progress?: (text: string) => void;
};

/** Whoever operates the node. */
const operator = { clientId: 'command', clientName: 'import command', administrator: true };

/**
 * Imports a file in this process, to its end. Another worker of the node may do a part of the work. Throws
 * invalid_input as `createImport` does, and an Error when it is interrupted: then a worker of the node goes on.
 */
export async function importFile(
  run: ImportRun,
  input: FileImport,
  file: Parameters<typeof createImport>[3],
): Promise<ImportSummary> {
  const { db, log, signal, progress } = run;
  const context = nodeContext('createImport', operator);
  const { caller } = context;
  const { body } = await createImport(db, context, input, file);
  const onBatch = async (importId: string) => {
    const { resource, processedCount, rowCount } = (await getImport(db, caller, importId)).body;
    progress?.(`${resource}: ${processedCount} of ${rowCount} rows\n`);
  };
  for (;;) {
    const worked = await runDueImports(db, { signal, log, onBatch }).catch((error: unknown) => {
      log.error({ err: error }, 'a batch failed; it will be tried again');
      return false;
    });
    const { body: view } = await getImport(db, caller, body.id);
    if (view.finishedAt !== null) return { view, faults: await countImportFaults(db, body.id) };
    if (signal.aborted) throw new Error(`interrupted; the import ${body.id} goes on when the node runs`);
    if (!worked) await wait(250);
  }
}

const columns = [
  ['resource', 'resource'],
  ['state', 'state'],
  ['rows', 'rowCount'],
  ['created', 'createdCount'],
  ['updated', 'updatedCount'],
  ['unchanged', 'unchangedCount'],
  ['refused', 'refusedCount'],
  ['with warnings', 'warningCount'],
  ['seconds', 'secondsTaken'],
] as const;

/** The outcome of imports as tables of text: counts, then faults with how often they occurred and on which lines first. */
export function summaryText(summaries: readonly ImportSummary[]): string {
  const counts = summaries.map(({ view }) => columns.map(([, field]) => String(view[field])));
  const faults = summaries.flatMap(({ view, faults }) =>
    faults.map(({ column, code, refused, count, lines }) => [
      view.resource,
      refused ? 'row refused' : 'row taken',
      column,
      code,
      String(count),
      `${lines.join(', ')}${count > lines.length ? ', …' : ''}`,
    ]),
  );
  const parts = [table([columns.map(([title]) => title), ...counts])];
  if (faults.length > 0) parts.push(table([['resource', 'outcome', 'column', 'reason', 'count', 'lines'], ...faults]));
  return parts.join('\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
