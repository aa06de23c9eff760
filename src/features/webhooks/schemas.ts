import { z } from 'zod';
import { Id, line, Moment, pageQuery } from '../../platform/schemas.ts';
import { failureReasons } from './rules.ts';

/** How an endpoint stands. */
export const WebhookState = z.enum(['pending', 'enabled', 'paused', 'disabled']).meta({
  id: 'WebhookState',
  description:
    '`pending` until its owner granted the handshake, `disabled` after an answer 410 or five days of failures; events wait meanwhile.',
});

const Url = z.string().trim().min(1).max(2000).meta({
  description: 'An https address without user information or fragment.',
  example: 'https://hooks.example/samendoen',
});

const TypeFilter = z
  .string()
  .max(100)
  .regex(/^nl\.samendoen\.(?:[a-z][a-z-]*\.)+(?:\*|[a-z][a-z-]*)$/)
  .meta({ description: 'A type of event, or all of a kind: `nl.samendoen.alliance.*`.' });

const types = z.array(TypeFilter).max(100).meta({ description: 'The types of events that are sent; none names all.' });
const allianceId = Id.nullable().meta({ description: 'Only events of this alliance.' });
const description = line(200).nullable();

/** An endpoint to be registered. */
export const NewWebhook = z
  .strictObject({
    url: Url,
    description: description.default(null),
    types: types.default([]),
    allianceId: allianceId.default(null),
  })
  .meta({ id: 'NewWebhook' });

/** A change to an endpoint: absent stays. */
export const WebhookChange = z
  .strictObject({
    url: Url.optional().meta({ description: 'Another address, which is verified anew.' }),
    description: description.optional(),
    types: types.optional(),
    allianceId: allianceId.optional(),
    paused: z.boolean().optional().meta({ description: 'Events wait while it is paused.' }),
  })
  .meta({ id: 'WebhookChange' });

const Verification = z.object({
  state: z.enum(['asked', 'granted', 'refused']),
  askedAt: Moment,
  reason: z.string().nullable().meta({ description: 'Why the handshake was not granted.' }),
});

/** An endpoint as it is shown; never with a secret. */
export const WebhookView = z
  .object({
    id: Id,
    url: z.string(),
    description: z.string().nullable(),
    types: z.array(z.string()),
    allianceId: Id.nullable(),
    state: WebhookState,
    stateReason: z.enum(['gone', 'failing']).nullable().meta({ description: 'Why it is disabled.' }),
    verification: Verification,
    publicKeys: z
      .array(z.string())
      .meta({ description: 'Ed25519 keys (`whpk_…`) that verify the signatures `v1a` now; two during a rotation.' }),
    consecutiveFailures: z.int(),
    failingSince: Moment.nullable(),
    resumesAt: Moment.nullable().meta({ description: 'Until when it is left alone after failures.' }),
    clientId: Id.meta({ description: 'The client whose sight decides what is sent: the one that set the address.' }),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Webhook' });

const secret = z.string().nullable().meta({
  description: 'Shared secret (`whsec_…`) for the signatures `v1`, shown this once; null in a repeated answer.',
});

/** A new endpoint with its secret. */
export const RegisteredWebhook = WebhookView.extend({ secret }).meta({ id: 'RegisteredWebhook' });

/** How long the secrets before still sign. */
export const NewWebhookSecretRotation = z
  .strictObject({ overlapHours: z.int().min(0).max(168).default(24) })
  .meta({ id: 'NewWebhookSecretRotation' });

/** The new secret of an endpoint, shown this once. */
export const WebhookSecretRotation = z
  .object({
    webhookId: Id,
    secret,
    publicKey: z.string(),
    othersExpireAt: Moment.meta({ description: 'Until then deliveries bear the signatures of those before as well.' }),
  })
  .meta({ id: 'WebhookSecretRotation' });

/** The path of one endpoint. */
export const WebhookPath = z.strictObject({ webhookId: Id });

/** The parameters of the list of endpoints. */
export const WebhookQuery = z.strictObject({ ...pageQuery });

/** How far a delivery is. */
export const DeliveryState = z.enum(['queued', 'delivered', 'parked']).meta({
  id: 'WebhookDeliveryState',
  description: '`parked` after the last attempt failed: it is not tried again unless it is redelivered.',
});

/** A delivery: an event on its way to an endpoint. */
export const DeliveryView = z
  .object({
    id: Id,
    eventId: Id.meta({ description: 'The `id` of the event and the `webhook-id` of every attempt.' }),
    type: z.string(),
    state: DeliveryState,
    attemptCount: z.int(),
    lastReason: z.enum(failureReasons).nullable().meta({ description: 'Why the last attempt failed.' }),
    nextAttemptAt: Moment.nullable().meta({ description: 'Not before; null where none is to come.' }),
    createdAt: Moment,
    finishedAt: Moment.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

const Attempt = z.object({
  number: z.int(),
  attemptedAt: Moment,
  durationMs: z.int(),
  headers: z.record(z.string(), z.string()).meta({ description: 'The headers that were sent, without the signature.' }),
  status: z.int().nullable().meta({ description: 'Null where no answer came.' }),
  reason: z.enum(failureReasons).nullable(),
  answer: z.string().nullable().meta({ description: 'The first 2,048 characters of what the receiver answered.' }),
});

/** A delivery with what is sent and its last twenty attempts. */
export const DeliveryDetail = DeliveryView.extend({
  event: z.record(z.string(), z.unknown()).meta({ description: 'The CloudEvent that is sent.' }),
  attempts: z.array(Attempt),
}).meta({ id: 'WebhookDeliveryDetail' });

/** The path of one delivery. */
export const DeliveryPath = z.strictObject({ webhookId: Id, deliveryId: Id });

/** Filters of the list of deliveries. */
export const DeliveryQuery = z.strictObject({
  ...pageQuery,
  state: DeliveryState.optional(),
  type: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'One type of event.', example: 'nl.samendoen.webhook.tested' }),
  since: Moment.optional().meta({ description: 'Only deliveries queued at or after this instant.' }),
  until: Moment.optional().meta({ description: 'Only deliveries queued before this instant.' }),
});

/** One delivery to be sent again, or those of a window: either `deliveryId`, or `from` and `until`. */
export const NewRedelivery = z
  .strictObject({
    deliveryId: Id.optional().meta({ description: 'The one delivery to be sent again.' }),
    from: Moment.optional().meta({ description: 'Of a window: from when on deliveries were queued at first.' }),
    until: Moment.optional().meta({ description: 'Of a window: before when.' }),
    states: z.array(DeliveryState).min(1).max(3).optional().meta({
      description: 'Which of the window: `queued` and `parked` when absent, those that did not arrive.',
    }),
  })
  .meta({ id: 'NewWebhookRedelivery' });

/** How many deliveries were queued again. */
export const Redelivery = z.object({ queuedCount: z.int() }).meta({ id: 'WebhookRedelivery' });
