import { type Front, reachNode, type Walk } from './distances.ts';
import { at } from './rows.ts';
import type { TwoMode } from './two-mode.ts';

/**
 * Walks the projection without making it: a step goes from organisations to their alliances and on to all members. An
 * alliance passes the mark of a source on once, when it is first reached; so a large one costs its members, not its pairs.
 */
export function twoModeWalk(twoMode: TwoMode): Walk {
  const reached = new Int32Array(twoMode.allianceCount);
  const touched: Front = {
    bits: new Int32Array(twoMode.allianceCount),
    nodes: new Int32Array(twoMode.allianceCount),
    size: 0,
  };
  return {
    start: () => {
      reached.fill(0);
    },
    expand: (front, seen, next) => {
      touchAlliances(twoMode, front, reached, touched);
      passOn(twoMode, reached, touched, seen, next);
    },
  };
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
