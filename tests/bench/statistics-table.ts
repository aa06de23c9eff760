/** Processor time in seconds: of the first run in a process, and the median of the runs after it; null when not repeated. */
export type Times = { readonly cold: number; readonly warm: number | null };

/** What was measured of a family of measures; `igraph` is null where it has none or was skipped. */
export type Row = {
  readonly name: string;
  readonly ours: { readonly times: Times; readonly peakMegabytes: number } | undefined;
  readonly igraph: Times | null;
  readonly isSkipped: boolean;
};

/** The ratio to igraph that each family aims at. */
const aims: Readonly<Record<string, number>> = { betweenness: 0.6, distances: 0.1 };

const seconds = (value: number | null | undefined) => (value === null || value === undefined ? '–' : value.toFixed(4));
const ratio = (own: number | null | undefined, other: number | null | undefined) =>
  typeof own === 'number' && typeof other === 'number' && other > 0 ? (own / other).toFixed(2) : '–';

/** A table of all families in lines of text, with the ratio of ours to igraph, the first and the later runs apart. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['measure', 'ours cold s', 'ours warm s', 'igraph cold s', 'igraph warm s', 'cold', 'warm', 'aim', 'MB'];
  const lines = rows.map(({ name, ours, igraph, isSkipped }) => [
    name,
    seconds(ours?.times.cold),
    seconds(ours?.times.warm),
    isSkipped ? 'skipped' : seconds(igraph?.cold),
    seconds(igraph?.warm),
    ratio(ours?.times.cold, igraph?.cold),
    ratio(ours?.times.warm, igraph?.warm),
    isSkipped || igraph !== null ? (aims[name] ?? 1).toFixed(1) : '–',
    ours?.peakMegabytes.toFixed(0) ?? '–',
  ]);
  const widths = head.map((title, place) => Math.max(title.length, ...lines.map((line) => line[place]?.length ?? 0)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, place) => (place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

/** The most memory of a process that computes all families. */
export const memoryRow = (ours: number, igraph: number): string =>
  `all in one process: ours at most ${ours.toFixed(0)} MB, igraph ${igraph.toFixed(0)} MB, ratio ${ratio(ours, igraph)}`;

/**
 * The largest relative difference of two lists; infinite where they are not as long or one value alone is undefined. The
 * eigenvector is compared relative to its greatest value, 1: ARPACK promises no more for the small ones.
 */
export function largestDifference(name: string, ours: Float64Array, other: Float64Array): number {
  if (ours.length !== other.length || ours.length === 0) return Number.POSITIVE_INFINITY;
  return ours.reduce((most, value, place) => Math.max(most, differenceOf(name, value, other[place] ?? 0)), 0);
}

function differenceOf(name: string, a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  return Math.abs(a - b) / (name === 'eigenvector' ? 1 : Math.max(Math.abs(a), Math.abs(b)));
}
