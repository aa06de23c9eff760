import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { breathe, derived } from './derived.ts';
import { envelopeOf } from './envelope.ts';
import type { Communities, CommunitiesQuery } from './graph-schemas.ts';
import { eachTie, type Graph } from './kernel/graph.ts';
import { louvain, modularity } from './kernel/louvain.ts';
import { agreement } from './kernel/partitions.ts';
import { at } from './kernel/rows.ts';
import type { Weighting } from './kernel/two-mode.ts';
import { tiesIn } from './projections.ts';
import { assertFits, definitionOf, weightingTexts } from './relations.ts';
import { type Relation, selectionOf, shapes, usualWeighting } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';

type View = z.output<typeof Communities>;

function definitionFor(relation: Relation) {
  const shape = shapes[relation];
  return definitionOf(
    relation,
    [
      ...weightingTexts[shape],
      ...(shape === 'directed'
        ? [
            'Communities are of ties either way: a pair with an arc either way is tied, weights of arcs both ways added.',
          ]
        : []),
      'Communities: the method of Louvain at resolution 1 on weighted ties, begun by the seed, and split where not connected.',
      'An organisation without ties belongs to none. Numbers go by size, falling, then by the smallest identifier. tieCount, outsideTieCount: tied pairs.',
      "modularity: share of the weight of ties inside communities, less what is expected with the same strengths: Newman and Girvan's Q.",
      'stability: mean and lowest adjusted Rand index over all pairs of the divisions of ten seeds.',
      ...(shape === 'two-mode' ? ['Modularity is high by construction where all who are in the same are tied.'] : []),
      'Small communities in a large network can be missed.',
    ],
    `Blondel et al. 2008; Newman and Girvan 2004; Hubert and Arabie 1985${shape === 'two-mode' ? '; weights as Newman 2001' : ''}.`,
  );
}

const seedCount = 10;

/** The community of every organisation of a network, −1 without ties. Throws network_too_large. */
export async function communityOf(snapshot: Snapshot, weighting: Weighting, seed: number): Promise<Int32Array> {
  const ties = await tiesIn(snapshot, weighting);
  return derived(snapshot, `communities ${weighting} ${seed}`, async () => {
    await breathe();
    const value = louvain(ties.out, seed);
    return { value, bytes: value.byteLength };
  });
}

/** The communities of a network. Throws invalid_input, data_version_not_kept, network_too_large. */
export async function getCommunities(
  db: Db,
  caller: Caller,
  query: z.output<typeof CommunitiesQuery>,
): Promise<Answer<View>> {
  assertFits(query);
  const { relation, weighting = usualWeighting(relation), seed } = query;
  const snapshot = await snapshotOf(db, caller, selectionOf(query, today()), query.dataVersion);
  const ties = await tiesIn(snapshot, weighting);
  const community = await communityOf(snapshot, weighting, seed);
  const stability = await stabilityOf(snapshot, weighting, seed);
  const { envelope, version } = envelopeOf(snapshot, caller, {
    path: '/v1/statistics/communities',
    definition: definitionFor(relation),
    more: { weighting, seed },
  });
  const communities = describe(snapshot, ties, community);
  const quality = modularity(ties.out, community);
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

function describe({ organisations }: Snapshot, ties: Graph, community: Int32Array): View['communities'] {
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
