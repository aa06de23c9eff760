import type { Sql } from 'postgres';

/** What every table holds: the number of its rows and a hash of them all, so that also a changed row shows. */
export async function contentsOf(owner: Sql): Promise<Record<string, string>> {
  const tables = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
  if (tables.length < 15) throw new Error('the tables were not found');
  const held = await Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await owner<{ contents: string }[]>`
        select count(*) || ' rows, ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as contents
        from ${owner(name)} t`;
      return [name, row?.contents ?? ''] as const;
    }),
  );
  return Object.fromEntries(held);
}
