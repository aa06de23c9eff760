import { sql } from 'drizzle-orm';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import type { Imported, RowFault } from '../../platform/imported.ts';
import { importAlliances, importMemberships } from '../alliances/alliances.ts';
import type { NewEvent } from '../events/events.ts';
import { type IdentifierScheme, identifierSchemes } from '../organisations/identifiers.ts';
import { importOrganisations, resolveOrganisationKeys } from '../organisations/organisations.ts';
import { importRows, type imports } from './tables.ts';

/** A row without an outcome; `content` is null when it was refused as it was read. */
export type PendingRow = {
  readonly line: number;
  readonly key: string | null;
  readonly content: Record<string, unknown> | null;
  readonly faults: RowFault[];
};

type Job = Pick<typeof imports.$inferSelect, 'id' | 'resource' | 'source' | 'dryRun' | 'columns'>;
type Recorder = (event: NewEvent) => void;
type SoundRow = PendingRow & { readonly content: Record<string, unknown> };

/** Applies rows of an import in the caller's transaction; answers what became of each. */
export async function processRows(
  db: Db,
  context: Context,
  record: Recorder,
  job: Job,
  rows: readonly PendingRow[],
): Promise<Imported[]> {
  const sound = rows.filter((row): row is SoundRow => row.content !== null);
  const refused = rows
    .filter((row) => row.content === null)
    .map(({ line }): Imported => ({ line, id: null, outcome: 'refused', faults: [] }));
  const apply = { organisations: applyOrganisations, alliances: applyAlliances, memberships: applyMemberships };
  const results =
    sound.length === 0 ? [] : await apply[job.resource as keyof typeof apply](db, context, record, job, sound);
  if (results.length !== sound.length)
    throw new Error(`${sound.length} ${job.resource} were given, ${results.length} told of`);
  return [...refused, ...results];
}

async function applyOrganisations(
  db: Db,
  context: Context,
  record: Recorder,
  job: Job,
  rows: readonly SoundRow[],
): Promise<Imported[]> {
  const successorKeys = rows.flatMap(({ content }) =>
    typeof content.successorKey === 'string' ? [content.successorKey] : [],
  );
  const successors =
    successorKeys.length === 0
      ? new Map<string, string>()
      : await resolveOrganisationKeys(db, job.source, successorKeys);
  const elsewhere = successorKeys.filter((key) => !successors.has(key));
  const rehearsed = job.dryRun && elsewhere.length > 0 ? await rehearsedKeys(db, job, elsewhere) : new Set<unknown>();
  const given = rows.map(({ line, content }) => {
    const { successorKey, ...fields } = content;
    return { line, ...fields, successorId: successors.get(successorKey as string) } as Parameters<
      typeof importOrganisations
    >[3][number];
  });
  const results = await importOrganisations(db, context, record, given, {
    source: job.source,
    schemes: identifierSchemes.filter((scheme) => job.columns.includes(scheme)),
    ...(job.dryRun && { reserved: await rehearsedIdentifiers(db, job, rows) }),
  });
  const lost = new Set(
    rows.flatMap(({ line, content: { successorKey } }) =>
      typeof successorKey === 'string' && !successors.has(successorKey) && !rehearsed.has(successorKey) ? [line] : [],
    ),
  );
  return results.map((result) =>
    lost.has(result.line) && result.outcome !== 'refused'
      ? { ...result, faults: [...result.faults, { column: 'successorKey', code: 'unknown_successor' }] }
      : result,
  );
}

/** In a dry run: keys of rows of earlier batches, which were undone. */
async function rehearsedKeys(db: Db, job: Job, keys: readonly string[]): Promise<Set<unknown>> {
  const found = await db.execute<{ key: string }>(sql`
    select key from ${importRows} where import_id = ${job.id} and content is not null
      and key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`);
  return new Set(found.map(({ key }) => key));
}

/** In a dry run: identifiers of rows of earlier batches, which were undone. */
async function rehearsedIdentifiers(db: Db, job: Job, rows: readonly SoundRow[]): Promise<Set<string>> {
  const wanted = rows.flatMap(
    ({ content }) => (content.identifiers ?? []) as { scheme: IdentifierScheme; value: string }[],
  );
  if (wanted.length === 0) return new Set();
  const found = await db.execute<{ name: string }>(sql`
    select i.scheme || ':' || i.value as name
    from ${importRows} r cross join jsonb_to_recordset(r.content -> 'identifiers') as i(scheme text, value text)
    join (select distinct scheme, value from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w(scheme text, value text)) w
      on w.scheme = i.scheme and w.value = i.value
    where r.import_id = ${job.id} and r.outcome = 'created'`);
  return new Set(found.map(({ name }) => name));
}

async function applyAlliances(
  db: Db,
  _context: Context,
  record: Recorder,
  job: Job,
  rows: readonly SoundRow[],
): Promise<Imported[]> {
  const given = rows.map(
    ({ line, content }) => ({ line, ...content }) as Parameters<typeof importAlliances>[3][number],
  );
  return importAlliances(db, record, job.source, given);
}

async function applyMemberships(
  db: Db,
  _context: Context,
  record: Recorder,
  job: Job,
  rows: readonly SoundRow[],
): Promise<Imported[]> {
  const keys = [...new Set(rows.map(({ content }) => content.organisationKey as string))];
  const organisations = await resolveOrganisationKeys(db, job.source, keys);
  const given = rows.map(({ line, content }) => {
    const { organisationKey, ...fields } = content;
    const organisationId = organisations.get(organisationKey as string) ?? null;
    return { line, ...fields, organisationId } as Parameters<typeof importMemberships>[3][number];
  });
  return importMemberships(db, record, job.source, given);
}
