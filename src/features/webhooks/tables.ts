import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { bytes, id, moment, version } from '../../platform/columns.ts';
import { clients } from '../access/tables.ts';
import { alliances } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';

/**
 * An endpoint of an organisation, to which events are sent. It is told what the client in `clientId` may see now, within
 * the scopes of the token that last set its address. `askedAt` says that its owner is to be asked whether it wants them.
 */
export const webhooks = pgTable(
  'webhooks',
  {
    id: id(),
    version: version(),
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
    clientId: uuid('client_id')
      .notNull()
      .references(() => clients.id),
    scopes: text('scopes').array().notNull(),
    url: text('url').notNull(),
    description: text('description'),
    types: text('types').array().notNull(),
    allianceId: uuid('alliance_id').references(() => alliances.id),
    state: text('state').notNull(),
    stateReason: text('state_reason'),
    paused: boolean('paused').notNull(),
    verification: text('verification').notNull(),
    verificationReason: text('verification_reason'),
    askedAt: moment('asked_at').notNull(),
    askingUntil: moment('asking_until'),
    /** How many requests a minute its owner granted; null for as many as there are. */
    ratePerMinute: integer('rate_per_minute'),
    /** Events after this position are for it. */
    fromPosition: bigint('from_position', { mode: 'number' }).notNull(),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    removedAt: moment('removed_at'),
  },
  (table) => [
    index('webhooks_organisation').on(table.organisationId, table.id),
    index('webhooks_client').on(table.clientId),
    index('webhooks_alliance').on(table.allianceId),
    index('webhooks_asked')
      .on(table.askedAt)
      .where(sql`${table.verification} = 'asked' and ${table.removedAt} is null`),
    check('webhooks_state', sql`${table.state} in ('pending', 'enabled', 'disabled')`),
    check('webhooks_verification', sql`${table.verification} in ('asked', 'granted', 'refused')`),
  ],
);

/** What signs the deliveries of an endpoint: a shared secret and an Ed25519 key, sealed; several during a rotation. */
export const webhookSecrets = pgTable(
  'webhook_secrets',
  {
    id: id(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id),
    sealedSecret: bytes('sealed_secret').notNull(),
    publicKey: text('public_key').notNull(),
    sealedPrivateKey: bytes('sealed_private_key').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at'),
  },
  (table) => [index('webhook_secrets_webhook').on(table.webhookId)],
);

/** How the deliveries of an endpoint go: who works on them until when, and how long it is left alone after failures. */
export const webhookQueues = pgTable('webhook_queues', {
  webhookId: uuid('webhook_id')
    .primaryKey()
    .references(() => webhooks.id),
  leaseToken: uuid('lease_token'),
  leaseUntil: moment('lease_until'),
  servedAt: moment('served_at').notNull(),
  consecutiveFailures: integer('consecutive_failures').notNull().default(0),
  failingSince: moment('failing_since'),
  resumesAt: moment('resumes_at').notNull(),
});

/**
 * An event on its way to an endpoint. `eventId` is the identifier that the receiver sees; `position` finds the event,
 * and is null for a test, which is no event. `tries` counts the attempts since it was last queued.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id),
    eventId: uuid('event_id').notNull(),
    position: bigint('position', { mode: 'number' }),
    type: text('type').notNull(),
    state: text('state').notNull(),
    tries: integer('tries').notNull().default(0),
    attemptCount: integer('attempt_count').notNull().default(0),
    dueAt: moment('due_at').notNull(),
    reason: text('reason'),
    createdAt: moment('created_at').notNull(),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    unique('webhook_deliveries_event').on(table.webhookId, table.eventId),
    index('webhook_deliveries_list').on(table.webhookId, table.id),
    index('webhook_deliveries_first')
      .on(table.webhookId, table.position.nullsFirst())
      .where(sql`${table.state} = 'queued' and ${table.tries} = 0`),
    index('webhook_deliveries_due')
      .on(table.webhookId, table.dueAt)
      .where(sql`${table.state} = 'queued' and ${table.tries} > 0`),
    index('webhook_deliveries_created').on(table.createdAt),
    check('webhook_deliveries_state', sql`${table.state} in ('queued', 'delivered', 'parked', 'dropped')`),
  ],
);

/** One attempt at a delivery: when, how long, and what came back; the last twenty are kept. */
export const webhookAttempts = pgTable(
  'webhook_attempts',
  {
    deliveryId: uuid('delivery_id')
      .notNull()
      .references(() => webhookDeliveries.id, { onDelete: 'cascade' }),
    number: integer('number').notNull(),
    attemptedAt: moment('attempted_at').notNull(),
    durationMs: integer('duration_ms').notNull(),
    status: integer('status'),
    reason: text('reason'),
    answer: text('answer'),
  },
  (table) => [primaryKey({ columns: [table.deliveryId, table.number] })],
);

/** The one row that tells up to which position events were dispatched to the endpoints. */
export const webhookDispatch = pgTable('webhook_dispatch', {
  onlyRow: boolean('only_row').primaryKey().default(true),
  position: bigint('position', { mode: 'number' }).notNull().default(0),
});
