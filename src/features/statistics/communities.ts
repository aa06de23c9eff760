import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { breathe, derived, tiesIn } from './derived.ts';
import { envelopeOf, populationText } from './envelope.ts';
import type { Communities, CommunitiesQuery } from './graph-schemas.ts';
import { louvain, modularity, type WeightedGraph } from './kernel/louvain.ts';
import { agreement } from './kernel/partitions.ts';
import { at } from './kernel/rows.ts';
import { eachTie, type Ties } from './kernel/ties.ts';
import { selectionOf } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof Communities>;
type Weighting = z.output<typeof CommunitiesQuery>['weighting'];

const definition = {
  version: 1,
  text: [
    populationText,
    'Communities: the method of Louvain at resolution 1 on weighted ties, begun by the seed, and split where not connected.',
    'An organisation without ties belongs to none. Numbers go by size, falling, then by the smallest identifier.',
    "modularity: share of the weight of ties inside communities, less what is expected with the same strengths: Newman and Girvan's Q.",
    'stability: mean and lowest adjusted Rand index over all pairs of the divisions of ten seeds.',
    'Every alliance is a clique, so that modularity is high by construction; small communities in a large network can be missed.',
  ].join(' '),
  source: 'Blondel et al. 2008; Newman and Girvan 2004; Hubert and Arabie 1985; weights as Newman 2001.',
};

const seedCount = 10;

/** The graph of a network with the weights that are asked for. */
export const weighted = (ties: Ties, weighting: Weighting): WeightedGraph => ({
  offsets: ties.offsets,
  neighbours: ties.neighbours,
  weights: weighting === 'newman' ? ties.newman : Float64Array.from(ties.shared),
});

/** The community of every organisation of a network, −1 without ties. Throws network_too_large. */
export async function communityOf(snapshot: Snapshot, weighting: Weighting, seed: number): Promise<Int32Array> {
  const ties = await tiesIn(snapshot);
  return derived(snapshot, `communities ${weighting} ${seed}`, async () => {
    await breathe();
    const value = louvain(weighted(ties, weighting), seed);
    return { value, bytes: value.byteLength };
  });
}

/** The communities of the network of a day. Throws data_version_not_kept, network_too_large. */
export async function getCommunities(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof CommunitiesQuery>,
): Promise<Answer<View>> {
  const snapshot = await snapshotOf(computing, asker, {
    selection: selectionOf(query, today()),
    dataVersion: query.dataVersion,
    parts: [],
  });
  const { weighting, seed } = query;
  const ties = await tiesIn(snapshot);
  const community = await communityOf(snapshot, weighting, seed);
  const stability = await stabilityOf(snapshot, weighting, seed);
  const more = { weighting, seed };
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/communities',
    definition,
    more,
  });
  const communities = describe(snapshot, ties, community);
  const quality = modularity(weighted(ties, weighting), community);
  const body: View = {
    ...envelope,
    communityCount: communities.length,
    modularity: quality,
    stability,
    communities,
    undefinedValues:
      quality === null ? ['modularity', 'stability'].map((name) => ({ name, reason: 'NO_TIES' }) as const) : [],
  };
  return { body, version };
}

function stabilityOf(snapshot: Snapshot, weighting: Weighting, seed: number): Promise<View['stability']> {
  return derived(snapshot, `stability ${weighting} ${seed}`, async () => {
    const divisions: Int32Array[] = [];
    for (let next = 0; next < seedCount; next++)
      divisions.push(await communityOf(snapshot, weighting, (seed + next) % 4_294_967_296));
    const agreed = agreement(divisions);
    const value =
      agreed === null
        ? null
        : { seedCount, meanAdjustedRandIndex: agreed.mean, lowestAdjustedRandIndex: agreed.lowest };
    return { value, bytes: 100 };
  });
}

function describe({ organisations }: Snapshot, ties: Ties, community: Int32Array): View['communities'] {
  const communities: View['communities'] = [];
  organisations.forEach(({ id, name, kind, region }, index) => {
    const own = at(community, index);
    if (own < 0) return;
    const members = communities[own]?.members ?? [];
    members.push({ id, name, kind: kind as View['communities'][number]['members'][number]['kind'], region });
    communities[own] ??= { number: own + 1, organisationCount: 0, tieCount: 0, outsideTieCount: 0, kinds: [], members };
  });
  eachTie(ties, (first, second) => {
    const one = communities[at(community, first)];
    const other = communities[at(community, second)];
    if (one === undefined || other === undefined) return;
    if (one === other) one.tieCount += 1;
    else {
      one.outsideTieCount += 1;
      other.outsideTieCount += 1;
    }
  });
  for (const one of communities) {
    one.organisationCount = one.members.length;
    one.kinds = kindsOf(one.members);
  }
  return communities;
}

function kindsOf(members: View['communities'][number]['members']): View['communities'][number]['kinds'] {
  const counts = new Map<(typeof members)[number]['kind'], number>();
  for (const { kind } of members) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .map(([kind, count]) => ({ kind, count }))
    .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1));
}
