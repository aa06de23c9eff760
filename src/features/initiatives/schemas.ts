import { z } from 'zod';
import { decisions } from '../../platform/handshake.ts';
import { Reason, State } from '../../platform/handshake-schemas.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { stages, stalledAfterDays, stances } from './rules.ts';

/** A reason that must be given. */
export const GivenReason = z.string().trim().min(1).max(2000);
/** How long an offer stays open. */
export const expiresInDays = z.int().min(1).max(365).default(30);

const themes = z
  .array(line(60).toLowerCase())
  .max(20)
  .transform((given) => [...new Set(given)]);

/** Stage of an initiative. */
export const Stage = z.enum(stages).meta({ id: 'InitiativeStage' });

/** Stance of an organisation towards an initiative in which it takes part. */
export const Stance = z.enum(stances).meta({
  id: 'Stance',
  description:
    'contributor: does its share (arena). consent, reservations, objection: thinks along. observer: watches. All but contributor are on the tribune.',
});

/** The path of one initiative. */
export const InitiativePath = z.strictObject({ initiativeId: Id });
/** The path of one participation. */
export const ParticipationPath = z.strictObject({ participationId: Id });
/** The path of knowledge linked to an initiative. */
export const KnowledgeLinkPath = z.strictObject({ knowledgeLinkId: Id });

/** An initiative to be begun by the caller's organisation, which takes part as a contributor. */
export const NewInitiative = z
  .strictObject({
    allianceId: Id,
    title: line(300),
    purpose: z.string().trim().max(10_000).nullish(),
    themes: themes.default([]),
    talkedSince: Day.optional().meta({
      description: 'Since when it has been talked about; today when absent, never in the future.',
    }),
  })
  .meta({ id: 'NewInitiative' });

/** A change to an initiative by a contributor: absent stays, null removes. */
export const InitiativeChange = z
  .strictObject({
    title: line(300).optional(),
    purpose: z.string().trim().max(10_000).nullish(),
    themes: themes.optional(),
  })
  .meta({ id: 'InitiativeChange' });

/** A stage to go to. */
export const NewStage = z
  .strictObject({ stage: Stage, reason: Reason.meta({ description: 'Needed to stop.' }) })
  .meta({ id: 'NewStage' });

const days = (description: string) => z.int().nullable().meta({ description });

/** What is missing of an active initiative. */
export const Missing = z.enum(['next_step', 'owner']).meta({
  id: 'Missing',
  description:
    'next_step: no organisation has an open promise in it. owner: no organisation is accountable for it. Of active initiatives alone.',
});

/** How many commitments there are, by what became of them. */
export const CommitmentCounts = z
  .object({
    openCount: z.int().meta({ description: 'Promised and not done, in time or late.' }),
    lateCount: z.int().meta({ description: 'Of the open ones, those past their day.' }),
    fulfilledCount: z.int().meta({ description: 'Done by the promiser, not yet answered.' }),
    confirmedCount: z.int().meta({ description: 'Deeds: done, and confirmed by the beneficiary.' }),
    confirmedInTimeCount: z.int().meta({ description: 'Of the deeds, those done by the day that was promised first.' }),
    contestedCount: z.int().meta({ description: 'Disputed by the beneficiary.' }),
    brokenCount: z.int().meta({ description: 'Cancelled by the promiser after its yes.' }),
    releasedCount: z.int().meta({ description: 'Cancelled by the beneficiary.' }),
    movedCount: z.int().meta({ description: 'Of all of these, those whose day was moved.' }),
  })
  .meta({ id: 'CommitmentCounts' });

