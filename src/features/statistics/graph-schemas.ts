import { z } from 'zod';
import { Id, pageQuery } from '../../platform/schemas.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
import { NetworkQuery, NetworkStatistics } from './schemas.ts';

// What is told of ties that are no shared memberships is the network itself, so far.
const { from: _, until: __, ...shared } = NetworkQuery.shape;
const filters = {
  ...shared,
  relation: z.enum(['membership']).default('membership').meta({
    description: 'What ties two organisations: `membership` of the same alliance.',
  }),
};
const { definition, dataVersion, asOf, parameters, coverage, suppressed, query } = NetworkStatistics.shape;

/** What every answer about a whole network begins with. */
const envelope = { definition, dataVersion, asOf, coverage, suppressed, query };

const Weighting = z.enum(['newman', 'count']).meta({
  description:
    'Weight of a tie. `newman`: every shared alliance with k members adds 1 ÷ (k − 1). `count`: the number of shared alliances.',
});

const weighting = Weighting.default('newman');
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

/** Two organisations that share at least one alliance. */
export const Tie = z
  .object({
    number: z.int().meta({ description: 'Place in the table, from 1 on.' }),
    first: OrganisationRef,
    second: OrganisationRef,
    sharedAllianceCount: z.int().meta({ description: 'Alliances in which both take part.' }),
    newmanWeight: z.number().meta({
      description: 'Every shared alliance with k members adds 1 ÷ (k − 1): a tie in a small alliance weighs more.',
    }),
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
        tieCount: z.int().meta({ description: 'Ties inside.' }),
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
          gatekeeper: role.meta({
            description: 'One of the others is of its own kind; on undirected ties also representative.',
          }),
          liaison: role.meta({ description: 'All three are of different kinds.' }),
          total: role,
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
          pairCount: z.int().meta({ description: 'Pairs of organisations of these kinds.' }),
          expectedTieCount: z.number().meta({ description: 'Ties if they fell on every pair of organisations alike.' }),
          ratio: z.number().nullable().meta({ description: 'Observed ÷ expected; null when none is expected.' }),
        }),
      )
      .meta({ description: 'Ties within and between kinds: every pair of kinds once.' }),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(['NO_TIES', 'TOO_FEW_NODES']) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'Brokerage' });
const SizeBy = z.enum(['degree', 'strength', 'alliances']).meta({ description: 'What the size of a sign shows.' });
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
    nodes: z.array(
      z.object({
        id: Id,
        name: z.string(),
        kind: OrganisationKind,
        region: z.string().nullable(),
        allianceCount: z.int(),
        degree: z.int(),
        strength: z.int(),
        community: z.int().nullable().meta({ description: 'Number of its community; null without ties.' }),
      }),
    ),
    ties: z.array(z.object({ first: Id, second: Id, sharedAllianceCount: z.int(), newmanWeight: z.number() })),
  })
  .meta({ id: 'Graph' });
