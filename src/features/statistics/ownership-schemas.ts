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

/** What ownership is asked about. */
export const OwnershipStatisticsQuery = z.strictObject({
  ...windowQuery,
  ...themedGroupQuery,
  ...versionQuery,
});

/** The figures on ownership, in the order in which they are told. */
export const ownershipFigures = {
  openInitiativeCount: count('Ideas and active initiatives of alliances in force on the last day.'),
  ownedInitiativeCount: count('Of those: with an accepted owner, accountable or joint.'),
  accountableInitiativeCount: count('Of those: with an accountable owner.'),
  ownedInitiativeShare: number('Owned ÷ open initiatives.'),
  orphanedInitiativeCount: count(
    'Open initiatives without an owner for more than 30 days, or whose owners are all gone.',
  ),
  orphanedInitiativeShare: number('Orphaned ÷ open initiatives.'),
  openItemCount: count('Published knowledge items that others can use on the last day.'),
  ownedItemCount: count('Of those: with an accepted owner, accountable or joint.'),
  accountableItemCount: count('Of those: with an accountable owner.'),
  ownedItemShare: number('Owned ÷ open items.'),
  orphanedItemCount: count('Open items without an owner for more than 30 days, or whose owners are all gone.'),
  orphanedItemShare: number('Orphaned ÷ open items.'),
  ownerCount: count('Members that are accountable for an open initiative or item.'),
  ownershipHhi: number('Normalised Herfindahl–Hirschman index of accountable ownerships over all members.'),
  ownershipGini: number('Gini coefficient of accountable ownerships over all members, zeros included.'),
  acceptedCount: count('Ownerships that were accepted in the window, where nobody had that share.'),
  transferCount: count('Ownerships that passed in the window to another organisation by its yes.'),
  releasedCount: count('Ownerships that were given up in the window.'),
  succeededCount: count('Ownerships that passed in the window to the successor of a merged organisation.'),
};

/** The statistic of ownership. */
export const OwnershipStatistics = z
  .object({
    ...envelope,
    parameters: z.object(themedParameters),
    ...ownershipFigures,
    undefinedValues,
  })
  .meta({ id: 'OwnershipStatistics' });
