import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { calendarRoutes } from './calendar-routes.ts';
import * as examples from './examples.ts';
import { outcomeRoutes } from './outcome-routes.ts';
import { NewSession, NewSessionState, SessionChange, SessionPath, SessionQuery, SessionView } from './schemas.ts';
import { seriesRoutes } from './series-routes.ts';
import { changeSession, createSession, decideSession, getSession, listSessions } from './sessions.ts';

/** What the routes of sessions need: the database, and the address under which calendars are read. */
type SessionDeps = { readonly db: Db; readonly baseUrl: string };

const tag = 'sessions';
const read = { scope: 'alliances:read', policy: 'rows' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts sessions with who was there and what came of them, their series, the rhythm of alliances and calendars. */
export function sessionRoutes(routes: Routes, { db, baseUrl }: SessionDeps): void {
  seriesRoutes(routes, { db });
  plannedRoutes(routes, { db });
  outcomeRoutes(routes, { db });
  calendarRoutes(routes, { db, baseUrl });
}

function plannedRoutes(routes: Routes, { db }: { db: Db }): void {
  const answer = { description: 'The session.', schema: SessionView, etag: 'computed' } as const;
  routes.add({
    method: 'GET',
    path: '/sessions',
    operationId: 'listSessions',
    tag,
    summary: 'List sessions',
    description: 'Those of alliances that your organisation may see. Filter by alliance, series, state, or days.',
    access: read,
    query: SessionQuery,
    answer: { status: 200, description: 'A page of sessions.', schema: SessionView, page: true },
    examples: { query: { state: 'held', limit: 2 }, answer: { items: [examples.session], nextCursor: null } },
    handler: ({ caller, query, after }) => listSessions(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/sessions',
    operationId: 'createSession',
    tag,
    summary: 'Plan a session on its own',
    description:
      'In an alliance of which you are a convener or a member; also one that was, up to a year ago, so that it can be told that it was held.',
    access: write,
    body: NewSession,
    answer: { ...answer, status: 201 },
    problems: ['member_required', 'alliance_ended', 'space_closing', 'organisation_dissolved'],
    examples: { body: examples.newSession, answer: examples.plannedSession },
    handler: ({ context, body }) => createSession(db, context, body),
  });
  const params = { sessionId: examples.session.id };
  routes.add({
    method: 'GET',
    path: '/sessions/{sessionId}',
    operationId: 'getSession',
    tag,
    summary: 'Get a session',
    access: read,
    params: SessionPath,
    answer: { ...answer, status: 200 },
    examples: { params, answer: examples.session },
    handler: ({ caller, params }) => getSession(db, caller, params.sessionId),
  });
  routes.add({
    method: 'PATCH',
    path: '/sessions/{sessionId}',
    operationId: 'changeSession',
    tag,
    summary: 'Change or move a session',
    description:
      'By a convener or a member of its alliance, before it begins. To move it needs a reason; of a series only this one session is moved. Absent stays, null removes.',
    access: write,
    params: SessionPath,
    body: SessionChange,
    ifMatch: true,
    answer: { ...answer, status: 200 },
    problems: ['member_required', 'session_decided', 'session_begun', 'space_closing'],
    examples: {
      params: { sessionId: examples.comingSessionId },
      body: examples.sessionChange,
      answer: examples.movedSession,
    },
    handler: ({ context, params, body, ifMatch }) => changeSession(db, context, params.sessionId, ifMatch, body),
  });
  routes.add({
    method: 'PUT',
    path: '/sessions/{sessionId}/state',
    operationId: 'decideSession',
    tag,
    summary: 'Say that a session was held, or cancel it',
    description:
      'By a convener or a member of its alliance. `held` once it has begun, with the day where that is another than was planned; `cancelled` with a reason. Either stands. One that is cancelled before its week begins is no longer planned in that week; later, the week lacks it.',
    access: write,
    params: SessionPath,
    body: NewSessionState,
    answer: { ...answer, status: 200 },
    problems: ['member_required', 'session_decided', 'session_not_begun', 'space_closing'],
    examples: {
      params: { sessionId: examples.undecidedSession.id },
      body: examples.newSessionState,
      answer: { ...examples.session, id: examples.undecidedSession.id },
    },
    handler: ({ context, params, body }) => decideSession(db, context, params.sessionId, body),
  });
}
