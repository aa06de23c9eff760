import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import type { EventSource } from '../events/events.ts';
import { deliveryRoutes } from './delivery-routes.ts';
import {
  changeWebhook,
  createWebhook,
  type EndpointDeps,
  getWebhook,
  listWebhooks,
  removeWebhook,
  requestVerification,
  rotateWebhookSecret,
} from './endpoints.ts';
import * as examples from './examples.ts';
import {
  NewWebhook,
  NewWebhookSecretRotation,
  RegisteredWebhook,
  WebhookChange,
  WebhookPath,
  WebhookQuery,
  WebhookSecretRotation,
  WebhookView,
} from './schemas.ts';

const tag = 'webhooks';
const read = { scope: 'webhooks:read', policy: 'own-organisation' } as const;
const write = { scope: 'webhooks:write', policy: 'own-organisation' } as const;

/** What the routes of webhooks need. */
export type WebhookDeps = { readonly db: Db; readonly source: EventSource; readonly endpoints: EndpointDeps };

/** Mounts the endpoints of organisations, and what is sent to them. */
export function webhookRoutes(routes: Routes, deps: WebhookDeps): void {
  endpointRoutes(routes, deps);
  changingRoutes(routes, deps);
  deliveryRoutes(routes, deps);
}

const answer = { description: 'The endpoint.', schema: WebhookView } as const;
const params = { webhookId: examples.webhook.id };

function endpointRoutes(routes: Routes, { db, endpoints }: WebhookDeps): void {
  routes.add({
    method: 'POST',
    path: '/webhooks',
    operationId: 'createWebhook',
    tag,
    summary: 'Register an endpoint for events',
    description:
      'Events are sent as Standard Webhooks 1.0: the CloudEvent as body (`application/cloudevents+json`), `webhook-id` is the `id` of the event, and `webhook-signature` bears `v1` (HMAC-SHA-256) and `v1a` (Ed25519). Each is sent at least once, to each endpoint in order of first attempts; by `webhook-id` the receiver knows one that comes again. Only 2xx counts as received; redirects are not followed. It is tried ten times over more than three days, `Retry-After` is heeded with 429 and 503, and then it is parked. An answer 410 disables the endpoint, and so do five days of failures. Before anything is sent, its owner must grant the handshake of CloudEvents: an `OPTIONS` request with `WebHook-Request-Origin`, answered with `WebHook-Allowed-Origin`. What is sent is what the client that set the address may see in the instant of sending. At most 20 for an organisation. The secret is in this answer alone; a repeated request is answered without it.',
    access: write,
    body: NewWebhook,
    answer: { status: 201, description: 'The endpoint with its secret.', schema: RegisteredWebhook },
    problems: ['too_many_webhooks', 'client_not_registered'],
    examples: { body: examples.newWebhook, answer: examples.registeredWebhook },
    handler: ({ context, body }) => createWebhook(db, context, endpoints, body),
  });
  routes.add({
    method: 'GET',
    path: '/webhooks',
    operationId: 'listWebhooks',
    tag,
    summary: 'List endpoints',
    description: 'Those of your organisation, the oldest first.',
    access: read,
    query: WebhookQuery,
    answer: { status: 200, description: 'A page of endpoints.', schema: WebhookView, page: true },
    examples: { answer: { items: [examples.webhook], nextCursor: null } },
    handler: ({ caller, query, after }) => listWebhooks(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/webhooks/{webhookId}',
    operationId: 'getWebhook',
    tag,
    summary: 'Get an endpoint',
    access: read,
    params: WebhookPath,
    answer: { ...answer, status: 200, etag: 'computed' },
    examples: { params, answer: examples.webhook },
    handler: ({ caller, params }) => getWebhook(db, caller, params.webhookId),
  });
}

function changingRoutes(routes: Routes, { db, endpoints }: WebhookDeps): void {
  routes.add({
    method: 'PATCH',
    path: '/webhooks/{webhookId}',
    operationId: 'changeWebhook',
    tag,
    summary: 'Change, pause or resume an endpoint',
    description:
      'Another address is verified anew, and receives what your client may see from then on. While an endpoint is paused its events wait, for thirty days at most.',
    access: write,
    params: WebhookPath,
    body: WebhookChange,
    ifMatch: true,
    answer: { ...answer, status: 200, etag: 'computed' },
    problems: ['client_not_registered'],
    examples: { params, body: examples.webhookChange, answer: { ...examples.webhook, ...examples.webhookChange } },
    handler: ({ context, params, body, ifMatch }) =>
      changeWebhook(db, context, endpoints, { webhookId: params.webhookId, ifMatch }, body),
  });
  routes.add({
    method: 'DELETE',
    path: '/webhooks/{webhookId}',
    operationId: 'removeWebhook',
    tag,
    summary: 'Remove an endpoint',
    description:
      'Nothing is sent any more, its secrets are forgotten at once, and its deliveries are shown no more and removed.',
    access: write,
    params: WebhookPath,
    ifMatch: true,
    answer: { status: 204, description: 'The endpoint is gone.' },
    examples: { params: { webhookId: examples.removableWebhookId } },
    handler: ({ context, params, ifMatch }) => removeWebhook(db, context, params.webhookId, ifMatch),
  });
  routes.add({
    method: 'POST',
    path: '/webhooks/{webhookId}/verifications',
    operationId: 'requestWebhookVerification',
    tag,
    summary: 'Ask the owner of an endpoint again',
    description:
      'The handshake is done by the background, at once; read the endpoint for its outcome. An endpoint that was disabled is enabled when it is granted.',
    access: write,
    params: WebhookPath,
    answer: { ...answer, status: 202 },
    examples: { params, answer: examples.webhook },
    handler: ({ context, params }) => requestVerification(db, context, params.webhookId),
  });
  routes.add({
    method: 'POST',
    path: '/webhooks/{webhookId}/secret-rotations',
    operationId: 'rotateWebhookSecret',
    tag,
    summary: 'Give an endpoint a new secret and key',
    description:
      'Deliveries bear the signatures of the new and of those before until the overlap ends; no more than three of each kind. The secret is in this answer alone; a repeated request is answered without it.',
    access: write,
    params: WebhookPath,
    body: NewWebhookSecretRotation,
    answer: { status: 201, description: 'The new secret.', schema: WebhookSecretRotation },
    examples: { params, body: examples.newSecretRotation, answer: examples.secretRotation },
    handler: ({ context, params, body }) => rotateWebhookSecret(db, context, endpoints.secrets, params.webhookId, body),
  });
}
