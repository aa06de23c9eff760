/** Σ (max − value) over the greatest sum that a graph of as many nodes can have. */
function freeman(values: ArrayLike<number>, greatest: number): number {
  let max = 0;
  for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] as number);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += max - (values[i] as number);
  return sum / greatest;
}

/** Freeman's degree centralisation of an undirected graph, ÷ (N − 1)(N − 2): 1 for a star. Null for N < 3. */
export function degreeCentralisation(degree: Int32Array): number | null {
  const n = degree.length;
  return n < 3 ? null : freeman(degree, (n - 1) * (n - 2));
}

/** Freeman's centralisation of the degrees in, or out, of a directed graph, ÷ (N − 1)². Null for N < 2. */
export function arcCentralisation(degree: Int32Array): number | null {
  const n = degree.length;
  return n < 2 ? null : freeman(degree, (n - 1) ** 2);
}

/** Freeman's betweenness centralisation of raw values, ÷ (N − 1)²(N − 2), half of that if undirected. Null for N < 3. */
export function betweennessCentralisation(raw: Float64Array, directed: boolean): number | null {
  const n = raw.length;
  return n < 3 ? null : freeman(raw, ((n - 1) ** 2 * (n - 2)) / (directed ? 1 : 2));
}
