import { randomBytes } from 'node:crypto';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { version } from '../../platform/version.ts';
import type { ActivityId } from './activities.ts';
import { processingRecords } from './tables.ts';

export type { ActivityId } from './activities.ts';
export { countDueRules, keepSchedule, type RetentionWorks } from './retention.ts';

/** What was processed: for which activity, since when, and of whom, by their names in the log. */
export type Processed = {
  readonly activity: ActivityId;
  readonly startedAt: Date;
  readonly subjects: readonly (string | null)[];
};

/**
 * Writes the processing records of one operation: one for each person, all by one statement. In the transaction of a
 * write, or right after a read; a read whose records cannot be written fails.
 */
export async function recordProcessing(
  db: Db,
  { caller, operationId, traceId, parentSpanId }: Context,
  { activity, startedAt, subjects }: Processed,
): Promise<void> {
  const known = [...new Set(subjects.filter((subject) => subject !== null))];
  if (known.length === 0) return;
  const endedAt = new Date();
  await db.insert(processingRecords).values(
    known.map((dataSubjectId) => ({
      id: newId(),
      traceId,
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: parentSpanId ?? null,
      status: 'Ok',
      name: operationId,
      startedAt,
      endedAt,
      serviceVersion: version,
      activityId: activity,
      dataSubjectId,
      clientId: caller.clientId,
      organisationId: caller.organisationId,
    })),
  );
}

/** Reads personal data and leaves its processing records, then answers what was read. */
export async function readPersonalData<T>(
  db: Db,
  context: Context,
  activity: ActivityId,
  read: () => Promise<{ readonly answer: T; readonly subjects: readonly (string | null)[] }>,
): Promise<T> {
  const startedAt = new Date();
  const { answer, subjects } = await read();
  await recordProcessing(db, context, { activity, startedAt, subjects });
  return answer;
}
