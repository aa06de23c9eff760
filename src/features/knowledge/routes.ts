import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { adoptionRoutes } from './adoption-routes.ts';
import * as examples from './examples.ts';
import {
  changeKnowledgeItem,
  createKnowledgeItem,
  getKnowledgeItem,
  listKnowledgeItems,
  withdrawKnowledgeItem,
} from './items.ts';
import { jsonLdOf } from './json-ld.ts';
import {
  ItemPath,
  KnowledgeFacetQuery,
  KnowledgeFacets,
  KnowledgeItemChange,
  KnowledgeItemQuery,
  KnowledgeItemSummary,
  KnowledgeItemView,
  NewKnowledgeItem,
  NewKnowledgeWithdrawal,
} from './schemas.ts';
import { countKnowledgeItems } from './search.ts';
import { sharingRoutes } from './sharing-routes.ts';
import { versionRoutes } from './version-routes.ts';

const read = { scope: 'knowledge-items:read', policy: 'rows' } as const;
const write = { scope: 'knowledge-items:write', policy: 'own-organisation' } as const;
const tag = 'knowledge-items';

/** Mounts the knowledge items with their versions, shares, contributors and adoptions. */
export function knowledgeRoutes(routes: Routes, { db }: { db: Db }): void {
  const params = { itemId: examples.lessonItem.id };
  routes.add({
    method: 'GET',
    path: '/knowledge-items',
    operationId: 'listKnowledgeItems',
    tag,
    summary: 'List and search knowledge items',
    description:
      'Those that your organisation may see, without their texts, in the order of their identifiers. With `q` those that hold the words, the best first, each with a snippet. Items that were withdrawn stay, so that `changedSince` tells of them.',
    access: read,
    query: KnowledgeItemQuery,
    answer: { status: 200, description: 'A page of items.', schema: KnowledgeItemSummary, page: true },
    examples: {
      query: { q: 'bellen bij schuld', limit: 2 },
      answer: { items: [examples.foundItem], nextCursor: null },
    },
    handler: ({ caller, query, after }) => listKnowledgeItems(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-facets',
    operationId: 'countKnowledgeItems',
    tag,
    summary: 'Count knowledge items by kind',
    description: 'With the same words and filters as the list; what your organisation may not see is not counted.',
    access: read,
    query: KnowledgeFacetQuery,
    answer: { status: 200, description: 'The counts.', schema: KnowledgeFacets },
    examples: { query: { q: 'schulden' }, answer: examples.facets },
    handler: ({ caller, query }) => countKnowledgeItems(db, caller, query),
  });
  routes.add({
    method: 'POST',
    path: '/knowledge-items',
    operationId: 'createKnowledgeItem',
    tag,
    summary: 'Write a knowledge item',
    description:
      'As a draft of your organisation, or with `publish` as its first version at once. A title, a type and a licence are enough.',
    access: write,
    body: NewKnowledgeItem,
    answer: { status: 201, description: 'The item.', schema: KnowledgeItemView, etag: 'computed' },
    problems: ['not_your_organisation', 'organisation_dissolved'],
    examples: { body: examples.newItem, answer: examples.createdItem },
    handler: ({ context, body }) => createKnowledgeItem(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}',
    operationId: 'getKnowledgeItem',
    tag,
    summary: 'Get a knowledge item',
    description: 'Also as linked data in the words of schema.org, by `Accept: application/ld+json`.',
    access: read,
    params: ItemPath,
    answer: {
      status: 200,
      description: 'The item.',
      schema: KnowledgeItemView,
      etag: 'computed',
      media: { 'application/ld+json': jsonLdOf },
    },
    examples: { params, answer: examples.lessonItem },
    handler: ({ caller, params }) => getKnowledgeItem(db, caller, params.itemId),
  });
  routes.add({
    method: 'PATCH',
    path: '/knowledge-items/{itemId}',
    operationId: 'changeKnowledgeItem',
    tag,
    summary: 'Change a knowledge item',
    description:
      'By its author. Absent stays, null empties. Of a published item it changes `draft`, which others do not see before it is published; a change of visibility holds at once.',
    access: write,
    params: ItemPath,
    body: KnowledgeItemChange,
    ifMatch: true,
    answer: { status: 200, description: 'The changed item.', schema: KnowledgeItemView, etag: 'computed' },
    problems: ['not_your_organisation', 'item_withdrawn'],
    examples: { params, body: examples.itemChange, answer: examples.changedItem },
    handler: ({ context, params, body, ifMatch }) => changeKnowledgeItem(db, context, params.itemId, ifMatch, body),
  });
  routes.add({
    method: 'PUT',
    path: '/knowledge-items/{itemId}/withdrawal',
    operationId: 'withdrawKnowledgeItem',
    tag,
    summary: 'Withdraw a knowledge item',
    description:
      'By its author. Title, text and links are gone for everybody; that it was there, its content hash and its adoptions stay. The content of its versions is for its author alone from then on. Again it changes nothing.',
    access: write,
    params: ItemPath,
    body: NewKnowledgeWithdrawal,
    answer: { status: 200, description: 'What is left of the item.', schema: KnowledgeItemView, etag: 'computed' },
    problems: ['not_your_organisation', 'item_not_published'],
    examples: {
      params: { itemId: examples.withdrawableId },
      body: examples.withdrawal,
      answer: examples.withdrawnItem,
    },
    handler: ({ context, params, body }) => withdrawKnowledgeItem(db, context, params.itemId, body),
  });
  versionRoutes(routes, { db });
  sharingRoutes(routes, { db });
  adoptionRoutes(routes, { db });
}
