import { z } from 'zod';
import {
  count,
  envelope,
  groupQuery,
  number,
  parameters,
  undefinedValues,
  versionQuery,
  windowQuery,
} from './activity-schemas.ts';

/** What participation is asked about. */
export const ParticipationStatisticsQuery = z.strictObject({ ...windowQuery, ...groupQuery, ...versionQuery });

/** The figures on participation, in the order in which they are told. */
export const participationFigures = {
  memberCount: count('Organisations that took part in an alliance in the window.'),
  deedCount: count('Deeds of those in the window.'),
  actingCount: count('Members with a deed.'),
  actingShare: number('Members with a deed ÷ members.'),
  contributingCount: count('Members that were promiser or beneficiary of a deed in an initiative.'),
  contributingShare: number('Those ÷ members.'),
  evenness: number('Shannon evenness of deeds over all members: 1 where all did as much.'),
  gini: number('Gini coefficient of deeds over all members, zeros included: 0 where all did as much.'),
};

/** The statistic of participation. */
export const ParticipationStatistics = z
  .object({ ...envelope, parameters: z.object(parameters), ...participationFigures, undefinedValues })
  .meta({ id: 'ParticipationStatistics' });
