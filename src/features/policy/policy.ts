import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import { Problem } from '../../platform/problem.ts';
import { alliances, charterDecisions, memberships, sponsorships } from '../alliances/tables.ts';
import { commitments, initiatives, participations } from '../initiatives/tables.ts';
import { knowledgeAdoptions, knowledgeContributions, knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { ownershipOffers } from '../ownership/tables.ts';
import { processingRecords } from '../processing/tables.ts';
import { affiliations, erasures, professionalContributions, professionals } from '../professionals/tables.ts';
import { harvestConsents, harvests, spaceClosureMembers, spaceClosures } from '../spaces/tables.ts';

/** The organisation that looks: its identifier, null for a token without one, or the placeholder of a prepared query. */
export type Viewer = string | null | Placeholder;

/** A predicate that only this module makes; a query on protected tables must carry one. */
export type Visible = SQL & { readonly visible: unique symbol };

/** Marks a predicate of the policy, in the text of the statement, so that a test can refuse one without; for the policy alone. */
export const visible = (predicate: SQL) => sql`/* policy */ ${predicate}` as Visible;

const exemptions = {
  /** A row that was found under the policy in this transaction is read again, locked or changed by its key. */
  checked: sql`/* policy: checked */ true`,
  /** The node itself reads, for nobody: a background loop, a migration, a command of its operator. */
  node: sql`/* policy: node */ true`,
  /** A rule is held, of which the caller learns no more than its problem says. */
  rule: sql`/* policy: rule */ true`,
  /** A number that is promised to all. */
  counted: sql`/* policy: counted */ true`,
} as const;

/** Why a statement reads protected rows without asking what a viewer may see. */
export type Exemption = keyof typeof exemptions;

/** The mark of a statement on protected tables that asks for no viewer's sight, with the reason why it need not. */
export const unrestricted = (why: Exemption): Visible => exemptions[why] as Visible;

/** True where the viewer is a current, accepted member of the alliance in `allianceId`; read in the same statement. */
export function isMember(viewer: Viewer, allianceId: SQL): Visible {
  return visible(sql`(select true from ${memberships} policy_m
    where policy_m.alliance_id = ${allianceId} and policy_m.organisation_id = ${viewer}::uuid
      and policy_m.state = 'accepted' and policy_m.starts_on <= current_date
      and (policy_m.ends_on is null or policy_m.ends_on > current_date) limit 1)`);
}

/**
 * Alliances that the viewer may see: public ones; network ones for every organisation of this node; closed ones for
 * their current members alone, so neither for a sponsor nor for an administrator.
 */
export function visibleAlliances(viewer: Viewer): Visible {
  return visible(sql`(${alliances.visibility} = 'public'
    or (${alliances.visibility} = 'network' and ${viewer}::uuid is not null)
    or (${alliances.visibility} = 'closed' and ${isMember(viewer, sql`${alliances.id}`)}))`);
}

/**
 * Memberships that the viewer may see: those of its own organisation; of alliances that it takes part in, all; of other
 * alliances that it may see, what was agreed, never an open or declined offer.
 */
export function visibleMemberships(viewer: Viewer): Visible {
  return visible(sql`(${memberships.organisationId} = ${viewer}::uuid
    or (${memberships.state} in ('accepted', 'ended') and ${visibleAlliances(viewer)})
    or ${isMember(viewer, sql`${alliances.id}`)})`);
}

/** True where the viewer may read the reasons in a membership: its two parties alone. */
export function partyToMembership(viewer: Viewer): Visible {
  return visible(sql`(${memberships.organisationId} = ${viewer}::uuid or ${isMember(viewer, sql`${alliances.id}`)})`);
}

/**
 * Decisions on charters that the viewer may see: acceptances of alliances that it may see; of those in which it takes
 * part, and of its own, the refusals too.
 */
export function visibleCharterDecisions(viewer: Viewer): Visible {
  return visible(sql`((${charterDecisions.decision} = 'accepted' and ${visibleAlliances(viewer)})
    or ${charterDecisions.organisationId} = ${viewer}::uuid or ${isMember(viewer, sql`${alliances.id}`)})`);
}

/** Sponsorships that the viewer may see: its own, and those of closed spaces in which it takes part. */
export function visibleSponsorships(viewer: Viewer): Visible {
  return visible(
    sql`(${sponsorships.organisationId} = ${viewer}::uuid or ${isMember(viewer, sql`${sponsorships.allianceId}`)})`,
  );
}

/**
 * Knowledge items that the viewer may see: its own; once published, public ones, those of the network for every
 * organisation of this node, and those that are shared with an alliance in which it takes part now; and those of which
 * it is, or is asked to be, a contributor. What was withdrawn is seen as its tombstone.
 */
export function visibleKnowledgeItems(viewer: Viewer): Visible {
  const { id, organisationId, state, visibility } = knowledgeItems;
  return visible(sql`(${organisationId} = ${viewer}::uuid or (${state} <> 'draft' and (${visibility} = 'public'
    or (${visibility} = 'network' and ${viewer}::uuid is not null)
    or (${visibility} = 'alliances' and (select true from ${knowledgeShares} policy_s
      where policy_s.item_id = ${id} and policy_s.ended_at is null
        and ${isMember(viewer, sql`policy_s.alliance_id`)} limit 1))))
    or (select true from ${knowledgeContributions} policy_c where policy_c.item_id = ${id}
      and policy_c.organisation_id = ${viewer}::uuid and policy_c.state in ('offered', 'accepted') limit 1))`);
}

/**
 * What of the items that the viewer may see can only be its own or one to which it contributes, as drafts; or, with
 * `shared`, also one that is shared with an alliance in which it takes part. Says nothing more than the policy does, but
 * finds these few among many at once.
 */
export function nearKnowledgeItems(viewer: Viewer, { shared }: { readonly shared: boolean }): Visible {
  const { id, organisationId } = knowledgeItems;
  const contributed = sql`select c.item_id from ${knowledgeContributions} c
    where c.organisation_id = ${viewer}::uuid and c.state in ('offered', 'accepted')`;
  const read = sql`select s.item_id from ${memberships} m join ${knowledgeShares} s on s.alliance_id = m.alliance_id
    where m.organisation_id = ${viewer}::uuid and m.state = 'accepted' and s.ended_at is null`;
  return visible(sql`(${organisationId} = ${viewer}::uuid or ${id} = any(array(${contributed}))
    ${shared ? sql`or ${id} = any(array(${read}))` : sql``})`);
}

/** Shares of items that the viewer may see, with alliances that it may see. */
export function visibleKnowledgeShares(viewer: Viewer): Visible {
  return visible(sql`(${visibleKnowledgeItems(viewer)} and ${visibleAlliances(viewer)})`);
}

/** Contributions to items that the viewer may see: what was agreed; an open or declined offer for its two parties. */
export function visibleKnowledgeContributions(viewer: Viewer): Visible {
  const { organisationId, state } = knowledgeContributions;
  return visible(sql`(${visibleKnowledgeItems(viewer)} and (${state} in ('accepted', 'ended')
    or ${organisationId} = ${viewer}::uuid or ${knowledgeItems.organisationId} = ${viewer}::uuid))`);
}

/** Adoptions of items that the viewer may see, and its own. */
export function visibleKnowledgeAdoptions(viewer: Viewer): Visible {
  return visible(sql`(${knowledgeAdoptions.organisationId} = ${viewer}::uuid or ${visibleKnowledgeItems(viewer)})`);
}

/** Initiatives that the viewer may see: those of alliances that it may see. */
export function visibleInitiatives(viewer: Viewer): Visible {
  return visible(sql`(${initiatives.allianceId} = ${alliances.id} and ${visibleAlliances(viewer)})`);
}

/** Participations in initiatives that the viewer may see: what was agreed; open and declined offers for those who take part. */
export function visibleParticipations(viewer: Viewer): Visible {
  const { organisationId, offeredByOrganisationId, state } = participations;
  return visible(sql`(${visibleInitiatives(viewer)} and (${state} in ('accepted', 'ended')
    or ${organisationId} = ${viewer}::uuid or ${offeredByOrganisationId} = ${viewer}::uuid
    or ${isMember(viewer, sql`${alliances.id}`)}))`);
}

/** True where the viewer is one of the two parties to a commitment. */
export function partyToCommitment(viewer: Viewer): Visible {
  const { promiserOrganisationId, beneficiaryOrganisationId } = commitments;
  return visible(sql`(${promiserOrganisationId} = ${viewer}::uuid or ${beneficiaryOrganisationId} = ${viewer}::uuid)`);
}

/**
 * Commitments in alliances that the viewer may see: its own, all; of others what was agreed, done and confirmed. An
 * open offer, a no, a promise that is late, disputed or broken is for the two parties; it is counted for all.
 */
export function visibleCommitments(viewer: Viewer): Visible {
  const { state, dueOn } = commitments;
  return visible(sql`(${visibleAlliances(viewer)} and (${partyToCommitment(viewer)}
    or ${state} in ('fulfilled', 'confirmed') or (${state} = 'accepted' and ${dueOn} >= current_date)))`);
}

/** True where the viewer may see what is owned: an alliance, an initiative or a knowledge item. */
export function visibleSubjects(viewer: Viewer, subjectType: SQL, subjectId: SQL): Visible {
  return visible(sql`(case ${subjectType}
    when 'alliance' then (select true from ${alliances} where ${alliances.id} = ${subjectId} and ${visibleAlliances(viewer)})
    when 'initiative' then (select true from ${initiatives} join ${alliances} on ${alliances.id} = ${initiatives.allianceId}
      where ${initiatives.id} = ${subjectId} and ${visibleAlliances(viewer)})
    else (select true from ${knowledgeItems} where ${knowledgeItems.id} = ${subjectId} and ${visibleKnowledgeItems(viewer)})
    end)`);
}

/** Offers to own that the viewer may see: those to it, from it or by it, of what it may see. */
export function visibleOwnershipOffers(viewer: Viewer): Visible {
  const { toOrganisationId, fromOrganisationId, offeredByOrganisationId, subjectType, subjectId } = ownershipOffers;
  return visible(sql`((${toOrganisationId} = ${viewer}::uuid or ${fromOrganisationId} = ${viewer}::uuid
    or ${offeredByOrganisationId} = ${viewer}::uuid)
    and ${visibleSubjects(viewer, sql`${subjectType}`, sql`${subjectId}`)})`);
}

/**
 * Harvests that the viewer may see: those out of spaces in which it takes part, and those on which it must answer, as a
 * contributor to the item, wherever it is by now.
 */
export function visibleHarvests(viewer: Viewer): Visible {
  return visible(sql`(${isMember(viewer, sql`${harvests.allianceId}`)}
    or (select true from ${harvestConsents} policy_h where policy_h.harvest_id = ${harvests.id}
      and policy_h.organisation_id = ${viewer}::uuid limit 1)
    or (${harvests.state} = 'offered' and (select true from ${knowledgeContributions} policy_c
      where policy_c.item_id = ${harvests.itemId} and policy_c.organisation_id = ${viewer}::uuid
        and policy_c.state = 'accepted' limit 1)))`);
}

/** Closings of spaces, and their archives, that the viewer may see: those of spaces in which it took part at the end. */
export function visibleClosures(viewer: Viewer): Visible {
  return visible(sql`(select true from ${spaceClosureMembers} policy_e
    where policy_e.alliance_id = ${spaceClosures.allianceId} and policy_e.organisation_id = ${viewer}::uuid limit 1)`);
}

/** Receipts of destruction that the viewer may see: of spaces in which it took part at the end, or that it guarantees. */
export function visibleDestructions(viewer: Viewer): Visible {
  return visible(sql`(${visibleClosures(viewer)} or (select true from ${sponsorships} policy_p
    where policy_p.alliance_id = ${spaceClosures.allianceId} and policy_p.organisation_id = ${viewer}::uuid
      and policy_p.state = 'accepted' limit 1))`);
}

const affiliated = (viewer: Viewer, professionalId: SQL) => sql`(select true from ${affiliations} policy_a
  where policy_a.professional_id = ${professionalId} and policy_a.organisation_id = ${viewer}::uuid
    and (policy_a.state = 'accepted' or (policy_a.state = 'offered' and policy_a.expires_at > now())) limit 1)`;

/**
 * Professionals that the viewer may see: those that it registered, and those with an open or accepted affiliation with
 * it. Of one that was erased the organisation that registered it sees the tombstone.
 */
export function visibleProfessionals(viewer: Viewer): Visible {
  const { id, registeredByOrganisationId, erasedAt } = professionals;
  return visible(sql`(${registeredByOrganisationId} = ${viewer}::uuid
    or (${erasedAt} is null and ${affiliated(viewer, sql`${id}`)}))`);
}

/** Affiliations that the viewer may see: its own, and those that its clients offered; of nobody who was erased. */
export function visibleAffiliations(viewer: Viewer): Visible {
  const { organisationId, offeredByOrganisationId } = affiliations;
  return visible(sql`(${professionals.erasedAt} is null
    and (${organisationId} = ${viewer}::uuid or ${offeredByOrganisationId} = ${viewer}::uuid))`);
}

/** True where the viewer may see the work in which a professional had a part: an item, an initiative or a commitment. */
export function visibleWork(viewer: Viewer, subjectType: SQL, subjectId: SQL): Visible {
  return visible(sql`(case when ${subjectType} = 'commitment' then (select true from ${commitments}
      join ${alliances} on ${alliances.id} = ${commitments.allianceId}
      where ${commitments.id} = ${subjectId} and ${visibleCommitments(viewer)})
    else ${visibleSubjects(viewer, subjectType, subjectId)} end)`);
}

/**
 * Contributions of professionals that the viewer may see: of work that it may see, its own, and those of professionals
 * who are affiliated with it now.
 */
export function visibleProfessionalContributions(viewer: Viewer): Visible {
  const { organisationId, professionalId, subjectType, subjectId } = professionalContributions;
  return visible(sql`((${organisationId} = ${viewer}::uuid or (select true from ${affiliations} policy_a
      where policy_a.professional_id = ${professionalId} and policy_a.organisation_id = ${viewer}::uuid
        and policy_a.state = 'accepted' limit 1))
    and ${visibleWork(viewer, sql`${subjectType}`, sql`${subjectId}`)})`);
}

/** Erasures that the viewer may see: of those that it registered, and those that its clients asked for. */
export function visibleErasures(viewer: Viewer): Visible {
  const { registeredByOrganisationId, requestedByOrganisationId } = erasures;
  return visible(
    sql`(${registeredByOrganisationId} = ${viewer}::uuid or ${requestedByOrganisationId} = ${viewer}::uuid)`,
  );
}

/**
 * Removals at other nodes that the viewer may see, by their subject: those of an alliance for who takes part in it, those
 * of a knowledge item for its author.
 */
export function visibleRemovals(viewer: Viewer, subjectType: SQL, subjectId: SQL): Visible {
  return visible(sql`(case ${subjectType} when 'alliance' then ${isMember(viewer, subjectId)}
    else (select true from ${knowledgeItems} where ${knowledgeItems.id} = ${subjectId}
      and ${knowledgeItems.organisationId} = ${viewer}::uuid) end)`);
}

/** True where the viewer's own client processed the data: then it may read of whom they were. */
export function processedBy(viewer: Viewer): Visible {
  return visible(sql`${processingRecords.organisationId} = ${viewer}::uuid`);
}

/** Processing records that the caller may see: those of its organisation; an administrator all, without the persons. */
export function visibleProcessingRecords({ administrator, organisationId }: Caller): Visible {
  return administrator ? visible(sql`true`) : processedBy(organisationId);
}

/** Alliances that are counted in statistics, for whoever asks: all but closed spaces. */
export function countedAlliances(): Visible {
  return visible(sql`${alliances.visibility} <> 'closed'`);
}

/**
 * Knowledge items that are counted in statistics: once published, public ones, and those of the network for every
 * organisation of this node. What is the viewer's own, or shared with its alliances, is counted for nobody.
 */
export function countedKnowledgeItems(viewer: Viewer): Visible {
  const { state, visibility } = knowledgeItems;
  return visible(sql`(${state} <> 'draft' and (${visibility} = 'public'
    or (${visibility} = 'network' and ${viewer}::uuid is not null)))`);
}

/** Throws not_your_organisation unless the caller acts for this organisation; administrators are no exception. */
export function assertActsFor(caller: Caller, organisationId: string): void {
  if (caller.organisationId !== organisationId) throw new Problem('not_your_organisation');
}

/** Throws not_your_organisation unless the caller acts for this organisation or keeps the register as administrator. */
export function assertMayChangeOrganisation(caller: Caller, organisationId: string): void {
  if (!caller.administrator) assertActsFor(caller, organisationId);
}

/** The organisation for which the caller acts; throws not_your_organisation for a token without one. */
export function actingOrganisation(caller: Caller): string {
  if (caller.organisationId === null) throw new Problem('not_your_organisation');
  return caller.organisationId;
}
