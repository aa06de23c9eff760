import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import {
  decideContribution,
  getKnowledgeContribution,
  listItemContributions,
  listKnowledgeContributions,
  offerContribution,
} from './contributions.ts';
import { item } from './examples.ts';
import { ContributionPath, ItemPath, SharePath } from './schemas.ts';
import { endKnowledgeShare, getKnowledgeShare, listKnowledgeShares, shareKnowledgeItem } from './shares.ts';
import * as examples from './sharing-examples.ts';
import {
  ItemContributionQuery,
  KnowledgeContributionQuery,
  KnowledgeContributionView,
  KnowledgeShareQuery,
  KnowledgeShareView,
  NewContributionDecision,
  NewKnowledgeContribution,
  NewKnowledgeShare,
} from './sharing-schemas.ts';

const tag = 'knowledge-items';
const read = { scope: 'knowledge-items:read', policy: 'rows' } as const;
const write = { scope: 'knowledge-items:write', policy: 'own-organisation' } as const;
const params = { itemId: item.id };

/** Mounts the shares of knowledge items and their contributors. */
export function sharingRoutes(routes: Routes, { db }: { db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/shares',
    operationId: 'listKnowledgeShares',
    tag,
    summary: 'List the alliances with which a knowledge item is shared',
    description: 'As far as your organisation may see those alliances; also shares that ended.',
    access: read,
    params: ItemPath,
    query: KnowledgeShareQuery,
    answer: { status: 200, description: 'A page of shares.', schema: KnowledgeShareView, page: true },
    examples: { params, answer: { items: [examples.share], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listKnowledgeShares(db, caller, params.itemId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/knowledge-items/{itemId}/shares',
    operationId: 'shareKnowledgeItem',
    tag,
    summary: 'Share a knowledge item with an alliance',
    description: 'By its author, once it is published, with an alliance in which your organisation takes part now.',
    access: write,
    params: ItemPath,
    body: NewKnowledgeShare,
    answer: { status: 201, description: 'The share.', schema: KnowledgeShareView },
    problems: ['not_your_organisation', 'member_required', 'item_not_published', 'item_withdrawn', 'already_shared'],
    examples: { params, body: examples.newShare, answer: examples.madeShare },
    handler: ({ context, params, body }) => shareKnowledgeItem(db, context, params.itemId, body),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/shares/{shareId}',
    operationId: 'getKnowledgeShare',
    tag,
    summary: 'Get a share of a knowledge item',
    access: read,
    params: SharePath,
    answer: { status: 200, description: 'The share.', schema: KnowledgeShareView },
    examples: { params: { ...params, shareId: examples.share.id }, answer: examples.share },
    handler: ({ caller, params }) => getKnowledgeShare(db, caller, params),
  });
  routes.add({
    method: 'DELETE',
    path: '/knowledge-items/{itemId}/shares/{shareId}',
    operationId: 'endKnowledgeShare',
    tag,
    summary: 'Stop sharing a knowledge item with an alliance',
    description: 'By its author. The share is dated and stays in the list. Again it changes nothing.',
    access: write,
    params: SharePath,
    answer: { status: 204, description: 'The share has ended.' },
    problems: ['not_your_organisation'],
    examples: { params: { ...params, shareId: examples.share.id } },
    handler: ({ context, params }) => endKnowledgeShare(db, context, params),
  });
  contributionRoutes(routes, { db });
}

function contributionRoutes(routes: Routes, { db }: { db: Db }): void {
  const page = { items: [examples.contribution], nextCursor: null };
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/contributors',
    operationId: 'listItemContributions',
    tag,
    summary: 'List the contributors to a knowledge item',
    description: 'Those that said yes; open and declined offers are for their two parties.',
    access: read,
    params: ItemPath,
    query: ItemContributionQuery,
    answer: { status: 200, description: 'A page of contributions.', schema: KnowledgeContributionView, page: true },
    examples: { params, answer: page },
    handler: ({ caller, params, query, after }) =>
      listItemContributions(db, caller, params.itemId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/knowledge-items/{itemId}/contributors',
    operationId: 'offerContribution',
    tag,
    summary: 'Ask an organisation to be named as a contributor',
    description:
      'By the author. The organisation is named once it says yes. Until it answers it may read the item, also a draft.',
    access: write,
    params: ItemPath,
    body: NewKnowledgeContribution,
    answer: { status: 201, description: 'The offer.', schema: KnowledgeContributionView },
    problems: ['not_your_organisation', 'item_withdrawn', 'already_a_contributor', 'organisation_dissolved'],
    examples: { params, body: examples.newContribution, answer: examples.offeredContribution },
    handler: ({ context, params, body }) => offerContribution(db, context, params.itemId, body),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-contributions',
    operationId: 'listKnowledgeContributions',
    tag,
    summary: 'List contributions to knowledge items',
    description: 'Offers to and by your organisation, and of items that it may see what was agreed.',
    access: read,
    query: KnowledgeContributionQuery,
    answer: { status: 200, description: 'A page of contributions.', schema: KnowledgeContributionView, page: true },
    examples: { query: { itemId: item.id, state: 'accepted' }, answer: page },
    handler: ({ caller, query, after }) => listKnowledgeContributions(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-contributions/{contributionId}',
    operationId: 'getKnowledgeContribution',
    tag,
    summary: 'Get a contribution to a knowledge item',
    access: read,
    params: ContributionPath,
    answer: { status: 200, description: 'The contribution.', schema: KnowledgeContributionView },
    examples: { params: { contributionId: examples.contribution.id }, answer: examples.contribution },
    handler: ({ caller, params }) => getKnowledgeContribution(db, caller, params.contributionId),
  });
  routes.add({
    method: 'PUT',
    path: '/knowledge-contributions/{contributionId}/decision',
    operationId: 'decideContribution',
    tag,
    summary: 'Answer an offer to be named as a contributor',
    description:
      'The organisation accepts or declines, the author withdraws. The same answer again changes nothing. Declining is normal and needs no reason; a reason is shown to the two parties alone.',
    access: write,
    params: ContributionPath,
    body: NewContributionDecision,
    answer: { status: 200, description: 'The contribution after it.', schema: KnowledgeContributionView },
    problems: ['not_your_organisation', 'wrong_side', 'handshake_refused', 'item_withdrawn', 'organisation_dissolved'],
    relayed: { subject: ({ params }) => ['knowledge_contribution', params.contributionId], answered: ({ id }) => id },
    examples: {
      params: { contributionId: examples.openContributionId },
      body: examples.contributionDecision,
      answer: examples.acceptedContribution,
    },
    handler: ({ context, params, body }) => decideContribution(db, context, params.contributionId, body),
  });
}
