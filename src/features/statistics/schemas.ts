import { z } from 'zod';
import { Day, Id, line, pageQuery } from '../../platform/schemas.ts';
import { AllianceKind } from '../alliances/alliances.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
import { networkMeasureFields, OrganisationMeasures } from './measure-schemas.ts';
import { allMeasures, undefinedReasons } from './ranks.ts';
import { relations } from './rules.ts';

const filters = {
  relation: z.enum(relations).default('membership').meta({
    description:
      'What ties two organisations: `membership` of the same alliance, `initiatives` in which both take part, `deeds` (confirmed commitments, from promiser to beneficiary), `knowledge` (adoptions, from author to adopter), or `ownership` (transfers, and what both own at the same time).',
  }),
  asOf: Day.optional().meta({
    description: 'The day of which the network is shown, and the last day of what is counted; today (UTC) when absent.',
  }),
  from: Day.optional().meta({
    description: 'The first day that is counted, of deeds, knowledge and ownership; from the beginning when absent.',
  }),
  until: Day.optional().meta({
    description:
      'The first day that is no longer counted, of deeds, knowledge and ownership; later than `from`. All up to and with `asOf` when absent.',
  }),
  organisationId: z.array(Id).min(1).max(200).optional().meta({
    description: 'Only these organisations; repeat the key for several.',
  }),
  organisationKind: z.array(OrganisationKind).min(1).max(9).optional().meta({
    description: 'Only organisations of these kinds; repeat the key for several.',
  }),
  region: line(100).optional().meta({ description: 'Only organisations of this region.' }),
  allianceId: Id.optional().meta({
    description: 'Only this alliance and the organisations in it; not for `knowledge`.',
  }),
  allianceKind: z.array(AllianceKind).min(1).max(4).optional().meta({
    description: 'Only alliances of these kinds; repeat the key for several. Not for `knowledge`.',
  }),
  theme: line(60).optional().meta({
    description:
      'Only what has this theme: initiatives, deeds that were promised in such an initiative, items that were adopted, and what of these is owned. Not for `membership`.',
  }),
  dataVersion: z.string().length(22).optional().meta({
    description:
      'Figures as they were computed for this data version; the newest when absent. Kept for an hour at most, and for a day where it was computed in the background.',
  }),
};

/** What the network is asked about. */
export const NetworkQuery = z.strictObject(filters);

/** What the organisations of a network are asked about. */
export const OrganisationStatisticsQuery = z.strictObject({
  ...filters,
  measure: z.array(z.enum(allMeasures)).min(1).max(allMeasures.length).optional().meta({
    description:
      'Only these measures; repeat the key for several. All that the relation has when absent: inDegree, outDegree, inStrength and outStrength are those of `deeds` and `knowledge`.',
  }),
  sort: z.enum(allMeasures).optional().meta({
    description:
      'The measure by which the list stands, from high to low; organisations without a value come last. `degree` when absent.',
  }),
  weighting: z.enum(['count', 'newman', 'jaccard']).optional().meta({
    description:
      'How ties are weighted for weightedStrength, eigenvector, pageRank, constraint and effectiveSize: `count` by the number of shared alliances, `newman` by the sum over them of 1 / (members − 1), `jaccard` by shared alliances over alliances of either. `newman` when absent. The ties of `deeds`, `knowledge` and `ownership` are weighted by `count` alone.',
  }),
  ...pageQuery,
});

const RankedOrganisation = z
  .object({
    id: Id,
    name: z.string(),
    degree: z
      .int()
      .meta({ description: 'Organisations to which it is tied, by an arc either way where ties have a direction.' }),
    strength: z.int().meta({ description: 'Weights of its ties, added up.' }),
  })
  .meta({ id: 'RankedOrganisation' });

