import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { alliances, memberships } from '../alliances/tables.ts';
import { peers } from '../federation/tables.ts';
import { commitments, initiativeKnowledge, initiatives } from '../initiatives/tables.ts';
import { knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { replicas } from '../replication/tables.ts';
import { type Visible, visible } from './policy.ts';

/*
 * What another node may have: what the organisations that are homed there may see of the alliances in which they take
 * part, at the moment of sending. Nothing of any other alliance, and of a closed one not even that there is one.
 */

/** True where the node itself gives the organisation in a column, by a peering with it: where it is homed is no hearsay. */
const isGivenBy = (baseUrl: string, organisationId: PgColumn | SQL): SQL =>
  sql`exists (select from ${replicas} policy_r join ${peers} policy_p on policy_p.id = policy_r.peer_id
    where policy_r.object_id = ${organisationId} and policy_r.collection = 'organisations' and policy_r.fault is null
      and policy_p.base_url = ${baseUrl} and policy_p.state = 'accepted')`;

/** True where the organisation in a column is homed at the node. */
export const isHomedAt = (baseUrl: string, organisationId: PgColumn | SQL): SQL =>
  sql`(exists (select from ${organisations} policy_o where policy_o.id = ${organisationId} and policy_o.home = ${baseUrl})
    and ${isGivenBy(baseUrl, organisationId)})`;

const isCurrent = sql`policy_m.state = 'accepted' and policy_m.starts_on <= current_date
  and (policy_m.ends_on is null or policy_m.ends_on > current_date)`;

/** The alliances of this node in which an organisation that is homed at the node takes part now. */
export const alliancesOfPeer = (baseUrl: string): Visible =>
  visible(sql`select distinct policy_m.alliance_id from ${memberships} policy_m
    join ${organisations} policy_o on policy_o.id = policy_m.organisation_id
    join ${alliances} policy_a on policy_a.id = policy_m.alliance_id
    where policy_o.home = ${baseUrl} and ${isGivenBy(baseUrl, sql`policy_o.id`)} and policy_a.home is null and ${isCurrent}`);

const isOpen = sql`policy_m.state = 'offered' and (policy_m.expires_at is null or policy_m.expires_at > now())`;

/** True where an organisation that is homed at the node was invited to the alliance in a column, or asks to be let in. */
export const isOfferedToPeer = (baseUrl: string, allianceId: PgColumn): Visible =>
  visible(sql`exists (select from ${memberships} policy_m join ${alliances} policy_a on policy_a.id = policy_m.alliance_id
    where policy_m.alliance_id = ${allianceId} and policy_a.home is null and ${isOpen}
      and ${isHomedAt(baseUrl, sql`policy_m.organisation_id`)})`);

/** True where an organisation that is homed at the node was invited to the alliance in a column: then it may know its name. */
export const isInvitedFrom = (baseUrl: string, allianceId: PgColumn): Visible =>
  visible(sql`exists (select from ${memberships} policy_m where policy_m.alliance_id = ${allianceId} and ${isOpen}
    and policy_m.offered_by = 'alliance' and ${isHomedAt(baseUrl, sql`policy_m.organisation_id`)})`);

/** The open offer itself, in the row of a membership. */
export const isOpenOfferTo = (baseUrl: string): Visible =>
  visible(sql`(${memberships.state} = 'offered' and (${memberships.expiresAt} is null or ${memberships.expiresAt} > now())
    and ${isHomedAt(baseUrl, memberships.organisationId)}
    and exists (select from ${alliances} policy_a where policy_a.id = ${memberships.allianceId} and policy_a.home is null))`);

/** True where an organisation that is homed at the node takes part in the alliance in a column. */
export const isAllianceOfPeer = (baseUrl: string, allianceId: PgColumn): Visible =>
  visible(sql`exists (select from ${memberships} policy_m where policy_m.alliance_id = ${allianceId} and ${isCurrent}
    and ${isHomedAt(baseUrl, sql`policy_m.organisation_id`)})`);

/**
 * The knowledge items that are read in alliances: published ones of this node that are shared with them, and those to
 * which their initiatives link where everybody in the network may read them. Of what was withdrawn, the tombstone.
 */
export const itemsOfAlliances = (allianceIds: SQL): Visible =>
  visible(sql`select policy_k.id from ${knowledgeItems} policy_k where policy_k.home is null and policy_k.state <> 'draft'
    and (policy_k.id in (select policy_s.item_id from ${knowledgeShares} policy_s
        where policy_s.ended_at is null and policy_s.alliance_id in (${allianceIds}))
      or (policy_k.visibility in ('public', 'network') and policy_k.id in (select policy_l.item_id
        from ${initiativeKnowledge} policy_l join ${initiatives} policy_i on policy_i.id = policy_l.initiative_id
        where policy_l.removed_at is null and policy_i.alliance_id in (${allianceIds}))))`);

/** True where a party to the commitment in the query is homed at the node. */
export const isPartyAt = (baseUrl: string): Visible =>
  visible(sql`(${isHomedAt(baseUrl, commitments.promiserOrganisationId)}
    or ${isHomedAt(baseUrl, commitments.beneficiaryOrganisationId)})`);

/** Commitments for a node: those of its organisations, and of others what was agreed, done and confirmed. */
export const commitmentsForPeer = (baseUrl: string): Visible => {
  const { state, dueOn } = commitments;
  return visible(sql`(${isPartyAt(baseUrl)} or ${state} in ('fulfilled', 'confirmed')
    or (${state} = 'accepted' and ${dueOn} >= current_date))`);
};
