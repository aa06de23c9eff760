import { z } from 'zod';
import { NewDecision, Reason, State } from '../../platform/handshake-schemas.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { erasureGrounds, sides, workTypes } from './rules.ts';

// Neither holds nine digits in a row, so that no citizen service number (BSN) or date of birth can stand here.
const PersonName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^0-9]+$/)
  .meta({ description: 'Without digits.' });
const Contact = z
  .string()
  .max(254)
  .regex(/^([^\s@]+@[^\s@]+\.[a-zA-Z]{2,}|\+[1-9][0-9]{7,14})$/)
  .meta({ description: 'An e-mail address, or a telephone number that begins with `+` and the country.' });

const personalCode = z
  .string()
  .regex(/^samendoen_code_[A-Za-z0-9_-]{43}$/)
  .optional()
  .meta({
    description: 'The code that the professional got: whoever sends it acts for the person, through any client.',
    example: `samendoen_code_${'0'.repeat(43)}`,
  });

const role = line(200).meta({ description: 'Job title at the organisation.' });
const startsOn = Day.optional().meta({ description: 'Today when absent; not in the future.' });
const expiresInDays = z.int().min(1).max(365).default(30);

/** The path of one professional. */
export const ProfessionalPath = z.strictObject({ professionalId: Id });
/** The path of one affiliation. */
export const AffiliationPath = z.strictObject({ affiliationId: Id });
/** The path of one contribution. */
export const ContributionPath = z.strictObject({ contributionId: Id });
/** The path of one erasure. */
export const ErasurePath = z.strictObject({ erasureId: Id });

/** A professional to be registered, with the affiliation that is offered at once. */
export const NewProfessional = z
  .strictObject({
    name: PersonName,
    contact: Contact.nullish(),
    organisationId: Id.optional().meta({ description: 'Where the person works; your own organisation when absent.' }),
    role,
    startsOn,
    expiresInDays,
  })
  .meta({ id: 'NewProfessional' });

/** A change by the organisation that registered, or by the person: absent stays, null removes. */
export const ProfessionalChange = z
  .strictObject({ name: PersonName.optional(), contact: Contact.nullish(), personalCode })
  .meta({ id: 'ProfessionalChange' });

/** A professional as it is shown. */
export const ProfessionalView = z
  .object({
    id: Id,
    name: z.string().nullable().meta({ description: 'Null once erased.' }),
    contact: z.string().nullable(),
    registeredBy: Reference,
    hasPersonalCode: z.boolean().meta({ description: 'False once the code is void; a new one can be given.' }),
    createdAt: Moment,
    changedAt: Moment,
    erasedAt: Moment.nullable(),
  })
  .meta({ id: 'Professional' });

/** A professional that was registered, with the code that is shown this once. */
export const RegisteredProfessionalView = ProfessionalView.extend({
  affiliationId: Id,
  personalCode: z.string().nullable().meta({
    description: 'For the person alone. Shown this once and never kept: null where a repeated request is answered.',
  }),
}).meta({ id: 'RegisteredProfessional' });

/** A new personal code. */
export const PersonalCodeView = z
  .object({ professionalId: Id, personalCode: z.string(), issuedAt: Moment })
  .meta({ id: 'PersonalCode' });

/** Filters of the list of professionals. */
export const ProfessionalQuery = z.strictObject({
  ...pageQuery,
  registeredByOrganisationId: Id.optional(),
  organisationId: Id.optional().meta({ description: 'Only who has an accepted affiliation with it that you may see.' }),
  erased: z.boolean().optional(),
  asOf: Day.optional().meta({ description: 'Only who was registered on this day or before.' }),
  changedSince: Moment.optional(),
});

/** An affiliation to be claimed by the side of the person, or offered by the organisation. */
export const NewAffiliation = z
  .strictObject({
    personalCode,
    organisationId: Id.optional().meta({ description: 'Your own organisation when absent.' }),
    role,
    startsOn,
    expiresInDays,
  })
  .meta({ id: 'NewAffiliation' });

/** The answer to an affiliation that was claimed or offered. */
export const NewAffiliationDecision = NewDecision.extend({ personalCode }).meta({ id: 'NewAffiliationDecision' });

/** The end of an affiliation. */
export const NewAffiliationEnd = z
  .strictObject({
    personalCode,
    endsOn: Day.optional().meta({ description: 'First day without it; today when absent, and not in the future.' }),
    reason: Reason,
  })
  .meta({ id: 'NewAffiliationEnd' });

const Side = z.enum(sides).meta({ id: 'AffiliationSide' });
const NamedProfessional = z
  .object({ id: Id, name: z.string().nullable() })
  .meta({ id: 'NamedProfessional', description: 'With its name where your organisation may see the professional.' });

/** An affiliation as it is shown. */
export const AffiliationView = z
  .object({
    id: Id,
    professional: NamedProfessional,
    organisation: Reference,
    role: z.string().nullable(),
    state: State,
    offeredBy: Side,
    offeredByOrganisation: Reference.meta({ description: 'Whose client made the offer.' }),
    offeredAt: Moment,
    expiresAt: Moment,
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable(),
    startsOn: Day,
    endsOn: Day.nullable(),
    endedBy: Side.nullable(),
    endReason: z.string().nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'Affiliation' });

