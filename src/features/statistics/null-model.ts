import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import { permutations } from './comparing.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { part } from './computing/parts.ts';
import { envelopeOf } from './envelope.ts';
import { tradeCountOf } from './kernel/rewiring.ts';
import type { NullModel, NullModelQuery } from './null-model-schemas.ts';
import { assertFits, countedTexts } from './relations.ts';
import { selectionOf } from './rules.ts';
import { snapshotOf } from './snapshots.ts';

type View = z.output<typeof NullModel>;

const definitionOf = (relation: z.output<typeof NullModelQuery>['relation']) => ({
  version: 1,
  text: [
    ...countedTexts[relation],
    'Rewired network: every organisation keeps its number of alliances and every alliance its number of members, and who is in which is drawn: every such network is equally likely. Figures of a projection are partly mechanical, since every alliance is a clique: what the rewired networks have, activity and size alone explain. Of a clustering of 0.37 beside a mean of 0.28, 0.28 is mechanical.',
    'Drawn by the curveball: two of the organisations or of the alliances, whichever are fewer, pool what one of them has and the other has not, and take back as many by lot. tradeCount: ten for each of them, twice what its authors take; each network begins with the observed one. The draws follow from the seed; more samples leave the first ones as they are.',
    'tieCount, globalClustering, meanLocalClustering, meanLocalClusteringDefined, largestComponentShare: as `/statistics/network`. mean, standardDeviation, lowest and highest are of the samples in which the figure is defined; z: (observed − mean) ÷ standardDeviation. With few samples, z is rough.',
    `externalInternalIndex: (ties between kinds − ties within one) ÷ ties. expected: its value if every pair were as likely to be tied. p: the kinds are permuted over all organisations ${permutations} times; (permutations whose index is as far from expected as observed, or further, + 1) ÷ (permutations + 1), two-sided. Kinds are permuted one organisation at a time, while alliances bring organisations in together: a small p says that kinds are not spread at random, not why.`,
  ].join(' '),
  source:
    'Strona et al. 2014 and Carstens 2015 for the rewiring; Gotelli and Graves 1996 for null models; Krackhardt and Stern 1988 for the index; Phipson and Smyth 2010 for p.',
});

/**
 * A network of a day beside rewired networks and permuted kinds. Throws invalid_input, data_version_not_kept, computation_too_long (fewer
 * samples may do), and Accepted where it takes long.
 */
export async function getNullModel(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof NullModelQuery>,
): Promise<Answer<View>> {
  assertFits(query);
  const { samples, seed, dataVersion } = query;
  const compared = part('nullModel', samples, seed);
  const selection = selectionOf(query, today());
  const snapshot = await snapshotOf(computing, asker, { selection, dataVersion, parts: [compared] });
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/null-model',
    definition: definitionOf(query.relation),
    more: { samples, seed },
  });
  const { organisations, allianceCount } = snapshot;
  const tradeCount = tradeCountOf({ n: organisations.length, allianceCount });
  return { body: { ...envelope, tradeCount, ...snapshot.get(compared) }, version };
}
