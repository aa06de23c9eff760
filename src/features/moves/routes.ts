import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { decideOrganisationMove } from './deciding.ts';
import * as examples from './examples.ts';
import { offerOrganisationMove } from './offering.ts';
import {
  MoveDecision,
  MovePath,
  MoveQuery,
  MoveReceipt,
  NewOrganisationMove,
  OrganisationMoveView,
} from './schemas.ts';
import type { MoveDeps } from './standing.ts';
import { getMove, getMoveReceipt, listMoves } from './views.ts';

export { movePages } from './node-pages.ts';

const tag = 'organisation-moves';
const params = { moveId: examples.move.id };

/** Mounts the moves of organisations between nodes. */
export function moveRoutes(routes: Routes, { db, ...deps }: MoveDeps & { readonly db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/organisation-moves',
    operationId: 'listOrganisationMoves',
    tag,
    summary: 'List moves of organisations between nodes',
    description: 'The last one first: those of your own organisation; for administrators all.',
    access: { scope: 'organisations:read', policy: 'rows' },
    query: MoveQuery,
    answer: { status: 200, description: 'A page of moves.', schema: OrganisationMoveView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.move], nextCursor: null } },
    handler: ({ caller, query, after }) => listMoves(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/organisation-moves',
    operationId: 'offerOrganisationMove',
    tag,
    summary: 'Offer your organisation to another node as its home',
    description:
      'By a client of the organisation itself, also where an administrator asks: nobody moves another. This node signs the offer (`move-offer+jwt`) and sends it to the other, now or later; for thirty days the other can accept it. Until then nothing changes, and you can withdraw it. When the other accepts, this node lets the organisation go, in the state that it has then, with every version of it: from that moment its clients here are disabled, and it works here with tokens of its new home, on all that is kept here. Alliances and what lies in them, knowledge items, owned things and registered people stay where they are kept, and so does what imports and mergers recorded. Of an organisation one move is open at most.',
    access: { scope: 'organisations:write', policy: 'own-organisation' },
    body: NewOrganisationMove,
    answer: { status: 201, description: 'The offer.', schema: OrganisationMoveView },
    problems: ['not_your_organisation', 'move_open', 'move_too_large'],
    examples: { body: examples.newMove, answer: examples.offeredMove },
    handler: ({ context, body }) => offerOrganisationMove(db, context, deps, body),
  });
  routes.add({
    method: 'GET',
    path: '/organisation-moves/{moveId}',
    operationId: 'getOrganisationMove',
    tag,
    summary: 'Get a move of an organisation',
    access: { scope: 'organisations:read', policy: 'rows' },
    params: MovePath,
    answer: { status: 200, description: 'The move.', schema: OrganisationMoveView },
    examples: { params, answer: examples.move },
    handler: ({ caller, params }) => getMove(db, caller, params.moveId),
  });
  routes.add({
    method: 'PUT',
    path: '/organisation-moves/{moveId}/decision',
    operationId: 'decideOrganisationMove',
    tag,
    summary: 'Answer the offer of a move',
    description:
      'An administrator of the new home accepts or declines; the organisation itself, or an administrator of its old home, withdraws while it is open. This node signs it (`move-decision+jwt`) and tells the other. What is accepted has moved when the old home says so: until then `state` is accepted and nobody changes the organisation; the old home is asked until it answers. The same decision again changes nothing.',
    access: { scope: 'organisations:write', policy: 'rows' },
    params: MovePath,
    body: MoveDecision,
    answer: { status: 200, description: 'The move after the decision.', schema: OrganisationMoveView },
    problems: ['administrator_required', 'wrong_side', 'handshake_refused', 'no_live_peering', 'identifier_taken'],
    examples: { params, body: examples.decision, answer: examples.acceptedMove },
    handler: ({ context, params, body }) => decideOrganisationMove(db, context, deps, params.moveId, body),
  });
  routes.add({
    method: 'GET',
    path: '/organisation-moves/{moveId}/receipt',
    operationId: 'getOrganisationMoveReceipt',
    tag,
    summary: 'Get the proof of a move, signed by both nodes',
    description:
      'Three compact JWS, each over RFC 8785 canonical JSON; anybody can verify them with the keys in `/.well-known/receipt-jwks.json` of both nodes, also years later. Not found where the organisation did not move.',
    access: { scope: 'organisations:read', policy: 'rows' },
    params: MovePath,
    answer: { status: 200, description: 'The proof.', schema: MoveReceipt },
    examples: { params: { moveId: examples.movedId }, answer: examples.receipt },
    handler: ({ caller, params }) => getMoveReceipt(db, caller, params.moveId),
  });
}
