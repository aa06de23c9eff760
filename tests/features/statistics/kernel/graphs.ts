import fc from 'fast-check';
import { type Graph, graphOf as kernelGraph } from '../../../../src/features/statistics/kernel/graph.ts';
import type { Incidence } from '../../../../src/features/statistics/kernel/two-mode.ts';

/** The karate club of Zachary (1977): 34 nodes, 78 ties. */
export const karate: readonly (readonly [number, number])[] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
  [1, 2, 3, 7, 13, 17, 19, 21, 30],
  [2, 3, 7, 8, 9, 13, 27, 28, 32],
  [3, 7, 12, 13],
  [4, 6, 10],
  [5, 6, 10, 16],
  [6, 16],
  [8, 30, 32, 33],
  [9, 33],
  [13, 33],
  [14, 32, 33],
  [15, 32, 33],
  [18, 32, 33],
  [19, 33],
  [20, 32, 33],
  [22, 32, 33],
  [23, 25, 27, 29, 32, 33],
  [24, 25, 27, 31],
  [25, 31],
  [26, 29, 33],
  [27, 33],
  [28, 31, 33],
  [29, 32, 33],
  [30, 32, 33],
  [31, 32, 33],
  [32, 33],
].flatMap(([one = 0, ...others]) => others.map((other) => [one, other] as const));

/** The two parts into which that club fell. */
export const clubs = Int32Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
]);

/** A graph of ties, or of arcs; each weighs 1 unless told. */
export function graphOf(
  n: number,
  ties: readonly (readonly [number, number])[],
  { weight = () => 1, directed = false }: { weight?: (one: number, other: number) => number; directed?: boolean } = {},
): Graph {
  return kernelGraph(n, directed, {
    from: Int32Array.from(ties, ([one]) => one),
    to: Int32Array.from(ties, ([, other]) => other),
    weights: Float64Array.from(ties, ([one, other]) => weight(one, other)),
  });
}

/** Who takes part in what, from the members of each alliance. */
export function incidenceOf(organisationCount: number, alliances: readonly (readonly number[])[]): Incidence {
  const pairs = alliances
    .flatMap((members, alliance) => [...new Set(members)].map((member) => [member, alliance] as const))
    .sort(([a, one], [b, other]) => a - b || one - other);
  return {
    organisationCount,
    allianceCount: alliances.length,
    organisationOf: Int32Array.from(pairs, ([organisation]) => organisation),
    allianceOf: Int32Array.from(pairs, ([, alliance]) => alliance),
  };
}

/** Networks of up to twelve organisations in up to eight alliances. */
export const networks = fc
  .integer({ min: 0, max: 12 })
  .chain((n) =>
    fc.record({
      n: fc.constant(n),
      alliances: fc.array(fc.array(fc.nat({ max: Math.max(0, n - 1) }), { maxLength: n }), { maxLength: 8 }),
    }),
  )
  .map(({ n, alliances }) => ({ n, alliances: n === 0 ? [] : alliances.map((one) => [...new Set(one)]) }));

/** Graphs of up to twelve nodes of up to four kinds, directed or not; one of three pairs is tied. */
export const graphs = fc
  .integer({ min: 0, max: 12 })
  .chain((n) =>
    fc.record({
      n: fc.constant(n),
      directed: fc.boolean(),
      kinds: fc.array(fc.nat({ max: 3 }), { minLength: n, maxLength: n }),
      drawn: fc.array(fc.nat({ max: 2 }), { minLength: n * n, maxLength: n * n }),
    }),
  )
  .map(({ n, directed, kinds, drawn }) => {
    const pairs = drawn.flatMap((one, place) =>
      one === 0 ? [[Math.floor(place / n), place % n] as [number, number]] : [],
    );
    return { n, directed, kinds, pairs: pairs.filter(([one, other]) => (directed ? one !== other : one < other)) };
  });
