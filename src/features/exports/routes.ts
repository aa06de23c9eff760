import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { cancelExport, createExport, getExport, getExportContent, listExports } from './exports.ts';
import { ExportPath, ExportQuery, ExportView, NewExport } from './schemas.ts';

/** Mounts the exports and their archives. */
export function exportRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'exports';
  const read = { scope: 'exports:read', policy: 'rows' } as const;
  const write = { scope: 'exports:write', policy: 'rows' } as const;
  const params = { exportId: examples.finishedExport.id };
  routes.add({
    method: 'GET',
    path: '/exports',
    operationId: 'listExports',
    tag,
    summary: 'List your exports, the last one first',
    description: 'Those that your client asked for.',
    access: read,
    query: ExportQuery,
    answer: { status: 200, description: 'A page of exports.', schema: ExportView, page: true },
    examples: { query: { limit: 1 }, answer: { items: [examples.finishedExport], nextCursor: null } },
    handler: ({ caller, query, after }) => listExports(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'POST',
    path: '/exports',
    operationId: 'createExport',
    tag,
    summary: 'Export what you may see',
    description: description.join(' '),
    access: write,
    body: NewExport,
    answer: {
      status: 202,
      description: 'The export is queued; Location tells where its progress is.',
      schema: ExportView,
    },
    problems: ['insufficient_scope', 'registered_client_required', 'too_many_exports'],
    examples: { body: examples.newExport, answer: examples.queuedExport },
    handler: ({ context, body }) => createExport(db, context, body),
  });
  routes.add({
    method: 'GET',
    path: '/exports/{exportId}',
    operationId: 'getExport',
    tag,
    summary: 'Get an export with its progress',
    access: read,
    params: ExportPath,
    answer: { status: 200, description: 'The export.', schema: ExportView },
    examples: { params, answer: examples.finishedExport },
    handler: ({ caller, params }) => getExport(db, caller, params.exportId),
  });
  routes.add({
    method: 'PUT',
    path: '/exports/{exportId}/cancellation',
    operationId: 'cancelExport',
    tag,
    summary: 'Stop an export',
    description: 'What was made of it is removed. Stopping it again changes nothing.',
    access: write,
    params: ExportPath,
    answer: { status: 200, description: 'The stopped export.', schema: ExportView },
    problems: ['export_finished'],
    examples: { params: { exportId: examples.cancelledExport.id }, answer: examples.cancelledExport },
    handler: ({ context, params }) => cancelExport(db, context, params.exportId),
  });
  routes.add({
    method: 'GET',
    path: '/exports/{exportId}/content',
    operationId: 'getExportContent',
    tag,
    summary: 'Download the archive of an export',
    description:
      'A gzipped tar archive, for seven days. A download that was broken off is resumed with Range and If-Range. Whether you may have it is asked anew each time: once something that it may hold was erased, or may not be read by you any more, the answer is `export_void`, also in the middle of a download.',
    access: read,
    params: ExportPath,
    answer: { status: 200, description: 'The archive.', binary: 'application/gzip' },
    problems: ['export_not_ready', 'export_expired', 'export_void'],
    examples: { params },
    handler: ({ caller, params }) => getExportContent(db, caller, params.exportId),
  });
}

const description = [
  'Makes an archive (tar.gz) of what your organisation may see, of one instant: one file for each resource, each line what',
  'its list answers, with the texts that a list leaves out and the parameters of its path; and `manifest.json` with rows,',
  'bytes and SHA-256 of each. It is made by a background job, under the policy as it is when the job begins. An archive as',
  'NDJSON can be taken in by an empty node: `npm run import:export`.',
];
