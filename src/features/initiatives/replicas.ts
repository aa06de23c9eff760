import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { handshakeStates } from '../../platform/handshake.ts';
import { by, type ReplicatedRows, replicatedRows } from '../../platform/replicated-rows.ts';
import { commitmentsForPeer, isPartyAt } from '../policy/peer-sight.ts';
import { CommitmentState, CommitmentStepView } from './commitment-schemas.ts';
import { KnowledgeRelation, Stage, Stance } from './schemas.ts';
import {
  commitmentSteps,
  commitments,
  dateOffers,
  initiativeKnowledge,
  initiativeStages,
  initiatives,
  participations,
  stances,
} from './tables.ts';

const State = z.enum(handshakeStates);
const Evidence = z
  .array(
    z.strictObject({
      text: z.string().max(10_000),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .nullable(),
    }),
  )
  .max(100);

const ofInitiatives = (column: PgColumn) => (ids: SQL) =>
  sql`${column} in (select i.id from ${initiatives} i where i.alliance_id in (${ids}))`;
const ofCommitments = (column: PgColumn) => (ids: SQL) =>
  sql`${column} in (select c.id from ${commitments} c where c.alliance_id in (${ids}))`;
/** The commitment of a row, where a condition on commitments holds for it. */
const whose = (column: PgColumn, condition: SQL) =>
  sql`exists (select from ${commitments} where ${commitments.id} = ${column} and ${condition})`;
const forParties = (column: PgColumn) => (baseUrl: string) => sql`case when ${isPartyAt(baseUrl)} then ${column} end`;
/** What of a commitment is told to all who take part. */
const toldSteps = sql`${commitmentSteps.step} in ('accepted', 'date_moved', 'fulfilled', 'confirmed')`;

/** Initiatives and commitments, for the nodes of those who take part in their alliances. */
export const initiativeReplicas: readonly ReplicatedRows[] = [
  replicatedRows({
    name: 'initiatives',
    table: initiatives,
    kept: ['stallToldSince'],
    values: { stage: Stage },
    inAlliances: by(initiatives.allianceId),
    // A deed changes the initiative in which it is done, also one that not everybody reads.
    about: {
      initiative: by(initiatives.id),
      participation: (ids) =>
        sql`${initiatives.id} in (select p.initiative_id from ${participations} p where p.id in (${ids}))`,
      commitment: (ids) =>
        sql`${initiatives.id} in (select c.initiative_id from ${commitments} c where c.id in (${ids}))`,
    },
  }),
  replicatedRows({
    name: 'initiative-stages',
    table: initiativeStages,
    isHistory: true,
    values: { stage: Stage },
    inAlliances: ofInitiatives(initiativeStages.initiativeId),
    about: { initiative: by(initiativeStages.initiativeId) },
  }),
  replicatedRows({
    name: 'participations',
    table: participations,
    values: { state: State, stance: Stance },
    inAlliances: ofInitiatives(participations.initiativeId),
    about: { participation: by(participations.id), initiative: by(participations.initiativeId) },
  }),
  replicatedRows({
    name: 'stances',
    table: stances,
    isHistory: true,
    values: { stance: Stance },
    inAlliances: (ids) => sql`${stances.participationId} in (select p.id from ${participations} p
      join ${initiatives} i on i.id = p.initiative_id where i.alliance_id in (${ids}))`,
    about: {
      participation: by(stances.participationId),
      initiative: (ids) =>
        sql`${stances.participationId} in (select p.id from ${participations} p where p.initiative_id in (${ids}))`,
    },
  }),
  replicatedRows({
    name: 'knowledge-links',
    table: initiativeKnowledge,
    values: { relation: KnowledgeRelation },
    inAlliances: ofInitiatives(initiativeKnowledge.initiativeId),
    ofItems: by(initiativeKnowledge.itemId),
    about: { initiative: by(initiativeKnowledge.initiativeId) },
  }),
  replicatedRows({
    name: 'commitments',
    table: commitments,
    kept: ['lateToldDueOn'],
    values: { state: CommitmentState, evidence: Evidence },
    inAlliances: by(commitments.allianceId),
    about: { commitment: by(commitments.id) },
    narrowed: commitmentsForPeer,
    masked: {
      counterOfId: forParties(commitments.counterOfId),
      decisionReason: forParties(commitments.decisionReason),
      outcomeReason: forParties(commitments.outcomeReason),
    },
  }),
  replicatedRows({
    name: 'commitment-steps',
    table: commitmentSteps,
    isHistory: true,
    values: { step: CommitmentStepView.shape.step, evidence: Evidence },
    inAlliances: ofCommitments(commitmentSteps.commitmentId),
    about: { commitment: by(commitmentSteps.commitmentId) },
    narrowed: (baseUrl) =>
      whose(
        commitmentSteps.commitmentId,
        sql`(${isPartyAt(baseUrl)} or (${commitmentsForPeer(baseUrl)} and ${toldSteps}))`,
      ),
    masked: {
      reason: (baseUrl) =>
        sql`case when ${whose(commitmentSteps.commitmentId, isPartyAt(baseUrl))} then ${commitmentSteps.reason} end`,
    },
  }),
  replicatedRows({
    name: 'date-offers',
    table: dateOffers,
    values: { state: State },
    inAlliances: ofCommitments(dateOffers.commitmentId),
    about: { commitment: by(dateOffers.commitmentId) },
    narrowed: (baseUrl) => whose(dateOffers.commitmentId, isPartyAt(baseUrl)),
  }),
];
