import { sql } from 'drizzle-orm';
import { type AnyPgColumn, check, index, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytes, day, id, moment, version } from '../../platform/columns.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);

/**
 * A person who works for an organisation, as little of it as possible. `dataSubjectId` is its random name in the
 * processing log, and this row the only place that links the two. Once erased, nothing of the person can stand here.
 */
export const professionals = pgTable(
  'professionals',
  {
    id: id(),
    version: version(),
    registeredByOrganisationId: organisation('registered_by_organisation_id').notNull(),
    name: text('name'),
    contact: text('contact'),
    dataSubjectId: text('data_subject_id').unique(),
    /** HMAC-SHA-256 of the personal code under a key of the node; null once it is void. */
    codeDigest: bytes('code_digest'),
    codeIssuedAt: moment('code_issued_at'),
    codeUsedAt: moment('code_used_at'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    erasedAt: moment('erased_at'),
  },
  (table) => [
    index('professionals_registered_by').on(table.registeredByOrganisationId, table.id),
    index('professionals_changed').on(table.changedAt),
    index('professionals_created').on(table.createdAt).where(sql`${table.erasedAt} is null`),
    index('professionals_code').on(table.codeIssuedAt).where(sql`${table.codeDigest} is not null`),
    check(
      'professionals_erased',
      sql`(${table.erasedAt} is null and ${table.name} is not null and ${table.dataSubjectId} is not null)
      or (${table.erasedAt} is not null and num_nonnulls(${table.name}, ${table.contact}, ${table.dataSubjectId},
        ${table.codeDigest}, ${table.codeIssuedAt}, ${table.codeUsedAt}) = 0)`,
    ),
  ],
);

/** A professional at an organisation: claimed or offered by one side, answered by the other, dated, never overwritten. */
export const affiliations = pgTable(
  'affiliations',
  {
    id: id(),
    version: version(),
    professionalId: uuid('professional_id')
      .notNull()
      .references(() => professionals.id),
    organisationId: organisation('organisation_id').notNull(),
    /** Null once the person was erased, or an offer that came to nothing was kept long enough. */
    role: text('role'),
    state: text('state').notNull(),
    offeredBy: text('offered_by').notNull(),
    /** The organisation whose client made the offer, also where the person did with its code. */
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    startsOn: day('starts_on').notNull(),
    endsOn: day('ends_on'),
    endedBy: text('ended_by'),
    endReason: text('end_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('affiliations_open')
      .on(table.professionalId, table.organisationId)
      .where(sql`${table.state} in ('offered', 'accepted')`),
    index('affiliations_professional').on(table.professionalId, table.id),
    index('affiliations_organisation').on(table.organisationId, table.id),
    index('affiliations_offered_by').on(table.offeredByOrganisationId),
    index('affiliations_changed').on(table.changedAt),
    index('affiliations_expiry').on(table.expiresAt).where(sql`${table.state} = 'offered'`),
    check('affiliations_period', sql`${table.endsOn} is null or ${table.endsOn} >= ${table.startsOn}`),
    check('affiliations_sides', sql`${table.offeredBy} in ('professional', 'organisation')`),
  ],
);

/** Who of an organisation worked on what. After an erasure the organisation and the subject stay, without the person. */
export const professionalContributions = pgTable(
  'professional_contributions',
  {
    id: id(),
    professionalId: uuid('professional_id').references(() => professionals.id),
    organisationId: organisation('organisation_id').notNull(),
    subjectType: text('subject_type').notNull(),
    subjectId: uuid('subject_id').notNull(),
    role: text('role'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('professional_contributions_once').on(
      table.professionalId,
      table.organisationId,
      table.subjectType,
      table.subjectId,
    ),
    index('professional_contributions_organisation').on(table.organisationId, table.id),
    index('professional_contributions_subject').on(table.subjectType, table.subjectId),
    index('professional_contributions_changed').on(table.changedAt),
    check('professional_contributions_erased', sql`${table.professionalId} is not null or ${table.role} is null`),
  ],
);

/** Proof of an erasure: what was removed where, in numbers, signed; append-only. */
export const erasures = pgTable(
  'erasures',
  {
    id: id(),
    professionalId: uuid('professional_id')
      .notNull()
      .unique()
      .references(() => professionals.id),
    registeredByOrganisationId: organisation('registered_by_organisation_id').notNull(),
    requestedBy: text('requested_by').notNull(),
    /** The organisation whose client asked; null where the node erased by its schedule. */
    requestedByOrganisationId: organisation('requested_by_organisation_id'),
    ground: text('ground').notNull(),
    counts: jsonb('counts').$type<Record<string, number>>().notNull(),
    receipt: text('receipt').notNull(),
    erasedAt: moment('erased_at').notNull(),
  },
  (table) => [
    index('erasures_registered_by').on(table.registeredByOrganisationId, table.id),
    index('erasures_requested_by').on(table.requestedByOrganisationId),
    index('erasures_erased').on(table.erasedAt),
  ],
);
