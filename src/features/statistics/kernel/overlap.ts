import { at, type Rows } from './rows.ts';
import type { TwoMode } from './two-mode.ts';

/** How ties of several relations lie over each other. */
export type Overlap = {
  /** By set of relations, bit `r` for relation `r`: how many pairs are tied by exactly these; none for the empty set. */
  readonly pairCounts: Int32Array;
  /** Nodes with a tie of any relation. */
  readonly connectedCount: number;
};

/**
 * Counts the pairs by the set of relations that tie them. Every relation has a row of neighbours for each of the n nodes,
 * in which every tie stands at both its ends.
 */
export function overlapOf(n: number, relations: readonly Rows[]): Overlap {
  const pairCounts = new Int32Array(2 ** relations.length);
  const sets = new Int32Array(n);
  const met = new Int32Array(n);
  let connectedCount = 0;
  for (let node = 0; node < n; node++) {
    if (relations.some(({ offsets }) => at(offsets, node + 1) > at(offsets, node))) connectedCount += 1;
    const size = gather(relations, node, sets, met);
    for (let i = 0; i < size; i++) {
      const other = at(met, i);
      const set = at(sets, other);
      pairCounts[set] = at(pairCounts, set) + 1;
      sets[other] = 0;
    }
  }
  return { pairCounts, connectedCount };
}

/** Marks, for each neighbour above a node, the relations that tie the two; answers how many neighbours were met. */
function gather(relations: readonly Rows[], node: number, sets: Int32Array, met: Int32Array): number {
  let size = 0;
  relations.forEach(({ offsets, items }, relation) => {
    for (let i = at(offsets, node); i < at(offsets, node + 1); i++) {
      const other = at(items, i);
      if (other < node) continue;
      if (sets[other] === 0) met[size++] = other;
      sets[other] = at(sets, other) | (1 << relation);
    }
  });
  return size;
}

/** How many relations are in a set. */
export function sizeOfSet(set: number): number {
  let size = 0;
  for (let rest = set; rest > 0; rest >>= 1) size += rest & 1;
  return size;
}

/** How many pairs are tied by a set of relations of which the condition holds, summed up with a weight of each set. */
export const sumOver = ({ pairCounts }: Overlap, weight: (set: number) => number | boolean): number =>
  pairCounts.reduce((sum, count, set) => sum + count * Number(weight(set)), 0);

/**
 * Of every alliance with at least two members, in order: the share of the pairs of its members that are tied by one of
 * the relations at least.
 */
export function tiedShares({ n, allianceCount, membersOf }: TwoMode, relations: readonly Rows[]): Float64Array {
  const shares = new Float64Array(allianceCount);
  const memberOf = new Int32Array(n).fill(-1);
  const countedIn = new Float64Array(n);
  let round = 0;
  let found = 0;
  for (let alliance = 0; alliance < allianceCount; alliance++) {
    const members = membersOf.items.subarray(at(membersOf.offsets, alliance), at(membersOf.offsets, alliance + 1));
    if (members.length < 2) continue;
    for (const member of members) memberOf[member] = alliance;
    let tied = 0;
    for (const member of members) {
      round += 1;
      tied += countAbove(relations, member, (other) => {
        // Once, though several relations tie the two.
        const counts = memberOf[other] === alliance && countedIn[other] !== round;
        if (counts) countedIn[other] = round;
        return counts;
      });
    }
    shares[found++] = tied / ((members.length * (members.length - 1)) / 2);
  }
  return shares.slice(0, found);
}

/** Counts the neighbours above a node, in any of the relations, for which the condition holds. */
function countAbove(relations: readonly Rows[], node: number, holds: (other: number) => boolean): number {
  let count = 0;
  for (const { offsets, items } of relations) {
    for (let i = at(offsets, node); i < at(offsets, node + 1); i++) {
      if (at(items, i) > node && holds(at(items, i))) count += 1;
    }
  }
  return count;
}
