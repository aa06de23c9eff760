import { and, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit, type EventSource, eventColumns, toCloudEvent, typesWithin } from '../events/events.ts';
import { events } from '../events/tables.ts';
import { visibleEvents } from '../policy/event-sight.ts';
import { lockWebhook } from './endpoints.ts';
import { lockedDeliveries, resumeQueue } from './results.ts';
import type { DeliveryDetail, DeliveryQuery, DeliveryView, NewRedelivery, Redelivery } from './schemas.ts';
import { attemptHeaders } from './sending.ts';
import { webhookAttempts, webhookDeliveries, webhooks } from './tables.ts';
import { testEvent, testType } from './test-events.ts';

type View = z.output<typeof DeliveryView>;
type Detail = z.output<typeof DeliveryDetail>;

/** Tests of an endpoint that can wait at a time. */
const maxWaitingTests = 50;

const isTest = sql`${webhookDeliveries.position} is null`;
const isSent = sql<boolean>`(${webhooks.state} = 'enabled' and not ${webhooks.paused})`;

const eventOf = (caller: Caller) =>
  and(
    eq(events.position, webhookDeliveries.position),
    inArray(events.type, typesWithin(caller.scopes)),
    visibleEvents(caller),
  );

/**
 * Deliveries of the endpoints of the caller's organisation, of those events alone that the caller may see now; what may
 * not be seen any more is shown to nobody. Holds where `events` is joined by `eventOf`.
 */
const shownTo = ({ organisationId }: Caller, condition: SQL | undefined) =>
  and(
    sql`${webhooks.organisationId} = ${organisationId}::uuid and ${webhooks.removedAt} is null`,
    sql`${webhookDeliveries.state} <> 'dropped' and (${isTest} or ${events.position} is not null)`,
    condition,
  );

const selectDeliveries = (db: Db, caller: Caller, condition: SQL | undefined) =>
  db
    .select({ delivery: webhookDeliveries, event: eventColumns, isSent })
    .from(webhookDeliveries)
    .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .leftJoin(events, eventOf(caller))
    .where(shownTo(caller, condition));

type Row = Awaited<ReturnType<typeof selectDeliveries>>[number];

const toView = ({ delivery, isSent }: Pick<Row, 'delivery' | 'isSent'>): View => ({
  id: delivery.id,
  eventId: delivery.eventId,
  type: delivery.type,
  state: delivery.state as View['state'],
  attemptCount: delivery.attemptCount,
  lastReason: delivery.reason as View['lastReason'],
  nextAttemptAt: delivery.state === 'queued' && isSent ? delivery.dueAt : null,
  createdAt: delivery.createdAt,
  finishedAt: delivery.finishedAt,
});

async function assertKnown(db: Db, caller: Caller, webhookId: string): Promise<void> {
  const [known] = await db
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(
      sql`${webhooks.id} = ${webhookId}::uuid and ${webhooks.organisationId} = ${caller.organisationId}::uuid
        and ${webhooks.removedAt} is null`,
    );
  if (known === undefined) throw notFound();
}

/** A page of the deliveries of an endpoint, the newest first. Throws not_found. */
export async function listDeliveries(
  db: Db,
  caller: Caller,
  webhookId: string,
  input: z.output<typeof DeliveryQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await assertKnown(db, caller, webhookId);
  const { after, limit, state, type, since, until } = input;
  const condition = and(
    eq(webhookDeliveries.webhookId, webhookId),
    after?.[0] === undefined ? undefined : lt(webhookDeliveries.id, after[0]),
    state === undefined ? undefined : eq(webhookDeliveries.state, state),
    type === undefined ? undefined : eq(webhookDeliveries.type, type),
    since === undefined ? undefined : gte(webhookDeliveries.createdAt, since),
    until === undefined ? undefined : lt(webhookDeliveries.createdAt, until),
  );
  const rows = await selectDeliveries(db, caller, condition)
    .orderBy(desc(webhookDeliveries.id))
    .limit(limit + 1);
  return pageOf(rows, limit, ({ delivery }) => [delivery.id], toView);
}

