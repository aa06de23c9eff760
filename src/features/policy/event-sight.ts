import { type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import { alliances, charters, memberships, sponsorships } from '../alliances/tables.ts';
import { events } from '../events/tables.ts';
import { commitments, initiatives, participations } from '../initiatives/tables.ts';
import { knowledgeAdoptions, knowledgeContributions, knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { ownershipOffers, ownershipRecords } from '../ownership/tables.ts';
import { affiliations, professionals } from '../professionals/tables.ts';
import { sessionSeries, sessions } from '../sessions/tables.ts';
import { handovers, harvests, spaceClosures } from '../spaces/tables.ts';
import {
  isMember,
  partyToCommitment,
  type Viewer,
  type Visible,
  visible,
  visibleAffiliations,
  visibleAlliances,
  visibleClosures,
  visibleCommitments,
  visibleDestructions,
  visibleHarvests,
  visibleInitiatives,
  visibleKnowledgeAdoptions,
  visibleKnowledgeContributions,
  visibleKnowledgeItems,
  visibleKnowledgeShares,
  visibleMemberships,
  visibleOwnershipOffers,
  visibleParticipations,
  visibleProfessionals,
  visibleSponsorships,
  visibleSubjects,
  visibleWork,
} from './policy.ts';
import { visibleSessionSeries, visibleSessions } from './session-sight.ts';

/** Who reads events: for which organisation, and whether as an administrator. */
export type EventReader = Pick<Caller, 'organisationId' | 'administrator'>;

const { type, subjectType, subjectId, organisationIds } = events;

const touched = (viewer: Viewer): SQL => sql`${viewer}::uuid = any(${organisationIds})`;

/** The row that an event is about, where the viewer may see it. */
const subject = (from: SQL, condition: SQL): SQL => sql`(select true from ${from} and ${condition} limit 1)`;

const withAlliance = (
  table: typeof memberships | typeof initiatives | typeof commitments | typeof sessionSeries | typeof sessions,
) => sql`${table} join ${alliances} on ${alliances.id} = ${table.allianceId} where ${table.id} = ${subjectId}`;

const alliancesSeen = (viewer: Viewer): Record<string, SQL> => ({
  alliance: subject(sql`${alliances} where ${alliances.id} = ${subjectId}`, visibleAlliances(viewer)),
  // What was dropped left no row: its event names the organisation.
  membership: sql`(${subject(withAlliance(memberships), visibleMemberships(viewer))}
    or (${type} = 'membership.dropped' and ${touched(viewer)}))`,
  // Who declined a charter is told to those who take part.
  charter: subject(
    sql`${charters} join ${alliances} on ${alliances.id} = ${charters.allianceId} where ${charters.id} = ${subjectId}`,
    sql`${visibleAlliances(viewer)} and (${type} <> 'charter.declined' or ${touched(viewer)}
      or ${isMember(viewer, sql`${alliances.id}`)})`,
  ),
  sponsorship: subject(sql`${sponsorships} where ${sponsorships.id} = ${subjectId}`, visibleSponsorships(viewer)),
  space_closure: subject(
    sql`${spaceClosures} where ${spaceClosures.allianceId} = ${subjectId}`,
    sql`case when ${type} = 'space.destroyed' then ${visibleDestructions(viewer)} else ${visibleClosures(viewer)} end`,
  ),
  session_series: subject(withAlliance(sessionSeries), visibleSessionSeries(viewer)),
  // Who was there, and what came of it, is told to those who take part.
  session: subject(
    withAlliance(sessions),
    sql`${visibleSessions(viewer)} and (${type} in ('session.planned', 'session.changed', 'session.held',
      'session.cancelled') or ${isMember(viewer, sql`${alliances.id}`)})`,
  ),
  calendar_feed: touched(viewer),
  harvest: subject(sql`${harvests} where ${harvests.id} = ${subjectId}`, visibleHarvests(viewer)),
  handover: subject(
    sql`${handovers} join ${commitments} on ${commitments.id} = ${handovers.commitmentId}
      join ${alliances} on ${alliances.id} = ${commitments.allianceId} where ${handovers.id} = ${subjectId}`,
    sql`${visibleCommitments(viewer)} and ${partyToCommitment(viewer)}`,
  ),
});

const workSeen = (viewer: Viewer): Record<string, SQL> => ({
  initiative: subject(withAlliance(initiatives), visibleInitiatives(viewer)),
  participation: subject(
    sql`${participations} join ${initiatives} on ${initiatives.id} = ${participations.initiativeId}
      join ${alliances} on ${alliances.id} = ${initiatives.allianceId} where ${participations.id} = ${subjectId}`,
    visibleParticipations(viewer),
  ),
  // What others learn of a promise: that it was agreed, done and confirmed.
  commitment: subject(
    withAlliance(commitments),
    sql`${visibleCommitments(viewer)} and (${partyToCommitment(viewer)}
      or ${type} in ('commitment.accepted', 'commitment.fulfilled', 'commitment.confirmed'))`,
  ),
  ownership_offer: subject(
    sql`${ownershipOffers} where ${ownershipOffers.id} = ${subjectId}`,
    visibleOwnershipOffers(viewer),
  ),
  ownership_record: subject(
    sql`${ownershipRecords} where ${ownershipRecords.id} = ${subjectId}`,
    visibleSubjects(viewer, sql`${ownershipRecords.subjectType}`, sql`${ownershipRecords.subjectId}`),
  ),
});

const knowledgeSeen = (viewer: Viewer): Record<string, SQL> => ({
  knowledge_item: subject(
    sql`${knowledgeItems} where ${knowledgeItems.id} = ${subjectId}`,
    visibleKnowledgeItems(viewer),
  ),
  // The end of a share is told to those who read the item by it, who see it no more.
  knowledge_share: subject(
    sql`${knowledgeShares} join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeShares.itemId}
      join ${alliances} on ${alliances.id} = ${knowledgeShares.allianceId} where ${knowledgeShares.id} = ${subjectId}`,
    sql`(${visibleKnowledgeShares(viewer)} or (${type} = 'knowledge_item.unshared'
      and ${isMember(viewer, sql`${alliances.id}`)}))`,
  ),
  knowledge_contribution: subject(
    sql`${knowledgeContributions} join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeContributions.itemId}
      where ${knowledgeContributions.id} = ${subjectId}`,
    visibleKnowledgeContributions(viewer),
  ),
  adoption: subject(
    sql`${knowledgeAdoptions} join ${knowledgeItems} on ${knowledgeItems.id} = ${knowledgeAdoptions.itemId}
      where ${knowledgeAdoptions.id} = ${subjectId}`,
    visibleKnowledgeAdoptions(viewer),
  ),
});

const peopleSeen = (viewer: Viewer): Record<string, SQL> => ({
  // That what is kept of somebody was given out, or a code renewed, is for the organisation that registered the person.
  professional: subject(
    sql`${professionals} where ${professionals.id} = ${subjectId}`,
    sql`${visibleProfessionals(viewer)} and (${type} in ('professional.registered', 'professional.changed',
      'professional.erased') or ${touched(viewer)})`,
  ),
  affiliation: subject(
    sql`${affiliations} join ${professionals} on ${professionals.id} = ${affiliations.professionalId}
      where ${affiliations.id} = ${subjectId}`,
    visibleAffiliations(viewer),
  ),
  // A contribution that was removed left no row: its event tells of which work it was.
  professional_contribution: sql`(${touched(viewer)}
    and ${visibleWork(viewer, sql`${events.data}->>'subjectType'`, sql`(${events.data}->>'subjectId')::uuid`)})`,
});

/**
 * Events that the reader may see now: those whose subject it may see now, by the same predicates as every list. So what
 * is read of the past follows the present: whoever takes part no more reads no more of what was done there. Of the scopes
 * of a reader nothing is said here.
 */
export function visibleEvents({ organisationId: viewer, administrator }: EventReader): Visible {
  const seen: Record<string, SQL> = {
    ...alliancesSeen(viewer),
    ...workSeen(viewer),
    ...knowledgeSeen(viewer),
    ...peopleSeen(viewer),
    organisation: sql`true`,
    merger: sql`true`,
    organisation_move: administrator ? sql`true` : touched(viewer),
    webhook: touched(viewer),
    export: touched(viewer),
    ...(administrator && { client: sql`true`, import: sql`true`, peer: sql`true` }),
  };
  const cases = Object.entries(seen).map(([kind, predicate]) => sql`when ${sql.raw(`'${kind}'`)} then ${predicate}`);
  return visible(sql`coalesce(case ${subjectType} ${sql.join(cases, sql` `)} end, false)`);
}
