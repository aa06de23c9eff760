import { z } from 'zod';
import { networkMeasures } from './network-measures.ts';
import { allMeasures, type Measure, undefinedReasons } from './ranks.ts';

/** The figures of a network as a whole beside the simple counts; whole numbers where they count. */
const countedMeasures = new Set(['p90Degree', 'diameter', 'maximumCoreNumber', 'coreSize', 'coreErrors']);
export const networkMeasureFields = Object.fromEntries(
  networkMeasures.map((name) => [name, (countedMeasures.has(name) ? z.int() : z.number()).nullable()]),
) as Record<(typeof networkMeasures)[number], z.ZodNullable<z.ZodNumber>>;

const MeasureFigure = z
  .object({
    value: z.number().nullable(),
    rank: z.int().nullable().meta({ description: '1 for the highest value; equals share a rank (1 2 2 4).' }),
    rankedCount: z.int().meta({ description: 'Organisations with a value, among which it is ranked.' }),
    percentile: z
      .number()
      .nullable()
      .meta({ description: 'Share of the organisations with a value that have a lower one, in percent.' }),
    reason: z.enum(undefinedReasons).nullable().meta({ description: 'Why there is no value.' }),
  })
  .meta({ id: 'MeasureFigure' });

/** The measures of an organisation, each with its rank. */
export const OrganisationMeasures = z
  .object(
    Object.fromEntries(allMeasures.map((name) => [name, MeasureFigure.optional()])) as Record<
      Measure,
      z.ZodOptional<typeof MeasureFigure>
    >,
  )
  .meta({
    description: 'The measures that were asked for; how each is defined stands in the statistic of the network.',
  });
