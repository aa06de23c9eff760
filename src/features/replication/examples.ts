import { namedId } from '../../platform/id.ts';

/** A thing that a peer gave and that was not taken over, in the demo network. */
export const quarantinedThing = {
  collection: 'organisations',
  id: namedId('organisation of a peer that is malformed'),
  fault: 'malformed',
  receivedAt: '2026-05-12T09:30:00.000Z',
};
