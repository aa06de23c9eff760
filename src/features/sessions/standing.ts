import { and, eq } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertExists, assertMember, assertNotEnded, lockVisibleAlliance } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted, visibleAlliances } from '../policy/policy.ts';
import { visibleSessions } from '../policy/session-sight.ts';
import { startFaults } from './rules.ts';
import { sessions } from './tables.ts';
import { instantOf, isTimeZone } from './zones.ts';

// Writes lock organisations, then the alliance; that lets what belongs to one alliance be written by one at a time.

/** A session as it is stored. */
export type Session = typeof sessions.$inferSelect;

/** An alliance in which the caller begins something, locked. */
type Place = { readonly organisationId: string; readonly endsOn: string | null };

/**
 * Locks an alliance that the body names, for something new by one that is bound by it. Throws invalid_input,
 * member_required, alliance_ended, space_closing, organisation_dissolved.
 */
export async function lockAllianceFor(db: Db, caller: Caller, allianceId: string): Promise<Place> {
  const [row] = await db
    .select({ id: alliances.id })
    .from(alliances)
    .where(and(eq(alliances.id, allianceId), visibleAlliances(caller.organisationId)));
  if (row === undefined) throw invalid([{ in: 'body', location: '/allianceId', code: 'unknown_alliance' }]);
  const { standing, organisations } = await lockVisibleAlliance(db, caller, allianceId);
  const organisationId = await assertMember(db, caller, allianceId);
  assertExists(organisations, organisationId);
  assertNotEnded(standing);
  return { organisationId, endsOn: standing.endsOn };
}

/** Where a session is, if the caller may see it. Throws not_found. */
export async function allianceOfSession(db: Db, caller: Caller, sessionId: string): Promise<string> {
  const [row] = await db
    .select({ allianceId: sessions.allianceId })
    .from(sessions)
    .innerJoin(alliances, eq(alliances.id, sessions.allianceId))
    .where(and(eq(sessions.id, sessionId), visibleSessions(caller.organisationId)));
  if (row === undefined) throw notFound();
  return row.allianceId;
}

/**
 * Locks a session that the caller may see, for a word of one that is bound by its alliance; `purpose` as for the alliance.
 * Throws not_found, member_required, space_closing.
 */
export async function lockSession(
  db: Db,
  caller: Caller,
  sessionId: string,
  purpose: 'new' | 'answer',
): Promise<{ readonly session: Session; readonly organisationId: string }> {
  const allianceId = await allianceOfSession(db, caller, sessionId);
  await lockVisibleAlliance(db, caller, allianceId, [], purpose);
  const organisationId = await assertMember(db, caller, allianceId);
  const [session] = await db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, sessionId), unrestricted('checked')))
    .for('update');
  if (session === undefined) throw notFound();
  return { session, organisationId };
}

/** Throws session_not_held unless the session was held. */
export function assertHeld({ state }: Session): void {
  if (state !== 'held') throw new Problem('session_not_held');
}

/** Every fault of a local start: its time zone, and how far it lies from now. */
export function timeFaults(startsAt: string, timeZone: string, now: Date): Fault[] {
  if (!isTimeZone(timeZone)) return [{ in: 'body', location: '/timeZone', code: 'unknown_time_zone' }];
  return startFaults(instantOf(startsAt, timeZone), now);
}

/** When a session is, by its local start: as instants, and the local day. */
export function timesOf(startsAt: string, timeZone: string, durationMinutes: number) {
  const starts = instantOf(startsAt, timeZone);
  const endsAt = new Date(starts.getTime() + durationMinutes * 60_000);
  return { startsAt: starts, endsAt, plannedOn: startsAt.slice(0, 10) };
}

type SessionEvent = Extract<NewEvent['type'], `session.${string}`>;

/** What happened to a session. */
export const sessionEvent = (
  type: SessionEvent,
  { id, allianceId }: Pick<Session, 'id' | 'allianceId'>,
  organisationIds: readonly string[],
): NewEvent => ({ type, subjectType: 'session', subjectId: id, allianceId, organisationIds });
