import { z } from 'zod';
import { Id, pageQuery } from '../../platform/schemas.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
import { NetworkQuery, NetworkStatistics } from './schemas.ts';

const filters = NetworkQuery.shape;
const { definition, dataVersion, asOf, parameters, coverage, suppressed, query } = NetworkStatistics.shape;

/** What every answer about a whole network begins with. */
const envelope = { definition, dataVersion, asOf, coverage, suppressed, query };

const Weighting = z.enum(['newman', 'count', 'jaccard']).meta({
  description:
    'Weight of a tie of `membership` or `initiatives`. `newman`: every shared alliance or initiative with k members adds 1 ÷ (k − 1). `count`: how many are shared. `jaccard`: how many are shared ÷ how many either is in. The ties of `deeds`, `knowledge` and `ownership` are weighted by `count` alone: how much was counted.',
});

const weighting = Weighting.optional().meta({
  description: `${Weighting.meta()?.description} When absent: \`newman\` for \`membership\` and \`initiatives\`, else \`count\`.`,
});
const seed = z
  .int()
  .min(0)
  .max(4_294_967_295)
  .default(1)
  .meta({ description: 'Begins what is drawn: the same seed and data version give the same bytes.' });

const OrganisationRef = z.object({ id: Id, name: z.string() });

/** What the ties of a network are asked about. */
export const TiesQuery = z.strictObject({
  ...filters,
  tiedOrganisationId: Id.optional().meta({ description: 'Only ties of this organisation.' }),
  ...pageQuery,
});

const sharedCount = z.int().nullable().meta({
  description: 'Alliances, or initiatives, in which both take part; null for a relation in pairs.',
});
const newmanWeight = z.number().nullable().meta({
  description:
    'Every shared alliance, or initiative, with k members adds 1 ÷ (k − 1): a tie in a small one weighs more. Null for a relation in pairs.',
});

/** A tie of two organisations, or an arc from one to the other. */
export const Tie = z
  .object({
    number: z.int().meta({ description: 'Place in the table, from 1 on.' }),
    first: OrganisationRef.meta({
      description:
        'Where ties have a direction, the organisation from which the arc goes: the promiser of `deeds`, the author of `knowledge`.',
    }),
    second: OrganisationRef.meta({
      description:
        'Where ties have a direction, the organisation to which the arc goes: the beneficiary of `deeds`, who adopted `knowledge`.',
    }),
    weight: z.int().meta({
      description:
        'How much is counted for the tie: shared alliances or initiatives, deeds, adoptions, or what both own and passed on.',
    }),
    sharedCount,
    newmanWeight,
    asOf,
    dataVersion,
  })
  .meta({ id: 'Tie' });

/** What the communities of a network are asked about. */
export const CommunitiesQuery = z.strictObject({ ...filters, weighting, seed });

/** Groups of organisations that are tied more to each other than to the rest. */
export const Communities = z
  .object({
    ...envelope,
    parameters: parameters.extend({ weighting: Weighting, seed: z.int() }),
    communityCount: z.int(),
    modularity: z.number().nullable().meta({ description: 'Weighted, at resolution 1; null without ties.' }),
    stability: z
      .object({
        seedCount: z.int(),
        meanAdjustedRandIndex: z.number(),
        lowestAdjustedRandIndex: z.number(),
      })
      .nullable()
      .meta({
        description:
          'How well the divisions of ten seeds, this one and the nine that follow, agree with each other: 1 when they are equal.',
      }),
    communities: z.array(
      z.object({
        number: z.int().meta({ description: 'From 1 on: by size, falling, then by the smallest identifier in it.' }),
        organisationCount: z.int(),
        tieCount: z
          .int()
          .meta({ description: 'Ties inside; pairs with an arc either way where ties have a direction.' }),
        outsideTieCount: z.int().meta({ description: 'Ties with organisations of other communities.' }),
        kinds: z.array(z.object({ kind: OrganisationKind, count: z.int() })),
        members: z.array(z.object({ id: Id, name: z.string(), kind: OrganisationKind, region: z.string().nullable() })),
      }),
    ),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(['NO_TIES']) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'Communities' });

/** What brokerage in a network is asked about. */
export const BrokerageQuery = z.strictObject(filters);

const role = z.int();
const score = z.number().nullable();

