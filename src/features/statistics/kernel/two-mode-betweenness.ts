import { type Chunk, overChunks } from './chunks.ts';
import { rowSizes } from './graph.ts';
import { at, group, keysOf, type Rows, real } from './rows.ts';
import { repeatedPairs, type TwoMode } from './two-mode.ts';
import type { Work } from './work.ts';

/**
 * A two-mode network as it is walked. An organisation in one alliance alone (a leaf) lies between no others, and all
 * leaves of an alliance are the same as sources and as ends: they are left out of the rows, and counted.
 */
type Plan = {
  readonly n: number;
  readonly alliancesOf: Rows;
  readonly membersOf: Rows;
  /** Number of leaves of each alliance, the first of them (−1: none), and the alliance of each leaf (−1: no leaf). */
  readonly leaves: Float64Array;
  readonly firstLeaf: Int32Array;
  readonly leafOf: Int32Array;
  readonly repeated: ReturnType<typeof repeatedPairs>;
};

/** Work arrays of one pass from a source. */
type Pass = {
  readonly level: Int32Array;
  readonly paths: Float64Array;
  /** Of a node on the way back: the shares of its far partners, then also its own, (1 + dependency) ÷ paths. */
  readonly share: Float64Array;
  readonly order: Int32Array;
  /** 1 as long as an alliance is not reached, then 0. */
  readonly fresh: Int32Array;
  readonly reached: Int32Array;
  /** The sum of the paths of an alliance's near members. */
  readonly sums: Float64Array;
  /** The members of each alliance again: first those in its own level, from the place in `far` on those in the next. */
  readonly split: Int32Array;
  readonly far: Int32Array;
  /** Pairs with several alliances, one of a level and the other of the next, with the alliances beyond the first. */
  readonly nearEnd: Int32Array;
  readonly farEnd: Int32Array;
  readonly extraOf: Float64Array;
  /** Where each level begins, and the last one ends: in `order`, in `reached`, and among the pairs by their near ends. */
  readonly nodesAt: number[];
  readonly alliancesAt: number[];
  readonly pairsAt: number[];
};

const unseen = 0x3fff_ffff;
/** 1 where two numbers from 0 on are equal, else 0: without a branch, which could not be foreseen here. */
const isEqual = (a: number, b: number): number => ((a ^ b) - 1) >>> 31;

/**
 * Betweenness in the projection by Brandes, exactly and without making the projection. All members of an alliance are
 * within a step of each other, so they lie in the level in which the alliance is reached or in the next: the paths to
 * a far member are the sums of its alliances, less what a pair that shares w alliances was counted w − 1 times too
 * often. Each unordered pair once, ends excluded. Yields after every source.
 */
export const twoModeBetweenness = (twoMode: TwoMode): Work<Float64Array> =>
  overChunks(twoMode.n, twoModeBetweennessParts(twoMode));

/** That for the pairs whose first end is in a chunk of sources; the sum over all chunks is the betweenness. */
export function twoModeBetweennessParts(twoMode: TwoMode): (chunk: Chunk) => Work<Float64Array> {
  const plan = planOf(twoMode);
  const pass = passOf(plan);
  return function* ({ from, until }) {
    const found = new Float64Array(plan.n);
    for (let source = from; source < until; source++) {
      const alliance = at(plan.leafOf, source);
      if (alliance === -1) passFrom(plan, pass, source, found);
      else if (plan.firstLeaf[alliance] === source) passFromLeaves(plan, pass, alliance, found);
      yield;
    }
    return found.map((value) => value / 2);
  };
}

