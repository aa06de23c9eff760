import { and, eq, getTableColumns } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound } from '../../platform/problem.ts';
import { lockOrganisations } from '../alliances/alliances.ts';
import { assertActsFor, unrestricted, visibleKnowledgeItems } from '../policy/policy.ts';
import { knowledgeItems } from './tables.ts';

// Writes lock in one order: organisations, alliances, items, then what belongs to them; of each the smaller identifier
// first.

// What is searched is as large as the text, and nobody reads it.
const { titleSearch: _, search: __, ...kept } = getTableColumns(knowledgeItems);

/** An item as it is kept. */
export type Item = Omit<typeof knowledgeItems.$inferSelect, 'titleSearch' | 'search'>;
type Locked = { readonly item: Item; readonly organisations: Awaited<ReturnType<typeof lockOrganisations>> };
type Seen = { readonly id: string; readonly organisationId: string; readonly state: string };

/** An item that the caller may see: its author and its state. Throws not_found for any other. */
export async function findVisibleItem(db: Db, caller: Caller, itemId: string): Promise<Seen> {
  const { id, organisationId, state } = knowledgeItems;
  const [row] = await db
    .select({ id, organisationId, state })
    .from(knowledgeItems)
    .where(and(eq(id, itemId), visibleKnowledgeItems(caller.organisationId)));
  if (row === undefined) throw notFound();
  return row;
}

/**
 * Locks the caller's organisation and others, then an item that the caller may see: to change it, or (`share`) so that
 * it stays as it is meanwhile. Throws not_found for any other item, before and after it waited.
 */
export async function lockVisibleItem(
  db: Db,
  caller: Caller,
  itemId: string,
  { others = [], mode = 'no key update' }: { others?: readonly string[]; mode?: 'no key update' | 'share' } = {},
): Promise<Locked> {
  const { organisationId } = await findVisibleItem(db, caller, itemId);
  const organisations = await lockOrganisations(db, [caller.organisationId, organisationId, ...others]);
  return { item: await lockItem(db, caller, itemId, mode), organisations };
}

/** Locks an item that the caller may see, where the organisations and alliances concerned were locked before. */
export async function lockItem(
  db: Db,
  caller: Caller,
  itemId: string,
  mode: 'no key update' | 'share' = 'no key update',
): Promise<Item> {
  const named = and(eq(knowledgeItems.id, itemId), unrestricted('checked'));
  const [item] = await db.select(kept).from(knowledgeItems).where(named).for(mode);
  if (item === undefined) throw notFound();
  await findVisibleItem(db, caller, itemId);
  return item;
}

/** Locks an item of the caller's organisation. Throws not_found, not_your_organisation. */
export async function lockOwnItem(db: Db, caller: Caller, itemId: string): Promise<Item> {
  const { item } = await lockVisibleItem(db, caller, itemId);
  assertActsFor(caller, item.organisationId);
  return item;
}