/** Which organisations stand between others, and how kinds mix. */
export const Brokerage = z
  .object({
    ...envelope,
    parameters,
    brokerCount: z.int().meta({ description: 'Organisations that stand between two that are not tied.' }),
    brokers: z
      .array(
        z.object({
          id: Id,
          name: z.string(),
          kind: OrganisationKind,
          coordinator: role.meta({ description: 'Both others are of its own kind.' }),
          consultant: role.meta({ description: 'Both others are of one kind, which is not its own.' }),
          representative: role.nullable().meta({
            description: 'The arc comes from its own kind and goes on to another; null where ties have no direction.',
          }),
          gatekeeper: role.meta({
            description:
              'The arc comes from another kind and goes on to its own; on ties without direction, one of the others is of its own kind.',
          }),
          liaison: role.meta({ description: 'All three are of different kinds.' }),
          total: role,
          zScores: z
            .object({
              coordinator: score,
              consultant: score,
              representative: score,
              gatekeeper: score,
              liaison: score,
              total: score,
            })
            .nullable()
            .meta({
              description:
                'How many standard deviations each count lies above what is expected of a random network of the same size, kinds and density; null for a role that nobody can have, and where ties have no direction.',
            }),
        }),
      )
      .meta({
        description: 'By total, falling, then identifier. Raw counts: they grow with the square of the degree.',
      }),
    mixing: z
      .array(
        z.object({
          kind: OrganisationKind,
          otherKind: OrganisationKind,
          tieCount: z.int(),
          pairCount: z
            .int()
            .meta({ description: 'Pairs of organisations of these kinds; ordered ones where ties have a direction.' }),
          expectedTieCount: z.number().meta({ description: 'Ties if they fell on every pair of organisations alike.' }),
          ratio: z.number().nullable().meta({ description: 'Observed ÷ expected; null when none is expected.' }),
        }),
      )
      .meta({
        description:
          'Ties within and between kinds: every pair of kinds once; where ties have a direction each way, from `kind` to `otherKind`.',
      }),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(['NO_TIES', 'TOO_FEW_NODES', 'NO_DIRECTION']) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'Brokerage' });

const SizeBy = z
  .enum(['degree', 'strength', 'alliances', 'initiatives', 'inDegree', 'outDegree', 'inStrength', 'outStrength'])
  .meta({
    description:
      'What the size of a sign shows: `alliances` of `membership` alone, `initiatives` of `initiatives` alone, those of `in` and `out` of `deeds` and `knowledge` alone.',
  });
const ColourBy = z.enum(['kind', 'region', 'community']).meta({ description: 'What colour and shape of a sign show.' });
const GexfVersion = z.enum(['1.3', '1.2']).meta({
  description: 'Of `application/gexf+xml`: 1.3 for Gephi, 1.2 for tools that read no newer one.',
});

/** What the graph of a network is asked about, and how its map is drawn. */
export const GraphQuery = z.strictObject({
  ...filters,
  weighting,
  seed,
  sizeBy: SizeBy.default('degree'),
  colourBy: ColourBy.default('kind'),
  gexfVersion: GexfVersion.default('1.3'),
});

const ofArcs = z.int().nullable().meta({ description: 'Null where ties have no direction.' });

/** A network as nodes and ties. */
export const Graph = z
  .object({
    ...envelope,
    parameters: parameters.extend({
      weighting: Weighting,
      seed: z.int(),
      sizeBy: SizeBy,
      colourBy: ColourBy,
      gexfVersion: GexfVersion,
    }),
    directed: z.boolean().meta({ description: 'Whether every tie is an arc from `first` to `second`.' }),
    nodes: z.array(
      z.object({
        id: Id,
        name: z.string(),
        kind: OrganisationKind,
        region: z.string().nullable(),
        allianceCount: z.int().nullable().meta({ description: 'Null for another relation than `membership`.' }),
        initiativeCount: z.int().nullable().meta({ description: 'Null for another relation than `initiatives`.' }),
        degree: z.int(),
        strength: z.int(),
        inDegree: ofArcs,
        outDegree: ofArcs,
        inStrength: ofArcs,
        outStrength: ofArcs,
        community: z.int().nullable().meta({ description: 'Number of its community; null without ties.' }),
      }),
    ),
    ties: z.array(
      z.object({
        first: Id,
        second: Id,
        weight: z.number().meta({ description: 'By the weighting that was asked.' }),
        sharedCount,
        newmanWeight,
      }),
    ),
  })
  .meta({ id: 'Graph' });
