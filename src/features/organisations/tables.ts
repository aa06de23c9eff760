import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';

/** A municipality, care organisation or other body that can take part. */
export const organisations = pgTable(
  'organisations',
  {
    id: id(),
    version: version(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    region: text('region'),
    startsOn: day('starts_on'),
    endsOn: day('ends_on'),
    successorId: uuid('successor_id').references((): AnyPgColumn => organisations.id),
    source: text('source'),
    sourceKey: text('source_key'),
    /** The base URL of the node where it is kept and changed; null where that is this node. */
    home: text('home'),
    /** What its homes signed when they let it go to the next, the first one first. */
    moves: text('moves').array().notNull().default([]),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('organisations_source_key').on(table.source, table.sourceKey),
    index('organisations_successor').on(table.successorId),
    index('organisations_kind').on(table.kind, table.id),
    index('organisations_region').on(table.region, table.id),
    index('organisations_changed').on(table.changedAt),
    check(
      'organisations_period',
      sql`${table.endsOn} is null or ${table.startsOn} is null or ${table.endsOn} >= ${table.startsOn}`,
    ),
  ],
);

/** An official identifier of an organisation, with the days on which it is valid (`validUntil` is exclusive). */
export const organisationIdentifiers = pgTable(
  'organisation_identifiers',
  {
    id: id(),
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
    scheme: text('scheme').notNull(),
    value: text('value').notNull(),
    validFrom: day('valid_from'),
    validUntil: day('valid_until'),
  },
  (table) => [
    uniqueIndex('organisation_identifiers_current')
      .on(table.scheme, table.value)
      .where(sql`${table.validUntil} is null`),
    index('organisation_identifiers_value').on(table.scheme, table.value),
    index('organisation_identifiers_organisation').on(table.organisationId),
  ],
);

/** Under which key a source knows an organisation; one organisation may be known to several sources. */
export const organisationKeys = pgTable(
  'organisation_keys',
  {
    source: text('source').notNull(),
    key: text('key').notNull(),
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
  },
  (table) => [
    primaryKey({ columns: [table.source, table.key] }),
    unique('organisation_keys_organisation').on(table.organisationId, table.source),
  ],
);

/** Every version of an organisation as it was recorded; append-only. */
export const organisationVersions = pgTable(
  'organisation_versions',
  {
    organisationId: uuid('organisation_id')
      .notNull()
      .references(() => organisations.id),
    version: integer('version').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    operationId: text('operation_id').notNull(),
    snapshot: jsonb('snapshot').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organisationId, table.version] })],
);

/** A merger (herindeling): organisations that went up in a successor on a day; append-only. */
export const mergers = pgTable(
  'mergers',
  {
    id: id(),
    successorId: uuid('successor_id')
      .notNull()
      .references(() => organisations.id),
    effectiveOn: day('effective_on').notNull(),
    continuedMembershipCount: integer('continued_membership_count').notNull(),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [index('mergers_successor').on(table.successorId)],
);

/** An organisation that went up in another by a merger; once at most. */
export const mergerPredecessors = pgTable(
  'merger_predecessors',
  {
    organisationId: uuid('organisation_id')
      .primaryKey()
      .references(() => organisations.id),
    mergerId: uuid('merger_id')
      .notNull()
      .references(() => mergers.id),
  },
  (table) => [index('merger_predecessors_merger').on(table.mergerId)],
);
