import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { decideAffiliation, endAffiliation, offerAffiliation } from './affiliation-offers.ts';
import { getAffiliation, listAffiliations } from './affiliations.ts';
import * as examples from './examples.ts';
import type { PersonalCodes } from './personal-codes.ts';
import {
  AffiliationPath,
  AffiliationQuery,
  AffiliationView,
  NewAffiliation,
  NewAffiliationDecision,
  NewAffiliationEnd,
  ProfessionalPath,
} from './schemas.ts';

/** Mounts the affiliations of professionals with organisations. */
export function affiliationRoutes(routes: Routes, { db, codes }: { db: Db; codes: PersonalCodes }): void {
  const tag = 'professionals';
  const read = { scope: 'professionals:read', policy: 'rows' } as const;
  const write = { scope: 'professionals:write', policy: 'own-organisation' } as const;
  const answer = { description: 'The affiliation.', schema: AffiliationView } as const;
  routes.add({
    method: 'POST',
    path: '/professionals/{professionalId}/affiliations',
    operationId: 'offerAffiliation',
    tag,
    summary: 'Claim or offer an affiliation',
    description:
      'With `personalCode` the person claims it, and so does who registered the person and names another organisation: that organisation confirms. Without, an organisation that may see the professional offers its own: the person confirms.',
    access: write,
    params: ProfessionalPath,
    body: NewAffiliation,
    answer: { ...answer, status: 201 },
    problems: ['wrong_personal_code', 'affiliation_exists', 'organisation_dissolved'],
    examples: {
      params: { professionalId: examples.changeableId },
      body: examples.newAffiliation,
      answer: examples.claimedAffiliation,
    },
    handler: ({ context, params, body }) => offerAffiliation(db, context, codes, params.professionalId, body),
  });
  routes.add({
    method: 'GET',
    path: '/affiliations',
    operationId: 'listAffiliations',
    tag,
    summary: 'List affiliations',
    description: 'Those with your organisation, and those that it offered elsewhere; of nobody who was erased.',
    access: read,
    query: AffiliationQuery,
    answer: { status: 200, description: 'A page of affiliations.', schema: AffiliationView, page: true },
    examples: { query: { state: 'accepted' }, answer: { items: [examples.affiliation], nextCursor: null } },
    handler: ({ context, query, after }) => listAffiliations(db, context, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/affiliations/{affiliationId}',
    operationId: 'getAffiliation',
    tag,
    summary: 'Get an affiliation',
    access: read,
    params: AffiliationPath,
    answer: { ...answer, status: 200 },
    examples: { params: { affiliationId: examples.affiliation.id }, answer: examples.affiliation },
    handler: ({ context, params }) => getAffiliation(db, context, params.affiliationId),
  });
  routes.add({
    method: 'PUT',
    path: '/affiliations/{affiliationId}/decision',
    operationId: 'decideAffiliation',
    tag,
    summary: 'Answer an affiliation',
    description:
      'Who received it accepts or declines, who offered it withdraws: with `personalCode` as the person, without as the organisation. The same decision again changes nothing. Declining needs no reason.',
    access: write,
    params: AffiliationPath,
    body: NewAffiliationDecision,
    answer: { status: 200, description: 'The affiliation after the decision.', schema: AffiliationView },
    problems: ['wrong_personal_code', 'wrong_side', 'handshake_refused', 'organisation_dissolved'],
    examples: {
      params: { affiliationId: examples.waitingAffiliation.id },
      body: examples.affiliationDecision,
      answer: examples.decidedAffiliation,
    },
    handler: ({ context, params, body }) => decideAffiliation(db, context, codes, params.affiliationId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/affiliations/{affiliationId}/end',
    operationId: 'endAffiliation',
    tag,
    summary: 'End an affiliation',
    description: 'By the organisation, or with `personalCode` by the person. Ending it again changes nothing.',
    access: write,
    params: AffiliationPath,
    body: NewAffiliationEnd,
    answer: { status: 200, description: 'The ended affiliation.', schema: AffiliationView },
    problems: ['wrong_personal_code', 'wrong_side', 'handshake_refused'],
    examples: {
      params: { affiliationId: examples.endingAffiliation.id },
      body: examples.affiliationEnd,
      answer: examples.endedAffiliation,
    },
    handler: ({ context, params, body }) => endAffiliation(db, context, codes, params.affiliationId, body),
  });
}
