import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { unrestricted } from '../policy/policy.ts';
import { type RetentionRuleId, retentionRuleIds, retentionRules } from './schedule.ts';
import type { RetentionScheduleView } from './schemas.ts';
import { processingRecords, retentionRuns } from './tables.ts';

/** Removes what a rule says, at most so many at a time and those alone whose time has come; answers how many. */
export type RetentionWork = (db: Db, limit: number) => Promise<number>;

/** What the features do for the rules that are theirs. */
export type RetentionWorks = Readonly<Record<Exclude<RetentionRuleId, keyof typeof own>, RetentionWork>>;

/** Rows that one transaction of the schedule removes, so that none of them holds locks for long. */
const batchSize = 500;

async function removeProcessingRecords(db: Db, limit: number): Promise<number> {
  const { id, startedAt } = processingRecords;
  const old = db
    .select({ id })
    .from(processingRecords)
    .where(and(sql`${startedAt} <= now() - interval '3 years'`, unrestricted('node')))
    .orderBy(startedAt)
    .limit(limit);
  const removed = await db
    .delete(processingRecords)
    .where(and(inArray(id, old), unrestricted('node')))
    .returning({ id });
  return removed.length;
}

async function removeRuns(db: Db, limit: number): Promise<number> {
  const { id, finishedAt } = retentionRuns;
  const old = db.select({ id }).from(retentionRuns).where(sql`${finishedAt} <= now() - interval '1 year'`).limit(limit);
  return (await db.delete(retentionRuns).where(inArray(id, old)).returning({ id })).length;
}

const own = {
  'processing-records': removeProcessingRecords,
  'retention-runs': removeRuns,
} as const satisfies Partial<Record<RetentionRuleId, RetentionWork>>;

/** One batch with its count, in one transaction; what was stopped half-way is gone on with. True when more is left. */
async function runBatch(db: Db, ruleId: RetentionRuleId, work: RetentionWork, limit: number): Promise<boolean> {
  return db.transaction(async (db) => {
    const name = `samendoen retention ${ruleId}`;
    const [lock] = await db.execute<{ taken: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as taken`,
    );
    if (lock?.taken !== true) return false;
    const run = await openRun(db, ruleId);
    if (run === undefined) return false;
    const removed = await work(db, limit);
    const done = removed < limit;
    await db
      .update(retentionRuns)
      .set({ removedCount: sql`${retentionRuns.removedCount} + ${removed}`, finishedAt: done ? new Date() : null })
      .where(eq(retentionRuns.id, run));
    return !done;
  });
}

/** The open run of a rule, or a new one when it is due; undefined when it is not. */
async function openRun(db: Db, ruleId: RetentionRuleId): Promise<string | undefined> {
  const { id, finishedAt } = retentionRuns;
  const ofRule = eq(retentionRuns.ruleId, ruleId);
  const [open] = await db
    .select({ id })
    .from(retentionRuns)
    .where(and(ofRule, isNull(finishedAt)));
  if (open !== undefined) return open.id;
  const [last] = await db
    .select({ startedAt: retentionRuns.startedAt })
    .from(retentionRuns)
    .where(ofRule)
    .orderBy(desc(id))
    .limit(1);
  const now = new Date();
  const everyMs = retentionRules[ruleId].everyMinutes * 60_000;
  if (last !== undefined && last.startedAt.getTime() > now.getTime() - everyMs) return undefined;
  const run = newId();
  await db.insert(retentionRuns).values({ id: run, ruleId, startedAt: now });
  return run;
}

/**
 * Runs every rule that is due, batch by batch, until nothing is left or the signal aborts; then the next call goes on.
 * A rule that fails keeps none of the others; its error is thrown at the end.
 */
export async function keepSchedule(
  db: Db,
  works: RetentionWorks,
  { signal, limit = batchSize }: { readonly signal: AbortSignal; readonly limit?: number },
): Promise<void> {
  const all: Record<RetentionRuleId, RetentionWork> = { ...works, ...own };
  const faults: unknown[] = [];
  for (const ruleId of retentionRuleIds) {
    try {
      let more = true;
      while (more && !signal.aborted) more = await runBatch(db, ruleId, all[ruleId], limit);
    } catch (error) {
      faults.push(error);
    }
  }
  if (faults.length > 0) throw faults[0];
}

/** The retention schedule with the last run of each rule. */
export async function listRetentionRules(db: Db): Promise<Answer<z.output<typeof RetentionScheduleView>>> {
  const rows = await db
    .selectDistinctOn([retentionRuns.ruleId])
    .from(retentionRuns)
    .orderBy(retentionRuns.ruleId, desc(retentionRuns.id));
  const last = new Map(
    rows.map(({ ruleId, startedAt, finishedAt, removedCount }) => [ruleId, { startedAt, finishedAt, removedCount }]),
  );
  const items = retentionRuleIds.map((id) => ({ ...retentionRules[id], lastRun: last.get(id) ?? null }));
  return { body: { items } };
}

/** A rule that never ran waits since this process began. */
const begunAt = new Date();

/** Rules that are due, by the last run of each: one that was stopped half-way since it began. */
export const countDueRules = (db: Db): Promise<Backlog> => {
  const rules = retentionRuleIds.map((id) => ({ id, minutes: retentionRules[id].everyMinutes }));
  return countDue(
    db,
    sql`select since from (
      select case when last.id is null then ${begunAt.toISOString()}::timestamptz
        when last.finished_at is null then last.started_at
        else last.started_at + make_interval(mins => rule.minutes) end as since
      from jsonb_to_recordset(${JSON.stringify(rules)}::jsonb) as rule(id text, minutes int)
      left join lateral (select r.id, r.started_at, r.finished_at from ${retentionRuns} r where r.rule_id = rule.id
        order by r.id desc limit 1) last on true) rules where since <= now()`,
  );
};
