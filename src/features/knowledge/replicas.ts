import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { handshakeStates } from '../../platform/handshake.ts';
import { by, type ReplicatedRows, replicatedRows } from '../../platform/replicated-rows.ts';
import { isHomedAt } from '../policy/peer-sight.ts';
import { KnowledgeLanguage, KnowledgeType, KnowledgeVisibility, Licence, WebAddress } from './schemas.ts';
import { AdoptionView } from './sharing-schemas.ts';
import {
  knowledgeAdoptions,
  knowledgeContributions,
  knowledgeItems,
  knowledgeShares,
  knowledgeVersions,
} from './tables.ts';

const Links = z.array(z.strictObject({ href: WebAddress, title: z.string().max(1000).nullable() })).max(200);
const content = { type: KnowledgeType, language: KnowledgeLanguage, licence: Licence, links: Links };
const unlessWithdrawn = (column: PgColumn) => (): SQL =>
  sql`case when ${knowledgeItems.state} = 'withdrawn' then '' else ${column} end`;

type OfItem = typeof knowledgeContributions | typeof knowledgeAdoptions;
/** Whether the author of the item is homed at the node, or the organisation that did something with it. */
const isParty = (baseUrl: string, { organisationId, itemId }: OfItem): SQL =>
  sql`(${isHomedAt(baseUrl, organisationId)} or exists (select from ${knowledgeItems} policy_k
    where policy_k.id = ${itemId} and ${isHomedAt(baseUrl, sql`policy_k.organisation_id`)}))`;
const forAdopter = (column: PgColumn) => (baseUrl: string) =>
  sql`case when ${isParty(baseUrl, knowledgeAdoptions)} then ${column} end`;
const unlessTakenBack =
  (column: PgColumn, otherwise: SQL = sql`null`) =>
  (baseUrl: string) =>
    sql`case when ${knowledgeAdoptions.withdrawnAt} is null or ${isParty(baseUrl, knowledgeAdoptions)}
    then ${column} else ${otherwise} end`;

/** Knowledge items that are shared with alliances, and what others do with them, for the nodes of those who take part. */
export const knowledgeReplicas: readonly ReplicatedRows[] = [
  replicatedRows({
    name: 'knowledge-items',
    table: knowledgeItems,
    kept: ['home', 'source', 'sourceKey', 'draft'],
    values: { ...content, visibility: KnowledgeVisibility, state: z.enum(['published', 'withdrawn']) },
    ofItems: by(knowledgeItems.id),
    about: { knowledge_item: by(knowledgeItems.id) },
    masked: {
      title: unlessWithdrawn(knowledgeItems.title),
      summary: unlessWithdrawn(knowledgeItems.summary),
      body: unlessWithdrawn(knowledgeItems.body),
      links: () => sql`case when ${knowledgeItems.state} = 'withdrawn' then '[]' else ${knowledgeItems.links} end`,
    },
  }),
  replicatedRows({
    name: 'knowledge-versions',
    table: knowledgeVersions,
    // A version is named by its item and number; its identifier here is made of both.
    id: sql`md5(${knowledgeVersions.itemId}::text || ' ' || ${knowledgeVersions.number}::text)::uuid`,
    isHistory: true,
    values: content,
    ofItems: by(knowledgeVersions.itemId),
    about: { knowledge_item: by(knowledgeVersions.itemId) },
    narrowed: () => sql`exists (select from ${knowledgeItems} policy_k where policy_k.id = ${knowledgeVersions.itemId}
      and policy_k.state = 'published')`,
  }),
  replicatedRows({
    name: 'knowledge-shares',
    table: knowledgeShares,
    inAlliances: by(knowledgeShares.allianceId),
    ofItems: by(knowledgeShares.itemId),
    about: { knowledge_share: by(knowledgeShares.id) },
  }),
  replicatedRows({
    name: 'knowledge-contributions',
    table: knowledgeContributions,
    values: { state: z.enum(handshakeStates) },
    ofItems: by(knowledgeContributions.itemId),
    about: { knowledge_contribution: by(knowledgeContributions.id) },
    // An offer is for its two parties.
    narrowed: (baseUrl) => sql`(${knowledgeContributions.state} in ('accepted', 'ended')
      or ${isParty(baseUrl, knowledgeContributions)})`,
    masked: {
      decisionReason: (baseUrl) => sql`case when ${isParty(baseUrl, knowledgeContributions)}
        then ${knowledgeContributions.decisionReason} end`,
    },
  }),
  replicatedRows({
    name: 'adoptions',
    table: knowledgeAdoptions,
    values: { use: AdoptionView.shape.use, response: AdoptionView.shape.response.unwrap(), evidenceUrl: WebAddress },
    ofItems: by(knowledgeAdoptions.itemId),
    about: { adoption: by(knowledgeAdoptions.id) },
    // Why it is disputed or was withdrawn is for the two; what was withdrawn is read by nobody else.
    masked: {
      responseReason: (baseUrl) => sql`case when ${knowledgeAdoptions.response} = 'thanked'
        or ${isParty(baseUrl, knowledgeAdoptions)} then ${knowledgeAdoptions.responseReason} end`,
      withdrawalReason: forAdopter(knowledgeAdoptions.withdrawalReason),
      setting: unlessTakenBack(knowledgeAdoptions.setting, sql`''`),
      result: unlessTakenBack(knowledgeAdoptions.result, sql`''`),
      evidenceUrl: unlessTakenBack(knowledgeAdoptions.evidenceUrl),
    },
  }),
];
