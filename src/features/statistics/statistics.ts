import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import { Problem } from '../../platform/problem.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { part } from './computing/parts.ts';
import { measureDefinitions } from './definitions.ts';
import { envelopeOf } from './envelope.ts';
import { partsFor, ranksIn } from './measures.ts';
import { networkMeasureParts, networkMeasuresOf } from './network-measures.ts';
import { allMeasures, figureOf, type Measure, measures, orderBy, type Ranks } from './ranks.ts';
import { assertFits, definitionOf, figureTexts, sources } from './relations.ts';
import { selectionOf, shapes, undefinedValues, usualWeighting } from './rules.ts';
import type {
  NetworkQuery,
  NetworkStatistics,
  OrganisationStatistics,
  OrganisationStatisticsQuery,
} from './schemas.ts';
import { rankingOf, type Snapshot, snapshotOf, topOf } from './snapshots.ts';
import { csvOf } from './table-csv.ts';

type View = z.output<typeof NetworkStatistics>;
type Envelope = ReturnType<typeof envelopeOf>['envelope'];
type OrganisationView = z.output<typeof OrganisationStatistics>;

/** The parts that the statistic of a network is made of. */
export const networkParts = [part('directions'), ...networkMeasureParts];

/**
 * The statistic of a network. Throws invalid_input, data_version_not_kept, computation_too_long, and Accepted where it
 * takes long.
 */
export async function getNetworkStatistics(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof NetworkQuery>,
): Promise<Answer<View>> {
  assertFits(query);
  const shape = shapes[query.relation];
  const { dataVersion } = query;
  const selection = selectionOf(query, today());
  const snapshot = await snapshotOf(computing, asker, { selection, dataVersion, parts: networkParts });
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/network',
    definition: definitionOf(query.relation, [...figureTexts[shape], ...measureDefinitions], sources[shape]),
    more: {},
  });
  return { body: { ...envelope, ...networkFigures(snapshot) }, version };
}

function networkFigures(snapshot: Snapshot): Omit<View, keyof Envelope> {
  const { network, organisations } = snapshot;
  const further = networkMeasuresOf(snapshot);
  const directed = snapshot.get(part('directions'));
  const ranked = (index: number) => ({
    id: organisations[index]?.id ?? '',
    name: organisations[index]?.name ?? '',
    degree: network.degree[index] ?? 0,
    strength: network.strength[index] ?? 0,
  });
  return {
    organisationCount: organisations.length,
    ...affiliationCounts(snapshot),
    tieCount: network.tieCount,
    totalWeight: network.totalWeight,
    density: network.density,
    componentCount: network.componentCount,
    largestComponentSize: network.largestComponentSize,
    globalClustering: network.globalClustering,
    meanLocalClustering: network.meanLocalClustering,
    meanDegree: network.meanDegree,
    ...further.values,
    directed: directed?.figures ?? null,
    degreeDistribution: [...network.degreeDistribution],
    topByDegree: topOf(snapshot).map(ranked),
    undefinedValues: [...undefinedValues(network), ...further.reasons, ...(directed?.reasons ?? [])],
  };
}

/** What the organisations of a relation by two modes are in; null where that relation is another one. */
function affiliationCounts({ selection: { relation }, allianceCount, membershipCount }: Snapshot) {
  const ofMembership = relation === 'membership';
  const ofInitiatives = relation === 'initiatives';
  return {
    allianceCount: ofMembership ? allianceCount : null,
    membershipCount: ofMembership ? membershipCount : null,
    initiativeCount: ofInitiatives ? allianceCount : null,
    participationCount: ofInitiatives ? membershipCount : null,
  };
}

/**
 * A page of the organisations of a network, with every measure that is asked for and its rank, from the highest value
 * of the measure in `sort` (degree) to the lowest; equals by degree, strength and identifier. All pages of a walk come
 * from the data version and the day of the first. Throws invalid_input, data_version_not_kept when that version is gone,
 * network_too_large (also when it is to stand by a measure that it is too large for), and Accepted where it takes long.
 */
