import { eq, type SQL, sql } from 'drizzle-orm';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { mergerPredecessors, mergers, organisations } from '../organisations/tables.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { type OwnSpell, type Succession, succession, today, weightiest } from './rules.ts';
import { lockOrganisations, notEnded, type Organisations } from './standing.ts';
import { alliances, memberships, sponsorships } from './tables.ts';

type Merger = { predecessorIds: string[]; successorId: string; effectiveOn: string };
type Row = { id: string; allianceId: string; organisationId: string; state: string };
type SpellRow = Row & OwnSpell;

const membershipIsHere = allianceIsHere(sql`${memberships.allianceId}`);
const sponsorshipIsHere = allianceIsHere(sql`${sponsorships.allianceId}`);

const list = (ids: readonly string[]) => sql`(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)`;
const row = sql`id, alliance_id as "allianceId", organisation_id as "organisationId", state`;
const changed = () => sql`version = version + 1, changed_at = ${new Date().toISOString()}::timestamptz`;

/**
 * Carries the memberships of merged organisations over: each ends on the day of the merger, and the successor has one
 * in each alliance from that day, by law and not by a yes (basis `succession`). Of several roles in an alliance it
 * keeps the weightiest, also over its own. From that day open offers to the predecessors have expired, and what they
 * guarantee as sponsors has ended, since nobody becomes a sponsor without its own yes; so has what the successor
 * guarantees where it takes part now. What lies in an alliance that another node keeps is left to that node. The
 * organisations are locked by the caller.
 */
export async function succeedMemberships(db: Db, merger: Merger): Promise<NewEvent[]> {
  const { predecessorIds, effectiveOn } = merger;
  const theirs = list(predecessorIds);
  await lockAlliancesOf(db, predecessorIds);
  const successorId = await successorOn(db, merger);
  const events = effectiveOn <= today() ? await dropOffers(db, predecessorIds) : [];
  const inherited = await db.execute<SpellRow>(sql`
    select ${row}, role, greatest(starts_on, ${effectiveOn}::date)::text as "startsOn", ends_on::text as "endsOn",
      false as ended
    from ${memberships}
    where ${unrestricted('node')} and organisation_id in ${theirs} and ${notEnded} and (ends_on is null or ends_on > ${effectiveOn}::date)
      and ${membershipIsHere}
    order by id for update`);
  const allianceIds = [...new Set(inherited.map(({ allianceId }) => allianceId))];
  const own = await db.execute<SpellRow>(sql`
    select ${row}, role, starts_on::text as "startsOn", ends_on::text as "endsOn", not ${notEnded} as ended
    from ${memberships}
    where ${unrestricted('node')} and organisation_id = ${successorId}::uuid and alliance_id in ${list(allianceIds)}
      and state in ('accepted', 'ended') and (ends_on is null or ends_on > ${effectiveOn}::date)
    order by id for update`);

  const cut = new Map(inherited.map(({ id }) => [id, effectiveOn]));
  if (successorId === null) return [...events, ...(await endOn(db, cut))];
  const begun: (Succession & { allianceId: string })[] = [];
  for (const allianceId of allianceIds) {
    const within = (spell: Row) => spell.allianceId === allianceId;
    const follows = succession(inherited.filter(within), own.filter(within));
    for (const [id, day] of follows.cut) cut.set(id, day);
    begun.push(...follows.begun.map((spell) => ({ ...spell, allianceId })));
  }
  events.push(...(await endOn(db, cut)), ...(await begin(db, successorId, begun)));
  const joined = begun.map(({ allianceId }) => allianceId);
  const guaranteed = sql`organisation_id = ${successorId}::uuid and alliance_id in ${list(joined)}`;
  return joined.length === 0 ? events : [...events, ...(await dropSponsorships(db, guaranteed))];
}

