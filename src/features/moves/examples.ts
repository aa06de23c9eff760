import { namedId } from '../../platform/id.ts';
import { endedPeer, livePeerId } from '../federation/federation.ts';

const { baseUrl: peerUrl } = endedPeer;
const demoUrl = 'https://api.samendoen.example';
const at = '2026-01-05T08:00:00.000Z';

/** An organisation of the other node that is offered to this one, in the demo network. */
export const move = {
  id: namedId('move thuiszorg'),
  organisation: { id: namedId('organisation thuiszorg'), name: 'Thuiszorg Lindeveen' },
  from: peerUrl,
  to: demoUrl,
  peerId: livePeerId,
  state: 'offered',
  number: 1,
  reason: 'Wij gaan verder in het netwerk van onze regio.',
  decisionReason: null,
  expiresAt: '2026-02-04T08:00:00.000Z',
  movedAt: null,
  untold: null,
  createdAt: at,
  changedAt: at,
};

/** A yes. */
export const decision = { decision: 'accepted' };

const untold = { tries: 0, lastError: null, nextAttemptAt: at };

/** The move after it: it waits for the word of the old home. */
export const acceptedMove = { ...move, state: 'accepted', untold: { word: 'acceptance', ...untold } };

/** A move that the organisation of the demo's administrator can ask for. */
export const newMove = {
  organisationId: namedId('node organisation'),
  to: peerUrl,
  reason: 'Ons register gaat naar het knooppunt van de sector.',
};

/** That move, as it is shown. */
export const offeredMove = {
  ...move,
  id: namedId('move academie'),
  organisation: { id: newMove.organisationId, name: 'Academie Maarland' },
  from: demoUrl,
  to: peerUrl,
  reason: newMove.reason,
  untold: { word: 'offer', ...untold },
};

/** A move of the demo network that took place. */
export const movedId = namedId('move oeverzorg');

/** The organisation that moved. */
export const movedOrganisation = { id: namedId('organisation oeverzorg'), name: 'Stichting Oeverzorg' };

/** The proof of it. */
export const receipt = {
  moveId: movedId,
  organisationId: movedOrganisation.id,
  from: peerUrl,
  to: demoUrl,
  offer: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1vdmUtb2ZmZXIrand0In0.eyJqdGkiOiIuLi4ifQ.c2lnbmF0dXJl',
  acceptance: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1vdmUtZGVjaXNpb24rand0In0.eyJqdGkiOiIuLi4ifQ.c2lnbmF0dXJl',
  completion: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im1vdmUrand0In0.eyJqdGkiOiIuLi4ifQ.c2lnbmF0dXJl',
};
