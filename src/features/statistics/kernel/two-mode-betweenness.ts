import { at, type Rows, real } from './rows.ts';
import { repeatedPairs, type TwoMode } from './two-mode.ts';
import type { Work } from './work.ts';

/** Work arrays of one pass from a source. */
type Pass = {
  readonly repeated: Rows & { readonly extra: Float64Array };
  readonly level: Int32Array;
  readonly paths: Float64Array;
  readonly dependency: Float64Array;
  /** (1 + dependency) ÷ paths, of the nodes of the level that was last seen. */
  readonly share: Float64Array;
  readonly order: Int32Array;
  readonly allianceLevel: Int32Array;
  /** On the way out the sum of the paths of an alliance's near members, on the way back that of its far members' shares. */
  readonly allianceSum: Float64Array;
  readonly reached: Int32Array;
  /** Where each level begins in `order`. */
  readonly starts: number[];
};

/**
 * Betweenness in the projection by Brandes, exactly and without making the projection. All members of an alliance are
 * within a step of each other, so they lie in the level in which the alliance is reached or in the next: the paths to
 * a far member are the sums of its alliances, less what a pair that shares w alliances was counted w − 1 times too
 * often. Each unordered pair once, ends excluded. Yields after every source.
 */
export function* twoModeBetweenness(twoMode: TwoMode): Work<Float64Array> {
  const { n, allianceCount } = twoMode;
  const found = new Float64Array(n);
  const pass: Pass = {
    repeated: repeatedPairs(twoMode),
    level: new Int32Array(n).fill(-1),
    paths: new Float64Array(n),
    dependency: new Float64Array(n),
    share: new Float64Array(n),
    order: new Int32Array(n),
    allianceLevel: new Int32Array(allianceCount).fill(-1),
    allianceSum: new Float64Array(allianceCount),
    reached: new Int32Array(allianceCount),
    starts: [],
  };
  for (let source = 0; source < n; source++) {
    const size = walkOut(twoMode, source, pass);
    walkBack(twoMode, pass, found);
    clear(pass, size);
    yield;
  }
  return found.map((value) => value / 2);
}

/** Goes out level by level; answers how many organisations and alliances were reached. */
function walkOut(twoMode: TwoMode, source: number, pass: Pass): { nodes: number; alliances: number } {
  const { level, paths, order, starts } = pass;
  level[source] = 0;
  paths[source] = 1;
  order[0] = source;
  starts.length = 0;
  let alliances = 0;
  let [from, until] = [0, 1];
  for (let here = 0; from < until; here++) {
    starts.push(from);
    const more = reachAlliances(twoMode, pass, from, until, here, alliances);
    const next = reachMembers(twoMode, pass, alliances, more, until, here + 1);
    for (let i = until; i < next; i++) {
      const node = at(order, i);
      paths[node] = sumAt(twoMode, pass, node, here) - repeatedSum(pass, node, here, paths);
    }
    alliances = more;
    [from, until] = [until, next];
  }
  starts.push(from);
  return { nodes: from, alliances };
}

/** Reaches the alliances of a level's nodes, and adds up in each the paths of its members there. */
function reachAlliances(
  { alliancesOf }: TwoMode,
  { order, paths, allianceLevel, allianceSum, reached }: Pass,
  from: number,
  until: number,
  here: number,
  known: number,
): number {
  let size = known;
  for (let i = from; i < until; i++) {
    const node = at(order, i);
    for (let a = at(alliancesOf.offsets, node); a < at(alliancesOf.offsets, node + 1); a++) {
      const alliance = at(alliancesOf.items, a);
      if (allianceLevel[alliance] === -1) {
        allianceLevel[alliance] = here;
        reached[size++] = alliance;
      }
      if (allianceLevel[alliance] === here) allianceSum[alliance] = real(allianceSum, alliance) + real(paths, node);
    }
  }
  return size;
}

function reachMembers(
  { membersOf }: TwoMode,
  { order, level, reached }: Pass,
  from: number,
  until: number,
  known: number,
  next: number,
): number {
  let size = known;
  for (let i = from; i < until; i++) {
    const alliance = at(reached, i);
    for (let m = at(membersOf.offsets, alliance); m < at(membersOf.offsets, alliance + 1); m++) {
      const other = at(membersOf.items, m);
      if (level[other] !== -1) continue;
      level[other] = next;
      order[size++] = other;
    }
  }
  return size;
}

/** The sums of a node's alliances that were reached at a level. */
function sumAt({ alliancesOf }: TwoMode, { allianceLevel, allianceSum }: Pass, node: number, here: number): number {
  let sum = 0;
  for (let a = at(alliancesOf.offsets, node); a < at(alliancesOf.offsets, node + 1); a++) {
    const alliance = at(alliancesOf.items, a);
    if (allianceLevel[alliance] === here) sum += real(allianceSum, alliance);
  }
  return sum;
}

/** What the partners of a level with which a node shares several alliances were counted too often. */
function repeatedSum({ repeated, level }: Pass, node: number, there: number, values: Float64Array): number {
  let sum = 0;
  for (let i = at(repeated.offsets, node); i < at(repeated.offsets, node + 1); i++) {
    const other = at(repeated.items, i);
    if (level[other] === there) sum += real(repeated.extra, i) * real(values, other);
  }
  return sum;
}

function walkBack(twoMode: TwoMode, pass: Pass, found: Float64Array): void {
  const { starts, order, paths, dependency, share, allianceSum, reached } = pass;
  // The sums of the way out are no longer needed: what was reached gets the sums of the way back.
  for (let i = 0; i < reached.length; i++) allianceSum[i] = 0;
  for (let here = starts.length - 2; here > 0; here--) {
    const [near, from, until] = [starts[here - 1] ?? 0, starts[here] ?? 0, starts[here + 1] ?? 0];
    for (let i = from; i < until; i++) {
      const node = at(order, i);
      found[node] = real(found, node) + real(dependency, node);
      share[node] = (1 + real(dependency, node)) / real(paths, node);
      addToAlliances(twoMode, pass, node, here - 1);
    }
    for (let i = near; i < from; i++) {
      const node = at(order, i);
      dependency[node] =
        real(paths, node) * (sumAt(twoMode, pass, node, here - 1) - repeatedSum(pass, node, here, share));
    }
  }
}

function addToAlliances({ alliancesOf }: TwoMode, pass: Pass, node: number, there: number): void {
  const { allianceLevel, allianceSum, share } = pass;
  for (let a = at(alliancesOf.offsets, node); a < at(alliancesOf.offsets, node + 1); a++) {
    const alliance = at(alliancesOf.items, a);
    if (allianceLevel[alliance] === there) allianceSum[alliance] = real(allianceSum, alliance) + real(share, node);
  }
}

function clear(pass: Pass, size: { nodes: number; alliances: number }): void {
  for (let i = 0; i < size.nodes; i++) {
    const node = at(pass.order, i);
    pass.level[node] = -1;
    pass.paths[node] = 0;
    pass.dependency[node] = 0;
  }
  for (let i = 0; i < size.alliances; i++) {
    const alliance = at(pass.reached, i);
    pass.allianceLevel[alliance] = -1;
    pass.allianceSum[alliance] = 0;
  }
}
