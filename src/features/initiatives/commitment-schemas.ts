import { z } from 'zod';
import { NewDecision, Reason, State } from '../../platform/handshake-schemas.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { commitmentStates } from './rules.ts';
import { CommitmentCounts, expiresInDays, GivenReason } from './schemas.ts';

/** The path of one commitment. */
export const CommitmentPath = z.strictObject({ commitmentId: Id });
/** The path of an offer of another date. */
export const DateOfferPath = z.strictObject({ dateOfferId: Id });

/** State of a commitment. */
export const CommitmentState = z.enum(commitmentStates).meta({
  id: 'CommitmentState',
  description:
    'accepted: promised. fulfilled: done, says the promiser. confirmed: a deed, says the beneficiary. disputed: not so, says the beneficiary. cancelled: given up after the yes.',
});

/** What shows that something was done. */
export const Evidence = z
  .strictObject({
    text: z.string().trim().min(1).max(5000),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .nullish(),
  })
  .transform(({ text, url }) => ({ text, url: url ?? null }));
const EvidenceView = z.object({ text: z.string(), url: z.string().nullable() }).meta({ id: 'Evidence' });

/** A promise that the caller makes, or that it asks of another organisation. */
export const NewCommitment = z
  .strictObject({
    allianceId: Id.optional().meta({ description: 'Needed without `initiativeId`.' }),
    initiativeId: Id.optional(),
    title: line(300).meta({ description: 'What is promised.' }),
    description: z.string().trim().max(10_000).nullish(),
    promiserOrganisationId: Id.optional().meta({ description: 'Who promises; your organisation when absent.' }),
    beneficiaryOrganisationId: Id.optional().meta({ description: 'To whom; your organisation when absent.' }),
    dueOn: Day.meta({ description: 'By when; today at the earliest.' }),
    expiresInDays,
  })
  .meta({ id: 'NewCommitment' });

/** Another offer in the place of an open one: absent stays as it was. */
export const NewCounterOffer = z
  .strictObject({
    title: line(300).optional(),
    description: z.string().trim().max(10_000).nullish(),
    dueOn: Day.optional(),
    reason: Reason,
    expiresInDays,
  })
  .meta({ id: 'NewCounterOffer' });

/** The deed as the promiser shows it. */
export const NewFulfilment = z
  .strictObject({ evidence: z.array(Evidence).min(1).max(20) })
  .meta({ id: 'NewFulfilment' });

/** What the beneficiary says of the deed. */
export const NewConfirmation = z
  .strictObject({
    outcome: z.enum(['confirmed', 'disputed']),
    reason: Reason.meta({ description: 'Needed for a dispute.' }),
  })
  .meta({ id: 'NewConfirmation' });

/** Giving up a promise, or letting the other off. */
export const NewCancellation = z.strictObject({ reason: GivenReason }).meta({ id: 'NewCancellation' });

/** A commitment as it is shown. */
export const CommitmentView = z
  .object({
    id: Id,
    alliance: Reference,
    initiative: z.object({ id: Id, title: z.string() }).nullable(),
    title: z.string(),
    description: z.string().nullable(),
    promiser: Reference,
    beneficiary: Reference,
    dueOn: Day,
    firstDueOn: Day.meta({ description: 'The day that was promised first; it stays when the day is moved.' }),
    state: CommitmentState,
    late: z.boolean().meta({ description: 'Promised, not done, and past its day.' }),
    inTime: z.boolean().nullable().meta({ description: 'Whether it was done by `firstDueOn`; null before.' }),
    offeredBy: Reference,
    counterOf: Id.nullable().meta({ description: 'The offer that this one took the place of; for the two parties.' }),
    counteredBy: Id.nullable().meta({ description: 'The offer that took the place of this one; for the two parties.' }),
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable().meta({ description: 'For the two parties.' }),
    fulfilledAt: Moment.nullable(),
    evidence: z.array(EvidenceView),
    confirmedAt: Moment.nullable(),
    outcomeReason: z
      .string()
      .nullable()
      .meta({ description: 'Why it was disputed or cancelled; for the two parties.' }),
    cancelledAt: Moment.nullable(),
    cancelledBy: Reference.nullable(),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Commitment' });

/** Filters of the list of commitments. */
export const CommitmentQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  initiativeId: Id.optional(),
  organisationId: Id.optional().meta({ description: 'Either party.' }),
  promiserOrganisationId: Id.optional(),
  beneficiaryOrganisationId: Id.optional(),
  state: CommitmentState.optional(),
  late: z.boolean().optional(),
  dueFrom: Day.optional(),
  dueUntil: Day.optional().meta({ description: 'Due on this day or before.' }),
  asOf: Day.optional().meta({
    description: 'Only promises that stood open at the end of this day: accepted, and neither done nor given up.',
  }),
  changedSince: Moment.optional(),
});

/** Of what commitments are counted. */
export const CommitmentCountQuery = z.strictObject({
  allianceId: Id.optional(),
  initiativeId: Id.optional(),
  organisationId: Id.optional().meta({ description: 'Either party.' }),
  promiserOrganisationId: Id.optional(),
  beneficiaryOrganisationId: Id.optional(),
  dueFrom: Day.optional(),
  dueUntil: Day.optional(),
});

export { CommitmentCounts, NewDecision };

/** A step of a commitment. */
export const CommitmentStepView = z
  .object({
    number: z.int(),
    step: z.enum([
      'offered',
      'accepted',
      'declined',
      'countered',
      'withdrawn',
      'expired',
      'date_offered',
      'date_moved',
      'date_declined',
      'date_withdrawn',
      'fulfilled',
      'confirmed',
      'disputed',
      'cancelled',
    ]),
    organisation: Reference.nullable().meta({ description: 'Whose step it was; null for the passing of time.' }),
    reason: z.string().nullable(),
    dueOn: Day.meta({ description: 'The day that was agreed, or offered by this step.' }),
    evidence: z.array(EvidenceView),
    recordedAt: Moment,
  })
  .meta({ id: 'CommitmentStep' });

/** The parameters of a history. */
export const StepQuery = z.strictObject({
  ...pageQuery,
  asOf: Day.optional().meta({ description: 'Only steps taken by the end of this day.' }),
  changedSince: Moment.optional(),
});

/** Another day for a promise. */
export const NewDateOffer = z
  .strictObject({ dueOn: Day.meta({ description: 'Today at the earliest.' }), reason: Reason, expiresInDays })
  .meta({ id: 'NewDateOffer' });

/** An offer of another day as it is shown. */
export const DateOfferView = z
  .object({
    id: Id,
    commitmentId: Id,
    dueOn: Day,
    reason: z.string().nullable(),
    state: State,
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'DateOffer' });

/** Filters of the offers of another day. */
export const DateOfferQuery = z.strictObject({
  ...pageQuery,
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only offers that stood open at the end of this day.' }),
  changedSince: Moment.optional(),
});
