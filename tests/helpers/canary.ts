import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';

/** A word of 128 random bits, in letters alone since no name holds a digit. */
export const word = (): string =>
  randomBytes(16)
    .toString('hex')
    .replace(/[0-9]/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '');

/** Every form in which a word could be kept: as it is, and as bytes. */
const formsOf = (words: readonly string[]) => words.flatMap((one) => [one, Buffer.from(one).toString('hex')]);
/** The forms of words that stand in a text. */
export const among = (text: string, words: readonly string[]): string[] =>
  formsOf(words).filter((form) => text.includes(form));

/** The columns of all tables in which one of the words stands, whatever their type. */
export async function places(owner: Sql, words: readonly string[]): Promise<string[]> {
  const columns = await owner<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' order by 1, 2`;
  if (columns.length < 200) throw new Error('the columns were not found');
  const forms = formsOf(words);
  const found: string[] = [];
  for (const { table, column } of columns) {
    const [row] = await owner`select from ${owner(table)}
      where exists (select from unnest(${forms}::text[]) f where position(f in ${owner(column)}::text) > 0) limit 1`;
    if (row !== undefined) found.push(`${table}.${column}`);
  }
  return found;
}
