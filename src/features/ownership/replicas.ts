import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { handshakeStates } from '../../platform/handshake.ts';
import { by, type ReplicatedRows, replicatedRows } from '../../platform/replicated-rows.ts';
import { initiatives } from '../initiatives/tables.ts';
import { isHomedAt } from '../policy/peer-sight.ts';
import { changes, shares } from './rules.ts';
import { SubjectType } from './schemas.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

type Owned = typeof ownershipOffers | typeof ownershipRecords;
const inAlliances = (table: Owned) => (ids: SQL) =>
  sql`((${table.subjectType} = 'alliance' and ${table.subjectId} in (${ids})) or (${table.subjectType} = 'initiative'
    and ${table.subjectId} in (select i.id from ${initiatives} i where i.alliance_id in (${ids}))))`;
const ofItems = (table: Owned) => (ids: SQL) =>
  sql`(${table.subjectType} = 'knowledge_item' and ${table.subjectId} in (${ids}))`;
const values = { subjectType: SubjectType, share: z.enum(shares) };

/** An offer is for those between whom it is. */
const isOfferOf = (baseUrl: string) => sql`(${isHomedAt(baseUrl, ownershipOffers.toOrganisationId)}
  or ${isHomedAt(baseUrl, ownershipOffers.fromOrganisationId)}
  or ${isHomedAt(baseUrl, ownershipOffers.offeredByOrganisationId)})`;

/** Who owns alliances, initiatives and items, with the receipts, for the nodes of those who take part. */
export const ownershipReplicas: readonly ReplicatedRows[] = [
  replicatedRows({
    name: 'ownership-offers',
    table: ownershipOffers,
    values: { ...values, state: z.enum(handshakeStates) },
    inAlliances: inAlliances(ownershipOffers),
    ofItems: ofItems(ownershipOffers),
    isEither: true,
    about: { ownership_offer: by(ownershipOffers.id) },
    narrowed: isOfferOf,
  }),
  replicatedRows({
    name: 'ownership-records',
    table: ownershipRecords,
    isHistory: true,
    values: { ...values, change: z.enum(changes) },
    inAlliances: inAlliances(ownershipRecords),
    ofItems: ofItems(ownershipRecords),
    isEither: true,
    about: { ownership_record: by(ownershipRecords.id) },
    masked: {
      offerId: (baseUrl) => sql`case when exists (select from ${ownershipOffers}
        where ${ownershipOffers.id} = ${ownershipRecords.offerId} and ${isOfferOf(baseUrl)}) then ${ownershipRecords.offerId} end`,
    },
  }),
];
