import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { listOwnershipOrphans } from './orphans.ts';
import { getOwnershipReceipt, getOwnershipRecord, listOwnershipRecords } from './records.ts';
import {
  OrphanQuery,
  OrphanView,
  OwnershipReceiptView,
  OwnershipRecordQuery,
  OwnershipRecordView,
  RecordPath,
} from './schemas.ts';

/** Mounts the records of who owns what, their receipts, and what nobody owns. */
export function ownershipRecordRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'ownership';
  const read = { scope: 'ownership:read', policy: 'rows' } as const;
  const params = { recordId: examples.ownershipRecord.id };
  routes.add({
    method: 'GET',
    path: '/ownership-records',
    operationId: 'listOwnershipRecords',
    tag,
    summary: 'List ownership records',
    description:
      'The record that holds now, or on the day or at the instant that is asked for, of every subject that your organisation may see; with `history` all of them. Each is the whole state of the ownership until the next.',
    access: read,
    query: OwnershipRecordQuery,
    answer: { status: 200, description: 'A page of records.', schema: OwnershipRecordView, page: true },
    examples: {
      query: { allianceId: examples.ownershipRecord.subject.id },
      answer: { items: [examples.ownershipRecord], nextCursor: null },
    },
    handler: ({ caller, query, after }) => listOwnershipRecords(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/ownership-records/{recordId}',
    operationId: 'getOwnershipRecord',
    tag,
    summary: 'Get an ownership record',
    access: read,
    params: RecordPath,
    answer: { status: 200, description: 'The record.', schema: OwnershipRecordView },
    examples: { params, answer: examples.ownershipRecord },
    handler: ({ caller, params }) => getOwnershipRecord(db, caller, params.recordId),
  });
  routes.add({
    method: 'GET',
    path: '/ownership-records/{recordId}/receipt',
    operationId: 'getOwnershipReceipt',
    tag,
    summary: 'Get the signed receipt of an ownership record',
    description:
      'A compact JWS over RFC 8785 canonical JSON, which anybody can verify with the keys in `/.well-known/receipt-jwks.json`, also offline and years later. It names the SHA-256 of the receipt before it.',
    access: read,
    params: RecordPath,
    answer: {
      status: 200,
      description: 'The receipt.',
      schema: OwnershipReceiptView,
      media: { 'application/jose': ({ receipt }) => receipt },
    },
    examples: { params, answer: examples.receipt },
    handler: ({ caller, params }) => getOwnershipReceipt(db, caller, params.recordId),
  });
  routes.add({
    method: 'GET',
    path: '/ownership-orphans',
    operationId: 'listOwnershipOrphans',
    tag,
    summary: 'List what nobody answers for',
    description:
      'Alliances that have not ended, ideas and active initiatives, and published knowledge items that were released or never had an accountable owner.',
    access: read,
    query: OrphanQuery,
    answer: { status: 200, description: 'A page of orphans.', schema: OrphanView, page: true },
    examples: { query: { released: true }, answer: { items: [examples.orphan], nextCursor: null } },
    handler: ({ caller, query, after }) => listOwnershipOrphans(db, caller, { ...query, after }),
  });
}
