import { and, eq, gt, gte, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertMember, lockVisibleAlliance } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { planSessions } from './planning.ts';
import { recurrenceFaults, startsByRule } from './recurrence.ts';
import { mondayOf } from './rules.ts';
import type { NewSeriesEnd, NewSessionSeries, SessionSeriesQuery } from './schemas.ts';
import { lockAllianceFor, sessionEvent, timeFaults } from './standing.ts';
import { sessionSeries, sessions } from './tables.ts';
import { type SeriesView, selectSeries } from './views.ts';
import { localOf } from './zones.ts';

type Row = SeriesView & { version: number };
type Series = typeof sessionSeries.$inferSelect;

/** How many series of an alliance can go on at once. */
const maxSeries = 50;

const toView = ({ version: _, ...view }: Row): SeriesView => view;

async function find(db: Db, caller: Caller, seriesId: string): Promise<Answer<SeriesView>> {
  const [row] = await selectSeries(db, caller.organisationId, eq(sessionSeries.id, seriesId));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** One series of an alliance that the caller may see. Throws not_found. */
export const getSessionSeries = (db: Db, caller: Caller, seriesId: string): Promise<Answer<SeriesView>> =>
  find(db, caller, seriesId);

/** A page of the series that the caller may see, in the order of their identifiers. */
export async function listSessionSeries(
  db: Db,
  caller: Caller,
  input: z.output<typeof SessionSeriesQuery> & { after?: string[] | undefined },
): Promise<PageOf<SeriesView>> {
  const { after, changedSince, limit } = input;
  const keys = ['allianceId', 'kind', 'state', 'createdByOrganisationId'] as const;
  const condition = and(
    after?.[0] === undefined ? undefined : gt(sessionSeries.id, after[0]),
    ...keys.map((key) => (input[key] === undefined ? undefined : eq(sessionSeries[key], input[key]))),
    changedSince === undefined ? undefined : gte(sessionSeries.changedAt, changedSince),
  );
  const rows = await selectSeries(db, caller.organisationId, condition)
    .orderBy(sessionSeries.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/** Every fault of a series: of its time, its rule, and of the two together. */
function seriesFaults({ startsAt, timeZone, recurrence }: z.output<typeof NewSessionSeries>, now: Date): Fault[] {
  const ofRule = recurrenceFaults(recurrence);
  const faults = [...timeFaults(startsAt, timeZone, now), ...ofRule];
  if (ofRule.length === 0 && !startsByRule(recurrence, startsAt))
    faults.push({ in: 'body', location: '/startsAt', code: 'start_not_in_recurrence' });
  return faults;
}

const event = (type: NewEvent['type'], { id, allianceId }: Series, organisationId: string): NewEvent => ({
  type,
  ...{ subjectType: 'session_series', subjectId: id, allianceId, organisationIds: [organisationId] },
});

/**
 * Begins a series in an alliance, with its sessions of the coming half year. Throws invalid_input, member_required,
 * alliance_ended, space_closing, organisation_dissolved, too_many_series.
 */
export async function createSessionSeries(
  db: Db,
  context: Context,
  { description = null, place = null, ...input }: z.output<typeof NewSessionSeries>,
): Promise<Answer<SeriesView>> {
  const { caller } = context;
  const now = new Date();
  const faults = seriesFaults(input, now);
  if (faults.length > 0) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    const { organisationId, endsOn } = await lockAllianceFor(db, caller, input.allianceId);
    const going = and(eq(sessionSeries.allianceId, input.allianceId), eq(sessionSeries.state, 'active'));
    const present = await db.$count(sessionSeries, and(going, unrestricted('rule')));
    if (present >= maxSeries) throw new Problem('too_many_series', { params: { maximum: maxSeries } });
    const series: Series = {
      ...{ id: newId(), version: 1, ...input, description, place, complete: false, state: 'active' },
      // The day before its start: nothing is planned yet.
      plannedThrough: new Date(Date.parse(`${input.startsAt}Z`) - 86_400_000).toISOString().slice(0, 10),
      ...{ endedAt: null, endReason: null, endedByOrganisationId: null },
      ...{ createdByOrganisationId: organisationId, createdAt: now, changedAt: now },
    };
    await db.insert(sessionSeries).values(series);
    await planSessions(db, series, { endsOn, now });
    record(event('session_series.begun', series, organisationId));
    return { ...(await find(db, caller, series.id)), location: `/v1/session-series/${series.id}` };
  });
}

/** Cancels the sessions of a series that have not begun; answers which. */
async function cancelComing(db: Db, series: Series, reason: string, by: { id: string; now: Date }): Promise<string[]> {
  const monday = mondayOf(localOf(by.now, series.timeZone).slice(0, 10));
  const cancelled = await db
    .update(sessions)
    .set({
      ...{ state: 'cancelled', reason, decidedAt: by.now, decidedByOrganisationId: by.id, changedAt: by.now },
      ...{ version: sql`${sessions.version} + 1`, calledOffBefore: sql`${sessions.plannedOn} >= ${monday}::date + 7` },
    })
    .where(
      and(
        eq(sessions.seriesId, series.id),
        eq(sessions.state, 'planned'),
        gt(sessions.startsAt, by.now),
        unrestricted('checked'),
      ),
    )
    .returning({ id: sessions.id });
  return cancelled.map(({ id }) => id);
}

/**
 * Ends a series, as one that is bound by its alliance: what has not begun of it is cancelled, what was stays. The end of
 * one that ended changes nothing. Throws not_found, member_required, space_closing.
 */
export async function endSessionSeries(
  db: Db,
  context: Context,
  seriesId: string,
  { reason }: z.output<typeof NewSeriesEnd>,
): Promise<Answer<SeriesView>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { body } = await find(db, caller, seriesId);
    await lockVisibleAlliance(db, caller, body.alliance.id, [], 'answer');
    const organisationId = await assertMember(db, caller, body.alliance.id);
    const named = and(eq(sessionSeries.id, seriesId), unrestricted('checked'));
    const [series] = await db.select().from(sessionSeries).where(named).for('update');
    if (series === undefined) throw notFound();
    if (series.state === 'ended') return find(db, caller, seriesId);
    const now = new Date();
    const ended = { state: 'ended', endedAt: now, endReason: reason, endedByOrganisationId: organisationId };
    await db
      .update(sessionSeries)
      .set({ ...ended, version: series.version + 1, changedAt: now })
      .where(named);
    record(event('session_series.ended', series, organisationId));
    for (const id of await cancelComing(db, series, reason, { id: organisationId, now }))
      record(sessionEvent('session.cancelled', { id, allianceId: series.allianceId }, [organisationId]));
    return find(db, caller, seriesId);
  });
}
