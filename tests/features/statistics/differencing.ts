/*
 * What follows from everything that is told, by linear algebra: each figure is a sum over cells that are not known, and
 * whoever asks may add and subtract as many figures as it wants.
 */

/** A cell that is not known: what one organisation promised in one month in one sort of alliances. */
export type Cell = {
  readonly organisation: number;
  readonly kind: string;
  readonly month: string;
  readonly visibility: 'public' | 'network';
};

// Ranks over a prime field; a rank that is lower here than over the rationals is as good as impossible.
const prime = 32_749;
const mod = (value: number) => ((value % prime) + prime) % prime;
function inverse(value: number): number {
  let result = 1;
  for (let base = mod(value), power = prime - 2; power > 0; power = Math.floor(power / 2)) {
    if (power % 2 === 1) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

/** Independent rows with the same span, by elimination. */
function basisOf(rows: readonly (readonly number[])[]): number[][] {
  const basis: { pivot: number; row: number[] }[] = [];
  for (const given of rows) {
    const row = given.map(mod);
    for (const { pivot, row: other } of basis) {
      const factor = row[pivot] as number;
      if (factor !== 0) for (const [at, value] of other.entries()) row[at] = mod((row[at] as number) - factor * value);
    }
    const pivot = row.findIndex((value) => value !== 0);
    if (pivot < 0) continue;
    const factor = inverse(row[pivot] as number);
    basis.push({ pivot, row: row.map((value) => (value * factor) % prime) });
  }
  return basis.map(({ row }) => row);
}

function* subsetsOf(items: readonly number[], size: number): Generator<readonly number[]> {
  if (size === 0) yield [];
  for (const [at, item] of size > 0 ? items.entries() : [])
    for (const rest of subsetsOf(items.slice(at + 1), size - 1)) yield [item, ...rest];
}

/**
 * A group of fewer than `minimum` organisations of which a figure follows from the figures that were told, each as the
 * cells that it adds up; undefined where there is none. A figure on a group follows where the rows that were told have
 * fewer dimensions without the cells of the group than with them.
 */
export function derivable(
  cells: readonly Cell[],
  told: readonly ((cell: Cell) => boolean)[],
  minimum: number,
): readonly number[] | undefined {
  const basis = basisOf(told.map((isIn) => cells.map((cell) => (isIn(cell) ? 1 : 0))));
  const organisations = [...new Set(cells.map(({ organisation }) => organisation))];
  for (const group of subsetsOf(organisations, Math.min(minimum - 1, organisations.length))) {
    const outside = basis.map((row) => row.filter((_, at) => !group.includes(cells[at]?.organisation ?? -1)));
    if (basisOf(outside).length < basis.length) return group;
  }
  return undefined;
}
