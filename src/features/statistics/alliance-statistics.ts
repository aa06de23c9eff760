import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { Accepted, type Answer } from '../../platform/answer.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { partsOf } from '../../platform/target.ts';
import { alliances } from '../alliances/tables.ts';
import { commitments } from '../initiatives/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { versionOf } from './addresses.ts';
import type { AllianceStatistics, AllianceStatisticsQuery, allianceFigures } from './alliance-schemas.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { type NetworkInput, numberedKinds, sizeOf } from './computing/network-input.ts';
import { part, partKey } from './computing/parts.ts';
import { countedAlliance, taking } from './counted.ts';
import { minimumGroup } from './disclosure.ts';
import { type Asked, askedOf, type Counted, type Family, figuresOf } from './figures.ts';
import { type AlliancePlaces, linkedPairsAtMost } from './kernel/alliance-places.ts';
import { graphOf } from './kernel/graph.ts';
import { medianOf } from './kernel/moments.ts';
import { tiedShares } from './kernel/overlap.ts';
import { at, real } from './kernel/rows.ts';
import { type Incidence, twoModeOf } from './kernel/two-mode.ts';
import { deeds, reuse } from './pair-selecting.ts';
import { selectionOf } from './rules.ts';

type View = z.output<typeof AllianceStatistics>;
type Row = View['alliances'][number];
type Query = z.output<typeof AllianceStatisticsQuery>;

const family: Family = {
  path: '/statistics/alliances',
  filters: [],
  definition: {
    version: 1,
    text: [
      'Alliances: those that are not closed, in force on the last day of the window with at least one member; members: organisations that take part on that day, without observers.',
      'kindMix: 1 − Σp² over the shares p of the kinds of the members (Blau); of few members it says little. linkedAllianceCount: other alliances with a member in common. highestOverlap: members in common ÷ members of either (Jaccard), with the alliance with which that is highest.',
      'bridgeValue: betweenness in the graph of which organisations and alliances are both nodes, tied by membership: share of the pairs of other nodes whose shortest paths lead through the alliance, shared among equally short ones. Null where the network is so large that nobody can wait for it.',
      'actingMemberCount: members that are the promiser of a commitment made in the alliance whose beneficiary confirmed in the window that it was kept. activatedPairCount: pairs of members of which one made such a commitment to the other, or adopted its knowledge, in the window, in or outside the alliance: as activated ties of `/statistics/multiplexity`.',
      'What members of an alliance did is left out where it has fewer than five.',
    ].join(' '),
    source:
      'Blau 1977; Jaccard 1912; Borgatti and Everett 1997; section 1.5 of the statistics reference of this project.',
  },
};

/** The most pairs of alliances that are looked at. */
const mostPairs = 2_000_000;

/**
 * The alliances of a day and what was done in them. Throws invalid_input, data_version_not_kept, network_too_large, and
 * Accepted where it takes long.
 */
export async function getAllianceStatistics(computing: Computing, asker: Asker, query: Query): Promise<Answer<View>> {
  const { organisationId: viewer } = asker.caller;
  const asked = askedOf(asker.caller, query);
  const { dataVersion, sort, top } = query;
  return figuresOf(computing.db, family, asked, { dataVersion, parameters: { sort, top } }, async (db) => {
    const selected = await selectAlliances(db, viewer, asked);
    const address = windowedAddress(asker.address, asked);
    return () => describe(computing, { ...asker, address }, selected, query).catch(unlessPinned(dataVersion));
  });
}

/** The same question for the window that it stands for today. */
function windowedAddress(asked: string, { window: { from, until } }: Asked): string {
  const { path, query } = partsOf(asked);
  const search = new URLSearchParams(query);
  search.delete('asOf');
  search.set('from', from);
  search.set('until', until);
  return `${path}?${search}`;
}

/** A version that is no longer kept is not computed anew in the background, since nothing could come of it. */
const unlessPinned = (dataVersion: string | undefined) => (error: unknown) => {
  if (error instanceof Accepted && dataVersion !== undefined)
    throw new Problem('data_version_not_kept', { params: { dataVersion } });
  throw error;
};

/** What was selected, by places: of the organisations in order of identifier, and of the alliances in theirs. */
type Selected = {
  kinds: string[];
  alliances: [id: string, name: string, kind: Row['kind'], actingMembers: number][];
  pairs: [organisation: number, alliance: number][];
  acts: [one: number, other: number][];
};

