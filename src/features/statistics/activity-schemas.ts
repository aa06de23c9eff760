import { z } from 'zod';
import { Day, Id, line } from '../../platform/schemas.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
import { undefinedReasons } from './distribution.ts';
import { NetworkStatistics } from './schemas.ts';

const { definition, coverage, query } = NetworkStatistics.shape;

/** The window of a statistic. */
export const windowQuery = {
  from: Day.optional().meta({ description: 'The first day of the window (UTC); 365 days before its end when absent.' }),
  until: Day.optional().meta({
    description: 'The first day after the window; tomorrow (UTC) when absent. What is still to come is cut off.',
  }),
  asOf: Day.optional().meta({ description: 'The last day of the window, in place of `until`.' }),
};

/** What chooses a group; at most one of these is given. */
export const groupQuery = {
  organisationKind: OrganisationKind.optional().meta({
    description: 'Only organisations of this kind. One group at most is named.',
  }),
  region: line(100).optional().meta({ description: 'Only organisations of this region. One group at most is named.' }),
  allianceId: Id.optional().meta({ description: 'Only what belongs to this alliance. One group at most is named.' }),
};

/** What chooses a group where things have themes. */
export const themedGroupQuery = {
  ...groupQuery,
  theme: line(60).optional().meta({ description: 'Only what has this theme. One group at most is named.' }),
};

/** An older data version of the same figures. */
export const versionQuery = {
  dataVersion: z.string().length(22).optional().meta({
    description: 'Figures as they were told under this data version; the newest when absent. Kept for an hour at most.',
  }),
};

/** A number of things; null where it is undefined or left out. */
export const count = (description: string) => z.int().nullable().meta({ description });

/** A number; null where it is undefined or left out. */
export const number = (description: string) => z.number().nullable().meta({ description });

/** All parameters of a statistic as they are answered. */
export const parameters = {
  from: Day,
  until: Day,
  organisationKind: OrganisationKind.nullable(),
  region: z.string().nullable(),
  allianceId: Id.nullable(),
};

/** The same of one that can be asked of a theme. */
export const themedParameters = { ...parameters, theme: z.string().nullable() };

/** What surrounds the figures of every statistic of activity. */
export const envelope = {
  definition,
  dataVersion: z.string().meta({ description: 'Digest of the figures: the same figures, the same version.' }),
  asOf: Day.meta({ description: 'The last day of the window, of which the state is told.' }),
  coverage: z.object({
    organisationCount: z
      .int()
      .nullable()
      .meta({ description: 'Organisations in the group; null where it is too small to be told of.' }),
    visibilities: coverage.shape.visibilities,
    rule: coverage.shape.rule,
  }),
  suppressed: z
    .array(z.string())
    .meta({ description: 'Names of figures that were left out, since the group is too small.' }),
  query,
};

/** Why figures are null. */
export const undefinedValues = z
  .array(z.object({ name: z.string(), reason: z.enum(undefinedReasons) }))
  .meta({ description: 'Why a figure is null.' });
