import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { openKeyRing, openReceipts } from '../features/access/access.ts';
import { ensureSigningKey } from '../features/access/keys.ts';
import { decidePeering } from '../features/federation/deciding.ts';
import * as examples from '../features/federation/examples.ts';
import { openPeering } from '../features/federation/federation.ts';
import { messageTypes, signMessage } from '../features/federation/messages.ts';
import { offerOf, storeOffer } from '../features/federation/offering.ts';
import { NewPeer } from '../features/federation/schemas.ts';
import { collectionNamed } from '../features/replication/collections.ts';
import { quarantinedThing, removal } from '../features/replication/examples.ts';
import { chainStart, link } from '../features/replication/protocol.ts';
import { takeAnswer } from '../features/replication/receiving.ts';
import { noteRemovals } from '../features/replication/removals.ts';
import { nodeContext } from '../platform/caller.ts';
import type { Db } from '../platform/db.ts';
import { withNamedIds } from '../platform/id.ts';
import { OutboundFailure } from '../platform/outbound.ts';
import { moveOrganisations } from './demo-moves.ts';

const unreachable = {
  send: async () => {
    throw new OutboundFailure('unresolvable');
  },
  close: async () => undefined,
};

/**
 * Peerings with two nodes that are made up: one offered, and one that both signed. Their addresses lead nowhere, so what
 * this node says to them waits to be told. An organisation came from one of them, and another is offered.
 */
export async function agreeWithPeers(db: Db, nodeSecret: Buffer, baseUrl: string): Promise<void> {
  await ensureSigningKey(db, nodeSecret);
  const ring = openKeyRing(db, nodeSecret);
  const node = { name: 'Academie Maarland', oin: null, signingKey: () => ring.current() };
  const peering = openPeering({ ...node, baseUrl, outbound: unreachable, sendable: {} });
  await offerFrom(db, examples.endedPeer, peering.baseUrl);
  await decidePeering(db, nodeContext('demo'), peering, examples.livePeerId, { decision: 'accepted' });
  await takeAnswer(db, { id: examples.livePeerId, baseUrl: from, theirShare: ['organisations'] }, malformed);
  await withNamedIds('removal at a peer', () => removeThere(db));
  await offerFrom(db, examples.peer, peering.baseUrl);
  const receipts = await openReceipts(db, { keySecret: nodeSecret, issuer: baseUrl });
  await moveOrganisations(db, { peering, receipts }, { id: examples.livePeerId, baseUrl: from });
}

/** That the peer was told to remove an alliance, since nobody there takes part any more; it has not said that it did. */
async function removeThere(db: Db): Promise<void> {
  const collection = collectionNamed('alliances');
  if (collection === undefined) throw new Error('alliances are not replicated');
  const { id: objectId } = removal.subject;
  const { seq, previous, hash } = link(chainStart, { collection: collection.name, id: objectId, contentHash: null });
  const entry = { peerId: examples.livePeerId, collection: collection.name, objectId, seq, previous, hash };
  await noteRemovals(db, collection, [{ ...entry, contentHash: null, recordedAt: new Date() }]);
}

const { baseUrl: from } = examples.endedPeer;

/** What a node gives that is not in the form of the protocol, so that something is in quarantine. */
const malformed = {
  ...{ iss: from, aud: '', jti: quarantinedThing.id, iat: 0, peering: examples.livePeerId, digests: null },
  baseline: {
    ...{ epoch: 'made up', at: { seq: 1, hash: 'a'.repeat(43) }, after: null, next: false },
    things: [{ collection: 'organisations', id: quarantinedThing.id, content: { id: quarantinedThing.id } }],
  },
};

type MadeUp = Pick<typeof examples.peer, 'id' | 'baseUrl' | 'name' | 'oin' | 'shares' | 'receives' | 'validUntil'>;

/** Takes in an offer of a node that is made up, signed with a key that is forgotten after it. */
export async function offerFrom(
  db: Db,
  { id, validUntil, shares, receives, ...from }: MadeUp,
  baseUrl: string,
): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const given = NewPeer.parse({ baseUrl, shares: receives, receives: shares, validUntil });
  const offer = offerOf(from, { ...given, id }, new Date());
  const payload = JSON.parse(JSON.stringify(offer)) as Record<string, unknown>;
  const jws = await signMessage(JSON.stringify(offer), messageTypes.offer, { kid, privateKey });
  await storeOffer(db, { baseUrl }, { jws, payload, jwk: { ...jwk, kid }, description: from, thumbprints: [kid] });
}
