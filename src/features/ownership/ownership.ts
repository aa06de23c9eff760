// The front door of ownership: what other features and the processes may use.
export { countOwnedInSpace, releaseSpace } from './closing.ts';
export { countExpiredOwnershipOffers, expireOwnershipOffers } from './expiry.ts';
export { countPassedOwnerships, leaveOwnerships, passOwnerships, succeedOwnerships } from './leaving.ts';
export { listOwnershipOffers } from './offers.ts';
export { getOwnershipReceipt, listOwnershipRecords } from './records.ts';
export { ownershipReplicas } from './replicas.ts';
export { restoreOwnership } from './restoring.ts';
export { OwnershipOfferView, OwnershipRecordView } from './schemas.ts';
