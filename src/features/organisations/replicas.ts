import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Db, sqlState, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Day, Id } from '../../platform/schemas.ts';
import { periodFaults } from './rules.ts';
import { Identifier, OrganisationKind } from './schemas.ts';
import { organisationIdentifiers, organisations } from './tables.ts';
import { identifiersOf } from './versions.ts';

const line = (longest: number) => z.string().min(1).max(longest);
const Instant = z.iso.datetime({ offset: false }).refine((text) => !text.startsWith('0000'));

const ReplicatedIdentifier = z
  .strictObject(Identifier.shape)
  .extend({ value: line(200) })
  .refine(({ validFrom, validUntil }) => periodFaults(validFrom, validUntil, '').length === 0);

/** An organisation as a node gives it to its peers. */
export const OrganisationReplica = z
  .strictObject({
    id: Id,
    kind: OrganisationKind,
    name: line(300),
    region: line(100).nullable(),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    successorId: Id.nullable(),
    identifiers: z.array(ReplicatedIdentifier).max(50),
    createdAt: Instant,
    changedAt: Instant,
  })
  .refine(({ id, successorId }) => id !== successorId);
type Replica = z.output<typeof OrganisationReplica>;

/** Why a replica of an organisation cannot be taken over. */
export type OrganisationFault = 'homed_elsewhere' | 'identifier_taken' | 'ends_before_start' | 'malformed';

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

/**
 * Takes an organisation over from its home, in the transaction that is under way; answers why it cannot be taken over,
 * where it cannot: it is homed here or elsewhere, or another organisation has one of its official identifiers. Its versions
 * are kept at its home; `changedAt` is when it changed here. A successor is believed where it has the same home: nobody says
 * of an organisation of another node that it succeeds.
 */
export async function storeOrganisationReplica(
  db: Db,
  home: string,
  { identifiers, successorId, createdAt, changedAt: _, ...fields }: Replica,
): Promise<OrganisationFault | undefined> {
  if (fields.startsOn !== null && fields.endsOn !== null && fields.endsOn < fields.startsOn) return 'ends_before_start';
  const [known] = await db.select().from(organisations).where(eq(organisations.id, fields.id)).for('update');
  if (known !== undefined && known.home !== home) return 'homed_elsewhere';
  const row = {
    ...{ ...fields, home, createdAt: new Date(createdAt), changedAt: new Date() },
    successorId: sql<string | null>`(select o.id from ${organisations} o
      where o.id = ${successorId}::uuid and o.home = ${home})`,
  };
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
    // What the database cannot hold stays out, so that it does not keep out whatever else comes with it.
    if (/^2[23]/.test(sqlState(error) ?? '')) return 'malformed';
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
      join ${organisations} s on s.id = given.successor and s.home = ${home}
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
