import { and, desc, eq, gt, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { RowFault } from '../../platform/imported.ts';
import { faultDetail, invalid, type Language, notFound, Problem } from '../../platform/problem.ts';
import { allianceKinds, roles } from '../alliances/alliances.ts';
import { commit } from '../events/events.ts';
import { organisationKinds } from '../organisations/organisations.ts';
import { type CsvInput, readCsv } from './csv.ts';
import { headerFaults, type ReadRow, readRow, type Vocabularies } from './rules.ts';
import type { ImportQuery, ImportRowQuery, ImportRowView, ImportView, NewImport } from './schemas.ts';
import { importRows, imports } from './tables.ts';

export { removeImportContents } from './retention.ts';
export { countDueImports, runDueImports } from './runner.ts';

type View = z.output<typeof ImportView>;
type RowView = z.output<typeof ImportRowView>;

const vocabularies: Vocabularies = {
  organisationKind: organisationKinds,
  allianceKind: allianceKinds,
  visibility: ['public', 'network'],
  role: roles,
};

/** Rows that are stored by one statement while a file is read. */
const chunkSize = 1000;

/**
 * Takes a file in: reads it as it arrives, and puts its rows in the queue. Throws invalid_input with every fault of the
 * header row, or when the file is empty, not UTF-8 or not CSV; then nothing is stored.
 */
export async function createImport(
  db: Db,
  context: Context,
  input: z.output<typeof NewImport>,
  file: CsvInput,
): Promise<Answer<View>> {
  const { caller, requestId, traceId } = context;
  const { clientId, clientName, organisationId, administrator } = caller;
  return commit(db, context, async (db, record) => {
    const importId = newId();
    await db.insert(imports).values({
      ...input,
      id: importId,
      state: 'queued',
      requester: { clientId, clientName, organisationId, administrator, requestId, traceId },
      columns: [],
      rowCount: 0,
      createdAt: new Date(),
    });
    const { columns, rowCount } = await storeRows(db, importId, input.resource, file);
    await db.update(imports).set({ columns, rowCount }).where(eq(imports.id, importId));
    record({
      type: 'import.requested',
      subjectType: 'import',
      subjectId: importId,
      data: { resource: input.resource, source: input.source, dryRun: input.dryRun },
    });
    return { ...(await getImport(db, caller, importId)), location: `/v1/imports/${importId}` };
  });
}

type Resource = z.output<typeof NewImport>['resource'];

async function storeRows(
  db: Db,
  importId: string,
  resource: Resource,
  file: CsvInput,
): Promise<{ columns: string[]; rowCount: number }> {
  const records = readCsv(file);
  const header = await records.next();
  if (header.done === true) throw emptyFile();
  const columns = header.value.cells.map((cell) => cell.trim());
  const faults = headerFaults(resource, columns);
  if (faults.length > 0) throw invalid(faults);
  const keys = new Set<string>();
  let rowCount = 0;
  let chunk: object[] = [];
  for await (const { line, cells } of records) {
    const row = readRow(resource, columns, cells, vocabularies);
    chunk.push({ line, ...refuseRepeated(row, keys) });
    rowCount += 1;
    if (chunk.length >= chunkSize) {
      await storeChunk(db, importId, chunk);
      chunk = [];
    }
  }
  if (rowCount === 0) throw emptyFile();
  await storeChunk(db, importId, chunk);
  return { columns, rowCount };
}

const emptyFile = () => invalid([{ in: 'file', location: 'file', code: 'empty_file' }]);

/** Of the sound rows with one key, only the first is taken. */
function refuseRepeated(row: ReadRow, keys: Set<string>): ReadRow {
  const { content, key } = row;
  if (content === null || key === null) return row;
  if (keys.has(key)) return { key, content: null, faults: [{ column: 'key', code: 'repeated' }] };
  keys.add(key);
  return row;
}

async function storeChunk(db: Db, importId: string, chunk: readonly object[]): Promise<void> {
  await db.execute(sql`
    insert into ${importRows} (import_id, line, key, content, faults)
    select ${importId}::uuid, r.line, r.key, nullif(r.content, 'null'::jsonb), r.faults
    from jsonb_to_recordset(${JSON.stringify(chunk)}::jsonb) as r(line int, key text, content jsonb, faults jsonb)`);
}

function toView({ requester, ...row }: typeof imports.$inferSelect): View {
  const { columns: _, failedAttempts: __, leaseToken: ___, leaseUntil: ____, ...shown } = row;
  const until = row.finishedAt ?? new Date();
  return {
    ...shown,
    resource: row.resource as View['resource'],
    state: row.state as View['state'],
    clientName: requester.clientName,
    secondsTaken: row.startedAt === null ? null : Math.max(0, until.getTime() - row.startedAt.getTime()) / 1000,
  };
}

async function find(db: Db, importId: string): Promise<typeof imports.$inferSelect> {
  const [row] = await db.select().from(imports).where(eq(imports.id, importId));
  if (row === undefined) throw notFound();
  return row;
}

/** One import with its progress. Throws not_found. */
export async function getImport(db: Db, _caller: Caller, importId: string): Promise<Answer<View>> {
  return { body: toView(await find(db, importId)) };
}

/** A page of imports, the last one first. */
export async function listImports(
  db: Db,
  _caller: Caller,
  input: z.output<typeof ImportQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, resource, state, source, limit } = input;
  const rows = await db
    .select()
    .from(imports)
    .where(
      and(
        after?.[0] === undefined ? undefined : lt(imports.id, after[0]),
        resource === undefined ? undefined : eq(imports.resource, resource),
        state === undefined ? undefined : eq(imports.state, state),
        source === undefined ? undefined : eq(imports.source, source),
      ),
    )
    .orderBy(desc(imports.id))
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

const detailOf = ({ column, code, params }: RowFault, language: Language) => ({
  column,
  code,
  detail: faultDetail({ in: 'file', location: column, code, params }, language),
});

/** A page of the report of an import, in the order of its lines, told in the caller's language. Throws not_found. */
export async function listImportRows(
  db: Db,
  _caller: Caller,
  importId: string,
  input: z.output<typeof ImportRowQuery> & { after?: string[] | undefined },
  language: Language,
): Promise<PageOf<RowView>> {
  const { after, outcome, withFaults, limit } = input;
  await find(db, importId);
  const rows = await db
    .select({ ...rowColumns })
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, importId),
        after?.[0] === undefined ? undefined : gt(importRows.line, Number(after[0])),
        outcome === undefined ? undefined : eq(importRows.outcome, outcome),
        withFaults === undefined ? undefined : sql`(${importRows.faults} <> '[]'::jsonb) = ${withFaults}`,
      ),
    )
    .orderBy(importRows.line)
    .limit(limit + 1);
  const view = ({ faults, ...row }: (typeof rows)[number]): RowView => ({
    ...row,
    outcome: row.outcome as RowView['outcome'],
    faults: faults.map((fault) => detailOf(fault, language)),
  });
  return pageOf(rows, limit, (row) => [String(row.line)], view);
}

