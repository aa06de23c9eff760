import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { derived, tiesIn } from './derived.ts';
import { envelopeOf, populationText } from './envelope.ts';
import type { Brokerage, BrokerageQuery } from './graph-schemas.ts';
import { brokerage, type Mixing, mixingOf, type Roles } from './kernel/brokerage.ts';
import { at } from './kernel/rows.ts';
import { selectionOf } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof Brokerage>;
type Kind = View['mixing'][number]['kind'];

const definition = {
  version: 1,
  text: [
    populationText,
    'An organisation brokers between two others that are tied to it and not to each other; each pair of others counts once.',
    'Kinds of organisation are the groups. coordinator: all three of one kind. consultant: the others of one kind, the broker of another.',
    "gatekeeper: one of the others of the broker's kind; since ties have no direction, gatekeeper and representative are one role.",
    'liaison: all three of different kinds, so 0 by definition with fewer than three kinds.',
    'mixing: tieCount within and between kinds; expectedTieCount: all ties × the share of pairs that are of these kinds.',
    'Counts grow with the square of the degree: compare organisations of like degree.',
  ].join(' '),
  source: 'Gould and Fernandez 1989, on undirected ties.',
};

/** Who stands between others in the network of a day, and how kinds mix. Throws data_version_not_kept, network_too_large. */
export async function getBrokerage(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof BrokerageQuery>,
): Promise<Answer<View>> {
  const snapshot = await snapshotOf(computing, asker, {
    selection: selectionOf(query, today()),
    dataVersion: query.dataVersion,
    parts: [],
  });
  const ties = await tiesIn(snapshot);
  const found = await derived(snapshot, 'brokerage', async () => {
    const kinds = [...new Set(snapshot.organisations.map(({ kind }) => kind))].sort() as Kind[];
    const kindOf = Int32Array.from(snapshot.organisations, ({ kind }) => kinds.indexOf(kind as Kind));
    const roles = brokerage(ties, kindOf, kinds.length);
    const value = {
      brokers: brokersOf(snapshot, roles),
      mixing: mixingOf(ties, kindOf, kinds.length).map((cell) => mixingView(cell, kinds)),
    };
    return { value, bytes: 400 * (value.brokers.length + value.mixing.length) + 100 };
  });
  const path = '/v1/statistics/brokerage';
  const { envelope, version } = envelopeOf(snapshot, asker.caller, { path, definition, more: {} });
  const body: View = {
    ...envelope,
    brokerCount: found.brokers.length,
    ...found,
    undefinedValues: found.mixing.some(({ ratio }) => ratio === null)
      ? [{ name: 'ratio', reason: snapshot.network.tieCount === 0 ? 'NO_TIES' : 'TOO_FEW_NODES' }]
      : [],
  };
  return { body, version };
}

function brokersOf({ organisations }: Snapshot, roles: Roles): View['brokers'] {
  return organisations
    .map(({ id, name, kind }, index) => {
      const counts = {
        coordinator: at(roles.coordinator, index),
        consultant: at(roles.consultant, index),
        gatekeeper: at(roles.gatekeeper, index),
        liaison: at(roles.liaison, index),
      };
      const total = counts.coordinator + counts.consultant + counts.gatekeeper + counts.liaison;
      return { id, name, kind: kind as Kind, ...counts, total };
    })
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
}

function mixingView({ one, other, tieCount, pairCount, expected }: Mixing, kinds: readonly Kind[]) {
  return {
    kind: kinds[one] as Kind,
    otherKind: kinds[other] as Kind,
    tieCount,
    pairCount,
    expectedTieCount: expected,
    ratio: expected === 0 ? null : tieCount / expected,
  };
}
