import { namedId } from '../../platform/id.ts';

const health = {
  lastSuccessAt: null,
  lastAttemptAt: null,
  failureCount: 0,
  lastError: null,
  lag: null,
  digestEqual: null,
  nextAttemptAt: null,
};

const theirKey = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
};

/** An offer of another node, in the demo network. */
export const peer = {
  id: namedId('peer waterrade'),
  baseUrl: 'https://leernetwerk.waterrade.example',
  name: 'Leernetwerk Waterrade',
  oin: '00000099000000000002',
  state: 'offered',
  live: false,
  offeredBy: 'them',
  shares: ['organisations'],
  receives: ['organisations'],
  validFrom: '2026-01-05',
  validUntil: '2031-01-01',
  expiresAt: '2026-02-04T08:00:00.000Z',
  ourSignature: null,
  theirSignature: 'eyJhbGciOiJFUzI1NiIsInR5cCI6InBlZXJpbmcrand0In0.eyJqdGkiOiIuLi4ifQ.c2lnbmF0dXJl',
  theirKey,
  closingSignature: null,
  keyThumbprints: [theirKey.kid],
  reason: null,
  endedBy: null,
  health,
  untold: null,
  createdAt: '2026-01-05T08:00:00.000Z',
  changedAt: '2026-01-05T08:00:00.000Z',
};

const ourSignature = 'eyJhbGciOiJFUzI1NiIsInR5cCI6InBlZXJpbmcrand0In0.eyJqdGkiOiIuLi4ifQ.b3Vycw';

/** A peering that this node can offer. */
export const newPeer = {
  baseUrl: 'https://leernetwerk.zuiderzoom.example',
  shares: ['organisations'],
  receives: ['organisations'],
  validUntil: '2031-01-01',
};

/** That offer, as it is shown. */
export const offeredPeer = {
  ...peer,
  id: namedId('peer zuiderzoom'),
  baseUrl: newPeer.baseUrl,
  name: 'Leernetwerk Zuiderzoom',
  oin: null,
  offeredBy: 'us',
  shares: newPeer.shares,
  receives: newPeer.receives,
  ourSignature,
  theirSignature: null,
  theirKey: null,
};

/** A yes. */
export const decision = { decision: 'accepted' };

/** The offer of the other node after it. */
export const acceptedPeer = { ...peer, state: 'accepted', live: true, ourSignature };

/** A peering of the demo network that both accepted. */
export const livePeerId = namedId('peer lindeveen');

/** Why it ends. */
export const ending = { reason: 'Het netwerk gaat verder in een ander knooppunt.' };

/** That peering after its end. */
export const endedPeer = {
  ...acceptedPeer,
  id: livePeerId,
  baseUrl: 'https://leernetwerk.lindeveen.example',
  name: 'Leernetwerk Lindeveen',
  state: 'ended',
  live: false,
  closingSignature: ourSignature,
  reason: ending.reason,
  endedBy: 'us',
};
