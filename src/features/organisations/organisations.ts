import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { prepared, rowsOfPage } from '../../platform/prepared.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { assertMayChangeOrganisation } from '../policy/policy.ts';
import { identifierSchemes, normaliseIdentifier } from './identifiers.ts';
import { type IdentifierRow, periodFaults, readIdentifiers } from './rules.ts';
import type {
  NewOrganisation,
  OrganisationChange,
  OrganisationQuery,
  OrganisationVersionView,
  OrganisationView,
  VersionQuery,
} from './schemas.ts';
import { organisationIdentifiers, organisations, organisationVersions } from './tables.ts';
import { identifiersOf, recordVersions } from './versions.ts';

export { organisationIfAnyIn, organisationIn } from './columns.ts';
export { listMergers } from './mergers.ts';
export {
  isAnyTaken,
  letGo,
  lockHomed,
  OrganisationInFull,
  organisationInFull,
  standingOf,
  takeIn,
} from './moving.ts';
export { importOrganisations, resolveOrganisationKeys } from './organisations-import.ts';
export {
  type Departures,
  linkSuccessors,
  OrganisationReference,
  OrganisationReplica,
  organisationsForPeers,
  ownOrganisationIds,
  removeOrganisationReplica,
  storeOrganisationReferences,
  storeOrganisationReplicas,
} from './replicas.ts';
export { countForeignOrganisations, restoreRegister } from './restoring.ts';
export {
  MergerView,
  OrganisationKind,
  OrganisationVersionView,
  OrganisationView,
  organisationKinds,
} from './schemas.ts';

type View = z.output<typeof OrganisationView>;
type VersionView = z.output<typeof OrganisationVersionView>;
type Row = View & { version: number };

const columns = {
  id: organisations.id,
  version: organisations.version,
  kind: sql<View['kind']>`${organisations.kind}`,
  name: organisations.name,
  region: organisations.region,
  startsOn: organisations.startsOn,
  endsOn: organisations.endsOn,
  successor: sql<View['successor']>`(select json_build_object('id', s.id, 'name', s.name) from ${organisations} s
    where s.id = ${organisations}.successor_id)`,
  identifiers: identifiersOf,
  source: organisations.source,
  sourceKey: organisations.sourceKey,
  home: organisations.home,
  createdAt: organisations.createdAt,
  changedAt: organisations.changedAt,
};

// A row is shown as it is read: its version, which is no part of the view, does not pass the serializer.
const toView = (row: Row): View => row;

async function find(db: Db, organisationId: string): Promise<Row> {
  const query = prepared(db, 'getOrganisation', () =>
    db
      .select(columns)
      .from(organisations)
      .where(eq(organisations.id, sql.placeholder('id'))),
  );
  const [row] = await query.execute({ id: organisationId });
  if (row === undefined) throw notFound();
  return row;
}

/** One organisation; organisations are a public register within the node. Throws not_found. */
export async function getOrganisation(db: Db, _caller: Caller, organisationId: string): Promise<Answer<View>> {
  const row = await find(db, organisationId);
  return { body: toView(row), version: row.version };
}

type Query = z.output<typeof OrganisationQuery>;
const { placeholder } = sql;

const filters: Record<string, SQL> = {
  after: gt(organisations.id, placeholder('after')),
  kind: eq(organisations.kind, placeholder('kind')),
  region: eq(organisations.region, placeholder('region')),
  name: sql`position(lower(${placeholder('name')}) in lower(${organisations.name})) > 0`,
  identifier: sql`exists (select from ${organisationIdentifiers} i where i.organisation_id = ${organisations}.id
    and i.scheme = ${placeholder('scheme')} and i.value = ${placeholder('value')})`,
  successorId: eq(organisations.successorId, placeholder('successorId')),
  source: eq(organisations.source, placeholder('source')),
  sourceKey: eq(organisations.sourceKey, placeholder('sourceKey')),
  asOf: sql`(${organisations.startsOn} is null or ${organisations.startsOn} <= ${placeholder('asOf')})
    and (${organisations.endsOn} is null or ${organisations.endsOn} > ${placeholder('asOf')})`,
  changedSince: gte(organisations.changedAt, placeholder('changedSince')),
};

