import type { Graph } from './graph.ts';
import { at } from './rows.ts';

/** Whether ties stay within groups; null where undefined. */
export type Mixing = {
  /** Ties between groups, and within one; arcs where the graph is directed. */
  readonly external: number;
  readonly internal: number;
  /** (external − internal) ÷ ties (Krackhardt and Stern). Null without ties. */
  readonly externalInternal: number | null;
  /** That index if every pair were as likely to be tied: from the sizes of the groups alone. Null for N < 2. */
  readonly expectedExternalInternal: number | null;
  /** Newman's nominal assortativity (Σe_ii − Σa_i b_i) ÷ (1 − Σa_i b_i). Null when all ties end in one group, or without ties. */
  readonly assortativity: number | null;
};

/** Mixing of the ties by group: `groupOf` holds a number from 0 on for every node. Ties count once each, unweighted. */
export function mixingOf({ n, directed, out, tieCount }: Graph, groupOf: Int32Array): Mixing {
  const groupCount = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  const starts = new Float64Array(groupCount);
  const ends = new Float64Array(groupCount);
  let internalEnds = 0;
  for (let node = 0; node < n; node++) {
    const own = at(groupOf, node);
    for (let i = at(out.offsets, node); i < at(out.offsets, node + 1); i++) {
      const other = at(groupOf, at(out.items, i));
      starts[own] = (starts[own] as number) + 1;
      ends[other] = (ends[other] as number) + 1;
      if (own === other) internalEnds += 1;
    }
  }
  const internal = directed ? internalEnds : internalEnds / 2;
  const external = tieCount - internal;
  const all = out.items.length;
  // In whole numbers, so that ends in one group alone give a difference of exactly 0.
  const byChance = starts.reduce((sum, count, group) => sum + count * (ends[group] as number), 0);
  return {
    external,
    internal,
    externalInternal: tieCount === 0 ? null : (external - internal) / tieCount,
    expectedExternalInternal: expectedIndex(groupOf, groupCount),
    assortativity: all * all === byChance ? null : (internalEnds * all - byChance) / (all * all - byChance),
  };
}

function expectedIndex(groupOf: Int32Array, groupCount: number): number | null {
  const n = groupOf.length;
  if (n < 2) return null;
  const sizes = new Int32Array(groupCount);
  for (const group of groupOf) sizes[group] = at(sizes, group) + 1;
  const within = sizes.reduce((sum, size) => sum + size * (size - 1), 0);
  return 1 - (2 * within) / (n * (n - 1));
}
