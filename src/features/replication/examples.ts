import { namedId } from '../../platform/id.ts';
import { endedPeer } from '../federation/federation.ts';

/** A thing that a peer gave and that was not taken over, in the demo network. */
export const quarantinedThing = {
  collection: 'organisations',
  id: namedId('organisation of a peer that is malformed'),
  fault: 'malformed',
  receivedAt: '2026-05-12T09:30:00.000Z',
};

/** A removal that a peer confirmed. */
export const removal = {
  id: namedId('removal at a peer'),
  subject: { type: 'alliance', id: namedId('alliance academie') },
  node: { baseUrl: endedPeer.baseUrl, name: endedPeer.name },
  number: 212,
  askedAt: '2026-05-12T09:30:00.000Z',
  confirmedAt: '2026-05-12T09:30:41.120Z',
  receipt: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImZlZWQtcmVxdWVzdCtqd3QifQ.eyJjdXJzb3IiOnsic2VxIjoyMTR9fQ.c2lnbmF0dXJl',
};
