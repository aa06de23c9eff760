export { countDueDeliveries, countUnasked, countUndispatched } from './backlogs.ts';
export { deliverEvents } from './delivering.ts';
export { dispatchEvents, dropOfDisabledClients } from './dispatch.ts';
export type { EndpointDeps } from './endpoints.ts';
export { removeOldDeliveries } from './retention.ts';
export { SealedSecrets } from './secrets.ts';
export type { SendingDeps } from './sending.ts';
export { askOwners } from './verification.ts';
