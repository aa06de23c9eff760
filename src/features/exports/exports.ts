import { and, count, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { assertScope } from '../../platform/admission.ts';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { conflict, notFound, Problem } from '../../platform/problem.ts';
import { clients } from '../access/tables.ts';
import { commit } from '../events/events.ts';
import { ownExports } from './holding.ts';
import { removeParts } from './parts.ts';
import { type ResourceName, resourceNames } from './resources.ts';
import { scopeOf } from './runner.ts';
import type { ExportQuery, ExportView, NewExport } from './schemas.ts';
import { exports } from './tables.ts';

export { getExportContent } from './content.ts';
export { readArchive } from './reading.ts';
export { removeExpiredExports, voidLostExports } from './retention.ts';
export { countDueExports, runDueExports } from './runner.ts';
export { planFor, takeIn } from './taking-in.ts';

type View = z.output<typeof ExportView>;
type Row = typeof exports.$inferSelect;

/** Exports of one client that wait or run at a time. */
export const maxOpenExports = 10;

function toView(row: Row): View {
  const until = row.finishedAt ?? new Date();
  const state = row.state as View['state'];
  return {
    id: row.id,
    format: row.format as View['format'],
    resources: row.resources as View['resources'],
    state,
    resourceCount: row.resources.length,
    processedCount: row.processedCount,
    rowCount: row.rowCount,
    size: row.size,
    sha256: row.sha256,
    failure: row.failure as View['failure'],
    clientName: row.requester.clientName,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    secondsTaken: row.startedAt === null ? null : Math.max(0, until.getTime() - row.startedAt.getTime()) / 1000,
    expiresAt: row.expiresAt,
    contentUrl: state === 'succeeded' ? `/v1/exports/${row.id}/content` : null,
  };
}

/**
 * Asks for an export of what the caller may see: of the resources that it names, or of all that its token lets it read.
 * Throws insufficient_scope for a resource that it does not, registered_client_required, too_many_exports.
 */
export async function createExport(
  db: Db,
  context: Context,
  { format, resources }: z.output<typeof NewExport>,
): Promise<Answer<View>> {
  const { caller, requestId, traceId } = context;
  for (const name of resources ?? []) assertScope(caller, scopeOf(name));
  const asked =
    resources === undefined ? resourceNames.filter((name) => caller.scopes.has(scopeOf(name))) : inOrder(resources);
  return commit(db, context, async (db, record) => {
    const organisationId = await assertRegistered(db, caller);
    const exportId = newId();
    const row = {
      ...{ id: exportId, clientId: caller.clientId, organisationId, format, resources: asked, state: 'queued' },
      requester: { clientName: caller.clientName, scopes: [...caller.scopes], requestId, traceId },
      createdAt: new Date(),
    };
    const [stored] = await db.insert(exports).values(row).returning();
    record({ type: 'export.requested', subjectType: 'export', subjectId: exportId, organisationIds: [organisationId] });
    return { body: toView(stored as Row), location: `/v1/exports/${exportId}` };
  });
}

/** Each once, in the order of the archive. */
const inOrder = (given: readonly ResourceName[]) => resourceNames.filter((name) => given.includes(name));

/** The organisation of a client of this node, which is locked so that its open exports can be counted. */
async function assertRegistered(db: Db, caller: Caller): Promise<string> {
  const [client] = await db
    .select({ organisationId: clients.organisationId })
    .from(clients)
    .where(sql`${clients.id}::text = ${caller.clientId}`)
    .for('no key update');
  if (client === undefined || client.organisationId !== caller.organisationId)
    throw new Problem('registered_client_required');
  const [open] = await db
    .select({ count: count() })
    .from(exports)
    .where(and(eq(exports.clientId, caller.clientId), inArray(exports.state, ['queued', 'running'])));
  if ((open?.count ?? 0) >= maxOpenExports) throw conflict('too_many_exports', { max: maxOpenExports });
  return client.organisationId;
}

/** One export of the caller with its progress. Throws not_found. */
export async function getExport(db: Db, caller: Caller, exportId: string): Promise<Answer<View>> {
  const [row] = await db
    .select()
    .from(exports)
    .where(and(eq(exports.id, exportId), ownExports(caller)));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** A page of the caller's exports, the last one first. */
export async function listExports(
  db: Db,
  caller: Caller,
  { after, format, state, limit }: z.output<typeof ExportQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const rows = await db
    .select()
    .from(exports)
    .where(
      and(
        ownExports(caller),
        after?.[0] === undefined ? undefined : lt(exports.id, after[0]),
        format === undefined ? undefined : eq(exports.format, format),
        state === undefined ? undefined : eq(exports.state, state),
      ),
    )
    .orderBy(desc(exports.id))
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/**
 * Stops an export that waits or runs; what was made of it is removed. Stopping it again changes nothing. Throws
 * not_found, export_finished.
 */
export async function cancelExport(db: Db, context: Context, exportId: string): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const [row] = await db
      .select()
      .from(exports)
      .where(and(eq(exports.id, exportId), ownExports(caller)))
      .for('update');
    if (row === undefined) throw notFound();
    if (row.state !== 'cancelled') {
      if (row.state !== 'queued' && row.state !== 'running') throw new Problem('export_finished');
      const stopped = { state: 'cancelled', finishedAt: new Date(), leaseToken: null, leaseUntil: null };
      await db.update(exports).set(stopped).where(eq(exports.id, exportId));
      await removeParts(db, exportId);
      const touched = { organisationIds: [row.organisationId] };
      record({ type: 'export.cancelled', subjectType: 'export', subjectId: exportId, ...touched });
    }
    return getExport(db, caller, exportId);
  });
}
