import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { handshakeStates } from '../../platform/handshake.ts';
import { type About, by, type ReplicatedRows, replicatedRows } from '../../platform/replicated-rows.ts';
import { isAllianceOfPeer, isOfferedToPeer, isOpenOfferTo } from '../policy/peer-sight.ts';
import { AllianceKind, CharterDecisionView, MembershipView, Role, Visibility } from './schemas.ts';
import { alliances, charterDecisions, charters, memberships, sponsorships } from './tables.ts';

const State = z.enum(handshakeStates);
const ofCharters: About = (ids) =>
  sql`${charterDecisions.charterId} in (select c.id from ${charters} c where c.alliance_id in (${ids}))`;

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
    masked: {
      purpose: (baseUrl) => sql`case when ${alliances.visibility} <> 'closed'
        or ${isAllianceOfPeer(baseUrl, alliances.id)} then ${alliances.purpose} end`,
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
  }),
];
