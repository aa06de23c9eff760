import { and, eq, gt, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { assertVersion } from '../../platform/conditional.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { insertPrepared, placeholdersFor, prepared } from '../../platform/prepared.ts';
import { notFound } from '../../platform/problem.ts';
import { assertExists, lockOrganisations } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { actingOrganisation, unrestricted, visibleKnowledgeItems } from '../policy/policy.ts';
import { conditionsOf, itemColumns, shapeOf, summaryColumns, toItemView, toSummaryView, valuesOf } from './columns.ts';
import { assertMayGoFurther } from './reach.ts';
import {
  assertNotWithdrawn,
  assertPublished,
  changedContent,
  contentOf,
  isSame,
  isWider,
  keptLinks,
  keptThemes,
} from './rules.ts';
import type {
  KnowledgeItemChange,
  KnowledgeItemQuery,
  KnowledgeItemSummary,
  KnowledgeItemView,
  NewKnowledgeItem,
  NewKnowledgeWithdrawal,
} from './schemas.ts';
import { searchKnowledgeItems } from './search.ts';
import { type Item, lockOwnItem } from './standing.ts';
import { knowledgeItems } from './tables.ts';
import { publish } from './versions.ts';

type View = z.output<typeof KnowledgeItemView>;
type Summary = z.output<typeof KnowledgeItemSummary>;
type Query = z.output<typeof KnowledgeItemQuery>;
const { placeholder } = sql;

/** An item that was found under the policy, or made, in this transaction. */
const named = (itemId: string) => and(eq(knowledgeItems.id, itemId), unrestricted('checked'));

const event = (type: NewEvent['type'], { id, organisationId }: Pick<Item, 'id' | 'organisationId'>): NewEvent => ({
  type,
  subjectType: 'knowledge_item',
  subjectId: id,
  organisationIds: [organisationId],
});

/** One item that the caller may see, with its text; not_found for any other, whether it exists or not. */
export async function getKnowledgeItem(db: Db, caller: Caller, itemId: string): Promise<Answer<View>> {
  const viewer = placeholder('viewer');
  const query = prepared(db, 'getKnowledgeItem', () =>
    db
      .select(itemColumns(viewer))
      .from(knowledgeItems)
      .innerJoin(organisations, eq(organisations.id, knowledgeItems.organisationId))
      .where(and(eq(knowledgeItems.id, placeholder('id')), visibleKnowledgeItems(viewer))),
  );
  const [row] = await query.execute({ id: itemId, viewer: caller.organisationId });
  if (row === undefined) throw notFound();
  return { body: toItemView(row), version: row.version };
}

/** A limit that stands in the statement: for one that is a parameter, the planner prepares to read a tenth of all rows. */
const inStatement = (rows: 51 | 201) => sql.raw(String(rows)) as unknown as number;

/**
 * A page of the items that the caller may see, without their texts: in the order of their identifiers, or with `q` the
 * best first. Throws invalid_input for words that say nothing.
 */
export async function listKnowledgeItems(
  db: Db,
  caller: Caller,
  input: Query & { after?: string[] | undefined },
): Promise<PageOf<Summary>> {
  if (input.q !== undefined) return searchKnowledgeItems(db, caller, { ...input, q: input.q });
  const viewer = placeholder('viewer');
  const { cursor: _, limit, after, ...filters } = input;
  const rowLimit = limit <= 50 ? 51 : 201;
  const shape = `${rowLimit} ${after === undefined ? '' : 'after'} ${shapeOf(filters)}`;
  const query = prepared(db, `listKnowledgeItems ${shape}`, () =>
    db
      .select(summaryColumns(viewer))
      .from(knowledgeItems)
      .innerJoin(organisations, eq(organisations.id, knowledgeItems.organisationId))
      .where(
        and(
          visibleKnowledgeItems(viewer),
          after === undefined ? undefined : gt(knowledgeItems.id, placeholder('after')),
          ...conditionsOf(filters, placeholder, viewer),
        ),
      )
      .orderBy(knowledgeItems.id)
      .limit(inStatement(rowLimit)),
  );
  const rows = await query.execute({ ...valuesOf(filters), after: after?.[0], viewer: caller.organisationId });
  return pageOf(rows, limit, (row) => [row.id], toSummaryView);
}

/**
 * Writes an item for the caller's organisation: a draft, or with `publish` version 1 at once. Throws
 * not_your_organisation, organisation_dissolved, invalid_input.
 */
export async function createKnowledgeItem(
  db: Db,
  context: Context,
  input: z.output<typeof NewKnowledgeItem>,
): Promise<Answer<View>> {
  const organisationId = actingOrganisation(context.caller);
  const { publish: atOnce, visibility, ...given } = input;
  const content = { ...given, links: keptLinks(given.links), themes: keptThemes(given.themes) };
  return commit(db, context, async (db, record) => {
    assertExists(await lockOrganisations(db, [organisationId]), organisationId);
    const now = new Date();
    const id = newId();
    const draft = { id, organisationId, state: 'draft', visibility, ...content, createdAt: now, changedAt: now };
    await insertPrepared(db, `createKnowledgeItem ${Object.keys(draft).join()}`, draft, () =>
      db.insert(knowledgeItems).values(placeholdersFor(draft)),
    );
    record(event('knowledge_item.created', draft));
    if (atOnce) {
      const unpublished = { id, version: 0, publishedVersion: null, contentHash: null, firstPublishedAt: null };
      const { published } = await publish(db, unpublished, content, { organisationId, note: null, now });
      await db.update(knowledgeItems).set(published).where(named(id));
      record({ ...event('knowledge_item.published', draft), data: { number: 1 } });
    }
    return { ...(await getKnowledgeItem(db, context.caller, id)), location: `/v1/knowledge-items/${id}` };
  });
}

/**
 * Changes an item of the caller's organisation. Of a draft it changes the content; of a published item what is to be
 * published next, which only its author sees. A change of visibility holds at once. Throws not_found,
 * not_your_organisation, precondition_failed, item_withdrawn, harvest_required.
 */
export async function changeKnowledgeItem(
  db: Db,
  context: Context,
  itemId: string,
  expectedVersion: number,
  change: z.output<typeof KnowledgeItemChange>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const item = await lockOwnItem(db, caller, itemId);
    assertVersion(expectedVersion, item.version);
    assertNotWithdrawn(item.state);
    const { visibility = item.visibility } = change;
    if (isWider(visibility, item.visibility)) await assertMayGoFurther(db, item);
    await db
      .update(knowledgeItems)
      .set({
        ...changedFields(item, change),
        visibility,
        version: item.version + 1,
        changedAt: new Date(),
      })
      .where(named(itemId));
    record(event('knowledge_item.changed', item));
    return getKnowledgeItem(db, caller, itemId);
  });
}

