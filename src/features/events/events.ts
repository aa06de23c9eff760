import { and, eq, lt, sql } from 'drizzle-orm';
import { type Answer, Replay, type SavedAnswer } from '../../platform/answer.ts';
import type { Context, Idempotency } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { misdirected } from '../../platform/misdirected.ts';
import { execute, prepared } from '../../platform/prepared.ts';
import { Problem } from '../../platform/problem.ts';
import { type AuditFields, auditText } from './audit-chain.ts';
import type { EventType } from './event-types.ts';
import { eventCounter, savedAnswers } from './tables.ts';

const { placeholder } = sql;

export { auditLine, auditText } from './audit-chain.ts';
export { type EventRow, type EventSource, eventSourceOf, toCloudEvent } from './cloud-events.ts';
export { publishedName, typesNamed, typesWithin } from './event-types.ts';
export { eventColumns, renewEpoch } from './feed.ts';
export type { FeedDeps } from './reading.ts';
export { Tail } from './tail.ts';

/** How long the answer to a write with an idempotency key is kept. */
export const savedAnswerHours = 24;

/** What happened, to what, in which alliance, and which organisations it touches; `data` holds identifiers, never content. */
export type NewEvent = {
  readonly type: EventType;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly allianceId?: string | undefined;
  readonly organisationIds?: readonly string[] | undefined;
  readonly data?: Record<string, unknown> | undefined;
};

/**
 * Runs a write as one transaction: the work, its audit record, the saved answer and its events commit together or not
 * at all. The event counter is updated by the last statement, so that positions are dense and in order of commit.
 * Throws Problem `idempotency_in_flight` or `idempotency_key_reused`, Replay when the answer was saved before, and
 * `misdirected` where an event is about what another node keeps: only a write that takes over from there may change it.
 */
export async function commit<T>(
  db: Db,
  context: Context,
  work: (db: Db, record: (event: NewEvent) => void) => Promise<Answer<T>>,
): Promise<Answer<T>> {
  const written = db.transaction(async (db) => {
    const idempotency = context.idempotency;
    if (idempotency !== undefined) await claimKey(db, context, idempotency);
    const recorded: NewEvent[] = [];
    const answer = await work(db, (event) => recorded.push(event));
    if (idempotency !== undefined) await saveAnswer(db, context, idempotency, answer);
    if (recorded.length > 0) await recordDeed(db, context, recorded);
    return answer;
  });
  return written.catch((error: unknown) => {
    throw misdirection(error, context) ?? error;
  });
}

/** What the guard of the database says of a write to what is kept elsewhere, with the address to be asked there. */
function misdirection(error: unknown, context: Context): Problem | undefined {
  const { code, detail } = error as { code?: unknown; detail?: unknown };
  if (code !== 'SD421' || typeof detail !== 'string') return undefined;
  return misdirected(detail, context, error);
}

async function claimKey(db: Db, context: Context, { key }: Idempotency): Promise<void> {
  const lock = `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken`;
  const [row] = await execute<{ taken: boolean }>(db, lock, [`${context.caller.clientId}\n${key}`]);
  if (row?.taken !== true) throw new Problem('idempotency_in_flight', { headers: { 'retry-after': '1' } });
  const saved = await replaySaved(db, context);
  if (saved !== undefined) throw new Replay(saved);
}

// An older answer under the same key is past its time, or it would have been given again.
const save = `insert into saved_answers (client_id, key, fingerprint, status, headers, body, saved_at)
  values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::timestamptz)
  on conflict (client_id, key) do update set fingerprint = excluded.fingerprint, status = excluded.status,
    headers = excluded.headers, body = excluded.body, saved_at = excluded.saved_at`;

async function saveAnswer<T>(db: Db, context: Context, idempotency: Idempotency, answer: Answer<T>): Promise<void> {
  const headers: Record<string, string> = {};
  if (answer.version !== undefined) headers.etag = `"${answer.version}"`;
  if (answer.location !== undefined) headers.location = answer.location;
  await execute(db, save, [
    context.caller.clientId,
    idempotency.key,
    idempotency.fingerprint,
    answer.status ?? idempotency.status,
    JSON.stringify(headers),
    JSON.stringify(answer.kept ?? answer.body ?? null),
    new Date().toISOString(),
  ]);
}

