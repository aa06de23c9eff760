import { and, eq, gt, lt, sql } from 'drizzle-orm';
import { type Answer, Replay, type SavedAnswer } from '../../platform/answer.ts';
import type { Context, Idempotency } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Problem } from '../../platform/problem.ts';
import { auditRecords, eventCounter, events, savedAnswers } from './tables.ts';

/** How long the answer to a write with an idempotency key is kept. */
export const savedAnswerHours = 24;

/** What happened, to what, in which alliance, and which organisations it touches; `data` holds identifiers, never content. */
export type NewEvent = {
  readonly type: `${string}.${string}`;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly allianceId?: string | undefined;
  readonly organisationIds?: readonly string[] | undefined;
  readonly data?: Record<string, unknown> | undefined;
};

/**
 * Runs a write as one transaction: the work, its audit record, the saved answer and its events commit together or not
 * at all. The event counter is updated by the last statement, so that positions are dense and in order of commit.
 * Throws Problem `idempotency_in_flight` or `idempotency_key_reused`, and Replay when the answer was saved before.
 */
export async function commit<T>(
  db: Db,
  context: Context,
  work: (db: Db, record: (event: NewEvent) => void) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  return db.transaction(async (db) => {
    const idempotency = context.idempotency;
    if (idempotency !== undefined) await claimKey(db, context, idempotency);
    const recorded: NewEvent[] = [];
    const answer = await work(db, (event) => recorded.push(event));
    if (idempotency !== undefined) await saveAnswer(db, context, idempotency, answer);
    if (recorded.length > 0) await record(db, context, recorded);
    return answer;
  });
}

async function claimKey(db: Db, context: Context, idempotency: Idempotency): Promise<void> {
  const lockName = `${context.caller.clientId}\n${idempotency.key}`;
  const [lock] = await db.execute<{ taken: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) as taken`,
  );
  if (lock?.taken !== true) throw new Problem('idempotency_in_flight', { headers: { 'retry-after': '1' } });
  const saved = await replaySaved(db, context);
  if (saved !== undefined) throw new Replay(saved);
  await db
    .delete(savedAnswers)
    .where(and(eq(savedAnswers.clientId, context.caller.clientId), eq(savedAnswers.key, idempotency.key)));
}

async function saveAnswer<T>(db: Db, context: Context, idempotency: Idempotency, answer: Answer<T>): Promise<void> {
  const headers: Record<string, string> = {};
  if (answer.version !== undefined) headers.etag = `"${answer.version}"`;
  if (answer.location !== undefined) headers.location = answer.location;
  await db.insert(savedAnswers).values({
    clientId: context.caller.clientId,
    key: idempotency.key,
    fingerprint: idempotency.fingerprint,
    status: answer.status ?? idempotency.status,
    headers,
    body: answer.body ?? null,
    savedAt: new Date(),
  });
}

async function record(db: Db, context: Context, recorded: readonly NewEvent[]): Promise<void> {
  const now = new Date().toISOString();
  const auditRecordId = newId();
  const first = recorded[0];
  const { caller } = context;
  await db.insert(auditRecords).values({
    id: auditRecordId,
    recordedAt: new Date(now),
    clientId: caller.clientId,
    organisationId: caller.organisationId,
    operationId: context.operationId,
    subjectType: first?.subjectType ?? null,
    subjectId: first?.subjectId ?? null,
    eventCount: recorded.length,
    requestId: context.requestId,
    traceId: context.traceId,
  });
  const rows = recorded.map((event, index) => ({
    offset: index + 1,
    id: newId(),
    type: event.type,
    subject_type: event.subjectType,
    subject_id: event.subjectId,
    alliance_id: event.allianceId ?? null,
    organisation_ids: event.organisationIds ?? [],
    data: event.data ?? {},
  }));
  await db.execute(sql`
    with counted as (
      update ${eventCounter} set position = position + ${recorded.length} where only_row returning position
    )
    insert into ${events} (position, id, type, subject_type, subject_id, alliance_id, organisation_ids,
      audit_record_id, occurred_at, data)
    select counted.position - ${recorded.length} + r."offset", r.id, r.type, r.subject_type, r.subject_id,
      r.alliance_id, r.organisation_ids, ${auditRecordId}::uuid, ${now}::timestamptz, r.data
    from counted, jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r("offset" int, id uuid, type text,
      subject_type text, subject_id uuid, alliance_id uuid, organisation_ids uuid[], data jsonb)`);
}

/**
 * The saved answer to the same request with the same key, or undefined.
 * Throws Problem `idempotency_key_reused` when the key was used for another request.
 */
export async function replaySaved(db: Db, context: Context): Promise<SavedAnswer | undefined> {
  const idempotency = context.idempotency;
  if (idempotency === undefined) return undefined;
  const [saved] = await db
    .select()
    .from(savedAnswers)
    .where(
      and(
        eq(savedAnswers.clientId, context.caller.clientId),
        eq(savedAnswers.key, idempotency.key),
        gt(savedAnswers.savedAt, oldestSavedAnswer()),
      ),
    );
  if (saved === undefined) return undefined;
  if (saved.fingerprint !== idempotency.fingerprint) throw new Problem('idempotency_key_reused');
  return { status: saved.status, headers: saved.headers, body: saved.body };
}

/** Removes the saved answers that are past their time; answers how many. */
export async function removeExpiredAnswers(db: Db): Promise<number> {
  const removed = await db
    .delete(savedAnswers)
    .where(lt(savedAnswers.savedAt, oldestSavedAnswer()))
    .returning({ key: savedAnswers.key });
  return removed.length;
}

const oldestSavedAnswer = () => new Date(Date.now() - savedAnswerHours * 3_600_000);

/** The position of the last event; for the node itself, since it tells of everything, also of what is closed. */
export async function lastPosition(db: Db): Promise<number> {
  const [counter] = await db.select({ position: eventCounter.position }).from(eventCounter);
  return counter?.position ?? 0;
}
