import { and, eq, gt, gte, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { notFound } from '../../platform/problem.ts';
import { assertMember } from '../alliances/alliances.ts';
import { commit } from '../events/events.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { unrestricted } from '../policy/policy.ts';
import { visibleSessionAttendances } from '../policy/session-sight.ts';
import type { AttendanceQuery, AttendanceView, NewAttendance } from './schemas.ts';
import { allianceOfSession, assertHeld, lockSession, sessionEvent } from './standing.ts';
import { sessionAttendances, sessions } from './tables.ts';

type View = z.output<typeof AttendanceView>;

const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: sessionAttendances.id,
      sessionId: sessionAttendances.sessionId,
      organisation: organisationIn(sessionAttendances.organisationId),
      headCount: sessionAttendances.headCount,
      recordedAt: sessionAttendances.recordedAt,
      changedAt: sessionAttendances.changedAt,
    })
    .from(sessionAttendances)
    .innerJoin(sessions, eq(sessions.id, sessionAttendances.sessionId))
    .where(and(visibleSessionAttendances(viewer), condition));

/**
 * A page of who was at a session, in the order in which it was said: for those who take part in its alliance. Throws
 * not_found; to others who see the session the list is empty.
 */
export async function listAttendances(
  db: Db,
  caller: Caller,
  sessionId: string,
  input: z.output<typeof AttendanceQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await allianceOfSession(db, caller, sessionId);
  const { after, organisationId, changedSince, limit } = input;
  const condition = and(
    eq(sessionAttendances.sessionId, sessionId),
    after?.[0] === undefined ? undefined : gt(sessionAttendances.id, after[0]),
    organisationId === undefined ? undefined : eq(sessionAttendances.organisationId, organisationId),
    changedSince === undefined ? undefined : gte(sessionAttendances.changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(sessionAttendances.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

/**
 * Says with how many the caller's organisation was at a session that was held; said again it is corrected. No one says
 * it of another. Throws not_found, member_required, session_not_held, space_closing.
 */
export async function recordAttendance(
  db: Db,
  context: Context,
  sessionId: string,
  { headCount }: z.output<typeof NewAttendance>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { session } = await lockSession(db, caller, sessionId, 'answer');
    assertHeld(session);
    const organisationId = await assertMember(db, caller, session.allianceId);
    const own = and(eq(sessionAttendances.sessionId, sessionId), eq(sessionAttendances.organisationId, organisationId));
    const [before] = await select(db, caller, own);
    if (before?.headCount === headCount) return { body: before };
    const now = new Date();
    if (before === undefined) {
      const said = { id: newId(), sessionId, organisationId, headCount, recordedAt: now, changedAt: now };
      await db.insert(sessionAttendances).values(said);
    } else {
      const named = and(eq(sessionAttendances.id, before.id), unrestricted('checked'));
      await db.update(sessionAttendances).set({ headCount, changedAt: now }).where(named);
    }
    record(sessionEvent('session.attended', session, [organisationId]));
    const [body] = await select(db, caller, own);
    if (body === undefined) throw notFound();
    return { body };
  });
}