// The counter is the last that is locked, by the last statement of the transaction. It holds the hash of the last audit
// record, so that the chain has one order, which is that of commit. Before it is locked, `kept_here` refuses what another
// node keeps, within this statement, so that no write waits for a further answer of the database.
const recordAll = `
  with counted as (
    update event_counter set position = position + $8::int, audit_number = audit_number + 1,
      audit_previous_hash = audit_hash, audit_hash = sha256(convert_to($17::text || chr(10) || 'number='
        || (audit_number + 1) || chr(10) || 'previousHash' || coalesce('=' || encode(audit_hash, 'hex'), ''), 'UTF8'))
    where only_row and kept_here($18::jsonb) returning position, audit_number, audit_previous_hash, audit_hash
  ), audited as (
    insert into audit_records (id, recorded_at, client_id, organisation_id, operation_id, subject_type, subject_id,
      event_count, request_id, trace_id, outcome, status, code, alliance_id, times, number, previous_hash, hash)
    select $1::uuid, $2::timestamptz, $3, $4::uuid, $5, $6, $7::uuid, $8::int, $9, $10, $12, $13::int, $14, $15::uuid,
      $16::int, counted.audit_number, counted.audit_previous_hash, counted.audit_hash from counted
    returning id, recorded_at
  )
  insert into events (position, id, type, subject_type, subject_id, alliance_id, organisation_ids, audit_record_id,
    occurred_at, data)
  select counted.position - $8::int + r."offset", r.id, r.type, r.subject_type, r.subject_id, r.alliance_id,
    r.organisation_ids, audited.id, audited.recorded_at, r.data
  from counted, audited, jsonb_to_recordset($11::jsonb) as r("offset" int, id uuid, type text, subject_type text,
    subject_id uuid, alliance_id uuid, organisation_ids uuid[], data jsonb)`;

async function record(
  db: Db,
  fields: AuditFields,
  { events, guarded }: { readonly events: readonly object[]; readonly guarded: readonly object[] },
): Promise<void> {
  await execute(db, recordAll, [
    fields.id,
    fields.recordedAt,
    fields.clientId,
    fields.organisationId,
    fields.operationId,
    fields.subjectType,
    fields.subjectId,
    fields.eventCount,
    fields.requestId,
    fields.traceId,
    JSON.stringify(events),
    fields.outcome,
    fields.status,
    fields.code,
    fields.allianceId,
    fields.times,
    auditText(fields),
    JSON.stringify(guarded),
  ]);
}

async function recordDeed(db: Db, context: Context, recorded: readonly NewEvent[]): Promise<void> {
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
  const deed: AuditFields = {
    ...recordedNow(),
    ...actorOf(context),
    ...{ outcome: 'succeeded', status: null, code: null },
    ...subjectOf(recorded),
    ...{ eventCount: recorded.length, times: 1 },
  };
  await record(db, deed, { events: rows, guarded: context.replicates === true ? [] : recorded });
}

/** What a write is about. */
export type WriteSubject = Pick<AuditFields, 'subjectType' | 'subjectId' | 'allianceId'>;

const subjectOf = ([first]: readonly NewEvent[]): WriteSubject => ({
  subjectType: first?.subjectType ?? null,
  subjectId: first?.subjectId ?? null,
  allianceId: first?.allianceId ?? null,
});

const recordedNow = () => ({ id: newId(), recordedAt: new Date().toISOString() });

const actorOf = ({ caller: { clientId, organisationId }, operationId, requestId, traceId }: Context) => ({
  ...{ clientId, organisationId, operationId },
  ...{ requestId, traceId },
});

const nothing = { events: [], guarded: [] };

/**
 * What became of a write that was carried to the node that keeps what it is about: it was done or refused there, or that is
 * not known, since no usable answer came.
 */
export type RelayedOutcome = Pick<AuditFields, 'status' | 'code'> & {
  readonly outcome: 'succeeded' | 'refused' | 'unknown';
};

