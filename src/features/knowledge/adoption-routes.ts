import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import {
  getAdoption,
  listAdoptions,
  listItemAdoptions,
  respondToAdoption,
  stateAdoption,
  withdrawAdoption,
} from './adoptions.ts';
import { item } from './examples.ts';
import { ItemPath } from './schemas.ts';
import * as examples from './sharing-examples.ts';
import {
  AdoptionPath,
  AdoptionQuery,
  AdoptionView,
  ItemAdoptionQuery,
  NewAdoption,
  NewAdoptionResponse,
  NewAdoptionWithdrawal,
} from './sharing-schemas.ts';

/** Mounts the adoptions of knowledge items. */
export function adoptionRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'knowledge-items';
  const read = { scope: 'knowledge-items:read', policy: 'rows' } as const;
  const write = { scope: 'knowledge-items:write', policy: 'own-organisation' } as const;
  const itemId = item.id;
  const params = { adoptionId: examples.adoption.id };
  const page = { items: [examples.adoption], nextCursor: null };
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/adoptions',
    operationId: 'listItemAdoptions',
    tag,
    summary: 'List the adoptions of a knowledge item',
    access: read,
    params: ItemPath,
    query: ItemAdoptionQuery,
    answer: { status: 200, description: 'A page of adoptions.', schema: AdoptionView, page: true },
    examples: { params: { itemId }, query: { use: 'adapted' }, answer: page },
    handler: ({ caller, params, query, after }) => listItemAdoptions(db, caller, params.itemId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/knowledge-items/{itemId}/adoptions',
    operationId: 'stateAdoption',
    tag,
    summary: 'State that your organisation used or adapted a knowledge item',
    description:
      'Of another organisation: which published version, where, and with what result. Its author may thank or dispute.',
    access: write,
    params: ItemPath,
    body: NewAdoption,
    answer: { status: 201, description: 'The adoption.', schema: AdoptionView },
    problems: ['not_your_organisation', 'own_item', 'item_not_published', 'item_withdrawn', 'organisation_dissolved'],
    examples: { params: { itemId: examples.lesson.id }, body: examples.newAdoption, answer: examples.statedAdoption },
    handler: ({ context, params, body }) => stateAdoption(db, context, params.itemId, body),
  });
  routes.add({
    method: 'GET',
    path: '/adoptions',
    operationId: 'listAdoptions',
    tag,
    summary: 'List adoptions',
    description: 'Those by your organisation, and those of items that it may see; also those that were withdrawn.',
    access: read,
    query: AdoptionQuery,
    answer: { status: 200, description: 'A page of adoptions.', schema: AdoptionView, page: true },
    examples: { query: { itemId, use: 'adapted' }, answer: page },
    handler: ({ caller, query, after }) => listAdoptions(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/adoptions/{adoptionId}',
    operationId: 'getAdoption',
    tag,
    summary: 'Get an adoption',
    access: read,
    params: AdoptionPath,
    answer: { status: 200, description: 'The adoption.', schema: AdoptionView },
    examples: { params, answer: examples.adoption },
    handler: ({ caller, params }) => getAdoption(db, caller, params.adoptionId),
  });
  routes.add({
    method: 'PUT',
    path: '/adoptions/{adoptionId}/response',
    operationId: 'respondToAdoption',
    tag,
    summary: 'Thank for an adoption, or dispute it',
    description:
      'By the author of the item. Whoever disputes says why, to the two parties alone. Another response takes the place of the first.',
    access: write,
    params: AdoptionPath,
    body: NewAdoptionResponse,
    answer: { status: 200, description: 'The adoption with its response.', schema: AdoptionView },
    problems: ['not_your_organisation', 'adoption_withdrawn'],
    examples: { params, body: examples.adoptionResponse, answer: examples.thankedAdoption },
    handler: ({ context, params, body }) => respondToAdoption(db, context, params.adoptionId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/adoptions/{adoptionId}/withdrawal',
    operationId: 'withdrawAdoption',
    tag,
    summary: 'Take an adoption back',
    description: 'By the organisation that stated it. It counts no longer and stays in the list.',
    access: write,
    params: AdoptionPath,
    body: NewAdoptionWithdrawal,
    answer: { status: 200, description: 'The adoption.', schema: AdoptionView },
    problems: ['not_your_organisation'],
    examples: {
      params: { adoptionId: examples.ownAdoptionId },
      body: examples.adoptionWithdrawal,
      answer: examples.withdrawnAdoption,
    },
    handler: ({ context, params, body }) => withdrawAdoption(db, context, params.adoptionId, body),
  });
}
