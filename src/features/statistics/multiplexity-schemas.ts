import { z } from 'zod';
import { Day, Id } from '../../platform/schemas.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
import { relations } from './rules.ts';
import { NetworkQuery, NetworkStatistics } from './schemas.ts';

// What chooses alliances does not fit every relation: knowledge is adopted outside them.
const {
  relation: _,
  allianceId: __,
  allianceKind: ___,
  theme: ____,
  dataVersion: _____,
  ...filters
} = NetworkQuery.shape;
const { definition, asOf, coverage, suppressed, query } = NetworkStatistics.shape;

/** Characters of a data version of five relations: five of 22, with a point between two. */
const versionLength = 5 * 22 + 4;

/** What is asked of how relations lie over each other. */
export const MultiplexityQuery = z.strictObject({
  ...filters,
  dataVersion: z.string().length(versionLength).optional().meta({
    description:
      'Figures as they were computed for this data version; the newest when absent. Kept for an hour at most.',
  }),
});

const pairs = (description: string) => z.int().meta({ description });

/** How many relations tie the same organisations, and which shared alliances are acted in. */
export const Multiplexity = z
  .object({
    definition,
    dataVersion: z.string().meta({ description: 'The data versions of the five relations, joined by points.' }),
    asOf,
    parameters: z
      .object({
        asOf: Day,
        from: Day.nullable(),
        until: Day.nullable(),
        organisationKind: z.array(OrganisationKind).nullable(),
        region: z.string().nullable(),
        organisationId: z.array(Id).nullable(),
      })
      .meta({ description: 'All parameters, with defaults filled in; null stands for no filter.' }),
    coverage,
    suppressed,
    query,
    relations: z.array(
      z.object({
        relation: z.enum(relations),
        tiedPairCount: pairs('Pairs that it ties, either way.'),
        dataVersion: z.string().meta({ description: 'That of `/statistics/network` for this relation.' }),
      }),
    ),
    tiedPairCount: pairs('Pairs that any relation ties.'),
    multiplexPairCount: pairs('Pairs that two relations or more tie.'),
    multiplexShare: z.number().nullable(),
    meanRelationCount: z.number().nullable().meta({ description: 'Relations per tied pair.' }),
    relationCounts: z
      .array(z.object({ relationCount: z.int(), pairCount: z.int() }))
      .meta({ description: 'Tied pairs by the number of relations that tie them, from 1 to 5.' }),
    overlaps: z
      .array(
        z.object({
          relation: z.enum(relations),
          otherRelation: z.enum(relations),
          bothCount: z.int(),
          eitherCount: z.int(),
          jaccard: z.number().nullable().meta({ description: 'bothCount ÷ eitherCount.' }),
        }),
      )
      .meta({ description: 'Every two relations once.' }),
    activatedTies: z
      .object({
        sharingPairCount: pairs('Pairs that share an alliance.'),
        activatedPairCount: pairs('Those of them with a deed or an adoption in the window, either way.'),
        withDeedCount: pairs('Those with a deed.'),
        withAdoptionCount: pairs('Those with an adoption.'),
        activatedShare: z.number().nullable(),
        allianceCount: z.int().meta({ description: 'Alliances with at least two members in the population.' }),
        medianAllianceShare: z
          .number()
          .nullable()
          .meta({ description: 'Median over those of the share of the pairs of members that are activated.' }),
        inactiveAllianceCount: z.int().meta({ description: 'Those in which no pair is activated.' }),
      })
      .meta({ description: 'Which ties of talking are ties of doing.' }),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(['NO_TIES']) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'Multiplexity' });
