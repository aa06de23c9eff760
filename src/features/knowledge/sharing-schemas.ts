import { z } from 'zod';
import { decisions, handshakeStates } from '../../platform/handshake.ts';
import { Day, Id, line, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { KnowledgeType, WebAddress } from './schemas.ts';

const reason = z.string().trim().max(2000).nullish();
/** An item that is named in passing; its title is null where it was withdrawn or may not be read any more. */
const ItemReference = z
  .object({ id: Id, type: KnowledgeType.nullable(), title: z.string().nullable() })
  .meta({ id: 'KnowledgeItemReference', description: 'Type and title are null where you may not read them any more.' });

/** The path of one adoption. */
export const AdoptionPath = z.strictObject({ adoptionId: Id });

/** The sharing of an item with an alliance. */
export const NewKnowledgeShare = z
  .strictObject({
    allianceId: Id,
    note: line(500).nullish().meta({ description: 'Why it is shared there.' }),
  })
  .meta({ id: 'NewKnowledgeShare' });

/** A share as it is shown. */
export const KnowledgeShareView = z
  .object({
    id: Id,
    itemId: Id,
    alliance: Reference,
    note: z.string().nullable(),
    sharedBy: Reference,
    sharedAt: Moment,
    endedAt: Moment.nullable(),
    changedAt: Moment,
  })
  .meta({ id: 'KnowledgeShare' });

/** Filters of the list of an item's shares. */
export const KnowledgeShareQuery = z.strictObject({
  ...pageQuery,
  allianceId: Id.optional(),
  asOf: Day.optional().meta({ description: 'Only shares that held on this day.' }),
  changedSince: Moment.optional(),
});

/** State of the offer to be named as a contributor. */
const State = z.enum(handshakeStates).meta({ id: 'KnowledgeContributionState' });

/** The offer to name an organisation as a contributor. */
export const NewKnowledgeContribution = z
  .strictObject({ organisationId: Id, expiresInDays: z.int().min(1).max(365).default(30) })
  .meta({ id: 'NewKnowledgeContribution' });

/** The answer to that offer. */
export const NewContributionDecision = z
  .strictObject({ decision: z.enum(decisions), reason })
  .meta({ id: 'NewContributionDecision' });

/** A contribution as it is shown. */
export const KnowledgeContributionView = z
  .object({
    id: Id,
    item: ItemReference,
    organisation: Reference,
    state: State,
    offeredBy: Reference,
    offeredAt: Moment,
    expiresAt: Moment.nullable(),
    decidedAt: Moment.nullable(),
    decisionReason: z.string().nullable().meta({ description: 'For the two parties alone.' }),
    changedAt: Moment,
  })
  .meta({ id: 'KnowledgeContribution' });

/** Filters of the list of contributions. */
export const KnowledgeContributionQuery = z.strictObject({
  ...pageQuery,
  itemId: Id.optional(),
  organisationId: Id.optional(),
  state: State.optional(),
  asOf: Day.optional().meta({ description: 'Only contributions that were agreed on this day or before.' }),
  changedSince: Moment.optional(),
});

/** Filters of the list of one item's contributions. */
export const ItemContributionQuery = KnowledgeContributionQuery.omit({ itemId: true });

const Use = z.enum(['used', 'adapted']).meta({ id: 'KnowledgeUse' });
const Response = z.enum(['thanked', 'disputed']).meta({ id: 'AdoptionResponse' });

/** The statement of the caller's organisation that it used or adapted an item. */
export const NewAdoption = z
  .strictObject({
    versionNumber: z.int().min(1).max(1_000_000).meta({ description: 'A published version of the item.' }),
    use: Use,
    setting: line(1000).meta({ description: 'Where it was used.' }),
    result: line(10_000).meta({ description: 'What came of it.' }),
    evidenceUrl: WebAddress.nullish(),
    adoptedOn: Day.optional().meta({ description: 'Today when absent; never in the future.' }),
  })
  .meta({ id: 'NewAdoption' });

/** An adoption as it is shown. */
export const AdoptionView = z
  .object({
    id: Id,
    item: ItemReference,
    versionNumber: z.int(),
    organisation: Reference,
    author: Reference,
    use: Use,
    setting: z.string().nullable().meta({ description: 'Null once it was withdrawn, but for the two parties.' }),
    result: z.string().nullable().meta({ description: 'Null once it was withdrawn, but for the two parties.' }),
    evidenceUrl: z.string().nullable(),
    adoptedOn: Day,
    response: Response.nullable(),
    responseReason: z.string().nullable().meta({ description: 'Of a dispute, for the two parties alone.' }),
    respondedAt: Moment.nullable(),
    withdrawnAt: Moment.nullable(),
    withdrawalReason: z.string().nullable().meta({ description: 'For the two parties alone.' }),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'Adoption' });

/** Filters of the list of adoptions. */
export const AdoptionQuery = z.strictObject({
  ...pageQuery,
  itemId: Id.optional(),
  organisationId: Id.optional(),
  authorOrganisationId: Id.optional(),
  use: Use.optional(),
  response: Response.optional(),
  asOf: Day.optional().meta({ description: 'Only adoptions of this day or before that were not withdrawn by then.' }),
  changedSince: Moment.optional(),
});

/** Filters of the list of one item's adoptions. */
export const ItemAdoptionQuery = AdoptionQuery.omit({ itemId: true, authorOrganisationId: true });

/** What the author says to an adoption. */
export const NewAdoptionResponse = z
  .strictObject({
    response: Response,
    reason: reason.meta({ description: 'Required for a dispute, and then for the two parties alone.' }),
  })
  .meta({ id: 'NewAdoptionResponse' });

/** The withdrawal of an adoption. */
export const NewAdoptionWithdrawal = z.strictObject({ reason }).meta({ id: 'NewAdoptionWithdrawal' });
