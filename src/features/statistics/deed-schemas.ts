import { z } from 'zod';
import {
  count,
  envelope,
  number,
  themedGroupQuery,
  themedParameters,
  undefinedValues,
  versionQuery,
  windowQuery,
} from './activity-schemas.ts';

/** What deeds are asked about. */
export const DeedStatisticsQuery = z.strictObject({ ...windowQuery, ...themedGroupQuery, ...versionQuery });

/** The figures on deeds, in the order in which they are told. */
export const deedFigures = {
  confirmedCount: count('Commitments whose beneficiary confirmed in the window that they were kept: the deeds.'),
  initiativeCount: count('Initiatives that were begun in the window.'),
  deedsPerInitiative: number('Deeds ÷ initiatives that were begun in the window.'),
  charterCount: count('Versions of charters that were published in the window.'),
  charterWordCount: count('Words in those charters.'),
  deedsPerThousandCharterWords: number('Deeds for each thousand words of charters that were published in the window.'),
  medianDaysToFirstDeed: number('Kaplan–Meier median of the days from the idea to the first deed.'),
  firstDeedWithin90DaysShare: number('Kaplan–Meier share of initiatives with a deed within 90 days.'),
  firstDeedWithin180DaysShare: number('Kaplan–Meier share of initiatives with a deed within 180 days.'),
  firstDeedWithin365DaysShare: number('Kaplan–Meier share of initiatives with a deed within 365 days.'),
  onlyTalkedCount: count('Ideas and active initiatives without a deed.'),
  medianTalkAgeDays: number('Median of the days for which those have been talked about.'),
  jointDeedShare: number(
    'Jointness: deeds of an initiative in which two organisations or more kept a promise ÷ deeds.',
  ),
  actingAllianceCount: count('Alliances in which two organisations or more kept a promise in the last 90 days.'),
  allianceCount: count('Alliances in force on the last day.'),
  actingAllianceShare: number('Acting alliances ÷ alliances in force.'),
  politeYesCount: count(
    'Organisations that said yes to an initiative at least 90 days before the end, without a deed in it since.',
  ),
  politeYesIndex: number('Those ÷ all that said yes in the window at least 90 days before its end.'),
};

/** The statistic of deeds. */
export const DeedStatistics = z
  .object({
    ...envelope,
    parameters: z.object(themedParameters),
    ...deedFigures,
    undefinedValues,
  })
  .meta({ id: 'DeedStatistics' });
