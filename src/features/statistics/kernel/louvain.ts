import type { Neighbours } from './graph.ts';
import { at, group } from './rows.ts';
import { type Draws, drawsOf, shuffled } from './seeded.ts';

/** A graph between groups of nodes: what a group has inside is kept as a loop, counted both ways. */
type Level = Neighbours & { readonly loops: Float64Array };

const value = (array: Float64Array, index: number) => array[index] as number;

/** A gain that is smaller comes of rounding; to move for it could go on without an end. */
const leastGain = 1e-12;
const mostRounds = 200;

/**
 * Finds communities in the rows of an undirected graph by the method of Louvain (Blondel et al. 2008) at resolution 1:
 * nodes move, in an order that the seed draws, to the neighbouring community with the largest gain of modularity; then
 * communities are taken as nodes, as long as something moves. A community that is not connected is split, which that
 * method does not promise. Gives the number of each node's community: 0 is the largest, equals stand by their smallest
 * node. A node without ties gets −1. The same graph and seed give the same bits.
 */
export function louvain(graph: Neighbours, seed: number): Int32Array {
  const n = graph.offsets.length - 1;
  const draw = drawsOf(seed);
  const community = Int32Array.from({ length: n }, (_, node) => node);
  let level: Level = { ...graph, loops: new Float64Array(n) };
  for (;;) {
    const moved = moveNodes(level, draw);
    if (moved.count === moved.group.length) break;
    for (let node = 0; node < n; node++) community[node] = at(moved.group, at(community, node));
    level = aggregate(level, moved);
  }
  return numbered(graph, connectedParts(graph, community));
}

type Groups = { readonly group: Int32Array; readonly count: number };

/** Moves single nodes until none gains by it. */
function moveNodes(level: Level, draw: Draws): Groups {
  const n = level.loops.length;
  const strength = strengths(level);
  const total = strength.reduce((sum, one) => sum + one, 0);
  const state: Moving = {
    level,
    strength,
    total,
    group: Int32Array.from({ length: n }, (_, node) => node),
    weightOf: strength.slice(),
    linked: new Float64Array(n),
    touched: new Int32Array(n),
  };
  const order = shuffled(n, draw);
  for (let round = 0; round < mostRounds; round++) {
    let moves = 0;
    for (const node of order) if (move(state, node)) moves += 1;
    if (moves === 0) break;
  }
  return renumber(state.group);
}

type Moving = {
  readonly level: Level;
  readonly strength: Float64Array;
  readonly total: number;
  readonly group: Int32Array;
  /** Sum of the strengths in each group. */
  readonly weightOf: Float64Array;
  /** Weight from the node that is looked at to each group; zero elsewhere. */
  readonly linked: Float64Array;
  readonly touched: Int32Array;
};

function move(state: Moving, node: number): boolean {
  const { strength, total, group, weightOf, linked, touched } = state;
  const own = at(group, node);
  const count = link(state, node);
  const weight = value(strength, node);
  weightOf[own] = value(weightOf, own) - weight;
  let best = own;
  let bestGain = value(linked, own) - (value(weightOf, own) * weight) / total;
  for (let index = 0; index < count; index++) {
    const other = at(touched, index);
    const gain = value(linked, other) - (value(weightOf, other) * weight) / total;
    if (gain > bestGain + leastGain) {
      best = other;
      bestGain = gain;
    }
  }
  weightOf[best] = value(weightOf, best) + weight;
  group[node] = best;
  for (let index = 0; index < count; index++) linked[at(touched, index)] = 0;
  return best !== own;
}

/** Adds up the weights from a node to the groups of its neighbours; tells how many groups those are. */
function link({ level, group, linked, touched }: Moving, node: number): number {
  let count = 0;
  for (let place = at(level.offsets, node); place < at(level.offsets, node + 1); place++) {
    const other = at(group, at(level.items, place));
    if (linked[other] === 0) touched[count++] = other;
    linked[other] = value(linked, other) + value(level.weights, place);
  }
  return count;
}

function strengths({ offsets, weights, loops }: Level): Float64Array {
  return loops.map((loop, node) => {
    let total = loop;
    for (let place = at(offsets, node); place < at(offsets, node + 1); place++) total += value(weights, place);
    return total;
  });
}

