import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Day, Id } from '../../platform/schemas.ts';
import { Identifier, OrganisationKind } from './schemas.ts';
import { organisationIdentifiers, organisations } from './tables.ts';
import { identifiersOf } from './versions.ts';

const line = (longest: number) => z.string().min(1).max(longest);
const Instant = z.iso.datetime({ offset: false });

/** An organisation as a node gives it to its peers. */
export const OrganisationReplica = z.strictObject({
  id: Id,
  kind: OrganisationKind,
  name: line(300),
  region: line(100).nullable(),
  startsOn: Day.nullable(),
  endsOn: Day.nullable(),
  successorId: Id.nullable(),
  identifiers: z.array(z.strictObject(Identifier.shape).extend({ value: line(200) })).max(50),
  createdAt: Instant,
  changedAt: Instant,
});
type Replica = z.output<typeof OrganisationReplica>;

/** Why a replica of an organisation cannot be taken over. */
export type OrganisationFault = 'homed_elsewhere' | 'identifier_taken' | 'ends_before_start';

/** The organisations that are homed at this node, of those named, as a peer is given them. */
export async function organisationsForPeers(db: Db, ids: readonly string[]): Promise<Replica[]> {
  if (ids.length === 0) return [];
  const { id, kind, name, region, startsOn, endsOn, successorId, createdAt, changedAt } = organisations;
  const rows = await db
    .select({
      ...{ id, kind: sql<Replica['kind']>`${kind}`, name, region, startsOn, endsOn, successorId, createdAt, changedAt },
      identifiers: identifiersOf,
    })
    .from(organisations)
    .where(and(inArray(id, [...ids]), isNull(organisations.home)))
    .orderBy(id);
  return rows.map((row) => ({
    ...row,
    identifiers: row.identifiers as Replica['identifiers'],
    createdAt: row.createdAt.toISOString(),
    changedAt: row.changedAt.toISOString(),
  }));
}

/** Identifiers of the organisations that are homed at this node, after one of them, in order. */
export async function ownOrganisationIds(db: Db, after: string | null, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: organisations.id })
    .from(organisations)
    .where(and(isNull(organisations.home), after === null ? undefined : sql`${organisations.id} > ${after}::uuid`))
    .orderBy(organisations.id)
    .limit(limit);
  return rows.map(({ id }) => id);
}

const startsAfterEnd = ({ startsOn, endsOn }: Pick<Replica, 'startsOn' | 'endsOn'>) =>
  startsOn !== null && endsOn !== null && endsOn < startsOn;

/** A replica as it is stored; its successor follows later where that is not here yet. */
const rowOf = (
  home: string,
  { successorId, createdAt, ...fields }: Omit<Replica, 'identifiers' | 'changedAt'>,
): typeof organisations.$inferInsert => ({
  ...{ ...fields, home, createdAt: new Date(createdAt), changedAt: new Date() },
  successorId: sql`(select o.id from ${organisations} o where o.id = ${successorId}::uuid)` as unknown as string,
});

/**
 * Takes organisations over from their home all at once, in the transaction that is under way. Answers false, and stores
 * nothing, where any of them cannot be: then each is to be taken over by itself.
 */
export async function storeOrganisationReplicas(db: Db, home: string, all: readonly Replica[]): Promise<boolean> {
  if (all.length === 0) return true;
  const ids = all.map(({ id }) => id);
  if (new Set(ids).size < ids.length || all.some(startsAfterEnd)) return false;
  const known = await db
    .select({ home: organisations.home })
    .from(organisations)
    .where(inArray(organisations.id, ids))
    .orderBy(organisations.id)
    .for('update');
  if (known.some((one) => one.home !== home)) return false;
  const rows = all.map(({ identifiers: _, changedAt: __, ...fields }) => rowOf(home, fields));
  const identifiers = all.flatMap(({ id: organisationId, identifiers }) =>
    identifiers.map((identifier) => ({ ...identifier, id: newId(), organisationId })),
  );
  try {
    await db.transaction(async (db) => {
      await db
        .insert(organisations)
        .values(rows)
        .onConflictDoUpdate({
          target: organisations.id,
          set: { ...replaced, version: sql`${organisations.version} + 1` },
        });
      await db.delete(organisationIdentifiers).where(inArray(organisationIdentifiers.organisationId, ids));
      if (identifiers.length > 0) await db.insert(organisationIdentifiers).values(identifiers);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'organisation_identifiers_current') return false;
    throw error;
  }
  return true;
}

const replaced = {
  kind: sql`excluded.kind`,
  name: sql`excluded.name`,
  region: sql`excluded.region`,
  startsOn: sql`excluded.starts_on`,
  endsOn: sql`excluded.ends_on`,
  successorId: sql`excluded.successor_id`,
  createdAt: sql`excluded.created_at`,
  changedAt: sql`excluded.changed_at`,
};

/**
 * Takes an organisation over from its home, in the transaction that is under way; answers why it cannot be taken over,
 * where it cannot: it is homed here or elsewhere, or another organisation has one of its official identifiers. Its versions
 * are kept at its home; `changedAt` is when it changed here.
 */
export async function storeOrganisationReplica(
  db: Db,
  home: string,
  { identifiers, successorId, createdAt, changedAt: _, ...fields }: Replica,
): Promise<OrganisationFault | undefined> {
  if (startsAfterEnd(fields)) return 'ends_before_start';
  const [known] = await db.select().from(organisations).where(eq(organisations.id, fields.id)).for('update');
  if (known !== undefined && known.home !== home) return 'homed_elsewhere';
  const row = rowOf(home, { ...fields, successorId, createdAt });
  try {
    await db.transaction(async (db) => {
      if (known === undefined) await db.insert(organisations).values(row);
      else
        await db
          .update(organisations)
          .set({ ...row, version: known.version + 1 })
          .where(eq(organisations.id, fields.id));
      await db.delete(organisationIdentifiers).where(eq(organisationIdentifiers.organisationId, fields.id));
      const rows = identifiers.map((identifier) => ({ ...identifier, id: newId(), organisationId: fields.id }));
      if (rows.length > 0) await db.insert(organisationIdentifiers).values(rows);
    });
  } catch (error) {
    if (violatedConstraint(error) === 'organisation_identifiers_current') return 'identifier_taken';
    throw error;
  }
  return undefined;
}

/** Sets successors that came after whom they succeed: `[organisation, successor]` of replicas. */
export async function linkSuccessors(
  db: Db,
  home: string,
  pairs: readonly (readonly [string, string])[],
): Promise<void> {
  if (pairs.length === 0) return;
  await db.execute(sql`
    update ${organisations} o set successor_id = s.id
    from jsonb_to_recordset(${JSON.stringify(pairs.map(([id, successor]) => ({ id, successor })))}::jsonb)
        as given(id uuid, successor uuid)
      join ${organisations} s on s.id = given.successor
    where o.id = given.id and o.home = ${home} and o.successor_id is null`);
}

/**
 * Removes a replica that its home gives no more. One that something here refers to stays, as it was last known: history is
 * kept. Answers whether it was removed.
 */
export async function removeOrganisationReplica(db: Db, home: string, id: string): Promise<boolean> {
  const [row] = await db.execute<{ removed: boolean }>(
    sql`select drop_organisation_replica(${id}::uuid, ${home}) as removed`,
  );
  return row?.removed === true;
}
