/** Who takes part in what, as distinct pairs of indices: pair `p` says that organisation `organisationOf[p]` is in `allianceOf[p]`. */
export type Incidence = {
  readonly organisationCount: number;
  readonly allianceCount: number;
  readonly organisationOf: Int32Array;
  readonly allianceOf: Int32Array;
};

/** Why a figure has no value. */
export type UndefinedReason = 'TOO_FEW_NODES' | 'NO_TIES' | 'NO_TRIPLES';

/** The network of organisations that share an alliance: per organisation, and as a whole. */
export type Network = {
  /** Number of organisations with which an organisation shares at least one alliance. */
  readonly degree: Int32Array;
  /** Sum of the weights of an organisation's ties: how many alliances it shares with each, added up. */
  readonly strength: Int32Array;
  /** Number of alliances of an organisation. */
  readonly allianceCount: Int32Array;
  readonly tieCount: number;
  readonly totalWeight: number;
  readonly isolateCount: number;
  readonly componentCount: number;
  readonly largestComponentSize: number;
  readonly density: number | null;
  readonly meanDegree: number | null;
  readonly globalClustering: number | null;
  readonly meanLocalClustering: number | null;
  readonly degreeDistribution: readonly { readonly degree: number; readonly count: number }[];
  readonly reasons: Readonly<
    Partial<Record<'density' | 'meanDegree' | 'globalClustering' | 'meanLocalClustering', UndefinedReason>>
  >;
};

/** Rows of a sparse matrix: the items of row `r` are `items[offsets[r] … offsets[r + 1])`. */
export type Rows = { readonly offsets: Int32Array; readonly items: Int32Array };

/** Reads a typed array at an index that is within it by construction. */
export const at = (array: Int32Array, index: number) => array[index] as number;

/**
 * An upper bound of the steps that `computeNetwork` takes, known before anything is computed: the sum over
 * organisations of the square of their strength. A step takes about a nanosecond.
 */
export function networkSteps(incidence: Incidence): number {
  const size = new Int32Array(incidence.allianceCount);
  for (const alliance of incidence.allianceOf) size[alliance] = at(size, alliance) + 1;
  const strength = new Float64Array(incidence.organisationCount);
  incidence.organisationOf.forEach((organisation, pair) => {
    strength[organisation] = (strength[organisation] ?? 0) + at(size, at(incidence.allianceOf, pair)) - 1;
  });
  return strength.reduce((total, value) => total + value * value, 0);
}

/**
 * Computes the network exactly, by walking the two-mode incidence. Sums run in the order of the indices, so the same
 * incidence gives the same bits. The graph is simple: pairs are merged, the weight is the number of shared alliances.
 */
export function computeNetwork(incidence: Incidence): Network {
  const n = incidence.organisationCount;
  const alliancesOf = group(incidence.organisationOf, incidence.allianceOf, n);
  const membersOf = group(incidence.allianceOf, incidence.organisationOf, incidence.allianceCount);
  const neighbours = project(alliancesOf, membersOf, n);
  const degree = sizes(neighbours, n);
  const strength = strengths(alliancesOf, membersOf, n);
  const tieCount = neighbours.items.length / 2;
  const clustering = cluster(neighbours, degree);
  const components = componentSizes(membersOf, n, incidence.allianceCount);
  const density = n < 2 ? null : (2 * tieCount) / (n * (n - 1));
  const meanDegree = n === 0 ? null : (2 * tieCount) / n;
  return {
    degree,
    strength,
    allianceCount: sizes(alliancesOf, n),
    tieCount,
    totalWeight: sum(strength) / 2,
    isolateCount: degree.reduce((count, value) => (value === 0 ? count + 1 : count), 0),
    componentCount: components.length,
    largestComponentSize: components.reduce((largest, size) => Math.max(largest, size), 0),
    density,
    meanDegree,
    globalClustering: clustering.global,
    meanLocalClustering: clustering.meanLocal,
    degreeDistribution: distribution(degree),
    reasons: {
      ...(density === null && { density: 'TOO_FEW_NODES' }),
      ...(meanDegree === null && { meanDegree: 'TOO_FEW_NODES' }),
      ...(clustering.global === null && { globalClustering: globalReason(n, tieCount) }),
      ...(clustering.meanLocal === null && { meanLocalClustering: 'TOO_FEW_NODES' }),
    },
  };
}

function globalReason(n: number, tieCount: number): UndefinedReason {
  if (n < 3) return 'TOO_FEW_NODES';
  return tieCount === 0 ? 'NO_TIES' : 'NO_TRIPLES';
}

const sum = (values: Int32Array) => values.reduce((total, value) => total + value, 0);

/** Groups `values` by `keys` (0 … rowCount − 1) by counting. */
export function group(keys: Int32Array, values: Int32Array, rowCount: number): Rows {
  const offsets = new Int32Array(rowCount + 1);
  for (const key of keys) offsets[key + 1] = at(offsets, key + 1) + 1;
  for (let row = 0; row < rowCount; row++) offsets[row + 1] = at(offsets, row + 1) + at(offsets, row);
  const next = offsets.slice();
  const items = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const key = at(keys, index);
    items[at(next, key)] = at(values, index);
    next[key] = at(next, key) + 1;
  }
  return { offsets, items };
}

