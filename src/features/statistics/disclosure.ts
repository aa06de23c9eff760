/** Organisations that a group needs at least before a figure on it is told. */
export const minimumGroup = 5;

/** A group of a partition with its size; the name is null for what cannot be asked for on its own. */
export type Group = { readonly name: string | null; readonly size: number };

/**
 * Whether figures on a group may be told: where it has five organisations or more, and where the groups of the same
 * partition that are not told have five together or more. Else the smallest of those that could be told is left out too
 * (the first by name among equals), since the whole less what is told would give away what is not.
 */
export function isTold(partition: readonly Group[], name: string): boolean {
  const sized = partition.filter(({ size }) => size > 0);
  const large = sized
    .filter((group) => group.name !== null && group.size >= minimumGroup)
    .sort((a, b) => a.size - b.size || ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
  let hidden = sized.filter((group) => !large.includes(group)).reduce((sum, { size }) => sum + size, 0);
  while (hidden > 0 && hidden < minimumGroup && large.length > 0) hidden += large.shift()?.size ?? 0;
  return large.some((group) => group.name === name);
}

/**
 * How many organisations of a kind had promises in a month, by which alliances these are in: public ones, and those that
 * are visible within the network alone.
 */
export type Promisers = {
  readonly month: string;
  readonly kind: string;
  readonly publicCount: number;
  readonly networkCount: number;
};

/** The whole, or one kind, of one month and one sort of alliances: nobody is there, or enough are. */
function isToldOfCell(partition: readonly Group[], kind: string | null): boolean {
  const size = partition.reduce((sum, group) => sum + (kind === null || group.name === kind ? group.size : 0), 0);
  return size === 0 || (kind === null ? size >= minimumGroup : isTold(partition, kind));
}

/**
 * Whether figures on promises of whole months may be told, of all organisations or of one kind: where that holds of each
 * month for itself, and of public alliances and those of the network for themselves. So whatever windows, kinds and
 * viewers are subtracted from each other, what is left is of five organisations or more. A month without promises tells
 * of nobody.
 */
export function isToldOfMonths(promisers: readonly Promisers[], kind: string | null): boolean {
  const months = new Set(promisers.map(({ month }) => month));
  return [...months].every((month) => {
    const cells = promisers.filter((cell) => cell.month === month);
    const inPublic = cells.map(({ kind, publicCount }) => ({ name: kind, size: publicCount }));
    const inNetwork = cells.map(({ kind, networkCount }) => ({ name: kind, size: networkCount }));
    return isToldOfCell(inPublic, kind) && isToldOfCell(inNetwork, kind);
  });
}
