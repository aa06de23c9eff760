import { z } from 'zod';
import { NewDecision, Reason } from '../../platform/handshake-schemas.ts';
import { Id, Moment, pageQuery, Reference } from '../../platform/schemas.ts';
import { moveStates } from './rules.ts';

/** State of a move. */
const MoveState = z.enum(moveStates).meta({ id: 'OrganisationMoveState' });

/** A move to be offered to another node. */
export const NewOrganisationMove = z
  .strictObject({
    organisationId: Id.meta({ description: 'The organisation that moves: your own.' }),
    to: z.string().trim().min(1).max(2000).meta({
      description: 'The address of the node that is to be its home; a peering with it holds now.',
      example: 'https://leernetwerk.lindeveen.example',
    }),
    reason: Reason.meta({ description: 'Shown to administrators of the other node.' }),
  })
  .meta({ id: 'NewOrganisationMove' });

/** The answer to the offer of a move. */
export const MoveDecision = NewDecision;

const Untold = z.object({
  word: z.enum(['offer', 'acceptance', 'closing']),
  tries: z.int(),
  lastError: z.string().nullable().meta({ description: 'A code of this node.' }),
  nextAttemptAt: Moment,
});

/** A move of an organisation from one node to another. */
export const OrganisationMoveView = z
  .object({
    id: Id.meta({ description: 'The same at both nodes.' }),
    organisation: Reference.meta({ description: 'As it was offered.' }),
    from: z.string().meta({ description: 'Base URL of the old home.' }),
    to: z.string().meta({ description: 'Base URL of the new home.' }),
    peerId: Id.meta({ description: 'The peering under which it was offered.' }),
    state: MoveState.meta({
      description:
        'accepted: the new home said yes and waits for the word of the old one. moved: the old home let it go, and the new one took it in.',
    }),
    number: z.int().meta({ description: 'Which of the moves of the organisation it is, from 1 on.' }),
    reason: z.string().nullable().meta({ description: 'Why it moves.' }),
    decisionReason: z.string().nullable().meta({ description: 'Why it was declined or withdrawn.' }),
    expiresAt: Moment.meta({ description: 'Until when the offer can be accepted.' }),
    movedAt: Moment.nullable(),
    untold: Untold.nullable().meta({
      description: 'What the other node was not told yet, or has not answered; it is told again.',
    }),
    createdAt: Moment,
    changedAt: Moment,
  })
  .meta({ id: 'OrganisationMove' });

const jws = (description: string) => z.string().meta({ description });

/** The proof of a move, as both nodes signed it. */
export const MoveReceipt = z
  .object({
    moveId: Id,
    organisationId: Id,
    from: z.string(),
    to: z.string(),
    offer: jws('`move-offer+jwt` of the old home.'),
    acceptance: jws('`move-decision+jwt` of the new home, with the hash of the offer.'),
    completion: jws(
      '`move+jwt` of the old home, with the hashes of the offer, the acceptance and all that went along.',
    ),
  })
  .meta({ id: 'OrganisationMoveReceipt' });

/** Filters of the list of moves. */
export const MoveQuery = z.strictObject({
  ...pageQuery,
  organisationId: Id.optional(),
  peerId: Id.optional(),
  state: MoveState.optional(),
});

/** The path of one move. */
export const MovePath = z.strictObject({ moveId: Id });
