import type { Graph, Neighbours } from './graph.ts';
import { at } from './rows.ts';

/** Parts of a graph: the part of each node, numbered in order of the smallest node of each, and the size of each. */
export type Components = { readonly of: Int32Array; readonly sizes: readonly number[] };

/** Weak components: nodes that are joined by ties in whatever direction. An isolate is a component. */
export function componentsOf(graph: Graph): Components {
  const of = new Int32Array(graph.n).fill(-1);
  const sizes: number[] = [];
  const waiting: number[] = [];
  const visit = (node: number) => {
    if (of[node] !== -1) return;
    of[node] = sizes.length;
    waiting.push(node);
  };
  for (let start = 0; start < graph.n; start++) {
    if (of[start] !== -1) continue;
    visit(start);
    let size = 0;
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      size += 1;
      eachNeighbour(graph.out, node, visit);
      if (graph.directed) eachNeighbour(graph.in, node, visit);
    }
    sizes.push(size);
  }
  return { of, sizes };
}

/** Strong components (Tarjan, without recursion): nodes that can reach each other along the arcs. */
export function strongComponentsOf(graph: Graph): Components {
  const { offsets, items } = graph.out;
  const of = new Int32Array(graph.n).fill(-1);
  const found = new Int32Array(graph.n).fill(-1);
  const low = new Int32Array(graph.n);
  const next = offsets.slice();
  const open: number[] = [];
  let [count, parts] = [0, 0];
  const enter = (node: number, path: number[]) => {
    found[node] = low[node] = count++;
    open.push(node);
    path.push(node);
  };
  const leave = (node: number) => {
    if (low[node] !== found[node]) return;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      of[member] = parts;
      if (member === node) break;
    }
    parts += 1;
  };
  /** Follows the next arc of a node; false when it has none left. */
  const advance = (node: number, path: number[]) => {
    const place = at(next, node);
    if (place === at(offsets, node + 1)) return false;
    next[node] = place + 1;
    const other = at(items, place);
    if (found[other] === -1) enter(other, path);
    else if (of[other] === -1) low[node] = Math.min(at(low, node), at(found, other));
    return true;
  };
  for (let start = 0; start < graph.n; start++) {
    const path: number[] = [];
    if (found[start] === -1) enter(start, path);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      if (advance(node, path)) continue;
      path.pop();
      leave(node);
      const before = path.at(-1);
      if (before !== undefined) low[before] = Math.min(at(low, before), at(low, node));
    }
  }
  return numbered(of, parts);
}

/** The parts again, numbered in order of their smallest node. */
function numbered(given: Int32Array, count: number): Components {
  const names = new Int32Array(count).fill(-1);
  const sizes: number[] = [];
  const of = given.map((part) => {
    if (names[part] === -1) names[part] = sizes.push(0) - 1;
    const name = at(names, part);
    sizes[name] = (sizes[name] ?? 0) + 1;
    return name;
  });
  return { of, sizes };
}

function eachNeighbour({ offsets, items }: Neighbours, node: number, visit: (other: number) => void): void {
  for (let i = at(offsets, node); i < at(offsets, node + 1); i++) visit(at(items, i));
}

/** Share of the arcs that are returned (edgewise reciprocity); null in a graph without arcs. */
export function reciprocityOf({ n, out, tieCount }: Graph): number | null {
  let returned = 0;
  for (let node = 0; node < n; node++) {
    eachNeighbour(out, node, (other) => {
      if (isTied(out, other, node)) returned += 1;
    });
  }
  return tieCount === 0 ? null : returned / tieCount;
}

/** Whether a node has another as its neighbour, by halving its row. */
function isTied({ offsets, items }: Neighbours, node: number, wanted: number): boolean {
  let [from, until] = [at(offsets, node), at(offsets, node + 1)];
  while (from < until) {
    const middle = (from + until) >> 1;
    if (at(items, middle) < wanted) from = middle + 1;
    else until = middle;
  }
  return from < at(offsets, node + 1) && items[from] === wanted;
}
