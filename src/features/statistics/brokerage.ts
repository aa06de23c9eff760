import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { numberedKinds } from './computing/network-input.ts';
import { part } from './computing/parts.ts';
import { envelopeOf } from './envelope.ts';
import type { Brokerage, BrokerageQuery } from './graph-schemas.ts';
import { type Moments, type Role, type Roles, roles } from './kernel/brokerage.ts';
import type { MixingCell } from './kernel/mixing.ts';
import { at } from './kernel/rows.ts';
import { assertFits, definitionOf } from './relations.ts';
import { type Relation, selectionOf, shapes } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';
import { csvOf } from './table-csv.ts';

type View = z.output<typeof Brokerage>;
type Kind = View['mixing'][number]['kind'];
type Found = Pick<View, 'brokers' | 'mixing'>;

const ofArcs = [
  'An organisation j brokers from i to k where an arc goes from i to j and one from j to k, and none from i to k; every ordered pair of others counts once. Counts are of arcs, not of weights.',
  "Kinds of organisation are the groups. coordinator: all three of one kind. consultant (itinerant): the others of one kind, the broker of another. representative: i of the broker's kind, k of another. gatekeeper: k of the broker's kind, i of another.",
  'liaison: all three of different kinds, so 0 by definition with fewer than three kinds.',
  'zScores: (count − mean) ÷ standard deviation, of networks of the same organisations, kinds and density in which every arc stands with the same chance p = tieCount ÷ (n × (n − 1)), independent of the others. A role with R ordered pairs of others has the mean R × q, q = p² × (1 − p), and the variance R × q × (1 − q) + S × p³ × (1 − p)³; S: ordered pairs of these pairs with the same beginning or the same end. How near they are to normal is not known: read them as an ordering.',
  'mixing: arcs from organisations of `kind` to those of `otherKind`; expectedTieCount: all arcs × the share of ordered pairs that are of these kinds.',
  'Counts grow with the product of inDegree and outDegree: compare organisations of like degree.',
];

const ofTies = [
  'An organisation brokers between two others that are tied to it and not to each other; each pair of others counts once.',
  'Kinds of organisation are the groups. coordinator: all three of one kind. consultant: the others of one kind, the broker of another.',
  "gatekeeper: one of the others of the broker's kind; since ties have no direction, gatekeeper and representative are one role.",
  'liaison: all three of different kinds, so 0 by definition with fewer than three kinds.',
  'mixing: tieCount within and between kinds; expectedTieCount: all ties × the share of pairs that are of these kinds.',
  'Counts grow with the square of the degree: compare organisations of like degree.',
];

const definitionFor = (relation: Relation) =>
  shapes[relation] === 'directed'
    ? definitionOf(relation, ofArcs, 'Gould and Fernandez 1989; moments as in the package sna of R.')
    : definitionOf(relation, ofTies, 'Gould and Fernandez 1989, on undirected ties.');

/**
 * Who stands between others in a network, and how kinds mix. Throws invalid_input, data_version_not_kept,
 * network_too_large.
 */
export async function getBrokerage(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof BrokerageQuery>,
): Promise<Answer<View>> {
  assertFits(query);
  const brokered = part('brokerage');
  const snapshot = await snapshotOf(computing, asker, {
    selection: selectionOf(query, today()),
    dataVersion: query.dataVersion,
    parts: [brokered],
  });
  const found = foundIn(snapshot, snapshot.get(brokered));
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/brokerage',
    definition: definitionFor(query.relation),
    more: {},
  });
  const undefinedValues = undefinedIn(found, snapshot);
  return { body: { ...envelope, brokerCount: found.brokers.length, ...found, undefinedValues }, version };
}

function foundIn(
  { organisations, input: { kindOf } }: Snapshot,
  { roles, expected, mixing }: NonNullable<ReturnType<typeof part<'brokerage'>>['value']>,
): Found {
  const kinds = numberedKinds(organisations.map(({ kind }) => kind)).kinds as Kind[];
  const brokers = organisations
    .map(({ id, name, kind }, index) => {
      const counts = countsOf(roles, index);
      return {
        id,
        name,
        kind: kind as Kind,
        ...counts,
        zScores: scoresOf(counts, expected?.[at(kindOf, index)]),
      };
    })
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
  return { brokers, mixing: mixing.map((cell) => mixingView(cell, kinds)) };
}

type Counts = Record<Exclude<Role, 'representative'> | 'total', number> & { representative: number | null };

function countsOf(roles: Roles, index: number): Counts {
  const coordinator = at(roles.coordinator, index);
  const consultant = at(roles.consultant, index);
  const representative = roles.representative === null ? null : at(roles.representative, index);
  const gatekeeper = at(roles.gatekeeper, index);
  const liaison = at(roles.liaison, index);
  const total = coordinator + consultant + (representative ?? 0) + gatekeeper + liaison;
  return { coordinator, consultant, representative, gatekeeper, liaison, total };
}

/** How far every count is from what is expected, in deviations; null for a role that nobody of its kind can have. */
function scoresOf(
  counts: Counts,
  expected: Record<Role | 'total', Moments> | undefined,
): View['brokers'][number]['zScores'] {
  if (expected === undefined) return null;
  const score = (role: Role | 'total') => {
    const { mean, deviation } = expected[role];
    return deviation === 0 ? null : ((counts[role] ?? 0) - mean) / deviation;
  };
  return {
    coordinator: score('coordinator'),
    consultant: score('consultant'),
    representative: score('representative'),
    gatekeeper: score('gatekeeper'),
    liaison: score('liaison'),
    total: score('total'),
  };
}

function mixingView({ from, to, tieCount, pairCount, expected }: MixingCell, kinds: readonly Kind[]) {
  return {
    kind: kinds[from] as Kind,
    otherKind: kinds[to] as Kind,
    tieCount,
    pairCount,
    expectedTieCount: expected,
    ratio: expected === 0 ? null : tieCount / expected,
  };
}

function undefinedIn({ brokers, mixing }: Found, { network, input }: Snapshot): View['undefinedValues'] {
  const found: View['undefinedValues'] = [];
  if (mixing.some(({ ratio }) => ratio === null))
    found.push({ name: 'ratio', reason: network.tieCount === 0 ? 'NO_TIES' : 'TOO_FEW_NODES' });
  if (brokers.length > 0 && input.graph?.directed !== true)
    found.push({ name: 'representative', reason: 'NO_DIRECTION' }, { name: 'zScores', reason: 'NO_DIRECTION' });
  if (brokers.some(({ zScores }) => zScores !== null && Object.values(zScores).includes(null)))
    found.push({ name: 'zScores', reason: 'TOO_FEW_NODES' });
  return found;
}

/** The brokers as CSV, with their counts and z-scores by role. */
export const writeBrokerage = ({ brokers, asOf, dataVersion }: View): string =>
  csvOf(
    [
      'id',
      'name',
      'kind',
      ...roles,
      'total',
      ...[...roles, 'total'].map((role) => `${role}ZScore`),
      'asOf',
      'dataVersion',
    ],
    brokers.map(({ zScores, ...broker }) => ({
      ...broker,
      ...Object.fromEntries(Object.entries(zScores ?? {}).map(([role, score]) => [`${role}ZScore`, score])),
      ...{ asOf, dataVersion },
    })),
  );
