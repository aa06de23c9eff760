import { namedId } from '../../platform/id.ts';
import { activities, activityUri } from './activities.ts';
import { retentionRules } from './schedule.ts';

const baseUrl = 'https://api.samendoen.example';
const at = '2026-01-05T08:00:00.000Z';

/** A record of the processing log of the demo network. */
export const processingRecord = {
  id: namedId('processing record'),
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: '2a3f5c8d1e6b4a09',
  parentSpanId: null,
  status: 'Ok',
  name: 'getProfessional',
  startTime: at,
  endTime: at,
  resource: { attributes: { name: 'samendoen', version: '1.0.0' } },
  attributes: {
    'dpl.core.processing_activity_id': activityUri(baseUrl, 'professional-register'),
    'dpl.core.data_subject_id': 'q0nT2mD1m0sQyWw2b3Zq9w',
    'dpl.core.data_subject_id_type': 'urn:samendoen:professional:pseudonym',
    'dpl.core.foreign_operation.span_id': null,
    'dpl.core.foreign_operation.processor': null,
  },
  activityId: 'professional-register',
  clientId: 'administrator',
  organisation: { id: namedId('node organisation'), name: 'Academie Maarland' },
  professionalId: namedId('professional noor'),
};

/** The register of activities, shortened. */
export const activityRegister = {
  items: [{ ...activities['professional-register'], uri: activityUri(baseUrl, 'professional-register') }],
};

/** The retention schedule, shortened. */
export const retentionSchedule = {
  items: [
    { ...retentionRules['processing-records'], lastRun: { startedAt: at, finishedAt: at, removedCount: 12 } },
    { ...retentionRules['personal-codes'], lastRun: null },
  ],
};
