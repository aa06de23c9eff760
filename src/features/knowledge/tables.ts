import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';
import { alliances } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';

const organisation = (name: string) => uuid(name).references((): AnyPgColumn => organisations.id);
const item = () =>
  uuid('item_id')
    .notNull()
    .references((): AnyPgColumn => knowledgeItems.id);
const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' });

/** A link of a knowledge item. */
type Link = { readonly href: string; readonly title: string | null };
/** What of an item has versions. */
type Content = {
  readonly type: string;
  readonly title: string;
  readonly summary: string;
  readonly body: string;
  readonly links: readonly Link[];
  readonly language: string;
  readonly licence: string;
  readonly themes: readonly string[];
};

/**
 * A knowledge item (kennisitem). Its content is what others read: of a draft the draft itself, then the version that
 * was published last; `draft` holds what its author changed since. A withdrawn item is a tombstone.
 */
export const knowledgeItems = pgTable(
  'knowledge_items',
  {
    id: id(),
    version: version(),
    organisationId: organisation('organisation_id').notNull(),
    state: text('state').notNull(),
    visibility: text('visibility').notNull(),
    type: text('type').notNull(),
    title: text('title').notNull(),
    summary: text('summary').notNull(),
    body: text('body').notNull(),
    links: jsonb('links').$type<readonly Link[]>().notNull(),
    language: text('language').notNull(),
    licence: text('licence').notNull(),
    themes: text('themes').array().notNull(),
    draft: jsonb('draft').$type<Content>(),
    publishedVersion: integer('published_version'),
    contentHash: text('content_hash'),
    firstPublishedAt: moment('first_published_at'),
    publishedAt: moment('published_at'),
    withdrawnAt: moment('withdrawn_at'),
    withdrawalReason: text('withdrawal_reason'),
    source: text('source'),
    sourceKey: text('source_key'),
    /** The base URL of the node where it is kept, with its shares and adoptions; null where that is this node. */
    home: text('home'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    titleSearch: tsvector('title_search').generatedAlwaysAs(
      sql`case when language = 'en' then to_tsvector('english', title) else to_tsvector('dutch', title) end`,
    ),
    search: tsvector('search').generatedAlwaysAs(
      sql`case when language = 'en'
        then setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', summary), 'B')
          || setweight(to_tsvector('english', body), 'D')
        else setweight(to_tsvector('dutch', title), 'A') || setweight(to_tsvector('dutch', summary), 'B')
          || setweight(to_tsvector('dutch', body), 'D') end`,
    ),
  },
  (table) => [
    unique('knowledge_items_source_key').on(table.source, table.sourceKey),
    index('knowledge_items_organisation').on(table.organisationId, table.id),
    index('knowledge_items_type').on(table.type, table.id),
    index('knowledge_items_language').on(table.language, table.id),
    index('knowledge_items_licence').on(table.licence, table.id),
    index('knowledge_items_changed').on(table.changedAt),
    index('knowledge_items_themes').using('gin', table.themes),
    index('knowledge_items_title_search').using('gin', table.titleSearch),
    index('knowledge_items_search').using('gin', table.search),
    check('knowledge_items_published', sql`${table.state} = 'draft' or ${table.publishedVersion} is not null`),
  ],
);

/** A published version of an item, named by the hash of its content; append-only. */
export const knowledgeVersions = pgTable(
  'knowledge_versions',
  {
    itemId: item(),
    number: integer('number').notNull(),
    type: text('type').notNull(),
    title: text('title').notNull(),
    summary: text('summary').notNull(),
    body: text('body').notNull(),
    links: jsonb('links').$type<readonly Link[]>().notNull(),
    language: text('language').notNull(),
    licence: text('licence').notNull(),
    themes: text('themes').array().notNull(),
    contentHash: text('content_hash').notNull(),
    changeNote: text('change_note'),
    publishedByOrganisationId: organisation('published_by_organisation_id').notNull(),
    publishedAt: moment('published_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.itemId, table.number] }),
    index('knowledge_versions_published_by').on(table.publishedByOrganisationId),
    // The name of a version for other nodes, made of its key.
    uniqueIndex('knowledge_versions_name').on(sql`(md5(item_id::text || ' ' || number::text)::uuid)`),
  ],
);

/** An item shared with an alliance, from when to when. */
export const knowledgeShares = pgTable(
  'knowledge_shares',
  {
    id: id(),
    itemId: item(),
    allianceId: uuid('alliance_id')
      .notNull()
      .references(() => alliances.id),
    note: text('note'),
    sharedByOrganisationId: organisation('shared_by_organisation_id').notNull(),
    sharedAt: moment('shared_at').notNull(),
    endedAt: moment('ended_at'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('knowledge_shares_current').on(table.itemId, table.allianceId).where(sql`${table.endedAt} is null`),
    index('knowledge_shares_item').on(table.itemId, table.id),
    index('knowledge_shares_alliance').on(table.allianceId, table.itemId),
    index('knowledge_shares_shared_by').on(table.sharedByOrganisationId),
    index('knowledge_shares_changed').on(table.changedAt),
  ],
);

/** An organisation that contributed to an item: named by its author, shown once that organisation said yes. */
export const knowledgeContributions = pgTable(
  'knowledge_contributions',
  {
    id: id(),
    itemId: item(),
    organisationId: organisation('organisation_id').notNull(),
    state: text('state').notNull(),
    offeredByOrganisationId: organisation('offered_by_organisation_id').notNull(),
    offeredAt: moment('offered_at').notNull(),
    expiresAt: moment('expires_at'),
    decidedAt: moment('decided_at'),
    decisionReason: text('decision_reason'),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    uniqueIndex('knowledge_contributions_open')
      .on(table.itemId, table.organisationId)
      .where(sql`${table.state} in ('offered', 'accepted')`),
    index('knowledge_contributions_item').on(table.itemId, table.id),
    index('knowledge_contributions_organisation').on(table.organisationId, table.id),
    index('knowledge_contributions_offered_by').on(table.offeredByOrganisationId),
    index('knowledge_contributions_changed').on(table.changedAt),
  ],
);

/** An organisation states that it used or adapted an item of another, with its result; the author may respond. */
export const knowledgeAdoptions = pgTable(
  'knowledge_adoptions',
  {
    id: id(),
    version: version(),
    itemId: item(),
    versionNumber: integer('version_number').notNull(),
    organisationId: organisation('organisation_id').notNull(),
    use: text('use').notNull(),
    setting: text('setting').notNull(),
    result: text('result').notNull(),
    evidenceUrl: text('evidence_url'),
    adoptedOn: day('adopted_on').notNull(),
    response: text('response'),
    responseReason: text('response_reason'),
    respondedAt: moment('responded_at'),
    withdrawnAt: moment('withdrawn_at'),
    withdrawalReason: text('withdrawal_reason'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
  },
  (table) => [
    index('knowledge_adoptions_item').on(table.itemId, table.id),
    index('knowledge_adoptions_organisation').on(table.organisationId, table.id),
    index('knowledge_adoptions_changed').on(table.changedAt),
  ],
);
