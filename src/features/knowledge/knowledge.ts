// The front door of the feature: what other features and commands may use of it.
export { listAdoptions } from './adoptions.ts';
export { listKnowledgeContributions } from './contributions.ts';
export {
  assertMayArrive,
  endSharesOfSpace,
  type Harvestable,
  harvestItem,
  lockForHarvest,
  wasSharedWith,
} from './harvesting.ts';
export { getKnowledgeItem, listKnowledgeItems } from './items.ts';
export { importKnowledgeItems } from './knowledge-import.ts';
export { contributorsOf } from './reach.ts';
export { knowledgeReplicas } from './replicas.ts';
export { restoreKnowledge } from './restoring.ts';
export { KnowledgeItemView, KnowledgeVersionView } from './schemas.ts';
export { listKnowledgeShares } from './shares.ts';
export { AdoptionView, KnowledgeContributionView, KnowledgeShareView } from './sharing-schemas.ts';
export { findVisibleItem } from './standing.ts';
export { getKnowledgeVersion, listKnowledgeVersions } from './versions.ts';