/** The statistic of a whole network. */
export const NetworkStatistics = z
  .object({
    definition: z.object({
      version: z.int(),
      text: z.string().meta({ description: 'How every figure is defined.' }),
      source: z.string().meta({ description: 'Where the definitions come from.' }),
    }),
    dataVersion: z
      .string()
      .meta({ description: 'Digest of the data that were counted: the same data, the same version.' }),
    asOf: Day,
    parameters: z
      .object({
        relation: z.enum(relations),
        asOf: Day,
        organisationKind: z.array(OrganisationKind).nullable(),
        region: z.string().nullable(),
        allianceId: Id.nullable(),
        allianceKind: z.array(AllianceKind).nullable(),
        theme: z.string().nullable(),
        from: Day.nullable(),
        until: Day.nullable(),
        organisationId: z.array(Id).nullable(),
      })
      .meta({ description: 'All parameters, with defaults filled in; null stands for no filter.' }),
    coverage: z.object({
      organisationCount: z.int().meta({ description: 'Size of the population, isolates included.' }),
      connectedCount: z.int(),
      isolateCount: z.int().meta({ description: 'Organisations without a tie.' }),
      visibilities: z
        .array(z.enum(['public', 'network']))
        .meta({ description: 'Which alliances were counted, by visibility.' }),
      rule: z.string(),
    }),
    suppressed: z
      .array(z.string())
      .meta({ description: 'Names of figures that were left out to protect people; none here.' }),
    query: z.string().meta({ description: 'The address of these very figures.' }),
    organisationCount: z.int(),
    allianceCount: z.int().nullable().meta({
      description: 'Alliances with at least one member in the population; null for another relation than `membership`.',
    }),
    membershipCount: z.int().nullable().meta({
      description: 'Pairs of an organisation and an alliance; null for another relation than `membership`.',
    }),
    initiativeCount: z.int().nullable().meta({
      description:
        'Initiatives with at least one participant in the population; null for another relation than `initiatives`.',
    }),
    participationCount: z.int().nullable().meta({
      description: 'Pairs of an organisation and an initiative; null for another relation than `initiatives`.',
    }),
    tieCount: z.int().meta({ description: 'Tied pairs; arcs where ties have a direction.' }),
    totalWeight: z.int(),
    density: z.number().nullable(),
    componentCount: z.int(),
    largestComponentSize: z.int(),
    globalClustering: z.number().nullable(),
    meanLocalClustering: z.number().nullable(),
    meanDegree: z.number().nullable(),
    ...networkMeasureFields,
    directed: z
      .object({
        reciprocity: z.number().nullable().meta({ description: 'Share of the arcs that are returned.' }),
        strongComponentCount: z.int(),
        largestStrongComponentSize: z.int(),
        inCentralisation: z.number().nullable(),
        outCentralisation: z.number().nullable(),
      })
      .nullable()
      .meta({ description: 'What follows from the direction of the ties; null for a relation without.' }),
    degreeDistribution: z.array(z.object({ degree: z.int(), count: z.int() })),
    topByDegree: z.array(RankedOrganisation).meta({ description: 'At most ten; equals in Dutch order of name.' }),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(undefinedReasons) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'NetworkStatistics' });

/** The place of one organisation in a network. */
export const OrganisationStatistics = z
  .object({
    id: Id,
    name: z.string(),
    kind: OrganisationKind,
    region: z.string().nullable(),
    asOf: Day,
    dataVersion: z.string(),
    allianceCount: z.int().nullable().meta({
      description: 'Alliances in which it takes part; null for another relation than `membership`.',
    }),
    initiativeCount: z.int().nullable().meta({
      description: 'Initiatives in which it takes part; null for another relation than `initiatives`.',
    }),
    degree: z
      .int()
      .meta({ description: 'Organisations to which it is tied, by an arc either way where ties have a direction.' }),
    strength: z.int().meta({ description: 'Weights of its ties, added up.' }),
    organisationCount: z.int().meta({ description: 'Size of the population, isolates included.' }),
    measures: OrganisationMeasures,
  })
  .meta({ id: 'OrganisationStatistics' });
