import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { getKnowledgeLink, linkKnowledge, listKnowledgeLinks, unlinkKnowledge } from './knowledge-links.ts';
import { addParticipation, changeStance, decideParticipation, leaveInitiative } from './participation-offers.ts';
import { getParticipation, listParticipations, listStances } from './participations.ts';
import {
  InitiativePath,
  KnowledgeLinkPath,
  KnowledgeLinkQuery,
  KnowledgeLinkView,
  NewKnowledgeLink,
  NewLeave,
  NewParticipation,
  NewParticipationDecision,
  NewStance,
  ParticipationPath,
  ParticipationQuery,
  ParticipationView,
  StanceQuery,
  StanceView,
} from './schemas.ts';

const read = { scope: 'initiatives:read', policy: 'rows' } as const;
const write = { scope: 'initiatives:write', policy: 'own-organisation' } as const;
const tag = 'initiatives';
const params = { initiativeId: examples.initiative.id };

/** Mounts the organisations in initiatives with their stances, and the knowledge of initiatives. */
export function participationRoutes(routes: Routes, { db }: { db: Db }): void {
  const participationPath = { participationId: examples.participation.id };
  routes.add({
    method: 'GET',
    path: '/initiatives/{initiativeId}/participations',
    operationId: 'listParticipations',
    tag,
    summary: 'List the organisations of an initiative',
    description:
      'Who takes part or took part, with the stance of each; for members of the alliance also who was asked.',
    access: read,
    params: InitiativePath,
    query: ParticipationQuery,
    answer: { status: 200, description: 'A page of participations.', schema: ParticipationView, page: true },
    examples: { params, answer: { items: [examples.participation], nextCursor: null } },
    handler: ({ caller, params, query, after }) =>
      listParticipations(db, caller, params.initiativeId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/initiatives/{initiativeId}/participations',
    operationId: 'addParticipation',
    tag,
    summary: 'Take part, or ask another organisation to',
    description:
      'By a convener or a member of the alliance. Your own organisation takes part at once. Another one of the alliance is asked, and takes part by its own yes alone.',
    access: write,
    params: InitiativePath,
    body: NewParticipation,
    answer: { status: 201, description: 'The participation.', schema: ParticipationView },
    problems: [
      'member_required',
      'participant_required',
      'initiative_over',
      'alliance_ended',
      'already_a_participant',
      'organisation_dissolved',
    ],
    examples: {
      params: { initiativeId: examples.idea.id },
      body: examples.newParticipation,
      answer: examples.askedParticipation,
    },
    handler: ({ context, params, body }) => addParticipation(db, context, params.initiativeId, body),
  });
  routes.add({
    method: 'GET',
    path: '/participations/{participationId}',
    operationId: 'getParticipation',
    tag,
    summary: 'Get a participation',
    access: read,
    params: ParticipationPath,
    answer: { status: 200, description: 'The participation.', schema: ParticipationView },
    examples: { params: participationPath, answer: examples.participation },
    handler: ({ caller, params }) => getParticipation(db, caller, params.participationId),
  });
  routes.add({
    method: 'PUT',
    path: '/participations/{participationId}/decision',
    operationId: 'decideParticipation',
    tag,
    summary: 'Answer a request to take part',
    description:
      'The organisation that was asked accepts, with its stance, or declines; a participant withdraws. Declining is normal. The same answer again changes nothing.',
    access: write,
    params: ParticipationPath,
    body: NewParticipationDecision,
    answer: { status: 200, description: 'The participation after the decision.', schema: ParticipationView },
    problems: [
      'wrong_side',
      'handshake_refused',
      'member_required',
      'participant_required',
      'initiative_over',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['participation', params.participationId], answered: ({ id }) => id },
    examples: {
      params: { participationId: examples.openParticipation.id },
      body: examples.participationDecision,
      answer: examples.acceptedParticipation,
    },
    handler: ({ context, params, body }) => decideParticipation(db, context, params.participationId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/participations/{participationId}/stance',
    operationId: 'changeStance',
    tag,
    summary: 'Take another stance',
    description: 'For your own organisation. What you thought before stays in the history.',
    access: write,
    params: ParticipationPath,
    body: NewStance,
    answer: { status: 200, description: 'The participation.', schema: ParticipationView },
    problems: ['not_your_organisation', 'member_required', 'handshake_refused', 'space_closing'],
    relayed: { subject: ({ params }) => ['participation', params.participationId], answered: ({ id }) => id },
    examples: {
      params: participationPath,
      body: examples.newStance,
      answer: { ...examples.participation, stance: 'reservations', place: 'tribune' },
    },
    handler: ({ context, params, body }) => changeStance(db, context, params.participationId, body),
  });
  routes.add({
    method: 'GET',
    path: '/participations/{participationId}/stances',
    operationId: 'listStances',
    tag,
    summary: 'List the stances of an organisation',
    description: 'The oldest first.',
    access: read,
    params: ParticipationPath,
    query: StanceQuery,
    answer: { status: 200, description: 'A page of stances.', schema: StanceView, page: true },
    examples: { params: participationPath, answer: { items: [examples.stance], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listStances(db, caller, params.participationId, { ...query, after }),
  });
  routes.add({
    method: 'PUT',
    path: '/participations/{participationId}/end',
    operationId: 'leaveInitiative',
    tag,
    summary: 'Leave an initiative',
    description: 'For your own organisation. What you promised in it stays promised. Leaving again changes nothing.',
    access: write,
    params: ParticipationPath,
    body: NewLeave,
    answer: { status: 200, description: 'The ended participation.', schema: ParticipationView },
    problems: ['not_your_organisation', 'member_required', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['participation', params.participationId], answered: ({ id }) => id },
    examples: {
      params: { participationId: examples.leavable.id },
      body: examples.leave,
      answer: {
        ...examples.leavable,
        state: 'ended',
        leftAt: examples.participation.joinedAt,
        leaveReason: examples.leave.reason,
      },
    },
    handler: ({ context, params, body }) => leaveInitiative(db, context, params.participationId, body),
  });
  knowledgeLinkRoutes(routes, db);
}

function knowledgeLinkRoutes(routes: Routes, db: Db): void {
  const linkPath = { knowledgeLinkId: examples.knowledgeLink.id };
  routes.add({
    method: 'GET',
    path: '/initiatives/{initiativeId}/knowledge-links',
    operationId: 'listKnowledgeLinks',
    tag,
    summary: 'List the knowledge of an initiative',
    description: 'What it used and what it brought forth, as far as you may see those items.',
    access: read,
    params: InitiativePath,
    query: KnowledgeLinkQuery,
    answer: { status: 200, description: 'A page of links.', schema: KnowledgeLinkView, page: true },
    examples: { params, answer: { items: [examples.knowledgeLink], nextCursor: null } },
    handler: ({ caller, params, query, after }) =>
      listKnowledgeLinks(db, caller, params.initiativeId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/initiatives/{initiativeId}/knowledge-links',
    operationId: 'linkKnowledge',
    tag,
    summary: 'Link knowledge to an initiative',
    description: 'A published item that you may see. By an organisation that takes part.',
    access: write,
    params: InitiativePath,
    body: NewKnowledgeLink,
    answer: { status: 201, description: 'The link.', schema: KnowledgeLinkView },
    problems: ['member_required', 'participant_required', 'already_linked'],
    examples: {
      params,
      body: examples.newKnowledgeLink,
      answer: { ...examples.knowledgeLink, relation: 'produced' },
    },
    handler: ({ context, params, body }) => linkKnowledge(db, context, params.initiativeId, body),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-links/{knowledgeLinkId}',
    operationId: 'getKnowledgeLink',
    tag,
    summary: 'Get a link with knowledge',
    access: read,
    params: KnowledgeLinkPath,
    answer: { status: 200, description: 'The link.', schema: KnowledgeLinkView },
    examples: { params: linkPath, answer: examples.knowledgeLink },
    handler: ({ caller, params }) => getKnowledgeLink(db, caller, params.knowledgeLinkId),
  });
  routes.add({
    method: 'DELETE',
    path: '/knowledge-links/{knowledgeLinkId}',
    operationId: 'unlinkKnowledge',
    tag,
    summary: 'Remove a link with knowledge',
    description: 'By an organisation that takes part. It stays in the history. Removing it again changes nothing.',
    access: write,
    params: KnowledgeLinkPath,
    answer: { status: 200, description: 'The removed link.', schema: KnowledgeLinkView },
    problems: ['member_required', 'participant_required'],
    examples: { params: linkPath, answer: { ...examples.knowledgeLink, removedAt: examples.knowledgeLink.linkedAt } },
    handler: ({ context, params }) => unlinkKnowledge(db, context, params.knowledgeLinkId),
  });
}
