import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { FastifyBaseLogger } from 'fastify';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { type Caller, type Context, type Scope, scopes } from '../../platform/caller.ts';
import { type Db, sqlState } from '../../platform/db.ts';
import { Leases } from '../../platform/leases.ts';
import { clients } from '../access/tables.ts';
import { commit } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { manifestOf, packArchive } from './archive.ts';
import { type CollectedFile, collect, type Format, readCollected } from './collection.ts';
import { readHeld, stillHolds } from './holding.ts';
import { archiveFile, cut, Lost, removeParts, type Store, storeOf } from './parts.ts';
import { exportedResources, type ResourceName } from './resources.ts';
import { exportSubjects, exports } from './tables.ts';

/** How the background job works; `onStep` is told after the snapshot was read, and after the archive was written. */
export type RunOptions = {
  readonly signal: AbortSignal;
  readonly log: Pick<FastifyBaseLogger, 'error' | 'info'>;
  /** The address of the node, for the manifest. */
  readonly baseUrl: string;
  readonly leaseSeconds?: number;
  readonly onStep?: (step: 'begun' | 'collected' | 'packed', exportId: string) => void | Promise<void>;
};

type Job = typeof exports.$inferSelect;
type Failure = 'client_inactive' | 'scope_lost' | 'fault';

/** The export cannot be made for this client any more. */
class Refused extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure);
    this.failure = failure;
  }
}

/** Something that was read was erased, or taken from the organisation, while the archive was made: it is made anew. */
class Outdated extends Error {}

const maxFailedAttempts = 5;
const retrySeconds = 5;
const defaultLeaseSeconds = 15;
const keptDays = 7;

/** Exports that wait or are being made. */
export const countDueExports = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select created_at as since from ${exports} where state in ('queued', 'running')`);

/**
 * Takes the export that is due first and makes its archive; one that a process died over is begun anew once its lease has
 * run out, five times at most. Answers whether there was one.
 */
export async function runDueExports(db: Db, options: RunOptions): Promise<boolean> {
  const leaseSeconds = options.leaseSeconds ?? defaultLeaseSeconds;
  const leases = new Leases(exports, { leaseSeconds, retrySeconds, maxFailedAttempts }, { abandoned: removeParts });
  // What an earlier try had counted.
  const claimed = await leases.claim(db, sql`, processed_count = 0, row_count = 0`);
  if (claimed === undefined) return false;
  const { id, token } = claimed;
  const [job] = await db.select().from(exports).where(eq(exports.id, id));
  try {
    await make(db, job as Job, { token, leaseSeconds, ...options });
  } catch (error) {
    if (await end(db, leases, { id, token }, error, options.signal)) {
      options.log.error({ exportId: id, sqlState: sqlState(error) }, 'an export failed; it will be tried again');
      throw error;
    }
  }
  return true;
}

/** Ends a run that made no archive; answers whether it failed. Where its lease is lost, what went wrong follows from that. */
async function end(
  db: Db,
  leases: Leases,
  { id, token }: { readonly id: string; readonly token: string },
  error: unknown,
  signal: AbortSignal,
): Promise<boolean> {
  if (error instanceof Lost) return false;
  if (error instanceof Refused) {
    if (await leases.fail(db, token, error.failure)) await removeParts(db, id);
    return false;
  }
  if (error instanceof Outdated || signal.aborted) {
    await leases.release(db, token);
    return false;
  }
  const failed = await leases.giveBack(db, token);
  if (failed) await removeParts(db, id);
  return failed;
}

type Run = RunOptions & { readonly token: string; readonly leaseSeconds: number };

async function make(db: Db, job: Job, run: Run): Promise<void> {
  const store = storeOf(db, { id: job.id, ...run });
  // What an earlier try left behind.
  await removeParts(db, job.id);
  await db.delete(exportSubjects).where(eq(exportSubjects.exportId, job.id));
  await run.onStep?.('begun', job.id);
  const snapshot = await readSnapshot(db, job, store);
  await run.onStep?.('collected', job.id);
  const { size, sha256 } = await pack(db, job, store, { ...run, ...snapshot });
  await run.onStep?.('packed', job.id);
  await finish(db, job, { ...run, caller: snapshot.caller, size, sha256 });
}

type Snapshot = {
  readonly caller: Caller & { readonly organisationId: string };
  readonly organisationName: string;
  readonly madeAt: string;
  readonly files: readonly CollectedFile[];
};

/**
 * Reads everything in one snapshot, under the policy as it is when it begins: the client, its organisation and its scopes
 * are read anew. It is not read only, since what was read of people leaves its records of processing with it.
 */
const readSnapshot = (db: Db, job: Job, store: Store): Promise<Snapshot> =>
  db.transaction(
    async (db) => {
      const { caller, organisationName, madeAt } = await callerOf(db, job);
      await store.bind(await readHeld(db, caller.organisationId));
      const context: Context = { ...traceOf(job), caller, operationId: 'runExport' };
      const names = job.resources as ResourceName[];
      const files = await collect({ db, context }, store, names, job.format as Format);
      return { caller, organisationName, madeAt, files };
    },
    { isolationLevel: 'repeatable read' },
  );

const traceOf = ({ requester: { requestId, traceId } }: Job) => ({ requestId, traceId });

/** The caller for whom the job works. Throws Refused where the client is not what it was, or lost a scope. */
async function callerOf(db: Db, job: Job): Promise<Omit<Snapshot, 'files'>> {
  const [client] = await db
    .select({
      name: clients.name,
      organisationId: clients.organisationId,
      organisationName: organisations.name,
      scopes: clients.scopes,
      administrator: clients.administrator,
      disabledAt: clients.disabledAt,
      now: sql<string>`to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    })
    .from(clients)
    .innerJoin(organisations, eq(organisations.id, clients.organisationId))
    .where(sql`${clients.id}::text = ${job.clientId}`);
  if (client === undefined || client.disabledAt !== null || client.organisationId !== job.organisationId)
    throw new Refused('client_inactive');
  const granted = new Set(
    scopes.filter((scope) => client.scopes.includes(scope) && job.requester.scopes.includes(scope)),
  );
  if (job.resources.some((name) => !granted.has(scopeOf(name)))) throw new Refused('scope_lost');
  const { name: clientName, organisationId, administrator, organisationName, now } = client;
  const caller = { clientId: job.clientId, clientName, organisationId, administrator, scopes: granted };
  return { caller, organisationName, madeAt: now };
}

