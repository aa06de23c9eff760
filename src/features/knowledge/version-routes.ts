import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import {
  DifferenceQuery,
  ItemPath,
  KnowledgeDifferences,
  KnowledgeVersionQuery,
  KnowledgeVersionSummary,
  KnowledgeVersionView,
  NewKnowledgeVersion,
  VersionPath,
} from './schemas.ts';
import {
  compareKnowledgeVersions,
  getKnowledgeVersion,
  listKnowledgeVersions,
  publishKnowledgeVersion,
} from './versions.ts';

/** Mounts the published versions of knowledge items. */
export function versionRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'knowledge-items';
  const read = { scope: 'knowledge-items:read', policy: 'rows' } as const;
  const write = { scope: 'knowledge-items:write', policy: 'own-organisation' } as const;
  const itemId = examples.item.id;
  const params = { itemId, number: 2 };
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/versions',
    operationId: 'listKnowledgeVersions',
    tag,
    summary: 'List the published versions of a knowledge item',
    description: 'The newest first, without their texts.',
    access: read,
    params: ItemPath,
    query: KnowledgeVersionQuery,
    answer: { status: 200, description: 'A page of versions.', schema: KnowledgeVersionSummary, page: true },
    examples: { params: { itemId }, answer: { items: [examples.versionSummary], nextCursor: null } },
    handler: ({ caller, params, query, after }) =>
      listKnowledgeVersions(db, caller, params.itemId, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/knowledge-items/{itemId}/versions',
    operationId: 'publishKnowledgeVersion',
    tag,
    summary: 'Publish the next version of a knowledge item',
    description:
      'By its author. The version never changes, and is named by its `contentHash`: the SHA-256, hexadecimal, of the canonical JSON (RFC 8785) of an object with its type, title, summary, body, links, language, licence and themes.',
    access: write,
    params: ItemPath,
    body: NewKnowledgeVersion,
    answer: { status: 201, description: 'The version.', schema: KnowledgeVersionView },
    problems: ['not_your_organisation', 'content_unchanged', 'item_withdrawn'],
    examples: {
      params: { itemId: examples.draftId },
      body: examples.newVersion,
      answer: { ...examples.version, itemId: examples.draftId, number: 1, ...examples.newVersion },
    },
    handler: ({ context, params, body }) => publishKnowledgeVersion(db, context, params.itemId, body),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/versions/{number}',
    operationId: 'getKnowledgeVersion',
    tag,
    summary: 'Get a published version of a knowledge item',
    description: 'Of an item that was withdrawn, the content is for its author alone.',
    access: read,
    params: VersionPath,
    answer: { status: 200, description: 'The version.', schema: KnowledgeVersionView },
    examples: { params, answer: examples.version },
    handler: ({ caller, params }) => getKnowledgeVersion(db, caller, params.itemId, params.number),
  });
  routes.add({
    method: 'GET',
    path: '/knowledge-items/{itemId}/versions/{number}/differences',
    operationId: 'compareKnowledgeVersions',
    tag,
    summary: 'Compare two versions of a knowledge item',
    description: 'What differs from version `from`, or from the version before.',
    access: read,
    params: VersionPath,
    query: DifferenceQuery,
    answer: { status: 200, description: 'The differences.', schema: KnowledgeDifferences },
    examples: { params, query: { from: 1 }, answer: examples.differences },
    handler: ({ caller, params, query }) => compareKnowledgeVersions(db, caller, params, query.from),
  });
}
