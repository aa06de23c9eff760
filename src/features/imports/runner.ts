import { and, eq, sql } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Context } from '../../platform/caller.ts';
import { type Db, sqlState } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Imported } from '../../platform/imported.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { type PendingRow, processRows } from './processing.ts';
import { importRows, imports } from './tables.ts';

/** How the background job works; `onBatch` is told after each batch, by the number of rows. */
export type RunOptions = {
  readonly signal: AbortSignal;
  readonly log: Pick<FastifyBaseLogger, 'error' | 'info'>;
  readonly batchSize?: number;
  readonly leaseSeconds?: number;
  readonly onBatch?: (importId: string) => void | Promise<void>;
};

type Job = typeof imports.$inferSelect;

/** After so many failures in a row of the same batch, an import is given up. */
const maxFailedAttempts = 10;
const retrySeconds = 5;
/**
 * How long others leave an import to whoever works on it. A batch under way holds the row as well, so that this need not
 * be longer than the moment between two batches, and the import of a process that was killed soon goes on.
 */
const leaseSeconds = 5;

/**
 * Takes the import that is due first and works on it until it is done, the signal aborts, or another takes it over.
 * Each batch is one transaction of changes, events, report and progress, so that a job that dies goes on with the rows
 * that have no outcome. Answers whether there was one. Imports of one source run one after another, in order of request.
 */
export async function runDueImports(db: Db, options: RunOptions): Promise<boolean> {
  const token = newId();
  const job = await claim(db, token, options.leaseSeconds ?? leaseSeconds);
  if (job === undefined) return false;
  const size = options.batchSize ?? 500;
  let limit = size;
  while (!options.signal.aborted) {
    const outcome = await tryBatch(db, job, token, { ...options, limit });
    if (outcome === 'done') return true;
    limit = outcome === 'more' ? size : Math.max(1, Math.floor(limit / 2));
  }
  await release(db, token);
  return true;
}

/** Runs one batch; one that the data of a row made fail is told as `split`, and when it was that row alone, it is refused. */
async function tryBatch(
  db: Db,
  job: Job,
  token: string,
  { limit, leaseSeconds: seconds, log, onBatch }: RunOptions & { limit: number },
): Promise<'done' | 'more' | 'split'> {
  try {
    const more = await runBatch(db, job, token, limit, seconds ?? leaseSeconds);
    await onBatch?.(job.id);
    return more ? 'more' : 'done';
  } catch (error) {
    if (!isFaultOfData(error)) {
      await giveBack(db, token);
      throw error;
    }
    log.error({ importId: job.id, rows: limit, sqlState: sqlState(error) }, 'a batch was refused; it is split');
    if (limit === 1) await refuseNext(db, job, token);
    return 'split';
  }
}

/** Integrity and data exceptions: a fault of a row, so that trying the same batch again cannot help. */
const isFaultOfData = (error: unknown) => /^2[23]/.test(sqlState(error) ?? '');

