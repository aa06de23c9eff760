import { z } from 'zod';
import { Day, Home, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { identifierSchemes } from './identifiers.ts';

/** Kinds of organisation. */
export const organisationKinds = [
  'municipality',
  'care_organisation',
  'partnership',
  'academy',
  'province',
  'water_authority',
  'ministry',
  'foundation',
  'other',
] as const;

/** Kind of organisation, as the register of its sector would call it. */
export const OrganisationKind = z.enum(organisationKinds).meta({ id: 'OrganisationKind' });

/** Scheme of an official identifier: who gives it out. */
export const IdentifierScheme = z.enum(identifierSchemes).meta({
  id: 'IdentifierScheme',
  description: 'oin, rsin, kvk (chamber of commerce), cbs (municipality code), tooi (URI), agb and ura (care).',
});

/** An official identifier as it is given; its value is checked by the rules of its scheme. */
export const NewIdentifier = z
  .strictObject({
    scheme: IdentifierScheme,
    value: line(200),
    validFrom: Day.nullish(),
    validUntil: Day.nullish().meta({ description: 'First day on which it is no longer valid.' }),
  })
  .meta({ id: 'NewIdentifier' });

/** An official identifier as it is kept. */
export const Identifier = z
  .object({
    scheme: IdentifierScheme,
    value: z.string(),
    validFrom: Day.nullable(),
    validUntil: Day.nullable(),
  })
  .meta({ id: 'Identifier' });

/** An organisation to be registered. */
export const NewOrganisation = z
  .strictObject({
    kind: OrganisationKind,
    name: line(300),
    region: line(100).nullish(),
    startsOn: Day.nullish(),
    endsOn: Day.nullish().meta({ description: 'First day on which the organisation no longer exists.' }),
    identifiers: z.array(NewIdentifier).max(50).default([]),
  })
  .meta({ id: 'NewOrganisation' });

/** A change to an organisation: absent stays, null removes; `identifiers` replaces the whole list. */
export const OrganisationChange = z
  .strictObject({
    kind: OrganisationKind.optional(),
    name: line(300).optional(),
    region: line(100).nullish(),
    startsOn: Day.nullish(),
    endsOn: Day.nullish(),
    identifiers: z.array(NewIdentifier).max(50).optional(),
  })
  .meta({ id: 'OrganisationChange' });

/** An organisation as it is shown. */
export const OrganisationView = z
  .object({
    id: Id,
    kind: OrganisationKind,
    name: z.string(),
    region: z.string().nullable(),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    successor: Reference.nullable().meta({ description: 'The organisation into which this one merged.' }),
    identifiers: z.array(Identifier),
    source: z.string().nullable().meta({ description: 'Where the record was imported from; null when made here.' }),
    sourceKey: z.string().nullable(),
    home: Home,
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Organisation' });

/** One recorded version of an organisation. */
export const OrganisationVersionView = z
  .object({
    version: z.int(),
    recordedAt: Moment,
    operationId: z.string().meta({ description: 'The operation that recorded this version.' }),
    kind: OrganisationKind,
    name: z.string(),
    region: z.string().nullable(),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    successorId: Id.nullable(),
    identifiers: z.array(Identifier),
  })
  .meta({ id: 'OrganisationVersion' });

/** Filters of the list of organisations. */
export const OrganisationQuery = z.strictObject({
  ...pageQuery,
  kind: OrganisationKind.optional(),
  region: line(100).optional(),
  name: line(100).optional().meta({ description: 'Part of the name, in any case.' }),
  identifier: z
    .string()
    .max(220)
    .optional()
    .meta({ description: 'Official identifier as `scheme:value`, for example `cbs:GM0344`.' }),
  successorId: Id.optional(),
  source: line(100).optional(),
  sourceKey: line(200).optional(),
  asOf: Day.optional().meta({ description: 'Only organisations that existed on this day.' }),
  changedSince: Moment.optional().meta({
    description: 'Only organisations recorded or changed at or after this instant.',
  }),
});

/** The path of one organisation. */
export const OrganisationPath = z.strictObject({ organisationId: Id });

/** The list of an organisation's versions. */
export const VersionQuery = z.strictObject({
  ...pageQuery,
  asOf: Day.optional().meta({ description: 'Only versions recorded by the end of this day.' }),
  changedSince: Moment.optional().meta({ description: 'Only versions recorded at or after this instant.' }),
});

/** Filters of the list of mergers. */
export const MergerQuery = z.strictObject({
  ...pageQuery,
  successorId: Id.optional(),
  asOf: Day.optional().meta({ description: 'Only mergers in effect on this day.' }),
  changedSince: Moment.optional().meta({ description: 'Only mergers recorded at or after this instant.' }),
});

/** A merger (herindeling): organisations that go up in a successor on a day. */
export const NewMerger = z
  .strictObject({
    predecessorIds: z.array(Id).min(1).max(50),
    successorId: Id,
    effectiveOn: Day.meta({ description: 'First day on which the predecessors no longer exist.' }),
  })
  .meta({ id: 'NewMerger' });

/** A recorded merger. */
export const MergerView = z
  .object({
    id: Id,
    predecessors: z.array(Reference),
    successor: Reference,
    effectiveOn: Day,
    continuedMembershipCount: z.int().meta({ description: 'Memberships that the successor took over.' }),
    recordedAt: Moment,
  })
  .meta({ id: 'Merger' });
