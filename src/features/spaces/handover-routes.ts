import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { decideHandover, getHandover, listHandovers, offerHandover } from './handovers.ts';
import { CommitmentPath, HandoverPath, HandoverQuery, HandoverView, NewDecision, NewHandover } from './schemas.ts';

/** Mounts the handing over of commitments out of closing spaces. */
export function handoverRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'closed-spaces';
  const read = { scope: 'alliances:read', policy: 'rows' } as const;
  const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;
  const params = { handoverId: examples.handover.id };
  routes.add({
    method: 'POST',
    path: '/commitments/{commitmentId}/handovers',
    operationId: 'offerHandover',
    tag,
    summary: 'Offer to hand a commitment over out of a closing space',
    description:
      'By one of its two parties, to another alliance in which both take part, in words for that alliance. Only what is offered or accepted can be handed over, while the space is closing.',
    access: write,
    params: CommitmentPath,
    body: NewHandover,
    answer: { status: 201, description: 'The offer.', schema: HandoverView },
    problems: [
      'party_required',
      'space_not_closing',
      'handshake_refused',
      'handover_open',
      'alliance_ended',
      'space_closing',
      'organisation_dissolved',
    ],
    examples: {
      params: { commitmentId: examples.openCommitmentId },
      body: examples.newHandover,
      answer: examples.offeredHandover,
    },
    handler: ({ context, params, body }) => offerHandover(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'GET',
    path: '/handovers',
    operationId: 'listHandovers',
    tag,
    summary: 'List handovers',
    description: 'Those of commitments to which your organisation is a party, in spaces in which it takes part.',
    access: read,
    query: HandoverQuery,
    answer: { status: 200, description: 'A page of handovers.', schema: HandoverView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.handover], nextCursor: null } },
    handler: ({ caller, query, after }) => listHandovers(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/handovers/{handoverId}',
    operationId: 'getHandover',
    tag,
    summary: 'Get a handover',
    access: read,
    params: HandoverPath,
    answer: { status: 200, description: 'The handover.', schema: HandoverView },
    examples: { params, answer: examples.handover },
    handler: ({ caller, params }) => getHandover(db, caller, params.handoverId),
  });
  routes.add({
    method: 'PUT',
    path: '/handovers/{handoverId}/decision',
    operationId: 'decideHandover',
    tag,
    summary: 'Answer an offer to hand a commitment over',
    description:
      'The other party accepts or declines, who offered withdraws. The same decision again changes nothing. With a yes the commitment is made anew in the other alliance: accepted, with the same days and the words of the offer, and without a trace of the space. The old one is cancelled with reason `handed_over`.',
    access: write,
    params: HandoverPath,
    body: NewDecision,
    answer: { status: 200, description: 'The handover after the decision.', schema: HandoverView },
    problems: [
      'wrong_side',
      'handshake_refused',
      'space_not_closing',
      'space_closing',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['handover', params.handoverId], answered: ({ id }) => id },
    examples: { params, body: examples.handoverDecision, answer: examples.acceptedHandover },
    handler: ({ context, params, body }) => decideHandover(db, context, params.handoverId, body),
  });
}
