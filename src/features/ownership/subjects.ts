import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { assertExists, isBound, lockAlliance, lockOrganisations } from '../alliances/alliances.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { initiatives, participations } from '../initiatives/tables.ts';
import { knowledgeContributions, knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { allianceIsHere, itemIsHere } from '../policy/homes.ts';
import { unrestricted, type Viewer, visibleSubjects } from '../policy/policy.ts';
import type { Owners, Subject } from './rules.ts';
import { ownershipRecords } from './tables.ts';

/** A subject with what decides who may own it: its alliance, or the author of the item, and whether it is over. */
export type Place = {
  readonly subject: Subject;
  readonly allianceId: string | null;
  readonly authorId: string | null;
  readonly over: boolean;
};

/** The alliance of a subject: that alliance itself, or that of the initiative; null for a knowledge item. */
export const allianceOf = (type: SQL, id: SQL): SQL => sql`(case ${type} when 'alliance' then ${id}
  when 'initiative' then (select i.alliance_id from ${initiatives} i where i.id = ${id}) end)`;

/** True unless a subject is a replica: then its owners are recorded by the node that keeps it. */
export const subjectIsHere = (
  type: SQL,
  id: SQL,
): SQL => sql`(case when ${type} = 'knowledge_item' then ${itemIsHere(id)}
  else ${allianceIsHere(allianceOf(type, id))} end)`;

/** The name of a subject; null where an item was withdrawn. */
export const subjectName = (type: SQL, id: SQL): SQL<string | null> => sql`(case ${type}
  when 'alliance' then (select a.name from ${alliances} a where a.id = ${id})
  when 'initiative' then (select i.title from ${initiatives} i where i.id = ${id})
  else (select k.title from ${knowledgeItems} k where k.id = ${id} and k.state <> 'withdrawn') end)`;

const places: Record<Subject['type'], (id: string) => SQL> = {
  alliance: (
    id,
  ) => sql`select a.id as "allianceId", null as "authorId", coalesce(a.ends_on <= current_date, false) as over
    from ${alliances} a where a.id = ${id}`,
  initiative: (id) => sql`select i.alliance_id as "allianceId", i.created_by_organisation_id as "authorId",
      (i.stage = 'stopped' or coalesce(a.ends_on <= current_date, false)) as over
    from ${initiatives} i join ${alliances} a on a.id = i.alliance_id where i.id = ${id}`,
  knowledge_item: (
    id,
  ) => sql`select null as "allianceId", k.organisation_id as "authorId", k.state = 'withdrawn' as over
    from ${knowledgeItems} k where k.id = ${id}`,
};

/** A subject that the viewer may see; undefined for any other, whether it exists or not. */
export async function findPlace(db: Db, viewer: Viewer, subject: Subject): Promise<Place | undefined> {
  const visible = visibleSubjects(viewer, sql`${subject.type}::text`, sql`${subject.id}::uuid`);
  const [row] = await db.execute<Omit<Place, 'subject'>>(
    sql`select p.* from (${places[subject.type](subject.id)}) p where ${visible}`,
  );
  return row === undefined ? undefined : { subject, ...row };
}

/** A subject as the node itself finds it, whoever may see it. */
export async function findAnyPlace(db: Db, subject: Subject): Promise<Place | undefined> {
  const [row] = await db.execute<Omit<Place, 'subject'>>(
    sql`select p.* from (${places[subject.type](subject.id)}) p where ${unrestricted('node')}`,
  );
  return row === undefined ? undefined : { subject, ...row };
}

/** The alliance of a subject; null for a knowledge item. */
export const findAllianceId = async (db: Db, subject: Subject): Promise<string | null> =>
  (await findAnyPlace(db, subject))?.allianceId ?? null;

/** Locks what a change of ownership depends on: its organisations, its alliance, then the item where there is none. */
export async function lockPlace(db: Db, place: Place, organisationIds: readonly (string | null)[]) {
  const organisations = await lockOrganisations(db, organisationIds);
  if (place.allianceId !== null) await lockAlliance(db, place.allianceId);
  const { id, type } = place.subject;
  const checked = unrestricted('checked');
  if (type === 'knowledge_item')
    await db.execute(sql`select from ${knowledgeItems} where id = ${id} and ${checked} for no key update`);
  if (type === 'initiative')
    await db.execute(sql`select from ${initiatives} where id = ${id} and ${checked} for share`);
  return organisations;
}

const takesPart = (allianceId: SQL, organisationId: string) => sql`from ${memberships} m
  where m.alliance_id = ${allianceId} and m.organisation_id = ${organisationId} and m.state = 'accepted'
    and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date)`;

async function holds(db: Db, condition: SQL): Promise<boolean> {
  const [row] = await db.execute<{ holds: boolean }>(
    sql`select coalesce(${condition}, false) as holds where ${unrestricted('rule')}`,
  );
  return row?.holds === true;
}

/**
 * Whether the organisation may own the subject: whoever is bound by its alliance; of a knowledge item its author, those
 * who contributed, and whoever is bound by an alliance with which it is shared.
 */
export async function mayOwn(
  db: Db,
  { subject, allianceId, authorId }: Place,
  organisationId: string,
): Promise<boolean> {
  if (allianceId !== null) return isBound(db, organisationId, allianceId);
  if (authorId === organisationId) return true;
  return holds(
    db,
    sql`exists (select from ${knowledgeContributions} c where c.item_id = ${subject.id}
        and c.organisation_id = ${organisationId} and c.state = 'accepted')
      or exists (select from ${knowledgeShares} s where s.item_id = ${subject.id} and s.ended_at is null
        and exists (select ${takesPart(sql`s.alliance_id`, organisationId)} and m.role in ('convener', 'member')))`,
  );
}

/** Throws member_required where the organisation may not own the subject any more, organisation_dissolved. */
export async function assertMayOwn(
  db: Db,
  place: Place,
  organisations: Awaited<ReturnType<typeof lockPlace>>,
  organisationId: string,
): Promise<void> {
  assertExists(organisations, organisationId);
  if (!(await mayOwn(db, place, organisationId))) throw new Problem('member_required');
}

/**
 * Whether the organisation may offer the subject: its accountable owner alone. While there is none: a convener of the
 * alliance, or any member where none convenes; who takes part in the initiative or began it; the author of the item.
 */
export async function mayOffer(db: Db, place: Place, owners: Owners, organisationId: string): Promise<boolean> {
  if (owners.accountable !== null) return owners.accountable === organisationId;
  const { subject, allianceId, authorId } = place;
  if (allianceId === null) return authorId === organisationId;
  if (subject.type === 'alliance') return convenes(db, allianceId, organisationId);
  if (!(await isBound(db, organisationId, allianceId))) return false;
  if (authorId === organisationId) return true;
  const { initiativeId, organisationId: participant, state } = participations;
  const [row] = await db
    .select({ id: participations.id })
    .from(participations)
    .where(
      and(eq(initiativeId, subject.id), eq(participant, organisationId), eq(state, 'accepted'), unrestricted('rule')),
    );
  return row !== undefined;
}

const convenes = (db: Db, allianceId: string, organisationId: string) =>
  holds(
    db,
    sql`exists (select ${takesPart(sql`${allianceId}`, organisationId)} and (m.role = 'convener' or (m.role = 'member'
      and not exists (select from ${memberships} c where c.alliance_id = ${allianceId} and c.role = 'convener'
        and c.state = 'accepted' and c.starts_on <= current_date and (c.ends_on is null or c.ends_on > current_date)))))`,
  );

/** True for records that no other followed. */
export const isLast = (table: SQL): SQL => sql`not exists (select from ${ownershipRecords} next_r
  where next_r.subject_type = ${table}.subject_type and next_r.subject_id = ${table}.subject_id
    and next_r.previous_number = ${table}.number)`;
