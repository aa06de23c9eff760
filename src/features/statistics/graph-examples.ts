import { namedId } from '../../platform/id.ts';
import { network } from './examples.ts';

const { dataVersion, asOf, coverage, suppressed, parameters } = network;
const lindeveen = { id: namedId('organisation lindeveen'), name: 'Gemeente Lindeveen' };
const deLinde = { id: namedId('organisation de-linde'), name: 'Zorggroep De Linde' };
const waterrade = { id: namedId('organisation waterrade'), name: 'Thuiszorg Waterrade' };
const address = (path: string) => `/v1/statistics/${path}&dataVersion=${dataVersion}`;
const asked = 'relation=membership&asOf=2026-05-16';

/** The strongest ties of the network of the examples. */
export const ties = [
  { number: 1, first: lindeveen, second: deLinde, weight: 2, sharedCount: 2, newmanWeight: 1.5, asOf, dataVersion },
  { number: 2, first: lindeveen, second: waterrade, weight: 1, sharedCount: 1, newmanWeight: 0.5, asOf, dataVersion },
];

const envelope = (path: string, text: string, source: string) => ({
  definition: { version: 1, text, source },
  dataVersion,
  asOf,
  coverage,
  suppressed,
  query: address(path),
});

/** Its only community. */
export const communities = {
  ...envelope(
    `communities?${asked}&weighting=newman&seed=1`,
    'Communities: the method of Louvain at resolution 1 on weighted ties.',
    'Blondel et al. 2008.',
  ),
  parameters: { ...parameters, weighting: 'newman', seed: 1 },
  communityCount: 1,
  modularity: 0,
  stability: { seedCount: 10, meanAdjustedRandIndex: 1, lowestAdjustedRandIndex: 1 },
  communities: [
    {
      number: 1,
      organisationCount: 3,
      tieCount: 3,
      outsideTieCount: 0,
      kinds: [
        { kind: 'care_organisation', count: 2 },
        { kind: 'municipality', count: 1 },
      ],
      members: [
        { ...lindeveen, kind: 'municipality', region: 'Maarland' },
        { ...deLinde, kind: 'care_organisation', region: 'Maarland' },
        { ...waterrade, kind: 'care_organisation', region: null },
      ],
    },
  ],
  undefinedValues: [],
};

/** A network in which a municipality stands between two care organisations. */
export const brokerage = {
  ...envelope(
    `brokerage?${asked}`,
    'An organisation brokers between two others that are tied to it and not to each other.',
    'Gould and Fernandez 1989, on undirected ties.',
  ),
  parameters,
  brokerCount: 1,
  brokers: [
    {
      ...lindeveen,
      kind: 'municipality',
      coordinator: 0,
      consultant: 1,
      representative: null,
      gatekeeper: 0,
      liaison: 0,
      total: 1,
      zScores: null,
    },
  ],
  mixing: [
    {
      kind: 'care_organisation',
      otherKind: 'municipality',
      tieCount: 2,
      pairCount: 2,
      expectedTieCount: 1.3333333333333333,
      ratio: 1.5,
    },
  ],
  undefinedValues: [
    { name: 'representative', reason: 'NO_DIRECTION' },
    { name: 'zScores', reason: 'NO_DIRECTION' },
  ],
};

const node = { region: 'Maarland', allianceCount: 2, initiativeCount: null, degree: 2, strength: 3, community: 1 };
const noArcs = { inDegree: null, outDegree: null, inStrength: null, outStrength: null };

/** Two of its organisations and the tie between them. */
export const graph = {
  ...envelope(
    `graph?${asked}&weighting=newman&seed=1&sizeBy=degree&colourBy=kind&gexfVersion=1.3`,
    'Two organisations are tied when both take part in an alliance on the day.',
    'Projection of a two-mode network.',
  ),
  parameters: {
    ...parameters,
    weighting: 'newman',
    seed: 1,
    sizeBy: 'degree',
    colourBy: 'kind',
    gexfVersion: '1.3',
  },
  directed: false,
  nodes: [
    { ...lindeveen, kind: 'municipality', ...node, ...noArcs },
    { ...deLinde, kind: 'care_organisation', ...node, ...noArcs },
  ],
  ties: [{ first: lindeveen.id, second: deLinde.id, weight: 1.5, sharedCount: 2, newmanWeight: 1.5 }],
};