/** Imports that are not done, also one that is worked on: each is due since it was asked for. */
export const countDueImports = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select created_at as since from ${imports} where state in ('queued', 'running')`);

async function claim(db: Db, token: string, seconds: number): Promise<Job | undefined> {
  const lease = sql`now() + make_interval(secs => ${seconds})`;
  const due = sql`(select i.id from ${imports} i
    where i.state in ('queued', 'running') and (i.lease_until is null or i.lease_until < now())
      and not exists (select from ${imports} e where e.source = i.source and e.id < i.id and e.state in ('queued', 'running'))
    order by i.id limit 1 for update skip locked)`;
  const [job] = await db
    .update(imports)
    .set({
      state: 'running',
      leaseToken: token,
      leaseUntil: lease,
      startedAt: sql`coalesce(${imports.startedAt}, now())`,
    })
    .where(sql`${imports.id} = ${due}`)
    .returning();
  return job;
}

const release = (db: Db, token: string) =>
  db.update(imports).set({ leaseUntil: sql`now()`, leaseToken: null }).where(eq(imports.leaseToken, token));

async function giveBack(db: Db, token: string): Promise<void> {
  const failed = sql`${imports.failedAttempts} + 1 >= ${maxFailedAttempts}`;
  await db
    .update(imports)
    .set({
      failedAttempts: sql`${imports.failedAttempts} + 1`,
      state: sql`case when ${failed} then 'failed' else ${imports.state} end`,
      finishedAt: sql`case when ${failed} then now() end`,
      leaseToken: null,
      leaseUntil: sql`now() + make_interval(secs => ${retrySeconds})`,
    })
    .where(and(eq(imports.leaseToken, token), eq(imports.state, 'running')))
    .catch(() => undefined);
}

/** The write of a job is recorded as one by the client that asked for the import. */
function contextOf({ requester }: Job): Context {
  const { requestId, traceId, ...caller } = requester;
  return { caller: { ...caller, scopes: new Set() }, operationId: 'runImport', requestId, traceId };
}

async function runBatch(db: Db, job: Job, token: string, limit: number, seconds: number): Promise<boolean> {
  const { body } = await commit(db, contextOf(job), async (db, record) => {
    if (!(await holdLease(db, job, token))) return { body: false };
    const rows = await nextRows(db, job, limit);
    const results = job.dryRun
      ? await rehearse(db, job, rows)
      : await processRows(db, contextOf(job), record, job, rows);
    await report(db, job, rows, results, seconds);
    const more = await hasPending(db, job);
    if (!more) await finish(db, job, record);
    return { body: more };
  });
  return body;
}

/** One batch at a time changes the register, over all nodes; and only whoever holds the lease of the import. */
async function holdLease(db: Db, job: Job, token: string): Promise<boolean> {
  await db.execute(sql`select pg_advisory_xact_lock(hashtextextended('imports', 0))`);
  const held = await db
    .select({ id: imports.id })
    .from(imports)
    .where(and(eq(imports.id, job.id), eq(imports.leaseToken, token), eq(imports.state, 'running')))
    .for('update');
  return held.length === 1;
}

/**
 * The next rows without an outcome. An organisation whose successor is a pending row of the same file waits for it,
 * unless all that is left waits for each other.
 */
async function nextRows(db: Db, job: Job, limit: number): Promise<PendingRow[]> {
  const select = (condition = sql`true`) =>
    db.execute<PendingRow>(sql`
      select line, key, content, faults from ${importRows} r
      where r.import_id = ${job.id} and r.outcome = 'pending' and ${condition} order by r.line limit ${limit}`);
  if (!job.columns.includes('successorKey')) return select();
  const ready = await select(sql`not exists (select from ${importRows} s where s.import_id = r.import_id
    and s.key = r.content ->> 'successorKey' and s.outcome = 'pending' and s.content is not null)`);
  return ready.length > 0 ? ready : select();
}

class Rehearsed extends Error {
  readonly results: Imported[];

  constructor(results: Imported[]) {
    super('a dry run is undone');
    this.results = results;
  }
}

/** Does everything and undoes it: only the outcome is kept. */
async function rehearse(db: Db, job: Job, rows: PendingRow[]): Promise<Imported[]> {
  try {
    await db.transaction(async (db) => {
      throw new Rehearsed(await processRows(db, contextOf(job), () => undefined, job, rows));
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
    return error.results.map((result) => (result.outcome === 'created' ? { ...result, id: null } : result));
  }
  return [];
}

async function report(
  db: Db,
  job: Job,
  rows: readonly PendingRow[],
  results: readonly Imported[],
  seconds: number,
): Promise<void> {
  const faultsOf = new Map(rows.map((row) => [row.line, row.faults]));
  const done = results.map((result) => ({
    ...result,
    faults: [...(faultsOf.get(result.line) ?? []), ...result.faults],
  }));
  await db.execute(sql`
    update ${importRows} set outcome = r.outcome, faults = r.faults, subject_id = r.id
    from jsonb_to_recordset(${JSON.stringify(done)}::jsonb) as r(line int, outcome text, faults jsonb, id uuid)
    where import_id = ${job.id} and ${importRows}.line = r.line and ${importRows}.outcome = 'pending'`);
  const count = (outcome: Imported['outcome']) => done.filter((one) => one.outcome === outcome).length;
  const warnings = done.filter((one) => one.outcome !== 'refused' && one.faults.length > 0).length;
  await db
    .update(imports)
    .set({
      processedCount: sql`${imports.processedCount} + ${done.length}`,
      createdCount: sql`${imports.createdCount} + ${count('created')}`,
      updatedCount: sql`${imports.updatedCount} + ${count('updated')}`,
      unchangedCount: sql`${imports.unchangedCount} + ${count('unchanged')}`,
      refusedCount: sql`${imports.refusedCount} + ${count('refused')}`,
      warningCount: sql`${imports.warningCount} + ${warnings}`,
      failedAttempts: 0,
      leaseUntil: sql`clock_timestamp() + make_interval(secs => ${seconds})`,
    })
    .where(eq(imports.id, job.id));
}

async function hasPending(db: Db, job: Job): Promise<boolean> {
  const pending = await db
    .select({ line: importRows.line })
    .from(importRows)
    .where(and(eq(importRows.importId, job.id), eq(importRows.outcome, 'pending')))
    .limit(1);
  return pending.length > 0;
}

async function finish(db: Db, job: Job, record: (event: NewEvent) => void): Promise<void> {
  const ended = { state: 'succeeded', finishedAt: sql`now()`, leaseToken: null, leaseUntil: null };
  await db.update(imports).set(ended).where(eq(imports.id, job.id));
  record({ type: 'import.finished', subjectType: 'import', subjectId: job.id });
}

/** The last resort for a row that the database will not take, so that it does not hold up the others. */
async function refuseNext(db: Db, job: Job, token: string): Promise<void> {
  await db.transaction(async (db) => {
    if (!(await holdLease(db, job, token))) return;
    const rows = await nextRows(db, job, 1);
    const refused = rows.map(
      ({ line }): Imported => ({
        line,
        id: null,
        outcome: 'refused',
        faults: [{ column: '', code: 'not_stored' }],
      }),
    );
    await report(db, job, rows, refused, leaseSeconds);
  });
}
