import { errors } from 'jose';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import type { PeerIssuer } from '../access/access.ts';
import { PeerFailure } from './peer-keys.ts';
import type { Peering } from './peering.ts';
import { livePeer } from './peers.ts';

/**
 * A peer as an issuer of access tokens; undefined for a node with which there is no live peering at this moment. Its keys
 * are those that it publishes under the address by which it is known here. They throw unavailable where these cannot be
 * read.
 */
export async function peerIssuer(db: Db, { keys }: Peering, issuer: string): Promise<PeerIssuer | undefined> {
  const peer = await livePeer(db, issuer, new Date());
  if (peer === undefined) return undefined;
  return {
    id: peer.id,
    keys: async ({ kid }) => {
      try {
        return await keys.find(issuer, kid ?? '');
      } catch (error) {
        if (!(error instanceof PeerFailure)) throw error;
        if (error.reason === 'unknown_key') throw new errors.JWKSNoMatchingKey();
        throw new Problem('unavailable', { headers: { 'retry-after': '10' }, cause: error });
      }
    },
  };
}
