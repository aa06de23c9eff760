import { z } from 'zod';
import { Day } from '../../platform/schemas.ts';
import { count, envelope, groupQuery, number, parameters, undefinedValues, versionQuery } from './activity-schemas.ts';

const firstOfMonth = 'the first of a month';

/** What commitments are asked about. */
export const CommitmentStatisticsQuery = z.strictObject({
  from: Day.optional().meta({
    description: `The first day of the window (UTC), ${firstOfMonth}; twelve months before its end when absent.`,
  }),
  until: Day.optional().meta({
    description: `The first day after the window (UTC), ${firstOfMonth}; of this month when absent. Months that are not over are cut off.`,
  }),
  organisationKind: groupQuery.organisationKind,
  ...versionQuery,
});

/** The figures on commitments, in the order in which they are told. */
export const commitmentFigures = {
  madeCount: count('Commitments that became binding in the window: the words.'),
  confirmedCount: count('Commitments whose beneficiary confirmed in the window that they were kept: the deeds.'),
  contestedCount: count('Commitments that were disputed in the window, whatever came after.'),
  cancelledCount: count('Commitments that were cancelled in the window.'),
  overdueCount: count('Commitments that are open at the end of the window though their day has passed.'),
  contestedShare: number('Disputed commitments, of those that were confirmed or disputed in the window.'),
  deedsPerCommitment: number('Deeds-to-words ratio: confirmed ÷ made in the window; may be above 1.'),
  dueCount: count('Commitments whose original day lies in the window.'),
  keptOnTimeCount: count('Of those due: confirmed, and fulfilled on the original day at the latest.'),
  keptLaterCount: count('Of those due: confirmed, and fulfilled after the original day.'),
  unansweredCount: count('Of those due: fulfilled, as the promiser says, and neither confirmed nor disputed yet.'),
  deniedCount: count('Of those due: disputed at the end of the window.'),
  stillOpenCount: count('Of those due: not fulfilled at the end of the window.'),
  cancelledBeforeDueCount: count('Of those due: cancelled before the original day.'),
  cancelledLaterCount: count('Of those due: cancelled on the original day or later.'),
  keptOnTimeShare: number('Kept on time ÷ (due − cancelled before they were due).'),
  movedShare: number('Of the same commitments, those with another day than the original one.'),
};

const { from, until, organisationKind } = parameters;

/** The statistic of commitments. */
export const CommitmentStatistics = z
  .object({
    ...envelope,
    parameters: z.object({ from, until, organisationKind }),
    ...commitmentFigures,
    undefinedValues,
  })
  .meta({ id: 'CommitmentStatistics' });
