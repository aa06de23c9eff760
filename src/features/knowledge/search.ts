import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { invalid } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { visibleAlliances, visibleKnowledgeItems } from '../policy/policy.ts';
import { conditionsOf, summaryColumns, toSummaryView, valuesOf } from './columns.ts';
import type { KnowledgeFacetQuery, KnowledgeFacets, KnowledgeItemQuery, KnowledgeItemSummary } from './schemas.ts';
import { knowledgeItems, knowledgeShares } from './tables.ts';

type Summary = z.output<typeof KnowledgeItemSummary>;
type Facets = z.output<typeof KnowledgeFacets>;
type Filters = z.output<typeof KnowledgeFacetQuery>;
type Language = 'nl' | 'en';

/** Of the matches by title, and of those anywhere, so many are ranked: common words match nearly everything. */
const candidates = 500;
/** So much of a text is looked through for the words that are shown. */
const shownFrom = 2000;

const configurations = { nl: sql.raw(`'dutch'`), en: sql.raw(`'english'`) };
const wordsIn = (language: Language, q: string) => sql`websearch_to_tsquery(${configurations[language]}, ${q})`;
const languagesOf = ({ language }: Filters): Language[] => (language === undefined ? ['nl', 'en'] : [language]);

/** True for items that hold the words, each in its own language. */
function holds(column: SQL, input: Filters, q: string): SQL {
  const each = languagesOf(input).map(
    (language) =>
      sql`(${knowledgeItems.language} = ${sql.raw(`'${language}'`)} and ${column} @@ ${wordsIn(language, q)})`,
  );
  return sql`(${sql.join(each, sql` or `)})`;
}

const title = sql`${knowledgeItems.titleSearch}`;
const anywhere = sql`${knowledgeItems.search}`;

/** What must hold for an item to be found by this caller, save for the words. */
function found(caller: Caller, filters: Filters): SQL | undefined {
  const values = valuesOf(filters);
  const at = (name: string) => values[name] ?? '';
  return and(visibleKnowledgeItems(caller.organisationId), ...conditionsOf(filters, at, caller.organisationId));
}

/** The candidates with their ranks: the words in the title, else in the summary, else in the text; then how dense. */
function rankedItems(caller: Caller, filters: Filters, q: string): SQL {
  const ids = (column: SQL) => sql`(select ${knowledgeItems.id} from ${knowledgeItems}
    where ${and(holds(column, filters, q), found(caller, filters))} limit ${sql.raw(String(candidates))})`;
  const words = sql`case when ${knowledgeItems.language} = 'en' then ${wordsIn('en', q)} else ${wordsIn('nl', q)} end`;
  return sql`(select ${knowledgeItems.id}, words,
      (case when ${title} @@ words then 2 when ts_filter(${anywhere}, '{a,b}') @@ words then 1 else 0 end
        + ts_rank_cd(${anywhere}, words, 33)::float8) as rank
    from ${knowledgeItems} cross join lateral (select ${words} as words) w
    where ${knowledgeItems.id} in (${ids(title)} union ${ids(anywhere)}))`;
}

// Private characters, which no text keeps: what stands between them is marked after all else was escaped.
const [opens, closes] = ['\ue000', '\ue001'];
const headlineOptions = `StartSel=${opens}, StopSel=${closes}, MaxFragments=2, MaxWords=24, MinWords=10, FragmentDelimiter=" … "`;

/** Where the words are in the summary and the beginning of the text. */
const snippet = sql<string | null>`case when ${knowledgeItems.state} <> 'withdrawn' then ts_headline(
  case when ${knowledgeItems.language} = 'en' then 'english'::regconfig else 'dutch'::regconfig end,
  translate(concat_ws(' ', nullif(${knowledgeItems.summary}, ''), left(${knowledgeItems.body}, ${sql.raw(String(shownFrom))})),
    ${opens + closes}, ''), r.words, ${headlineOptions}) end`;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A snippet as HTML: every character of the text escaped, the words that were sought in `<mark>`. */
export const markedUp = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => escapes[character] ?? '')
    .replaceAll(opens, '<mark>')
    .replaceAll(closes, '</mark>');

