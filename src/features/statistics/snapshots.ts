import { LRUCache } from 'lru-cache';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { lastPosition } from '../events/events.ts';
import { versionOf } from './addresses.ts';
import { graphSteps } from './graph-network.ts';
import { computeNetwork, type Network, networkOfGraph, networkSteps } from './incidence.ts';
import { type Graph, graphOf } from './kernel/graph.ts';
import type { Incidence } from './kernel/two-mode.ts';
import { byDegree, type Selection, shapes, topByDegree } from './rules.ts';
import { type Selected, select } from './selecting.ts';

/** An organisation of a population. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly region: string | null;
};

/** A network as it was computed for one selection and one data version. */
export type Snapshot = {
  readonly dataVersion: string;
  readonly selection: Selection;
  /** The population in order of identifier: the indices of the network. */
  readonly organisations: readonly Member[];
  /** How many alliances, or initiatives, the organisations are in; 0 for a relation in pairs. */
  readonly allianceCount: number;
  /** How many pairs of an organisation and an alliance, or an initiative; 0 for a relation in pairs. */
  readonly membershipCount: number;
  readonly network: Network;
  /** Who takes part in what; from this, further measures are computed when they are asked for. */
  readonly incidence: Incidence;
  /** The ties of a relation in pairs; null where the relation has an incidence, which is empty for one in pairs. */
  readonly graph: Graph | null;
  /** Indices in the order of the list of organisations. */
  readonly ranking: readonly number[];
  /** Indices of the ten with the highest degree. */
  readonly top: readonly number[];
};

/** What is computed while a request waits, at about a nanosecond a step. */
const maxSteps = 2_000_000_000;

type Store = {
  /** By data version and name of the network. */
  readonly kept: LRUCache<string, Snapshot>;
  /** The data version of a network as of a position of the event log. */
  readonly newest: LRUCache<string, { readonly position: number; readonly dataVersion: string }>;
  readonly running: Map<string, Promise<Snapshot>>;
};
const stores = new WeakMap<Db, Store>();

function storeOf(db: Db): Store {
  const known = stores.get(db);
  if (known !== undefined) return known;
  const ttl = 3_600_000;
  const kept = new LRUCache<string, Snapshot>({
    // An organisation with all its measures and ranks in every weighting is about half a kilobyte.
    maxSize: 500_000,
    sizeCalculation: (snapshot) => snapshot.organisations.length + Math.ceil(sizeOf(snapshot) / 50) + 10,
    ttl,
  });
  const store: Store = { kept, newest: new LRUCache({ max: 10_000, ttl }), running: new Map() };
  stores.set(db, store);
  return store;
}

/**
 * The network of a selection in a data version, the newest when none is wanted: kept, or computed once however many
 * ask. A data version follows from the data that were counted and from nothing else, so that what happens in closed
 * spaces changes none. Throws data_version_not_kept when an older version is wanted that is gone, network_too_large.
 */
export async function snapshotOf(db: Db, caller: Caller, selection: Selection, wanted?: string): Promise<Snapshot> {
  const { kept, newest, running } = storeOf(db);
  // Of the caller, only whether it has an organisation matters: closed spaces are counted for nobody.
  const name = JSON.stringify([caller.organisationId !== null, selection]);
  const known = wanted === undefined ? undefined : kept.get(`${wanted} ${name}`);
  if (known !== undefined) return known;
  const position = await lastPosition(db);
  const present = newest.get(name);
  const current = present?.position === position ? kept.get(`${present.dataVersion} ${name}`) : undefined;
  const snapshot =
    current ?? (await joined(running, `${position} ${name}`, () => compute(db, caller, selection, name)));
  if (wanted !== undefined && snapshot.dataVersion !== wanted)
    throw new Problem('data_version_not_kept', { params: { dataVersion: wanted } });
  return snapshot;
}

/** Work under a name that is done once, however many ask for it while it goes on. */
function joined<T>(running: Map<string, Promise<T>>, name: string, work: () => Promise<T>): Promise<T> {
  const known = running.get(name);
  if (known !== undefined) return known;
  const started = work().finally(() => running.delete(name));
  running.set(name, started);
  return started;
}

async function compute(db: Db, caller: Caller, selection: Selection, name: string): Promise<Snapshot> {
  const { kept, newest } = storeOf(db);
  const selected = await select(db, caller, selection);
  const dataVersion = versionOf([selected.organisations, selected.pairs]);
  newest.set(name, { position: Number(selected.position), dataVersion });
  const known = kept.get(`${dataVersion} ${name}`);
  if (known !== undefined) return known;
  const { network, incidence, graph } = networkFrom(selected, selection);
  const members = selected.organisations.map(([id, name, kind, region]): Member => ({ id, name, kind, region }));
  const snapshot: Snapshot = {
    dataVersion,
    selection,
    organisations: members,
    allianceCount: incidence.allianceCount,
    membershipCount: incidence.organisationOf.length,
    network,
    incidence,
    graph,
    ranking: byDegree(members, network),
    top: topByDegree(members, network, 10),
  };
  kept.set(`${dataVersion} ${name}`, snapshot);
  return snapshot;
}

/** The network of what was selected. Throws network_too_large. */
function networkFrom(
  { organisations, pairs }: Selected,
  { relation }: Selection,
): Pick<Snapshot, 'network' | 'incidence' | 'graph'> {
  const shape = shapes[relation];
  const [from, to] = [Int32Array.from(pairs, ([one]) => one), Int32Array.from(pairs, ([, other]) => other)];
  const organisationCount = organisations.length;
  if (shape === 'two-mode') {
    const allianceCount = to.reduce((count, alliance) => Math.max(count, alliance + 1), 0);
    const incidence = { organisationCount, allianceCount, organisationOf: from, allianceOf: to };
    if (networkSteps(incidence) > maxSteps) throw new Problem('network_too_large');
    return { network: computeNetwork(incidence), incidence, graph: null };
  }
  const weights = Float64Array.from(pairs, ([, , weight = 1]) => weight);
  const graph = graphOf(organisationCount, shape === 'directed', { from, to, weights });
  if (graphSteps(graph) > maxSteps) throw new Problem('network_too_large');
  const none = { allianceCount: 0, organisationOf: new Int32Array(0), allianceOf: new Int32Array(0) };
  return { network: networkOfGraph(graph), incidence: { organisationCount, ...none }, graph };
}

const sizeOf = ({ membershipCount, graph }: Snapshot) => membershipCount + (graph?.tieCount ?? 0);
