import { type SQL, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import type { Receipts } from '../access/access.ts';
import { isBound, lockAlliance, lockOrganisations, successorOn } from '../alliances/alliances.ts';
import { memberships } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { mergerPredecessors, mergers, organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { appendRecord, type Cause, lastRecord, ownersOf } from './chain.ts';
import { offerEvent } from './decisions.ts';
import { type Subject, shareOf, successionOf } from './rules.ts';
import { allianceOf, findAllianceId, findAnyPlace, isLast, lockPlace, subjectIsHere } from './subjects.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

type Offer = typeof ownershipOffers.$inferSelect;
type Merger = { predecessorIds: string[]; successorId: string; effectiveOn: string };

const list = (ids: readonly string[]) => sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`;
const ownedBy = (ids: SQL) => sql`(r.accountable_organisation_id in ${ids} or r.joint_organisation_ids && array${ids})`;
const recordIsHere = subjectIsHere(sql`r.subject_type`, sql`r.subject_id`);
const offerIsHere = subjectIsHere(sql`${ownershipOffers.subjectType}`, sql`${ownershipOffers.subjectId}`);
const subjectOfRecord = sql`r.subject_type as type, r.subject_id as id`;

/** The subjects kept here that organisations own now, of one alliance or of all; in the order in which they are locked. */
const subjectsOwned = (db: Db, ids: readonly string[], allianceId?: string) =>
  db.execute<Subject>(sql`select ${subjectOfRecord} from ${ownershipRecords} r
    where ${unrestricted('rule')} and ${isLast(sql`r`)} and ${recordIsHere} and ${ownedBy(list(ids))} and ${
      allianceId === undefined ? sql`true` : sql`${allianceOf(sql`r.subject_type`, sql`r.subject_id`)} = ${allianceId}`
    } order by ${allianceOf(sql`r.subject_type`, sql`r.subject_id`)} nulls last, r.subject_id`);

/** Closes the open offers of which an organisation is a party: what it offered is withdrawn, what it was offered expires. */
async function closeOffers(db: Db, organisationIds: readonly string[], allianceId?: string): Promise<NewEvent[]> {
  const ids = list(organisationIds);
  const within = sql`${allianceOf(sql`${ownershipOffers.subjectType}`, sql`${ownershipOffers.subjectId}`)} = ${allianceId}`;
  const gives = sql`(${ownershipOffers.offeredByOrganisationId} in ${ids} or ${ownershipOffers.fromOrganisationId} in ${ids})`;
  const closed: Offer[] = await db
    .update(ownershipOffers)
    .set({ state: sql`case when ${gives} then 'withdrawn' else 'expired' end`, changedAt: new Date() })
    .where(
      sql`${unrestricted('node')} and ${ownershipOffers.state} = 'offered' and ${offerIsHere} and (${gives} or ${ownershipOffers.toOrganisationId} in ${ids})
        and ${allianceId === undefined ? sql`true` : within}`,
    )
    .returning();
  const events: NewEvent[] = [];
  for (const offer of closed) {
    const subject = { type: offer.subjectType, id: offer.subjectId } as Subject;
    const type = offer.state === 'withdrawn' ? 'ownership.withdrawn' : 'ownership.expired';
    events.push(offerEvent(type, offer, await findAllianceId(db, subject)));
  }
  return events;
}

/** Appends what follows for one subject, each change on the one before; the subject is locked by the caller. */
export async function appendAll(
  db: Db,
  receipts: Receipts,
  subject: Subject,
  causes: readonly Cause[],
): Promise<NewEvent[]> {
  const place = { subject, allianceId: await findAllianceId(db, subject) };
  let last = await lastRecord(db, place);
  const events: NewEvent[] = [];
  for (const cause of causes) {
    const { row, event } = await appendRecord(db, receipts, place, last, cause);
    last = row;
    events.push(event);
  }
  return events;
}

/** Why a share was given up without an act of its owner. */
type Reason = 'membership_ended' | 'organisation_dissolved' | 'merger';

async function releaseFrom(db: Db, receipts: Receipts, subject: Subject, from: string, reason: Reason) {
  const share = shareOf(ownersOf(await lastRecord(db, { subject })), from);
  return share === undefined ? [] : appendAll(db, receipts, subject, [{ change: { share, from, to: null }, reason }]);
}

/**
 * What follows for ownerships when an organisation leaves an alliance: who leaves by its own act hands over or releases
 * first; where a convener ends it, what it owns there is released. Its open offers there are closed. The alliance is
 * locked by the caller. Throws ownerships_open.
 */
export const leaveOwnerships =
  (receipts: Receipts) =>
  async (
    db: Db,
    { allianceId, organisationId, own }: { allianceId: string; organisationId: string; own: boolean },
  ): Promise<NewEvent[]> => {
    if (await isBound(db, organisationId, allianceId)) return [];
    const owned = await subjectsOwned(db, [organisationId], allianceId);
    if (own && owned.length > 0) throw new Problem('ownerships_open', { params: { count: owned.length } });
    const events = await closeOffers(db, [organisationId], allianceId);
    for (const { type, id } of owned)
      events.push(...(await releaseFrom(db, receipts, { type, id }, organisationId, 'membership_ended')));
    return events;
  };

/**
 * What follows for ownerships when organisations merge: on the day each share goes to the successor, by law and not by a
 * yes; where nobody succeeds it is released. Open offers of the predecessors are closed. A day to come is left to
 * `passOwnerships`. The organisations are locked by the caller.
 */
export const succeedOwnerships =
  (receipts: Receipts) =>
  async (db: Db, merger: Merger): Promise<NewEvent[]> => {
    const { predecessorIds, effectiveOn } = merger;
    if (effectiveOn > today()) return [];
    const to = await successorOn(db, merger);
    const owned = await subjectsOwned(db, predecessorIds);
    for (const { type, id } of owned) {
      const allianceId = await findAllianceId(db, { type, id });
      if (allianceId !== null) await lockAlliance(db, allianceId);
    }
    const events = await closeOffers(db, predecessorIds);
    const name = to === null ? 'released' : 'succeeded';
    for (const { type, id } of owned) {
      const subject = { type, id };
      const follows = successionOf(ownersOf(await lastRecord(db, { subject })), predecessorIds, to);
      const causes = follows.map((change) => ({ change, name, reason: 'merger' }) as const);
      events.push(...(await appendAll(db, receipts, subject, causes)));
    }
    return events;
  };

/** Mergers whose day has come while a predecessor still owns something, with each such predecessor. */
const successionsToContinue = sql`
    from ${mergers} g join ${mergerPredecessors} p on p.merger_id = g.id
    where ${unrestricted('node')} and g.effective_on <= current_date and (
      exists (select from ${ownershipRecords} r where ${isLast(sql`r`)} and ${recordIsHere}
        and (r.accountable_organisation_id = p.organisation_id or r.joint_organisation_ids @> array[p.organisation_id]))
      or exists (select from ${ownershipOffers} f where f.state = 'offered'
        and ${subjectIsHere(sql`f.subject_type`, sql`f.subject_id`)} and p.organisation_id in
        (f.to_organisation_id, f.from_organisation_id, f.offered_by_organisation_id)))`;

async function continueSuccessions(db: Db, receipts: Receipts): Promise<number> {
  const due = await db.execute<Merger>(sql`
    select array_agg(p.organisation_id order by p.organisation_id) as "predecessorIds", g.successor_id as "successorId",
      g.effective_on::text as "effectiveOn"
    ${successionsToContinue}
    group by g.id order by g.effective_on, g.id limit 20`);
  let count = 0;
  for (const merger of due) {
    const { body } = await commit(db, nodeContext('passOwnerships'), async (db, record) => {
      await lockOrganisations(db, [...merger.predecessorIds, merger.successorId]);
      const events = await succeedOwnerships(receipts)(db, merger);
      events.forEach(record);
      return { body: events.length };
    });
    count += body;
  }
  return count;
}

type Departed = Subject & { organisationId: string; allianceId: string | null; dissolved: boolean };

/** Owners that are no more, or that take no part any more in the alliance of what they own. */
const departed = sql`
    from ${ownershipRecords} r
    cross join lateral unnest(array_append(r.joint_organisation_ids, r.accountable_organisation_id)) as owner(id)
    join ${organisations} o on o.id = owner.id
    cross join lateral (select ${allianceOf(sql`r.subject_type`, sql`r.subject_id`)} as id) a
    where ${unrestricted('node')} and ${isLast(sql`r`)} and ${recordIsHere} and (o.successor_id is null or o.ends_on > current_date) and (o.ends_on <= current_date
      or (a.id is not null and not exists (select from ${memberships} m where m.alliance_id = a.id
        and m.organisation_id = o.id and m.role in ('convener', 'member') and m.state = 'accepted'
        and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date))))`;

const departedOwners = (db: Db) =>
  db.execute<Departed>(sql`
    select ${subjectOfRecord}, o.id as "organisationId", a.id as "allianceId",
      coalesce(o.ends_on <= current_date, false) as dissolved
    ${departed}
    order by r.subject_id, o.id limit 100`);

/** Releases what one of them owns, unless it came back meanwhile. */
async function releaseDeparted(db: Db, receipts: Receipts, departed: Departed): Promise<NewEvent[]> {
  const { type, id, organisationId, dissolved } = departed;
  const subject = { type, id };
  const place = await findAnyPlace(db, subject);
  if (place === undefined) return [];
  await lockPlace(db, place, [organisationId]);
  const { allianceId } = place;
  const bound = allianceId === null || (await isBound(db, organisationId, allianceId));
  if (bound && !dissolved) return [];
  const events = allianceId === null ? [] : await closeOffers(db, [organisationId], allianceId);
  const reason = dissolved ? 'organisation_dissolved' : 'membership_ended';
  return [...events, ...(await releaseFrom(db, receipts, subject, organisationId, reason))];
}

async function releaseAllDeparted(db: Db, receipts: Receipts): Promise<number> {
  let count = 0;
  for (const departed of await departedOwners(db)) {
    const { body } = await commit(db, nodeContext('passOwnerships'), async (db, record) => {
      const events = await releaseDeparted(db, receipts, departed);
      events.forEach(record);
      return { body: events.length };
    });
    count += body;
  }
  return count;
}

/**
 * Does for ownerships what the passing of time calls for: what merged organisations own goes to their successor on its
 * day, and what is owned by whoever exists or takes part no more is released, so that it is listed as an orphan and
 * never silently vanishes. Answers how many events that were.
 */
export async function passOwnerships(db: Db, receipts: Receipts): Promise<number> {
  return (await continueSuccessions(db, receipts)) + (await releaseAllDeparted(db, receipts));
}

/** What `passOwnerships` has to do: a merger counts for one, however much it passes on. */
export const countPassedOwnerships = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select distinct on (g.id) g.effective_on::timestamptz as since ${successionsToContinue}`,
    sql`select coalesce(case when o.ends_on <= current_date then o.ends_on end, (select max(m.ends_on)
        from ${memberships} m where m.alliance_id = a.id and m.organisation_id = o.id and m.ends_on <= current_date))
        ::timestamptz as since ${departed}`,
  );
