import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './examples.ts';
import { listProcessingActivities, listProcessingRecords } from './records.ts';
import { listRetentionRules } from './retention.ts';
import { ActivityRegisterView, ProcessingRecordQuery, ProcessingRecordView, RetentionScheduleView } from './schemas.ts';

/** Mounts the processing log, the register of processing activities and the retention schedule. */
export function processingRoutes(routes: Routes, { db, baseUrl }: { db: Db; baseUrl: string }): void {
  const tag = 'privacy';
  const scope = 'processing-records:read';
  routes.add({
    method: 'GET',
    path: '/processing-records',
    operationId: 'listProcessingRecords',
    tag,
    summary: 'List the processing log',
    description:
      'A record for each person whose data a client processed, in the fields of Logboek Dataverwerkingen. Your organisation sees what its own clients did; an administrator sees all records, of others without whom they are about.',
    access: { scope, policy: 'rows' },
    query: ProcessingRecordQuery,
    answer: { status: 200, description: 'A page of records.', schema: ProcessingRecordView, page: true },
    examples: {
      query: { activityId: 'professional-register' },
      answer: { items: [examples.processingRecord], nextCursor: null },
    },
    handler: ({ caller, query, after }) => listProcessingRecords(db, caller, baseUrl, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/processing-activities',
    operationId: 'listProcessingActivities',
    tag,
    summary: 'Read the register of processing activities',
    description: 'Art. 30 AVG: why and on which basis personal data is processed here, of whom, and for how long.',
    access: { scope, policy: 'caller' },
    answer: { status: 200, description: 'The register.', schema: ActivityRegisterView },
    examples: { answer: examples.activityRegister },
    handler: () => listProcessingActivities(baseUrl),
  });
  routes.add({
    method: 'GET',
    path: '/retention-rules',
    operationId: 'listRetentionRules',
    tag,
    summary: 'Read the retention schedule',
    description: 'What is kept how long and why, and what the last run of each rule removed.',
    access: { scope, policy: 'caller' },
    answer: { status: 200, description: 'The schedule.', schema: RetentionScheduleView },
    examples: { answer: examples.retentionSchedule },
    handler: () => listRetentionRules(db),
  });
}
