import { z } from 'zod';
import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { cancelImport, createImport, getImport, listImportRows, listImports } from './imports.ts';
import { writeReport } from './report.ts';
import { ImportPath, ImportQuery, ImportRowQuery, ImportRowView, ImportView, NewImport } from './schemas.ts';

/** The largest file that is taken by HTTP, in bytes; the command takes larger ones. */
const fileLimit = 5 * 1024 * 1024;

/** Mounts the imports and their reports. */
export function importRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'imports';
  const read = { scope: 'imports:read', policy: 'administrator' } as const;
  const write = { scope: 'imports:write', policy: 'administrator' } as const;
  const params = { importId: examples.finishedImport.id };
  routes.add({
    method: 'GET',
    path: '/imports',
    operationId: 'listImports',
    tag,
    summary: 'List imports, the last one first',
    access: read,
    query: ImportQuery,
    answer: { status: 200, description: 'A page of imports.', schema: ImportView, page: true },
    examples: { query: { limit: 1 }, answer: { items: [examples.finishedImport], nextCursor: null } },
    handler: ({ caller, query, after }) => listImports(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/imports',
    operationId: 'createImport',
    tag,
    summary: 'Import a file',
    description: description.join(' '),
    access: write,
    query: NewImport,
    body: z.string().meta({ description: 'CSV (RFC 4180), UTF-8, with a header row; `,` or `;` between the cells.' }),
    bodyType: 'text/csv',
    bodyLimit: fileLimit,
    answer: {
      status: 202,
      description: 'The import is queued; Location tells where its progress is.',
      schema: ImportView,
    },
    examples: {
      query: { resource: 'organisations', source: 'maarland-register', dryRun: true },
      body: examples.organisationsFile,
      answer: { ...examples.queuedImport, dryRun: true },
    },
    handler: async ({ context, query, body }) => createImport(db, context, query, body),
  });
  routes.add({
    method: 'GET',
    path: '/imports/{importId}',
    operationId: 'getImport',
    tag,
    summary: 'Get an import with its progress',
    access: read,
    params: ImportPath,
    answer: { status: 200, description: 'The import.', schema: ImportView },
    examples: { params, answer: examples.finishedImport },
    handler: ({ caller, params }) => getImport(db, caller, params.importId),
  });
  routes.add({
    method: 'PUT',
    path: '/imports/{importId}/cancellation',
    operationId: 'cancelImport',
    tag,
    summary: 'Stop an import',
    description:
      'It ends after the batch that is being worked on; what was recorded stays. Stopping it again changes nothing.',
    access: write,
    params: ImportPath,
    answer: { status: 200, description: 'The stopped import.', schema: ImportView },
    problems: ['import_finished'],
    examples: { params: { importId: examples.waitingImportId }, answer: examples.cancelledImport },
    handler: ({ context, params }) => cancelImport(db, context, params.importId),
  });
  routes.add({
    method: 'GET',
    path: '/imports/{importId}/rows',
    operationId: 'listImportRows',
    tag,
    summary: 'List what became of the rows of an import',
    description:
      'In the order of the file; the language of the details follows Accept-Language. As text/csv, the page is written for spreadsheets: a cell that would be taken for a formula begins with an apostrophe.',
    access: read,
    params: ImportPath,
    query: ImportRowQuery,
    answer: {
      status: 200,
      description: 'A page of rows.',
      schema: ImportRowView,
      page: true,
      media: { 'text/csv': writeReport },
    },
    examples: { params, query: { outcome: 'refused' }, answer: { items: [examples.refusedRow], nextCursor: null } },
    handler: ({ caller, params, query, after, language }) =>
      listImportRows(db, caller, params.importId, { ...query, after }, language),
  });
}

const description = [
  'Takes a CSV file of organisations (key, name, kind, region, startsOn, endsOn, oin, rsin, kvk, cbs, tooi, agb, ura, successorKey),',
  'alliances (key, kind, name, purpose, visibility, startsOn, endsOn) or memberships (key, allianceKey, organisationKey, role, startsOn, endsOn).',
  'Several identifiers of one scheme are separated by `|`. A header row with faults is refused at once. Then each row has its own outcome:',
  'a faulty row is refused, the others are not; an identifier that is malformed or belongs to another is left out and told.',
  'The same file again changes nothing. What is recorded was agreed elsewhere: its basis is `recorded_elsewhere` with the source,',
  'never a decision given here. Files of one source are worked on in the order in which they came.',
];
