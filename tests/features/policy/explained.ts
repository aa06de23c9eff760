import type { PolicyFile } from './modules.ts';
import type { Explained } from './mutations.ts';

const everybody = 'What is public is seen by everybody by the condition before.';
const done = 'What was fulfilled or confirmed is seen by whoever sees the alliance, by the condition before.';

const onceAffiliated = 'An index lets an organisation have one affiliation with a person that is offered or accepted.';

const ofThePolicy: readonly Explained[] = [
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
  { id: "countedKnowledgeItems: = 'network' → in ('network', 'public')", reason: everybody },
  { id: "visibleCommitments: = 'accepted' → in ('accepted', 'fulfilled')", reason: done },
  { id: "visibleCommitments: = 'accepted' → in ('accepted', 'confirmed')", reason: done },
  { id: 'visibleHarvests: limit 1 →', reason: 'A key lets an organisation give one answer to a harvest.' },
  {
    id: 'visibleHarvests: limit 1 → (2)',
    reason: 'An index lets an organisation have one contribution to an item that is offered or accepted.',
  },
  { id: 'visibleClosures: limit 1 →', reason: 'The key lets an organisation be kept once for a space.' },
  {
    id: 'visibleDestructions: limit 1 →',
    reason: 'An index lets a space have one sponsorship that is offered or accepted.',
  },
  {
    id: "affiliated: = 'offered' → in ('offered', 'accepted')",
    reason: 'What was accepted is found by the condition before, whenever its offer ran out.',
  },
  {
    id: 'affiliated: > → >=',
    reason: 'They differ for an offer that runs out in the very microsecond in which the question begins.',
  },
  { id: 'affiliated: limit 1 →', reason: onceAffiliated },
  { id: 'visibleProfessionalContributions: limit 1 →', reason: onceAffiliated },
];

const ofEvents: readonly Explained[] = [
  { id: 'subject: limit 1 →', reason: 'Whatever an event is about is found by its key.' },
  {
    id: `workSeen: \${alliances.id} = \${initiatives.allianceId} → true`,
    reason: 'The predicate of participations asks itself that the alliance is that of the initiative.',
  },
];

const ofSessions: readonly Explained[] = [];

const ofTheAudit: readonly Explained[] = [];

/**
 * Mutants of the SQL that survive, by the file that they are of. One that is gone, or that a case tells apart, must be
 * taken out.
 */
export const explainedSql: Readonly<Record<PolicyFile, readonly Explained[]>> = {
  'policy.ts': ofThePolicy,
  'event-sight.ts': ofEvents,
  'audit-sight.ts': ofTheAudit,
  'session-sight.ts': ofSessions,
};

/** Mutants of the TypeScript that survive, as Stryker names them. */
export const explainedTypeScript: readonly Explained[] = [];
