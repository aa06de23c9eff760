import { sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Imported, RowFault } from '../../platform/imported.ts';
import type { NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { today } from './rules.ts';
import { alliances, memberships } from './tables.ts';

/** A row of an import, checked in form; `organisationId` is null where nobody knows the key. */
export type ImportedMembership = {
  readonly line: number;
  readonly key: string;
  readonly allianceKey: string;
  readonly organisationId: string | null;
  readonly role?: string | undefined;
  readonly startsOn: string;
  readonly endsOn?: string | null | undefined;
};

type Spell = { startsOn: string; endsOn: string | null };
type Fields = Spell & { role: string };
type Known = Fields & {
  id: string;
  key: string | null;
  own: boolean;
  allianceId: string;
  organisationId: string;
  endedHere: boolean;
  merged: boolean;
};
type Plan = {
  row: ImportedMembership;
  id: string;
  allianceId: string;
  organisationId: string;
  before: Known | undefined;
  after: Fields;
  faults: RowFault[];
};
type Alliance = { id: string; key: string; visibility: string; home: string | null };

/**
 * Records a batch of memberships of a source in the caller's transaction: agreed elsewhere, with the source as their
 * basis and nobody's decision. What ended here, by a decision or a merger, is not reopened. A row is refused where its
 * alliance or organisation is unknown, or where it overlaps another membership of the same organisation.
 */
export async function importMemberships(
  db: Db,
  record: (event: NewEvent) => void,
  source: string,
  rows: readonly ImportedMembership[],
): Promise<Imported[]> {
  const ends = await lockOrganisations(db, rows);
  const byKey = await lockAlliances(db, source, rows);
  const present = await findPresent(db, source, rows, [...byKey.values()]);
  const results: Imported[] = [];
  const plans: Plan[] = [];
  for (const row of rows) {
    const plan = planOf(row, byKey.get(row.allianceKey), present);
    if ('code' in plan) results.push({ line: row.line, id: null, outcome: 'refused', faults: [plan] });
    else plans.push(plan);
  }
  const created = plans.filter(({ before }) => before === undefined);
  const updated = plans.filter(({ before, after }) => before !== undefined && differs(before, after));
  await insert(db, source, created);
  await update(db, updated);
  const told = new Map<Plan, 'created' | 'updated'>();
  for (const plan of created) told.set(plan, 'created');
  for (const plan of updated) told.set(plan, 'updated');
  for (const [{ id, allianceId, organisationId }, outcome] of told) {
    const type = outcome === 'created' ? 'membership.recorded' : 'membership.changed';
    const touched = { allianceId, organisationIds: [organisationId] };
    record({ type, subjectType: 'membership', subjectId: id, ...touched, data: { source } });
  }
  const outcomes = plans.map(
    (plan): Imported => ({
      line: plan.row.line,
      id: plan.id,
      outcome: told.get(plan) ?? 'unchanged',
      faults: [...plan.faults, ...outlives(plan, ends.get(plan.organisationId))],
    }),
  );
  return [...results, ...outcomes];
}

const list = (values: readonly (string | null)[]) =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
const uuids = (values: readonly (string | null)[]) =>
  sql`(select jsonb_array_elements_text(${JSON.stringify(values.filter((value) => value !== null))}::jsonb)::uuid)`;

/** Locks the organisations of the rows; answers from when on those that ended no longer exist. */
async function lockOrganisations(db: Db, rows: readonly ImportedMembership[]): Promise<Map<string, string>> {
  const ids = rows.map((row) => row.organisationId);
  const found = await db.execute<{ id: string; endsOn: string | null }>(sql`
    select id, ends_on::text as "endsOn" from ${organisations} where id in ${uuids(ids)} order by id for key share`);
  return new Map(found.flatMap(({ id, endsOn }) => (endsOn === null ? [] : [[id, endsOn] as const])));
}

/** Told where a membership runs on after its organisation ended; it is recorded as the source has it. */
const outlives = ({ after }: Plan, ended: string | undefined): RowFault[] =>
  ended !== undefined && (after.endsOn === null || after.endsOn > ended)
    ? [{ column: 'endsOn', code: 'organisation_ended', params: { endsOn: ended } }]
    : [];

async function lockAlliances(
  db: Db,
  source: string,
  rows: readonly ImportedMembership[],
): Promise<Map<string, Alliance>> {
  const keys = rows.map((row) => row.allianceKey);
  const found = await db.execute<Alliance>(sql`
    select id, source_key as key, visibility, home from ${alliances}
    where ${unrestricted('node')} and source = ${source} and source_key in ${list(keys)} order by id for no key update`);
  return new Map(found.map((row) => [row.key, row]));
}

/** What the source recorded under these keys, and all that was agreed with these organisations in these alliances. */
async function findPresent(
  db: Db,
  source: string,
  rows: readonly ImportedMembership[],
  touched: readonly Alliance[],
): Promise<{ byKey: Map<string, Known>; byPair: Map<string, Known[]> }> {
  const keys = rows.map((row) => row.key);
  const found = await db.execute<Known>(sql`
    select id, source_key as key, (source = ${source}) is true as own, alliance_id as "allianceId",
      organisation_id as "organisationId", role, starts_on::text as "startsOn", ends_on::text as "endsOn",
      ended_by_organisation_id is not null as "endedHere", (end_reason = 'merger' and ended_by_organisation_id is null) is true as merged
    from ${memberships}
    where ${unrestricted('node')} and ((source = ${source} and source_key in ${list(keys)})
      or (state in ('accepted', 'ended') and alliance_id in ${uuids(touched.map(({ id }) => id))}
        and organisation_id in ${uuids(rows.map((row) => row.organisationId))}))
    order by id for update`);
  const byKey = new Map<string, Known>();
  const byPair = new Map<string, Known[]>();
  for (const row of found) {
    if (row.own && row.key !== null) byKey.set(row.key, row);
    enter(byPair, row);
  }
  return { byKey, byPair };
}

const pairOf = (row: { allianceId: string; organisationId: string }) => `${row.allianceId} ${row.organisationId}`;

function enter(byPair: Map<string, Known[]>, row: Known): void {
  const pair = byPair.get(pairOf(row));
  if (pair === undefined) byPair.set(pairOf(row), [row]);
  else pair.push(row);
}

/** Why nothing is recorded in an alliance. */
function allianceFault(alliance: Alliance | undefined): string | undefined {
  if (alliance === undefined) return 'unknown_alliance';
  if (alliance.home !== null) return 'kept_elsewhere';
  return alliance.visibility === 'closed' ? 'closed_space' : undefined;
}

/** What a row wants, or the fault for which it is refused. What it wants counts for the rows after it. */
function planOf(
  row: ImportedMembership,
  alliance: Alliance | undefined,
  present: { byKey: Map<string, Known>; byPair: Map<string, Known[]> },
): Plan | RowFault {
  const fault = allianceFault(alliance);
  if (alliance === undefined || fault !== undefined)
    return { column: 'allianceKey', code: fault ?? 'unknown_alliance' };
  if (row.organisationId === null) return { column: 'organisationKey', code: 'unknown_organisation' };
  const { organisationId } = row;
  const allianceId = alliance.id;
  const before = present.byKey.get(row.key);
  if (before !== undefined && pairOf(before) !== pairOf({ allianceId, organisationId }))
    return { column: 'key', code: 'key_of_another' };
  const { after, faults } = fieldsAfter(row, before);
  if (after.endsOn !== null && after.endsOn < after.startsOn) return { column: 'endsOn', code: 'ends_before_start' };
  const spells = present.byPair.get(pairOf({ allianceId, organisationId }));
  if (overlapsAnother(spells, before, after)) return { column: 'organisationKey', code: 'already_a_member' };
  const plan = {
    ...{ row, id: before?.id ?? newId(), allianceId, organisationId },
    ...{ before: before && { ...before }, after, faults },
  };
  foresee(present.byPair, plan, before);
  return plan;
}

function foresee(
  byPair: Map<string, Known[]>,
  { id, row, allianceId, organisationId, after }: Plan,
  known?: Known,
): void {
  const entered = { id, key: row.key, own: true, allianceId, organisationId, endedHere: false, merged: false };
  if (known === undefined) enter(byPair, { ...entered, ...after });
  else Object.assign(known, after);
}

function fieldsAfter(row: ImportedMembership, before: Known | undefined): { after: Fields; faults: RowFault[] } {
  const endsOn = row.endsOn === undefined ? (before?.endsOn ?? null) : row.endsOn;
  const wanted: Fields = { role: row.role ?? before?.role ?? 'member', startsOn: row.startsOn, endsOn };
  if (before?.endedHere === true) {
    const { role, startsOn } = before;
    const kept: Fields = { role, startsOn, endsOn: before.endsOn };
    return { after: kept, faults: differs(kept, wanted) ? [{ column: 'endsOn', code: 'agreed_here' }] : [] };
  }
  const reopens = before?.merged === true && before.endsOn !== null && (endsOn === null || endsOn > before.endsOn);
  return { after: reopens ? { ...wanted, endsOn: before.endsOn } : wanted, faults: [] };
}

const overlapsAnother = (spells: readonly Known[] | undefined, own: Known | undefined, after: Spell) =>
  spells?.some((other) => other !== own && overlaps(other, after)) === true;

const forEver = '9999-12-31';
const overlaps = (a: Spell, b: Spell) => {
  const [from, until] = [
    [a.startsOn, b.startsOn].sort()[1] ?? '',
    [a.endsOn ?? forEver, b.endsOn ?? forEver].sort()[0],
  ];
  return until !== undefined && from < until;
};

const differs = (before: Fields, after: Fields) =>
  before.role !== after.role || before.startsOn !== after.startsOn || before.endsOn !== after.endsOn;

const stateOf = ({ endsOn }: Spell) => (endsOn !== null && endsOn <= today() ? 'ended' : 'accepted');

const recordset = (plans: readonly Plan[]) => sql`jsonb_to_recordset(${JSON.stringify(
  plans.map(({ id, allianceId, organisationId, row, after }) => ({
    ...{ id, allianceId, organisationId, key: row.key, state: stateOf(after) },
    ...after,
  })),
)}::jsonb) as r(id uuid, "allianceId" uuid, "organisationId" uuid, key text, state text, role text,
      "startsOn" date, "endsOn" date)`;

async function insert(db: Db, source: string, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  const now = new Date().toISOString();
  await db.execute(sql`
    insert into ${memberships} (id, alliance_id, organisation_id, role, state, starts_on, ends_on, basis, source, source_key,
      created_at, changed_at)
    select r.id, r."allianceId", r."organisationId", r.role, r.state, r."startsOn", r."endsOn", 'recorded_elsewhere',
      ${source}, r.key, ${now}::timestamptz, ${now}::timestamptz
    from ${recordset(plans)}`);
}

async function update(db: Db, plans: readonly Plan[]): Promise<void> {
  if (plans.length === 0) return;
  await db.execute(sql`
    update ${memberships} set role = r.role, state = r.state, starts_on = r."startsOn", ends_on = r."endsOn",
      version = version + 1, changed_at = ${new Date().toISOString()}
    from ${recordset(plans)} where ${memberships}.id = r.id and ${unrestricted('node')}`);
}
