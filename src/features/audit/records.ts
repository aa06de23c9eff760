import { and, eq, gt, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { auditRecords } from '../events/tables.ts';
import { organisationIfAnyIn } from '../organisations/organisations.ts';
import { toldAuditRecords, visibleAuditRecords } from '../policy/audit-sight.ts';
import type { AuditRecordQuery, AuditRecordView } from './schemas.ts';

type View = z.output<typeof AuditRecordView>;
type Filter = z.output<typeof AuditRecordQuery>;
type Deed = Pick<View, 'operationId' | 'subject' | 'status' | 'code' | 'times' | 'requestId' | 'traceId'>;

const unknown: Deed = {
  operationId: null,
  subject: null,
  status: null,
  code: null,
  times: null,
  requestId: null,
  traceId: null,
};

/** What was done, for whoever may know it; null for others. */
const deedOf = (caller: Caller) => {
  const { operationId, subjectType, subjectId, status, code, times, requestId, traceId } = auditRecords;
  const told = toldAuditRecords(caller);
  return sql<Deed | null>`case when ${told} then json_build_object('operationId', ${operationId},
    'subject', case when ${subjectId} is not null then json_build_object('type', ${subjectType}, 'id', ${subjectId}) end,
    'status', ${status}, 'code', ${code}, 'times', ${times}, 'requestId', ${requestId}, 'traceId', ${traceId}) end`;
};

const select = (db: Db, caller: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: auditRecords.id,
      recordedAt: auditRecords.recordedAt,
      clientId: auditRecords.clientId,
      organisation: organisationIfAnyIn(auditRecords.organisationId),
      outcome: auditRecords.outcome,
      deed: deedOf(caller),
    })
    .from(auditRecords)
    .where(and(visibleAuditRecords(caller), condition));

const toView = ({ outcome, deed, ...row }: Awaited<ReturnType<typeof select>>[number]): View => ({
  ...row,
  outcome: outcome as View['outcome'],
  closed: deed === null,
  ...(deed ?? unknown),
});

type Filters = { [Key in keyof Filter]?: (value: NonNullable<Filter[Key]>) => SQL | undefined };

/** By what is withheld nothing is found. */
const filtersFor = (caller: Caller): Filters => ({
  clientId: (value) => eq(auditRecords.clientId, value),
  operationId: (value) => and(eq(auditRecords.operationId, value), sql`(${toldAuditRecords(caller)})`),
  outcome: (value) => eq(auditRecords.outcome, value),
  subject: (value) => and(eq(auditRecords.subjectId, value), sql`(${toldAuditRecords(caller)})`),
  from: (value) => gte(auditRecords.recordedAt, value),
  until: (value) => lt(auditRecords.recordedAt, value),
});

/** A page of audit records, in the order of their identifiers: those of the caller's organisation, or all. */
export async function listAuditRecords(
  db: Db,
  caller: Caller,
  input: Filter & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, limit } = input;
  const given = Object.entries(filtersFor(caller)).flatMap(([key, filter]) => {
    const value = input[key as keyof Filter];
    return value === undefined ? [] : [(filter as (value: unknown) => SQL | undefined)(value)];
  });
  const condition = and(after?.[0] === undefined ? undefined : gt(auditRecords.id, after[0]), ...given);
  const rows = await select(db, caller, condition)
    .orderBy(auditRecords.id)
    .limit(limit + 1);
  return pageOf(rows, limit, ({ id }) => [id], toView);
}
