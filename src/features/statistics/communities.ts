import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { today } from '../../platform/days.ts';
import type { Asker, Computing } from './computing/computing.ts';
import { type Division, seedCount } from './computing/graph-recipes.ts';
import { part } from './computing/parts.ts';
import { envelopeOf } from './envelope.ts';
import type { Communities, CommunitiesQuery } from './graph-schemas.ts';
import { at } from './kernel/rows.ts';
import { assertFits, definitionOf, weightingTexts } from './relations.ts';
import { type Relation, selectionOf, shapes, usualWeighting } from './rules.ts';
import { type Snapshot, snapshotOf } from './snapshots.ts';
import { csvOf } from './table-csv.ts';

type View = z.output<typeof Communities>;
type Kind = View['communities'][number]['members'][number]['kind'];

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

/** The communities of a network. Throws invalid_input, data_version_not_kept, computation_too_long,
 * and Accepted where it takes long. */
export async function getCommunities(
  computing: Computing,
  asker: Asker,
  query: z.output<typeof CommunitiesQuery>,
): Promise<Answer<View>> {
  assertFits(query);
  const { relation, weighting = usualWeighting(relation), seed } = query;
  const [divided, stable] = [part('communities', weighting, seed), part('stability', weighting, seed)];
  const snapshot = await snapshotOf(computing, asker, {
    selection: selectionOf(query, today()),
    dataVersion: query.dataVersion,
    parts: [divided, stable],
  });
  const { envelope, version } = envelopeOf(snapshot, asker.caller, {
    path: '/v1/statistics/communities',
    definition: definitionFor(relation),
    more: { weighting, seed },
  });
  const division = snapshot.get(divided);
  const communities = describe(snapshot, division);
  const agreed = snapshot.get(stable);
  const body: View = {
    ...envelope,
    communityCount: communities.length,
    modularity: division.modularity,
    stability: agreed && {
      seedCount,
      meanAdjustedRandIndex: agreed.mean,
      lowestAdjustedRandIndex: agreed.lowest,
    },
    communities,
    undefinedValues:
      division.modularity === null
        ? ['modularity', 'stability'].map((name) => ({ name, reason: 'NO_TIES' }) as const)
        : [],
  };
  return { body, version };
}

function describe({ organisations }: Snapshot, { of, tieCount, outsideTieCount }: Division): View['communities'] {
  const communities = [...tieCount].map((inside, index): View['communities'][number] => ({
    ...{ number: index + 1, organisationCount: 0, tieCount: inside, outsideTieCount: at(outsideTieCount, index) },
    ...{ kinds: [], members: [] },
  }));
  organisations.forEach(({ id, name, kind, region }, index) => {
    communities[at(of, index)]?.members.push({ id, name, kind: kind as Kind, region });
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

/** The members of all communities as CSV, a row for each organisation that is in one. */
export const writeCommunities = ({ communities, asOf, dataVersion }: View): string =>
  csvOf(
    ['community', 'id', 'name', 'kind', 'region', 'asOf', 'dataVersion'],
    communities.flatMap(({ number, members }) =>
      members.map((member) => ({ community: number, ...member, asOf, dataVersion })),
    ),
  );
