import { and, desc, eq, gte, inArray, lt, lte, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted, visibleKnowledgeItems } from '../policy/policy.ts';
import { instantOf } from './columns.ts';
import { differencesOf } from './differences.ts';
import { assertNotWithdrawn, type Content, contentOf, hashOf } from './rules.ts';
import type {
  KnowledgeDifferences,
  KnowledgeVersionQuery,
  KnowledgeVersionSummary,
  KnowledgeVersionView,
  NewKnowledgeVersion,
} from './schemas.ts';
import { findVisibleItem, type Item, lockOwnItem } from './standing.ts';
import { knowledgeItems, knowledgeVersions } from './tables.ts';

type View = z.output<typeof KnowledgeVersionView>;
type Summary = z.output<typeof KnowledgeVersionSummary>;

/** The columns of a version; of what was withdrawn its content is for its author alone. */
function columnsFor({ organisationId: viewer }: Caller) {
  const readable = <T>(column: PgColumn) =>
    sql<T | null>`case when ${knowledgeItems.state} <> 'withdrawn' or ${knowledgeItems.organisationId} = ${viewer}::uuid
      then ${column} end`;
  return {
    itemId: knowledgeVersions.itemId,
    number: knowledgeVersions.number,
    type: sql<View['type']>`${knowledgeVersions.type}`,
    title: readable<string>(knowledgeVersions.title),
    language: sql<View['language']>`${knowledgeVersions.language}`,
    licence: knowledgeVersions.licence,
    themes: knowledgeVersions.themes,
    contentHash: knowledgeVersions.contentHash,
    changeNote: readable<string>(knowledgeVersions.changeNote),
    publishedBy: sql<View['publishedBy']>`json_build_object('id', ${organisations.id}, 'name', ${organisations.name})`,
    publishedAt: knowledgeVersions.publishedAt,
    summary: readable<string>(knowledgeVersions.summary),
    body: readable<string>(knowledgeVersions.body),
    links: readable<View['links']>(knowledgeVersions.links),
  };
}

async function find(db: Db, caller: Caller, itemId: string, numbers: readonly number[]): Promise<View[]> {
  return db
    .select(columnsFor(caller))
    .from(knowledgeVersions)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeVersions.itemId))
    .innerJoin(organisations, eq(organisations.id, knowledgeVersions.publishedByOrganisationId))
    .where(
      and(
        eq(knowledgeVersions.itemId, itemId),
        inArray(knowledgeVersions.number, [...numbers]),
        visibleKnowledgeItems(caller.organisationId),
      ),
    );
}

/** One published version of an item that the caller may see. Throws not_found. */
export async function getKnowledgeVersion(
  db: Db,
  caller: Caller,
  itemId: string,
  number: number,
): Promise<Answer<View>> {
  const [row] = await find(db, caller, itemId, [number]);
  if (row === undefined) throw notFound();
  return { body: row };
}

/** The published versions of an item that the caller may see, without their texts, the newest first. Throws not_found. */
export async function listKnowledgeVersions(
  db: Db,
  caller: Caller,
  itemId: string,
  input: z.output<typeof KnowledgeVersionQuery> & { after?: string[] | undefined },
): Promise<PageOf<Summary>> {
  await findVisibleItem(db, caller, itemId);
  const { after, asOf, changedSince, limit } = input;
  const { summary: _, body: __, links: ___, ...columns } = columnsFor(caller);
  const rows = await db
    .select(columns)
    .from(knowledgeVersions)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeVersions.itemId))
    .innerJoin(organisations, eq(organisations.id, knowledgeVersions.publishedByOrganisationId))
    .where(
      and(
        eq(knowledgeVersions.itemId, itemId),
        visibleKnowledgeItems(caller.organisationId),
        after?.[0] === undefined ? undefined : lt(knowledgeVersions.number, Number(after[0])),
        asOf === undefined ? undefined : lte(knowledgeVersions.publishedAt, new Date(instantOf(asOf))),
        changedSince === undefined ? undefined : gte(knowledgeVersions.publishedAt, changedSince),
      ),
    )
    .orderBy(desc(knowledgeVersions.number))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [String(row.number)],
    (row) => row,
  );
}

/**
 * What differs between two versions of an item; with the version before where none is named. Throws not_found, also for
 * what was withdrawn by another, and invalid_input for a version that there is not.
 */
export async function compareKnowledgeVersions(
  db: Db,
  caller: Caller,
  { itemId, number }: { itemId: string; number: number },
  given: number | undefined,
): Promise<Answer<z.output<typeof KnowledgeDifferences>>> {
  const from = given ?? number - 1;
  const versions = await find(db, caller, itemId, [number, from]);
  const after = versions.find((version) => version.number === number);
  if (after === undefined || after.title === null) throw notFound();
  const before = versions.find((version) => version.number === from);
  if (before === undefined) {
    const code = given === undefined ? 'required' : 'unknown_version';
    throw invalid([{ in: 'query', location: 'from', code }]);
  }
  const names = { from: `version ${from}`, to: `version ${number}` };
  return { body: { itemId, from, to: number, ...differencesOf(contentOf(before), contentOf(after), names) } };
}

type Publication = { readonly organisationId: string; readonly note: string | null; readonly now: Date };

/** Adds the next version of an item that is locked, for what is to be set in the item. Throws content_unchanged. */
export async function publish(
  db: Db,
  item: Pick<Item, 'id' | 'version' | 'publishedVersion' | 'contentHash' | 'firstPublishedAt'>,
  content: Content,
  { organisationId, note, now }: Publication,
): Promise<{ number: number; published: Partial<Item> }> {
  const contentHash = hashOf(content);
  if (contentHash === item.contentHash) throw new Problem('content_unchanged');
  const number = (item.publishedVersion ?? 0) + 1;
  await db.insert(knowledgeVersions).values({
    itemId: item.id,
    number,
    ...content,
    contentHash,
    changeNote: note,
    publishedByOrganisationId: organisationId,
    publishedAt: now,
  });
  const firstPublishedAt = item.firstPublishedAt ?? now;
  const state = { state: 'published', publishedVersion: number, contentHash, publishedAt: now, firstPublishedAt };
  return {
    number,
    published: { ...content, ...state, draft: null, version: item.version + 1, changedAt: now },
  };
}

/**
 * Publishes what an item of the caller's organisation holds as its next version, which never changes. Throws not_found,
 * not_your_organisation, content_unchanged, item_withdrawn.
 */
export async function publishKnowledgeVersion(
  db: Db,
  context: Context,
  itemId: string,
  { changeNote }: z.output<typeof NewKnowledgeVersion>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const item = await lockOwnItem(db, caller, itemId);
    assertNotWithdrawn(item.state);
    const { organisationId } = item;
    const publication = { organisationId, note: changeNote || null, now: new Date() };
    const { number, published } = await publish(db, item, contentOf(item.draft ?? item), publication);
    const named = and(eq(knowledgeItems.id, itemId), unrestricted('checked'));
    await db.update(knowledgeItems).set(published).where(named);
    record({
      type: 'knowledge_item.published',
      subjectType: 'knowledge_item',
      subjectId: itemId,
      organisationIds: [organisationId],
      data: { number },
    });
    const location = `/v1/knowledge-items/${itemId}/versions/${number}`;
    return { ...(await getKnowledgeVersion(db, caller, itemId, number)), location };
  });
}
