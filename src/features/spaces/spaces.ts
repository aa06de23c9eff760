// The front door of closed spaces at their end: what the processes and commands may use.
export { closeSpaces } from './closing.ts';
export { expireSpaceOffers } from './expiry.ts';
export { listHandovers } from './handovers.ts';
export { listHarvests } from './harvest-views.ts';
export { HandoverView, HarvestView } from './schemas.ts';
