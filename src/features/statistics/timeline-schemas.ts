import { z } from 'zod';
import { Day } from '../../platform/schemas.ts';
import {
  count,
  envelope,
  groupQuery,
  parameters,
  undefinedValues,
  versionQuery,
  windowQuery,
} from './activity-schemas.ts';
import { timeSteps } from './windows.ts';

const step = z.enum(timeSteps);

/** What a time line is asked about. */
export const TimelineQuery = z.strictObject({
  ...windowQuery,
  ...groupQuery,
  step: step.default('month').meta({ description: 'A point for the last day of each month, quarter or year.' }),
  ...versionQuery,
});

const TimelinePoint = z
  .object({
    day: Day.meta({ description: 'The last day of the step, of which this is the state.' }),
    organisationCount: count('Organisations in existence; of the group; with allianceId, those in that alliance.'),
    connectedCount: count('Organisations that share an alliance with another.'),
    allianceCount: count('Alliances in force with at least one of those organisations.'),
    membershipCount: count('Pairs of such an organisation and such an alliance.'),
    tieCount: count('Pairs of organisations that share at least one alliance.'),
  })
  .meta({ id: 'TimelinePoint' });

/** The network over time. */
export const Timeline = z
  .object({
    ...envelope,
    parameters: z.object({ ...parameters, step }),
    points: z.array(TimelinePoint).meta({ description: 'At most 120, in order of time.' }),
    undefinedValues,
  })
  .meta({ id: 'Timeline' });
