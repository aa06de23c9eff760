import type { Explained } from './mutations.ts';

const everybody = 'What is public is seen by everybody by the condition before.';
const done = 'What was fulfilled or confirmed is seen by whoever sees the alliance, by the condition before.';

/** Mutants of the SQL that survive. One that is gone, or that a case tells apart, must be taken out. */
export const explainedSql: readonly Explained[] = [
  { id: "visibleAlliances: = 'network' → in ('network', 'public')", reason: everybody },
  { id: "visibleAlliances: = 'closed' → in ('closed', 'public')", reason: everybody },
  {
    id: "visibleAlliances: = 'closed' → in ('closed', 'network')",
    reason: 'A member is an organisation, and every organisation sees what is of the network by the condition before.',
  },
  { id: "visibleKnowledgeItems: = 'network' → in ('network', 'public')", reason: everybody },
  { id: "visibleKnowledgeItems: = 'alliances' → in ('alliances', 'public')", reason: everybody },
  {
    id: "visibleKnowledgeItems: = 'alliances' → in ('alliances', 'network')",
    reason: 'A member is an organisation, and every organisation sees what is of the network by the condition before.',
  },
  {
    id: 'visibleKnowledgeItems: limit 1 → (2)',
    reason: 'An index lets an organisation have one contribution to an item that is offered or accepted.',
  },
  { id: "visibleCommitments: = 'accepted' → in ('accepted', 'fulfilled')", reason: done },
  { id: "visibleCommitments: = 'accepted' → in ('accepted', 'confirmed')", reason: done },
];

/** Mutants of the TypeScript that survive, as Stryker names them. */
export const explainedTypeScript: readonly Explained[] = [];
