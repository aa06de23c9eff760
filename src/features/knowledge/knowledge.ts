// The front door of the feature: what other features and commands may use of it.
export {
  assertMayArrive,
  endSharesOfSpace,
  type Harvestable,
  harvestItem,
  lockForHarvest,
  wasSharedWith,
} from './harvesting.ts';
export { importKnowledgeItems } from './knowledge-import.ts';
export { contributorsOf } from './reach.ts';
export { findVisibleItem } from './standing.ts';
