import { namedId } from '../../platform/id.ts';

/** The network of a day, as it can be asked of the demo network. */
export const query = { relation: 'membership', asOf: '2026-05-16' };

const dataVersion = 'pZGm1Av0IEBKARczz7exkN';
const lindeveen = namedId('organisation lindeveen');
const deLinde = namedId('organisation de-linde');

/** A network of four organisations: three in one alliance, two of them in a second one, and one that stands alone. */
export const network = {
  definition: {
    version: 1,
    text: 'Two organisations are tied when they share at least one alliance; the weight of a tie is the number of alliances they share.',
    source: 'Projection of a two-mode network by number of shared affiliations.',
  },
  dataVersion,
  asOf: '2026-05-16',
  parameters: {
    relation: 'membership',
    asOf: '2026-05-16',
    organisationKind: null,
    region: null,
    allianceId: null,
    allianceKind: null,
    theme: null,
    from: null,
    until: null,
    organisationId: null,
  },
  coverage: {
    organisationCount: 4,
    connectedCount: 3,
    isolateCount: 1,
    visibilities: ['public', 'network'],
    rule: 'Closed spaces are counted in no network statistic, for nobody.',
  },
  suppressed: [],
  query: `/v1/statistics/network?relation=membership&asOf=2026-05-16&dataVersion=${dataVersion}`,
  organisationCount: 4,
  allianceCount: 2,
  membershipCount: 5,
  initiativeCount: null,
  participationCount: null,
  tieCount: 3,
  totalWeight: 4,
  density: 0.5,
  componentCount: 2,
  largestComponentSize: 3,
  globalClustering: 1,
  meanLocalClustering: 0.75,
  meanDegree: 1.5,
  connectedShare: 0.75,
  medianDegree: 2,
  p90Degree: 2,
  meanStrength: 2,
  largestComponentShare: 0.75,
  twoModeDensity: 0.625,
  diameter: 1,
  averagePath: 1,
  reachableShare: 0.5,
  globalEfficiency: 0.5,
  meanLocalClusteringDefined: 1,
  degreeCentralisation: 1 / 3,
  betweennessCentralisation: 0,
  maximumCoreNumber: 2,
  coreSize: 2,
  coreErrors: 0,
  coreCorrelation: 1,
  assortativityByKind: -0.5,
  externalInternalIndex: 1 / 3,
  expectedExternalInternalIndex: 1 / 3,
  directed: null,
  degreeDistribution: [
    { degree: 0, count: 1 },
    { degree: 2, count: 3 },
  ],
  topByDegree: [
    { id: lindeveen, name: 'Gemeente Lindeveen', degree: 2, strength: 3 },
    { id: deLinde, name: 'Zorggroep De Linde', degree: 2, strength: 3 },
  ],
  undefinedValues: [],
};

const place = {
  region: 'Maarland',
  asOf: '2026-05-16',
  dataVersion,
  allianceCount: 2,
  initiativeCount: null,
  degree: 2,
  strength: 3,
};
const first = { rank: 1, rankedCount: 4, percentile: 25, reason: null };
const measured = {
  organisationCount: 4,
  measures: {
    degree: { value: 2, ...first },
    betweenness: { value: 0, ...first, percentile: 0 },
    constraint: { value: 0.95703125, ...first, rank: 2, rankedCount: 3, percentile: 0 },
  },
};

/** A list by betweenness, with three of the measures. */
export const measuresQuery = {
  ...query,
  measure: ['degree', 'betweenness', 'constraint'],
  sort: 'betweenness',
  weighting: 'newman',
};

/** The first organisations of that network. */
export const organisations = [
  { id: lindeveen, name: 'Gemeente Lindeveen', kind: 'municipality', ...place, ...measured },
  { id: deLinde, name: 'Zorggroep De Linde', kind: 'care_organisation', ...place, ...measured },
];
