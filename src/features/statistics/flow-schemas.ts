import { z } from 'zod';
import { Id } from '../../platform/schemas.ts';
import { OrganisationKind } from '../organisations/organisations.ts';
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

/** What flows of knowledge are asked about. */
export const KnowledgeFlowStatisticsQuery = z.strictObject({
  ...windowQuery,
  ...themedGroupQuery,
  horizonDays: z.int().min(1).max(1000).default(180).meta({
    description: 'Days within which an item must be adopted to count as reused.',
  }),
  top: z.int().min(1).max(1000).default(20).meta({ description: 'Organisations in `balances` at most.' }),
  ...versionQuery,
});

/** The figures on flows of knowledge, in the order in which they are told. */
export const flowFigures = {
  sharedCount: count('Items that were shared in the window.'),
  maturedCount: count('Of those: shared at least `horizonDays` before the last day.'),
  reusedCount: count('Of the matured: adopted by another organisation within `horizonDays`.'),
  reuseRate: number('Reused ÷ matured.'),
  medianDaysToFirstReuse: number(
    'Kaplan–Meier median of the days from sharing to the first adoption by another organisation.',
  ),
  firstReuseWithin90DaysShare: number('Kaplan–Meier share of items that are adopted within 90 days.'),
  firstReuseWithin180DaysShare: number('Kaplan–Meier share of items that are adopted within 180 days.'),
  firstReuseWithin365DaysShare: number('Kaplan–Meier share of items that are adopted within 365 days.'),
  adoptionCount: count('Items adopted in the window by another organisation: pairs of an item and an adopter.'),
  adoptedItemCount: count('Distinct items among those.'),
  adopterCount: count('Distinct adopters.'),
  sharerCount: count('Distinct authors of what was adopted.'),
  adoptersPerItem: number('Adopters ÷ adopted items, each pair once.'),
  maximumAdopterCount: count('Adopters of the item that reached most organisations.'),
  acrossKindsShare: number('Pairs whose author and adopter are of different kinds ÷ pairs.'),
  reachedAllianceCount: count('Alliances in which an adopter takes part on the last day.'),
  reuseHhi: number('Normalised Herfindahl–Hirschman index of the pairs over all authors of shared items.'),
  reuseGini: number('Gini coefficient of the pairs over all authors of shared items, zeros included.'),
};

const FlowBalance = z
  .object({
    id: Id,
    name: z.string(),
    kind: OrganisationKind,
    givenCount: z.int().meta({ description: 'Items of its own that others adopted in the window.' }),
    takenCount: z.int().meta({ description: 'Items of others that it adopted in the window.' }),
    balance: z.number().meta({ description: '(given − taken) ÷ (given + taken): 1 gives only, −1 takes only.' }),
  })
  .meta({ id: 'FlowBalance' });

/** The statistic of flows of knowledge. */
export const KnowledgeFlowStatistics = z
  .object({
    ...envelope,
    parameters: z.object({ ...themedParameters, horizonDays: z.int(), top: z.int() }),
    ...flowFigures,
    balances: z.array(FlowBalance).meta({
      description: 'By given and taken together, falling, then by name; of items that are open to all of the network.',
    }),
    undefinedValues,
  })
  .meta({ id: 'KnowledgeFlowStatistics' });
