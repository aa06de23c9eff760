import { boolean, index, jsonb, pgTable, primaryKey, text, unique, uuid } from 'drizzle-orm/pg-core';
import { bytes, id, moment, version } from '../../platform/columns.ts';
import { organisations } from '../organisations/tables.ts';

/** An OAuth client: a system that acts for one organisation. `clientId` is its public name in OAuth messages. */
export const clients = pgTable(
  'clients',
  {
    id: id(),
    version: version(),
    clientId: text('client_id').notNull().unique(),
    name: text('name').notNull(),
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
    scopes: text('scopes').array().notNull(),
    administrator: boolean('administrator').notNull().default(false),
    disabledAt: moment('disabled_at'),
    /** Tokens issued up to this instant stay refused, also when the client is enabled again. */
    tokensRefusedUntil: moment('tokens_refused_until'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    index('clients_organisation').on(table.organisationId, table.id),
    index('clients_changed').on(table.changedAt),
  ],
);

/** A public key with which a client signs its assertions; `expiresAt` ends it, so that two overlap in a rotation. */
export const clientKeys = pgTable(
  'client_keys',
  {
    id: id(),
    clientId: uuid('client_id')
      .notNull()
      .references(() => clients.id),
    kid: text('kid').notNull(),
    alg: text('alg').notNull(),
    thumbprint: text('thumbprint').notNull(),
    jwk: jsonb('jwk').$type<Record<string, unknown>>().notNull(),
    addedAt: moment('added_at').notNull(),
    expiresAt: moment('expires_at'),
  },
  (table) => [
    unique('client_keys_kid').on(table.clientId, table.kid),
    unique('client_keys_thumbprint').on(table.clientId, table.thumbprint),
  ],
);

/** A secret of an administrator's client, as HMAC-SHA-256 under a key of the node; never the secret itself. */
export const clientSecrets = pgTable(
  'client_secrets',
  {
    id: id(),
    clientId: uuid('client_id')
      .notNull()
      .references(() => clients.id),
    digest: bytes('digest').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at'),
  },
  (table) => [index('client_secrets_client').on(table.clientId)],
);

/** Client assertions that were used; kept until they would be refused for their age anyway. */
export const usedAssertions = pgTable(
  'used_assertions',
  {
    issuer: text('issuer').notNull(),
    jti: text('jti').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.jti] }),
    index('used_assertions_expires_at').on(table.expiresAt),
  ],
);

/**
 * The keys with which this node signs; private halves are sealed. Those for tokens are next, current or retiring. Those
 * for receipts stay published for good: `retiresAt` ends their signing alone, and `revokedAt` says that one was stolen.
 */
export const signingKeys = pgTable(
  'signing_keys',
  {
    kid: text('kid').primaryKey(),
    purpose: text('purpose').notNull().default('tokens'),
    alg: text('alg').notNull(),
    publicJwk: jsonb('public_jwk').$type<Record<string, unknown>>().notNull(),
    sealedPrivateKey: bytes('sealed_private_key'),
    createdAt: moment('created_at').notNull(),
    activeFrom: moment('active_from').notNull(),
    retiresAt: moment('retires_at'),
    revokedAt: moment('revoked_at'),
  },
  (table) => [index('signing_keys_active').on(table.purpose, table.activeFrom)],
);
