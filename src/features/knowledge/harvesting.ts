import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound } from '../../platform/problem.ts';
import { isBound } from '../alliances/alliances.ts';
import type { NewEvent } from '../events/events.ts';
import { itemIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { contributorsOf } from './reach.ts';
import { assertPublished, isWider } from './rules.ts';
import { insertShare, shareEvent } from './shares.ts';
import { knowledgeItems, knowledgeShares } from './tables.ts';

/** An item as far as a harvest needs it, with the organisations that contributed to it. */
export type Harvestable = {
  readonly id: string;
  readonly organisationId: string;
  readonly state: string;
  readonly visibility: string;
  readonly version: number;
  readonly contributors: readonly string[];
};

/** Where a harvest takes an item: to a wider public, or to an alliance. */
export type Destination = { readonly visibility: string | null; readonly toAllianceId: string | null };

/**
 * Locks an item, found under the policy before, so that nobody is named as a contributor until the end of the
 * transaction; organisations and alliances were locked before it. Throws not_found.
 */
export async function lockForHarvest(db: Db, itemId: string): Promise<Harvestable> {
  const { id, organisationId, state, visibility, version } = knowledgeItems;
  const [item] = await db
    .select({ id, organisationId, state, visibility, version })
    .from(knowledgeItems)
    .where(and(eq(id, itemId), unrestricted('checked')))
    .for('no key update');
  if (item === undefined) throw notFound();
  return { ...item, contributors: await contributorsOf(db, itemId) };
}

/** Whether an item is or was shared with an alliance. */
export async function wasSharedWith(db: Db, itemId: string, allianceId: string): Promise<boolean> {
  const { id, itemId: item, allianceId: alliance } = knowledgeShares;
  const [share] = await db
    .select({ id })
    .from(knowledgeShares)
    .where(and(eq(item, itemId), eq(alliance, allianceId), unrestricted('rule')))
    .limit(1);
  return share !== undefined;
}

/**
 * Throws item_not_published, item_withdrawn, and invalid_input where an item cannot go there: it is as wide already, or
 * its author takes no part in the alliance.
 */
export async function assertMayArrive(
  db: Db,
  item: Harvestable,
  { visibility, toAllianceId }: Destination,
): Promise<void> {
  assertPublished(item.state);
  if (visibility !== null && !isWider(visibility, item.visibility))
    throw invalid([{ in: 'body', location: '/visibility', code: 'not_wider' }]);
  if (toAllianceId !== null && !(await isBound(db, item.organisationId, toAllianceId)))
    throw invalid([{ in: 'body', location: '/toAllianceId', code: 'outside_the_alliance' }]);
}

/**
 * Lets an item go where all who contributed agreed that it goes, in their transaction. Throws what `assertMayArrive`
 * does, and already_shared.
 */
export async function harvestItem(
  db: Db,
  record: (event: NewEvent) => void,
  item: Harvestable,
  destination: Destination,
): Promise<void> {
  await assertMayArrive(db, item, destination);
  const now = new Date();
  const { id: itemId, organisationId } = item;
  if (destination.visibility !== null) {
    await db
      .update(knowledgeItems)
      .set({ visibility: destination.visibility, version: item.version + 1, changedAt: now })
      .where(and(eq(knowledgeItems.id, itemId), unrestricted('checked')));
    const touched = { subjectType: 'knowledge_item', subjectId: itemId, organisationIds: [organisationId] };
    record({ type: 'knowledge_item.changed', ...touched });
  }
  if (destination.toAllianceId !== null) {
    const { toAllianceId: allianceId } = destination;
    const shared = { id: newId(), itemId, allianceId, note: null, sharedByOrganisationId: organisationId };
    await insertShare(db, { ...shared, sharedAt: now, changedAt: now });
    record(shareEvent('knowledge_item.shared', shared, organisationId));
  }
}

/**
 * Ends what is still shared with a closed space whose content is being destroyed; the space is locked by the caller. The
 * share of an item that another node keeps is ended there.
 */
export async function endSharesOfSpace(db: Db, record: (event: NewEvent) => void, allianceId: string): Promise<void> {
  const now = new Date();
  const ended = await db
    .update(knowledgeShares)
    .set({ endedAt: now, changedAt: now })
    .where(
      and(
        eq(knowledgeShares.allianceId, allianceId),
        isNull(knowledgeShares.endedAt),
        itemIsHere(sql`${knowledgeShares.itemId}`),
        unrestricted('node'),
      ),
    )
    .returning();
  for (const share of ended) record(shareEvent('knowledge_item.unshared', share, share.sharedByOrganisationId));
}
