import type { Sql } from 'postgres';

/** How many items, of which organisations, shared with which alliances; the viewer writes one in a thousand. */
export type KnowledgeSize = {
  readonly items: number;
  readonly organisations: number;
  readonly alliances: number;
  readonly viewer: string;
};

/** Words of the trade, the first ones in nearly every sentence. */
const words = `de gemeente het college van en een met voor zorg samenwerking jeugdhulp wijkteam bewoner gezin schuld
  schuldhulpverlening vroegsignalering melding huisbezoek casus casusoverleg regie afspraak plan evaluatie resultaat
  leren oefenen praktijk professional organisatie ziekenhuis huisarts wijkverpleging thuiszorg mantelzorg ouderen
  dementie veiligheid politie onderwijs school leerplicht werk inkomen bijstand participatie inburgering wonen corporatie
  huisuitzetting dakloos opvang algoritme gegevens privacy toestemming register convenant alliantie academie training
  vrijplaats uitdaging toezegging eigenaar opdracht uitvoering beleid raad wethouder regio provincie subsidie begroting`
  .split(/\s+/)
  .filter(Boolean);

/**
 * Fills items beside the made-up network, by plain SQL: of every twenty items ten public, six for the network, three
 * for alliances and one draft, each with a text of about a thousand characters; one in four was adopted.
 */
export async function fillKnowledge(sql: Sql, size: KnowledgeSize): Promise<void> {
  await sql.unsafe(`
    create temp table sentences as
    select n, string_agg(w[1 + floor(power(random(), 2) * array_length(w, 1))::int], ' ') || '.' as text
    from generate_series(1, 2000) n, generate_series(1, 14) k, (select string_to_array('${words.join(' ')}', ' ') as w) v
    group by n`);
  await sql.unsafe(`
    create function pg_temp.sentence(i bigint) returns text language sql stable as $$
      select text from sentences where n = 1 + i % 2000 $$`);
  await sql.unsafe('create index on sentences (n)');
  const author = `case when i % 1000 = 7 then '${size.viewer}'::uuid
    else pg_temp.made('organisation', 1 + i::bigint * 7919 % ${size.organisations}) end`;
  const made = `timestamptz '2026-01-01' + i * interval '1 minute'`;
  await sql.unsafe(`
    insert into knowledge_items (id, organisation_id, state, visibility, type, title, summary, body, links, language,
      licence, themes, published_version, content_hash, first_published_at, published_at, source, source_key, created_at,
      changed_at)
    select pg_temp.made('item', i), ${author}, case when i % 20 = 19 then 'draft' else 'published' end,
      case when i % 20 < 10 then 'public' when i % 20 < 16 then 'network' else 'alliances' end,
      (array['practice', 'lesson', 'tool', 'case', 'policy', 'question'])[1 + i % 6],
      initcap(substr(md5('title' || i), 1, 6)) || ' ' || left(pg_temp.sentence(i * 31), 60), pg_temp.sentence(i * 17),
      (select string_agg(pg_temp.sentence(i * 13 + k * 101), E'\\n') from generate_series(1, 10) k), '[]',
      case when i % 10 = 9 then 'en' else 'nl' end, case when i % 3 = 0 then 'CC0-1.0' else 'CC-BY-4.0' end,
      array['thema ' || i % 97, 'thema ' || i % 13], case when i % 20 < 19 then 1 end,
      case when i % 20 < 19 then repeat(md5('item' || i), 2) end, case when i % 20 < 19 then ${made} end,
      case when i % 20 < 19 then ${made} end, case when i % 4 = 0 then 'teksten' end, case when i % 4 = 0 then 't' || i end,
      ${made}, ${made}
    from generate_series(1, ${size.items}) i`);
  await sql.unsafe(`
    insert into knowledge_versions (item_id, number, type, title, summary, body, links, language, licence, themes,
      content_hash, published_by_organisation_id, published_at)
    select id, 1, type, title, summary, body, links, language, licence, themes, content_hash, organisation_id, published_at
    from knowledge_items where published_version = 1`);
  await sql.unsafe(`
    insert into knowledge_shares (id, item_id, alliance_id, shared_by_organisation_id, shared_at, ended_at, changed_at)
    select pg_temp.made('share', i), pg_temp.made('item', i), pg_temp.made('alliance', 1 + i::bigint * 31 % ${size.alliances}),
      ${author}, ${made}, case when i % 30 = 16 then ${made} + interval '30 days' end, ${made}
    from generate_series(1, ${size.items}) i where i % 20 between 14 and 18`);
  await sql.unsafe(`
    insert into knowledge_contributions (id, item_id, organisation_id, state, offered_by_organisation_id, offered_at,
      decided_at, changed_at)
    select pg_temp.made('contribution', i), pg_temp.made('item', i),
      pg_temp.made('organisation', 1 + (i::bigint * 7919 + 104729) % ${size.organisations}),
      case when i % 3 = 0 then 'offered' else 'accepted' end, ${author}, ${made}, ${made}, ${made}
    from generate_series(1, ${size.items}, 5) i`);
  await sql.unsafe(`
    insert into knowledge_adoptions (id, item_id, version_number, organisation_id, use, setting, result, adopted_on,
      response, responded_at, created_at, changed_at)
    select pg_temp.made('adoption', i::bigint * 4 + j), pg_temp.made('item', i), 1,
      pg_temp.made('organisation', 1 + (i::bigint * 7919 + (1 + j) * 15485863) % ${size.organisations}),
      case when j % 2 = 0 then 'used' else 'adapted' end, 'Wijkteam ' || i % 50, pg_temp.sentence(i * 7 + j),
      (${made})::date, case when j = 0 then 'thanked' end, case when j = 0 then ${made} end, ${made}, ${made}
    from generate_series(1, ${size.items}, 4) i, generate_series(0, 3) j where i % 20 < 19 and j <= i % 4 + i % 3`);
  await sql.unsafe('vacuum (analyze)');
}
