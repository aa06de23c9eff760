import type { Routes } from '../../platform/contract.ts';
import type { Db } from '../../platform/db.ts';
import * as examples from './activity-examples.ts';
import { CommitmentStatistics, CommitmentStatisticsQuery } from './commitment-schemas.ts';
import { getCommitmentStatistics } from './commitments.ts';
import { DeedStatistics, DeedStatisticsQuery } from './deed-schemas.ts';
import { getDeedStatistics } from './deeds.ts';
import { KnowledgeFlowStatistics, KnowledgeFlowStatisticsQuery } from './flow-schemas.ts';
import { getKnowledgeFlowStatistics, writeBalances } from './flows.ts';
import { getOwnershipStatistics } from './owners.ts';
import { OwnershipStatistics, OwnershipStatisticsQuery } from './ownership-schemas.ts';
import { getParticipationStatistics } from './participation.ts';
import { ParticipationStatistics, ParticipationStatisticsQuery } from './participation-schemas.ts';
import { getTimeline, writeTimeline } from './timeline.ts';
import { Timeline, TimelineQuery } from './timeline-schemas.ts';

const tag = 'statistics';
const access = { scope: 'statistics:read', policy: 'rows' } as const;
const problems = ['data_version_not_kept'] as const;

/** Mounts the statistics of what organisations do: deeds, commitments, ownership, flows of knowledge, participation, and over time. */
export function activityRoutes(routes: Routes, { db }: { db: Db }): void {
  routes.add({
    method: 'GET',
    path: '/statistics/deeds',
    operationId: 'getDeedStatistics',
    tag,
    summary: 'Get the statistic of deeds',
    description:
      'What was done in a window: deeds, the time from an idea to the first of them, how long is talked without one, jointness and the polite-yes index. Of everybody, or of one group of five organisations or more.',
    access,
    query: DeedStatisticsQuery,
    answer: { status: 200, description: 'The statistic of deeds.', schema: DeedStatistics, etag: true },
    problems,
    examples: { query: examples.query, answer: examples.deeds },
    handler: ({ caller, query }) => getDeedStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/commitments',
    operationId: 'getCommitmentStatistics',
    tag,
    summary: 'Get the statistic of commitments',
    description:
      'What became of what was promised, in whole months that are over: the deeds-to-words ratio, promises kept on time by their original day, late, disputed and broken ones. Of everybody or of one kind of organisation, where at least five have promises in each month. `/commitment-counts` counts them as they are now.',
    access,
    query: CommitmentStatisticsQuery,
    answer: { status: 200, description: 'The statistic of commitments.', schema: CommitmentStatistics, etag: true },
    problems,
    examples: { query: examples.commitmentsQuery, answer: examples.commitments },
    handler: ({ caller, query }) => getCommitmentStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/ownership',
    operationId: 'getOwnershipStatistics',
    tag,
    summary: 'Get the statistic of ownership',
    description:
      'How much of what is open has an owner that said yes, what is orphaned, how ownership is concentrated over all members, and how it passed on in the window. Of everybody, or of one group of five organisations or more.',
    access,
    query: OwnershipStatisticsQuery,
    answer: { status: 200, description: 'The statistic of ownership.', schema: OwnershipStatistics, etag: true },
    problems,
    examples: { query: examples.query, answer: examples.ownership },
    handler: ({ caller, query }) => getOwnershipStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/knowledge-flows',
    operationId: 'getKnowledgeFlowStatistics',
    tag,
    summary: 'Get the statistic of flows of knowledge',
    description:
      'How much of what is shared is reused by others and how soon, how far it reaches, and who gives and takes. As text/csv: the balances, where a text that would be taken for a formula begins with an apostrophe.',
    access,
    query: KnowledgeFlowStatisticsQuery,
    answer: {
      status: 200,
      description: 'The statistic of flows of knowledge.',
      schema: KnowledgeFlowStatistics,
      etag: true,
      media: { 'text/csv': writeBalances },
    },
    problems,
    examples: { query: examples.query, answer: examples.knowledgeFlows },
    handler: ({ caller, query }) => getKnowledgeFlowStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/participation',
    operationId: 'getParticipationStatistics',
    tag,
    summary: 'Get the statistic of participation',
    description:
      'How many members did something, and how evenly: the share with a deed, Shannon evenness and the Gini coefficient over all members. Of everybody, or of one group of five organisations or more.',
    access,
    query: ParticipationStatisticsQuery,
    answer: {
      status: 200,
      description: 'The statistic of participation.',
      schema: ParticipationStatistics,
      etag: true,
    },
    problems,
    examples: { query: examples.query, answer: examples.participation },
    handler: ({ caller, query }) => getParticipationStatistics(db, caller, query),
  });
  routes.add({
    method: 'GET',
    path: '/statistics/timeline',
    operationId: 'getTimeline',
    tag,
    summary: 'Get the network over time',
    description:
      'The state of the network on the last day of each month, quarter or year of the window: organisations, alliances in force, memberships and ties. At most 120 points. As text/csv: the points.',
    access,
    query: TimelineQuery,
    answer: {
      status: 200,
      description: 'The network over time.',
      schema: Timeline,
      etag: true,
      media: { 'text/csv': writeTimeline },
    },
    problems: [...problems, 'network_too_large'],
    examples: { query: { ...examples.query, step: 'quarter' }, answer: examples.timeline },
    handler: ({ caller, query }) => getTimeline(db, caller, query),
  });
}