/**
 * A page of the items that the caller may see and that hold these words, the best first. Throws invalid_input for words
 * that say nothing.
 */
export async function searchKnowledgeItems(
  db: Db,
  caller: Caller,
  input: z.output<typeof KnowledgeItemQuery> & { q: string; after?: string[] | undefined },
): Promise<PageOf<Summary>> {
  const { cursor: _, limit, after, q, ...filters } = input;
  const [rank, id] = after ?? [];
  const position = rank === undefined ? undefined : sql`(-rank, id) > (${-Number(rank)}::float8, ${id ?? ''}::uuid)`;
  const ranked = sql`(select * from ${rankedItems(caller, filters, q)} c where ${position ?? sql`true`}
    order by rank desc, id limit ${limit + 1}) r`;
  const rows = await db
    .select({ ...summaryColumns(caller.organisationId), rank: sql<number>`r.rank`, snippet })
    .from(knowledgeItems)
    .innerJoin(organisations, eq(organisations.id, knowledgeItems.organisationId))
    .innerJoin(ranked, sql`r.id = ${knowledgeItems.id}`)
    .orderBy(desc(sql`r.rank`), knowledgeItems.id);
  if (rows.length === 0 && after === undefined) await assertSaysSomething(db, filters, q);
  return pageOf(
    rows,
    limit,
    (row) => [String(row.rank), row.id],
    ({ rank: _, ...row }) => toSummaryView({ ...row, snippet: row.snippet === null ? null : markedUp(row.snippet) }),
  );
}

/** Throws invalid_input where the words are all too common to be kept in the language that is meant. */
async function assertSaysSomething(db: Db, filters: Filters, q: string): Promise<void> {
  const words = wordsIn(filters.language ?? 'nl', q);
  const [row] = await db.execute<{ empty: boolean }>(sql`select numnode(${words}) = 0 as empty`);
  if (row?.empty === true) throw invalid([{ in: 'query', location: 'q', code: 'only_common_words' }]);
}

/**
 * How many of the items that the caller may see, of those that the same filters of the list leave, there are by type,
 * theme, language, licence, author and alliance. Throws invalid_input for words that say nothing.
 */
export async function countKnowledgeItems(db: Db, caller: Caller, input: Filters): Promise<Answer<Facets>> {
  const { q, ...filters } = input;
  const words = q === undefined ? undefined : holds(anywhere, filters, q);
  const viewer = caller.organisationId;
  const counts = (value: SQL) => sql`(select coalesce(json_agg(c), '[]') from
    (select ${value} as value, count(*)::int as count from found group by 1 order by 2 desc, 1 limit 50) c)`;
  const [row] = await db.execute<{ facets: Facets }>(sql`
    with found as materialized (
      select id, type, language, licence, organisation_id, themes from ${knowledgeItems}
      where ${and(words, found(caller, filters))})
    select json_build_object(
      'itemCount', (select count(*)::int from found),
      'types', ${counts(sql`type`)}, 'languages', ${counts(sql`language`)}, 'licences', ${counts(sql`licence`)},
      'themes', (select coalesce(json_agg(c), '[]') from (select theme as value, count(*)::int as count
        from found cross join unnest(themes) theme group by 1 order by 2 desc, 1 limit 50) c),
      'organisations', (select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name, 'count', c.count)
          order by c.count desc, o.id), '[]')
        from (select organisation_id, count(*)::int as count from found group by 1 order by 2 desc, 1 limit 50) c
        join ${organisations} o on o.id = c.organisation_id),
      'alliances', (select coalesce(json_agg(c), '[]') from (
        select ${alliances.id}, ${alliances.name}, count(distinct s.item_id)::int as count
        from found join ${knowledgeShares} s on s.item_id = found.id and s.ended_at is null
        join ${alliances} on ${alliances.id} = s.alliance_id and ${visibleAlliances(viewer)}
        group by 1, 2 order by 3 desc, 1 limit 50) c)) as facets`);
  if (row === undefined) throw new Error('no counts were given');
  if (q !== undefined && row.facets.itemCount === 0) await assertSaysSomething(db, filters, q);
  return { body: row.facets };
}
