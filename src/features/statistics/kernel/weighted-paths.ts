import type { Graph } from './graph.ts';
import { at, real } from './rows.ts';
import type { Work } from './work.ts';

/** Measures of paths whose length is the sum of 1 / weight over their ties. */
export type WeightedPaths = {
  /** Number of other nodes that each node can reach. */
  readonly reach: Int32Array;
  /** Sum of the distances to those. */
  readonly total: Float64Array;
  /** Sum of one over the distances to those. */
  readonly inverse: Float64Array;
  /** Betweenness, raw; each unordered pair once where the graph is undirected. */
  readonly betweenness: Float64Array;
};

type Pass = {
  readonly distance: Float64Array;
  readonly paths: Float64Array;
  readonly dependency: Float64Array;
  /** Nodes in the order in which their distance was settled. */
  readonly order: Int32Array;
  readonly heap: Heap;
};

/** Lengths that differ by less than this share are equal: sums of the same parts in another order differ in the last bits. */
const sameLength = 1e-10;
// Compared with the settled length, which is finite; the other may lead over a node that was not reached.
const isSame = (a: number, b: number) => Math.abs(a - b) <= sameLength * b;

/**
 * Distances and betweenness over weighted ties (Dijkstra and Brandes), in the direction of the ties. The weights are
 * strengths and must be above 0; the length of a tie is 1 / weight. Yields after every source.
 */
export function* weightedPathsOf(graph: Graph): Work<WeightedPaths> {
  const { n } = graph;
  const reach = new Int32Array(n);
  const total = new Float64Array(n);
  const inverse = new Float64Array(n);
  const betweenness = new Float64Array(n);
  const pass: Pass = {
    distance: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
    paths: new Float64Array(n),
    dependency: new Float64Array(n),
    order: new Int32Array(n),
    heap: heapOf(n),
  };
  for (let source = 0; source < n; source++) {
    const size = settleFrom(graph, source, pass);
    countPaths(graph, size, pass);
    reach[source] = size - 1;
    for (let i = 1; i < size; i++) {
      const length = real(pass.distance, at(pass.order, i));
      total[source] = real(total, source) + length;
      inverse[source] = real(inverse, source) + 1 / length;
    }
    walkBack(graph, size, pass, betweenness);
    yield;
  }
  return { reach, total, inverse, betweenness: graph.directed ? betweenness : betweenness.map((value) => value / 2) };
}

function settleFrom({ out }: Graph, source: number, { distance, order, heap }: Pass): number {
  distance[source] = 0;
  heap.push(source, distance);
  let size = 0;
  for (let node = heap.pop(distance); node !== undefined; node = heap.pop(distance)) {
    order[size++] = node;
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      const other = at(out.items, i);
      const length = real(distance, node) + 1 / real(out.weights, i);
      if (length >= real(distance, other)) continue;
      distance[other] = length;
      heap.push(other, distance);
    }
  }
  return size;
}

/** Calls `visit` for every node from which a shortest path goes on to this one by one tie. */
function eachBefore(graph: Graph, node: number, distance: Float64Array, visit: (before: number) => void): void {
  const { offsets, items, weights } = graph.in;
  for (let i = at(offsets, node); i < at(offsets, node + 1); i++) {
    const length = real(distance, at(items, i)) + 1 / real(weights, i);
    if (isSame(length, real(distance, node))) visit(at(items, i));
  }
}

function countPaths(graph: Graph, size: number, { distance, paths, order }: Pass): void {
  paths[at(order, 0)] = 1;
  for (let i = 1; i < size; i++) {
    const node = at(order, i);
    eachBefore(graph, node, distance, (before) => {
      paths[node] = real(paths, node) + real(paths, before);
    });
  }
}

function walkBack(graph: Graph, size: number, pass: Pass, found: Float64Array): void {
  const { distance, paths, dependency, order } = pass;
  for (let i = size - 1; i > 0; i--) {
    const node = at(order, i);
    const share = (1 + real(dependency, node)) / real(paths, node);
    eachBefore(graph, node, distance, (before) => {
      dependency[before] = real(dependency, before) + real(paths, before) * share;
    });
    found[node] = real(found, node) + real(dependency, node);
  }
  for (let i = 0; i < size; i++) {
    const node = at(order, i);
    distance[node] = Number.POSITIVE_INFINITY;
    paths[node] = 0;
    dependency[node] = 0;
  }
}

/** A queue that gives the node with the least key first; of equal keys, whichever stands first in it. */
type Heap = {
  /** Adds a node, or moves it forward after its key has become less. */
  readonly push: (node: number, keys: Float64Array) => void;
  readonly pop: (keys: Float64Array) => number | undefined;
};

function heapOf(n: number): Heap {
  const nodes = new Int32Array(n);
  const place = new Int32Array(n).fill(-1);
  let size = 0;
  const set = (index: number, node: number) => {
    nodes[index] = node;
    place[node] = index;
  };
  const rise = (start: number, node: number, keys: Float64Array) => {
    let index = start;
    while (index > 0) {
      const above = (index - 1) >> 1;
      if (real(keys, at(nodes, above)) <= real(keys, node)) break;
      set(index, at(nodes, above));
      index = above;
    }
    set(index, node);
  };
  const sink = (node: number, keys: Float64Array) => {
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      const next = child + 1;
      const least = next < size && real(keys, at(nodes, next)) < real(keys, at(nodes, child)) ? next : child;
      if (real(keys, node) <= real(keys, at(nodes, least))) break;
      set(index, at(nodes, least));
      index = least;
    }
    set(index, node);
  };
  return {
    push: (node, keys) => rise(place[node] === -1 ? size++ : at(place, node), node, keys),
    pop: (keys) => {
      if (size === 0) return undefined;
      const first = at(nodes, 0);
      place[first] = -1;
      size -= 1;
      if (size > 0) sink(at(nodes, size), keys);
      return first;
    },
  };
}
