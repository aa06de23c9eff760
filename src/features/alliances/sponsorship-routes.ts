import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import {
  AlliancePath,
  NewDecision,
  NewSponsorship,
  NewSponsorshipEnd,
  SponsorshipPath,
  SponsorshipQuery,
  SponsorshipView,
} from './schemas.ts';
import {
  decideSponsorship,
  endSponsorship,
  getSponsorship,
  listSponsorships,
  offerSponsorship,
} from './sponsorships.ts';

/** Mounts the sponsorships of closed spaces. */
export function sponsorshipRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'sponsorships';
  const read = { scope: 'alliances:read', policy: 'rows' } as const;
  const write = { scope: 'alliances:write', policy: 'own-organisation' } as const;
  const params = { sponsorshipId: examples.sponsorship.id };
  routes.add({
    method: 'POST',
    path: '/alliances/{allianceId}/sponsorships',
    operationId: 'offerSponsorship',
    tag,
    summary: 'Ask an organisation to guarantee a closed space',
    description:
      'By a convener of the space. A sponsor guarantees the space and cannot read it: it sees dates and a class of size.',
    access: write,
    params: AlliancePath,
    body: NewSponsorship,
    answer: { status: 201, description: 'The request.', schema: SponsorshipView },
    problems: ['convener_required', 'not_a_closed_space', 'sponsor_exists', 'sponsor_cannot_join', 'alliance_ended'],
    examples: {
      params: { allianceId: examples.closedSpaceId },
      body: examples.newSponsorship,
      answer: examples.requestedSponsorship,
    },
    handler: ({ context, params, body }) => offerSponsorship(db, context, params.allianceId, body),
  });
  routes.add({
    method: 'GET',
    path: '/sponsorships',
    operationId: 'listSponsorships',
    tag,
    summary: 'List sponsorships',
    description: 'Those of your organisation as sponsor, and of the closed spaces in which it takes part.',
    access: read,
    query: SponsorshipQuery,
    answer: { status: 200, description: 'A page of sponsorships.', schema: SponsorshipView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.sponsorship], nextCursor: null } },
    handler: ({ caller, query, after }) => listSponsorships(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/sponsorships/{sponsorshipId}',
    operationId: 'getSponsorship',
    tag,
    summary: 'Get a sponsorship',
    access: read,
    params: SponsorshipPath,
    answer: { status: 200, description: 'The sponsorship.', schema: SponsorshipView },
    examples: { params, answer: examples.sponsorship },
    handler: ({ caller, params }) => getSponsorship(db, caller, params.sponsorshipId),
  });
  routes.add({
    method: 'PUT',
    path: '/sponsorships/{sponsorshipId}/decision',
    operationId: 'decideSponsorship',
    tag,
    summary: 'Answer a request to guarantee a closed space',
    description: 'The sponsor accepts or declines, a convener withdraws. The same decision again changes nothing.',
    access: write,
    params: SponsorshipPath,
    body: NewDecision,
    answer: { status: 200, description: 'The sponsorship after the decision.', schema: SponsorshipView },
    problems: [
      'wrong_side',
      'convener_required',
      'handshake_refused',
      'sponsor_cannot_join',
      'alliance_ended',
      'organisation_dissolved',
    ],
    relayed: { subject: ({ params }) => ['sponsorship', params.sponsorshipId], answered: ({ id }) => id },
    examples: { params, body: examples.sponsorDecision, answer: examples.acceptedSponsorship },
    handler: ({ context, params, body }) => decideSponsorship(db, context, params.sponsorshipId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/sponsorships/{sponsorshipId}/end',
    operationId: 'endSponsorship',
    tag,
    summary: 'End a sponsorship',
    description: 'By the sponsor or by a convener of the space. Ending it again changes nothing.',
    access: write,
    params: SponsorshipPath,
    body: NewSponsorshipEnd,
    answer: { status: 200, description: 'The ended sponsorship.', schema: SponsorshipView },
    problems: ['convener_required', 'handshake_refused'],
    relayed: { subject: ({ params }) => ['sponsorship', params.sponsorshipId], answered: ({ id }) => id },
    examples: {
      params: { sponsorshipId: examples.heldSponsorshipId },
      body: examples.sponsorshipEnd,
      answer: examples.endedSponsorship,
    },
    handler: ({ context, params, body }) => endSponsorship(db, context, params.sponsorshipId, body),
  });
}
