import { and, eq, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { lockAlliance, lockOrganisations } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { occurrencesOf } from './recurrence.ts';
import { planningDays } from './rules.ts';
import { timesOf } from './standing.ts';
import { sessionSeries, sessions } from './tables.ts';

type Series = typeof sessionSeries.$inferSelect;

/** How many days of sessions a series may lack before more are planned, so that it is not touched every day. */
const slackDays = 7;

const dayFrom = (now: Date, days: number) => new Date(now.getTime() + days * 86_400_000).toISOString().slice(0, 10);

/** Up to which day sessions are planned now: half a year ahead, and not past the end of the alliance. */
function horizonOf(endsOn: string | null, now: Date): string {
  const through = dayFrom(now, planningDays);
  if (endsOn === null || endsOn > through) return through;
  return dayFrom(new Date(`${endsOn}T00:00:00Z`), -1);
}

/** Adds the sessions of a series that are not there yet, within a transaction that locked its alliance; answers how many. */
export async function planSessions(
  db: Db,
  series: Series,
  { endsOn, now }: { readonly endsOn: string | null; readonly now: Date },
): Promise<number> {
  const horizon = horizonOf(endsOn, now);
  const through = horizon > series.plannedThrough ? horizon : series.plannedThrough;
  const { times, complete } = occurrencesOf(series, series.plannedThrough, through);
  const { title, description, place, kind, notRecorded, timeZone, allianceId, createdByOrganisationId } = series;
  const rows = times.map((occurrence) => ({
    ...{ id: newId(), allianceId, seriesId: series.id, occurrence },
    ...{ title, description, place, kind, notRecorded, timeZone, createdByOrganisationId },
    ...timesOf(occurrence, timeZone, series.durationMinutes),
    ...{ state: 'planned', createdAt: now, changedAt: now },
  }));
  if (rows.length > 0) await db.insert(sessions).values(rows);
  await db
    .update(sessionSeries)
    .set({ plannedThrough: through, complete, changedAt: now })
    .where(and(eq(sessionSeries.id, series.id), unrestricted('checked')));
  return rows.length;
}

/** Series that lack sessions, with since when: of alliances that go on and are kept here. */
const lacking = sql`from ${sessionSeries} s join ${alliances} a on a.id = s.alliance_id
  where ${unrestricted('node')} and s.state = 'active' and not s.complete
    and s.planned_through <= current_date + ${sql.raw(String(planningDays - slackDays))}
    and (a.ends_on is null or (a.ends_on > current_date and a.ends_on > s.planned_through + 1))
    and ${allianceIsHere(sql`s.alliance_id`)}`;

/** Plans one series further, unless another process did meanwhile. */
async function extend(db: Db, { id, allianceId, createdBy }: Due): Promise<number> {
  const { body } = await commit(db, nodeContext('planSessions'), async (db, record) => {
    await lockOrganisations(db, [createdBy]);
    const { endsOn, closure } = await lockAlliance(db, allianceId);
    const [series] = await db
      .select()
      .from(sessionSeries)
      .where(and(eq(sessionSeries.id, id), unrestricted('node')))
      .for('update');
    const over = closure !== null || (endsOn !== null && endsOn <= today());
    if (series === undefined || series.state !== 'active' || series.complete || over) return { body: 0 };
    const added = await planSessions(db, series, { endsOn, now: new Date() });
    if (added > 0) {
      const subject = { subjectType: 'session_series', subjectId: id, allianceId };
      record({ type: 'session_series.extended', ...subject });
    }
    return { body: 1 };
  });
  return body;
}

type Due = { readonly id: string; readonly allianceId: string; readonly createdBy: string };

/**
 * Plans the sessions of every series that lacks some up to half a year ahead, each series in a transaction of its own.
 * Answers how many series it planned further.
 */
export async function extendSeries(db: Db): Promise<number> {
  const due = await db.execute<Due>(sql`select s.id, s.alliance_id as "allianceId",
    s.created_by_organisation_id as "createdBy" ${lacking} order by s.planned_through, s.id limit 100`);
  let count = 0;
  for (const series of due) count += await extend(db, series);
  return count;
}

/** What `extendSeries` has to plan. */
export const countLackingSeries = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select (s.planned_through - ${sql.raw(String(planningDays - slackDays))})::timestamptz as since ${lacking}`,
  );
