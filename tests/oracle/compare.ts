import type { Values } from './programs.ts';
import type { Given } from './shapes.ts';

/** Measures that are whole numbers or names of parts: these must be equal to the last bit. */
const counts = new Set(
  'Reach weightedReach tieCount inDegree outDegree core coreErrors coreSize diameter components strongComponents'.split(
    ' ',
  ),
);

/** How two engines compare: the largest relative difference of every measure, and where they differ by too much. */
export type Comparison = {
  readonly compared: number;
  readonly largest: Record<string, number>;
  readonly faults: string[];
};

/**
 * Compares value by value: relative to the greater of the two; undefined in one must be undefined in the other. The
 * eigenvector is compared relative to its greatest value, 1: ARPACK promises no more for the small ones.
 */
export function compare(graphs: readonly Given[], found: readonly Values[], wanted: readonly Values[]): Comparison {
  const largest: Record<string, number> = {};
  const faults: string[] = [];
  let compared = 0;
  graphs.forEach(({ shape }, place) => {
    for (const [name, own, other] of pairsOf(found[place] ?? {}, wanted[place] ?? {})) {
      const worst = Math.max(0, ...own.map((value, index) => differenceOf(name, value, other[index])));
      compared += own.length;
      largest[name] = Math.max(largest[name] ?? 0, worst);
      const allowed = counts.has(name) ? 0 : 1e-9;
      if (own.length !== other.length || worst > allowed) faults.push(`${shape}: ${name} differs by ${worst}`);
    }
  });
  return { compared, largest, faults };
}

/** What either has, by name. */
function pairsOf(ours: Values, theirs: Values) {
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].map((name) => [name, [ours[name]].flat(), [theirs[name]].flat()] as const);
}

function differenceOf(name: string, a: number | null | undefined, b: number | null | undefined): number {
  if (a === b && a !== undefined) return 0;
  if (typeof a !== 'number' || typeof b !== 'number') return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / (name === 'eigenvector' ? 1 : Math.max(Math.abs(a), Math.abs(b)));
}
