import { type Front, reachNode, type Walk } from './distances.ts';
import { at } from './rows.ts';
import type { TwoMode } from './two-mode.ts';

/**
 * Walks the projection without making it: a step goes from organisations to their alliances and on to all members. An
 * alliance passes the mark of a source on once, when it is first reached; so a large one costs its members, not its pairs.
 */
export function twoModeWalk(twoMode: TwoMode): Walk {
  const { n, allianceCount } = twoMode;
  const reached = new Int32Array(allianceCount);
  const swept = new Int32Array(allianceCount);
  const touched: Front = { bits: new Int32Array(allianceCount), nodes: new Int32Array(allianceCount), size: 0 };
  return {
    start: () => {
      reached.fill(0);
    },
    expand: (front, seen, next) => {
      if (front.size * wideFront > n) {
        sweepAlliances(twoMode, front, swept, reached);
        sweepMembers(twoMode, swept, seen, next);
      } else {
        touchAlliances(twoMode, front, reached, touched);
        passOn(twoMode, reached, touched, seen, next);
      }
    },
  };
}

/** From a front of a quarter of the nodes on, to look at all of them without a branch takes less time than to choose. */
const wideFront = 4;

/** Gathers in every alliance the marks of its members in the front. */
function sweepAlliances({ membersOf }: TwoMode, { bits }: Front, swept: Int32Array, reached: Int32Array): void {
  const { offsets, items } = membersOf;
  for (let alliance = 0; alliance < swept.length; alliance++) {
    let marks = 0;
    const end = at(offsets, alliance + 1);
    for (let m = at(offsets, alliance); m < end; m++) marks |= at(bits, at(items, m));
    swept[alliance] = marks;
    reached[alliance] = at(reached, alliance) | marks;
  }
}

/** Gathers in every node the marks of its alliances that it does not have. */
function sweepMembers({ n, alliancesOf }: TwoMode, swept: Int32Array, seen: Int32Array, next: Front): void {
  const { offsets, items } = alliancesOf;
  const { bits, nodes } = next;
  let size = 0;
  for (let node = 0; node < n; node++) {
    let marks = 0;
    const end = at(offsets, node + 1);
    for (let a = at(offsets, node); a < end; a++) marks |= at(swept, at(items, a));
    const fresh = marks & ~at(seen, node);
    bits[node] = fresh;
    nodes[size] = node;
    // 1 where any bit is set.
    size += (fresh | -fresh) >>> 31;
  }
  next.size = size;
}

function touchAlliances({ alliancesOf }: TwoMode, front: Front, reached: Int32Array, touched: Front): void {
  for (let i = 0; i < front.size; i++) {
    const node = at(front.nodes, i);
    const bits = at(front.bits, node);
    for (let a = at(alliancesOf.offsets, node); a < at(alliancesOf.offsets, node + 1); a++) {
      const alliance = at(alliancesOf.items, a);
      const fresh = bits & ~at(reached, alliance);
      if (fresh !== 0) reachNode(touched, alliance, fresh);
    }
  }
}

function passOn({ membersOf }: TwoMode, reached: Int32Array, touched: Front, seen: Int32Array, next: Front): void {
  for (let i = 0; i < touched.size; i++) {
    const alliance = at(touched.nodes, i);
    const bits = at(touched.bits, alliance);
    reached[alliance] = at(reached, alliance) | bits;
    touched.bits[alliance] = 0;
    for (let m = at(membersOf.offsets, alliance); m < at(membersOf.offsets, alliance + 1); m++) {
      const other = at(membersOf.items, m);
      const fresh = bits & ~at(seen, other);
      if (fresh !== 0) reachNode(next, other, fresh);
    }
  }
  touched.size = 0;
}
