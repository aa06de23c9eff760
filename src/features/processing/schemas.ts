import { z } from 'zod';
import { Day, Id, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { activityIds } from './activities.ts';
import { retentionRuleIds } from './schedule.ts';

const Text = z.object({ en: z.string(), nl: z.string() }).meta({ id: 'Text', description: 'In English and in Dutch.' });

const activityId = z.enum(activityIds).meta({ id: 'ProcessingActivityId' });

/** The register of processing activities (art. 30 AVG). */
export const ActivityRegisterView = z
  .object({
    items: z.array(
      z
        .object({
          id: activityId,
          uri: z.string().meta({ description: 'As the processing log names it.' }),
          name: Text,
          purpose: Text,
          legalBasis: Text,
          dataSubjects: Text,
          categories: Text,
          recipients: Text,
          retention: Text,
        })
        .meta({ id: 'ProcessingActivity' }),
    ),
  })
  .meta({ id: 'ProcessingActivityRegister' });

const Run = z
  .object({ startedAt: Moment, finishedAt: Moment.nullable(), removedCount: z.int() })
  .meta({ id: 'RetentionRun', description: 'Without an end while it goes on, or was stopped half-way.' });

/** The retention schedule. */
export const RetentionScheduleView = z
  .object({
    items: z.array(
      z
        .object({
          id: z.enum(retentionRuleIds).meta({ id: 'RetentionRuleId' }),
          what: Text,
          keptFor: z.string().meta({ description: 'ISO 8601 duration.' }),
          why: Text,
          everyMinutes: z.int().meta({ description: 'How often a job looks.' }),
          lastRun: Run.nullable(),
        })
        .meta({ id: 'RetentionRule' }),
    ),
  })
  .meta({ id: 'RetentionSchedule' });

const span = z.string().meta({ description: '8 bytes, hexadecimal.' });

/** A record of the processing log, in the fields of Logboek Dataverwerkingen 1.0.0. */
export const ProcessingRecordView = z
  .object({
    id: Id,
    traceId: z.string().meta({ description: '16 bytes, hexadecimal: that of `traceparent`, else of the request.' }),
    spanId: span,
    parentSpanId: span.nullable(),
    status: z.enum(['Unset', 'Ok', 'Error']),
    name: z.string().meta({ description: 'The operation.' }),
    startTime: Moment,
    endTime: Moment,
    resource: z.object({ attributes: z.object({ name: z.string(), version: z.string() }) }),
    attributes: z.object({
      'dpl.core.processing_activity_id': z.string().meta({ description: 'Opens the register of activities.' }),
      'dpl.core.data_subject_id': z.string().nullable().meta({
        description:
          'A random name of the person in this log. Null for others than the organisation that processed, and once the person was erased: then nothing links the record with anybody.',
      }),
      'dpl.core.data_subject_id_type': z.string(),
      'dpl.core.foreign_operation.span_id': span.nullable(),
      'dpl.core.foreign_operation.processor': z.string().nullable().meta({
        description: 'The organisation whose client called, where it sent a `traceparent`.',
      }),
    }),
    activityId,
    clientId: z.string(),
    organisation: Reference.nullable().meta({ description: 'Null where the node itself processed.' }),
    professionalId: Id.nullable().meta({ description: 'Shown and hidden as the identifier of the data subject is.' }),
  })
  .meta({ id: 'ProcessingRecord' });

/** Filters of the processing log. */
export const ProcessingRecordQuery = z.strictObject({
  ...pageQuery,
  activityId: activityId.optional(),
  organisationId: Id.optional(),
  clientId: z.string().max(600).optional(),
  professionalId: Id.optional().meta({ description: 'Among the records of your own organisation alone.' }),
  traceId: z.string().max(32).optional(),
  asOf: Day.optional().meta({ description: 'Only records of this day and before.' }),
  changedSince: Moment.optional().meta({ description: 'Only what began at or after this instant.' }),
});
