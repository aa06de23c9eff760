import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { listAttendances, recordAttendance } from './attendances.ts';
import * as examples from './examples.ts';
import { getOutcome, listOutcomes, recordOutcome, removeOutcome } from './outcomes.ts';
import {
  AttendanceQuery,
  AttendanceView,
  NewAttendance,
  NewOutcome,
  OutcomePath,
  OutcomeQuery,
  OutcomeView,
  SessionPath,
} from './schemas.ts';

const tag = 'sessions';
const read = { scope: 'alliances:read', policy: 'rows' } as const;
const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;

/** Mounts who was at a session, and what came out of it. */
export function outcomeRoutes(routes: Routes, { db }: { db: Db }): void {
  const params = { sessionId: examples.session.id };
  routes.add({
    method: 'GET',
    path: '/sessions/{sessionId}/attendances',
    operationId: 'listAttendances',
    tag,
    summary: 'List who was at a session',
    description: 'Organisations with how many people, each by its own word; for those who take part in the alliance.',
    access: read,
    params: SessionPath,
    query: AttendanceQuery,
    answer: { status: 200, description: 'A page of attendances.', schema: AttendanceView, page: true },
    examples: { params, answer: { items: [examples.attendance], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listAttendances(db, caller, params.sessionId, { ...query, after }),
  });
  routes.add({
    method: 'PUT',
    path: '/sessions/{sessionId}/attendance',
    operationId: 'recordAttendance',
    tag,
    summary: 'Say with how many your organisation was there',
    description:
      'Of a session that was held, by a convener or a member for itself alone: nobody says of another that it was there. A number and no names. Said again, it is corrected.',
    access: write,
    params: SessionPath,
    body: NewAttendance,
    answer: { status: 200, description: 'The attendance.', schema: AttendanceView },
    problems: ['member_required', 'session_not_held', 'space_closing'],
    examples: { params, body: examples.newAttendance, answer: examples.ownAttendance },
    handler: ({ context, params, body }) => recordAttendance(db, context, params.sessionId, body),
  });
  routes.add({
    method: 'GET',
    path: '/sessions/{sessionId}/outcomes',
    operationId: 'listOutcomes',
    tag,
    summary: 'List what came out of a session',
    description:
      'For those who take part in the alliance: lessons, and the commitments and knowledge items that they may see.',
    access: read,
    params: SessionPath,
    query: OutcomeQuery,
    answer: { status: 200, description: 'A page of outcomes.', schema: OutcomeView, page: true },
    examples: { params, answer: { items: [examples.outcome], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listOutcomes(db, caller, params.sessionId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/sessions/{sessionId}/outcomes',
    operationId: 'recordOutcome',
    tag,
    summary: 'Record what came out of a session',
    description:
      'Of a session that was held, by a convener or a member of its alliance: a lesson, a commitment of that alliance, or a knowledge item that is shared with it.',
    access: write,
    params: SessionPath,
    body: NewOutcome,
    answer: { status: 201, description: 'The outcome.', schema: OutcomeView },
    problems: ['member_required', 'session_not_held', 'outcome_exists', 'space_closing'],
    examples: { params, body: examples.newOutcome, answer: examples.recordedOutcome },
    handler: ({ context, params, body }) => recordOutcome(db, context, params.sessionId, body),
  });
  routes.add({
    method: 'GET',
    path: '/session-outcomes/{outcomeId}',
    operationId: 'getOutcome',
    tag,
    summary: 'Get an outcome of a session',
    access: read,
    params: OutcomePath,
    answer: { status: 200, description: 'The outcome.', schema: OutcomeView },
    examples: { params: { outcomeId: examples.outcome.id }, answer: examples.outcome },
    handler: ({ caller, params }) => getOutcome(db, caller, params.outcomeId),
  });
  routes.add({
    method: 'DELETE',
    path: '/session-outcomes/{outcomeId}',
    operationId: 'removeOutcome',
    tag,
    summary: 'Take an outcome of a session back',
    description: 'By the organisation that recorded it.',
    access: write,
    params: OutcomePath,
    answer: { status: 204, description: 'It was taken back.' },
    problems: ['member_required', 'not_your_organisation', 'space_closing'],
    examples: { params: { outcomeId: examples.outcome.id } },
    handler: ({ context, params }) => removeOutcome(db, context, params.outcomeId),
  });
}
