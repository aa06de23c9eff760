import type { Chunk } from './chunks.ts';
import type { Graph } from './graph.ts';
import { at, real } from './rows.ts';
import type { Work } from './work.ts';

/** A set of nodes, each with one bit for every source of a pass by which it was reached. */
export type Front = { readonly bits: Int32Array; readonly nodes: Int32Array; size: number };

/** A way to walk: `start` forgets the last pass, `expand` adds to `next` what is one step from `front` and not in `seen`. */
export type Walk = {
  readonly start: () => void;
  readonly expand: (front: Front, seen: Int32Array, next: Front) => void;
};

/** How far the nodes are from each other, in steps, along the direction of the ties. */
export type Distances = {
  readonly n: number;
  /** Number of other nodes that each node can reach. */
  readonly reach: Int32Array;
  /** Sum of the distances to those. */
  readonly total: Float64Array;
  /** Sum of one over the distances to those. */
  readonly inverse: Float64Array;
  /** Number of ordered pairs at each distance; at index 0 there are none. */
  readonly pairs: readonly number[];
};

/** Adds bits to a node of a front. */
export function reachNode(front: Front, node: number, bits: number): void {
  const known = at(front.bits, node);
  if (known === 0) front.nodes[front.size++] = node;
  front.bits[node] = known | bits;
}

const frontOf = (n: number): Front => ({ bits: new Int32Array(n), nodes: new Int32Array(n), size: 0 });

function empty(front: Front): void {
  for (let i = 0; i < front.size; i++) front.bits[at(front.nodes, i)] = 0;
  front.size = 0;
}

/**
 * Distances between all pairs, exactly: 32 sources a pass, each as one bit of a mask. Sums run by rising distance, so
 * that every walk over the same graph gives the same bits. Yields after every pass.
 */
export const distancesOf = (n: number, walk: Walk): Work<Distances> => distancesFrom({ from: 0, until: n }, n, walk);

/** The distances from a chunk of sources: `reach`, `total` and `inverse` are of these alone, in their order. */
export function* distancesFrom({ from, until }: Chunk, n: number, walk: Walk): Work<Distances> {
  const size = until - from;
  const found = { reach: new Int32Array(size), total: new Float64Array(size), inverse: new Float64Array(size) };
  const pairs: number[] = [0];
  const seen = new Int32Array(n);
  const counts = new Int32Array(32);
  let [front, next] = [frontOf(n), frontOf(n)];
  for (let first = from; first < until; first += 32) {
    walk.start();
    seen.fill(0);
    empty(front);
    const sources = Math.min(32, until - first);
    for (let bit = 0; bit < sources; bit++) reachNode(front, first + bit, 1 << bit);
    markSeen(front, seen);
    for (let distance = 1; front.size > 0; distance++) {
      empty(next);
      walk.expand(front, seen, next);
      markSeen(next, seen);
      countBits(next, counts);
      const reached = tally(found, first - from, counts.subarray(0, sources), distance);
      if (reached > 0) pairs[distance] = (pairs[distance] ?? 0) + reached;
      [front, next] = [next, front];
    }
    yield;
  }
  return { n, ...found, pairs };
}

/** The distances of the chunks, given in their order, as those of the whole: the same bits as computed at once. */
export function joinedDistances(n: number, parts: readonly Distances[]): Distances {
  const found = { reach: new Int32Array(n), total: new Float64Array(n), inverse: new Float64Array(n) };
  const pairs: number[] = [0];
  let first = 0;
  for (const part of parts) {
    found.reach.set(part.reach, first);
    found.total.set(part.total, first);
    found.inverse.set(part.inverse, first);
    part.pairs.forEach((count, distance) => {
      pairs[distance] = (pairs[distance] ?? 0) + count;
    });
    first += part.reach.length;
  }
  return { n, ...found, pairs };
}

/** Adds to the sources of a pass what each reached at a distance; answers how much that is together. */
function tally(
  { reach, total, inverse }: Pick<Distances, 'reach' | 'total' | 'inverse'>,
  first: number,
  counts: Int32Array,
  distance: number,
): number {
  let all = 0;
  for (let bit = 0; bit < counts.length; bit++) {
    const count = at(counts, bit);
    const node = first + bit;
    reach[node] = at(reach, node) + count;
    total[node] = real(total, node) + count * distance;
    inverse[node] = real(inverse, node) + count / distance;
    all += count;
  }
  return all;
}

