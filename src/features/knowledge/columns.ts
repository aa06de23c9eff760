import { type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { alliances } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { nearKnowledgeItems, type Viewer, visibleAlliances } from '../policy/policy.ts';
import type { KnowledgeFacetQuery, KnowledgeItemSummary, KnowledgeItemView } from './schemas.ts';
import { knowledgeAdoptions, knowledgeContributions, knowledgeItems, knowledgeShares } from './tables.ts';

type View = z.output<typeof KnowledgeItemView>;
type Summary = z.output<typeof KnowledgeItemSummary>;
type Filters = z.output<typeof KnowledgeFacetQuery>;
type At = (name: string) => Placeholder | string;

// Queries join the author's organisation, so that every column is named with its table.

const isWithdrawn = sql`${knowledgeItems.state} = 'withdrawn'`;
const unlessWithdrawn = <T>(column: PgColumn) => sql<T | null>`case when not ${isWithdrawn} then ${column} end`;

const reuse = sql<View['reuse']>`(select json_build_object('adoptionCount', count(*),
    'organisationCount', count(distinct a.organisation_id), 'usedCount', count(*) filter (where a.use = 'used'),
    'adaptedCount', count(*) filter (where a.use = 'adapted'),
    'thankedCount', count(*) filter (where a.response = 'thanked'),
    'contestedCount', count(*) filter (where a.response = 'disputed'))
  from ${knowledgeAdoptions} a where a.item_id = ${knowledgeItems.id} and a.withdrawn_at is null)`;

const contributors = sql<View['contributors']>`(select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name)
    order by c.id), '[]') from ${knowledgeContributions} c join ${organisations} o on o.id = c.organisation_id
  where c.item_id = ${knowledgeItems.id} and c.state = 'accepted')`;

/** The columns of an item in a list, as a viewer sees them. */
export const summaryColumns = (viewer: Viewer) => ({
  id: knowledgeItems.id,
  type: sql<View['type']>`${knowledgeItems.type}`,
  title: unlessWithdrawn<string>(knowledgeItems.title),
  summary: unlessWithdrawn<string>(knowledgeItems.summary),
  language: sql<View['language']>`${knowledgeItems.language}`,
  licence: knowledgeItems.licence,
  themes: knowledgeItems.themes,
  visibility: sql<View['visibility']>`${knowledgeItems.visibility}`,
  state: sql<View['state']>`${knowledgeItems.state}`,
  organisation: sql<View['organisation']>`json_build_object('id', ${organisations.id}, 'name', ${organisations.name})`,
  contributors,
  publishedVersion: knowledgeItems.publishedVersion,
  contentHash: knowledgeItems.contentHash,
  hasUnpublishedChanges: sql<boolean | null>`case when ${knowledgeItems.organisationId} = ${viewer}::uuid
    then ${knowledgeItems.draft} is not null or ${knowledgeItems.state} = 'draft' end`,
  reuse,
  shareCount: sql<number>`(select count(*)::int from ${knowledgeShares} s join ${alliances} on ${alliances.id} = s.alliance_id
    where s.item_id = ${knowledgeItems.id} and s.ended_at is null and ${visibleAlliances(viewer)})`,
  source: knowledgeItems.source,
  sourceKey: knowledgeItems.sourceKey,
  home: knowledgeItems.home,
  createdAt: knowledgeItems.createdAt,
  changedAt: knowledgeItems.changedAt,
  firstPublishedAt: knowledgeItems.firstPublishedAt,
  publishedAt: knowledgeItems.publishedAt,
  withdrawnAt: knowledgeItems.withdrawnAt,
  withdrawalReason: knowledgeItems.withdrawalReason,
});

/** The columns of an item with its text, and its draft for its author. */
export const itemColumns = (viewer: Viewer) => ({
  ...summaryColumns(viewer),
  version: knowledgeItems.version,
  body: unlessWithdrawn<string>(knowledgeItems.body),
  links: unlessWithdrawn<View['links']>(knowledgeItems.links),
  draft: sql<
    View['draft']
  >`case when ${knowledgeItems.organisationId} = ${viewer}::uuid then ${knowledgeItems.draft} end`,
});

/** A row of an item as it is shown. */
export const toItemView = ({ version: _, ...view }: View & { version: number }): View => view;

/** A row of an item in a list without words to search for, as it is shown. */
export function toSummaryView(row: Omit<Summary, 'snippet'> & { snippet?: string | null }): Summary {
  // In place: to copy the rows of a page takes longer than to write them.
  row.snippet ??= null;
  return row as Summary;
}

/** The end of the day that is asked for, in UTC, or now. */
export const instantOf = (day: string | undefined): string =>
  day === undefined ? new Date().toISOString() : `${day}T23:59:59.999Z`;

type Condition = (at: At, viewer: Viewer, input: Filters) => SQL;

const item = knowledgeItems;
const conditions: { readonly [Filter in Exclude<keyof Filters, 'q'>]-?: Condition } = {
  type: (at) => sql`${item.type} = ${at('type')}`,
  state: (at, viewer, { state }) =>
    state === 'draft'
      ? sql`(${item.state} = 'draft' and ${nearKnowledgeItems(viewer, { shared: false })})`
      : sql`${item.state} = ${at('state')}`,
  theme: (at) => sql`${item.themes} @> array[${at('theme')}]::text[]`,
  language: (at) => sql`${item.language} = ${at('language')}`,
  licence: (at) => sql`${item.licence} = ${at('licence')}`,
  organisationId: (at) => sql`${item.organisationId} = ${at('organisationId')}::uuid`,
  contributorId: (at) => sql`exists (select from ${knowledgeContributions} c where c.item_id = ${item.id}
    and c.organisation_id = ${at('contributorId')}::uuid and c.state = 'accepted')`,
  allianceId: (at, viewer) => sql`${item.id} in (select s.item_id from ${knowledgeShares} s
    join ${alliances} on ${alliances.id} = s.alliance_id where s.alliance_id = ${at('allianceId')}::uuid
      and s.shared_at <= ${at('instant')}::timestamptz and (s.ended_at is null or s.ended_at > ${at('instant')}::timestamptz)
      and ${visibleAlliances(viewer)})`,
  adoptedByOrganisationId: (at) => sql`${item.id} in (select a.item_id from ${knowledgeAdoptions} a
    where a.organisation_id = ${at('adoptedByOrganisationId')}::uuid and a.withdrawn_at is null)`,
  visibility: (at, viewer, { visibility }) =>
    visibility === 'alliances'
      ? sql`(${item.visibility} = 'alliances' and ${nearKnowledgeItems(viewer, { shared: true })})`
      : sql`${item.visibility} = ${at('visibility')}`,
  source: (at) => sql`${item.source} = ${at('source')}`,
  sourceKey: (at) => sql`${item.sourceKey} = ${at('sourceKey')}`,
  asOf: (at) => sql`${item.firstPublishedAt} <= ${at('instant')}::timestamptz
    and (${item.withdrawnAt} is null or ${item.withdrawnAt} > ${at('instant')}::timestamptz)`,
  changedSince: (at) => sql`${item.changedAt} >= ${at('changedSince')}::timestamptz`,
};

/** The names of the filters that are given, the words to search for apart. */
const givenFilters = (input: Filters): (keyof typeof conditions)[] =>
  (Object.keys(conditions) as (keyof typeof conditions)[]).filter((name) => input[name] !== undefined);

/** What tells apart queries with the same filters that are asked in another way. */
export const shapeOf = (input: Filters): string =>
  `${givenFilters(input).join()} ${input.state === 'draft'} ${input.visibility === 'alliances'}`;

/** The conditions of the filters that are given, over values by their names or over placeholders. */
export const conditionsOf = (input: Filters, at: At, viewer: Viewer): SQL[] =>
  givenFilters(input).map((name) => conditions[name](at, viewer, input));

/** The values of filters as they are sent to the database, by name. */
export const valuesOf = (input: Filters): Record<string, string | undefined> => {
  const { changedSince, q: _, ...texts } = input;
  return { ...texts, changedSince: changedSince?.toISOString(), instant: instantOf(input.asOf) };
};
