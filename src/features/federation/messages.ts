import { createHash } from 'node:crypto';
import { CompactSign } from 'jose';
import { z } from 'zod';
import { hasOnlyText } from '../../platform/characters.ts';
import { Reason } from '../../platform/handshake-schemas.ts';
import { canonicalUuid } from '../../platform/id.ts';
import { Day, line } from '../../platform/schemas.ts';
import type { SigningKey } from '../access/access.ts';
import { collections, words } from './rules.ts';
import type { PeeringTerms } from './tables.ts';

/** The longest message between nodes, in bytes. */
export const maxMessageBytes = 16_384;

/** The types of what nodes sign: an offer, and what is said of it. */
export const messageTypes = { offer: 'peering+jwt', decision: 'peering-decision+jwt' } as const;

/** The address of a node, as it is signed. */
export const BaseUrl = z.string().min(1).max(2000);
/** An instant in seconds since 1970. */
export const Seconds = z.int().min(0).max(253_402_300_799);

/** Names of what is shared, each once; alliances together with organisations. */
export const Shares = z
  .array(z.enum(collections))
  .max(collections.length)
  .refine((names) => new Set(names).size === names.length, { params: { code: 'repeated' } })
  // What is done in alliances names organisations.
  .refine((names) => !names.includes('alliances') || names.includes('organisations'), {
    params: { code: 'organisations_needed' },
  });

/** What both nodes sign. */
const Terms = z.strictObject({
  id: z.string().regex(canonicalUuid),
  offeredBy: z.strictObject({
    baseUrl: BaseUrl,
    oin: z.string().max(20).nullable(),
    name: line(200),
    shares: Shares,
  }),
  offeredTo: z.strictObject({ baseUrl: BaseUrl, shares: Shares }),
  validFrom: Day,
  validUntil: Day,
});

const common = { iss: BaseUrl, aud: BaseUrl, jti: z.string(), iat: Seconds, peering: Terms };

/** The claims of an offer; it can be accepted until `exp`. */
export const OfferClaims = z.strictObject({ ...common, exp: Seconds });

/** The claims of what is said of an offer, which `offerHash` names: SHA-256 of the payload part of its JWS, base64url. */
export const DecisionClaims = z.strictObject({
  ...common,
  offerHash: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  decision: z.enum(words),
  reason: Reason,
});

/** What an offer says. */
export type Offer = z.output<typeof OfferClaims>;

/** What is said of an offer. */
export type Decided = z.output<typeof DecisionClaims>;

/** Reads claims by their schema; undefined where they do not fit, hold what is no text, or name another peering than themselves. */
export function readClaims<T extends { jti: string; peering: { id: string } }>(
  schema: z.ZodType<T>,
  payload: unknown,
): T | undefined {
  if (!hasOnlyText(payload)) return undefined;
  const read = schema.safeParse(payload);
  return read.success && read.data.jti === read.data.peering.id ? read.data : undefined;
}

/** Terms in the form in which they are signed and compared. Throws where they do not fit, which is a fault of this node. */
export const termsOf = (terms: PeeringTerms): PeeringTerms => Terms.parse(terms);

/** Names an offer by its payload, which is the same however often it is signed. */
export const offerHashOf = (jws: string): string =>
  createHash('sha256')
    .update(jws.split('.')[1] ?? '')
    .digest('base64url');

/** Signs a payload as a compact JWS of a type. */
export const signMessage = (payload: string, typ: string, { kid, privateKey }: SigningKey): Promise<string> =>
  new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(privateKey);
