import { z } from 'zod';
import { NewDecision, Reason, State } from '../../platform/handshake-schemas.ts';
import { Day, Home, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';

/** Kinds of alliance. */
export const allianceKinds = ['alliance', 'network', 'community', 'academy'] as const;

/** Kind of alliance: `alliance` (signed charter), `network` (loose), `community` (temporary), `academy` (programme). */
export const AllianceKind = z.enum(allianceKinds).meta({
  id: 'AllianceKind',
  description:
    'alliance: with a signed charter. network: loose. community: temporary, so its end is mandatory. academy: a programme.',
});

/** Who may see an alliance. */
export const visibilities = ['public', 'network', 'closed'] as const;

/** Visibility of an alliance. */
export const Visibility = z.enum(visibilities).meta({
  id: 'Visibility',
  description:
    'public: everybody. network: every organisation of this node. closed (vrijplaats): its current members alone.',
});

/** Roles in an alliance. */
export const roles = ['convener', 'member', 'observer'] as const;

/** Role of an organisation in an alliance. */
export const Role = z.enum(roles).meta({ id: 'Role' });

export { NewDecision };

const reason = Reason;

/** The path of one alliance. */
export const AlliancePath = z.strictObject({ allianceId: Id });
/** The path of one membership. */
export const MembershipPath = z.strictObject({ membershipId: Id });
/** The path of one charter. */
export const CharterPath = z.strictObject({ allianceId: Id, charterId: Id });
/** The path of one sponsorship. */
export const SponsorshipPath = z.strictObject({ sponsorshipId: Id });

/** An alliance to be founded by the caller's organisation, which becomes its convener. */
export const NewAlliance = z
  .strictObject({
    kind: AllianceKind,
    name: line(300),
    purpose: z.string().trim().max(10_000).nullish(),
    visibility: Visibility,
    startsOn: Day.optional().meta({ description: 'Today when absent.' }),
    endsOn: Day.nullish().meta({ description: 'First day on which it no longer exists; mandatory for a community.' }),
  })
  .meta({ id: 'NewAlliance' });

/** A change to an alliance by a convener: absent stays, null removes. */
export const AllianceChange = z
  .strictObject({
    name: line(300).optional(),
    purpose: z.string().trim().max(10_000).nullish(),
    visibility: Visibility.optional(),
    startsOn: Day.optional(),
    endsOn: Day.nullish(),
  })
  .meta({ id: 'AllianceChange' });

/** An alliance as it is shown. */
export const AllianceView = z
  .object({
    id: Id,
    kind: AllianceKind,
    name: z.string(),
    purpose: z.string().nullable(),
    visibility: Visibility,
    startsOn: Day,
    endsOn: Day.nullable(),
    memberCount: z.int().meta({ description: 'Organisations that take part today, observers included.' }),
    createdBy: Reference.nullable().meta({ description: 'The organisation that founded it here; null when imported.' }),
    source: z.string().nullable().meta({ description: 'Where the record was imported from; null when founded here.' }),
    sourceKey: z.string().nullable(),
    home: Home,
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Alliance' });

/** Filters of the list of alliances. */
export const AllianceQuery = z.strictObject({
  ...pageQuery,
  kind: AllianceKind.optional(),
  visibility: Visibility.optional(),
  organisationId: Id.optional().meta({
    description: 'Only alliances in which this organisation takes part, on `asOf` or today.',
  }),
  createdByOrganisationId: Id.optional(),
  name: line(100).optional().meta({ description: 'Part of the name, in any case.' }),
  source: line(100).optional(),
  sourceKey: line(200).optional(),
  asOf: Day.optional().meta({ description: 'Only alliances that existed on this day.' }),
  changedSince: Moment.optional(),
});

/** An offer of membership: an invitation by a convener, or an application by the organisation itself. */
export const NewMembership = z
  .strictObject({
    organisationId: Id.optional().meta({ description: 'Whom to invite. Absent or one’s own: an application.' }),
    role: Role.default('member'),
    expiresInDays: z.int().min(1).max(365).default(30),
  })
  .meta({ id: 'NewMembership' });

/** Leaving an alliance, or ending another's membership as its convener. */
export const NewDeparture = z
  .strictObject({ endsOn: Day.optional().meta({ description: 'First day without it; today when absent.' }), reason })
  .meta({ id: 'NewDeparture' });

/** A membership as it is shown. */
export const MembershipView = z
  .object({
    id: Id,
    alliance: z.object({ id: Id, name: z.string().nullable() }).meta({
      description: 'The name is null where the alliance is a closed space that you may not read any more.',
    }),
    organisation: Reference,
    role: Role,
    state: State,
    offeredBy: z.enum(['alliance', 'organisation']).nullable().meta({
      description: 'alliance: an invitation. organisation: an application. null: not offered here.',
    }),
    offeredByOrganisation: Reference.nullable(),
    offeredAt: Moment.nullable(),
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decidedBy: Reference.nullable(),
    decisionReason: z.string().nullable(),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    endedBy: Reference.nullable().meta({ description: 'Who ended it here: the organisation itself or a convener.' }),
    endReason: z.string().nullable(),
    basis: z.enum(['agreed_here', 'recorded_elsewhere', 'succession']).meta({
      description:
        'agreed_here: both sides said yes here. recorded_elsewhere: imported. succession: followed from a merger.',
    }),
    source: z.string().nullable(),
    sourceKey: z.string().nullable(),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Membership' });

/** Filters of the list of memberships. */
export const MembershipQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  organisationId: Id.optional(),
  role: Role.optional(),
  state: State.optional(),
  basis: MembershipView.shape.basis.optional(),
  asOf: Day.optional().meta({ description: 'Only memberships that held on this day.' }),
  changedSince: Moment.optional(),
});

/** Filters of the list of one alliance's memberships. */
export const AllianceMembershipQuery = MembershipQuery.omit({ allianceId: true });

/** A charter to be published by a convener. */
export const NewCharter = z
  .strictObject({
    title: line(300),
    text: z.string().trim().min(1).max(100_000).meta({ description: 'Markdown.' }),
    effectiveOn: Day.optional().meta({ description: 'Today when absent.' }),
  })
  .meta({ id: 'NewCharter' });

/** A charter as it is shown. */
export const CharterView = z
  .object({
    id: Id,
    allianceId: Id,
    number: z.int(),
    title: z.string(),
    text: z.string(),
    contentHash: z.string().meta({ description: 'SHA-256 of the text in UTF-8, hexadecimal.' }),
    effectiveOn: Day,
    publishedBy: Reference,
    publishedAt: Moment,
    acceptedCount: z.int().meta({ description: 'Organisations that accepted this text by an act of their own.' }),
  })
  .meta({ id: 'Charter' });

/** A charter in a list: without its text. */
export const CharterSummary = CharterView.omit({ text: true }).meta({ id: 'CharterSummary' });

/** Filters of the list of an alliance's charters. */
export const CharterQuery = z.strictObject({
  ...pageQuery,
  asOf: Day.optional().meta({ description: 'Only charters that were in effect on this day or before.' }),
  changedSince: Moment.optional().meta({ description: 'Only charters published at or after this instant.' }),
});

/** A decision on a charter, which names the text that it is about. */
export const NewCharterDecision = z
  .strictObject({
    decision: z.enum(['accepted', 'declined']),
    contentHash: z.string().regex(/^[0-9a-f]{64}$/),
    reason,
  })
  .meta({ id: 'NewCharterDecision' });

/** What an organisation decided on a charter. */
export const CharterDecisionView = z
  .object({
    id: Id,
    charterId: Id,
    organisation: Reference,
    decision: z.enum(['accepted', 'declined']),
    reason: z.string().nullable(),
    decidedAt: Moment,
  })
  .meta({ id: 'CharterDecision' });

/** Filters of the decisions on a charter. */
export const CharterDecisionQuery = z.strictObject({
  ...pageQuery,
  organisationId: Id.optional(),
  decision: CharterDecisionView.shape.decision.optional(),
  asOf: Day.optional().meta({ description: 'Only decisions made by the end of this day.' }),
  changedSince: Moment.optional().meta({ description: 'Only decisions made at or after this instant.' }),
});

/** The offer to guarantee a closed space. */
export const NewSponsorship = z
  .strictObject({ organisationId: Id, expiresInDays: z.int().min(1).max(365).default(30) })
  .meta({ id: 'NewSponsorship' });

/** How far the closing of a space has come. */
export const ClosureState = z.enum(['closing', 'archived', 'destroyed']).meta({
  id: 'ClosureState',
  description:
    'closing: nothing new begins; harvest, hand over, answer. archived: what was open has ended and the archive can be fetched. destroyed: the content is gone.',
});

/** What a sponsor sees of the closed space that it guarantees: that it exists, its dates, its size class and its rhythm. */
export const SponsorshipView = z
  .object({
    id: Id,
    allianceId: Id,
    organisation: Reference,
    state: State,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    startsOn: Day.nullable().meta({ description: 'First day of the space; shown as long as the sponsorship holds.' }),
    endsOn: Day.nullable().meta({ description: 'First day on which the space no longer exists, if known.' }),
    sizeClass: z
      .enum(['1-5', '6-20', '21+'])
      .nullable()
      .meta({ description: 'Shown as long as the sponsorship holds and the space is not destroyed.' }),
    rhythm: z
      .object({
        wholeMonths: z
          .int()
          .min(0)
          .max(6)
          .meta({ description: 'How many months are looked at; fewer in a young space.' }),
        activeMonths: z.int().min(0).max(6).meta({ description: 'In how many of them something was recorded.' }),
      })
      .nullable()
      .meta({
        id: 'SpaceRhythm',
        description:
          'Of the last six calendar months in UTC that are over, those that lie wholly between the founding of the space on this node and its end; and in how many of them its participants recorded anything in the space, of whatever kind and by whomever: never what, by whom or how often. What concerns its sponsor, and what the node notes by itself, does not count. Shown as `sizeClass` is.',
      }),
    closure: z
      .object({
        state: ClosureState,
        beganAt: Moment,
        archivedAt: Moment.nullable(),
        destroysOn: Day.meta({ description: 'The day on which the content is destroyed.' }),
        destroyedAt: Moment.nullable(),
      })
      .nullable()
      .meta({ description: 'How far the closing of the space has come; null before its end. Shown as `startsOn` is.' }),
    endedAt: Moment.nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'Sponsorship' });

/** Filters of the list of sponsorships. */
export const SponsorshipQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  organisationId: Id.optional(),
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only sponsorships that held at the end of this day.' }),
  changedSince: Moment.optional(),
});

/** The end of a sponsorship. */
export const NewSponsorshipEnd = z.strictObject({ reason }).meta({ id: 'NewSponsorshipEnd' });
