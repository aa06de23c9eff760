import { sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Imported, RowFault } from '../../platform/imported.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { alliances } from './tables.ts';

/** A row of an import, checked in form. What is undefined was not in the file and stays as it is; null removes. */
export type ImportedAlliance = {
  readonly line: number;
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly purpose?: string | null | undefined;
  readonly visibility?: string | undefined;
  readonly startsOn: string;
  readonly endsOn?: string | null | undefined;
};

type Fields = {
  kind: string;
  name: string;
  purpose: string | null;
  visibility: string;
  startsOn: string;
  endsOn: string | null;
};
type Known = Fields & { id: string; key: string; home: string | null };
type Plan = { row: ImportedAlliance; id: string; before: Known | undefined; after: Fields };

const refused = (line: number, fault: RowFault): Imported => ({ line, id: null, outcome: 'refused', faults: [fault] });

/**
 * Records a batch of alliances of a source in the caller's transaction. A row is the alliance that the source knows by
 * its key, else a new one that nobody founded here. An alliance that its conveners closed is not touched, and none is
 * closed by an import: a closed space is a promise among those who are in it.
 */
export async function importAlliances(
  db: Db,
  record: (event: NewEvent) => void,
  source: string,
  rows: readonly ImportedAlliance[],
): Promise<Imported[]> {
  const known = await findByKeys(db, source, rows);
  const results: Imported[] = [];
  const plans: Plan[] = [];
  for (const row of rows) {
    const plan = planOf(row, known.get(row.key));
    const fault = faultOf(plan);
    if (fault !== undefined) results.push(refused(row.line, fault));
    else plans.push(plan);
  }
  const created = plans.filter(({ before }) => before === undefined);
  const updated = plans.filter(({ before, after }) => before !== undefined && differs(before, after));
  await insert(db, source, created);
  await update(db, updated);
  const touched = new Map([
    ...created.map(({ id }) => [id, 'created'] as const),
    ...updated.map(({ id }) => [id, 'updated'] as const),
  ]);
  for (const [id, outcome] of touched) {
    const type = outcome === 'created' ? 'alliance.recorded' : 'alliance.changed';
    record({ type, subjectType: 'alliance', subjectId: id, allianceId: id, data: { source } });
  }
  const told = plans.map(
    ({ row, id }): Imported => ({ line: row.line, id, outcome: touched.get(id) ?? 'unchanged', faults: [] }),
  );
  return [...results, ...told];
}

async function findByKeys(db: Db, source: string, rows: readonly ImportedAlliance[]): Promise<Map<string, Known>> {
  const found = await db.execute<Known>(sql`
    select id, source_key as key, home, kind, name, purpose, visibility, starts_on::text as "startsOn", ends_on::text as "endsOn"
    from ${alliances} where ${unrestricted('node')} and source = ${source}
      and source_key in (select jsonb_array_elements_text(${JSON.stringify(rows.map((row) => row.key))}::jsonb))
    order by id for update`);
  return new Map(found.map((row) => [row.key, row]));
}

function planOf(row: ImportedAlliance, before: Known | undefined): Plan {
  const after: Fields = {
    kind: row.kind,
    name: row.name,
    purpose: row.purpose === undefined ? (before?.purpose ?? null) : row.purpose,
    visibility: row.visibility ?? before?.visibility ?? 'network',
    startsOn: row.startsOn,
    endsOn: row.endsOn === undefined ? (before?.endsOn ?? null) : row.endsOn,
  };
  return { row, id: before?.id ?? newId(), before, after };
}

function faultOf({ before, after }: Plan): RowFault | undefined {
  if (before !== undefined && before.home !== null) return { column: 'key', code: 'kept_elsewhere' };
  if (before?.visibility === 'closed') return { column: 'key', code: 'closed_space' };
  if (after.visibility === 'closed') return { column: 'visibility', code: 'closed_space' };
  if (after.kind === 'community' && after.endsOn === null) return { column: 'endsOn', code: 'end_required' };
  if (after.endsOn !== null && after.endsOn < after.startsOn) return { column: 'endsOn', code: 'ends_before_start' };
  return undefined;
}

const differs = (before: Fields, after: Fields) =>
  (Object.keys(after) as (keyof Fields)[]).some((field) => before[field] !== after[field]);

const recordset = (plans: readonly Plan[]) => sql`jsonb_to_recordset(${JSON.stringify(
  plans.map(({ id, row, after }) => ({ id, key: row.key, ...after })),
)}::jsonb) as r(id uuid, key text, kind text, name text, purpose text, visibility text,
      "startsOn" date, "endsOn" date)`;

async function insert(db: Db, source: string, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  const now = new Date().toISOString();
  await db.execute(sql`
    insert into ${alliances} (id, kind, name, purpose, visibility, starts_on, ends_on, source, source_key, created_at, changed_at)
    select r.id, r.kind, r.name, r.purpose, r.visibility, r."startsOn", r."endsOn", ${source}, r.key,
      ${now}::timestamptz, ${now}::timestamptz
    from ${recordset(plans)}`);
}

async function update(db: Db, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  await db.execute(sql`
    update ${alliances} set kind = r.kind, name = r.name, purpose = r.purpose, visibility = r.visibility,
      starts_on = r."startsOn", ends_on = r."endsOn", version = version + 1, changed_at = ${new Date().toISOString()}
    from ${recordset(plans)} where ${alliances}.id = r.id and ${unrestricted('node')}`);
}
