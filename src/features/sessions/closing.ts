import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { feedEvent } from './calendar-feeds.ts';
import { sessionEvent } from './standing.ts';
import { calendarFeeds, sessionSeries, sessions } from './tables.ts';

type Recorder = (event: NewEvent) => void;

const reason = 'space_closed';

/**
 * Ends what is planned in a closed space that is at its end, and its calendars; the space is locked by the caller.
 * Answers how many sessions were cancelled.
 */
export async function endSessionsOfSpace(db: Db, record: Recorder, allianceId: string): Promise<number> {
  const now = new Date();
  const ended = await db
    .update(sessionSeries)
    .set({
      ...{ state: 'ended', endedAt: now, endReason: reason, changedAt: now },
      version: sql`${sessionSeries.version} + 1`,
    })
    .where(and(eq(sessionSeries.allianceId, allianceId), eq(sessionSeries.state, 'active'), unrestricted('node')))
    .returning({ id: sessionSeries.id });
  const cancelled = await db
    .update(sessions)
    .set({
      ...{ state: 'cancelled', reason, decidedAt: now, changedAt: now },
      version: sql`${sessions.version} + 1`,
    })
    .where(and(eq(sessions.allianceId, allianceId), eq(sessions.state, 'planned'), unrestricted('node')))
    .returning({ id: sessions.id, allianceId: sessions.allianceId });
  const revoked = await db
    .update(calendarFeeds)
    .set({ revokedAt: now, changedAt: now })
    .where(and(eq(calendarFeeds.allianceId, allianceId), isNull(calendarFeeds.revokedAt), unrestricted('node')))
    .returning();
  for (const { id } of ended)
    record({ type: 'session_series.ended', subjectType: 'session_series', subjectId: id, allianceId });
  for (const row of cancelled) record(sessionEvent('session.cancelled', row, []));
  for (const row of revoked) record(feedEvent('calendar_feed.revoked', row));
  return cancelled.length;
}