/** Who takes the place on the day: the successor, or whom it had merged into by then; null where nobody exists any more. */
export async function successorOn(
  db: Db,
  { successorId, effectiveOn }: Omit<Merger, 'predecessorIds'>,
): Promise<string | null> {
  const passed = new Set<string>();
  for (let id: string | null = successorId; id !== null && !passed.has(id); ) {
    passed.add(id);
    const [row] = await db.select().from(organisations).where(eq(organisations.id, id));
    if (row === undefined || row.endsOn === null || row.endsOn > effectiveOn) return id;
    id = row.successorId;
  }
  return null;
}

async function lockAlliancesOf(db: Db, organisationIds: readonly string[]): Promise<void> {
  const ids = list(organisationIds);
  await db.execute(sql`
    select id from ${alliances} where ${unrestricted('node')} and id in (
      select alliance_id from ${memberships} where organisation_id in ${ids} and state in ('offered', 'accepted')
      union select alliance_id from ${sponsorships} where organisation_id in ${ids} and state in ('offered', 'accepted'))
    order by id for no key update`);
}

async function dropOffers(db: Db, organisationIds: readonly string[]): Promise<NewEvent[]> {
  const theirs = sql`organisation_id in ${list(organisationIds)}`;
  const expired = await db.execute<Row>(sql`
    update ${memberships} set state = 'expired', ${changed()} where ${theirs} and state = 'offered'
      and ${membershipIsHere} and ${unrestricted('node')} returning ${row}`);
  return [...expired.map((one) => event('membership.expired', one)), ...(await dropSponsorships(db, theirs))];
}

async function dropSponsorships(db: Db, condition: ReturnType<typeof sql>): Promise<NewEvent[]> {
  const dropped = await db.execute<Row>(sql`
    update ${sponsorships} set state = case when state = 'offered' then 'expired' else 'ended' end,
      ended_at = case when state = 'accepted' then ${new Date().toISOString()}::timestamptz end,
      end_reason = 'merger', ${changed()}
    where ${unrestricted('node')} and ${condition} and ${sponsorshipIsHere} and state in ('offered', 'accepted') returning ${row}`);
  return dropped.map((one) => event(one.state === 'ended' ? 'sponsorship.ended' : 'sponsorship.expired', one));
}

/** Ends memberships by the merger, each on its day; what was to begin later ends before it begins. */
async function endOn(db: Db, days: ReadonlyMap<string, string>): Promise<NewEvent[]> {
  if (days.size === 0) return [];
  const given = JSON.stringify([...days].map(([id, day]) => ({ id, day })));
  const ended = await db.execute<Row>(sql`
    update ${memberships} m set ends_on = greatest(m.starts_on, r.day), end_reason = 'merger',
      ended_by_organisation_id = null, version = version + 1, changed_at = ${new Date().toISOString()}::timestamptz,
      state = case when r.day <= greatest(m.starts_on, current_date) then 'ended' else m.state end
    from jsonb_to_recordset(${given}::jsonb) as r(id uuid, day date) where m.id = r.id and ${unrestricted('node')}
    returning m.id, m.alliance_id as "allianceId", m.organisation_id as "organisationId", m.state`);
  return ended.map((one) => event(one.state === 'ended' ? 'membership.ended' : 'membership.changed', one));
}

async function begin(
  db: Db,
  organisationId: string,
  spells: readonly (Succession & { allianceId: string })[],
): Promise<NewEvent[]> {
  if (spells.length === 0) return [];
  const now = new Date();
  const rows = spells.map(({ allianceId, role, startsOn, endsOn }) => ({
    ...{ id: newId(), allianceId, organisationId, role, startsOn, endsOn, basis: 'succession' },
    state: endsOn !== null && endsOn <= today() ? 'ended' : 'accepted',
    createdAt: now,
    changedAt: now,
  }));
  await db.insert(memberships).values(rows);
  return rows.map((one) => event('membership.succeeded', one));
}

