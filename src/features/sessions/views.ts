import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Db } from '../../platform/db.ts';
import { alliances } from '../alliances/tables.ts';
import { organisationIfAnyIn, organisationIn } from '../organisations/organisations.ts';
import { isMember, type Viewer } from '../policy/policy.ts';
import { visibleSessionSeries, visibleSessions } from '../policy/session-sight.ts';
import type { SessionSeriesView, SessionView } from './schemas.ts';
import { sessionAttendances, sessionSeries, sessions } from './tables.ts';

/** A series as it is shown. */
export type SeriesView = z.output<typeof SessionSeriesView>;
/** A session as it is shown. */
export type View = z.output<typeof SessionView>;

const alliance = sql<View['alliance']>`json_build_object('id', ${alliances.id}, 'name', ${alliances.name})`;

/** What is told to those who take part alone; null to others. */
const forMembers = <T>(viewer: Viewer, what: SQL): SQL<T | null> =>
  sql<T | null>`case when ${isMember(viewer, sql`${alliances.id}`)} then ${what} end`;

/** Series that fulfil a condition, of those that the viewer may see. */
export const selectSeries = (db: Db, viewer: Viewer, condition: SQL | undefined) =>
  db
    .select({
      id: sessionSeries.id,
      version: sessionSeries.version,
      alliance,
      title: sessionSeries.title,
      description: forMembers<string>(viewer, sql`${sessionSeries.description}`),
      place: forMembers<string>(viewer, sql`${sessionSeries.place}`),
      kind: sql<SeriesView['kind']>`${sessionSeries.kind}`,
      notRecorded: sessionSeries.notRecorded,
      startsAt: sessionSeries.startsAt,
      timeZone: sessionSeries.timeZone,
      durationMinutes: sessionSeries.durationMinutes,
      recurrence: sessionSeries.recurrence,
      plannedThrough: sessionSeries.plannedThrough,
      state: sql<SeriesView['state']>`${sessionSeries.state}`,
      endedAt: sessionSeries.endedAt,
      endReason: forMembers<string>(viewer, sql`${sessionSeries.endReason}`),
      createdBy: organisationIn(sessionSeries.createdByOrganisationId),
      createdAt: sessionSeries.createdAt,
      changedAt: sessionSeries.changedAt,
    })
    .from(sessionSeries)
    .innerJoin(alliances, eq(alliances.id, sessionSeries.allianceId))
    .where(and(visibleSessionSeries(viewer), condition));

const attendance = sql`(select json_build_object(
    'organisationCount', (count(*) filter (where t.head_count > 0))::int, 'headCount', coalesce(sum(t.head_count), 0)::int)
  from ${sessionAttendances} t where t.session_id = ${sessions.id})`;

/** Sessions that fulfil a condition, of those that the viewer may see. */
export const selectSessions = (db: Db, viewer: Viewer, condition: SQL | undefined) =>
  db
    .select({
      id: sessions.id,
      version: sessions.version,
      alliance,
      seriesId: sessions.seriesId,
      occurrence: sessions.occurrence,
      title: sessions.title,
      description: forMembers<string>(viewer, sql`${sessions.description}`),
      place: forMembers<string>(viewer, sql`${sessions.place}`),
      kind: sql<View['kind']>`${sessions.kind}`,
      notRecorded: sessions.notRecorded,
      startsAt: sessions.startsAt,
      endsAt: sessions.endsAt,
      timeZone: sessions.timeZone,
      plannedOn: sessions.plannedOn,
      state: sql<View['state']>`${sessions.state}`,
      heldOn: sessions.heldOn,
      decidedAt: sessions.decidedAt,
      decidedBy: organisationIfAnyIn(sessions.decidedByOrganisationId),
      reason: forMembers<string>(viewer, sql`${sessions.reason}`),
      attendance: forMembers<NonNullable<View['attendance']>>(viewer, attendance),
      createdBy: organisationIn(sessions.createdByOrganisationId),
      createdAt: sessions.createdAt,
      changedAt: sessions.changedAt,
    })
    .from(sessions)
    .innerJoin(alliances, eq(alliances.id, sessions.allianceId))
    .where(and(visibleSessions(viewer), condition));