async function selectAlliances(db: Db, viewer: string | null, asked: Asked): Promise<Selected> {
  const { asOf, from, until } = asked.window;
  const window = { asOf, from, until };
  const acts = sql`select d.from_id, d.to_id from (${deeds(viewer, selectionOf({ relation: 'deeds', ...window }, asOf))}) d
    union select k.from_id, k.to_id from (${reuse(viewer, selectionOf({ relation: 'knowledge', ...window }, asOf))}) k`;
  const [row] = await db.execute<Selected>(sql`
    with ${countedAlliance(asked)}, ${taking({ from: asOf, until })},
    member as materialized (select o.id, o.kind, row_number() over (order by o.id) - 1 as place from ${organisations} o
      where o.id in (select organisation_id from taking)),
    chosen as materialized (select a.id, a.name, a.kind, row_number() over (order by a.id) - 1 as place
      from ${alliances} a where a.id in (select alliance_id from taking)),
    acting as (select c.alliance_id, count(distinct c.promiser_organisation_id)::int as number
      from ${commitments} c join taking t
        on t.alliance_id = c.alliance_id and t.organisation_id = c.promiser_organisation_id
      where c.state = 'confirmed' and c.confirmed_at >= ${from}::date and c.confirmed_at < ${until}::date group by 1),
    act as (select distinct m.place as one, n.place as other from (${acts}) s
      join member m on m.id = s.from_id join member n on n.id = s.to_id)
    select (select coalesce(json_agg(kind order by place), '[]') from member) as kinds,
      (select coalesce(json_agg(json_build_array(c.id, c.name, c.kind, coalesce(g.number, 0)) order by c.place), '[]')
        from chosen c left join acting g on g.alliance_id = c.id) as alliances,
      (select coalesce(json_agg(json_build_array(m.place, c.place) order by m.place, c.place), '[]')
        from taking t join member m on m.id = t.organisation_id join chosen c on c.id = t.alliance_id) as pairs,
      (select coalesce(json_agg(json_build_array(one, other) order by one, other), '[]') from act) as acts`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

const [placed, bridged] = [part('alliances'), part('bridges')];

async function describe(
  computing: Computing,
  asker: Asker,
  selected: Selected,
  { sort, top }: Query,
): Promise<Counted> {
  const input = inputOf(selected);
  if (linkedPairsAtMost(twoModeOf(input.incidence)) > mostPairs) throw new Problem('network_too_large');
  const name = 'alliances';
  const dataVersion = versionOf([name, selected.kinds, selected.pairs]);
  const network = { name, dataVersion, organisations: [], input, size: sizeOf(input) };
  const found = await computing.values(network, [placed, bridged], asker);
  const places = found.get(partKey(placed)) as AlliancePlaces;
  const bridge = found.get(partKey(bridged)) as Float64Array | null;
  const rows = rowsOf(selected, input.incidence, places, bridge);
  const shown = rows
    .toSorted((a, b) => (b[sort] ?? -1) - (a[sort] ?? -1) || b.memberCount - a.memberCount)
    .slice(0, top);
  return {
    organisationCount: selected.kinds.length,
    told: true,
    figures: figuresFrom(rows, selected.pairs.length, bridge !== null),
    lists: { alliances: shown },
    suppressed: shown.filter(({ memberCount }) => memberCount < minimumGroup).map(({ id }) => `alliances ${id}`),
  };
}

/** What to walk of what was selected. */
function inputOf({ kinds, alliances, pairs }: Selected): NetworkInput {
  const { kindOf, kindCount } = numberedKinds(kinds);
  return {
    ...{ kindOf, kindCount },
    incidence: {
      organisationCount: kinds.length,
      allianceCount: alliances.length,
      organisationOf: Int32Array.from(pairs, ([organisation]) => organisation),
      allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
    },
    graph: null,
  };
}

/** Every alliance with its figures, in order of identifier. */
function rowsOf(
  selected: Selected,
  incidence: Incidence,
  { memberCount, kindMix, linkedCount, highestOverlap }: AlliancePlaces,
  bridge: Float64Array | null,
): Row[] {
  const acts = graphOf(incidence.organisationCount, false, {
    from: Int32Array.from(selected.acts, ([one]) => one),
    to: Int32Array.from(selected.acts, ([, other]) => other),
    weights: new Float64Array(selected.acts.length).fill(1),
  });
  // Shares of the alliances with two members or more, in their order.
  const shares = tiedShares(twoModeOf(incidence), [acts.out]).values();
  return selected.alliances.map(([id, name, kind, acting], place) => {
    const members = at(memberCount, place);
    const pairs = (members * (members - 1)) / 2;
    const share = members < 2 ? 0 : (shares.next().value ?? 0);
    const told = members >= minimumGroup;
    return {
      ...{ id, name, kind, memberCount: members },
      kindMix: real(kindMix, place),
      linkedAllianceCount: at(linkedCount, place),
      highestOverlap: real(highestOverlap, place),
      bridgeValue: defined(bridge?.[place]),
      actingMemberCount: told ? acting : null,
      activatedPairCount: told ? Math.round(share * pairs) : null,
      activatedShare: told ? share : null,
    };
  });
}

const defined = (value: number | undefined) => (value === undefined || Number.isNaN(value) ? null : value);

function figuresFrom(
  rows: readonly Row[],
  membershipCount: number,
  bridged: boolean,
): Record<keyof typeof allianceFigures, Counted['figures'][string]> {
  const nothing = { reason: 'NOTHING_COUNTED' } as const;
  const several = rows.filter(({ memberCount }) => memberCount > 1);
  const values = rows.map(({ bridgeValue }) => bridgeValue).filter((value) => value !== null);
  const none = !bridged ? 'TOO_LARGE' : rows.length === 0 ? 'NOTHING_COUNTED' : 'TOO_FEW_NODES';
  return {
    allianceCount: rows.length,
    membershipCount,
    medianMemberCount: medianOf(Float64Array.from(rows, ({ memberCount }) => memberCount)) ?? nothing,
    medianKindMix: medianOf(Float64Array.from(several, ({ kindMix }) => kindMix)) ?? nothing,
    linkedAllianceCount: rows.filter(({ linkedAllianceCount }) => linkedAllianceCount > 0).length,
    maximumBridgeValue: values.length === 0 ? { reason: none } : values.reduce((most, value) => Math.max(most, value)),
  };
}
