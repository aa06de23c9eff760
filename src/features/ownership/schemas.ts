import { z } from 'zod';
import { decisions, handshakeStates } from '../../platform/handshake.ts';
import { Day, Id, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { changes, shares, subjectTypes } from './rules.ts';

const State = z.enum(handshakeStates).meta({ id: 'HandshakeState' });
const reason = z.string().trim().max(2000).nullish();

/** What can be owned. */
export const SubjectType = z.enum(subjectTypes).meta({ id: 'OwnershipSubjectType' });
/** A way of owning. */
export const Share = z.enum(shares).meta({
  id: 'OwnershipShare',
  description: 'accountable: answers for it; at most one organisation at any instant. joint: owns it with others.',
});
const Change = z.enum(changes).meta({
  id: 'OwnershipChange',
  description:
    'accepted: an offer was accepted. transferred: handed over by the owner before, with the yes of the next. released: given up. succeeded: followed from a merger.',
});
/** A thing that can be owned. */
export const Subject = z.strictObject({ type: SubjectType, id: Id }).meta({ id: 'OwnershipSubject' });
const NamedSubject = z
  .object({ type: SubjectType, id: Id, name: z.string().nullable() })
  .meta({ id: 'NamedOwnershipSubject', description: 'The name is null where the item was withdrawn.' });

const recordNumber = z.int().min(0).max(2_147_483_646).optional().meta({
  description:
    'The number of the record that you saw last, 0 for none: if another followed, the answer is `ownership_changed`.',
});

/** The path of one offer. */
export const OfferPath = z.strictObject({ offerId: Id });
/** The path of one record. */
export const RecordPath = z.strictObject({ recordId: Id });

/** An offer to own a subject. */
export const NewOwnershipOffer = z
  .strictObject({
    subject: Subject,
    share: Share,
    organisationId: Id.meta({ description: 'Who is asked to own it; your own organisation too.' }),
    message: z.string().trim().max(2000).nullish(),
    expiresInDays: z.int().min(1).max(365).default(30),
    recordNumber,
  })
  .meta({ id: 'NewOwnershipOffer' });

/** The answer to an offer. */
export const NewOwnershipDecision = z
  .strictObject({ decision: z.enum(decisions), reason })
  .meta({ id: 'NewOwnershipDecision' });

/** The release of a share that one’s own organisation has. */
export const NewOwnershipRelease = z
  .strictObject({
    subject: Subject,
    share: Share,
    reason: z
      .string()
      .trim()
      .min(1)
      .max(2000)
      .meta({ description: 'Is shown with the record, and stands in its receipt.' }),
    recordNumber,
  })
  .meta({ id: 'NewOwnershipRelease' });

/** An offer to own, as its two parties see it. */
export const OwnershipOfferView = z
  .object({
    id: Id,
    subject: NamedSubject,
    share: Share,
    from: Reference.nullable().meta({
      description: 'The present owner, where the offer is a transfer; it stays until the yes.',
    }),
    to: Reference,
    state: State,
    message: z.string().nullable(),
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable(),
    recordId: Id.nullable().meta({ description: 'The ownership record that followed from the yes.' }),
    changedAt: Moment,
  })
  .meta({ id: 'OwnershipOffer' });

/** Filters of the list of offers. */
export const OwnershipOfferQuery = z.strictObject({
  ...pageQuery,
  subjectType: SubjectType.optional(),
  subjectId: Id.optional(),
  share: Share.optional(),
  state: State.optional(),
  toOrganisationId: Id.optional(),
  fromOrganisationId: Id.optional(),
  offeredByOrganisationId: Id.optional(),
  changedSince: Moment.optional(),
  asOf: Day.optional().meta({ description: 'Only offers that were open on this day.' }),
});

/** Who owns a subject from this record to the next. */
export const OwnershipRecordView = z
  .object({
    id: Id,
    subject: NamedSubject,
    number: z.int().meta({ description: '1 for the first record of the subject, then without a gap.' }),
    change: Change,
    share: Share,
    accountable: Reference.nullable().meta({ description: 'Who answers for it from this record on; null: an orphan.' }),
    joint: z.array(Reference),
    from: Reference.nullable().meta({ description: 'Who gave the share up.' }),
    to: Reference.nullable().meta({ description: 'Who has the share since.' }),
    offerId: Id.nullable(),
    reason: z.string().nullable(),
    recordedAt: Moment,
    until: Moment.nullable().meta({ description: 'When the next record followed; null while this one holds.' }),
    receiptHash: z.string().meta({ description: 'SHA-256 of the signed receipt, hexadecimal.' }),
  })
  .meta({ id: 'OwnershipRecord' });

/** Filters of the list of records. */
export const OwnershipRecordQuery = z.strictObject({
  ...pageQuery,
  subjectType: SubjectType.optional(),
  subjectId: Id.optional(),
  allianceId: Id.optional().meta({ description: 'The alliance itself and the initiatives in it.' }),
  organisationId: Id.optional().meta({ description: 'Owned by this organisation, accountable or jointly.' }),
  share: Share.optional().meta({
    description: 'How `organisationId` owns; without it: owned in this way by anybody.',
  }),
  orphaned: z.boolean().optional().meta({ description: 'Whether nobody is accountable.' }),
  history: z.boolean().default(false).meta({ description: 'Every record, not only the one that holds.' }),
  changedSince: Moment.optional().meta({ description: 'Only records made at or after this instant.' }),
  asOf: Day.optional().meta({
    description: 'As it was at the end of this day (UTC); for a day that is not over, now.',
  }),
  asOfInstant: Moment.optional().meta({ description: 'As it was at this instant.' }),
});

/** The signed receipt of a record. */
export const OwnershipReceiptView = z
  .object({
    receipt: z.string().meta({
      description: 'Compact JWS; verify it with `/.well-known/receipt-jwks.json`. As `application/jose` it comes bare.',
    }),
  })
  .meta({ id: 'OwnershipReceipt' });

/** A subject for which nobody answers. */
export const OrphanView = z
  .object({
    id: Id,
    type: SubjectType,
    name: z.string(),
    since: Moment.meta({ description: 'When it was given up, or began without an owner.' }),
    released: z.boolean().meta({ description: 'Whether it was given up; false: it never had an owner.' }),
    recordId: Id.nullable(),
  })
  .meta({ id: 'OwnershipOrphan' });

/** Filters of the list of orphans. */
export const OrphanQuery = z.strictObject({
  ...pageQuery,
  type: SubjectType.optional(),
  allianceId: Id.optional().meta({ description: 'The alliance itself and the initiatives in it.' }),
  released: z.boolean().optional(),
  changedSince: Moment.optional().meta({ description: 'Only those without an owner since this instant or later.' }),
});

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What a receipt says. It is signed as RFC 8785 canonical JSON. */
export const ReceiptPayload = z.strictObject({
  iss: z.string(),
  id: Id,
  subject: Subject,
  number: z.int().min(1),
  change: Change,
  share: Share,
  accountable: Id.nullable(),
  joint: z.array(Id),
  from: Id.nullable(),
  to: Id.nullable(),
  offer: z.strictObject({ id: Id, offeredBy: Id, offeredAt: z.iso.datetime(), decidedAt: z.iso.datetime() }).nullable(),
  reason: z.string().nullable(),
  recordedAt: z.iso.datetime(),
  previous: Hash.nullable(),
});
