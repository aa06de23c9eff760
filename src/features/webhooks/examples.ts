import { namedId } from '../../platform/id.ts';

/** An endpoint of the demo network, as it is shown. */
export const webhook = {
  id: namedId('webhook academie'),
  url: 'https://hooks.academie.example/samendoen',
  description: 'Leerplatform',
  types: ['nl.samendoen.knowledge-item.*', 'nl.samendoen.membership.accepted'],
  allianceId: null,
  state: 'pending',
  stateReason: null,
  verification: { state: 'refused', askedAt: '2026-01-05T08:00:00.000Z', reason: 'unresolvable' },
  publicKeys: ['whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo='],
  consecutiveFailures: 0,
  failingSince: null,
  resumesAt: null,
  clientId: namedId('client beheer'),
  createdAt: '2026-01-05T08:00:00.000Z',
  changedAt: '2026-01-05T08:00:00.000Z',
};

/** Another endpoint of the demo network, to be removed. */
export const removableWebhookId = namedId('webhook oud');

/** An endpoint that can be registered. */
export const newWebhook = {
  url: 'https://hooks.academie.example/dossiers',
  description: 'Dossiers',
  types: ['nl.samendoen.alliance.*'],
};

/** An endpoint as it is answered once. The secret opens nothing. */
export const registeredWebhook = {
  ...webhook,
  ...newWebhook,
  verification: { state: 'asked', askedAt: '2026-01-05T08:00:00.000Z', reason: null },
  secret: 'whsec_c2hvd24gb25jZSBhbmQgbmV2ZXIgYWdhaW4hISEh',
};

/** A change to an endpoint. */
export const webhookChange = { description: 'Leerplatform en dossiers', types: ['nl.samendoen.knowledge-item.*'] };

/** How long the secret before signs as well. */
export const newSecretRotation = { overlapHours: 48 };

/** A new secret. It opens nothing. */
export const secretRotation = {
  webhookId: webhook.id,
  secret: 'whsec_bm90IGEgc2VjcmV0LCBidXQgbG9uZyBlbm91Z2gh',
  publicKey: 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  othersExpireAt: '2026-01-07T08:00:00.000Z',
};

/** A delivery of the demo network: a test that waits. */
export const delivery = {
  id: namedId('webhook test'),
  eventId: namedId('webhook test', 1),
  type: 'nl.samendoen.webhook.tested',
  state: 'queued',
  attemptCount: 0,
  lastReason: null,
  nextAttemptAt: null,
  createdAt: '2026-01-05T08:00:00.000Z',
  finishedAt: null,
};

/** The same delivery with what is sent. */
export const deliveryDetail = {
  ...delivery,
  event: {
    specversion: '1.0',
    id: delivery.eventId,
    source: 'urn:nld:oin:00000099000000000000:systeem:samendoen',
    type: delivery.type,
    subject: webhook.id,
    time: delivery.createdAt,
    dataref: `https://api.samendoen.example/v1/webhooks/${webhook.id}`,
  },
  attempts: [],
};

/** That delivery again. */
export const newRedelivery = { deliveryId: delivery.id };

/** How many were queued. */
export const redelivery = { queuedCount: 1 };
