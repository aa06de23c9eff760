import { rewiringOf } from '../../src/features/statistics/kernel/rewiring.ts';
import { type Draws, drawsOf } from '../../src/features/statistics/kernel/seeded.ts';
import { twoModeOf } from '../../src/features/statistics/kernel/two-mode.ts';
import { finish } from '../../src/features/statistics/kernel/work.ts';

/** Ties as they were found: tie `t` goes from `from[t]` to `to[t]`; self-ties and parallel ones may be among them. */
type GivenTies = { directed: boolean; from: number[]; to: number[]; weights: number[] };
type GivenAlliances = { alliances: number[][]; weighting: 'count' | 'newman' | 'jaccard' };

/** A graph as both the oracle and our kernels read it. */
export type Given = { shape: string } & Shaped;
type Shaped = { n: number; groups: number[] } & (GivenTies | GivenAlliances);

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index);
const pairsOf = (n: number) => upTo(n).flatMap((a) => upTo(a).map((b) => [b, a] as const));
const below = (random: Draws, n: number) => Math.floor(random() * n);
const groupsOf = (random: Draws, n: number) => upTo(n).map(() => below(random, 3));

type Pairs = readonly (readonly [number, number])[];
type Weigh = (random: Draws) => number;
const one: Weigh = () => 1;
const whole: Weigh = (random) => 1 + below(random, 5);
const real: Weigh = (random) => 0.1 + random() * 3;

function ties(n: number, pairs: Pairs, random: Draws, weigh: Weigh = one, directed = false): Shaped {
  const from = pairs.map(([a]) => a);
  const to = pairs.map(([, b]) => b);
  return { n, groups: groupsOf(random, n), directed, from, to, weights: pairs.map(() => weigh(random)) };
}

const chosen = (random: Draws, n: number, share: number) => pairsOf(n).filter(() => random() < share);
const arcs = (random: Draws, n: number, share: number) =>
  upTo(n).flatMap((a) =>
    upTo(n)
      .filter((b) => a !== b && random() < share)
      .map((b) => [a, b] as const),
  );
/** Pairs within blocks of ten alone. */
const blocks = (random: Draws, n: number) =>
  chosen(random, n, 0.35).filter(([a, b]) => Math.floor(a / 10) === Math.floor(b / 10));

function alliances(random: Draws, n: number, sizes: readonly number[], weighting: GivenAlliances['weighting']): Shaped {
  const members = sizes.map((size) => [...new Set(upTo(size).map(() => below(random, n)))]);
  return { n, groups: groupsOf(random, n), alliances: members, weighting };
}

/** Alliances as a null model draws them: rewired, with the same members for each and the same alliances for each. */
function rewired(random: Draws, n: number, given: readonly number[]): Shaped {
  const shaped = alliances(random, n, given, 'count');
  const members = 'alliances' in shaped ? shaped.alliances : [];
  const pairs = members.flatMap((some, alliance) => some.map((member) => [member, alliance] as const));
  const incidence = {
    organisationCount: n,
    allianceCount: members.length,
    organisationOf: Int32Array.from(pairs, ([member]) => member),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  };
  const { organisationOf, allianceOf } = finish(rewiringOf(twoModeOf(incidence), random));
  const drawn = members.map((_, alliance) => [...organisationOf].filter((__, pair) => allianceOf[pair] === alliance));
  return { ...shaped, alliances: drawn } as Shaped;
}

const sizes = (random: Draws, count: number) => upTo(count).map(() => 1 + below(random, 6));

/** Shapes of graphs, each made of a random number generator; those without chance give the same graph each time. */
const shapes: Readonly<Record<string, (random: Draws) => Shaped>> = {
  empty: (random) => ties(0, [], random),
  'single node': (random) => ties(1, [], random),
  'two isolates': (random) => ties(2, [], random),
  pair: (random) => ties(2, [[0, 1]], random, real),
  'triangle, pair and isolate': (random) => ties(6, [...pairsOf(3), [3, 4]], random),
  star: (random) =>
    ties(
      9,
      upTo(8).map((leaf) => [0, leaf + 1]),
      random,
      whole,
    ),
  path: (random) =>
    ties(
      17,
      upTo(16).map((a) => [a, a + 1]),
      random,
    ),
  cycle: (random) =>
    ties(
      12,
      upTo(12).map((a) => [a, (a + 1) % 12]),
      random,
    ),
  complete: (random) => ties(8, pairsOf(8), random, real),
  tree: (random) =>
    ties(
      40,
      upTo(39).map((a) => [below(random, a + 1), a + 1]),
      random,
      real,
    ),
  sparse: (random) => ties(50, chosen(random, 50, 0.05), random),
  dense: (random) => ties(12, chosen(random, 12, 0.5), random, whole),
  'weighted, whole': (random) => ties(40, chosen(random, 40, 0.12), random, whole),
  'weighted, real': (random) => ties(40, chosen(random, 40, 0.12), random, real),
  disconnected: (random) => ties(45, blocks(random, 45), random, real),
  'parallel and self-ties': (random) =>
    ties(
      20,
      upTo(80).map(() => [below(random, 20), below(random, 20)]),
      random,
      real,
    ),
  'directed, sparse': (random) => ties(40, arcs(random, 40, 0.04), random, one, true),
  'directed, weighted': (random) => ties(35, arcs(random, 35, 0.1), random, real, true),
  'directed, without a way back': (random) => ties(30, chosen(random, 30, 0.12), random, whole, true),
  'directed, with parallel and self-ties': (random) =>
    ties(
      15,
      upTo(60).map(() => [below(random, 12), below(random, 12)]),
      random,
      real,
      true,
    ),
  'two-mode, count': (random) => alliances(random, 40, sizes(random, 30), 'count'),
  'two-mode, newman': (random) => alliances(random, 40, sizes(random, 30), 'newman'),
  'two-mode, jaccard': (random) => alliances(random, 40, sizes(random, 30), 'jaccard'),
  'two-mode, rewired': (random) => rewired(random, 40, sizes(random, 30)),
  'two-mode, isolates and a giant': (random) => alliances(random, 60, [45, ...sizes(random, 12)], 'newman'),
};

/** Every shape `times` times, each from a seed of its own; what does not depend on chance comes with other weights. */
export function shapedGraphs(times: number): Given[] {
  return Object.entries(shapes).flatMap(([shape, make], place) =>
    upTo(times).map((time) => ({ shape, ...make(drawsOf(1000 * place + time + 1)) }) as Given),
  );
}