function changedFields(item: Item, change: z.output<typeof KnowledgeItemChange>): Partial<Item> {
  const present = contentOf(item);
  if (item.state === 'draft') return changedContent(present, change);
  const draft = changedContent(item.draft === null ? present : contentOf(item.draft), change);
  return { draft: isSame(draft, present) ? null : draft };
}

/**
 * Withdraws a published item of the caller's organisation. What is left tells that it was there: no title and no text,
 * for nobody; of its versions only its author still reads the content. Withdrawing it again changes nothing. Throws
 * not_found, not_your_organisation, item_not_published.
 */
export async function withdrawKnowledgeItem(
  db: Db,
  context: Context,
  itemId: string,
  { reason }: z.output<typeof NewKnowledgeWithdrawal>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const item = await lockOwnItem(db, caller, itemId);
    if (item.state === 'withdrawn') return getKnowledgeItem(db, caller, itemId);
    assertPublished(item.state);
    const now = new Date();
    await db
      .update(knowledgeItems)
      .set({
        state: 'withdrawn',
        title: '',
        summary: '',
        body: '',
        links: [],
        draft: null,
        withdrawnAt: now,
        withdrawalReason: reason,
        version: item.version + 1,
        changedAt: now,
      })
      .where(named(itemId));
    record(event('knowledge_item.withdrawn', item));
    return getKnowledgeItem(db, caller, itemId);
  });
}
