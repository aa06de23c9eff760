import { sql } from 'drizzle-orm';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Imported, RowFault } from '../../platform/imported.ts';
import type { NewEvent } from '../events/events.ts';
import { type IdentifierScheme, identifierSchemes, normaliseIdentifier } from './identifiers.ts';
import { organisationIdentifiers, organisationKeys, organisations } from './tables.ts';
import { recordVersions } from './versions.ts';

type Given = { readonly scheme: IdentifierScheme; readonly value: string };

/** A row of an import, checked in form. What is undefined was not in the file and stays as it is; null removes. */
export type ImportedOrganisation = {
  readonly line: number;
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly region?: string | null | undefined;
  readonly startsOn?: string | null | undefined;
  readonly endsOn?: string | null | undefined;
  readonly identifiers?: readonly Given[] | undefined;
  readonly successorId?: string | undefined;
};

/** Where rows come from, which identifier schemes the file gives, and identifiers (`scheme:value`) to treat as taken. */
export type OrganisationImport = {
  readonly source: string;
  readonly schemes: readonly IdentifierScheme[];
  readonly reserved?: ReadonlySet<string>;
};

type Known = {
  id: string;
  key: string;
  owned: boolean;
  elsewhere: boolean;
  kind: string;
  name: string;
  region: string | null;
  startsOn: string | null;
  endsOn: string | null;
  successorId: string | null;
  identifiers: Given[];
};

/** A row on its way: what it stands for here, and what it wants to be. */
type Work = {
  row: ImportedOrganisation;
  id: string;
  before: Known | undefined;
  after: Fields;
  changed: boolean;
  faults: RowFault[];
};
type Fields = Pick<Known, 'kind' | 'name' | 'region' | 'startsOn' | 'endsOn' | 'successorId'>;

const nameOf = ({ scheme, value }: Given) => `${scheme}:${value}`;

/**
 * Records a batch of organisations of a source in the caller's transaction. A row is the organisation that the source
 * knows by its key, else one of another source or made here that holds one of its identifiers and is then left as it
 * is, else a new one. An identifier that another organisation holds is left out and told; the row is taken.
 */
export async function importOrganisations(
  db: Db,
  context: Context,
  record: (event: NewEvent) => void,
  rows: readonly ImportedOrganisation[],
  options: OrganisationImport,
): Promise<Imported[]> {
  const known = await findByKeys(db, options.source, rows);
  const results: Imported[] = await adopt(
    db,
    options.source,
    rows.filter((row) => !known.has(row.key)),
  );
  const adopted = new Set(results.map((result) => result.line));
  const works: Work[] = [];
  for (const row of rows) {
    const before = known.get(row.key);
    if (adopted.has(row.line)) continue;
    if (before !== undefined && !before.owned) results.push(leftAlone(row, before));
    else works.push(plan(row, before));
  }
  const sound = works.filter((work) => isSound(work) || !results.push(refusal(work)));
  await insertNew(db, options.source, sound);
  await changeIdentifiers(db, sound, options);
  await updateChanged(db, sound);
  const touched = sound.filter((work) => work.before === undefined || work.changed);
  if (touched.length > 0)
    await recordVersions(
      db,
      context,
      touched.map((work) => work.id),
    );
  for (const { id, before } of touched) {
    const type = before === undefined ? 'organisation.registered' : 'organisation.changed';
    record({
      type,
      subjectType: 'organisation',
      subjectId: id,
      organisationIds: [id],
      data: { source: options.source },
    });
  }
  return [...results, ...sound.map(outcomeOf)];
}

/** What the source knows, and another source, this node or the home of a replica changes. */
const leftAlone = ({ line }: ImportedOrganisation, { id, elsewhere }: Known): Imported => ({
  line,
  id,
  outcome: 'unchanged',
  faults: elsewhere ? [{ column: 'key', code: 'kept_elsewhere' }] : [],
});

const isSound = ({ after }: Work) => after.startsOn === null || after.endsOn === null || after.startsOn <= after.endsOn;

const refusal = ({ row }: Work): Imported => ({
  line: row.line,
  id: null,
  outcome: 'refused',
  faults: [{ column: 'endsOn', code: 'ends_before_start' }],
});

const outcomeOf = ({ row, id, before, changed, faults }: Work): Imported => ({
  line: row.line,
  id,
  outcome: before === undefined ? 'created' : changed ? 'updated' : 'unchanged',
  faults,
});

