import { z } from 'zod';
import { NewDecision, State } from '../../platform/handshake-schemas.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { ClosureState } from '../alliances/alliances.ts';

export { NewDecision };

/** The path of one harvest. */
export const HarvestPath = z.strictObject({ harvestId: Id });
/** The path of one handover. */
export const HandoverPath = z.strictObject({ handoverId: Id });
/** The path of the commitment that is handed over. */
export const CommitmentPath = z.strictObject({ commitmentId: Id });
/** The path of a closed space. */
export const SpacePath = z.strictObject({ allianceId: Id });

const expiresInDays = z.int().min(1).max(365).default(30);
const text = z.string().trim().max(2000).nullish();

/** A harvest: which item leaves which closed space, and where to. */
export const NewHarvest = z
  .strictObject({
    itemId: Id,
    allianceId: Id.meta({ description: 'The closed space with which the item is or was shared.' }),
    visibility: z.enum(['network', 'public']).optional().meta({ description: 'Who may read it after the harvest.' }),
    toAllianceId: Id.optional().meta({ description: 'Or the alliance with which it is shared then.' }),
    message: text.meta({ description: 'To those who are asked. Destroyed with the space.' }),
    expiresInDays,
  })
  .meta({ id: 'NewHarvest', description: 'Exactly one of `visibility` and `toAllianceId` is given.' });

const Consent = z
  .object({
    organisation: Reference,
    state: z.enum(['offered', 'accepted', 'declined']).meta({ description: 'offered: has not answered.' }),
    reason: z.string().nullable(),
    decidedAt: Moment.nullable(),
  })
  .meta({ id: 'HarvestConsent' });

const destination = z
  .object({ id: Id, name: z.string().nullable() })
  .meta({ description: 'Without a name where you may not see that alliance.' });

/** A harvest as it is shown. */
export const HarvestView = z
  .object({
    id: Id,
    item: z.object({ id: Id, title: z.string().nullable() }).meta({
      description: 'Without a title once withdrawn, and where you may not see that item.',
    }),
    alliance: z.object({ id: Id, name: z.string() }).nullable().meta({
      description: 'The closed space; null for a contributor that takes no part in it.',
    }),
    visibility: z.enum(['network', 'public']).nullable(),
    toAlliance: destination.nullable(),
    message: z.string().nullable(),
    state: State.meta({ description: 'accepted: everyone who contributed said yes, and the item went.' }),
    consents: z.array(Consent).meta({ description: 'Every organisation that contributed, by now, and its answer.' }),
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'Harvest' });

/** Filters of the list of harvests. */
export const HarvestQuery = z.strictObject({
  ...pageQuery,
  itemId: Id.optional(),
  allianceId: Id.optional().meta({ description: 'The closed space.' }),
  toAllianceId: Id.optional(),
  offeredByOrganisationId: Id.optional(),
  consentOf: Id.optional().meta({ description: 'Only those on which this organisation answers or was asked to.' }),
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only harvests that were open at the end of this day.' }),
  changedSince: Moment.optional(),
});

/** An offer to hand a commitment over, with the text that it has there. */
export const NewHandover = z
  .strictObject({
    allianceId: Id.meta({ description: 'Another alliance, in which both parties take part.' }),
    title: line(300).meta({ description: 'What is promised there, in words for that alliance.' }),
    description: z.string().trim().max(10_000).nullish(),
    expiresInDays,
  })
  .meta({ id: 'NewHandover' });

/** An offer to hand a commitment over, for its two parties. */
export const HandoverView = z
  .object({
    id: Id,
    commitmentId: Id,
    toAlliance: destination,
    title: z.string(),
    description: z.string().nullable(),
    state: State,
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable(),
    newCommitmentId: Id.nullable().meta({ description: 'The commitment in the other alliance, after the yes.' }),
    changedAt: Moment,
  })
  .meta({ id: 'Handover' });

/** Filters of the list of handovers. */
export const HandoverQuery = z.strictObject({
  ...pageQuery,
  commitmentId: Id.optional(),
  toAllianceId: Id.optional(),
  offeredByOrganisationId: Id.optional(),
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only handovers that were open at the end of this day.' }),
  changedSince: Moment.optional(),
});

/** How far the closing of a space has come. */
export const SpaceClosureView = z
  .object({
    allianceId: Id,
    state: ClosureState,
    endsOn: Day,
    beganAt: Moment,
    archivesOn: Day.meta({ description: 'The day on which what is still open ends and the archive is written.' }),
    destroysOn: Day.meta({ description: 'The day on which the content is destroyed.' }),
    archivedAt: Moment.nullable(),
    archiveHash: z.string().nullable().meta({ description: 'SHA-256 of the archive in UTF-8, hexadecimal.' }),
    destroyedAt: Moment.nullable(),
    open: z
      .object({
        commitments: z.int().meta({ description: 'Offered or accepted, also those that only their parties see.' }),
        ownerships: z.int().meta({ description: 'Owned: the space, and initiatives in it.' }),
        harvests: z.int(),
        handovers: z.int(),
      })
      .meta({ description: 'What is still open.' }),
    settled: z
      .object({ commitments: z.int(), ownerships: z.int() })
      .nullable()
      .meta({ description: 'What was still open when the archive was written, and was ended by the node.' }),
  })
  .meta({ id: 'SpaceClosure' });

/** The signed receipt of a destruction. */
export const DestructionReceiptView = z
  .object({ receipt: z.string().meta({ description: 'A compact JWS; its type is `destruction-receipt+jwt`.' }) })
  .meta({ id: 'DestructionReceipt' });

/** What a receipt of destruction says. */
export const DestructionPayload = z.strictObject({
  iss: z.string(),
  space: Id,
  endsOn: Day,
  beganAt: z.iso.datetime(),
  archivedAt: z.iso.datetime(),
  archiveHash: z.string().regex(/^[0-9a-f]{64}$/),
  destroyedAt: z.iso.datetime(),
  overwritten: z.record(z.string(), z.int().nonnegative()),
});