/** The scope that a resource asks for. */
export const scopeOf = (name: string): Scope => exportedResources[name as ResourceName].scope;

async function pack(
  db: Db,
  job: Job,
  store: Store,
  { baseUrl, caller, organisationName, madeAt, files, signal }: Run & Snapshot,
): Promise<{ size: number; sha256: string }> {
  const manifest = manifestOf({
    url: baseUrl,
    format: job.format as Format,
    exportId: job.id,
    madeAt,
    madeFor: {
      client: { id: caller.clientId, name: caller.clientName },
      organisation: { id: caller.organisationId, name: organisationName },
      administrator: caller.administrator,
    },
    resources: files,
  });
  const hash = createHash('sha256');
  let size = 0;
  let number = 0;
  const bytes = packArchive(manifest, (name) => readCollected(db, job.id, name));
  for await (const part of cut(bytes)) {
    signal.throwIfAborted();
    hash.update(part);
    size += part.length;
    await store.add(archiveFile, number++, part);
  }
  return { size, sha256: hash.digest('hex') };
}

type Finished = Run & { readonly caller: Caller & { readonly organisationId: string }; size: number; sha256: string };

/** Whoever voids exports takes this lock first, so that none is finished past it with what it voids. */
const lockExports = (db: Db) => db.execute(sql`select pg_advisory_xact_lock(hashtextextended('samendoen exports', 0))`);

async function finish(db: Db, job: Job, { token, caller, size, sha256 }: Finished): Promise<void> {
  const context: Context = { ...traceOf(job), caller, operationId: 'runExport' };
  await commit(db, context, async (db, record) => {
    await lockExports(db);
    const [held] = await db
      .select({ holds: sql<boolean>`${stillHolds(caller.organisationId, sql`${job.id}::uuid`)}` })
      .from(exports)
      .where(and(eq(exports.id, job.id), eq(exports.leaseToken, token), eq(exports.state, 'running')))
      .for('update');
    if (held === undefined) throw new Lost();
    if (!held.holds) throw new Outdated();
    await db
      .update(exports)
      .set({
        ...{ state: 'succeeded', size, sha256, leaseToken: null, leaseUntil: null, finishedAt: sql`now()` },
        expiresAt: sql`now() + make_interval(days => ${keptDays})`,
      })
      .where(eq(exports.id, job.id));
    await removeParts(db, job.id, archiveFile);
    const { organisationId } = job;
    record({ type: 'export.finished', subjectType: 'export', subjectId: job.id, organisationIds: [organisationId] });
    return { body: undefined };
  });
}
