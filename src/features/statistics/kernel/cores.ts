import { type Graph, type Neighbours, rowSizes } from './graph.ts';
import { at } from './rows.ts';

/**
 * Core number of every node of an undirected graph: the largest k such that it is in a part where all have at least k
 * ties within the part. For each k in turn, nodes with no more than k ties to what is left are removed, and so are those
 * that have no more by it; what is looked through in vain is at most a node's core number, and so its ties.
 */
export function coreNumbersOf({ n, out }: Graph): Int32Array {
  const left = rowSizes(out);
  const rest = new Int32Array(n);
  for (let node = 0; node < n; node++) rest[node] = node;
  const removed = new Int32Array(n);
  let size = n;
  for (let k = 0; size > 0; k++) {
    let kept = 0;
    let last = 0;
    for (let i = 0; i < size; i++) {
      const node = at(rest, i);
      const ties = at(left, node);
      if (ties > k) rest[kept++] = node;
      else if (ties === k) removed[last++] = node;
    }
    size = kept;
    for (let i = 0; i < last; i++) last = removeTies(out, at(removed, i), { left, k, removed, last });
  }
  return left;
}

/** Takes the ties of a removed node from the nodes that are left; answers how many are removed by now. */
function removeTies(
  { offsets, items }: Neighbours,
  node: number,
  { left, k, removed, last }: { left: Int32Array; k: number; removed: Int32Array; last: number },
): number {
  let size = last;
  const end = at(offsets, node + 1);
  for (let i = at(offsets, node); i < end; i++) {
    const other = at(items, i);
    const ties = at(left, other);
    if (ties <= k) continue;
    left[other] = ties - 1;
    if (ties - 1 === k) removed[size++] = other;
  }
  return size;
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
