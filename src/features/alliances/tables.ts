import { sql } from 'drizzle-orm';
import { type AnyPgColumn, check, index, integer, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);

/** A learning alliance between organisations; a closed one is a vrijplaats. */
export const alliances = pgTable(
  'alliances',
  {
    id: id(),
    version: version(),
    kind: text('kind').notNull(),
    name: text('name').notNull(),
    purpose: text('purpose'),
    visibility: text('visibility').notNull(),
    startsOn: day('starts_on').notNull(),
    endsOn: day('ends_on'),
    createdByOrganisationId: organisation('created_by_organisation_id'),
    source: text('source'),
    sourceKey: text('source_key'),
    /** The base URL of the node where it is kept, with all that lies in it; null where that is this node. */
    home: text('home'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('alliances_source_key').on(table.source, table.sourceKey),
    index('alliances_created_by').on(table.createdByOrganisationId),
    index('alliances_kind').on(table.kind, table.id),
    index('alliances_changed').on(table.changedAt),
    index('alliances_closed').on(table.endsOn).where(sql`${table.visibility} = 'closed'`),
    check('alliances_period', sql`${table.endsOn} is null or ${table.endsOn} >= ${table.startsOn}`),
  ],
);

/** An organisation in an alliance: offered, answered, and dated (`endsOn` is the first day without it). */
export const memberships = pgTable(
  'memberships',
  {
    id: id(),
    version: version(),
    allianceId: uuid('alliance_id')
      .notNull()
      .references(() => alliances.id),
    organisationId: organisation('organisation_id').notNull(),
    role: text('role').notNull(),
    state: text('state').notNull(),
    offeredBy: text('offered_by'),
    offeredByOrganisationId: organisation('offered_by_organisation_id'),
    offeredAt: moment('offered_at'),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decidedByOrganisationId: organisation('decided_by_organisation_id'),
    decisionReason: text('decision_reason'),
    startsOn: day('starts_on'),
    endsOn: day('ends_on'),
    endedByOrganisationId: organisation('ended_by_organisation_id'),
    endReason: text('end_reason'),
    basis: text('basis').notNull(),
    source: text('source'),
    sourceKey: text('source_key'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('memberships_source_key').on(table.source, table.sourceKey),
    uniqueIndex('memberships_open_offer')
      .on(table.allianceId, table.organisationId)
      .where(sql`${table.state} = 'offered'`),
    uniqueIndex('memberships_current')
      .on(table.allianceId, table.organisationId)
      .where(sql`${table.state} = 'accepted' and ${table.endsOn} is null`),
    index('memberships_alliance').on(table.allianceId, table.organisationId, table.startsOn, table.endsOn),
    index('memberships_organisation').on(table.organisationId, table.allianceId),
    index('memberships_offered_by').on(table.offeredByOrganisationId),
    index('memberships_decided_by').on(table.decidedByOrganisationId),
    index('memberships_ended_by').on(table.endedByOrganisationId),
    index('memberships_changed').on(table.changedAt),
    index('memberships_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    check(
      'memberships_period',
      sql`${table.endsOn} is null or ${table.startsOn} is null or ${table.endsOn} >= ${table.startsOn}`,
    ),
    index('memberships_last_day').on(table.endsOn).where(sql`${table.state} = 'accepted'`),
    check('memberships_dated', sql`${table.state} not in ('accepted', 'ended') or ${table.startsOn} is not null`),
    check(
      'memberships_agreed',
      sql`${table.basis} <> 'agreed_here' or (${table.offeredBy} is not null and ${table.offeredAt} is not null
      and (${table.state} not in ('accepted', 'ended') or ${table.decidedByOrganisationId} is not null))`,
    ),
    check('memberships_sourced', sql`${table.basis} <> 'recorded_elsewhere' or ${table.source} is not null`),
  ],
);

/** A version of an alliance's charter (convenant): a text with its hash; append-only. */
export const charters = pgTable(
  'charters',
  {
    id: id(),
    allianceId: uuid('alliance_id')
      .notNull()
      .references(() => alliances.id),
    number: integer('number').notNull(),
    title: text('title').notNull(),
    text: text('text').notNull(),
    contentHash: text('content_hash').notNull(),
    effectiveOn: day('effective_on').notNull(),
    publishedByOrganisationId: organisation('published_by_organisation_id').notNull(),
    publishedAt: moment('published_at').notNull(),
  },
  (table) => [
    unique('charters_number').on(table.allianceId, table.number),
    index('charters_published_by').on(table.publishedByOrganisationId),
  ],
);

/** What an organisation decided on a charter; each decision is a row of its own; append-only. */
export const charterDecisions = pgTable(
  'charter_decisions',
  {
    id: id(),
    charterId: uuid('charter_id')
      .notNull()
      .references(() => charters.id),
    organisationId: organisation('organisation_id').notNull(),
    decision: text('decision').notNull(),
    reason: text('reason'),
    decidedAt: moment('decided_at').notNull(),
  },
  (table) => [
    index('charter_decisions_charter').on(table.charterId, table.organisationId, table.id),
    index('charter_decisions_organisation').on(table.organisationId),
    uniqueIndex('charter_decisions_accepted')
      .on(table.charterId, table.organisationId)
      .where(sql`${table.decision} = 'accepted'`),
  ],
);

/** An organisation that guarantees a closed space and cannot read it. */
export const sponsorships = pgTable(
  'sponsorships',
  {
    id: id(),
    version: version(),
    allianceId: uuid('alliance_id')
      .notNull()
      .references(() => alliances.id),
    organisationId: organisation('organisation_id').notNull(),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    endedAt: moment('ended_at'),
    endReason: text('end_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('sponsorships_open').on(table.allianceId).where(sql`${table.state} in ('offered', 'accepted')`),
    index('sponsorships_organisation').on(table.organisationId),
    index('sponsorships_alliance').on(table.allianceId),
    index('sponsorships_changed').on(table.changedAt),
    index('sponsorships_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    index('sponsorships_offered_by').on(table.offeredByOrganisationId),
  ],
);
