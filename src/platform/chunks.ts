/** Does something with rows, so many at a time that a statement has few enough parameters, and one after another. */
export async function inChunks<Row>(
  rows: readonly Row[],
  work: (chunk: Row[]) => PromiseLike<unknown>,
  size = 500,
): Promise<void> {
  for (let start = 0; start < rows.length; start += size) await work(rows.slice(start, start + size));
}