function markSeen({ bits, nodes, size }: Front, seen: Int32Array): void {
  for (let i = 0; i < size; i++) {
    const node = at(nodes, i);
    seen[node] = at(seen, node) | at(bits, node);
  }
}

/** Counts the nodes by which of the 32 bits they bear. */
function countBits(front: Front, counts: Int32Array): void {
  counts.fill(0);
  // A byte counts to 255.
  for (let from = 0; from < front.size; from += 255)
    countInBytes(front, from, Math.min(front.size, from + 255), counts);
}

/** Counts every eighth bit at once, each in a byte of one number. */
function countInBytes({ bits, nodes }: Front, from: number, until: number, counts: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = from; i < until; i++) {
    const mask = at(bits, at(nodes, i));
    a = (a + (mask & eighth)) | 0;
    b = (b + ((mask >>> 1) & eighth)) | 0;
    c = (c + ((mask >>> 2) & eighth)) | 0;
    d = (d + ((mask >>> 3) & eighth)) | 0;
    e = (e + ((mask >>> 4) & eighth)) | 0;
    f = (f + ((mask >>> 5) & eighth)) | 0;
    g = (g + ((mask >>> 6) & eighth)) | 0;
    h = (h + ((mask >>> 7) & eighth)) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((sum, first) => {
    for (let byte = 0; byte < 4; byte++) {
      const bit = first + 8 * byte;
      counts[bit] = at(counts, bit) + ((sum >>> (8 * byte)) & 255);
    }
  });
}

const eighth = 0x0101_0101;

/** Walks a graph along the direction of its ties. */
export function graphWalk({ out }: Graph): Walk {
  return {
    start: () => {},
    expand: (front, seen, next) => {
      for (let i = 0; i < front.size; i++) {
        const node = at(front.nodes, i);
        const bits = at(front.bits, node);
        for (let j = at(out.offsets, node); j < at(out.offsets, node + 1); j++) {
          const other = at(out.items, j);
          const fresh = bits & ~at(seen, other);
          if (fresh !== 0) reachNode(next, other, fresh);
        }
      }
    },
  };
}

/** What is read from distances, per node; NaN where a value is undefined. */
export type Closeness = {
  /** Σ 1/d ÷ (N − 1): a node that cannot be reached counts 0. Undefined for N < 2. */
  readonly harmonic: Float64Array;
  /** Reached ÷ Σd, within what a node reaches alone. Undefined for a node that reaches nobody. */
  readonly component: Float64Array;
  /** That, times the share of the others that is reached (Wasserman and Faust). Undefined likewise. */
  readonly wassermanFaust: Float64Array;
};

/** Closeness in its three variants. */
export function closenessOf({ n, reach, total, inverse }: Distances): Closeness {
  const component = Float64Array.from(reach, (count, node) => (count === 0 ? Number.NaN : count / real(total, node)));
  return {
    harmonic: inverse.map((sum) => (n < 2 ? Number.NaN : sum / (n - 1))),
    component,
    wassermanFaust: component.map((value, node) => (at(reach, node) / (n - 1)) * value),
  };
}

/** Distances in the network as a whole; null where there is no pair to measure. */
export type PathFigures = {
  /** The longest distance between two nodes of which one can reach the other. */
  readonly diameter: number | null;
  /** Mean distance over the pairs of which one can reach the other. */
  readonly averagePath: number | null;
  /** Share of the ordered pairs of which the first can reach the second. */
  readonly reachableShare: number | null;
  /** Mean of 1/d over all ordered pairs, 0 where there is no path (Latora and Marchiori). */
  readonly globalEfficiency: number | null;
};

/** The network's figures from its distances. */
export function pathFiguresOf({ n, pairs }: Distances): PathFigures {
  const ordered = n * (n - 1);
  const reachable = pairs.reduce((sum, count) => sum + count, 0);
  const steps = pairs.reduce((sum, count, distance) => sum + count * distance, 0);
  const inverse = pairs.reduce((sum, count, distance) => (distance === 0 ? sum : sum + count / distance), 0);
  return {
    diameter: reachable === 0 ? null : pairs.length - 1,
    averagePath: reachable === 0 ? null : steps / reachable,
    reachableShare: ordered === 0 ? null : reachable / ordered,
    globalEfficiency: ordered === 0 ? null : inverse / ordered,
  };
}
