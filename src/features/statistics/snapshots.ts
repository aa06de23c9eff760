import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { lastPosition } from '../events/events.ts';
import { eventCounter } from '../events/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { countedAlliances, visibleAlliances } from '../policy/policy.ts';
import { computeNetwork, type Incidence, type Network, networkSteps } from './incidence.ts';
import { byDegree, type Selection, topByDegree } from './rules.ts';

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
  readonly allianceCount: number;
  readonly membershipCount: number;
  readonly network: Network;
  /** Who takes part in what, by index: what other figures are computed from when they are asked for. */
  readonly incidence: Incidence;
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
    maxSize: 1_000_000,
    sizeCalculation: (snapshot) => snapshot.organisations.length + snapshot.membershipCount + 10,
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
  const dataVersion = dataVersionOf(selected);
  newest.set(name, { position: Number(selected.position), dataVersion });
  const known = kept.get(`${dataVersion} ${name}`);
  if (known !== undefined) return known;
  const allianceCount = selected.pairs.reduce((count, [, alliance]) => Math.max(count, alliance + 1), 0);
  const incidence: Incidence = {
    organisationCount: selected.organisations.length,
    allianceCount,
    organisationOf: Int32Array.from(selected.pairs, ([organisation]) => organisation),
    allianceOf: Int32Array.from(selected.pairs, ([, alliance]) => alliance),
  };
  if (networkSteps(incidence) > maxSteps) throw new Problem('network_too_large');
  const network = computeNetwork(incidence);
  const members = selected.organisations.map(([id, name, kind, region]): Member => ({ id, name, kind, region }));
  const snapshot: Snapshot = {
    dataVersion,
    selection,
    organisations: members,
    allianceCount,
    membershipCount: selected.pairs.length,
    network,
    incidence,
    ranking: byDegree(members, network),
    top: topByDegree(members, network, 10),
  };
  kept.set(`${dataVersion} ${name}`, snapshot);
  return snapshot;
}

const dataVersionOf = ({ organisations, pairs }: Selected) =>
  createHash('sha256')
    .update(JSON.stringify([organisations, pairs]))
    .digest('base64url')
    .slice(0, 22);

type Selected = {
  position: string;
  organisations: [id: string, name: string, kind: string, region: string | null][];
  pairs: [organisation: number, alliance: number][];
};

/** Selects population, distinct memberships and data version in one statement, so from one state of the database. */
async function select(db: Db, caller: Caller, selection: Selection): Promise<Selected> {
  const { asOf, organisationKind, region, allianceId, allianceKind } = selection;
  const on = (period: { startsOn: unknown; endsOn: unknown }) =>
    sql`(${period.startsOn} is null or ${period.startsOn} <= ${asOf}::date) and (${period.endsOn} is null or ${period.endsOn} > ${asOf}::date)`;
  const isOneOf = (column: unknown, values: readonly string[] | null) =>
    values === null
      ? sql``
      : sql`and ${column} in (select jsonb_array_elements_text(${JSON.stringify(values)}::jsonb))`;
  const [row] = await db.execute<Selected>(sql`
    with taking as (
      select distinct ${memberships.organisationId} as organisation_id, ${memberships.allianceId} as alliance_id
      from ${memberships} join ${alliances} on ${alliances.id} = ${memberships.allianceId}
      where ${countedAlliances()} and ${visibleAlliances(caller.organisationId)} and ${on(alliances)}
        ${isOneOf(alliances.kind, allianceKind)}
        ${allianceId === null ? sql`` : sql`and ${alliances.id} = ${allianceId}::uuid`}
        and ${memberships.state} in ('accepted', 'ended') and ${memberships.role} <> 'observer'
        and ${memberships.startsOn} is not null and ${on(memberships)}
    ), population as (
      select ${organisations.id} as id, ${organisations.name} as name, ${organisations.kind} as kind,
        ${organisations.region} as region, row_number() over (order by ${organisations.id}) - 1 as place
      from ${organisations}
      where ${on(organisations)} ${isOneOf(organisations.kind, organisationKind)}
        ${region === null ? sql`` : sql`and ${organisations.region} = ${region}`}
        ${allianceId === null ? sql`` : sql`and ${organisations.id} in (select organisation_id from taking)`}
    ), pairs as (
      select population.place as organisation, dense_rank() over (order by taking.alliance_id) - 1 as alliance
      from taking join population on population.id = taking.organisation_id
    )
    select (select position from ${eventCounter})::text as position,
      (select coalesce(json_agg(json_build_array(id, name, kind, region) order by place), '[]'::json) from population)
        as organisations,
      (select coalesce(json_agg(json_build_array(organisation, alliance) order by organisation, alliance), '[]'::json)
        from pairs) as pairs`);
  if (row === undefined) throw new Error('the event counter has no row');
  return row;
}
