import { setMaxListeners } from 'node:events';
import { Problem } from '../../platform/problem.ts';
import { partsOf } from '../../platform/target.ts';
import { lastPosition } from '../events/events.ts';
import { versionOf } from './addresses.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { type NetworkInput, numberedKinds, sizeOf } from './computing/network-input.ts';
import type { Member, NamedNetwork } from './computing/networks.ts';
import { type Part, part, partKey } from './computing/parts.ts';
import { readNetwork } from './computing/storing.ts';
import type { Network } from './incidence.ts';
import { graphOf } from './kernel/graph.ts';
import type { Incidence } from './kernel/two-mode.ts';
import { byDegree, type Selection, shapes, topByDegree } from './rules.ts';
import { type Selected, select } from './selecting.ts';

/** A network as it was selected for one question, with the parts that were asked for. */
export type Snapshot = NamedNetwork & {
  readonly selection: Selection;
  readonly network: Network;
  /** How many alliances, or initiatives, the organisations are in; 0 for a relation in pairs. */
  readonly allianceCount: number;
  /** How many pairs of an organisation and an alliance, or an initiative; 0 for a relation in pairs. */
  readonly membershipCount: number;
  /** The value of a part that was asked for. */
  readonly get: <Value>(part: Part<Value>) => Value;
};

/**
 * The network of a selection in a data version, the newest when none is wanted, with parts of its figures: kept, or
 * computed once however many ask. A data version follows from the data that were counted and from nothing else, so that
 * what happens in closed spaces changes none. Throws Accepted where that takes long; data_version_not_kept when an older
 * version is wanted that is gone, network_too_large, computation_too_long, too_many_computations.
 */
export async function snapshotOf(
  computing: Computing,
  asker: Asker,
  { selection, dataVersion, parts }: { selection: Selection; dataVersion?: string | undefined; parts: readonly Part[] },
): Promise<Snapshot> {
  const network = await namedNetwork(computing, asker.caller.organisationId, selection, dataVersion);
  const values = await computing.values(network, [part('network'), ...parts], {
    ...asker,
    address: addressOf(asker.address, selection.asOf, network.dataVersion),
  });
  const get = <Value>(part: Part<Value>): Value => {
    if (!values.has(partKey(part))) throw new Error(`${partKey(part)} was not asked for`);
    return values.get(partKey(part)) as Value;
  };
  const { incidence } = network.input;
  return {
    ...network,
    selection,
    network: get(part('network')),
    allianceCount: incidence.allianceCount,
    membershipCount: incidence.organisationOf.length,
    get,
  };
}

/** The same question for the day and the data version of its answer; the address of a further page names them itself. */
export function addressOf(asked: string, asOf: string, dataVersion: string): string {
  const { path, query } = partsOf(asked);
  const search = new URLSearchParams(query);
  if (search.has('cursor')) return asked;
  search.set('asOf', asOf);
  search.set('dataVersion', dataVersion);
  return `${path}?${search}`;
}

/**
 * The name of a selection. Of a viewer, only whether it is an organisation matters: closed spaces are counted for nobody.
 */
export const nameOf = (viewer: string | null, selection: Selection) => versionOf([viewer !== null, selection]);

/** The network of a selection as it is now. */
export async function newestNetwork(
  { db, kept }: Pick<Computing, 'db' | 'kept'>,
  viewer: string | null,
  selection: Selection,
): Promise<NamedNetwork> {
  const name = nameOf(viewer, selection);
  const position = await lastPosition(db);
  const newest = kept.get(`newest ${name}`)?.value as { position: number; dataVersion: string } | undefined;
  const known = newest?.position === position ? kept.get(`${newest.dataVersion} ${name}`)?.value : undefined;
  if (known !== undefined) return known as NamedNetwork;
  // Selecting is quick, and not broken off when one of those who wait for it is gone.
  return kept.shared(`${position} ${name}`, neverEnding, async () => {
    const selected = await select(db, viewer, selection);
    const dataVersion = versionOf([selected.organisations, selected.pairs]);
    kept.set(`newest ${name}`, { position: Number(selected.position), dataVersion });
    const before = kept.get(`${dataVersion} ${name}`)?.value as NamedNetwork | undefined;
    if (before !== undefined) return before;
    const input = inputOf(selected, selection);
    const organisations = selected.organisations.map(
      ([id, name, kind, region]): Member => ({ id, name, kind, region }),
    );
    const network: NamedNetwork = { name, dataVersion, organisations, input, size: sizeOf(input) };
    kept.set(`${dataVersion} ${name}`, network);
    return network;
  });
}

/** The network of a selection in a data version, the newest when none is wanted. Throws data_version_not_kept. */
export const namedNetwork = (
  computing: Computing,
  viewer: string | null,
  selection: Selection,
  dataVersion: string | undefined,
): Promise<NamedNetwork> =>
  dataVersion === undefined
    ? newestNetwork(computing, viewer, selection)
    : networkOf(computing, viewer, selection, dataVersion);

const neverEnding = new AbortController().signal;
// As many may wait as ask at the same moment.
setMaxListeners(0, neverEnding);

async function networkOf(
  computing: Computing,
  viewer: string | null,
  selection: Selection,
  dataVersion: string,
): Promise<NamedNetwork> {
  const { db, kept } = computing;
  const name = nameOf(viewer, selection);
  const known = kept.get(`${dataVersion} ${name}`)?.value as NamedNetwork | undefined;
  if (known !== undefined) return known;
  const newest = await newestNetwork(computing, viewer, selection);
  if (newest.dataVersion === dataVersion) return newest;
  const stored = await readNetwork(db, name, dataVersion);
  if (stored === undefined) throw new Problem('data_version_not_kept', { params: { dataVersion } });
  kept.set(`${dataVersion} ${name}`, stored);
  return stored;
}

/** What to walk of what was selected. */
function inputOf({ organisations, pairs }: Selected, { relation }: Selection): NetworkInput {
  const shape = shapes[relation];
  const { kindOf, kindCount } = numberedKinds(organisations.map(([, , kind]) => kind));
  const [from, to] = [Int32Array.from(pairs, ([one]) => one), Int32Array.from(pairs, ([, other]) => other)];
  const organisationCount = organisations.length;
  const of = (allianceCount: number, organisationOf: Int32Array, allianceOf: Int32Array): Incidence => ({
    ...{ organisationCount, allianceCount, organisationOf, allianceOf },
  });
  const known = { kindOf, kindCount };
  if (shape === 'two-mode') {
    const allianceCount = to.reduce((count, alliance) => Math.max(count, alliance + 1), 0);
    return { ...known, incidence: of(allianceCount, from, to), graph: null };
  }
  const weights = Float64Array.from(pairs, ([, , weight = 1]) => weight);
  const graph = graphOf(organisationCount, shape === 'directed', { from, to, weights });
  return { ...known, incidence: of(0, new Int32Array(0), new Int32Array(0)), graph };
}

const orders = new WeakMap<Network, { ranking?: readonly number[]; top?: readonly number[] }>();

/** Indices in the order of the list of organisations. */
export function rankingOf({ organisations, network }: Snapshot): readonly number[] {
  const known = orders.get(network) ?? {};
  known.ranking ??= byDegree(organisations, network);
  orders.set(network, known);
  return known.ranking;
}

/** Indices of the ten with the highest degree. */
export function topOf({ organisations, network }: Snapshot): readonly number[] {
  const known = orders.get(network) ?? {};
  known.top ??= topByDegree(organisations, network, 10);
  orders.set(network, known);
  return known.top;
}