async function findByKeys(db: Db, source: string, rows: readonly ImportedOrganisation[]): Promise<Map<string, Known>> {
  const found = await db.execute<Known>(sql`
    select o.id, k.key, (o.source = k.source and o.source_key = k.key and o.home is null) is true as owned,
      o.home is not null as elsewhere, o.kind, o.name, o.region,
      o.starts_on::text as "startsOn", o.ends_on::text as "endsOn", o.successor_id as "successorId",
      (select coalesce(jsonb_agg(jsonb_build_object('scheme', i.scheme, 'value', i.value)), '[]') from
        ${organisationIdentifiers} i where i.organisation_id = o.id and i.valid_until is null) as identifiers
    from ${organisationKeys} k join ${organisations} o on o.id = k.organisation_id
    where k.source = ${source} and k.key in (select jsonb_array_elements_text(${JSON.stringify(rows.map((row) => row.key))}::jsonb))
    order by o.id for update of o`);
  return new Map(found.map((row) => [row.key, row]));
}

/** Rows whose organisation is known here by an identifier, but not yet to this source: only their key is kept. */
async function adopt(db: Db, source: string, rows: readonly ImportedOrganisation[]): Promise<Imported[]> {
  const wanted = rows.flatMap((row) => row.identifiers ?? []);
  if (wanted.length === 0) return [];
  const holders = await db.execute<{ name: string; id: string }>(sql`
    select i.scheme || ':' || i.value as name, i.organisation_id as id
    from ${organisationIdentifiers} i
    join (select distinct scheme, value from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as r(scheme text, value text)) w
      on w.scheme = i.scheme and w.value = i.value
    where i.valid_until is null and not exists (
      select from ${organisationKeys} k where k.source = ${source} and k.organisation_id = i.organisation_id)`);
  const free = new Map(holders.map(({ name, id }) => [name, id]));
  const taken = new Map<string, ImportedOrganisation>();
  for (const row of rows) {
    const candidates = (row.identifiers ?? []).flatMap((identifier) => free.get(nameOf(identifier)) ?? []);
    const id = candidates.find((candidate) => !taken.has(candidate));
    if (id !== undefined) taken.set(id, row);
  }
  const keys = [...taken].map(([id, row]) => ({ id, key: row.key }));
  if (keys.length > 0) {
    await db.execute(sql`
      insert into ${organisationKeys} (source, key, organisation_id)
      select ${source}, r.key, r.id from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as r(id uuid, key text)`);
  }
  return [...taken].map(([id, row]) => ({ line: row.line, id, outcome: 'unchanged', faults: [] }));
}

function plan(row: ImportedOrganisation, before: Known | undefined): Work {
  const keep = <T>(given: T | undefined, present: T | undefined, absent: T): T =>
    given ?? (given === undefined ? (present ?? absent) : given);
  const merged = before !== undefined && before.successorId !== null;
  const after: Fields = {
    kind: row.kind,
    name: row.name,
    region: keep(row.region, before?.region, null),
    startsOn: keep(row.startsOn, before?.startsOn, null),
    endsOn: keep(merged ? (row.endsOn ?? undefined) : row.endsOn, before?.endsOn, null),
    successorId: row.successorId ?? before?.successorId ?? null,
  };
  const changed =
    before !== undefined && (Object.keys(after) as (keyof Fields)[]).some((field) => after[field] !== before[field]);
  return { row, id: before?.id ?? newId(), before, after, changed, faults: [] };
}

async function insertNew(db: Db, source: string, works: readonly Work[]): Promise<void> {
  const rows = works
    .filter(({ before }) => before === undefined)
    .map(({ id, row, after }) => ({ id, key: row.key, ...after }));
  if (rows.length === 0) return;
  const text = JSON.stringify(rows);
  const now = new Date().toISOString();
  await db.execute(sql`
    insert into ${organisations} (id, kind, name, region, starts_on, ends_on, successor_id, source, source_key, created_at, changed_at)
    select r.id, r.kind, r.name, r.region, r."startsOn", r."endsOn", r."successorId", ${source}, r.key, ${now}::timestamptz, ${now}::timestamptz
    from jsonb_to_recordset(${text}::jsonb) as r(id uuid, key text, kind text, name text, region text, "startsOn" date,
      "endsOn" date, "successorId" uuid)`);
  await db.execute(sql`
    insert into ${organisationKeys} (source, key, organisation_id)
    select ${source}, r.key, r.id from jsonb_to_recordset(${text}::jsonb) as r(id uuid, key text)`);
}

type Added = { id: string; organisation: string; scheme: IdentifierScheme; value: string; work: Work };

