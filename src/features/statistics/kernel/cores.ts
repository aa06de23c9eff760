import { type Graph, rowSizes } from './graph.ts';
import { at, group } from './rows.ts';

/**
 * Core number of every node of an undirected graph: the largest k such that it is in a part where all have at least k
 * ties within the part (Batagelj and Zaveršnik, by removing the node with the fewest ties first).
 */
export function coreNumbersOf({ n, out }: Graph): Int32Array {
  const left = rowSizes(out);
  const { offsets: starts, items: order } = group(left, Int32Array.from(left.keys()), n + 1);
  const place = new Int32Array(n);
  for (let index = 0; index < n; index++) place[at(order, index)] = index;
  for (let index = 0; index < n; index++) {
    const node = at(order, index);
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      const other = at(out.items, i);
      if (at(left, other) > at(left, node)) lower(other, left, order, place, starts, index);
    }
  }
  return left;
}

/** Takes a tie from a node and moves the node to the front of those with as many ties as it had. */
function lower(
  node: number,
  left: Int32Array,
  order: Int32Array,
  place: Int32Array,
  starts: Int32Array,
  done: number,
): void {
  const degree = at(left, node);
  const front = Math.max(at(starts, degree), done + 1);
  const [from, other] = [at(place, node), at(order, front)];
  order[front] = node;
  order[from] = other;
  place[node] = front;
  place[other] = from;
  starts[degree] = front + 1;
  left[node] = degree - 1;
}

/** The best division into a core, where all are tied, and a periphery, where none are. */
export type CorePeriphery = {
  readonly coreSize: number;
  /** Missing ties within the core, and ties within the periphery. */
  readonly errors: number;
  /** Correlation of the pairs within either with the ideal; null when all of these pairs, or none, are tied or ideal. */
  readonly correlation: number | null;
  /** Whether a node is in the core. */
  readonly isCore: Uint8Array;
};

/**
 * Core and periphery after Borgatti and Everett (discrete; ties between core and periphery are free), exact by order of
 * degree (Lip 2011). Of equally good divisions that with the smallest core; of equal degrees the smaller index comes
 * first. Null without ties.
 */
export function corePeripheryOf(graph: Graph): CorePeriphery | null {
  const { n, tieCount } = graph;
  if (tieCount === 0) return null;
  const degree = rowSizes(graph.out);
  const order = Int32Array.from(degree.keys()).sort((a, b) => at(degree, b) - at(degree, a) || a - b);
  let [coreSize, errors, current] = [0, tieCount, tieCount];
  for (let size = 1; size <= n; size++) {
    current += size - 1 - at(degree, at(order, size - 1));
    if (current >= errors) continue;
    [coreSize, errors] = [size, current];
  }
  const isCore = new Uint8Array(n);
  for (let i = 0; i < coreSize; i++) isCore[at(order, i)] = 1;
  return { coreSize, errors, correlation: correlationWithIdeal(graph, isCore, coreSize), isCore };
}

/** Pearson's correlation of two yes-or-no values (phi): being tied, and lying within the core. */
function correlationWithIdeal({ n, out }: Graph, isCore: Uint8Array, coreSize: number): number | null {
  let [within, outside] = [0, 0];
  for (let node = 0; node < n; node++) {
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      const other = at(out.items, i);
      if (other < node || isCore[node] !== isCore[other]) continue;
      if (isCore[node] === 1) within += 1;
      else outside += 1;
    }
  }
  const corePairs = (coreSize * (coreSize - 1)) / 2;
  const otherPairs = ((n - coreSize) * (n - coreSize - 1)) / 2;
  const [missing, free] = [corePairs - within, otherPairs - outside];
  const spread = corePairs * otherPairs * (within + outside) * (missing + free);
  return spread === 0 ? null : (within * free - missing * outside) / Math.sqrt(spread);
}
