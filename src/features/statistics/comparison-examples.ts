import { namedId } from '../../platform/id.ts';
import { network, query } from './examples.ts';
import { relations } from './rules.ts';

const { dataVersion, asOf, coverage, suppressed, parameters } = network;

/** A network of a day beside twenty rewired ones. */
export const nullModelQuery = { ...query, samples: 20, seed: 1 };

const same = (value: number) => ({
  observed: value,
  sampleCount: 20,
  mean: value,
  standardDeviation: 0,
  lowest: value,
  highest: value,
  z: null,
});

/** Two alliances with three and two members: whoever is in both is so in every rewired network, so nothing varies. */
export const nullModel = {
  definition: {
    version: 1,
    text: 'Rewired network: every organisation keeps its number of alliances and every alliance its number of members.',
    source: 'Strona et al. 2014; Krackhardt and Stern 1988.',
  },
  dataVersion,
  asOf,
  parameters: { ...parameters, samples: 20, seed: 1 },
  coverage,
  suppressed,
  query: `/v1/statistics/null-model?relation=membership&asOf=${asOf}&samples=20&seed=1&dataVersion=${dataVersion}`,
  tradeCount: 20,
  figures: {
    tieCount: same(3),
    globalClustering: same(1),
    meanLocalClustering: same(0.75),
    meanLocalClusteringDefined: same(1),
    largestComponentShare: same(0.75),
  },
  externalInternalIndex: {
    ...{ observed: 1 / 3, sampleCount: 1000, mean: 0.672666666666667, standardDeviation: 0.333446093707091 },
    ...{ lowest: 1 / 3, highest: 1, z: -1.0176557462730806, expected: 2 / 3, p: 1 },
  },
  undefinedValues: [
    { name: 'tieCount.z', reason: 'NO_VARIATION' },
    { name: 'globalClustering.z', reason: 'NO_VARIATION' },
    { name: 'meanLocalClustering.z', reason: 'NO_VARIATION' },
    { name: 'meanLocalClusteringDefined.z', reason: 'NO_VARIATION' },
    { name: 'largestComponentShare.z', reason: 'NO_VARIATION' },
  ],
};

/** All relations of a year. */
export const multiplexityQuery = { asOf, from: '2025-05-17' };

const versions = relations.map(() => dataVersion).join('.');
const tied = { membership: 3, initiatives: 1, deeds: 1, knowledge: 1, ownership: 0 };

/** Of three organisations that share an alliance, two do something with each other. */
export const multiplexity = {
  definition: {
    version: 1,
    text: 'activatedShare: pairs that share an alliance and did something with each other ÷ pairs that share an alliance.',
    source: 'Talking about collaboration is not collaboration.',
  },
  dataVersion: versions,
  asOf,
  parameters: {
    ...{ asOf, from: '2025-05-17', until: null },
    ...{ organisationKind: null, region: null, organisationId: null },
  },
  coverage,
  suppressed,
  query: `/v1/statistics/multiplexity?asOf=${asOf}&from=2025-05-17&dataVersion=${versions}`,
  relations: relations.map((relation) => ({ relation, tiedPairCount: tied[relation], dataVersion })),
  tiedPairCount: 3,
  multiplexPairCount: 1,
  multiplexShare: 1 / 3,
  meanRelationCount: 2,
  relationCounts: [2, 0, 0, 1, 0].map((pairCount, index) => ({ relationCount: index + 1, pairCount })),
  overlaps: [
    { relation: 'membership', otherRelation: 'initiatives', bothCount: 1, eitherCount: 3, jaccard: 1 / 3 },
    { relation: 'membership', otherRelation: 'deeds', bothCount: 1, eitherCount: 3, jaccard: 1 / 3 },
  ],
  activatedTies: {
    sharingPairCount: 3,
    activatedPairCount: 1,
    withDeedCount: 1,
    withAdoptionCount: 1,
    activatedShare: 1 / 3,
    allianceCount: 1,
    medianAllianceShare: 1 / 3,
    inactiveAllianceCount: 0,
  },
  undefinedValues: [],
};

/** The alliances of a year. */
export const alliancesQuery = { from: '2025-05-17', until: '2026-05-17', sort: 'memberCount', top: 50 };

const row = { kind: 'alliance', kindMix: 0.5, linkedAllianceCount: 1 };

/** Two alliances, one of which is too small to tell what is done in it. */
export const allianceStatistics = {
  definition: {
    version: 1,
    text: 'Members: organisations that take part on the last day. What members did is left out where there are fewer than five.',
    source: 'Blau 1977; Jaccard 1912; Borgatti and Everett 1997.',
  },
  dataVersion,
  asOf,
  parameters: alliancesQuery,
  coverage: { organisationCount: 7, visibilities: coverage.visibilities, rule: coverage.rule },
  suppressed: [`alliances ${namedId('alliance vroeg-erbij')}`],
  query: `/v1/statistics/alliances?from=2025-05-17&until=2026-05-17&sort=memberCount&top=50&dataVersion=${dataVersion}`,
  allianceCount: 2,
  membershipCount: 8,
  medianMemberCount: 4,
  medianKindMix: 0.5,
  linkedAllianceCount: 2,
  maximumBridgeValue: 0.75,
  alliances: [
    {
      ...{ id: namedId('alliance samen-thuis'), name: 'Samen thuis', ...row, memberCount: 6, highestOverlap: 1 / 7 },
      ...{ bridgeValue: 0.75, actingMemberCount: 4, activatedPairCount: 5, activatedShare: 1 / 3 },
    },
    {
      ...{ id: namedId('alliance vroeg-erbij'), name: 'Vroeg erbij', ...row, memberCount: 2, highestOverlap: 1 / 7 },
      ...{ bridgeValue: 0.2, actingMemberCount: null, activatedPairCount: null, activatedShare: null },
    },
  ],
  undefinedValues: [{ name: `alliances ${namedId('alliance vroeg-erbij')}`, reason: 'BELOW_MINIMUM' }],
};