/** A page of organisations in the order of their identifiers. Throws invalid_input for an unknown identifier scheme. */
export async function listOrganisations(
  db: Db,
  _caller: Caller,
  input: Query & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const page = rowsOfPage(
    input.limit,
    given.some(([key]) => key !== 'after'),
  );
  const query = prepared(db, `listOrganisations ${given.map(([key]) => key).join()} ${page.name}`, () =>
    db
      .select(columns)
      .from(organisations)
      .where(and(...given.map(([, condition]) => condition)))
      .orderBy(organisations.id)
      .limit(page.rows),
  );
  const identifier = input.identifier === undefined ? {} : readIdentifierFilter(input.identifier);
  const rows = await query.execute({
    ...input,
    ...identifier,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

function readIdentifierFilter(text: string): { scheme: string; value: string } {
  const colon = text.indexOf(':');
  const scheme = identifierSchemes.find((known) => known === text.slice(0, colon).toLowerCase());
  if (scheme === undefined) throw invalid([{ in: 'query', location: 'identifier', code: 'unknown_identifier_scheme' }]);
  return { scheme, value: normaliseIdentifier(scheme, text.slice(colon + 1)) };
}

/** Registers an organisation. Throws invalid_input with every fault, identifier_taken. */
export async function createOrganisation(
  db: Db,
  context: Context,
  input: z.output<typeof NewOrganisation>,
): Promise<Answer<View>> {
  const { identifiers, faults } = readIdentifiers(input.identifiers);
  const period = periodFaults(input.startsOn ?? null, input.endsOn ?? null, '/endsOn');
  if (faults.length + period.length > 0) throw invalid([...period, ...faults]);
  return commit(db, context, async (db, record) => {
    const organisationId = newId();
    const now = new Date();
    await db.insert(organisations).values({
      id: organisationId,
      kind: input.kind,
      name: input.name,
      region: input.region ?? null,
      startsOn: input.startsOn ?? null,
      endsOn: input.endsOn ?? null,
      createdAt: now,
      changedAt: now,
    });
    await replaceIdentifiers(db, organisationId, identifiers);
    record({
      type: 'organisation.registered',
      subjectType: 'organisation',
      subjectId: organisationId,
      organisationIds: [organisationId],
    });
    return recorded(db, context, organisationId);
  });
}

/** Registers the organisation that runs this node, on an empty database; answers its identifier. */
export async function createNodeOrganisation(db: Db, context: Context, name: string): Promise<string> {
  const answer = await createOrganisation(db, context, { kind: 'other', name, identifiers: [] });
  return answer.body.id;
}

/** Changes an organisation: by its own client or by an administrator. Throws precondition_failed, identifier_taken. */
export async function changeOrganisation(
  db: Db,
  context: Context,
  organisationId: string,
  expectedVersion: number,
  change: z.output<typeof OrganisationChange>,
): Promise<Answer<View>> {
  assertMayChangeOrganisation(context.caller, organisationId);
  const { identifiers, faults } = readIdentifiers(change.identifiers ?? []);
  return commit(db, context, async (db, record) => {
    const [before] = await db.select().from(organisations).where(eq(organisations.id, organisationId)).for('update');
    if (before === undefined) throw notFound();
    if (before.version !== expectedVersion) throw new Problem('precondition_failed');
    const { identifiers: _, ...fields } = change;
    const after = { ...before, ...defined(fields) };
    const period = periodFaults(after.startsOn, after.endsOn, '/endsOn');
    if (faults.length + period.length > 0) throw invalid([...period, ...faults]);
    await db
      .update(organisations)
      .set({ ...after, version: before.version + 1, changedAt: new Date() })
      .where(eq(organisations.id, organisationId));
    if (change.identifiers !== undefined) await replaceIdentifiers(db, organisationId, identifiers);
    record({
      type: 'organisation.changed',
      subjectType: 'organisation',
      subjectId: organisationId,
      organisationIds: [organisationId],
    });
    return recorded(db, context, organisationId);
  });
}

const defined = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

async function replaceIdentifiers(
  db: Db,
  organisationId: string,
  identifiers: readonly IdentifierRow[],
): Promise<void> {
  const current = identifiers.filter((identifier) => identifier.validUntil === null);
  const taken = await takenIdentifiers(db, organisationId, current);
  if (taken.size > 0) throw new Problem('identifier_taken', { errors: takenFaults(identifiers, taken) });
  await db.delete(organisationIdentifiers).where(eq(organisationIdentifiers.organisationId, organisationId));
  if (identifiers.length === 0) return;
  const rows = identifiers.map((identifier) => ({ ...identifier, id: newId(), organisationId }));
  try {
    await db.transaction(async (db) => db.insert(organisationIdentifiers).values(rows));
  } catch (error) {
    if (violatedConstraint(error) === 'organisation_identifiers_current') throw new Problem('identifier_taken');
    throw error;
  }
}

async function takenIdentifiers(
  db: Db,
  organisationId: string,
  current: readonly IdentifierRow[],
): Promise<Set<string>> {
  if (current.length === 0) return new Set();
  const rows = await db.execute<{ name: string }>(sql`
    select i.scheme || ':' || i.value as name from ${organisationIdentifiers} i
    join jsonb_to_recordset(${JSON.stringify(current)}::jsonb) as given(scheme text, value text)
      on given.scheme = i.scheme and given.value = i.value
    where i.valid_until is null and i.organisation_id <> ${organisationId}`);
  return new Set(rows.map((row) => row.name));
}

function takenFaults(identifiers: readonly IdentifierRow[], taken: ReadonlySet<string>): Fault[] {
  return identifiers.flatMap((identifier, index) =>
    identifier.validUntil === null && taken.has(`${identifier.scheme}:${identifier.value}`)
      ? [{ in: 'body' as const, location: `/identifiers/${index}/value`, code: 'identifier_taken' }]
      : [],
  );
}

async function recorded(db: Db, context: Context, organisationId: string): Promise<Answer<View>> {
  await recordVersions(db, context, [organisationId]);
  const row = await find(db, organisationId);
  return { body: toView(row), version: row.version, location: `/v1/organisations/${organisationId}` };
}

/** The recorded versions of an organisation, oldest first. Throws not_found. */
export async function listOrganisationVersions(
  db: Db,
  _caller: Caller,
  organisationId: string,
  input: z.output<typeof VersionQuery> & { after?: string[] | undefined },
): Promise<PageOf<VersionView>> {
  await find(db, organisationId);
  const { asOf, changedSince } = input;
  const { recordedAt } = organisationVersions;
  const rows = await db
    .select()
    .from(organisationVersions)
    .where(
      and(
        eq(organisationVersions.organisationId, organisationId),
        gt(organisationVersions.version, Number(input.after?.[0] ?? 0)),
        asOf === undefined ? undefined : sql`${recordedAt} < ${asOf}::date + 1`,
        changedSince === undefined ? undefined : gte(recordedAt, changedSince),
      ),
    )
    .orderBy(organisationVersions.version)
    .limit(input.limit + 1);
  return pageOf(
    rows,
    input.limit,
    (row) => [String(row.version)],
    (row) => ({
      ...(row.snapshot as Omit<VersionView, 'version' | 'recordedAt' | 'operationId'>),
      version: row.version,
      recordedAt: row.recordedAt,
      operationId: row.operationId,
    }),
  );
}
