import type { Entry } from './problem-entry.ts';
import { alliancesProblems } from './problems/alliances.ts';
import { exportsProblems } from './problems/exports.ts';
import { federationProblems } from './problems/federation.ts';
import { initiativesProblems } from './problems/initiatives.ts';
import { knowledgeProblems } from './problems/knowledge.ts';
import { movesProblems } from './problems/moves.ts';
import { organisationsProblems } from './problems/organisations.ts';
import { ownershipProblems } from './problems/ownership.ts';
import { professionalsProblems } from './problems/professionals.ts';
import { sessionsProblems } from './problems/sessions.ts';
import { spacesProblems } from './problems/spaces.ts';
import { statisticsProblems } from './problems/statistics.ts';
import { webhooksProblems } from './problems/webhooks.ts';

/** The problems of the features, beside those of HTTP and of every operation. */
export const featureProblems = {
  ...organisationsProblems,
  ...alliancesProblems,
  ...knowledgeProblems,
  ...initiativesProblems,
  ...ownershipProblems,
  ...sessionsProblems,
  ...spacesProblems,
  ...professionalsProblems,
  ...webhooksProblems,
  ...exportsProblems,
  ...federationProblems,
  ...movesProblems,
  ...statisticsProblems,
} as const satisfies Record<string, Entry>;
