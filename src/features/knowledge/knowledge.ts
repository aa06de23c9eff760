// The front door of the feature: what other features and commands may use of it.
export { importKnowledgeItems } from './knowledge-import.ts';
export { findVisibleItem } from './standing.ts';
