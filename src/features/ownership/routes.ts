import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import { decideOwnershipOffer, offerOwnership, releaseOwnership } from './decisions.ts';
import * as examples from './examples.ts';
import { getOwnershipOffer, listOwnershipOffers } from './offers.ts';
import { ownershipRecordRoutes } from './record-routes.ts';
import {
  NewOwnershipDecision,
  NewOwnershipOffer,
  NewOwnershipRelease,
  OfferPath,
  OwnershipOfferQuery,
  OwnershipOfferView,
  OwnershipRecordView,
} from './schemas.ts';

const tag = 'ownership';
const read = { scope: 'ownership:read', policy: 'rows' } as const;
const write = { scope: 'ownership:write', policy: 'own-organisation' } as const;

/** Mounts the offers to own, the records of who owns, and their receipts. */
export function ownershipRoutes(routes: Routes, { db, receipts }: { db: Db; receipts: Receipts }): void {
  const params = { offerId: examples.ownershipOffer.id };
  routes.add({
    method: 'POST',
    path: '/ownership-offers',
    operationId: 'offerOwnership',
    tag,
    summary: 'Offer to own, or to take over',
    description:
      'By the accountable owner, who stays until the yes of the receiver: of the accountable share it is a transfer, of a joint share one more owner. While nobody is accountable: by a convener of the alliance, a participant or the beginner of the initiative, or the author of the item. The receiver takes part in the alliance, or in the item; your own organisation may be the receiver.',
    access: write,
    body: NewOwnershipOffer,
    answer: { status: 201, description: 'The offer.', schema: OwnershipOfferView },
    problems: [
      'owner_required',
      'ownership_changed',
      'ownership_offer_open',
      'already_owner',
      'subject_closed',
      'organisation_dissolved',
    ],
    examples: { body: examples.newOffer, answer: examples.madeOffer },
    handler: ({ context, body }) => offerOwnership(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/ownership-offers',
    operationId: 'listOwnershipOffers',
    tag,
    summary: 'List offers to own',
    description: 'Those that your organisation made, received, or that would take over from it.',
    access: read,
    query: OwnershipOfferQuery,
    answer: { status: 200, description: 'A page of offers.', schema: OwnershipOfferView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.ownershipOffer], nextCursor: null } },
    handler: ({ caller, query, after }) => listOwnershipOffers(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/ownership-offers/{offerId}',
    operationId: 'getOwnershipOffer',
    tag,
    summary: 'Get an offer to own',
    access: read,
    params: OfferPath,
    answer: { status: 200, description: 'The offer.', schema: OwnershipOfferView },
    examples: { params, answer: examples.ownershipOffer },
    handler: ({ caller, params }) => getOwnershipOffer(db, caller, params.offerId),
  });
  routes.add({
    method: 'PUT',
    path: '/ownership-offers/{offerId}/decision',
    operationId: 'decideOwnershipOffer',
    tag,
    summary: 'Answer an offer to own',
    description:
      'The receiver accepts or declines, who offered withdraws. The same decision again changes nothing. With a yes the ownership is recorded and its receipt signed. Declining is normal and needs no reason; a reason is shown to the two parties alone.',
    access: write,
    params: OfferPath,
    body: NewOwnershipDecision,
    answer: { status: 200, description: 'The offer after the decision.', schema: OwnershipOfferView },
    problems: [
      'wrong_side',
      'member_required',
      'handshake_refused',
      'ownership_changed',
      'already_owner',
      'subject_closed',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['ownership_offer', params.offerId], answered: ({ id }) => id },
    examples: { params, body: examples.newDecision, answer: examples.acceptedOffer },
    handler: ({ context, params, body }) => decideOwnershipOffer(db, context, receipts, params.offerId, body),
  });
  routes.add({
    method: 'POST',
    path: '/ownership-releases',
    operationId: 'releaseOwnership',
    tag,
    summary: 'Release an ownership',
    description:
      'By the organisation that has the share. Without an accountable owner the subject is an orphan and is listed as such until somebody accepts it.',
    access: write,
    body: NewOwnershipRelease,
    answer: { status: 201, description: 'The record of the release.', schema: OwnershipRecordView },
    problems: ['owner_required', 'ownership_changed'],
    relayed: { subject: ({ body }) => [body.subject.type, body.subject.id], answered: ({ subject }) => subject.id },
    examples: { body: examples.newRelease, answer: examples.releaseRecord },
    handler: ({ context, body }) => releaseOwnership(db, context, receipts, body),
  });
  ownershipRecordRoutes(routes, { db });
}
