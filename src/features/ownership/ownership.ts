// The front door of ownership: what other features and the processes may use.
export { expireOwnershipOffers } from './expiry.ts';
export { leaveOwnerships, passOwnerships, succeedOwnerships } from './leaving.ts';
