import fc from 'fast-check';
import t from 'tap';
import { connectedParts, louvain, modularity } from '../../../../src/features/statistics/kernel/louvain.ts';
import { adjustedRandIndex, agreement } from '../../../../src/features/statistics/kernel/partitions.ts';
import { projectionOf, twoModeOf } from '../../../../src/features/statistics/kernel/two-mode.ts';
import { clubs, graphOf, incidenceOf, karate, networks } from './graphs.ts';

const near = (value: number | null, expected: number) => value !== null && Math.abs(value - expected) < 1e-12;
const weights = (one: number, other: number) => 1 / (1 + ((one * 7 + other * 3) % 5));
const club = graphOf(34, karate).out;
const weightedClub = graphOf(34, karate, { weight: weights }).out;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

t.test('modularity and the adjusted Rand index are those of igraph 0.10.2', async (t) => {
  t.ok(near(modularity(club, clubs), 0.3582347140039448));
  t.ok(near(modularity(weightedClub, clubs), 0.311809632409606));
  const thirds = clubs.map((_, node) => node % 3);
  t.ok(near(adjustedRandIndex(clubs, thirds), -0.01682692307692312));
  t.equal(
    adjustedRandIndex(
      clubs,
      clubs.map((club) => 1 - club),
    ),
    1,
    'the numbers of groups do not matter',
  );
});

t.test('the best of twenty seeds finds the communities that igraph finds best', async (t) => {
  const best = (graph: typeof club) => Math.max(...seeds.map((seed) => modularity(graph, louvain(graph, seed)) ?? 0));
  t.ok(near(best(club), 0.4197896120973046), 'the optimum, without weights');
  t.ok(best(weightedClub) > 0.4409725361132569 - 1e-12, 'with weights');
  t.ok(
    seeds.every((seed) => (modularity(club, louvain(club, seed)) ?? 0) > 0.39),
    'and no seed is far off',
  );
});

t.test('the same seed gives the same communities, another one may not', async (t) => {
  t.same(louvain(weightedClub, 7), louvain(weightedClub, 7));
  t.ok(new Set(seeds.map((seed) => louvain(weightedClub, seed).join())).size > 1);
});

t.test('communities are connected, numbered by size, and never worse than no communities at all', async (t) => {
  fc.assert(
    fc.property(networks, fc.nat(), ({ n, alliances }, seed) => {
      const graph = projectionOf(twoModeOf(incidenceOf(n, alliances)), 'newman').out;
      const community = louvain(graph, seed);
      const parts = connectedParts(graph, community);
      const sizes: number[] = [];
      const firsts: number[] = [];
      community.forEach((own, node) => {
        const tied = (graph.offsets[node + 1] ?? 0) > (graph.offsets[node] ?? 0);
        t.equal(own >= 0, tied, 'an organisation without ties belongs to none');
        if (own < 0) return;
        firsts[own] ??= node;
        sizes[own] = (sizes[own] ?? 0) + 1;
        t.equal(parts[node], firsts[own], 'and a community hangs together');
      });
      t.same(
        [...sizes.keys()],
        [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || (firsts[a] ?? 0) - (firsts[b] ?? 0)),
      );
      const quality = modularity(graph, community);
      t.equal(quality === null, sizes.length === 0);
      if (quality !== null) t.ok(quality >= -1e-12);
    }),
  );
});

t.test('a group that falls apart is split', async (t) => {
  const graph = graphOf(5, [
    [0, 1],
    [2, 3],
  ]).out;
  t.same([...connectedParts(graph, Int32Array.from([0, 0, 0, 0, 0]))], [0, 0, 2, 2, 4]);
});

t.test('agreement is over all pairs of divisions, without nodes that never have a group', async (t) => {
  const [one, other] = [Int32Array.from([0, 0, 1, 1, -1]), Int32Array.from([0, 1, 0, 1, -1])];
  const agreed = agreement([one, one, other]);
  t.ok(near(agreed?.mean ?? null, 0), 'the mean of 1, −½ and −½');
  t.ok(near(agreed?.lowest ?? null, -0.5));
  t.equal(agreement([one]), null);
  t.equal(adjustedRandIndex(Int32Array.from([0, -1]), Int32Array.from([0, -1])), null);
  t.equal(adjustedRandIndex(Int32Array.from([0, 0, 0]), Int32Array.from([0, 0, 0])), 1);
});
