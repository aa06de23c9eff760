import { sql } from 'drizzle-orm';
import {
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { bytes, id, moment } from '../../platform/columns.ts';

/**
 * A network of which parts are computed in the background: what was selected, under a name that holds what was asked and
 * for what kind of viewer, and its data version. It holds nothing that changes: the same name and version, the same bytes.
 */
export const computedNetworks = pgTable(
  'computed_networks',
  {
    id: id(),
    name: text('name').notNull(),
    dataVersion: text('data_version').notNull(),
    content: bytes('content').notNull(),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    unique('computed_networks_version').on(table.name, table.dataVersion),
    index('computed_networks_expiry').on(table.expiresAt),
  ],
);

/** A part of the figures of a network, as it was computed. */
export const computedParts = pgTable(
  'computed_parts',
  {
    networkId: uuid('network_id')
      .notNull()
      .references(() => computedNetworks.id),
    part: text('part').notNull(),
    content: bytes('content').notNull(),
  },
  (table) => [primaryKey({ columns: [table.networkId, table.part] })],
);

/** A part that is asked for: its name and its parameters. */
type AskedPart = { readonly name: string; readonly args: readonly (string | number)[] };

/**
 * A computation that a client asked for: the queue of the background job, and its progress. `address` gives the figures
 * once it is done. `leaseToken` names who works on it.
 */
export const computations = pgTable(
  'computations',
  {
    id: id(),
    clientId: text('client_id').notNull(),
    networkId: uuid('network_id')
      .notNull()
      .references(() => computedNetworks.id),
    address: text('address').notNull(),
    parts: jsonb('parts').$type<readonly AskedPart[]>().notNull(),
    estimatedSeconds: doublePrecision('estimated_seconds').notNull(),
    state: text('state').notNull(),
    /** The share of the work that is done, by estimated time. */
    progress: doublePrecision('progress').notNull().default(0),
    failure: text('failure'),
    failedAttempts: integer('failed_attempts').notNull().default(0),
    leaseToken: uuid('lease_token'),
    leaseUntil: moment('lease_until'),
    createdAt: moment('created_at').notNull(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
  },
  (table) => [
    index('computations_client').on(table.clientId, table.id),
    index('computations_network').on(table.networkId),
    index('computations_ended').on(table.finishedAt).where(sql`${table.finishedAt} is not null`),
    index('computations_due').on(table.id).where(sql`${table.state} in ('queued', 'running')`),
    check('computations_state', sql`${table.state} in ('queued', 'running', 'succeeded', 'cancelled', 'failed')`),
    check('computations_progress', sql`${table.progress} between 0 and 1`),
  ],
);
