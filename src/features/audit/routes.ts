import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { listAuditHeads } from './heads.ts';
import { listAuditRecords } from './records.ts';
import { AuditHeadQuery, AuditHeadView, AuditRecordQuery, AuditRecordView } from './schemas.ts';

const description = `Who did what, when, from which client and with which outcome, what was refused included; each record is written in the
transaction of the deed, or before a refusal is answered, and tied to the one before it by its hash.

Your organisation sees the records of its own clients; an administrator sees all. Of what other organisations do in closed spaces an
administrator sees that a client had access, when and with which outcome, and nothing else: such a record has \`closed: true\`, and no
filter finds it by what is withheld.`;

/** Mounts the audit: its records, and the signed heads of their chain. */
export function auditRoutes(routes: Routes, { db }: { db: Db }): void {
  const tag = 'audit';
  const scope = 'audit-records:read';
  routes.add({
    method: 'GET',
    path: '/audit-records',
    operationId: 'listAuditRecords',
    tag,
    summary: 'List audit records',
    description,
    access: { scope, policy: 'rows' },
    query: AuditRecordQuery,
    answer: { status: 200, description: 'A page of records, the oldest first.', schema: AuditRecordView, page: true },
    examples: {
      query: { limit: 2, outcome: 'succeeded' },
      answer: { items: [examples.auditRecord, examples.closedRecord], nextCursor: null },
    },
    handler: ({ caller, query, after }) => listAuditRecords(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/audit-heads',
    operationId: 'listAuditHeads',
    tag,
    summary: 'List the signed heads of the audit',
    description:
      'After each day (UTC) the node signs for the last record of its audit. Keep heads elsewhere: with one, the operator shows by `npm run verify-audit -- head.jws` that no record up to it was changed or removed since. A head tells nothing of how much was recorded.',
    access: { scope, policy: 'caller' },
    query: AuditHeadQuery,
    answer: { status: 200, description: 'A page of heads, the oldest first.', schema: AuditHeadView, page: true },
    examples: { query: { from: '2026-01-05' }, answer: { items: [examples.auditHead], nextCursor: null } },
    handler: ({ query, after }) => listAuditHeads(db, { ...query, after }),
  });
}
