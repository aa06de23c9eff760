import { namedId } from '../../platform/id.ts';

/** A window of the demo network. */
export const query = { from: '2025-05-17', until: '2026-05-17' };

const dataVersion = 'mR2pQv81AkEBKARczz7exk';

const envelope = (path: string, parameters: object, text: string) => ({
  definition: { version: 1, text, source: 'Section 1.7 of the statistics reference of this project.' },
  dataVersion,
  asOf: '2026-05-16',
  parameters: { ...query, organisationKind: null, region: null, allianceId: null, ...parameters },
  coverage: {
    organisationCount: 12,
    visibilities: ['public', 'network'],
    rule: 'Closed spaces are counted in no statistic, for nobody.',
  },
  suppressed: [],
  query: `/v1/statistics/${path}?from=2025-05-17&until=2026-05-17&dataVersion=${dataVersion}`,
});

/** Twelve whole months of the demo network. */
export const commitmentsQuery = { from: '2025-05-01', until: '2026-05-01' };

/** What became of the promises of twelve organisations in a year. */
export const commitments = {
  ...envelope('commitments', {}, 'Counted are commitments in alliances that are not closed.'),
  asOf: '2026-04-30',
  parameters: { ...commitmentsQuery, organisationKind: null },
  query: `/v1/statistics/commitments?from=2025-05-01&until=2026-05-01&dataVersion=${dataVersion}`,
  madeCount: 20,
  confirmedCount: 10,
  contestedCount: 1,
  cancelledCount: 2,
  overdueCount: 3,
  contestedShare: 0.1,
  deedsPerCommitment: 0.5,
  dueCount: 17,
  keptOnTimeCount: 6,
  keptLaterCount: 3,
  unansweredCount: 1,
  deniedCount: 1,
  stillOpenCount: 3,
  cancelledBeforeDueCount: 2,
  cancelledLaterCount: 1,
  keptOnTimeShare: 0.4,
  movedShare: 0.2,
  undefinedValues: [],
};

/** What twelve organisations did in a year. */
export const deeds = {
  ...envelope('deeds', { theme: null }, 'A deed is a commitment whose beneficiary confirmed that it was kept.'),
  confirmedCount: 10,
  initiativeCount: 5,
  deedsPerInitiative: 2,
  charterCount: 2,
  charterWordCount: 4000,
  deedsPerThousandCharterWords: 2.5,
  medianDaysToFirstDeed: 190,
  firstDeedWithin90DaysShare: 0.25,
  firstDeedWithin180DaysShare: 0.45,
  firstDeedWithin365DaysShare: null,
  onlyTalkedCount: 2,
  medianTalkAgeDays: 121.5,
  jointDeedShare: 0.7,
  actingAllianceCount: 1,
  allianceCount: 4,
  actingAllianceShare: 0.25,
  politeYesCount: 2,
  politeYesIndex: 0.25,
  undefinedValues: [{ name: 'firstDeedWithin365DaysShare', reason: 'NOT_OBSERVED' }],
};

/** What they own on the last day, and how it passed on. */
export const ownership = {
  ...envelope('ownership', { theme: null }, 'Owned: with at least one accepted owner, accountable or joint.'),
  openInitiativeCount: 8,
  ownedInitiativeCount: 6,
  accountableInitiativeCount: 5,
  ownedInitiativeShare: 0.75,
  orphanedInitiativeCount: 1,
  orphanedInitiativeShare: 0.125,
  openItemCount: 5,
  ownedItemCount: 2,
  accountableItemCount: 2,
  ownedItemShare: 0.4,
  orphanedItemCount: 3,
  orphanedItemShare: 0.6,
  ownerCount: 3,
  ownershipHhi: 0.25,
  ownershipGini: 0.8,
  acceptedCount: 4,
  transferCount: 2,
  releasedCount: 1,
  succeededCount: 0,
  undefinedValues: [],
};

/** How their knowledge flowed. */
export const knowledgeFlows = {
  ...envelope(
    'knowledge-flows',
    { theme: null, horizonDays: 180, top: 20 },
    'Reuse: another organisation than the author states that it adopted the item.',
  ),
  sharedCount: 5,
  maturedCount: 4,
  reusedCount: 1,
  reuseRate: 0.25,
  medianDaysToFirstReuse: null,
  firstReuseWithin90DaysShare: 0.2,
  firstReuseWithin180DaysShare: 0.4,
  firstReuseWithin365DaysShare: 0.4,
  adoptionCount: 3,
  adoptedItemCount: 2,
  adopterCount: 3,
  sharerCount: 2,
  adoptersPerItem: 1.5,
  maximumAdopterCount: 2,
  acrossKindsShare: 1,
  reachedAllianceCount: 3,
  reuseHhi: 0.25,
  reuseGini: 0.6,
  balances: [
    {
      id: namedId('organisation de-linde'),
      name: 'Zorggroep De Linde',
      kind: 'care_organisation',
      givenCount: 1,
      takenCount: 1,
      balance: 0,
    },
  ],
  undefinedValues: [{ name: 'medianDaysToFirstReuse', reason: 'NOT_REACHED' }],
};

/** How evenly they did it. */
export const participation = {
  ...envelope('participation', {}, 'actingShare: members with a deed ÷ members.'),
  memberCount: 12,
  deedCount: 10,
  actingCount: 6,
  actingShare: 0.5,
  contributingCount: 8,
  contributingShare: 0.75,
  evenness: 0.7,
  gini: 0.6,
  undefinedValues: [],
};

/** Their network at the end of three quarters. */
export const timeline = {
  ...envelope('timeline', { step: 'quarter' }, 'Each point is the state of the last day of the step.'),
  points: ['2025-06-30', '2025-09-30', '2025-12-31'].map((day, index) => ({
    day,
    organisationCount: 12,
    connectedCount: 10,
    allianceCount: 3 + index,
    membershipCount: 17 + index,
    tieCount: 30 + index,
  })),
  undefinedValues: [],
};
