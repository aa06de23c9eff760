import { createHash } from 'node:crypto';
import { z } from 'zod';
import { hasOnlyText } from '../../platform/characters.ts';
import { canonicalUuid } from '../../platform/id.ts';
import { BaseUrl, maxMoves, Seconds } from '../federation/federation.ts';
import { OrganisationInFull, OrganisationReplica } from '../organisations/organisations.ts';

/** The types of what the two nodes sign beside the word that an organisation moved. */
export const messageTypes = { offer: 'move-offer+jwt', decision: 'move-decision+jwt' } as const;

const Id = z.string().regex(canonicalUuid);
const Hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const Reason = z.string().max(2000).nullable();

/** The claims of an offer: the organisation as it is now, and which of its moves this is; it can be accepted until `exp`. */
export const OfferClaims = z.strictObject({
  ...{ iss: BaseUrl, aud: BaseUrl, jti: Id, iat: Seconds, exp: Seconds, peering: Id },
  number: z.int().min(1).max(maxMoves),
  organisation: OrganisationReplica,
  reason: Reason,
});

/** What an offer says. */
export type Offer = z.output<typeof OfferClaims>;

/** The claims of what is said of an offer, which `offerHash` names. */
export const DecisionClaims = z.strictObject({
  ...{ iss: BaseUrl, aud: BaseUrl, jti: Id, iat: Seconds, peering: Id, organisationId: Id, offerHash: Hash },
  decision: z.enum(['accepted', 'declined', 'withdrawn']),
  reason: Reason,
});

/** What is said of an offer. */
export type Decided = z.output<typeof DecisionClaims>;

/**
 * What the old home answers to an acceptance: that it let the organisation go, by which acceptance, with all of it; or that
 * it does not.
 */
export const MoveAnswer = z.union([
  z.strictObject({ acceptance: z.string().max(8192), completion: z.string().max(8192), content: OrganisationInFull }),
  z.strictObject({ closing: z.string().max(8192) }),
]);

/** Reads what another node says by its schema; undefined where it does not fit, or holds what is no text. */
export function readAs<T>(schema: z.ZodType<T>, given: unknown): T | undefined {
  if (!hasOnlyText(given)) return undefined;
  const read = schema.safeParse(given);
  return read.success ? read.data : undefined;
}

/** Names what was signed: SHA-256 of the payload part of its JWS, base64url. */
export const hashOf = (jws: string): string =>
  createHash('sha256')
    .update(jws.split('.')[1] ?? '')
    .digest('base64url');