/** Numbers groups from 0 in the order of their first node. */
function renumber(group: Int32Array): Groups {
  const numbers = new Map<number, number>();
  const renumbered = group.map((old) => {
    const known = numbers.get(old);
    if (known !== undefined) return known;
    numbers.set(old, numbers.size);
    return numbers.size - 1;
  });
  return { group: renumbered, count: numbers.size };
}

/** The graph between groups. */
function aggregate(level: Level, { group: groupOf, count }: Groups): Level {
  const members = group(
    groupOf,
    Int32Array.from(groupOf, (_, node) => node),
    count,
  );
  const offsets = new Int32Array(count + 1);
  const items: number[] = [];
  const weights: number[] = [];
  const loops = new Float64Array(count);
  const linked = new Float64Array(count);
  for (let one = 0; one < count; one++) {
    const found: number[] = [];
    for (let index = at(members.offsets, one); index < at(members.offsets, one + 1); index++) {
      const node = at(members.items, index);
      loops[one] = value(loops, one) + value(level.loops, node);
      addLinks(level, groupOf, node, { linked, found });
    }
    loops[one] = value(loops, one) + value(linked, one);
    for (const other of found) {
      if (other !== one) {
        items.push(other);
        weights.push(value(linked, other));
      }
      linked[other] = 0;
    }
    offsets[one + 1] = items.length;
  }
  return { offsets, items: Int32Array.from(items), weights: Float64Array.from(weights), loops };
}

function addLinks(
  level: Level,
  groupOf: Int32Array,
  node: number,
  { linked, found }: { linked: Float64Array; found: number[] },
): void {
  for (let place = at(level.offsets, node); place < at(level.offsets, node + 1); place++) {
    const other = at(groupOf, at(level.items, place));
    if (linked[other] === 0) found.push(other);
    linked[other] = value(linked, other) + value(level.weights, place);
  }
}

/** Splits every group into its connected parts; the part of a node is the smallest node in it. */
export function connectedParts(graph: Neighbours, groupOf: Int32Array): Int32Array {
  const part = new Int32Array(groupOf.length).fill(-1);
  for (let start = 0; start < groupOf.length; start++) if (part[start] === -1) spread(graph, groupOf, part, start);
  return part;
}

/** Marks all that is reached from a node within its group. */
function spread(graph: Neighbours, groupOf: Int32Array, part: Int32Array, start: number): void {
  const reached = [start];
  part[start] = start;
  for (const node of reached)
    for (const other of neighboursOf(graph, node))
      if (part[other] === -1 && groupOf[other] === groupOf[start]) {
        part[other] = start;
        reached.push(other);
      }
}

const neighboursOf = ({ offsets, items }: Neighbours, node: number) =>
  items.subarray(at(offsets, node), at(offsets, node + 1));

/** Numbers groups by size, falling, then by smallest node; nodes without ties get −1. */
function numbered({ offsets }: Neighbours, part: Int32Array): Int32Array {
  const size = new Map<number, number>();
  part.forEach((start, node) => {
    if (at(offsets, node + 1) > at(offsets, node)) size.set(start, (size.get(start) ?? 0) + 1);
  });
  const order = [...size].sort(([a, sizeA], [b, sizeB]) => sizeB - sizeA || a - b);
  const numbers = new Map(order.map(([start], number) => [start, number]));
  return part.map((start) => numbers.get(start) ?? -1);
}

/**
 * Newman and Girvan's modularity of a division, weighted, at resolution 1: the share of the weight inside communities
 * above what chance gives nodes of the same strength. Null without ties.
 */
export function modularity({ offsets, items, weights }: Neighbours, community: Int32Array): number | null {
  const groups = community.reduce((most, number) => Math.max(most, number + 1), 0);
  const inside = new Float64Array(groups);
  const strength = new Float64Array(groups);
  let total = 0;
  for (let node = 0; node < community.length; node++) {
    const own = at(community, node);
    for (let place = at(offsets, node); place < at(offsets, node + 1); place++) {
      const weight = value(weights, place);
      total += weight;
      strength[own] = value(strength, own) + weight;
      if (community[at(items, place)] === own) inside[own] = value(inside, own) + weight;
    }
  }
  if (total === 0) return null;
  return inside.reduce((sum, weight, own) => sum + weight / total - (value(strength, own) / total) ** 2, 0);
}
