import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { handshakeStates } from '../../platform/handshake.ts';
import { type About, by, type ReplicatedRows, replicatedRows } from '../../platform/replicated-rows.ts';
import { isAllianceOfPeer, isInvitedFrom, isOfferedToPeer, isOpenOfferTo } from '../policy/peer-sight.ts';
import { AllianceKind, CharterDecisionView, MembershipView, Role, Visibility } from './schemas.ts';
import { alliances, charterDecisions, charters, memberships, sponsorships } from './tables.ts';

const State = z.enum(handshakeStates);
const ofCharters: About = (ids) =>
  sql`${charterDecisions.charterId} in (select c.id from ${charters} c where c.alliance_id in (${ids}))`;

/** Whether all of an alliance that is offered may be told: of a closed one to members alone. */
const isOpenTo = (baseUrl: string): SQL =>
  sql`(${alliances.visibility} <> 'closed' or ${isAllianceOfPeer(baseUrl, alliances.id)})`;
const unlessClosed =
  (column: PgColumn, otherwise: SQL = sql`null`) =>
  (baseUrl: string): SQL =>
    sql`case when ${isOpenTo(baseUrl)} then ${column} else ${otherwise} end`;
const toNobody = (): SQL => sql`null`;

/**
 * Alliances and what makes them up, for the nodes of those who take part. Whoever is invited is given the invitation and
 * the name of the alliance alone.
 */
export const allianceReplicas: readonly ReplicatedRows[] = [
  replicatedRows({
    name: 'alliances',
    table: alliances,
    kept: ['home', 'source', 'sourceKey'],
    values: { kind: AllianceKind, visibility: Visibility },
    inAlliances: by(alliances.id),
    about: { alliance: by(alliances.id) },
    widened: (baseUrl) => isOfferedToPeer(baseUrl, alliances.id),
    // Of a closed one the name alone is for who is invited, and nothing for who asked to be let in before it was closed.
    masked: {
      name: (baseUrl) => sql`case when ${isOpenTo(baseUrl)} or ${isInvitedFrom(baseUrl, alliances.id)}
        then ${alliances.name} else 'Gesloten vrijplaats' end`,
      kind: unlessClosed(alliances.kind, sql`'alliance'`),
      purpose: unlessClosed(alliances.purpose),
      startsOn: unlessClosed(alliances.startsOn, sql`date '2000-01-01'`),
      endsOn: unlessClosed(alliances.endsOn),
      createdByOrganisationId: unlessClosed(alliances.createdByOrganisationId),
      version: unlessClosed(alliances.version, sql`1`),
      createdAt: unlessClosed(alliances.createdAt, sql`timestamptz '2000-01-01T00:00:00Z'`),
      changedAt: unlessClosed(alliances.changedAt, sql`timestamptz '2000-01-01T00:00:00Z'`),
    },
  }),
  replicatedRows({
    name: 'memberships',
    table: memberships,
    kept: ['sourceKey'],
    values: {
      ...{ role: Role, state: State, basis: MembershipView.shape.basis },
      offeredBy: MembershipView.shape.offeredBy.unwrap(),
    },
    inAlliances: by(memberships.allianceId),
    about: { membership: by(memberships.id) },
    widened: isOpenOfferTo,
  }),
  replicatedRows({
    name: 'charters',
    table: charters,
    isHistory: true,
    inAlliances: by(charters.allianceId),
    about: { charter: by(charters.id) },
  }),
  replicatedRows({
    name: 'charter-decisions',
    table: charterDecisions,
    isHistory: true,
    values: { decision: CharterDecisionView.shape.decision },
    inAlliances: ofCharters,
    about: { charter: by(charterDecisions.charterId) },
  }),
  replicatedRows({
    name: 'sponsorships',
    table: sponsorships,
    values: { state: State },
    inAlliances: by(sponsorships.allianceId),
    about: { sponsorship: by(sponsorships.id) },
    masked: { decisionReason: toNobody, endReason: toNobody },
  }),
];
