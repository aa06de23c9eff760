import type { Graph } from './graph.ts';
import { at } from './rows.ts';
import { type Draws, drawsOf } from './seeded.ts';
import type { Work } from './work.ts';

/** What an index of mixing is when groups fall on the nodes at random. */
export type PermutedMixing = {
  /** The index (external − internal) ÷ ties of every permutation; empty without ties. */
  readonly values: Float64Array;
  /**
   * Share of the permutations, the observed one among them, whose index lies as far from the expected one as the observed
   * index, or further. Null without ties, or with one group.
   */
  readonly p: number | null;
};

/**
 * Permutes the groups over all nodes, isolates included, and compares the E-I index of the ties each time: a test by
 * permutation, two-sided, p = (as far + 1) ÷ (permutations + 1) (Phipson and Smyth 2010). Compared are whole numbers, so
 * that equal indices are equal. The graph has no directions. Yields after every permutation.
 */
export function* permutedMixingOf(
  graph: Graph,
  groupOf: Int32Array,
  { permutations, seed }: { readonly permutations: number; readonly seed: number },
): Work<PermutedMixing> {
  const { n, tieCount } = graph;
  const sizes = sizesOf(groupOf);
  if (tieCount === 0) return { values: new Float64Array(0), p: null };
  const pairs = (n * (n - 1)) / 2;
  const apart = pairs - sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const ties = upperTies(graph);
  const farness = (external: number) => Math.abs(external * pairs - tieCount * apart);
  const observed = farness(externalOf(ties, groupOf));
  const labels = groupOf.slice();
  const draw = drawsOf(seed);
  const values = new Float64Array(permutations);
  let asFar = 0;
  for (let permutation = 0; permutation < permutations; permutation++) {
    shuffle(labels, draw);
    const external = externalOf(ties, labels);
    values[permutation] = (2 * external - tieCount) / tieCount;
    if (farness(external) >= observed) asFar += 1;
    yield;
  }
  const groupCount = sizes.reduce((count, size) => (size > 0 ? count + 1 : count), 0);
  return { values, p: groupCount < 2 ? null : (asFar + 1) / (permutations + 1) };
}

function sizesOf(groupOf: Int32Array): Int32Array {
  const sizes = new Int32Array(groupOf.reduce((most, group) => Math.max(most, group + 1), 0));
  for (const group of groupOf) sizes[group] = at(sizes, group) + 1;
  return sizes;
}

type UpperTies = { readonly from: Int32Array; readonly to: Int32Array };

/** Every tie once, from its lower node. */
function upperTies({ n, out, tieCount }: Graph): UpperTies {
  const [from, to] = [new Int32Array(tieCount), new Int32Array(tieCount)];
  let filled = 0;
  for (let node = 0; node < n; node++) {
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      if (at(out.items, i) < node) continue;
      from[filled] = node;
      to[filled++] = at(out.items, i);
    }
  }
  return { from, to };
}

/** How many ties run between groups; without a branch, which by chance would be mispredicted all the time. */
function externalOf({ from, to }: UpperTies, groupOf: Int32Array): number {
  let external = 0;
  for (let tie = 0; tie < from.length; tie++) {
    const difference = at(groupOf, at(from, tie)) ^ at(groupOf, at(to, tie));
    external += (difference | -difference) >>> 31;
  }
  return external;
}

/** Brings the labels in an order that is drawn (Fisher and Yates). */
function shuffle(labels: Int32Array, draw: Draws): void {
  for (let last = labels.length - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    const kept = at(labels, last);
    labels[last] = at(labels, other);
    labels[other] = kept;
  }
}
