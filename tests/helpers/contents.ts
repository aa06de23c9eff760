import type { Sql } from 'postgres';

/** What is looked at of tables in which a refusal leaves its record, and nothing else. */
const beside: Readonly<Record<string, string>> = {
  audit_records: "(select * from audit_records where outcome <> 'refused')",
  event_counter: '(select position, epoch from event_counter)',
};

/**
 * What every table holds: the number of its rows and a hash of them all, so that also a changed row shows. That a request
 * was refused is recorded, and is not among what is looked at.
 */
export async function contentsOf(owner: Sql): Promise<Record<string, string>> {
  const tables = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
  if (tables.length < 15) throw new Error('the tables were not found');
  // In one statement, so that it is also asked for as of one instant.
  const held = await owner<{ name: string; contents: string }[]>`${tables
    .map(
      ({ name }) => owner`select ${name}::text as name, count(*) || ' rows, ' ||
        coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as contents from ${name in beside ? owner.unsafe(beside[name] ?? '') : owner(name)} t`,
    )
    .reduce((one, other) => owner`${one} union all ${other}`)}`;
  return Object.fromEntries(held.map(({ name, contents }) => [name, contents]));
}
