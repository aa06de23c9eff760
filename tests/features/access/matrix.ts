/** Every combination of one value per name. */
export function product<Name extends string>(
  values: Readonly<Record<Name, readonly string[]>>,
): Record<Name, string>[] {
  let rows: Record<string, string>[] = [{}];
  for (const [name, options] of Object.entries<readonly string[]>(values)) {
    rows = rows.flatMap((row) => options.map((option) => ({ ...row, [name]: option })));
  }
  return rows as Record<Name, string>[];
}

/** The name of a combination. */
export const nameOf = (row: Readonly<Record<string, string>>) =>
  Object.entries(row)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');

/** What was accepted of all combinations, what should have been, and what was although it should not: names, sorted. */
export type Judgement = {
  readonly tried: number;
  readonly accepted: string[];
  readonly specified: string[];
  readonly wrong: ReadonlySet<string>;
};

/**
 * Tries every combination once and judges what came in. This is the harness of the matrices: it knows neither the node
 * nor the rules, so that a verifier with a weakness can be put in the place of the node.
 */
export async function judge<Row extends Readonly<Record<string, string>>>(
  rows: readonly Row[],
  isSpecified: (row: Row) => boolean,
  isAccepted: (row: Row) => Promise<boolean>,
): Promise<Judgement> {
  const unique = [...new Map(rows.map((row) => [nameOf(row), row])).values()];
  const accepted: string[] = [];
  for (const row of unique) if (await isAccepted(row)) accepted.push(nameOf(row));
  const specified = unique.filter(isSpecified).map(nameOf).sort();
  const wrong = new Set(accepted.filter((name) => !specified.includes(name)));
  return { tried: unique.length, accepted: accepted.sort(), specified, wrong };
}