export async function listOrganisationStatistics(
  computing: Computing,
  asker: Asker,
  input: z.output<typeof OrganisationStatisticsQuery> & { after?: string[] | undefined },
): Promise<PageOf<OrganisationView>> {
  assertFits(input);
  const walk = input.after === undefined ? undefined : readPosition(input.after);
  const selection = selectionOf(input, walk?.asOf ?? today());
  const sort = input.sort ?? 'degree';
  const shown = input.measure ?? (shapes[selection.relation] === 'directed' ? allMeasures : measures);
  const weighting = input.weighting ?? usualWeighting(selection.relation);
  const snapshot = await snapshotOf(computing, asker, {
    selection,
    dataVersion: walk?.dataVersion ?? input.dataVersion,
    parts: partsFor([...shown, sort], weighting),
  });
  const ranks = ranksIn(snapshot, [...shown, sort], weighting);
  const order = orderOf(snapshot, sort, ranks);
  const start = walk === undefined ? 0 : placeAfter(snapshot, order, walk.organisationId);
  return pageOf(
    order.slice(start, start + input.limit + 1),
    input.limit,
    (index) => [snapshot.dataVersion, selection.asOf, snapshot.organisations[index]?.id ?? ''],
    (index) => organisationView(snapshot, shown, ranks, index),
  );
}

/** The indices in the order of the list. */
function orderOf(snapshot: Snapshot, sort: Measure, ranks: ReadonlyMap<Measure, Ranks>): readonly number[] {
  const found = ranks.get(sort);
  if (sort === 'degree' || found === undefined) return rankingOf(snapshot);
  const first = snapshot.organisations.length > 0 ? figureOf(sort, found, snapshot.network, 0) : undefined;
  if (first?.reason === 'TOO_LARGE') throw new Problem('network_too_large');
  return orderBy(found, snapshot.network);
}

type Position = { dataVersion: string; asOf: string; organisationId: string };

function readPosition([dataVersion = '', asOf = '', organisationId = '']: readonly string[]): Position {
  return { dataVersion, asOf, organisationId };
}

function placeAfter(snapshot: Snapshot, order: readonly number[], organisationId: string): number {
  const place = order.findIndex((index) => snapshot.organisations[index]?.id === organisationId);
  if (place < 0) throw new Problem('invalid_cursor');
  return place + 1;
}

function organisationView(
  { organisations, network, selection, dataVersion }: Snapshot,
  shown: readonly Measure[],
  ranks: ReadonlyMap<Measure, Ranks>,
  index: number,
): OrganisationView {
  const member = organisations[index];
  const figures = [...ranks].flatMap(([measure, found]) =>
    shown.includes(measure) ? [[measure, figureOf(measure, found, network, index)]] : [],
  );
  return {
    id: member?.id ?? '',
    name: member?.name ?? '',
    kind: member?.kind as OrganisationView['kind'],
    region: member?.region ?? null,
    asOf: selection.asOf,
    dataVersion,
    allianceCount: selection.relation === 'membership' ? (network.allianceCount[index] ?? 0) : null,
    initiativeCount: selection.relation === 'initiatives' ? (network.allianceCount[index] ?? 0) : null,
    degree: network.degree[index] ?? 0,
    strength: network.strength[index] ?? 0,
    organisationCount: organisations.length,
    measures: Object.fromEntries(figures),
  };
}

/** A page of organisations as CSV: a column for each measure, its rank and its percentile, of those that the page shows. */
export function writeOrganisations(page: unknown): string {
  const { items } = page as { items: readonly OrganisationView[] };
  const shown = Object.keys(items[0]?.measures ?? {}) as Measure[];
  const columns = ['id', 'name', 'kind', 'region', 'allianceCount', 'initiativeCount', 'organisationCount'];
  const rows = items.map(({ measures: figures, ...row }) => ({
    ...row,
    ...Object.fromEntries(
      shown.flatMap((measure) => [
        [measure, figures[measure]?.value],
        [`${measure}Rank`, figures[measure]?.rank],
        [`${measure}Percentile`, figures[measure]?.percentile],
      ]),
    ),
  }));
  const ofMeasures = shown.flatMap((measure) => [measure, `${measure}Rank`, `${measure}Percentile`]);
  return csvOf([...columns, ...ofMeasures, 'asOf', 'dataVersion'], rows);
}
