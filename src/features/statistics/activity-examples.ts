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

/** What twelve organisations promised and did in a year. */
export const deeds = {
  ...envelope('deeds', { theme: null }, 'A deed is a commitment whose beneficiary confirmed that it was kept.'),
  madeCount: 20,
  confirmedCount: 10,
  contestedCount: 1,
  cancelledCount: 2,
  overdueCount: 3,
  contestedShare: 0.1,
  deedsPerCommitment: 0.5,
  initiativeCount: 5,
  deedsPerInitiative: 2,
  charterCount: 2,
  charterWordCount: 4000,
  deedsPerThousandCharterWords: 2.5,
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
