import { moveFrom } from '../../src/commands/demo-moves.ts';
import * as examples from '../../src/features/federation/examples.ts';
import { offerPeering } from '../../src/features/federation/offering.ts';
import { NewPeer } from '../../src/features/federation/schemas.ts';
import { collectionNamed } from '../../src/features/replication/collections.ts';
import { removal } from '../../src/features/replication/examples.ts';
import { chainStart, contentHashOf, link } from '../../src/features/replication/protocol.ts';
import { standingAt, takeAnswer } from '../../src/features/replication/receiving.ts';
import { noteRemovals } from '../../src/features/replication/removals.ts';
import type { Db } from '../../src/platform/db.ts';
import { newId } from '../../src/platform/id.ts';
import { testPeering } from './demo.ts';
import { administrator, context } from './people.ts';

/** How one row is added to each list of peerings. */
export const peerGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listQuarantinedThings: async (db) => {
    const { baseUrl } = examples.endedPeer;
    const giver = { id: examples.livePeerId, baseUrl, theirShare: ['organisations'] };
    const { cursor } = await standingAt(db, giver.id);
    if (cursor === null) throw new Error('there is no feed of the peer');
    const id = newId();
    const content = { id };
    const entry = link(cursor, { collection: 'organisations', id, contentHash: contentHashOf(content) });
    const page = { epoch: cursor.epoch, entries: [{ ...entry, content }], head: { seq: entry.seq, hash: entry.hash } };
    return takeAnswer(db, giver, {
      ...{ iss: baseUrl, aud: '', jti: newId(), iat: 0, peering: giver.id, page, digests: null },
    });
  },
  listReplicaRemovals: async (db) => {
    const collection = collectionNamed('alliances');
    if (collection === undefined) throw new Error('alliances are not replicated');
    const { id: objectId } = removal.subject;
    const { hash, previous } = link(chainStart, { collection: 'alliances', id: objectId, contentHash: null });
    const entry = { peerId: examples.livePeerId, collection: 'alliances', objectId, contentHash: null, hash, previous };
    return noteRemovals(db, collection, [{ ...entry, seq: 1, recordedAt: new Date() }]);
  },
  listOrganisationMoves: async (db) => {
    const peer = { id: examples.livePeerId, baseUrl: examples.endedPeer.baseUrl };
    const organisation = { id: newId(), name: 'Komt eraan' };
    return moveFrom(db, await testPeering(db), { id: newId(), peer, organisation, reason: null });
  },
  listPeers: async (db) => {
    const offer = { ...examples.newPeer, baseUrl: `https://leernetwerk.${newId()}.example` };
    return offerPeering(db, context(administrator), await testPeering(db), NewPeer.parse(offer));
  },
};