const event = (type: NewEvent['type'], { id, allianceId, organisationId }: Omit<Row, 'state'>): NewEvent => ({
  type,
  subjectType: type.slice(0, type.indexOf('.')),
  subjectId: id,
  allianceId,
  organisationIds: [organisationId],
});

/**
 * Takes back what a merger to come would begin in an alliance, when a predecessor leaves it or changes its role before
 * the day; what other predecessors, or the successor itself, leave to that day still begins then.
 */
export async function withdrawSuccession(
  db: Db,
  record: (event: NewEvent) => void,
  locked: Organisations,
  { allianceId, organisationId }: { allianceId: string; organisationId: string },
): Promise<void> {
  const { successorId: named = null, endsOn: day = null } = locked.get(organisationId) ?? {};
  if (named === null || day === null || day <= today()) return;
  const successorId = await successorOn(db, { successorId: named, effectiveOn: day });
  const [withdrawn] = await db.execute<Row & { endsOn: string | null }>(sql`
    update ${memberships} m set ends_on = m.starts_on, end_reason = 'merger', state = 'ended', ${changed()}
    from (select id, ends_on from ${memberships} where alliance_id = ${allianceId} and organisation_id = ${successorId}
      and basis = 'succession' and state = 'accepted' and starts_on = ${day}::date for update) before
    where m.id = before.id and ${unrestricted('node')}
    returning m.id, m.alliance_id as "allianceId", m.organisation_id as "organisationId", before.ends_on::text as "endsOn"`);
  if (withdrawn === undefined) return;
  record(event('membership.ended', withdrawn));
  const left = await db.execute<{ role: string }>(sql`
    select role from ${memberships} where ${unrestricted('node')} and alliance_id = ${allianceId} and state = 'accepted'
      and ends_on = ${day}::date and end_reason = 'merger' and ended_by_organisation_id is null and starts_on < ends_on
      and (organisation_id = ${successorId} or organisation_id in (select organisation_id from ${mergerPredecessors} p
        join ${mergers} g on g.id = p.merger_id where g.successor_id = ${named} and g.effective_on = ${day}::date))`);
  if (left.length === 0 || successorId === null) return;
  const role = weightiest(left.map((one) => one.role));
  const begun = { allianceId, role, startsOn: day, endsOn: withdrawn.endsOn };
  for (const one of await begin(db, successorId, [begun])) record(one);
}

/** Mergers whose day has come while a predecessor still takes part in something, with each such predecessor. */
export const mergersToContinue: SQL = sql`
    from ${mergers} g join ${mergerPredecessors} p on p.merger_id = g.id
    where ${unrestricted('node')} and g.effective_on <= current_date and (
      exists (select from ${memberships} where ${memberships.organisationId} = p.organisation_id and ${membershipIsHere}
        and (${memberships.state} = 'offered' or (${notEnded}
          and (${memberships.endsOn} is null or ${memberships.endsOn} > g.effective_on))))
      or exists (select from ${sponsorships} where ${sponsorships.organisationId} = p.organisation_id and ${sponsorshipIsHere}
        and ${sponsorships.state} in ('offered', 'accepted')))`;

/**
 * Carries over what organisations agreed between the record of their merger and its day, once that day has come; also
 * where the successor had merged before. Answers how many events that were.
 */
export async function continueMergers(db: Db): Promise<number> {
  const due = await db.execute<Merger>(sql`
    select array_agg(p.organisation_id order by p.organisation_id) as "predecessorIds", g.successor_id as "successorId",
      g.effective_on::text as "effectiveOn"
    ${mergersToContinue}
    group by g.id order by g.effective_on, g.id limit 20`);
  let count = 0;
  for (const merger of due) {
    const { body } = await commit(db, nodeContext('passDays'), async (db, record) => {
      await lockOrganisations(db, [...merger.predecessorIds, merger.successorId]);
      const events = await succeedMemberships(db, merger);
      events.forEach(record);
      return { body: events.length };
    });
    count += body;
  }
  return count;
}
