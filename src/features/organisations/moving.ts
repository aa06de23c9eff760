import { and, eq, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { Day, Id } from '../../platform/schemas.ts';
import { Instant, line, OrganisationReplica, organisationsForPeers, storeAll } from './replicas.ts';
import { Identifier, OrganisationKind } from './schemas.ts';
import { organisationIdentifiers, organisations, organisationVersions } from './tables.ts';
import { recordVersions } from './versions.ts';

const Version = z.strictObject({
  version: z.int().min(1).max(2_000_000_000),
  recordedAt: Instant,
  operationId: line(100),
  snapshot: z.strictObject({
    kind: OrganisationKind,
    name: z.string().max(300),
    region: z.string().max(100).nullable(),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    successorId: Id.nullable(),
    identifiers: z.array(Identifier).max(50),
  }),
});

/** An organisation with all that is kept of it at its home: its state, and every version of it, the oldest first. */
export const OrganisationInFull = z.strictObject({
  organisation: OrganisationReplica,
  versions: z.array(Version).max(20_000),
});

/** An organisation with all that is kept of it at its home. */
export type OrganisationInFull = z.output<typeof OrganisationInFull>;

/** What keeps an organisation from going to another node, or from being taken in. */
export type Hindrance = 'homed_elsewhere' | 'already_merged' | 'identifier_taken';

/** An organisation that is homed here, locked until the end of the transaction; undefined where it is not. */
export async function lockHomed(
  db: Db,
  id: string,
): Promise<{ readonly hasSuccessor: boolean; readonly moves: readonly string[] } | undefined> {
  const [row] = await db
    .select({ successorId: organisations.successorId, moves: organisations.moves })
    .from(organisations)
    .where(and(eq(organisations.id, id), isNull(organisations.home)))
    .for('update');
  return row && { hasSuccessor: row.successorId !== null, moves: row.moves };
}

/** An organisation that is homed here, with its versions; undefined where it is not. */
export async function organisationInFull(db: Db, id: string): Promise<OrganisationInFull | undefined> {
  const [organisation] = await organisationsForPeers(db, [id]);
  if (organisation === undefined) return undefined;
  const rows = await db
    .select()
    .from(organisationVersions)
    .where(eq(organisationVersions.organisationId, id))
    .orderBy(organisationVersions.version);
  const versions = rows.map(({ version, recordedAt, operationId, snapshot }) => ({
    ...{ version, recordedAt: recordedAt.toISOString(), operationId },
    snapshot: snapshot as OrganisationInFull['versions'][number]['snapshot'],
  }));
  return { organisation, versions };
}

/** Lets an organisation that is locked go to another node, which is its home from the end of the transaction on. */
export async function letGo(
  db: Db,
  id: string,
  { home, move }: { readonly home: string; readonly move: string },
): Promise<void> {
  const { version, moves } = organisations;
  await db
    .update(organisations)
    .set({ home, moves: sql`array_append(${moves}, ${move})`, version: sql`${version} + 1`, changedAt: new Date() })
    .where(eq(organisations.id, id));
}

/** Where an organisation is homed as far as this node knows, and after how many moves; undefined where it is not known. */
export async function standingOf(
  db: Db,
  id: string,
): Promise<{ readonly home: string | null; readonly moves: number } | undefined> {
  const [row] = await db
    .select({ home: organisations.home, moves: sql<number>`cardinality(${organisations.moves})` })
    .from(organisations)
    .where(eq(organisations.id, id));
  return row;
}

/** Whether another organisation has one of these official identifiers now. */
export async function isAnyTaken(
  db: Db,
  { id, identifiers }: Pick<z.output<typeof OrganisationReplica>, 'id' | 'identifiers'>,
): Promise<boolean> {
  const current = identifiers.filter(({ validUntil }) => validUntil === null);
  const rows = await db.execute<{ taken: boolean }>(sql`
    select true as taken from ${organisationIdentifiers} i
    join jsonb_to_recordset(${JSON.stringify(current)}::jsonb) as given(scheme text, value text)
      on given.scheme = i.scheme and given.value = i.value
    where i.valid_until is null and i.organisation_id <> ${id}::uuid limit 1`);
  return rows.length > 0;
}

/**
 * Takes in an organisation that its home let go: it is homed here from the end of the transaction on, as it was there, with
 * every version of it; the last one says that it came. Versions that are here from an earlier time stay. Answers what
 * hinders it, and then nothing changed: it is homed at another node than the one that let it go, or another organisation
 * has one of its official identifiers by now.
 */
export async function takeIn(
  db: Db,
  context: Context,
  { organisation, versions }: OrganisationInFull,
  { from, move }: { readonly from: string; readonly move: string },
): Promise<Hindrance | undefined> {
  const { id } = organisation;
  const [known] = await db
    .select({ home: organisations.home, version: organisations.version })
    .from(organisations)
    .where(eq(organisations.id, id))
    .for('update');
  if (known !== undefined && known.home !== from) return 'homed_elsewhere';
  const moved = { ...organisation, moves: [...(organisation.moves ?? []), move] };
  try {
    await db.transaction((db) => storeAll(db, { home: null, departed: [id] }, [moved]));
  } catch (error) {
    if (violatedConstraint(error) === 'organisation_identifiers_current') return 'identifier_taken';
    throw error;
  }
  for (let at = 0; at < versions.length; at += 500)
    await db
      .insert(organisationVersions)
      .values(
        versions
          .slice(at, at + 500)
          .map((row) => ({ ...row, organisationId: id, recordedAt: new Date(row.recordedAt) })),
      )
      .onConflictDoNothing();
  // Later than all that was known here and there, so that no version names two states.
  const last = Math.max(known?.version ?? 0, ...versions.map(({ version }) => version));
  await db
    .update(organisations)
    .set({ version: last + 1 })
    .where(eq(organisations.id, id));
  await recordVersions(db, context, [id]);
  return undefined;
}
