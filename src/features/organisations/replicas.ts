import { and, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { storeAsFarAsPossible } from '../../platform/as-far-as-possible.ts';
import { type Db, sqlState, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Day, Id } from '../../platform/schemas.ts';
import { periodFaults, readIdentifiers } from './rules.ts';
import { Identifier, OrganisationKind } from './schemas.ts';
import { organisationIdentifiers, organisations } from './tables.ts';
import { identifiersOf } from './versions.ts';

/** A line without characters that are not shown, such as those that turn the direction of what follows. */
export const line = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !/[\p{Cc}\p{Bidi_Control}]/u.test(text));
export const Instant = z.iso.datetime({ offset: false }).refine((text) => !text.startsWith('0000'));

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
    /** What its homes signed when they let it go to the next; absent where it never moved. */
    moves: z.array(z.string().min(1).max(4000)).min(1).max(100).optional(),
  })
  .refine(({ id, successorId }) => id !== successorId);
export type Replica = z.output<typeof OrganisationReplica>;

/** The home that an organisation was known to have, and after how many moves. */
export type Standing = { readonly home: string; readonly moves: number };

/** Organisations that their home let go to whoever gives them, by its own word that was verified: where each stood before. */
export type Departures = ReadonlyMap<string, Standing | null>;

/** Why a replica of an organisation cannot be taken over. */
export type OrganisationFault = 'homed_elsewhere' | 'identifier_taken' | 'ends_before_start' | 'malformed';

