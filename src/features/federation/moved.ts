import { z } from 'zod';
import { canonicalUuid } from '../../platform/id.ts';
import { BaseUrl, Seconds } from './messages.ts';
import { PeerFailure } from './peer-keys.ts';
import type { Peering } from './peering.ts';

/** The type of what the home of an organisation signs when it lets the organisation go to another node. */
export const moveType = 'move+jwt';

/** How often an organisation can move; each move is told with it for good. */
export const maxMoves = 100;

const Id = z.string().regex(canonicalUuid);
const Hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/**
 * What the old home of an organisation (`iss`) signs when it lets it go to the new one (`aud`): which of its moves this
 * is, from 1 on, and the hashes of the offer, of the acceptance and of all that goes along.
 */
export const MoveClaims = z.strictObject({
  iss: BaseUrl,
  aud: BaseUrl,
  jti: Id,
  iat: Seconds,
  peering: Id,
  organisationId: Id,
  number: z.int().min(1).max(maxMoves),
  offerHash: Hash,
  acceptanceHash: Hash,
  contentHash: Hash,
});

/** What the old home of an organisation signs when it lets it go. */
export type Move = z.output<typeof MoveClaims>;

/** Verifies that one node let an organisation go to another, by the keys that it publishes for good. Throws PeerFailure. */
export async function verifyMove(
  { receiptKeys }: Pick<Peering, 'receiptKeys'>,
  jws: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Move> {
  const { payload } = await receiptKeys.verify(from, jws, { typ: moveType, audience: to });
  const read = MoveClaims.safeParse(payload);
  if (!read.success) throw new PeerFailure('not_signed');
  return read.data;
}