function planOf(twoMode: TwoMode): Plan {
  const { n, allianceCount, alliancesOf } = twoMode;
  const sizes = rowSizes(alliancesOf);
  const leaves = new Float64Array(allianceCount);
  const firstLeaf = new Int32Array(allianceCount).fill(-1);
  const leafOf = new Int32Array(n).fill(-1);
  for (let node = n - 1; node >= 0; node--) {
    if (sizes[node] !== 1) continue;
    const alliance = at(alliancesOf.items, at(alliancesOf.offsets, node));
    leaves[alliance] = real(leaves, alliance) + 1;
    firstLeaf[alliance] = node;
    leafOf[node] = alliance;
  }
  const keys = keysOf(alliancesOf);
  const isKept = (_: number, place: number) => at(sizes, at(keys, place)) > 1;
  const [nodes, alliances] = [keys.filter(isKept), alliancesOf.items.filter(isKept)];
  return {
    ...{ n, leaves, firstLeaf, leafOf, repeated: repeatedPairs(twoMode) },
    alliancesOf: group(nodes, alliances, n),
    membersOf: group(alliances, nodes, allianceCount),
  };
}

function passOf({ n, membersOf, leaves, repeated }: Plan): Pass {
  const pairs = repeated.items.length / 2 + 1;
  return {
    level: new Int32Array(n),
    paths: new Float64Array(n),
    share: new Float64Array(n),
    order: new Int32Array(n + 1),
    fresh: new Int32Array(leaves.length),
    reached: new Int32Array(leaves.length + 1),
    sums: new Float64Array(leaves.length),
    split: new Int32Array(membersOf.items.length),
    far: new Int32Array(leaves.length),
    nearEnd: new Int32Array(pairs),
    farEnd: new Int32Array(pairs),
    extraOf: new Float64Array(pairs),
    nodesAt: [],
    alliancesAt: [],
    pairsAt: [],
  };
}

function passFrom(plan: Plan, pass: Pass, source: number, found: Float64Array): void {
  clear(pass);
  pass.level[source] = 0;
  pass.paths[source] = 1;
  pass.order[0] = source;
  const last = walkOut(plan, pass, 1, reachAlliances(plan, pass, 0, 1, 0));
  walkBack(plan, pass, last, { found, times: 1 });
}

/** From all leaves of an alliance at once: from one of them, as many times. The alliance itself stands for it. */
function passFromLeaves(plan: Plan, pass: Pass, alliance: number, found: Float64Array): void {
  clear(pass);
  pass.fresh[alliance] = 0;
  pass.reached[0] = alliance;
  const last = walkOut(plan, pass, 0, 1);
  walkBack(plan, pass, last, { found, times: real(plan.leaves, alliance) });
}

function clear({ level, paths, share, fresh }: Pass): void {
  level.fill(unseen);
  paths.fill(0);
  share.fill(0);
  fresh.fill(1);
}

/** Goes out level by level from a source, or from its one alliance alone; answers the last level. */
function walkOut(plan: Plan, pass: Pass, sources: number, alliances: number): number {
  const { nodesAt, alliancesAt, pairsAt } = pass;
  nodesAt.splice(0, nodesAt.length, 0, sources);
  alliancesAt.splice(0, alliancesAt.length, 0, alliances);
  pairsAt.splice(0, pairsAt.length, 0);
  for (let here = 0; ; here++) {
    const known = nodesAt[here + 1] as number;
    const nodes = reachMembers(plan, pass, here, known);
    pairsAt.push(takeRepeated(plan, pass, here, known, nodes));
    if (nodes === known) return here;
    nodesAt.push(nodes);
    alliancesAt.push(reachAlliances(plan, pass, known, nodes, alliancesAt[here + 1] as number));
  }
}

/** Reaches the alliances of the nodes of a level; answers how many are reached by now. */
function reachAlliances(
  { alliancesOf: { offsets, items } }: Plan,
  { order, fresh, reached }: Pass,
  from: number,
  until: number,
  known: number,
): number {
  let size = known;
  for (let i = from; i < until; i++) {
    const node = at(order, i);
    const end = at(offsets, node + 1);
    for (let a = at(offsets, node); a < end; a++) {
      const alliance = at(items, a);
      reached[size] = alliance;
      size += at(fresh, alliance);
      fresh[alliance] = 0;
    }
  }
  return size;
}

