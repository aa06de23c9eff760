import { at } from './rows.ts';
import { eachTie, type Ties } from './ties.ts';

type Graph = Pick<Ties, 'offsets' | 'neighbours'>;

/**
 * The roles in which an organisation stands between two others that are not tied to each other (Gould and Fernandez
 * 1989), on undirected ties: each pair of others is counted once. Gatekeeper and representative are then one role.
 */
export type Roles = {
  /** All three of one kind. */
  readonly coordinator: Int32Array;
  /** The others are of one kind, the broker of another. */
  readonly consultant: Int32Array;
  /** One of the others is of the broker's kind, the other is not. */
  readonly gatekeeper: Int32Array;
  /** All three of different kinds. */
  readonly liaison: Int32Array;
};

/** Counts the roles of every node; `kindOf` gives the number of its kind, 0 … kindCount − 1. */
export function brokerage(graph: Graph, kindOf: Int32Array, kindCount: number): Roles {
  const n = kindOf.length;
  const roles: Roles = {
    coordinator: new Int32Array(n),
    consultant: new Int32Array(n),
    gatekeeper: new Int32Array(n),
    liaison: new Int32Array(n),
  };
  const neighbourOf = new Int32Array(n).fill(-1);
  for (let broker = 0; broker < n; broker++) {
    const own = at(kindOf, broker);
    const open = openPairs(graph, broker, { kindOf, kindCount, neighbourOf });
    for (let one = 0; one < kindCount; one++)
      for (let other = one; other < kindCount; other++) {
        const role = roles[roleOf(own, one, other)];
        role[broker] = at(role, broker) + (open[one * kindCount + other] as number);
      }
  }
  return roles;
}

function roleOf(own: number, one: number, other: number): keyof Roles {
  if (one === other) return one === own ? 'coordinator' : 'consultant';
  return one === own || other === own ? 'gatekeeper' : 'liaison';
}

/** Pairs of neighbours that are not tied, by their kinds: all pairs, less those that are tied. */
function openPairs(
  { offsets, neighbours }: Graph,
  broker: number,
  { kindOf, kindCount, neighbourOf }: { kindOf: Int32Array; kindCount: number; neighbourOf: Int32Array },
): Float64Array {
  const start = at(offsets, broker);
  const end = at(offsets, broker + 1);
  const size = new Float64Array(kindCount);
  for (let place = start; place < end; place++) {
    const one = at(neighbours, place);
    neighbourOf[one] = broker;
    size[at(kindOf, one)] = (size[at(kindOf, one)] as number) + 1;
  }
  const open = new Float64Array(kindCount * kindCount);
  for (let one = 0; one < kindCount; one++)
    for (let other = one; other < kindCount; other++) open[one * kindCount + other] = pairsBetween(size, one, other);
  for (let place = start; place < end; place++) {
    const one = at(neighbours, place);
    for (let next = at(offsets, one); next < at(offsets, one + 1); next++) {
      const other = at(neighbours, next);
      if (other < one || neighbourOf[other] !== broker) continue;
      const cell = cellOf(at(kindOf, one), at(kindOf, other), kindCount);
      open[cell] = (open[cell] as number) - 1;
    }
  }
  return open;
}

const cellOf = (one: number, other: number, kindCount: number) =>
  Math.min(one, other) * kindCount + Math.max(one, other);

function pairsBetween(size: Float64Array, one: number, other: number): number {
  const first = size[one] as number;
  return one === other ? (first * (first - 1)) / 2 : first * (size[other] as number);
}

/** A cell of a mixing matrix: ties between two kinds, and how many there would be if ties fell on any pair alike. */
export type Mixing = {
  readonly one: number;
  readonly other: number;
  readonly tieCount: number;
  readonly pairCount: number;
  readonly expected: number;
};

/** Counts ties within and between kinds, each pair of kinds once. */
export function mixingOf(graph: Graph, kindOf: Int32Array, kindCount: number): Mixing[] {
  const ties = new Float64Array(kindCount * kindCount);
  let tieCount = 0;
  eachTie(graph, (first, second) => {
    const cell = cellOf(at(kindOf, first), at(kindOf, second), kindCount);
    ties[cell] = (ties[cell] as number) + 1;
    tieCount += 1;
  });
  const size = new Float64Array(kindCount);
  for (const kind of kindOf) size[kind] = (size[kind] as number) + 1;
  const allPairs = (kindOf.length * (kindOf.length - 1)) / 2;
  const cells: Mixing[] = [];
  for (let one = 0; one < kindCount; one++)
    for (let other = one; other < kindCount; other++) {
      const pairCount = pairsBetween(size, one, other);
      cells.push({
        one,
        other,
        tieCount: ties[one * kindCount + other] as number,
        pairCount,
        expected: allPairs === 0 ? 0 : (tieCount * pairCount) / allPairs,
      });
    }
  return cells;
}