/**
 * Records what became of a write that another node was asked to do, and keeps the answer for a repeated request. Of what
 * was refused there the subject is not recorded, as of any refusal. Throws as `commit` does where the key of the request is
 * in use.
 */
export async function recordRelayed<T>(
  db: Db,
  context: Context,
  subject: WriteSubject,
  { outcome, status, code, answer }: RelayedOutcome & { readonly answer?: Answer<T> },
): Promise<void> {
  const about = outcome === 'refused' ? subjectOf([]) : subject;
  await db.transaction(async (db) => {
    const { idempotency } = context;
    if (idempotency !== undefined && answer !== undefined) {
      await claimKey(db, context, idempotency);
      await saveAnswer(db, context, idempotency, answer);
    }
    const deed = { ...recordedNow(), ...actorOf(context), ...about, ...{ outcome, status, code } };
    await record(db, { ...deed, eventCount: 0, times: 1 }, nothing);
  });
}

/** What is recorded of a refusal: neither what it was about nor anything that was sent. */
export type RecordedRefusal = Pick<
  AuditFields,
  'clientId' | 'organisationId' | 'operationId' | 'status' | 'code' | 'times' | 'requestId' | 'traceId'
>;

/** Records that something was refused, by one statement, which is a transaction of its own. */
export async function recordRefusal(db: Db, refusal: RecordedRefusal): Promise<void> {
  await record(db, { ...refusal, ...subjectOf([]), ...recordedNow(), eventCount: 0, outcome: 'refused' }, nothing);
}

/**
 * The saved answer to the same request with the same key, or undefined.
 * Throws Problem `idempotency_key_reused` when the key was used for another request.
 */
export async function replaySaved(db: Db, context: Context): Promise<SavedAnswer | undefined> {
  const idempotency = context.idempotency;
  if (idempotency === undefined) return undefined;
  const query = prepared(db, 'replaySaved', () =>
    db
      .select({
        fingerprint: savedAnswers.fingerprint,
        status: savedAnswers.status,
        headers: savedAnswers.headers,
        body: savedAnswers.body,
      })
      .from(savedAnswers)
      .where(
        and(
          eq(savedAnswers.clientId, placeholder('clientId')),
          eq(savedAnswers.key, placeholder('key')),
          sql`${savedAnswers.savedAt} > ${placeholder('since')}::timestamptz`,
        ),
      ),
  );
  const since = oldestSavedAnswer().toISOString();
  const [saved] = await query.execute({ clientId: context.caller.clientId, key: idempotency.key, since });
  if (saved === undefined) return undefined;
  if (saved.fingerprint !== idempotency.fingerprint) throw new Problem('idempotency_key_reused');
  return { status: saved.status, headers: saved.headers, body: saved.body };
}

/** Removes saved answers that are past their time, at most so many; answers how many. */
export async function removeExpiredAnswers(db: Db, limit = 10_000): Promise<number> {
  const { clientId, key, savedAt } = savedAnswers;
  const old = db.select({ clientId, key }).from(savedAnswers).where(lt(savedAt, oldestSavedAnswer())).limit(limit);
  const removed = await db.delete(savedAnswers).where(sql`(${clientId}, ${key}) in ${old}`).returning({ key });
  return removed.length;
}

/**
 * Removes every saved answer in which an identifier stands, in the transaction of an erasure; answers how many. It reads
 * all of them, which are those of one day, rather than trust that each was marked.
 */
export async function removeAnswersNaming(db: Db, id: string): Promise<number> {
  const { body, headers, key } = savedAnswers;
  const removed = await db
    .delete(savedAnswers)
    .where(sql`position(${id} in ${body}::text) > 0 or position(${id} in ${headers}::text) > 0`)
    .returning({ key });
  return removed.length;
}

const oldestSavedAnswer = () => new Date(Date.now() - savedAnswerHours * 3_600_000);

/** The position of the last event; for the node itself, since it tells of everything, also of what is closed. */
export async function lastPosition(db: Db): Promise<number> {
  const [counter] = await db.select({ position: eventCounter.position }).from(eventCounter);
  return counter?.position ?? 0;
}
