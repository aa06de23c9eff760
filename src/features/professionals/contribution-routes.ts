import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import {
  getProfessionalContribution,
  listProfessionalContributions,
  recordProfessionalContribution,
  removeProfessionalContribution,
} from './contributions.ts';
import * as examples from './examples.ts';
import {
  ContributionPath,
  NewProfessionalContribution,
  ProfessionalContributionQuery,
  ProfessionalContributionView,
  ProfessionalPath,
} from './schemas.ts';

/** Mounts who worked on what. */
export function contributionRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'professionals';
  const read = { scope: 'professionals:read', policy: 'rows' } as const;
  const write = { scope: 'professionals:write', policy: 'own-organisation' } as const;
  const schema = ProfessionalContributionView;
  routes.add({
    method: 'POST',
    path: '/professionals/{professionalId}/contributions',
    operationId: 'recordProfessionalContribution',
    tag,
    summary: 'Name the part of a professional in your work',
    description:
      'In a knowledge item of which your organisation is author or contributor, an initiative in which it takes part, or a commitment to which it is a party. The affiliation of the person with your organisation was accepted.',
    access: write,
    params: ProfessionalPath,
    body: NewProfessionalContribution,
    answer: { status: 201, description: 'The contribution.', schema },
    problems: ['affiliation_required', 'takes_no_part', 'contribution_exists'],
    examples: {
      params: { professionalId: examples.professional.id },
      body: examples.newContribution,
      answer: examples.recordedContribution,
    },
    handler: ({ context, params, body }) => recordProfessionalContribution(db, context, params.professionalId, body),
  });
  routes.add({
    method: 'GET',
    path: '/professional-contributions',
    operationId: 'listProfessionalContributions',
    tag,
    summary: 'List who worked on what',
    description:
      'Of work that your organisation may see: what it named itself, and what others named of professionals who are affiliated with it.',
    access: read,
    query: ProfessionalContributionQuery,
    answer: { status: 200, description: 'A page of contributions.', schema, page: true },
    examples: { query: { subjectType: 'initiative' }, answer: { items: [examples.contribution], nextCursor: null } },
    handler: ({ context, query, after }) => listProfessionalContributions(db, context, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/professional-contributions/{contributionId}',
    operationId: 'getProfessionalContribution',
    tag,
    summary: 'Get a contribution of a professional',
    access: read,
    params: ContributionPath,
    answer: { status: 200, description: 'The contribution.', schema },
    examples: { params: { contributionId: examples.contribution.id }, answer: examples.contribution },
    handler: ({ context, params }) => getProfessionalContribution(db, context, params.contributionId),
  });
  routes.add({
    method: 'DELETE',
    path: '/professional-contributions/{contributionId}',
    operationId: 'removeProfessionalContribution',
    tag,
    summary: 'Take a contribution of a professional back',
    description: 'By the organisation that named it, where it was wrong or the person objects.',
    access: write,
    params: ContributionPath,
    answer: { status: 204, description: 'It is gone.' },
    examples: { params: { contributionId: examples.removableContributionId } },
    handler: ({ context, params }) => removeProfessionalContribution(db, context, params.contributionId),
  });
}
