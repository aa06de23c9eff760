// The front door of closed spaces at their end: what the processes and commands may use.

export { closeSpaces, countDueSpaces } from './closing.ts';
export { countExpiredSpaceOffers, expireSpaceOffers } from './expiry.ts';
export { listHandovers } from './handovers.ts';
export { listHarvests } from './harvest-views.ts';
export { HandoverView, HarvestView } from './schemas.ts';
