import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import { NewDecision } from '../../platform/handshake-schemas.ts';
import { decidePeering, endPeering } from './deciding.ts';
import * as examples from './examples.ts';
import { offerPeering } from './offering.ts';
import type { Peering } from './peering.ts';
import { getPeer, listPeers } from './peers.ts';
import { NewPeer, NewPeeringEnd, PeerPath, PeerQuery, PeerView } from './schemas.ts';

export { federationPages } from './node-pages.ts';

/** What the routes of peerings need. */
export type FederationDeps = { readonly db: Db; readonly peering: Peering };

const tag = 'peers';
const read = { scope: 'peers:read', policy: 'administrator' } as const;
const write = { scope: 'peers:write', policy: 'administrator' } as const;

/** Mounts the peerings with other nodes, for administrators. */
export function federationRoutes(routes: Routes, deps: FederationDeps): void {
  const { db } = deps;
  routes.add({
    method: 'GET',
    path: '/peers',
    operationId: 'listPeers',
    tag,
    summary: 'List peerings with other nodes',
    description: 'The last one first, with signatures, validity, what is shared, and how its feed does.',
    access: read,
    query: PeerQuery,
    answer: { status: 200, description: 'A page of peerings.', schema: PeerView, page: true },
    examples: { query: { state: 'offered' }, answer: { items: [examples.peer], nextCursor: null } },
    handler: ({ caller, query, after }) => listPeers(db, caller, { ...query, after }),
  });
  routes.add({
    method: 'GET',
    path: '/peers/{peerId}',
    operationId: 'getPeer',
    tag,
    summary: 'Get a peering with another node',
    access: read,
    params: PeerPath,
    answer: { status: 200, description: 'The peering.', schema: PeerView },
    examples: { params: { peerId: examples.peer.id }, answer: examples.peer },
    handler: ({ caller, params }) => getPeer(db, caller, params.peerId),
  });
  handshakeRoutes(routes, deps);
}

function handshakeRoutes(routes: Routes, { db, peering }: FederationDeps): void {
  routes.add({
    method: 'POST',
    path: '/peers',
    operationId: 'offerPeering',
    tag,
    summary: 'Offer a peering to another node',
    description:
      'The other node is asked for `/.well-known/learning-network` and its keys first; where that fails, nothing is stored. The offer is a JWS (`peering+jwt`) of this node, sent to the `peeringsUri` of the other; where it cannot be sent now, it is sent later. It can be accepted for thirty days, and not when its validity is over. It binds nobody before the other node signs its yes. Between two nodes one offer is open at most. Offer anew before a peering ends to go on without a gap: from its first day on, what is accepted takes the place of what holds.',
    access: write,
    body: NewPeer,
    answer: { status: 201, description: 'The offer.', schema: PeerView },
    problems: ['peer_unreachable', 'peering_open'],
    examples: { body: examples.newPeer, answer: examples.offeredPeer },
    handler: ({ context, body }) => offerPeering(db, context, peering, body),
  });
  routes.add({
    method: 'PUT',
    path: '/peers/{peerId}/decision',
    operationId: 'decidePeering',
    tag,
    summary: 'Answer an offer of a peering',
    description:
      'The receiver accepts or declines, the offerer withdraws; this node signs it (`peering-decision+jwt`) and tells the other. The same decision again changes nothing. A peering that is accepted takes the place of others with the same node from its first day on: one that began before holds until that day, also where the new one is ended before it begins.',
    access: write,
    params: PeerPath,
    body: NewDecision,
    answer: { status: 200, description: 'The peering after the decision.', schema: PeerView },
    problems: ['wrong_side', 'handshake_refused'],
    examples: { params: { peerId: examples.peer.id }, body: examples.decision, answer: examples.acceptedPeer },
    handler: ({ context, params, body }) => decidePeering(db, context, peering, params.peerId, body),
  });
  routes.add({
    method: 'PUT',
    path: '/peers/{peerId}/ending',
    operationId: 'endPeering',
    tag,
    summary: 'End a peering at once',
    description:
      'It holds no more from this moment, whether or not the other node can be reached; that is told as soon as it can, and until then `untold` says so. Ending it again changes nothing.',
    access: write,
    params: PeerPath,
    body: NewPeeringEnd,
    answer: { status: 200, description: 'The peering that ended.', schema: PeerView },
    problems: ['handshake_refused'],
    examples: { params: { peerId: examples.livePeerId }, body: examples.ending, answer: examples.endedPeer },
    handler: ({ context, params, body }) => endPeering(db, context, peering, params.peerId, body),
  });
}
