import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { derived } from './derived.ts';
import { envelopeOf } from './envelope.ts';
import { networkSteps } from './incidence.ts';
import { mixingOf } from './kernel/mixing.ts';
import { type Moments, momentsOf } from './kernel/moments.ts';
import { figuresOf, type NullFigure, nullFigures, nullModelOf } from './kernel/null-model.ts';
import { permutedMixingOf } from './kernel/permuted-mixing.ts';
import { tradeCountOf } from './kernel/rewiring.ts';
import { seedsOf } from './kernel/seeded.ts';
import { type Incidence, projectionOf, twoModeOf } from './kernel/two-mode.ts';
import type { Work } from './kernel/work.ts';
import { atLeisure } from './measures.ts';
import type { comparedReasons, NullModel, NullModelQuery } from './null-model-schemas.ts';
import { countedTexts } from './relations.ts';
import { selectionOf } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof NullModel>;
type Reason = (typeof comparedReasons)[number];
type Figures = Pick<View, 'figures' | 'externalInternalIndex' | 'undefinedValues'>;
type Compared = View['figures'][NullFigure];

/** How often the kinds are permuted. */
const permutations = 1000;

/** Steps that the networks may take while a request waits, at about a nanosecond a step. */
const maxSteps = 5_000_000_000;

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
 * A network of a day beside rewired networks and permuted kinds. Throws data_version_not_kept, network_too_large (fewer
 * samples may do).
 */
export async function getNullModel(
  db: Db,
  caller: Caller,
  query: z.output<typeof NullModelQuery>,
): Promise<Answer<View>> {
  const snapshot = await snapshotOf(db, caller, selectionOf(query, today()), query.dataVersion);
  const { samples, seed } = query;
  const { envelope, version } = envelopeOf(snapshot, caller, {
    path: '/v1/statistics/null-model',
    definition: definitionOf(query.relation),
    more: { samples, seed },
  });
  const { incidence, network } = snapshot;
  if ((samples + 1) * networkSteps(incidence) + permutations * network.tieCount > maxSteps)
    throw new Problem('network_too_large');
  const found = await derived(snapshot, `null model ${samples} ${seed}`, async () => {
    const value = await atLeisure(comparisonOf(incidence, kindsOf(snapshot), { samples, seed }));
    return { value, bytes: 2000 };
  });
  const n = snapshot.organisations.length;
  const tradeCount = tradeCountOf({ n, allianceCount: incidence.allianceCount });
  return { body: { ...envelope, tradeCount, ...found }, version };
}

/** The kinds of the organisations as numbers. */
function kindsOf({ organisations }: Snapshot): Int32Array {
  const kinds = [...new Set(organisations.map(({ kind }) => kind))].sort();
  return Int32Array.from(organisations, ({ kind }) => kinds.indexOf(kind));
}

/** All figures of an incidence beside chance; `kindOf` holds a number from 0 on for every organisation. */
export function* comparisonOf(
  incidence: Incidence,
  kindOf: Int32Array,
  { samples, seed }: { readonly samples: number; readonly seed: number },
): Work<Figures> {
  const twoMode = twoModeOf(incidence);
  const nextSeed = seedsOf(seed);
  const observed = figuresOf(twoMode);
  const sampled = yield* nullModelOf(incidence, { samples, seed: nextSeed() });
  const undefinedValues: Figures['undefinedValues'] = [];
  const compare = (name: string, value: number | null, values: Float64Array, none: Reason) => {
    const { figure, reasons } = comparedOf(value, momentsOf(values), none);
    undefinedValues.push(...reasons.map(({ field, reason }) => ({ name: `${name}.${field}`, reason })));
    return figure;
  };
  const figures = Object.fromEntries(
    nullFigures.map((name) => {
      const value = Number.isNaN(observed[name]) ? null : observed[name];
      return [name, compare(name, value, sampled[name], noneOf(name, twoMode.n, observed.tieCount))];
    }),
  ) as Record<NullFigure, Compared>;
  const graph = projectionOf(twoMode, 'count');
  const mixing = mixingOf(graph, kindOf);
  const permuted = yield* permutedMixingOf(graph, kindOf, { permutations, seed: nextSeed() });
  const noTies: Reason = twoMode.n < 2 ? 'TOO_FEW_NODES' : 'NO_TIES';
  const index = compare('externalInternalIndex', mixing.externalInternal, permuted.values, noTies);
  const { expectedExternalInternal: expected } = mixing;
  if (expected === null) undefinedValues.push({ name: 'externalInternalIndex.expected', reason: 'TOO_FEW_NODES' });
  if (permuted.p === null)
    undefinedValues.push({ name: 'externalInternalIndex.p', reason: graph.tieCount === 0 ? noTies : 'ONE_GROUP' });
  return { figures, externalInternalIndex: { ...index, expected, p: permuted.p }, undefinedValues };
}

/** Why a figure of a network is undefined. */
function noneOf(name: NullFigure, n: number, tieCount: number): Reason {
  const fewest = name === 'globalClustering' || name === 'meanLocalClusteringDefined' ? 3 : 1;
  if (n < fewest) return 'TOO_FEW_NODES';
  return tieCount === 0 ? 'NO_TIES' : 'NO_TRIPLES';
}

/** A figure beside those that were drawn, and why something of it has no value. */
function comparedOf(observed: number | null, { count, ...moments }: Moments, none: Reason) {
  const { mean, standardDeviation } = moments;
  const z = observed === null || mean === null || !standardDeviation ? null : (observed - mean) / standardDeviation;
  const figure: Compared = { observed, sampleCount: count, ...moments, z };
  const unspread: Reason = count === 1 ? 'ONE_SAMPLE' : none;
  const whyOf: Partial<Record<keyof Compared, Reason>> = {
    standardDeviation: unspread,
    z: observed === null || mean === null ? none : standardDeviation === 0 ? 'NO_VARIATION' : unspread,
  };
  const reasons = (Object.keys(figure) as (keyof Compared)[])
    .filter((field) => figure[field] === null)
    .map((field) => ({ field, reason: whyOf[field] ?? none }));
  return { figure, reasons };
}
