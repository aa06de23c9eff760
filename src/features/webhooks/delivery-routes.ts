import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { EventSource } from '../events/events.ts';
import { getDelivery, listDeliveries, redeliver, testWebhook } from './deliveries.ts';
import * as examples from './examples.ts';
import {
  DeliveryDetail,
  DeliveryPath,
  DeliveryQuery,
  DeliveryView,
  NewRedelivery,
  Redelivery,
  WebhookPath,
} from './schemas.ts';

/** Mounts what is sent to endpoints: tests, deliveries, and deliveries again. */
export function deliveryRoutes(routes: Routes, { db, source }: { db: Db; source: EventSource }): void {
  const tag = 'webhooks';
  const read = { scope: 'webhooks:read', policy: 'own-organisation' } as const;
  const write = { scope: 'webhooks:write', policy: 'own-organisation' } as const;
  const params = { webhookId: examples.webhook.id };
  routes.add({
    method: 'POST',
    path: '/webhooks/{webhookId}/tests',
    operationId: 'testWebhook',
    tag,
    summary: 'Send a test event',
    description:
      'A delivery of its own, of type `nl.samendoen.webhook.tested`, before what waits. While the endpoint is not enabled it waits as well.',
    access: write,
    params: WebhookPath,
    answer: { status: 202, description: 'The delivery of the test.', schema: DeliveryView },
    problems: ['too_many_tests'],
    examples: { params, answer: examples.delivery },
    handler: ({ context, params }) => testWebhook(db, context, params.webhookId),
  });
  routes.add({
    method: 'GET',
    path: '/webhooks/{webhookId}/deliveries',
    operationId: 'listWebhookDeliveries',
    tag,
    summary: 'List deliveries',
    description:
      'The newest first, for thirty days. Of events that your client may not see any more, none is sent or shown.',
    access: read,
    params: WebhookPath,
    query: DeliveryQuery,
    answer: { status: 200, description: 'A page of deliveries.', schema: DeliveryView, page: true },
    examples: { params, answer: { items: [examples.delivery], nextCursor: null } },
    handler: ({ caller, params, query, after }) => listDeliveries(db, caller, params.webhookId, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/webhooks/{webhookId}/deliveries/{deliveryId}',
    operationId: 'getWebhookDelivery',
    tag,
    summary: 'Get a delivery with its attempts',
    access: read,
    params: DeliveryPath,
    answer: { status: 200, description: 'The delivery.', schema: DeliveryDetail },
    examples: { params: { ...params, deliveryId: examples.delivery.id }, answer: examples.deliveryDetail },
    handler: ({ caller, params }) => getDelivery(db, caller, source, params.webhookId, params.deliveryId),
  });
  routes.add({
    method: 'POST',
    path: '/webhooks/{webhookId}/redeliveries',
    operationId: 'redeliverWebhookDeliveries',
    tag,
    summary: 'Send a delivery again, or those of a window',
    description:
      'The `webhook-id` stays, so that a receiver knows what it has. They are tried anew from the first attempt of the schedule on.',
    access: write,
    params: WebhookPath,
    body: NewRedelivery,
    answer: { status: 202, description: 'How many were queued again.', schema: Redelivery },
    examples: { params, body: examples.newRedelivery, answer: examples.redelivery },
    handler: ({ context, params, body }) => redeliver(db, context, params.webhookId, body),
  });
}