/** Ends the identifiers of the file's schemes that their row has no more, then adds what is new and free. */
async function changeIdentifiers(db: Db, works: readonly Work[], options: OrganisationImport): Promise<void> {
  const ended = works.flatMap((work) => endedOf(work, options.schemes));
  const added = works.flatMap((work) => addedOf(work, options.reserved));
  if (ended.length > 0) await endIdentifiers(db, ended);
  if (added.length === 0) return;
  const rows = JSON.stringify(added.map(({ work: _, ...row }) => row));
  const taken = await db.execute<{ id: string }>(sql`
    insert into ${organisationIdentifiers} (id, organisation_id, scheme, value)
    select r.id, r.organisation, r.scheme, r.value
    from jsonb_to_recordset(${rows}::jsonb) as r(id uuid, organisation uuid, scheme text, value text)
    on conflict (scheme, value) where valid_until is null do nothing returning id`);
  const stored = new Set(taken.map((row) => row.id));
  for (const { id, work, scheme, value } of added) {
    if (stored.has(id)) work.changed = true;
    else refuse(work, { scheme, value });
  }
}

function endedOf(work: Work, schemes: readonly IdentifierScheme[]): object[] {
  const wanted = new Set(work.row.identifiers?.map(nameOf));
  const present = work.before?.identifiers ?? [];
  const ended = present.filter((one) => schemes.includes(one.scheme) && !wanted.has(nameOf(one)));
  if (ended.length > 0) work.changed = true;
  return ended.map((one) => ({ organisation: work.id, ...one }));
}

function addedOf(work: Work, reserved: ReadonlySet<string> | undefined): Added[] {
  const present = new Set(work.before?.identifiers.map(nameOf));
  const wanted = (work.row.identifiers ?? []).filter((one) => !present.has(nameOf(one)));
  for (const one of wanted) if (reserved?.has(nameOf(one)) === true) refuse(work, one);
  const free = wanted.filter((one) => reserved?.has(nameOf(one)) !== true);
  return free.map((one) => ({ id: newId(), organisation: work.id, ...one, work }));
}

const refuse = (work: Work, { scheme, value }: Given) =>
  work.faults.push({ column: scheme, code: 'identifier_taken', params: { value } });

async function endIdentifiers(db: Db, ended: readonly object[]): Promise<void> {
  await db.execute(sql`
    update ${organisationIdentifiers} set valid_until = current_date
    from jsonb_to_recordset(${JSON.stringify(ended)}::jsonb) as r(organisation uuid, scheme text, value text)
    where organisation_id = r.organisation and ${organisationIdentifiers}.scheme = r.scheme
      and ${organisationIdentifiers}.value = r.value and valid_until is null`);
}

async function updateChanged(db: Db, works: readonly Work[]): Promise<void> {
  const rows = works
    .filter(({ before, changed }) => before !== undefined && changed)
    .map(({ id, after }) => ({ id, ...after }));
  if (rows.length === 0) return;
  await db.execute(sql`
    update ${organisations} set kind = r.kind, name = r.name, region = r.region, starts_on = r."startsOn",
      ends_on = r."endsOn", successor_id = r."successorId", version = version + 1, changed_at = ${new Date().toISOString()}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, kind text, name text, region text,
      "startsOn" date, "endsOn" date, "successorId" uuid)
    where ${organisations}.id = r.id`);
}

/**
 * The organisations that a source calls by these keys: its own keys first, then official identifiers as `cbs:GM0344`.
 * Keys that are known to nobody are absent from the answer.
 */
export async function resolveOrganisationKeys(
  db: Db,
  source: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const identifiers = keys.flatMap((key) => {
    const scheme = identifierSchemes.find((known) => key.toLowerCase().startsWith(`${known}:`));
    return scheme === undefined
      ? []
      : [{ key, scheme, value: normaliseIdentifier(scheme, key.slice(scheme.length + 1)) }];
  });
  const found = await db.execute<{ key: string; id: string }>(sql`
    select r.key, i.organisation_id as id, 0 as rank from jsonb_to_recordset(${JSON.stringify(identifiers)}::jsonb) as r(key text, scheme text, value text)
    join ${organisationIdentifiers} i on i.scheme = r.scheme and i.value = r.value and i.valid_until is null
    union all
    select k.key, k.organisation_id, 1 from ${organisationKeys} k
    where k.source = ${source} and k.key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))
    order by rank`);
  return new Map(found.map(({ key, id }) => [key, id]));
}
