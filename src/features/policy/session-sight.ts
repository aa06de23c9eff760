import { sql } from 'drizzle-orm';
import { alliances } from '../alliances/tables.ts';
import { commitments } from '../initiatives/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { calendarFeeds, sessionAttendances, sessionOutcomes, sessionSeries, sessions } from '../sessions/tables.ts';
import {
  isMember,
  type Viewer,
  type Visible,
  visible,
  visibleAlliances,
  visibleCommitments,
  visibleKnowledgeItems,
} from './policy.ts';

/** Series of sessions that the viewer may see: those of alliances that it may see. */
export function visibleSessionSeries(viewer: Viewer): Visible {
  return visible(sql`(${sessionSeries.allianceId} = ${alliances.id} and ${visibleAlliances(viewer)})`);
}

/** Sessions that the viewer may see: those of alliances that it may see. */
export function visibleSessions(viewer: Viewer): Visible {
  return visible(sql`(${sessions.allianceId} = ${alliances.id} and ${visibleAlliances(viewer)})`);
}

/** Attendances that the viewer may see: at the sessions of alliances in which it takes part. */
export function visibleSessionAttendances(viewer: Viewer): Visible {
  return visible(
    sql`(${sessionAttendances.sessionId} = ${sessions.id} and ${isMember(viewer, sql`${sessions.allianceId}`)})`,
  );
}

/**
 * Outcomes that the viewer may see: of the sessions of alliances in which it takes part, and of those that lead to a
 * commitment or a knowledge item, the ones that lead to what it may see.
 */
export function visibleSessionOutcomes(viewer: Viewer): Visible {
  const { sessionId, commitmentId, itemId } = sessionOutcomes;
  return visible(sql`(${sessionId} = ${sessions.id} and ${isMember(viewer, sql`${sessions.allianceId}`)}
    and (${commitmentId} is null or (select true from ${commitments}
      join ${alliances} on ${alliances.id} = ${commitments.allianceId}
      where ${commitments.id} = ${commitmentId} and ${visibleCommitments(viewer)}))
    and (${itemId} is null or (select true from ${knowledgeItems}
      where ${knowledgeItems.id} = ${itemId} and ${visibleKnowledgeItems(viewer)})))`);
}

/** Calendar feeds that the viewer may see: its own. What they lead to is for whoever has their secret address. */
export function visibleCalendarFeeds(viewer: Viewer): Visible {
  return visible(sql`${calendarFeeds.organisationId} = ${viewer}::uuid`);
}