const rowColumns = {
  line: importRows.line,
  key: importRows.key,
  outcome: importRows.outcome,
  subjectId: importRows.subjectId,
  faults: importRows.faults,
};

/** How often each fault occurred in an import, by column, code and whether its row was refused; the most frequent first. */
export async function countImportFaults(
  db: Db,
  importId: string,
): Promise<{ column: string; code: string; refused: boolean; count: number; lines: number[] }[]> {
  return db.execute(sql`
    select f.column, f.code, r.outcome = 'refused' as refused, count(*)::int as count,
      (array_agg(r.line order by r.line))[1:5] as lines
    from ${importRows} r cross join jsonb_to_recordset(r.faults) as f("column" text, code text)
    where r.import_id = ${importId} group by 1, 2, 3 order by 3 desc, 4 desc, 1, 2`);
}

/**
 * Stops an import after the batch that is being worked on; what was recorded stays. Stopping it again changes nothing.
 * Throws not_found, import_finished.
 */
export async function cancelImport(db: Db, context: Context, importId: string): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const [row] = await db.select().from(imports).where(eq(imports.id, importId)).for('update');
    if (row === undefined) throw notFound();
    if (row.state === 'succeeded' || row.state === 'failed') throw new Problem('import_finished');
    if (row.state !== 'cancelled') {
      await db
        .update(imports)
        .set({ state: 'cancelled', finishedAt: new Date(), leaseToken: null, leaseUntil: null })
        .where(eq(imports.id, importId));
      record({ type: 'import.cancelled', subjectType: 'import', subjectId: importId });
    }
    return getImport(db, context.caller, importId);
  });
}
