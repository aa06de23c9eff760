import { z } from 'zod';
import { comparedReasons } from './comparing.ts';
import { type NullFigure, nullFigures } from './kernel/null-model.ts';
import { NetworkQuery, NetworkStatistics } from './schemas.ts';

const Relation = z.enum(['membership', 'initiatives']);
// A relation of pairs has no alliances among which memberships can be traded.
const { from: _, until: __, relation: ___, ...filters } = NetworkQuery.shape;
const { definition, dataVersion, asOf, parameters, coverage, suppressed, query } = NetworkStatistics.shape;

/** What is asked of the comparison of a network with chance. */
export const NullModelQuery = z.strictObject({
  relation: Relation.default('membership').meta({
    description: 'What ties two organisations: `membership` of the same alliance, or `initiatives` in which both are.',
  }),
  ...filters,
  samples: z.int().min(1).max(100).default(20).meta({ description: 'How many rewired networks are drawn.' }),
  seed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(1)
    .meta({ description: 'Begins what is drawn: the same seed and data version give the same bytes.' }),
});

const compared = {
  observed: z.number().nullable(),
  sampleCount: z.int().meta({ description: 'Networks in which the figure is defined.' }),
  mean: z.number().nullable(),
  standardDeviation: z.number().nullable().meta({ description: '÷ (sampleCount − 1).' }),
  lowest: z.number().nullable(),
  highest: z.number().nullable(),
  z: z.number().nullable().meta({ description: '(observed − mean) ÷ standardDeviation.' }),
};

const ComparedFigure = z
  .object(compared)
  .meta({ id: 'ComparedFigure', description: 'A figure of the network beside those of the networks that were drawn.' });

/** A network beside what chance makes of it. */
export const NullModel = z
  .object({
    definition,
    dataVersion,
    asOf,
    parameters: parameters.extend({ samples: z.int(), seed: z.int() }),
    coverage,
    suppressed,
    query,
    tradeCount: z.int().meta({ description: 'Trades that were made for each rewired network.' }),
    figures: z.object(
      Object.fromEntries(nullFigures.map((name) => [name, ComparedFigure])) as Record<
        NullFigure,
        typeof ComparedFigure
      >,
    ),
    externalInternalIndex: z
      .object({
        ...compared,
        expected: z.number().nullable().meta({ description: 'From the sizes of the kinds alone.' }),
        p: z.number().nullable().meta({
          description: 'Share of the permutations that lie as far from what is expected as the network, or further.',
        }),
      })
      .meta({ description: 'The E-I index by kind of organisation beside those of 1,000 permutations of the kinds.' }),
    undefinedValues: z
      .array(z.object({ name: z.string(), reason: z.enum(comparedReasons) }))
      .meta({ description: 'Why a figure is null.' }),
  })
  .meta({ id: 'NullModel' });
