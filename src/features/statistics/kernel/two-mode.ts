import { type Graph, type Neighbours, rowSizes } from './graph.ts';
import { at, group, type Rows, real, transpose } from './rows.ts';

/** Who takes part in what, as distinct pairs of indices: pair `p` says that organisation `organisationOf[p]` is in `allianceOf[p]`. */
export type Incidence = {
  readonly organisationCount: number;
  readonly allianceCount: number;
  readonly organisationOf: Int32Array;
  readonly allianceOf: Int32Array;
};

/**
 * How a tie of the projection is weighted: `count` by the number of shared alliances, `newman` by the sum over them of
 * 1 / (members − 1), `jaccard` by shared alliances over alliances of either.
 */
export type Weighting = 'count' | 'newman' | 'jaccard';

/** A two-mode network as rows in both directions, each in rising order. */
export type TwoMode = {
  readonly n: number;
  readonly allianceCount: number;
  readonly alliancesOf: Rows;
  readonly membersOf: Rows;
};

/** Reads an incidence as rows. */
export function twoModeOf({ organisationCount: n, allianceCount, organisationOf, allianceOf }: Incidence): TwoMode {
  const alliancesOf = transpose(group(allianceOf, organisationOf, allianceCount), n);
  return { n, allianceCount, alliancesOf, membersOf: transpose(alliancesOf, allianceCount) };
}

/** The weight that each alliance gives to the ties of its members: 1, or 1 / (members − 1) after Newman. */
export function allianceWeights({ membersOf }: TwoMode, weighting: 'count' | 'newman'): Float64Array {
  return Float64Array.from(rowSizes(membersOf), (size) => (weighting === 'count' || size < 2 ? 1 : 1 / (size - 1)));
}

/** The projection onto organisations: tied are those that share an alliance. Weights are added in order of alliance. */
export function projectionOf(twoMode: TwoMode, weighting: Weighting): Graph {
  const { n, alliancesOf } = twoMode;
  const perAlliance = allianceWeights(twoMode, weighting === 'newman' ? 'newman' : 'count');
  const found = neighboursOf(twoMode, perAlliance);
  if (weighting === 'jaccard') toJaccard(found, rowSizes(alliancesOf));
  return { n, directed: false, out: found, in: found, tieCount: found.items.length / 2 };
}

/** Pairs of organisations that share more than one alliance, with the number that they share beyond the first. */
export function repeatedPairs(twoMode: TwoMode): Rows & { readonly extra: Float64Array } {
  const { offsets, items, weights } = neighboursOf(twoMode, allianceWeights(twoMode, 'count'));
  const kept = items.filter((_, place) => real(weights, place) > 1);
  const keptOffsets = new Int32Array(offsets.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    let size = at(keptOffsets, row);
    for (let i = at(offsets, row); i < at(offsets, row + 1); i++) if (real(weights, i) > 1) size += 1;
    keptOffsets[row + 1] = size;
  }
  return {
    offsets: keptOffsets,
    items: kept,
    extra: weights.filter((weight) => weight > 1).map((weight) => weight - 1),
  };
}

/**
 * The partners of every organisation in rising order. Each pair is found from its lower end, so that those before an
 * organisation are found in rising order; turned around, they give those after it, in rising order too.
 */
function neighboursOf(twoMode: TwoMode, perAlliance: Float64Array): Neighbours {
  const { n } = twoMode;
  const row: Row = { found: new Int32Array(n), sums: new Float64Array(n) };
  const offsets = offsetsOf(twoMode, perAlliance, row);
  const items = new Int32Array(at(offsets, n));
  const weights = new Float64Array(at(offsets, n));
  const next = offsets.slice();
  for (let one = 0; one < n; one++) {
    const count = gather(twoMode, one, perAlliance, row);
    for (let i = 0; i < count; i++) {
      const other = at(row.found, i);
      const place = at(next, other);
      items[place] = one;
      weights[place] = real(row.sums, other);
      next[other] = place + 1;
      row.sums[other] = 0;
    }
  }
  turnAround({ offsets, items, weights }, next);
  return { offsets, items, weights };
}

/** Where the row of each organisation begins, by its number of partners. */
function offsetsOf(twoMode: TwoMode, perAlliance: Float64Array, row: Row): Int32Array {
  const { n } = twoMode;
  const offsets = new Int32Array(n + 1);
  for (let one = 0; one < n; one++) {
    const count = gather(twoMode, one, perAlliance, row);
    offsets[one + 1] = at(offsets, one + 1) + count;
    for (let i = 0; i < count; i++) {
      const other = at(row.found, i);
      offsets[other + 1] = at(offsets, other + 1) + 1;
      row.sums[other] = 0;
    }
  }
  for (let one = 0; one < n; one++) offsets[one + 1] = at(offsets, one + 1) + at(offsets, one);
  return offsets;
}

/** Adds to every row the partners with a higher number, from the rows of those; until `ends` they are lower. */
function turnAround({ offsets, items, weights }: Neighbours, ends: Int32Array): void {
  const next = ends.slice();
  for (let one = 0; one + 1 < offsets.length; one++) {
    for (let place = at(offsets, one); place < at(ends, one); place++) {
      const other = at(items, place);
      const turned = at(next, other);
      items[turned] = one;
      weights[turned] = real(weights, place);
      next[other] = turned + 1;
    }
  }
}

type Row = { readonly found: Int32Array; readonly sums: Float64Array };

/** Finds the partners of an organisation that come after it, and adds up the weight of each; answers how many there are. */
function gather(
  { alliancesOf, membersOf }: TwoMode,
  one: number,
  perAlliance: Float64Array,
  { found, sums }: Row,
): number {
  let count = 0;
  for (let a = at(alliancesOf.offsets, one); a < at(alliancesOf.offsets, one + 1); a++) {
    const alliance = at(alliancesOf.items, a);
    const weight = real(perAlliance, alliance);
    for (let m = at(membersOf.offsets, alliance + 1) - 1; at(membersOf.items, m) > one; m--) {
      const other = at(membersOf.items, m);
      const sum = real(sums, other);
      if (sum === 0) found[count++] = other;
      sums[other] = sum + weight;
    }
  }
  return count;
}

function toJaccard({ offsets, items, weights }: Neighbours, sizes: Int32Array): void {
  for (let one = 0; one < sizes.length; one++) {
    for (let i = at(offsets, one); i < at(offsets, one + 1); i++) {
      const shared = real(weights, i);
      weights[i] = shared / (at(sizes, one) + at(sizes, at(items, i)) - shared);
    }
  }
}
