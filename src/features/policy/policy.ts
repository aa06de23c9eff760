import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import { Problem } from '../../platform/problem.ts';
import { alliances, charterDecisions, memberships, sponsorships } from '../alliances/tables.ts';

/** The organisation that looks: its identifier, null for a token without one, or the placeholder of a prepared query. */
export type Viewer = string | null | Placeholder;

/** A predicate that only this module makes; a query on protected tables must carry one. */
export type Visible = SQL & { readonly visible: unique symbol };

const visible = (predicate: SQL) => predicate as Visible;

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

/** Alliances that are counted in statistics, for whoever asks: all but closed spaces. */
export function countedAlliances(): Visible {
  return visible(sql`${alliances.visibility} <> 'closed'`);
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
