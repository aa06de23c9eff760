import type { Sql } from 'postgres';

/** What every table holds: the number of its rows and a hash of them all, so that also a changed row shows. */
export async function contentsOf(owner: Sql): Promise<Record<string, string>> {
  const tables = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
  if (tables.length < 15) throw new Error('the tables were not found');
  // In one statement, so that it is also asked for as of one instant.
  const held = await owner<{ name: string; contents: string }[]>`${tables
    .map(
      ({ name }) => owner`select ${name}::text as name, count(*) || ' rows, ' ||
        coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as contents from ${owner(name)} t`,
    )
    .reduce((one, other) => owner`${one} union all ${other}`)}`;
  return Object.fromEntries(held.map(({ name, contents }) => [name, contents]));
}
