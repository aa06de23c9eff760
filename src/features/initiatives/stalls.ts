import { and, type SQL, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due } from '../../platform/offers.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { event } from './promising.ts';
import { stalledAfterDays } from './rules.ts';
import { commitments, initiatives, participations } from './tables.ts';

/** Initiatives that one transaction tells of. */
const batchSize = 500;

/**
 * Of a closed space that is at its end nothing is told any more: what is open in it is settled, and then destroyed. Of
 * what another node keeps that node tells.
 */
const goesOn = (allianceId: SQL) => sql`(select true from ${alliances} a where a.id = ${allianceId}
  and a.visibility = 'closed' and a.ends_on <= current_date limit 1) is null and ${allianceIsHere(allianceId)}`;

const tooLongAgo = sql`current_date - ${sql.raw(String(stalledAfterDays))}`;

/** Initiatives `i` that stall since a day, `idle.day`, of which that was not told. */
const stalled = sql`
  from ${initiatives} i cross join lateral (select greatest(i.talked_since, (select max(c.confirmed_at)::date
    from ${commitments} c where c.initiative_id = i.id and c.state = 'confirmed')) as day) idle
  where ${unrestricted('node')} and i.stage in ('idea', 'active') and i.talked_since <= ${tooLongAgo}
    and idle.day <= ${tooLongAgo} and i.stall_told_since is distinct from idle.day and ${goesOn(sql`i.alliance_id`)}`;

const { state, dueOn, lateToldDueOn, allianceId } = commitments;

/** Promises whose day passed, of which that was not told. */
const late = sql`${state} = 'accepted' and ${dueOn} < current_date and ${lateToldDueOn} is distinct from ${dueOn}
  and ${goesOn(sql`${allianceId}`)} and ${unrestricted('node')}`;

type Told = { id: string; allianceId: string; organisationIds: string[] };

/**
 * Looks again once the rows are locked: a deed that was confirmed since the first look was not seen by it, and whoever
 * confirms one now waits for the row of the initiative.
 */
async function lockStalled(db: Db): Promise<Told[]> {
  const locked = await db.execute<{ id: string }>(
    sql`select i.id ${stalled} order by i.id limit ${batchSize} for update of i skip locked`,
  );
  if (locked.length === 0) return [];
  const ids = `{${locked.map(({ id }) => id).join()}}`;
  return db.execute<Told>(sql`
    update ${initiatives} told set stall_told_since = found.day
    from (select i.id, idle.day ${stalled} and i.id = any(${ids}::uuid[])) found
    where told.id = found.id and ${unrestricted('node')}
    returning told.id, told.alliance_id as "allianceId", (select coalesce(json_agg(p.organisation_id), '[]')
      from ${participations} p where p.initiative_id = told.id and p.state = 'accepted') as "organisationIds"`);
}

async function tellStalled(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('detectStalls'), async (db, record) => {
    const told = await lockStalled(db);
    for (const { id, ...touched } of told)
      record({ type: 'initiative.stalled', subjectType: 'initiative', subjectId: id, ...touched });
    return { body: told.length };
  });
  return body;
}

async function tellLate(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('detectStalls'), async (db, record) => {
    const told = await db
      .update(commitments)
      .set({ lateToldDueOn: sql`${dueOn}` })
      .where(and(due(db, commitments, late), unrestricted('node')))
      .returning();
    for (const row of told) record(event('commitment.late', row));
    return { body: told.length };
  });
  return body;
}

/**
 * Tells by an event which initiatives stall and which promises are late: once until the next deed, and once for each day
 * that was promised. What is locked by a write waits for the next run. Rows keep their version and the instant of their
 * last change, since what they say is the same: it is the calendar that went on. Answers how much it told.
 */
export async function detectStalls(db: Db): Promise<number> {
  return (await tellStalled(db)) + (await tellLate(db));
}

/** What `detectStalls` has to tell. */
export const countStalls = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select (idle.day + ${sql.raw(String(stalledAfterDays))})::timestamptz as since ${stalled}`,
    sql`select (${dueOn} + 1)::timestamptz as since from ${commitments} where ${late}`,
  );
