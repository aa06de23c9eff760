import type { Graph } from './graph.ts';
import { at, type Rows } from './rows.ts';

/**
 * The roles in which a node `j` stands between two others (Gould and Fernandez 1989): i → j → k, i ≠ k, without i → k.
 * In an undirected graph every pair of others counts once, and gatekeeper and representative are one role.
 */
export type Roles = {
  /** All three of one kind. */
  readonly coordinator: Int32Array;
  /** The others are of one kind, the broker of another; also called itinerant broker. */
  readonly consultant: Int32Array;
  /** `i` is of the broker's kind, `k` is not; null where ties have no direction. */
  readonly representative: Int32Array | null;
  /** `k` is of the broker's kind, `i` is not; without direction, one of the two is. */
  readonly gatekeeper: Int32Array;
  /** All three of different kinds. */
  readonly liaison: Int32Array;
};

/** The names of the roles. */
export const roles = ['coordinator', 'consultant', 'representative', 'gatekeeper', 'liaison'] as const;
export type Role = (typeof roles)[number];

/** Which kind every node is of, 0 … count − 1. */
export type Kinds = { readonly of: Int32Array; readonly count: number };

/** Counts the roles of every node, unweighted. Steps: the sum of the squares of the outgoing degrees, and n × kinds². */
export function brokerageOf(graph: Graph, kinds: Kinds): Roles {
  const counts = {
    coordinator: new Int32Array(graph.n),
    consultant: new Int32Array(graph.n),
    representative: new Int32Array(graph.n),
    gatekeeper: new Int32Array(graph.n),
    liaison: new Int32Array(graph.n),
  };
  const reached = new Int32Array(graph.n).fill(-1);
  for (let broker = 0; broker < graph.n; broker++) {
    const own = at(kinds.of, broker);
    const open = openPairs(graph, broker, kinds, reached);
    for (let from = 0; from < kinds.count; from++)
      for (let to = 0; to < kinds.count; to++) {
        const role = counts[roleOf(own, from, to)];
        role[broker] = at(role, broker) + (open[from * kinds.count + to] as number);
      }
  }
  if (graph.directed) return counts;
  // Every pair of others was met from both its ends; the end of the broker's kind was first in one of the two.
  const once = (twice: Int32Array) => twice.map((count) => count / 2);
  return {
    coordinator: once(counts.coordinator),
    consultant: once(counts.consultant),
    representative: null,
    gatekeeper: counts.gatekeeper,
    liaison: once(counts.liaison),
  };
}

function roleOf(own: number, from: number, to: number): Role {
  if (from === to) return from === own ? 'coordinator' : 'consultant';
  if (from === own) return 'representative';
  return to === own ? 'gatekeeper' : 'liaison';
}

/**
 * Ordered pairs of another node that comes in and one that is reached, by their kinds: all pairs, less those that are
 * one node, less those that are tied.
 */
function openPairs({ in: into, out }: Graph, broker: number, { of, count }: Kinds, reached: Int32Array): Float64Array {
  const incoming = kindsIn(into, broker, { of, count });
  const outgoing = kindsIn(out, broker, { of, count });
  const open = Float64Array.from(
    { length: count * count },
    (_, cell) => (incoming[Math.floor(cell / count)] as number) * (outgoing[cell % count] as number),
  );
  const without = (from: number, to: number) => {
    const cell = at(of, from) * count + at(of, to);
    open[cell] = (open[cell] as number) - 1;
  };
  for (let place = at(out.offsets, broker); place < at(out.offsets, broker + 1); place++)
    reached[at(out.items, place)] = broker;
  for (let place = at(into.offsets, broker); place < at(into.offsets, broker + 1); place++) {
    const from = at(into.items, place);
    if (reached[from] === broker) without(from, from);
    for (let next = at(out.offsets, from); next < at(out.offsets, from + 1); next++) {
      const to = at(out.items, next);
      if (reached[to] === broker) without(from, to);
    }
  }
  return open;
}

function kindsIn({ offsets, items }: Rows, row: number, { of, count }: Kinds): Float64Array {
  const sizes = new Float64Array(count);
  for (let place = at(offsets, row); place < at(offsets, row + 1); place++) {
    const kind = at(of, at(items, place));
    sizes[kind] = (sizes[kind] as number) + 1;
  }
  return sizes;
}

/** What is expected of a count, and how far counts lie from that. */
export type Moments = { readonly mean: number; readonly deviation: number };

/**
 * What is expected of the roles of a node of every kind in a directed graph of the same size, kinds and density, where
 * each arc stands with the same chance p, whatever the others are (Gould and Fernandez 1989; so does the package sna of
 * R). A role that has R ordered pairs of others is expected R·p²(1 − p) times, with the variance R·q(1 − q) +
 * S·p³(1 − p)³, where q = p²(1 − p) and S counts the ordered pairs of such pairs that have the same beginning or the
 * same end: those share an arc with the broker, all others are independent.
 */
export function expectedRoles({ n, tieCount }: Graph, { of, count }: Kinds): Record<Role | 'total', Moments>[] {
  const sizes = new Int32Array(count);
  for (const kind of of) sizes[kind] = at(sizes, kind) + 1;
  const chance = n < 2 ? 0 : tieCount / (n * (n - 1));
  return Array.from(sizes, (own, kind) => {
    const moments = (sides: Sides) => momentsOf(sides, chance);
    const peers = own - 1;
    const others = [...sizes].filter((_, other) => other !== kind);
    const within = (size: number): Sides => ({ pairs: size * (size - 1), sharing: 2 * size * (size - 1) * (size - 2) });
    const between = crossing(peers, n - own);
    return {
      coordinator: moments(within(peers)),
      consultant: moments(added(others.map(within))),
      representative: moments(between),
      gatekeeper: moments(between),
      liaison: moments(
        added(
          others.map((size) => {
            const rest = n - own - size;
            // Each kind as the beginning of pairs, and once more as their end.
            return { pairs: size * rest, sharing: 2 * size * rest * (rest - 1) };
          }),
        ),
      ),
      total: moments(within(n - 1)),
    };
  });
}

/** How many ordered pairs of others a role has, and how many ordered pairs of these share a beginning or an end. */
type Sides = { readonly pairs: number; readonly sharing: number };

const crossing = (one: number, other: number): Sides => ({
  pairs: one * other,
  sharing: one * other * (one - 1 + (other - 1)),
});

const added = (sides: readonly Sides[]): Sides => ({
  pairs: sides.reduce((sum, { pairs }) => sum + pairs, 0),
  sharing: sides.reduce((sum, { sharing }) => sum + sharing, 0),
});

function momentsOf({ pairs, sharing }: Sides, chance: number): Moments {
  const open = chance ** 2 * (1 - chance);
  const variance = pairs * open * (1 - open) + sharing * (chance * (1 - chance)) ** 3;
  return { mean: pairs * open, deviation: Math.sqrt(variance) };
}
