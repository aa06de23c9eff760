import { and, eq, gt, gte, isNull, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertNotClosing, lockAlliance, lockOrganisations } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { assertActsFor, isMember, unrestricted, visibleAlliances, visibleKnowledgeShares } from '../policy/policy.ts';
import { instantOf } from './columns.ts';
import { assertMayGoFurther } from './reach.ts';
import { assertPublished } from './rules.ts';
import type { KnowledgeShareQuery, KnowledgeShareView, NewKnowledgeShare } from './sharing-schemas.ts';
import { findVisibleItem, lockItem } from './standing.ts';
import { knowledgeItems, knowledgeShares } from './tables.ts';

type View = z.output<typeof KnowledgeShareView>;

const named = (id: PgColumn, name: PgColumn) => sql<View['alliance']>`json_build_object('id', ${id}, 'name', ${name})`;
const columns = {
  id: knowledgeShares.id,
  itemId: knowledgeShares.itemId,
  alliance: named(alliances.id, alliances.name),
  note: knowledgeShares.note,
  sharedBy: named(organisations.id, organisations.name),
  sharedAt: knowledgeShares.sharedAt,
  endedAt: knowledgeShares.endedAt,
  changedAt: knowledgeShares.changedAt,
};

const select = (db: Db, condition: SQL | undefined) =>
  db
    .select(columns)
    .from(knowledgeShares)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeShares.itemId))
    .innerJoin(alliances, eq(alliances.id, knowledgeShares.allianceId))
    .innerJoin(organisations, eq(organisations.id, knowledgeShares.sharedByOrganisationId))
    .where(condition);

async function find(db: Db, condition: SQL | undefined): Promise<View> {
  const [row] = await select(db, condition);
  if (row === undefined) throw notFound();
  return row;
}

/** The event of a share. */
export const shareEvent = (
  type: NewEvent['type'],
  share: { id: string; itemId: string; allianceId: string },
  by: string,
) =>
  ({
    type,
    subjectType: 'knowledge_share',
    subjectId: share.id,
    allianceId: share.allianceId,
    organisationIds: [by],
    data: { itemId: share.itemId },
  }) satisfies NewEvent;

/**
 * The alliances with which an item that the caller may see is or was shared, as far as the caller may see them; in the
 * order in which they were shared. Throws not_found.
 */
export async function listKnowledgeShares(
  db: Db,
  caller: Caller,
  itemId: string,
  input: z.output<typeof KnowledgeShareQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await findVisibleItem(db, caller, itemId);
  const { after, allianceId, asOf, changedSince, limit } = input;
  const day = new Date(instantOf(asOf));
  const rows = await select(
    db,
    and(
      eq(knowledgeShares.itemId, itemId),
      visibleKnowledgeShares(caller.organisationId),
      after?.[0] === undefined ? undefined : gt(knowledgeShares.id, after[0]),
      allianceId === undefined ? undefined : eq(knowledgeShares.allianceId, allianceId),
      asOf === undefined
        ? undefined
        : and(gte(sql`${day.toISOString()}::timestamptz`, knowledgeShares.sharedAt), endsAfter(day)),
      changedSince === undefined ? undefined : gte(knowledgeShares.changedAt, changedSince),
    ),
  )
    .orderBy(knowledgeShares.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

/** One share of an item that the caller may see, with an alliance that it may see. Throws not_found. */
export async function getKnowledgeShare(
  db: Db,
  caller: Caller,
  { itemId, shareId }: { itemId: string; shareId: string },
): Promise<Answer<View>> {
  const named = and(eq(knowledgeShares.id, shareId), eq(knowledgeShares.itemId, itemId));
  return { body: await find(db, and(named, visibleKnowledgeShares(caller.organisationId))) };
}

const endsAfter = (instant: Date) => or(isNull(knowledgeShares.endedAt), gt(knowledgeShares.endedAt, instant));

/**
 * Shares a published item of the caller's organisation with an alliance in which that organisation takes part now.
 * Throws not_found, not_your_organisation, item_not_published, item_withdrawn, member_required, already_shared,
 * space_closing, harvest_required, and invalid_input for an alliance that the caller may not see.
 */
export async function shareKnowledgeItem(
  db: Db,
  context: Context,
  itemId: string,
  { allianceId, note }: z.output<typeof NewKnowledgeShare>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { organisationId } = await findVisibleItem(db, caller, itemId);
    assertActsFor(caller, organisationId);
    await assertTakesPart(db, caller, allianceId);
    await lockOrganisations(db, [organisationId]);
    assertNotClosing(await lockAlliance(db, allianceId));
    await assertTakesPart(db, caller, allianceId);
    const item = await lockItem(db, caller, itemId);
    assertPublished(item.state);
    if (item.visibility === 'alliances') await assertMayGoFurther(db, item, { toAllianceId: allianceId });
    const now = new Date();
    const share = {
      id: newId(),
      itemId,
      allianceId,
      note: note ?? null,
      sharedByOrganisationId: organisationId,
      sharedAt: now,
      changedAt: now,
    };
    await insertShare(db, share);
    record(shareEvent('knowledge_item.shared', share, organisationId));
    const location = `/v1/knowledge-items/${itemId}/shares/${share.id}`;
    return {
      body: await find(db, and(eq(knowledgeShares.id, share.id), visibleKnowledgeShares(organisationId))),
      location,
    };
  });
}

/** Keeps a share. Throws already_shared. */
export async function insertShare(db: Db, share: typeof knowledgeShares.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(knowledgeShares).values(share));
  } catch (error) {
    if (violatedConstraint(error) === 'knowledge_shares_current') throw new Problem('already_shared');
    throw error;
  }
}

/** Throws member_required, and invalid_input for an alliance that the caller may not see. */
async function assertTakesPart(db: Db, caller: Caller, allianceId: string): Promise<void> {
  const [row] = await db
    .select({ takesPart: sql<boolean | null>`${isMember(caller.organisationId, sql`${alliances}.id`)}` })
    .from(alliances)
    .where(and(eq(alliances.id, allianceId), visibleAlliances(caller.organisationId)));
  if (row === undefined) throw invalid([{ in: 'body', location: '/allianceId', code: 'unknown_alliance' }]);
  if (row.takesPart !== true) throw new Problem('member_required');
}

/**
 * Ends a share, as the author of the item, also where it left the alliance since. It stays in history. Ending it again
 * changes nothing. Throws not_found, not_your_organisation.
 */
export async function endKnowledgeShare(
  db: Db,
  context: Context,
  { itemId, shareId }: { itemId: string; shareId: string },
): Promise<Answer<undefined>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { organisationId } = await findVisibleItem(db, caller, itemId);
    const own = and(eq(knowledgeShares.id, shareId), eq(knowledgeShares.itemId, itemId));
    // An author that left a closed space may still end what it shared there: it knows that it did.
    const seen = and(
      own,
      organisationId === caller.organisationId
        ? unrestricted('checked')
        : visibleKnowledgeShares(caller.organisationId),
    );
    const { alliance } = await find(db, seen);
    assertActsFor(caller, organisationId);
    await lockOrganisations(db, [organisationId]);
    await lockAlliance(db, alliance.id);
    await lockItem(db, caller, itemId);
    const now = new Date();
    const [ended] = await db
      .update(knowledgeShares)
      .set({ endedAt: now, changedAt: now })
      .where(and(own, isNull(knowledgeShares.endedAt), unrestricted('checked')))
      .returning();
    if (ended !== undefined) record(shareEvent('knowledge_item.unshared', ended, organisationId));
    return { body: undefined };
  });
}
