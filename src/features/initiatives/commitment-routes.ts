import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './commitment-examples.ts';
import { counterCommitment, createCommitment, decideOnCommitment } from './commitment-offers.ts';
import {
  CommitmentCountQuery,
  CommitmentCounts,
  CommitmentPath,
  CommitmentQuery,
  CommitmentStepView,
  CommitmentView,
  DateOfferPath,
  DateOfferQuery,
  DateOfferView,
  NewCancellation,
  NewCommitment,
  NewConfirmation,
  NewCounterOffer,
  NewDateOffer,
  NewDecision,
  NewFulfilment,
  StepQuery,
} from './commitment-schemas.ts';
import { countCommitments, getCommitment, listCommitmentSteps, listCommitments } from './commitments.ts';
import { decideDateOffer, getDateOffer, listDateOffers, offerDate } from './date-offers.ts';
import { cancelCommitment, confirmCommitment, fulfilCommitment } from './deeds.ts';
import { commitmentCounts, initiative } from './examples.ts';

const read = { scope: 'commitments:read', policy: 'rows' } as const;
const write = { scope: 'commitments:write', policy: 'own-organisation' } as const;
const tag = 'commitments';
const params = { commitmentId: examples.commitment.id };

/** Mounts the commitments, and the offers of another day for them. */
export function commitmentRoutes(routes: Routes, { db }: { db: Db }): void {
  const asked = { commitmentId: examples.askedCommitment.id };
  routes.add({
    method: 'GET',
    path: '/commitments',
    operationId: 'listCommitments',
    tag,
    summary: 'List commitments',
    description:
      'Your own, all; of others what was agreed, done and confirmed. Open offers, refusals, and what is late, disputed or broken are for the two parties; they are counted for all.',
    access: read,
    query: CommitmentQuery,
    answer: { status: 200, description: 'A page of commitments.', schema: CommitmentView, page: true },
    examples: { query: { state: 'accepted', limit: 2 }, answer: { items: [examples.commitment], nextCursor: null } },
    handler: ({ caller, query, after }) => listCommitments(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/commitments',
    operationId: 'createCommitment',
    tag,
    summary: 'Promise something, or ask for a promise',
    description:
      'Between conveners and members of an alliance. As the promiser you are bound by this act. As the beneficiary you ask: the other is bound by its own yes alone. In an initiative, or just in an alliance: no plan is needed first.',
    access: write,
    body: NewCommitment,
    answer: { status: 201, description: 'The commitment.', schema: CommitmentView },
    problems: [
      'not_your_organisation',
      'member_required',
      'alliance_ended',
      'initiative_over',
      'organisation_dissolved',
    ],
    examples: {
      body: examples.newCommitment,
      answer: { ...examples.commitment, ...examples.newPromised },
    },
    handler: ({ context, body }) => createCommitment(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/commitments/{commitmentId}',
    operationId: 'getCommitment',
    tag,
    summary: 'Get a commitment',
    access: read,
    params: CommitmentPath,
    answer: { status: 200, description: 'The commitment.', schema: CommitmentView },
    examples: { params, answer: examples.commitment },
    handler: ({ caller, params }) => getCommitment(db, caller, params.commitmentId),
  });
  routes.add({
    method: 'GET',
    path: '/commitments/{commitmentId}/steps',
    operationId: 'listCommitmentSteps',
    tag,
    summary: 'List the steps of a commitment',
    description:
      'The oldest first: for the two parties all, with their reasons; for others what was agreed, done and confirmed.',
    access: read,
    params: CommitmentPath,
    query: StepQuery,
    answer: { status: 200, description: 'A page of steps.', schema: CommitmentStepView, page: true },
    examples: { params, answer: { items: [examples.commitmentStep], nextCursor: null } },
    handler: ({ caller, params, query, after }) =>
      listCommitmentSteps(db, caller, params.commitmentId, { ...query, after }),
  });
  routes.add({
    method: 'PUT',
    path: '/commitments/{commitmentId}/decision',
    operationId: 'decideOnCommitment',
    tag,
    summary: 'Answer an offer of a commitment',
    description:
      'The party that did not make the offer accepts or declines, the other withdraws. Declining is normal. The same answer again changes nothing.',
    access: write,
    params: CommitmentPath,
    body: NewDecision,
    answer: { status: 200, description: 'The commitment after the decision.', schema: CommitmentView },
    problems: [
      'party_required',
      'wrong_side',
      'handshake_refused',
      'member_required',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['commitment', params.commitmentId], answered: ({ id }) => id },
    examples: {
      params: asked,
      body: examples.commitmentDecision,
      answer: { ...examples.askedCommitment, state: 'accepted', decidedAt: examples.commitment.decidedAt },
    },
    handler: ({ context, params, body }) => decideOnCommitment(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'POST',
    path: '/commitments/{commitmentId}/counter-offers',
    operationId: 'counterCommitment',
    tag,
    summary: 'Make a counter-offer',
    description:
      'By the party that may answer the offer. It takes the place of the old one, and the other party answers it.',
    access: write,
    params: CommitmentPath,
    body: NewCounterOffer,
    answer: { status: 201, description: 'The counter-offer.', schema: CommitmentView },
    problems: [
      'party_required',
      'wrong_side',
      'handshake_refused',
      'member_required',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['commitment', params.commitmentId], answered: ({ counterOf }) => counterOf },
    examples: {
      params: { commitmentId: examples.counterableCommitment.id },
      body: examples.newCounterOffer,
      answer: examples.counterOffer,
    },
    handler: ({ context, params, body }) => counterCommitment(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/commitments/{commitmentId}/fulfilment',
    operationId: 'fulfilCommitment',
    tag,
    summary: 'Show that a promise was kept',
    description:
      'By the promiser, with evidence. Who was asked for something and does it at once, says yes by doing it.',
    access: write,
    params: CommitmentPath,
    body: NewFulfilment,
    answer: { status: 200, description: 'The commitment.', schema: CommitmentView },
    problems: ['party_required', 'wrong_side', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['commitment', params.commitmentId], answered: ({ id }) => id },
    examples: { params, body: examples.newFulfilment, answer: examples.fulfilledCommitment },
    handler: ({ context, params, body }) => fulfilCommitment(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/commitments/{commitmentId}/confirmation',
    operationId: 'confirmCommitment',
    tag,
    summary: 'Confirm or dispute that a promise was kept',
    description:
      'By the beneficiary. What is confirmed is a deed. A dispute has a reason, for the two parties; the promiser can fulfil anew, and the beneficiary confirm after all.',
    access: write,
    params: CommitmentPath,
    body: NewConfirmation,
    answer: { status: 200, description: 'The commitment.', schema: CommitmentView },
    problems: ['party_required', 'wrong_side', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['commitment', params.commitmentId], answered: ({ id }) => id },
    examples: {
      params: { commitmentId: examples.doneCommitment.id },
      body: examples.newConfirmation,
      answer: examples.confirmedCommitment,
    },
    handler: ({ context, params, body }) => confirmCommitment(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/commitments/{commitmentId}/cancellation',
    operationId: 'cancelCommitment',
    tag,
    summary: 'Give up a promise, or let the promiser off',
    description:
      'By either party, with a reason. Given up by the promiser, it counts as broken. Cancelling again changes nothing.',
    access: write,
    params: CommitmentPath,
    body: NewCancellation,
    answer: { status: 200, description: 'The commitment.', schema: CommitmentView },
    problems: ['party_required', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['commitment', params.commitmentId], answered: ({ id }) => id },
    examples: {
      params: { commitmentId: examples.cancellableCommitment.id },
      body: examples.newCancellation,
      answer: examples.cancelledCommitment,
    },
    handler: ({ context, params, body }) => cancelCommitment(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'GET',
    path: '/commitment-counts',
    operationId: 'countCommitments',
    tag,
    summary: 'Count commitments',
    description: 'Of alliances that you may see, by what became of them: also those that are late, disputed or broken.',
    access: read,
    query: CommitmentCountQuery,
    answer: { status: 200, description: 'The counts.', schema: CommitmentCounts },
    examples: { query: { initiativeId: initiative.id }, answer: commitmentCounts },
    handler: ({ caller, query }) => countCommitments(db, caller, query),
  });
  dateOfferRoutes(routes, db);
}

function dateOfferRoutes(routes: Routes, db: Db): void {
  const offerPath = { dateOfferId: examples.dateOffer.id };
  routes.add({
    method: 'GET',
    path: '/commitments/{commitmentId}/date-offers',
    operationId: 'listDateOffers',
    tag,
    summary: 'List the offers of another day',
    description: 'For the two parties.',
    access: read,
    params: CommitmentPath,
    query: DateOfferQuery,
    answer: { status: 200, description: 'A page of offers.', schema: DateOfferView, page: true },
    examples: {
      params: { commitmentId: examples.movingCommitmentId },
      answer: { items: [examples.dateOffer], nextCursor: null },
    },
    handler: ({ caller, params, query, after }) => listDateOffers(db, caller, params.commitmentId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/commitments/{commitmentId}/date-offers',
    operationId: 'offerDate',
    tag,
    summary: 'Offer another day',
    description:
      'By either party to an open promise. The old day holds until the other says yes; the day that was promised first is kept for ever.',
    access: write,
    params: CommitmentPath,
    body: NewDateOffer,
    answer: { status: 201, description: 'The offer.', schema: DateOfferView },
    problems: ['party_required', 'handshake_refused', 'date_offer_open'],
    examples: {
      params: { commitmentId: examples.movableCommitment.id },
      body: examples.newDateOffer,
      answer: examples.offeredDate,
    },
    handler: ({ context, params, body }) => offerDate(db, context, params.commitmentId, body),
  });
  routes.add({
    method: 'GET',
    path: '/date-offers/{dateOfferId}',
    operationId: 'getDateOffer',
    tag,
    summary: 'Get an offer of another day',
    description: 'For the two parties.',
    access: read,
    params: DateOfferPath,
    answer: { status: 200, description: 'The offer.', schema: DateOfferView },
    examples: { params: offerPath, answer: examples.dateOffer },
    handler: ({ caller, params }) => getDateOffer(db, caller, params.dateOfferId),
  });
  routes.add({
    method: 'PUT',
    path: '/date-offers/{dateOfferId}/decision',
    operationId: 'decideDateOffer',
    tag,
    summary: 'Answer an offer of another day',
    description: 'The other party accepts or declines, the offerer withdraws. The same answer again changes nothing.',
    access: write,
    params: DateOfferPath,
    body: NewDecision,
    answer: { status: 200, description: 'The offer after the decision.', schema: DateOfferView },
    problems: ['wrong_side', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['date_offer', params.dateOfferId], answered: ({ id }) => id },
    examples: { params: offerPath, body: examples.commitmentDecision, answer: examples.acceptedDate },
    handler: ({ context, params, body }) => decideDateOffer(db, context, params.dateOfferId, body),
  });
}