/** A delivery with what is sent and its attempts. Throws not_found. */
export async function getDelivery(
  db: Db,
  caller: Caller,
  source: EventSource,
  webhookId: string,
  deliveryId: string,
): Promise<Answer<Detail>> {
  const condition = and(eq(webhookDeliveries.id, deliveryId), eq(webhookDeliveries.webhookId, webhookId));
  const [row] = await selectDeliveries(db, caller, condition);
  if (row === undefined) throw notFound();
  const { eventId, createdAt } = row.delivery;
  const attempts = await db
    .select()
    .from(webhookAttempts)
    .where(eq(webhookAttempts.deliveryId, deliveryId))
    .orderBy(webhookAttempts.number);
  const event =
    row.event === null || row.delivery.position === null
      ? testEvent({ eventId, createdAt, webhookId }, source)
      : toCloudEvent(row.event, source);
  return {
    body: {
      ...toView(row),
      // As it is sent.
      event: JSON.parse(JSON.stringify(event)) as Detail['event'],
      attempts: attempts.map(({ deliveryId: _, ...attempt }) => ({
        ...attempt,
        reason: attempt.reason as Detail['attempts'][number]['reason'],
        headers: attemptHeaders(eventId, attempt.attemptedAt),
      })),
    },
  };
}

/** Queues a test event for an endpoint; it is sent once the endpoint is enabled. Throws not_found, too_many_tests. */
export async function testWebhook(db: Db, context: Context, webhookId: string): Promise<Answer<View>> {
  return commit(db, context, async (db) => {
    const webhook = await lockWebhook(db, context.caller, webhookId);
    const waiting = and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.state, 'queued'), isTest);
    if ((await db.$count(webhookDeliveries, waiting)) >= maxWaitingTests)
      throw new Problem('too_many_tests', { params: { maximum: maxWaitingTests } });
    const now = new Date();
    const [delivery] = await db
      .insert(webhookDeliveries)
      .values({
        ...{ id: newId(), webhookId, eventId: newId(), position: null, type: testType, state: 'queued' },
        ...{ dueAt: now, createdAt: now },
      })
      .returning();
    if (delivery === undefined) throw new Error('the test was not queued');
    await resumeQueue(db, webhookId);
    const location = `/v1/webhooks/${webhookId}/deliveries/${delivery.id}`;
    return { body: toView({ delivery, isSent: webhook.state === 'enabled' && !webhook.paused }), location };
  });
}

type Redeliveries = z.output<typeof NewRedelivery>;
type Chosen =
  | { readonly deliveryId: string }
  | { readonly from: Date; readonly until: Date; readonly states: NonNullable<Redeliveries['states']> };

/** One delivery, or those of a window. Throws invalid_input for both, for neither, and for half a window. */
function chosenIn({ deliveryId, from, until, states }: Redeliveries): Chosen {
  const fault = (location: string, code: string) => ({ in: 'body' as const, location, code });
  if (deliveryId !== undefined) {
    const others = Object.entries({ from, until, states }).filter(([, value]) => value !== undefined);
    if (others.length > 0) throw invalid(others.map(([name]) => fault(`/${name}`, 'one_or_window')));
    return { deliveryId };
  }
  if (from === undefined && until === undefined) throw invalid([fault('/deliveryId', 'one_or_window')]);
  if (from === undefined || until === undefined)
    throw invalid([fault(from === undefined ? '/from' : '/until', 'required')]);
  if (until <= from) throw invalid([fault('/until', 'ends_before_start')]);
  return { from, until, states: states ?? ['queued', 'parked'] };
}

/**
 * Queues one delivery again, or those of a window, as if they had never been tried; the `webhook-id` stays. Throws
 * not_found, invalid_input.
 */
export async function redeliver(
  db: Db,
  context: Context,
  webhookId: string,
  input: z.output<typeof NewRedelivery>,
): Promise<Answer<z.output<typeof Redelivery>>> {
  const { caller } = context;
  const chosen = chosenIn(input);
  return commit(db, context, async (db) => {
    await lockWebhook(db, caller, webhookId);
    const { id, createdAt, state } = webhookDeliveries;
    const named =
      'deliveryId' in chosen
        ? eq(id, chosen.deliveryId)
        : and(gte(createdAt, chosen.from), lt(createdAt, chosen.until), inArray(state, chosen.states));
    const shown = db
      .select({ id })
      .from(webhookDeliveries)
      .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
      .leftJoin(events, eventOf(caller))
      .where(shownTo(caller, and(eq(webhookDeliveries.webhookId, webhookId), named)));
    const queued = await db
      .update(webhookDeliveries)
      .set({ state: 'queued', tries: 0, dueAt: new Date(), finishedAt: null })
      .where(inArray(id, lockedDeliveries(db, inArray(id, shown))))
      .returning({ id });
    if (queued.length === 0 && 'deliveryId' in chosen) throw notFound();
    await resumeQueue(db, webhookId);
    return { body: { queuedCount: queued.length }, location: `/v1/webhooks/${webhookId}/deliveries` };
  });
}
