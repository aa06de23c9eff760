import { and, eq, gt, inArray, isNotNull, lte, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { clients } from '../access/tables.ts';
import { lastPosition, publishedName, typesWithin } from '../events/events.ts';
import { events } from '../events/tables.ts';
import { visibleEvents } from '../policy/event-sight.ts';
import { type Endpoint, readEndpoints, readerName } from './readers.ts';
import { dropDeliveries, hasQueued } from './results.ts';
import { isNamed } from './rules.ts';
import { webhookDeliveries, webhookDispatch, webhooks } from './tables.ts';

/** Events that are dispatched by one transaction. */
const batchSize = 1000;
/** Deliveries that it may queue. */
const maxRows = 20_000;

/**
 * Queues the next events for every endpoint whose filter names them and whose client may see them now. The position is
 * moved in the same transaction, under a lock that one process has at a time, so that nothing is lost and nothing is
 * queued twice. Answers whether more is left.
 */
export async function dispatchEvents(db: Db, limit = batchSize): Promise<boolean> {
  return db.transaction(async (db) => {
    const [at] = await db.select().from(webhookDispatch).for('update', { skipLocked: true });
    if (at === undefined) return false;
    // Positions are in order of commit, so that everything up to the last is there; endpoints are read after it, so
    // that none is missed that was registered before one of these events.
    const last = await lastPosition(db);
    if (last <= at.position) return false;
    const endpoints = await readEndpoints(db);
    const step = Math.max(1, Math.min(limit, Math.floor(maxRows / Math.max(1, endpoints.length))));
    const position = endpoints.length === 0 ? last : Math.min(last, at.position + step);
    const range = { after: at.position, upTo: position };
    for (const alike of groupBy(endpoints, readerName)) await queue(db, alike, range);
    await db.update(webhookDispatch).set({ position });
    return position < last;
  });
}

type Range = { readonly after: number; readonly upTo: number };

function groupBy<T>(items: readonly T[], nameOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Queues what one reader may see for its endpoints. */
async function queue(db: Db, endpoints: readonly Endpoint[], { after, upTo }: Range): Promise<void> {
  const [reader] = endpoints;
  const from = Math.max(after, Math.min(...endpoints.map(({ fromPosition }) => fromPosition)));
  if (reader === undefined || from >= upTo) return;
  const seen = await db
    .select({ position: events.position, id: events.id, type: events.type, allianceId: events.allianceId })
    .from(events)
    .where(
      and(
        gt(events.position, from),
        lte(events.position, upTo),
        inArray(events.type, typesWithin(reader.scopes)),
        visibleEvents(reader),
      ),
    )
    .orderBy(events.position);
  const told = seen.map((event) => ({ ...event, type: publishedName(event.type) }));
  const rows = endpoints.flatMap((endpoint) =>
    told
      .filter((event) => isFor(endpoint, event))
      .map(({ id, position, type }) => ({ id: newId(), webhookId: endpoint.id, eventId: id, position, type })),
  );
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${webhookDeliveries} (id, webhook_id, event_id, position, type, state, due_at, created_at)
    select r.id, r."webhookId", r."eventId", r.position, r.type, 'queued', now(), now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, "webhookId" uuid, "eventId" uuid,
      position bigint, type text)
    on conflict (webhook_id, event_id) do nothing`);
}

type Told = { readonly position: number; readonly type: string; readonly allianceId: string | null };

const isFor = (endpoint: Endpoint, event: Told): boolean =>
  event.position > endpoint.fromPosition &&
  (endpoint.allianceId === null || endpoint.allianceId === event.allianceId) &&
  isNamed(endpoint.types, event.type);

/** Drops what is queued for clients that are disabled, at most so many; answers whether there was any. */
export async function dropOfDisabledClients(db: Db, limit = batchSize): Promise<boolean> {
  const ended = db
    .select({ id: webhooks.id })
    .from(webhooks)
    .innerJoin(clients, eq(clients.id, webhooks.clientId))
    .where(and(isNotNull(clients.disabledAt), hasQueued(sql`${webhooks.id}`, sql`'infinity'`)));
  return (await dropDeliveries(db, inArray(webhookDeliveries.webhookId, ended), limit)) > 0;
}
