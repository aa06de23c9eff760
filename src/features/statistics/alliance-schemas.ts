import { z } from 'zod';
import { Day, Id } from '../../platform/schemas.ts';
import { AllianceKind } from '../alliances/alliances.ts';
import { count, envelope, number, undefinedValues, versionQuery, windowQuery } from './activity-schemas.ts';

const Sort = z.enum(['memberCount', 'bridgeValue', 'activatedShare']);

/** What alliances are asked about. */
export const AllianceStatisticsQuery = z.strictObject({
  ...windowQuery,
  sort: Sort.default('memberCount').meta({
    description: 'By what `alliances` stand, from high to low; those without a value come last, equals by members.',
  }),
  top: z.int().min(1).max(1000).default(50).meta({ description: 'Alliances in `alliances` at most.' }),
  ...versionQuery,
});

/** The figures on alliances, in the order in which they are told. */
export const allianceFigures = {
  allianceCount: count('Alliances with at least one member on the last day.'),
  membershipCount: count('Pairs of an organisation and an alliance.'),
  medianMemberCount: number('Median of the members of an alliance.'),
  medianKindMix: number('Median of kindMix over the alliances with at least two members.'),
  linkedAllianceCount: count('Alliances that share a member with another one.'),
  maximumBridgeValue: number('The highest bridgeValue.'),
};

const AllianceRow = z
  .object({
    id: Id,
    name: z.string(),
    kind: AllianceKind,
    memberCount: z.int(),
    kindMix: z.number().meta({ description: 'Blau index of the kinds of the members: 0 where all are of one kind.' }),
    linkedAllianceCount: z.int().meta({ description: 'Other alliances with which it shares a member.' }),
    highestOverlap: z.number().meta({ description: 'Highest share of members in common with another alliance.' }),
    bridgeValue: z.number().nullable().meta({ description: 'Betweenness among organisations and alliances, 0 to 1.' }),
    actingMemberCount: z.int().nullable().meta({ description: 'Members with a deed in it in the window.' }),
    activatedPairCount: z
      .int()
      .nullable()
      .meta({ description: 'Pairs of members with a deed or an adoption in the window, either way.' }),
    activatedShare: z.number().nullable().meta({ description: 'Those ÷ all pairs of members.' }),
  })
  .meta({ id: 'AllianceRow' });

/** The statistic of alliances. */
export const AllianceStatistics = z
  .object({
    ...envelope,
    parameters: z.object({ from: Day, until: Day, sort: Sort, top: z.int() }),
    ...allianceFigures,
    alliances: z.array(AllianceRow),
    undefinedValues,
  })
  .meta({ id: 'AllianceStatistics' });
