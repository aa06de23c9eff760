import { and, eq, gt, gte, lt } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { assertVersion } from '../../platform/conditional.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { type Fault, invalid, notFound } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { assertDecidable, assertMovable, decisionFaults, mondayOf } from './rules.ts';
import type { NewSession, NewSessionState, SessionChange, SessionQuery } from './schemas.ts';
import { lockAllianceFor, lockSession, type Session, sessionEvent, timeFaults, timesOf } from './standing.ts';
import { sessions } from './tables.ts';
import { selectSessions, type View } from './views.ts';
import { localOf } from './zones.ts';

export { listAttendances } from './attendances.ts';
export { endSessionsOfSpace } from './closing.ts';
export { listOutcomes } from './outcomes.ts';
export { countLackingSeries, extendSeries } from './planning.ts';
export { restoreSessions } from './restoring.ts';
export { AttendanceView, OutcomeView, SessionSeriesView, SessionView } from './schemas.ts';
export { listSessionSeries } from './series.ts';

type Row = View & { version: number };

const toView = ({ version: _, ...view }: Row): View => view;

async function find(db: Db, caller: Caller, sessionId: string): Promise<Answer<View>> {
  const [row] = await selectSessions(db, caller.organisationId, eq(sessions.id, sessionId));
  if (row === undefined) throw notFound();
  return { body: toView(row), version: row.version };
}

/** One session of an alliance that the caller may see. Throws not_found. */
export const getSession = (db: Db, caller: Caller, sessionId: string): Promise<Answer<View>> =>
  find(db, caller, sessionId);

/** A page of the sessions that the caller may see, in the order of their identifiers. */
export async function listSessions(
  db: Db,
  caller: Caller,
  input: z.output<typeof SessionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, from, until, changedSince, limit } = input;
  const keys = ['allianceId', 'seriesId', 'kind', 'state', 'createdByOrganisationId'] as const;
  const condition = and(
    after?.[0] === undefined ? undefined : gt(sessions.id, after[0]),
    ...keys.map((key) => (input[key] === undefined ? undefined : eq(sessions[key], input[key]))),
    from === undefined ? undefined : gte(sessions.plannedOn, from),
    until === undefined ? undefined : lt(sessions.plannedOn, until),
    changedSince === undefined ? undefined : gte(sessions.changedAt, changedSince),
  );
  const rows = await selectSessions(db, caller.organisationId, condition)
    .orderBy(sessions.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/**
 * Plans a session on its own, also one that was. Throws invalid_input, member_required, alliance_ended, space_closing,
 * organisation_dissolved.
 */
export async function createSession(
  db: Db,
  context: Context,
  { startsAt, durationMinutes, description = null, place = null, ...input }: z.output<typeof NewSession>,
): Promise<Answer<View>> {
  const { caller } = context;
  const now = new Date();
  const faults = timeFaults(startsAt, input.timeZone, now);
  if (faults.length > 0) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    const { organisationId } = await lockAllianceFor(db, caller, input.allianceId);
    const id = newId();
    await db.insert(sessions).values({
      ...{ id, ...input, description, place, ...timesOf(startsAt, input.timeZone, durationMinutes) },
      ...{ state: 'planned', createdByOrganisationId: organisationId, createdAt: now, changedAt: now },
    });
    record(sessionEvent('session.planned', { id, allianceId: input.allianceId }, [organisationId]));
    return { ...(await find(db, caller, id)), location: `/v1/sessions/${id}` };
  });
}

type Change = z.output<typeof SessionChange>;

/** When a session is after a change; undefined where it stays when it is. */
function movedTo(session: Session, { startsAt, timeZone, durationMinutes }: Change, now: Date) {
  if (startsAt === undefined && timeZone === undefined && durationMinutes === undefined) return undefined;
  const zone = timeZone ?? session.timeZone;
  const local = startsAt ?? localOf(session.startsAt, session.timeZone);
  const minutes = durationMinutes ?? Math.round((session.endsAt.getTime() - session.startsAt.getTime()) / 60_000);
  return { faults: timeFaults(local, zone, now), times: () => ({ timeZone: zone, ...timesOf(local, zone, minutes) }) };
}

/**
 * Changes a planned session, as one that is bound by its alliance; it is moved with a reason, before it begins. Throws
 * not_found, member_required, precondition_failed, session_decided, session_begun, space_closing, invalid_input.
 */
export async function changeSession(
  db: Db,
  context: Context,
  sessionId: string,
  expectedVersion: number,
  change: Change,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { session, organisationId } = await lockSession(db, caller, sessionId, 'new');
    assertVersion(expectedVersion, session.version);
    const now = new Date();
    assertMovable(session, now);
    const moved = movedTo(session, change, now);
    const faults: Fault[] = [...(moved?.faults ?? [])];
    if (moved !== undefined && !change.reason) faults.push({ in: 'body', location: '/reason', code: 'required' });
    if (faults.length > 0) throw invalid(faults);
    const { title, description, place, reason } = change;
    const given = Object.entries({ title, description, place, reason }).filter(([, value]) => value !== undefined);
    await db
      .update(sessions)
      .set({
        ...Object.fromEntries(given),
        ...moved?.times(),
        ...{ version: session.version + 1, changedAt: now },
      })
      .where(and(eq(sessions.id, sessionId), unrestricted('checked')));
    record(sessionEvent('session.changed', session, [organisationId]));
    return find(db, caller, sessionId);
  });
}

/**
 * Says of a planned session that it was held, or cancels it, as one that is bound by its alliance; the same again changes
 * nothing. Throws not_found, member_required, session_decided, session_not_begun, space_closing, invalid_input.
 */
export async function decideSession(
  db: Db,
  context: Context,
  sessionId: string,
  input: z.output<typeof NewSessionState>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { session, organisationId } = await lockSession(db, caller, sessionId, 'answer');
    const now = new Date();
    const today = localOf(now, session.timeZone).slice(0, 10);
    const faults = decisionFaults(input, today);
    if (faults.length > 0) throw invalid(faults);
    const heldOn = input.state === 'held' ? (input.heldOn ?? session.plannedOn) : null;
    if (session.state === input.state && (input.heldOn === undefined || heldOn === session.heldOn))
      return find(db, caller, sessionId);
    assertDecidable(session, input, now);
    await db
      .update(sessions)
      .set({
        ...{ state: input.state, heldOn, reason: input.reason || session.reason },
        calledOffBefore: input.state === 'cancelled' && mondayOf(session.plannedOn) > today,
        ...{ decidedAt: now, decidedByOrganisationId: organisationId },
        ...{ version: session.version + 1, changedAt: now },
      })
      .where(and(eq(sessions.id, sessionId), unrestricted('checked')));
    record(sessionEvent(`session.${input.state}`, session, [organisationId]));
    return find(db, caller, sessionId);
  });
}
