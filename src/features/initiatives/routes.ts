import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { commitmentRoutes } from './commitment-routes.ts';
import * as examples from './examples.ts';
import {
  changeInitiative,
  changeInitiativeStage,
  createInitiative,
  getInitiative,
  listInitiatives,
} from './initiatives.ts';
import { participationRoutes } from './participation-routes.ts';
import {
  InitiativeChange,
  InitiativePath,
  InitiativeQuery,
  InitiativeView,
  NewInitiative,
  NewStage,
} from './schemas.ts';

const read = { scope: 'initiatives:read', policy: 'rows' } as const;
const write = { scope: 'initiatives:write', policy: 'own-organisation' } as const;

/** Mounts the initiatives with their participations, their knowledge and their commitments. */
export function initiativeRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'initiatives';
  const params = { initiativeId: examples.initiative.id };
  routes.add({
    method: 'GET',
    path: '/initiatives',
    operationId: 'listInitiatives',
    tag,
    summary: 'List initiatives',
    description:
      'Those of alliances that your organisation may see. Filter by `stalled`, by what is `missing`, or by how long it was only talked about.',
    access: read,
    query: InitiativeQuery,
    answer: { status: 200, description: 'A page of initiatives.', schema: InitiativeView, page: true },
    examples: { query: { stage: 'active', limit: 2 }, answer: { items: [examples.initiative], nextCursor: null } },
    handler: ({ caller, query, after }) => listInitiatives(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/initiatives',
    operationId: 'createInitiative',
    tag,
    summary: 'Begin an initiative',
    description:
      'In an alliance of which you are a convener or a member. You take part in it as a contributor; others by their own yes alone.',
    access: write,
    body: NewInitiative,
    answer: { status: 201, description: 'The initiative.', schema: InitiativeView, etag: 'computed' },
    problems: ['not_your_organisation', 'member_required', 'alliance_ended', 'organisation_dissolved'],
    examples: { body: examples.newInitiative, answer: { ...examples.idea, ...examples.newBegun } },
    handler: ({ context, body }) => createInitiative(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/initiatives/{initiativeId}',
    operationId: 'getInitiative',
    tag,
    summary: 'Get an initiative',
    access: read,
    params: InitiativePath,
    answer: { status: 200, description: 'The initiative.', schema: InitiativeView, etag: 'computed' },
    examples: { params, answer: examples.initiative },
    handler: ({ caller, params }) => getInitiative(db, caller, params.initiativeId),
  });
  routes.add({
    method: 'PATCH',
    path: '/initiatives/{initiativeId}',
    operationId: 'changeInitiative',
    tag,
    summary: 'Change an initiative',
    description: 'By an organisation that takes part in it, and not as an observer. Absent stays, null removes.',
    access: write,
    params: InitiativePath,
    body: InitiativeChange,
    ifMatch: true,
    answer: { status: 200, description: 'The changed initiative.', schema: InitiativeView, etag: 'computed' },
    problems: ['member_required', 'participant_required'],
    examples: {
      params,
      body: examples.initiativeChange,
      answer: { ...examples.initiative, ...examples.initiativeChange },
    },
    handler: ({ context, params, body, ifMatch }) => changeInitiative(db, context, params.initiativeId, ifMatch, body),
  });
  routes.add({
    method: 'PUT',
    path: '/initiatives/{initiativeId}/stage',
    operationId: 'changeInitiativeStage',
    tag,
    summary: 'Bring an initiative to another stage',
    description:
      '`active` needs two organisations that do not merely observe, `delivered` a confirmed commitment, `stopped` a reason. What was stopped or delivered can be taken up again. The same stage again changes nothing.',
    access: write,
    params: InitiativePath,
    body: NewStage,
    answer: { status: 200, description: 'The initiative.', schema: InitiativeView, etag: 'computed' },
    problems: ['member_required', 'participant_required', 'stage_not_reachable', 'not_joint', 'no_deed'],
    examples: {
      params: { initiativeId: examples.idea.id },
      body: examples.newStage,
      answer: { ...examples.idea, ...examples.newStage, missing: ['next_step', 'owner'] },
    },
    handler: ({ context, params, body }) => changeInitiativeStage(db, context, params.initiativeId, body),
  });
  participationRoutes(routes, { db });
  commitmentRoutes(routes, { db });
}