function sizes(rows: Rows, rowCount: number): Int32Array {
  return Int32Array.from({ length: rowCount }, (_, row) => at(rows.offsets, row + 1) - at(rows.offsets, row));
}

/** Each alliance of size k gives each of its members k − 1. */
function strengths(alliancesOf: Rows, membersOf: Rows, n: number): Int32Array {
  const strength = new Int32Array(n);
  for (let one = 0; one < n; one++) {
    let total = 0;
    for (let a = at(alliancesOf.offsets, one); a < at(alliancesOf.offsets, one + 1); a++) {
      const alliance = at(alliancesOf.items, a);
      total += at(membersOf.offsets, alliance + 1) - at(membersOf.offsets, alliance) - 1;
    }
    strength[one] = total;
  }
  return strength;
}

/** The distinct partners of every organisation, found by way of its alliances: counted first, then filled in. */
function project(alliancesOf: Rows, membersOf: Rows, n: number): Rows {
  const seenBy = new Int32Array(n).fill(-1);
  const offsets = new Int32Array(n + 1);
  for (let one = 0; one < n; one++) {
    let count = 0;
    eachPartner(alliancesOf, membersOf, one, seenBy, () => {
      count += 1;
    });
    offsets[one + 1] = at(offsets, one) + count;
  }
  const items = new Int32Array(at(offsets, n));
  seenBy.fill(-1);
  let position = 0;
  for (let one = 0; one < n; one++) {
    eachPartner(alliancesOf, membersOf, one, seenBy, (other) => {
      items[position++] = other;
    });
  }
  return { offsets, items };
}

function eachPartner(
  alliancesOf: Rows,
  membersOf: Rows,
  one: number,
  seenBy: Int32Array,
  found: (other: number) => void,
): void {
  seenBy[one] = one;
  for (let a = at(alliancesOf.offsets, one); a < at(alliancesOf.offsets, one + 1); a++) {
    const alliance = at(alliancesOf.items, a);
    for (let m = at(membersOf.offsets, alliance); m < at(membersOf.offsets, alliance + 1); m++) {
      const other = at(membersOf.items, m);
      if (seenBy[other] === one) continue;
      seenBy[other] = one;
      found(other);
    }
  }
}

/** Global clustering: closed triples over triples. Mean local clustering: over all nodes, degree below two counts 0. */
function cluster(neighbours: Rows, degree: Int32Array): { global: number | null; meanLocal: number | null } {
  const n = degree.length;
  const neighbourOf = new Int32Array(n).fill(-1);
  let closed = 0;
  let triples = 0;
  let localSum = 0;
  for (let one = 0; one < n; one++) {
    const k = at(degree, one);
    if (k < 2) continue;
    const possible = (k * (k - 1)) / 2;
    const present = tiesAmong(neighbours, one, neighbourOf);
    closed += present;
    triples += possible;
    localSum += present / possible;
  }
  return { global: triples === 0 ? null : closed / triples, meanLocal: n === 0 ? null : localSum / n };
}

function tiesAmong(neighbours: Rows, one: number, neighbourOf: Int32Array): number {
  const { offsets, items } = neighbours;
  for (let i = at(offsets, one); i < at(offsets, one + 1); i++) neighbourOf[at(items, i)] = one;
  let ends = 0;
  for (let i = at(offsets, one); i < at(offsets, one + 1); i++) {
    const other = at(items, i);
    for (let j = at(offsets, other); j < at(offsets, other + 1); j++) if (neighbourOf[at(items, j)] === one) ends += 1;
  }
  return ends / 2;
}

function componentSizes(membersOf: Rows, n: number, allianceCount: number): number[] {
  const parent = Int32Array.from({ length: n }, (_, index) => index);
  for (let alliance = 0; alliance < allianceCount; alliance++) {
    const first = at(membersOf.offsets, alliance);
    for (let m = first + 1; m < at(membersOf.offsets, alliance + 1); m++) {
      parent[root(parent, at(membersOf.items, m))] = root(parent, at(membersOf.items, first));
    }
  }
  const size = new Int32Array(n);
  for (let one = 0; one < n; one++) {
    const top = root(parent, one);
    size[top] = at(size, top) + 1;
  }
  return [...size].filter((value) => value > 0);
}

function root(parent: Int32Array, start: number): number {
  let node = start;
  while (at(parent, node) !== node) {
    parent[node] = at(parent, at(parent, node));
    node = at(parent, node);
  }
  return node;
}

/** How many organisations have each degree, from the lowest. */
export function distribution(degree: Int32Array): { degree: number; count: number }[] {
  const counts = new Map<number, number>();
  for (const value of degree) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b).map(([value, count]) => ({ degree: value, count }));
}