/** An initiative as it is shown. */
export const InitiativeView = z
  .object({
    id: Id,
    alliance: Reference,
    title: z.string(),
    purpose: z.string().nullable(),
    themes: z.array(z.string()),
    stage: Stage,
    stageReason: z.string().nullable(),
    stageChangedAt: Moment,
    talkedSince: Day,
    talkAgeDays: days(
      'Days from `talkedSince` to the first deed, or to today (or the day it was stopped) without one.',
    ),
    firstDeedOn: Day.nullable(),
    lastDeedOn: Day.nullable(),
    timeToFirstDeedDays: days('Days from `talkedSince` to the first confirmed commitment; null without one.'),
    stalled: z.boolean().meta({
      description: `In stage idea or active, and without a deed for ${stalledAfterDays} days.`,
    }),
    nextStep: z
      .object({ id: Id, title: z.string(), dueOn: Day, promiser: Reference })
      .nullable()
      .meta({ description: 'The open commitment that is due first, of those that you may see.' }),
    owner: Reference.nullable().meta({ description: 'The accountable owner.' }),
    missing: z.array(Missing),
    participantCount: z.int(),
    contributorCount: z.int().meta({ description: 'Organisations in the arena.' }),
    commitments: CommitmentCounts,
    createdBy: Reference,
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Initiative' });

/** Filters of the list of initiatives. */
export const InitiativeQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  stage: Stage.optional(),
  organisationId: Id.optional().meta({ description: 'Only initiatives in which this organisation takes part.' }),
  createdByOrganisationId: Id.optional(),
  ownerOrganisationId: Id.optional().meta({ description: 'Only initiatives of this accountable owner.' }),
  knowledgeItemId: Id.optional().meta({ description: 'Only initiatives that use or brought forth this item.' }),
  theme: line(60).toLowerCase().optional(),
  stalled: z.boolean().optional(),
  missing: Missing.optional(),
  minTalkAgeDays: z.int().min(0).max(100_000).optional(),
  maxTimeToFirstDeedDays: z.int().min(0).max(100_000).optional(),
  asOf: Day.optional().meta({
    description:
      'Only initiatives that were begun by the end of this day; stage and deeds are those of that day. What is open, owned or missing is of now.',
  }),
  changedSince: Moment.optional(),
});

/** Taking part: one's own act, or a request to another organisation. */
export const NewParticipation = z
  .strictObject({
    organisationId: Id.optional().meta({ description: 'Whom to ask. Absent or one’s own: you take part at once.' }),
    stance: Stance.optional().meta({ description: 'Your own stance; contributor when absent. Not for others.' }),
    expiresInDays,
  })
  .meta({ id: 'NewParticipation' });

/** The answer to a request to take part, with the stance of who accepts. */
export const NewParticipationDecision = z
  .strictObject({
    decision: z.enum(decisions),
    stance: Stance.optional().meta({ description: 'With `accepted`; contributor when absent.' }),
    reason: Reason,
  })
  .meta({ id: 'NewParticipationDecision' });

/** A stance from now on. */
export const NewStance = z.strictObject({ stance: Stance, reason: Reason }).meta({ id: 'NewStance' });

/** Leaving an initiative. */
export const NewLeave = z.strictObject({ reason: Reason }).meta({ id: 'NewLeave' });

/** A participation as it is shown. */
export const ParticipationView = z
  .object({
    id: Id,
    initiative: z.object({ id: Id, title: z.string() }),
    organisation: Reference,
    state: State,
    stance: Stance.nullable(),
    place: z.enum(['arena', 'tribune']).nullable().meta({ description: 'arena: does. tribune: watches.' }),
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable().meta({ description: 'For the two parties.' }),
    joinedAt: Moment.nullable(),
    leftAt: Moment.nullable(),
    leaveReason: z.string().nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'Participation' });

/** Filters of the list of participations. */
export const ParticipationQuery = z.strictObject({
  ...pageQuery,
  organisationId: Id.optional(),
  state: State.optional(),
  stance: Stance.optional(),
  asOf: Day.optional().meta({ description: 'Only organisations that took part at the end of this day.' }),
  changedSince: Moment.optional(),
});

/** A stance of the past or of now. */
export const StanceView = z
  .object({
    id: Id,
    stance: Stance,
    place: z.enum(['arena', 'tribune']),
    reason: z.string().nullable(),
    recordedAt: Moment,
  })
  .meta({ id: 'StanceRecord' });

/** Filters of the history of a stance. */
export const StanceQuery = z.strictObject({
  ...pageQuery,
  asOf: Day.optional().meta({ description: 'Only stances taken by the end of this day.' }),
  changedSince: Moment.optional(),
});

/** How an initiative relates to a knowledge item. */
export const KnowledgeRelation = z.enum(['used', 'produced']).meta({ id: 'KnowledgeRelation' });

/** Knowledge to be linked to an initiative. */
export const NewKnowledgeLink = z
  .strictObject({ itemId: Id, relation: KnowledgeRelation })
  .meta({ id: 'NewInitiativeKnowledge' });

/** Knowledge that an initiative used or brought forth. */
export const KnowledgeLinkView = z
  .object({
    id: Id,
    initiative: z.object({ id: Id, title: z.string() }),
    item: z.object({ id: Id, title: z.string() }),
    relation: KnowledgeRelation,
    linkedBy: Reference,
    linkedAt: Moment,
    removedAt: Moment.nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'InitiativeKnowledge' });

/** Filters of the knowledge of an initiative. */
export const KnowledgeLinkQuery = z.strictObject({
  ...pageQuery,
  relation: KnowledgeRelation.optional(),
  asOf: Day.optional().meta({ description: 'Only links that stood at the end of this day; those of now when absent.' }),
  changedSince: Moment.optional().meta({ description: 'Also links that were removed since.' }),
});
