import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { organisationIfAnyIn } from '../organisations/organisations.ts';
import { processedBy, visibleProcessingRecords } from '../policy/policy.ts';
import { professionals } from '../professionals/tables.ts';
import { activities, activityIds, activityUri } from './activities.ts';
import type { ActivityRegisterView, ProcessingRecordQuery, ProcessingRecordView } from './schemas.ts';
import { processingRecords } from './tables.ts';

type View = z.output<typeof ProcessingRecordView>;
type Filter = z.output<typeof ProcessingRecordQuery>;

const subjectType = 'urn:samendoen:professional:pseudonym';

const select = (db: Db, caller: Caller, condition: SQL | undefined) => {
  const own = processedBy(caller.organisationId);
  return db
    .select({
      record: processingRecords,
      organisation: organisationIfAnyIn(processingRecords.organisationId),
      subject: sql<string | null>`case when ${own} then ${professionals.dataSubjectId} end`,
      professionalId: sql<string | null>`case when ${own} then ${professionals.id} end`,
    })
    .from(processingRecords)
    .leftJoin(professionals, eq(professionals.dataSubjectId, processingRecords.dataSubjectId))
    .where(and(visibleProcessingRecords(caller), condition));
};

type Row = Awaited<ReturnType<typeof select>>[number];

const toView =
  (baseUrl: string) =>
  ({ record, organisation, subject, professionalId }: Row): View => ({
    id: record.id,
    traceId: record.traceId,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    status: record.status as View['status'],
    name: record.name,
    startTime: record.startedAt,
    endTime: record.endedAt,
    resource: { attributes: { name: 'samendoen', version: record.serviceVersion } },
    attributes: {
      'dpl.core.processing_activity_id': activityUri(baseUrl, record.activityId),
      'dpl.core.data_subject_id': subject,
      'dpl.core.data_subject_id_type': subjectType,
      'dpl.core.foreign_operation.span_id': record.parentSpanId,
      'dpl.core.foreign_operation.processor':
        record.parentSpanId === null || record.organisationId === null
          ? null
          : `${baseUrl}/v1/organisations/${record.organisationId}`,
    },
    activityId: record.activityId as View['activityId'],
    clientId: record.clientId,
    organisation,
    professionalId,
  });

const filters: { [Key in keyof Filter]?: (value: NonNullable<Filter[Key]>, caller: Caller) => SQL | undefined } = {
  activityId: (value) => eq(processingRecords.activityId, value),
  organisationId: (value) => eq(processingRecords.organisationId, value),
  clientId: (value) => eq(processingRecords.clientId, value),
  professionalId: (value, caller) => and(eq(professionals.id, value), processedBy(caller.organisationId)),
  traceId: (value) => eq(processingRecords.traceId, value),
  asOf: (value) => sql`${processingRecords.startedAt} < ${value}::date + 1`,
  changedSince: (value) => gte(processingRecords.startedAt, value),
};

/** A page of the processing log, in the order of its identifiers: that of the caller's organisation, or all of it. */
export async function listProcessingRecords(
  db: Db,
  caller: Caller,
  baseUrl: string,
  input: Filter & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, limit } = input;
  const given = Object.entries(filters).flatMap(([key, filter]) => {
    const value = input[key as keyof Filter];
    return value === undefined ? [] : [(filter as (value: unknown, caller: Caller) => SQL | undefined)(value, caller)];
  });
  const condition = and(after?.[0] === undefined ? undefined : gt(processingRecords.id, after[0]), ...given);
  const rows = await select(db, caller, condition)
    .orderBy(processingRecords.id)
    .limit(limit + 1);
  return pageOf(rows, limit, ({ record }) => [record.id], toView(baseUrl));
}

/** The register of processing activities of this node. */
export async function listProcessingActivities(
  baseUrl: string,
): Promise<Answer<z.output<typeof ActivityRegisterView>>> {
  return { body: { items: activityIds.map((id) => ({ ...activities[id], uri: activityUri(baseUrl, id) })) } };
}