/** The organisations that are homed at this node, of those named, as a peer is given them. */
export async function organisationsForPeers(db: Db, ids: readonly string[]): Promise<Replica[]> {
  if (ids.length === 0) return [];
  const { id, kind, name, region, startsOn, endsOn, successorId, moves, createdAt, changedAt } = organisations;
  const rows = await db
    .select({
      ...{ id, kind: sql<Replica['kind']>`${kind}`, name, region, startsOn, endsOn, successorId, createdAt, changedAt },
      ...{ moves },
      identifiers: identifiersOf,
    })
    .from(organisations)
    .where(and(inArray(id, [...ids]), isNull(organisations.home)))
    .orderBy(id);
  return rows.map(({ moves, ...row }) => ({
    ...row,
    ...(moves.length > 0 && { moves }),
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
 * Takes organisations over from their home, in the transaction that is under way; answers why it could not, for each that
 * it could not: it is homed here or elsewhere, or another organisation has one of its official identifiers. One that is
 * homed elsewhere is taken over where that home let it go, and it still stands as it stood then. Their versions are kept at their home; `changedAt` is when they changed here. A successor is believed where it has the same home: nobody
 * says of an organisation of another node that it succeeds.
 */
export async function storeOrganisationReplicas(
  db: Db,
  home: string,
  given: readonly Replica[],
  departures: Departures = new Map(),
): Promise<Map<string, OrganisationFault>> {
  const faults = new Map<string, OrganisationFault>();
  const ids = given.map(({ id }) => id);
  // Locked in one order, so that none of them moves meanwhile.
  const elsewhere = await db
    .select({ id: organisations.id, home: organisations.home, moves: sql<number>`cardinality(${organisations.moves})` })
    .from(organisations)
    .where(and(inArray(organisations.id, ids), sql`${organisations.home} is distinct from ${home}`))
    .orderBy(organisations.id)
    .for('update');
  for (const { id, home, moves } of elsewhere) {
    const left = departures.get(id);
    if (home === null || left?.home !== home || left.moves !== moves) faults.set(id, 'homed_elsewhere');
  }
  for (const { id, startsOn, endsOn, identifiers } of given) {
    if (periodFaults(startsOn, endsOn, '').length > 0) faults.set(id, 'ends_before_start');
    if (!isSound(identifiers)) faults.set(id, 'malformed');
  }
  const sound = given.filter(({ id }) => !faults.has(id));
  const places = { home, departed: elsewhere.map(({ id }) => id) };
  const store = (db: Db, given: readonly Replica[]) => storeAll(db, places, given);
  for (const [{ id }, fault] of await storeAsFarAsPossible(db, sound, { store, faultOf })) faults.set(id, fault);
  return faults;
}

/** Whether identifiers are such as are registered here: each in the form of its scheme. */
const isSound = (identifiers: Replica['identifiers']) => {
  const read = readIdentifiers(identifiers);
  return read.faults.length === 0 && read.identifiers.every(({ value }, at) => value === identifiers[at]?.value);
};

/** The home of what is stored, and which of it may have had another home until now. */
type Places = { readonly home: string | null; readonly departed: readonly string[] };

/** Why the database refuses: what it cannot hold stays out, so that it does not keep out whatever else comes with it. */
function faultOf(error: unknown): OrganisationFault | undefined {
  if (violatedConstraint(error) === 'organisation_identifiers_current') return 'identifier_taken';
  return /^2[23]/.test(sqlState(error) ?? '') ? 'malformed' : undefined;
}

/**
 * Stores organisations as they are given, with this home; null for this node. A successor is linked where it has the same
 * home, or was linked before it moved.
 */
export async function storeAll(db: Db, { home, departed }: Places, given: readonly Replica[]): Promise<void> {
  const now = new Date();
  const rows = given.map(({ identifiers: _, successorId, createdAt, moves = [], ...fields }) => ({
    ...{ ...fields, home, moves, createdAt: new Date(createdAt), changedAt: now },
    successorId: sql<
      string | null
    >`(select o.id from organisations o where o.id = ${successorId}::uuid and (o.home = ${home}
      or exists (select from organisations b where b.id = ${fields.id}::uuid and b.successor_id = o.id)))`,
  }));
  const stored = await db
    .insert(organisations)
    .values(rows)
    .onConflictDoUpdate({
      target: organisations.id,
      set: {
        kind: sql`excluded.kind`,
        name: sql`excluded.name`,
        region: sql`excluded.region`,
        startsOn: sql`excluded.starts_on`,
        endsOn: sql`excluded.ends_on`,
        successorId: sql`excluded.successor_id`,
        createdAt: sql`excluded.created_at`,
        changedAt: sql`excluded.changed_at`,
        home: sql`excluded.home`,
        moves: sql`excluded.moves`,
        version: sql`${organisations.version} + 1`,
      },
      // One that came meanwhile by another way stays as it is.
      setWhere: sql`${organisations.home} is not distinct from excluded.home or ${inArray(organisations.id, [...departed])}`,
    })
    .returning({ id: organisations.id });
  const ids = stored.map(({ id }) => id);
  const kept = new Set(ids);
  await db.delete(organisationIdentifiers).where(inArray(organisationIdentifiers.organisationId, ids));
  const identifiers = given.flatMap(({ id: organisationId, identifiers }) =>
    (kept.has(organisationId) ? identifiers : []).map((identifier) => ({ ...identifier, id: newId(), organisationId })),
  );
  if (identifiers.length > 0) await db.insert(organisationIdentifiers).values(identifiers);
}

/** Sets successors that came after whom they succeed: `[organisation, successor]` of replicas. */
export async function linkSuccessors(
  db: Db,
  home: string,
  pairs: readonly (readonly [string, string])[],
): Promise<void> {
  if (pairs.length === 0) return;
  await db.execute(sql`
    update ${organisations} o set successor_id = s.id, version = o.version + 1, changed_at = now()
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

/** An organisation of another node that takes part where a peer takes part, as the node gives it where they do. */
export const OrganisationReference = z.strictObject({
  id: Id,
  kind: OrganisationKind,
  name: line(300),
  region: line(100).nullable(),
  home: z.url().max(2000),
});

/**
 * Keeps organisations of other nodes by their names, so that what they do with organisations of this node can be shown.
 * What their own home gives of them is believed before anybody else: `isGivenByHome` is true of such a row. Where a known organisation is
 * homed is never learned so.
 */
export async function storeOrganisationReferences(
  db: Db,
  given: readonly z.output<typeof OrganisationReference>[],
  isGivenByHome: SQL,
): Promise<void> {
  if (given.length === 0) return;
  const now = new Date();
  await db
    .insert(organisations)
    .values(given.map((one) => ({ ...one, createdAt: now, changedAt: now })))
    .onConflictDoUpdate({
      target: organisations.id,
      set: {
        kind: sql`excluded.kind`,
        name: sql`excluded.name`,
        region: sql`excluded.region`,
        changedAt: sql`excluded.changed_at`,
        version: sql`${organisations.version} + 1`,
      },
      setWhere: sql`${organisations.home} = excluded.home and not ${isGivenByHome}`,
    });
}
