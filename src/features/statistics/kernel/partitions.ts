const pairs = (count: number) => (count * (count - 1)) / 2;

function counted(keys: Iterable<string>): number {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  let total = 0;
  for (const count of counts.values()) total += pairs(count);
  return total;
}

/**
 * The adjusted Rand index of two divisions of the same nodes (Hubert and Arabie 1985): 1 when they are equal, 0 as
 * expected by chance. Nodes that have no group (−1) in both are left out. Null with fewer than two nodes.
 */
export function adjustedRandIndex(one: Int32Array, other: Int32Array): number | null {
  const nodes = [...one.keys()].filter((node) => one[node] !== -1 || other[node] !== -1);
  if (nodes.length < 2) return null;
  const both = counted(nodes.map((node) => `${one[node]} ${other[node]}`));
  const first = counted(nodes.map((node) => `${one[node]}`));
  const second = counted(nodes.map((node) => `${other[node]}`));
  const expected = (first * second) / pairs(nodes.length);
  const most = (first + second) / 2;
  // Both are one group, or both are single nodes: the same division.
  return most === expected ? 1 : (both - expected) / (most - expected);
}

/** How well divisions agree: mean and lowest adjusted Rand index over all their pairs; null without a pair. */
export function agreement(divisions: readonly Int32Array[]): { mean: number; lowest: number } | null {
  const indices = divisions.flatMap((one, index) =>
    divisions.slice(index + 1).map((other) => adjustedRandIndex(one, other)),
  );
  const known = indices.filter((index) => index !== null);
  if (known.length === 0) return null;
  return { mean: known.reduce((sum, index) => sum + index, 0) / known.length, lowest: Math.min(...known) };
}