/**
 * Puts the near members of a level's alliances first and the far ones last, and adds the paths of the near to the far;
 * answers how many nodes are reached by now.
 */
function reachMembers(
  { membersOf: { offsets, items } }: Plan,
  { level, paths, order, reached, sums, split, far, alliancesAt }: Pass,
  here: number,
  known: number,
): number {
  const until = alliancesAt[here + 1] as number;
  let size = known;
  for (let i = alliancesAt[here] as number; i < until; i++) {
    const alliance = at(reached, i);
    const start = at(offsets, alliance);
    const end = at(offsets, alliance + 1);
    let near = start;
    let last = end - 1;
    let sum = 0;
    for (let m = start; m < end; m++) {
      const member = at(items, m);
      if (level[member] === here) {
        split[near++] = member;
        sum += real(paths, member);
      } else split[last--] = member;
    }
    // The alliance that stands for its leaves as sources has no member in their level.
    if (near === start) sum = 1;
    sums[alliance] = sum;
    far[alliance] = near;
    for (let m = near; m < end; m++) {
      const member = at(split, m);
      order[size] = member;
      size += isEqual(at(level, member), unseen);
      level[member] = here + 1;
      paths[member] = real(paths, member) + sum;
    }
  }
  return size;
}

/** Takes off what pairs of a level and the next were counted too often, and keeps the pairs; answers how many are kept. */
function takeRepeated(
  { repeated: { offsets, items, extra } }: Plan,
  { level, paths, order, nearEnd, farEnd, extraOf, pairsAt }: Pass,
  here: number,
  from: number,
  until: number,
): number {
  let size = pairsAt[here] as number;
  for (let i = from; i < until; i++) {
    const node = at(order, i);
    const end = at(offsets, node + 1);
    let sum = 0;
    for (let j = at(offsets, node); j < end; j++) {
      const other = at(items, j);
      const isNear = isEqual(at(level, other), here);
      nearEnd[size] = other;
      farEnd[size] = node;
      extraOf[size] = real(extra, j);
      size += isNear;
      sum += isNear * real(extra, j) * real(paths, other);
    }
    paths[node] = real(paths, node) - sum;
  }
  return size;
}

/** Adds up dependencies from the last level back to the first after the source, that of each node as many times as told. */
function walkBack(
  plan: Plan,
  pass: Pass,
  last: number,
  { found, times }: { found: Float64Array; times: number },
): void {
  const { order, paths, share, nodesAt, pairsAt } = pass;
  const { nearEnd, farEnd, extraOf } = pass;
  for (let here = last; here > 0; here--) {
    shareBack(plan, pass, here);
    for (let pair = pairsAt[here] as number; pair < (pairsAt[here + 1] as number); pair++) {
      const near = at(nearEnd, pair);
      share[near] = real(share, near) - real(extraOf, pair) * real(share, at(farEnd, pair));
    }
    for (let i = nodesAt[here] as number; i < (nodesAt[here + 1] as number); i++) {
      const node = at(order, i);
      found[node] = real(found, node) + times * real(paths, node) * real(share, node);
      share[node] = real(share, node) + 1 / real(paths, node);
    }
  }
}

/** Gives the shares of the far members and of the leaves of a level's alliances to their near members. */
function shareBack(
  { membersOf: { offsets }, leaves }: Plan,
  { reached, sums, far, split, share, alliancesAt }: Pass,
  here: number,
): void {
  for (let i = alliancesAt[here] as number; i < (alliancesAt[here + 1] as number); i++) {
    const alliance = at(reached, i);
    const from = at(far, alliance);
    const end = at(offsets, alliance + 1);
    let sum = real(leaves, alliance) / real(sums, alliance);
    for (let m = from; m < end; m++) sum += real(share, at(split, m));
    for (let m = at(offsets, alliance); m < from; m++) {
      const near = at(split, m);
      share[near] = real(share, near) + sum;
    }
  }
}
