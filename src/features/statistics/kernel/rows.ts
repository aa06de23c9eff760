/** Rows of a sparse matrix: the items of row `r` are `items[offsets[r] … offsets[r + 1])`, in rising order. */
export type Rows = { readonly offsets: Int32Array; readonly items: Int32Array };

/** Reads a whole number at an index that is within the array by construction. */
export const at = (array: Int32Array, index: number): number => array[index] as number;

/** Reads a real number at an index that is within the array by construction. */
export const real = (array: Float64Array, index: number): number => array[index] as number;

/** Groups `values` by `keys` (0 … rowCount − 1) by counting; within a row, values keep their order. */
export function group(keys: Int32Array, values: Int32Array, rowCount: number): Rows {
  const offsets = offsetsOf(keys, rowCount);
  const next = offsets.slice();
  const items = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const key = at(keys, index);
    const place = at(next, key);
    items[place] = at(values, index);
    next[key] = place + 1;
  }
  return { offsets, items };
}

function offsetsOf(keys: Int32Array, rowCount: number): Int32Array {
  const offsets = new Int32Array(rowCount + 1);
  for (const key of keys) offsets[key + 1] = at(offsets, key + 1) + 1;
  for (let row = 0; row < rowCount; row++) offsets[row + 1] = at(offsets, row + 1) + at(offsets, row);
  return offsets;
}

/** The rows of the transposed matrix. Each of its rows is in rising order, whatever the order of the given rows. */
export function transpose(rows: Rows, columnCount: number): Rows {
  return group(rows.items, keysOf(rows), columnCount);
}

/** The row of every item. */
export function keysOf({ offsets, items }: Rows): Int32Array {
  const keys = new Int32Array(items.length);
  for (let row = 0; row + 1 < offsets.length; row++) keys.fill(row, at(offsets, row), at(offsets, row + 1));
  return keys;
}
