import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { commitments } from '../initiatives/tables.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);
const alliance = () =>
  uuid('alliance_id')
    .notNull()
    .references(() => alliances.id);

/** The rhythm of an alliance: sessions that come again by a rule of RFC 5545, at a local time of a time zone. */
export const sessionSeries = pgTable(
  'session_series',
  {
    id: id(),
    version: version(),
    allianceId: alliance(),
    title: text('title').notNull(),
    description: text('description'),
    place: text('place'),
    kind: text('kind').notNull(),
    notRecorded: boolean('not_recorded').notNull(),
    /** Local time without an offset, `YYYY-MM-DDTHH:MM`: what it is in UTC follows from the day. */
    startsAt: text('starts_at').notNull(),
    timeZone: text('time_zone').notNull(),
    durationMinutes: integer('duration_minutes').notNull(),
    recurrence: text('recurrence').notNull(),
    /** The last local day up to which its sessions are there. */
    plannedThrough: day('planned_through').notNull(),
    /** No session follows on those that are there. */
    complete: boolean('complete').notNull(),
    state: text('state').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason'),
    endedByOrganisationId: organisation('ended_by_organisation_id'),
    createdByOrganisationId: organisation('created_by_organisation_id').notNull(),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    index('session_series_alliance').on(table.allianceId, table.id),
    index('session_series_created_by').on(table.createdByOrganisationId),
    index('session_series_ended_by').on(table.endedByOrganisationId),
    index('session_series_changed').on(table.changedAt),
    index('session_series_planning')
      .on(table.plannedThrough)
      .where(sql`${table.state} = 'active' and not ${table.complete}`),
  ],
);

/** A meeting of an alliance: of a series, or on its own; planned, then held or cancelled. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    version: version(),
    allianceId: alliance(),
    seriesId: uuid('series_id').references(() => sessionSeries.id),
    /** Which session of the series it is: the local time that the rule gives, wherever it was moved. */
    occurrence: text('occurrence'),
    title: text('title').notNull(),
    description: text('description'),
    place: text('place'),
    kind: text('kind').notNull(),
    notRecorded: boolean('not_recorded').notNull(),
    startsAt: moment('starts_at').notNull(),
    endsAt: moment('ends_at').notNull(),
    timeZone: text('time_zone').notNull(),
    /** The local day on which it begins. */
    plannedOn: day('planned_on').notNull(),
    state: text('state').notNull(),
    heldOn: day('held_on'),
    decidedAt: moment('decided_at'),
    decidedByOrganisationId: organisation('decided_by_organisation_id'),
    /** It was cancelled before the week in which it would have been. */
    calledOffBefore: boolean('called_off_before').notNull().default(false),
    reason: text('reason'),
    createdByOrganisationId: organisation('created_by_organisation_id').notNull(),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('sessions_occurrence').on(table.seriesId, table.occurrence),
    index('sessions_alliance').on(table.allianceId, table.plannedOn),
    index('sessions_starts').on(table.startsAt),
    index('sessions_changed').on(table.changedAt),
    index('sessions_created_by').on(table.createdByOrganisationId),
    index('sessions_decided_by').on(table.decidedByOrganisationId),
    check('sessions_period', sql`${table.endsAt} > ${table.startsAt}`),
    check('sessions_held', sql`(${table.state} = 'held') = (${table.heldOn} is not null)`),
  ],
);

/** With how many an organisation was at a session, by its own word. */
export const sessionAttendances = pgTable(
  'session_attendances',
  {
    id: id(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id),
    organisationId: organisation('organisation_id').notNull(),
    headCount: integer('head_count').notNull(),
    recordedAt: moment('recorded_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    unique('session_attendances_once').on(table.sessionId, table.organisationId),
    index('session_attendances_organisation').on(table.organisationId),
    index('session_attendances_changed').on(table.changedAt),
    check('session_attendances_count', sql`${table.headCount} >= 0`),
  ],
);

/** What came out of a session that was held: a lesson, or a commitment or knowledge item of its alliance. */
export const sessionOutcomes = pgTable(
  'session_outcomes',
  {
    id: id(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessions.id),
    organisationId: organisation('organisation_id').notNull(),
    kind: text('kind').notNull(),
    lesson: text('lesson'),
    commitmentId: uuid('commitment_id').references(() => commitments.id),
    itemId: uuid('item_id').references(() => knowledgeItems.id),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [
    uniqueIndex('session_outcomes_commitment').on(table.sessionId, table.commitmentId),
    uniqueIndex('session_outcomes_item').on(table.sessionId, table.itemId),
    index('session_outcomes_session').on(table.sessionId, table.id),
    index('session_outcomes_organisation').on(table.organisationId),
    index('session_outcomes_of_commitment').on(table.commitmentId),
    index('session_outcomes_of_item').on(table.itemId),
    index('session_outcomes_recorded').on(table.recordedAt),
    check(
      'session_outcomes_one',
      sql`(${table.kind} = 'lesson') = (${table.lesson} is not null)
        and (${table.kind} = 'commitment') = (${table.commitmentId} is not null)
        and (${table.kind} = 'knowledge_item') = (${table.itemId} is not null)`,
    ),
  ],
);

/** A secret address under which an organisation reads the calendar of an alliance, while this membership lasts. */
export const calendarFeeds = pgTable(
  'calendar_feeds',
  {
    id: id(),
    allianceId: alliance(),
    organisationId: organisation('organisation_id').notNull(),
    membershipId: uuid('membership_id')
      .notNull()
      .references(() => memberships.id),
    name: text('name').notNull(),
    /** SHA-256 of the secret, in hexadecimal digits; the secret has 256 random bits and is kept nowhere. */
    secretHash: text('secret_hash').notNull(),
    openedAt: moment('opened_at').notNull(),
    revokedAt: moment('revoked_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('calendar_feeds_secret').on(table.secretHash),
    index('calendar_feeds_alliance').on(table.allianceId),
    index('calendar_feeds_organisation').on(table.organisationId, table.id),
    index('calendar_feeds_membership').on(table.membershipId),
    index('calendar_feeds_changed').on(table.changedAt),
  ],
);
