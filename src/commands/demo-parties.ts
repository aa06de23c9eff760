import { type Context, nodeContext } from '../platform/caller.ts';
import { namedId } from '../platform/id.ts';
import type { Place } from './demo-data.ts';

/** The identifier of an organisation of the demo network. */
export const id = (place: Place): string =>
  namedId(place === 'academie' ? 'node organisation' : `organisation ${place}`);

/** A write by a client of an organisation of the demo network. */
export const as = (place: Place, operationId = 'demo'): Context =>
  nodeContext(operationId, { clientId: 'demo', clientName: 'demo network', organisationId: id(place) });

/** A write by the administrator of the demo network. */
export const administrator: Context = nodeContext('demo', {
  clientId: 'demo',
  clientName: 'demo network',
  administrator: true,
});