/** Filters of the list of affiliations. */
export const AffiliationQuery = z.strictObject({
  ...pageQuery,
  professionalId: Id.optional(),
  organisationId: Id.optional(),
  offeredByOrganisationId: Id.optional(),
  offeredBy: Side.optional(),
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only affiliations that held on this day.' }),
  changedSince: Moment.optional(),
});

const Work = z.object({ type: z.enum(workTypes).meta({ id: 'WorkType' }), id: Id }).meta({ id: 'Work' });

/** The part of a professional in what an organisation does. */
export const NewProfessionalContribution = z
  .strictObject({
    organisationId: Id.meta({ description: 'Your own organisation, with which the professional is affiliated.' }),
    subjectType: Work.shape.type,
    subjectId: Id,
    role: line(200).meta({ description: 'What the person did in it.' }),
  })
  .meta({ id: 'NewProfessionalContribution' });

/** A contribution of a professional as it is shown. */
export const ProfessionalContributionView = z
  .object({
    id: Id,
    professional: NamedProfessional.nullable().meta({ description: 'Null once the person was erased.' }),
    organisation: Reference,
    subject: Work,
    role: z.string().nullable(),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'ProfessionalContribution' });

/** Filters of the list of contributions. */
export const ProfessionalContributionQuery = z.strictObject({
  ...pageQuery,
  professionalId: Id.optional(),
  organisationId: Id.optional(),
  subjectType: Work.shape.type.optional(),
  subjectId: Id.optional(),
  asOf: Day.optional().meta({ description: 'Only what was named on this day or before.' }),
  changedSince: Moment.optional(),
});

/** The request of a person to see what is kept of it. */
export const NewAccessExport = z.strictObject({ personalCode: personalCode.unwrap() }).meta({ id: 'NewAccessExport' });

const Processing = z.object({
  day: Day,
  organisation: Reference.nullable(),
  activityId: z.string(),
  name: z.string(),
  count: z.int(),
  firstAt: Moment,
  lastAt: Moment,
});

/** Everything that is kept of a person. */
export const AccessExportView = z
  .object({
    document: z.object({
      issuer: z.string(),
      exportedAt: Moment,
      professional: z.object({
        id: Id,
        version: z.int(),
        name: z.string(),
        contact: z.string().nullable(),
        registeredBy: Reference,
        codeIssuedAt: Moment,
        codeUsedAt: Moment,
        createdAt: Moment,
        changedAt: Moment,
      }),
      affiliations: z.array(AffiliationView),
      contributions: z.array(ProfessionalContributionView),
      processing: z.array(Processing).meta({
        description: 'Who processed the data for what, by day: the processing log of the last three years.',
      }),
    }),
    sha256: z.string().meta({ description: 'Of the document as RFC 8785 canonical JSON, hexadecimal.' }),
  })
  .meta({ id: 'AccessExport' });

const ground = z.enum(erasureGrounds).meta({
  id: 'ErasureGround',
  description: 'Grounds of art. 17(1) AVG; `retention_period` is for the node.',
});

/** The request to erase a person. */
export const NewErasure = z
  .strictObject({ personalCode, ground: ground.exclude(['retention_period']).meta({ id: 'ErasureRequestGround' }) })
  .meta({ id: 'NewErasure' });

const Counts = z
  .object({
    names: z.int(),
    contacts: z.int(),
    personalCodes: z.int(),
    affiliations: z.int(),
    contributions: z.int(),
    savedAnswers: z.int(),
    processingRecords: z.int().meta({ description: 'Records that nothing links with anybody any more.' }),
  })
  .meta({ id: 'ErasureCounts', description: 'Rows that lost what they held of the person, by place.' });

/** An erasure as it is shown. */
export const ErasureView = z
  .object({
    id: Id,
    professionalId: Id,
    ground,
    requestedBy: z.enum(['professional', 'organisation', 'node']),
    counts: Counts,
    erasedAt: Moment,
  })
  .meta({ id: 'Erasure' });

/** Filters of the list of erasures. */
export const ErasureQuery = z.strictObject({
  ...pageQuery,
  professionalId: Id.optional(),
  registeredByOrganisationId: Id.optional(),
  requestedByOrganisationId: Id.optional(),
  requestedBy: ErasureView.shape.requestedBy.optional(),
  ground: ground.optional(),
  asOf: Day.optional().meta({ description: 'Only erasures of this day and before.' }),
  changedSince: Moment.optional(),
});

/** The signed receipt of an erasure. */
export const ErasureReceiptView = z
  .object({
    receipt: z.string().meta({
      description: 'Compact JWS; verify it with `/.well-known/receipt-jwks.json`. As `application/jose` it comes bare.',
    }),
  })
  .meta({ id: 'ErasureReceipt' });
