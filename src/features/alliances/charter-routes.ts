import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { decideCharter, getCharter, listCharterDecisions, listCharters, publishCharter } from './charters.ts';
import * as examples from './examples.ts';
import {
  AlliancePath,
  CharterDecisionQuery,
  CharterDecisionView,
  CharterPath,
  CharterQuery,
  CharterSummary,
  CharterView,
  NewCharter,
  NewCharterDecision,
} from './schemas.ts';

/** Mounts the charters of alliances and the decisions on them. */
export function charterRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'charters';
  const read = { scope: 'alliances:read', policy: 'rows' } as const;
  const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;
  const allianceId = examples.alliance.id;
  const params = { allianceId, charterId: examples.charter.id };
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/charters',
    operationId: 'listCharters',
    tag,
    summary: 'List the versions of a charter',
    description: 'The newest first, without their texts.',
    access: read,
    params: AlliancePath,
    query: CharterQuery,
    answer: { status: 200, description: 'A page of charters.', schema: CharterSummary, page: true },
    examples: { params: { allianceId }, answer: { items: [examples.charterSummary], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listCharters(db, caller, params.allianceId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/alliances/{allianceId}/charters',
    operationId: 'publishCharter',
    tag,
    summary: 'Publish the next version of a charter',
    description:
      'By a convener. The text is fixed from then on, and named by its SHA-256. It binds nobody before that organisation accepts it.',
    access: write,
    params: AlliancePath,
    body: NewCharter,
    answer: { status: 201, description: 'The charter.', schema: CharterView },
    problems: ['convener_required'],
    examples: { params: { allianceId }, body: examples.nextCharter, answer: examples.publishedCharter },
    handler: ({ context, params, body }) => publishCharter(db, context, params.allianceId, body),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/charters/{charterId}',
    operationId: 'getCharter',
    tag,
    summary: 'Get a version of a charter with its text',
    access: read,
    params: CharterPath,
    answer: { status: 200, description: 'The charter.', schema: CharterView },
    examples: { params, answer: examples.charter },
    handler: ({ caller, params }) => getCharter(db, caller, params.allianceId, params.charterId),
  });
  routes.add({
    method: 'PUT',
    path: '/alliances/{allianceId}/charters/{charterId}/decision',
    operationId: 'decideCharter',
    tag,
    summary: 'Accept or decline a charter for your organisation',
    description:
      'By a convener or a member. Name the text by its `contentHash`, so that nobody accepts another text than the one that was read. Who declined may accept later; an acceptance stands. The same decision again changes nothing.',
    access: write,
    params: CharterPath,
    body: NewCharterDecision,
    answer: { status: 200, description: 'The decision.', schema: CharterDecisionView },
    problems: ['member_required', 'charter_changed', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['charter', params.charterId], answered: ({ charterId }) => charterId },
    examples: { params, body: examples.newCharterDecision, answer: examples.charterDecision },
    handler: ({ context, params, body }) => decideCharter(db, context, params.allianceId, params.charterId, body),
  });
  routes.add({
    method: 'GET',
    path: '/alliances/{allianceId}/charters/{charterId}/decisions',
    operationId: 'listCharterDecisions',
    tag,
    summary: 'List the decisions on a charter',
    description: 'Acceptances; for those who take part also refusals, which are normal and never punished.',
    access: read,
    params: CharterPath,
    query: CharterDecisionQuery,
    answer: { status: 200, description: 'A page of decisions.', schema: CharterDecisionView, page: true },
    examples: { params, answer: { items: [examples.charterDecision], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listCharterDecisions(db, caller, params, { ...query, after }),
  });
}
