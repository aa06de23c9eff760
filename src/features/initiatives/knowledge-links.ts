import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { unrestricted, visibleInitiatives, visibleKnowledgeItems } from '../policy/policy.ts';
import type { KnowledgeLinkQuery, KnowledgeLinkView, NewKnowledgeLink } from './schemas.ts';
import { allianceOf, assertParticipant, lockInitiative, touchInitiative } from './standing.ts';
import { initiativeKnowledge, initiatives } from './tables.ts';

type View = z.output<typeof KnowledgeLinkView>;

/** Links of initiatives that the caller may see with items that it may see. */
const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: initiativeKnowledge.id,
      initiative: sql<View['initiative']>`json_build_object('id', ${initiatives.id}, 'title', ${initiatives.title})`,
      item: sql<View['item']>`json_build_object('id', ${knowledgeItems.id}, 'title', ${knowledgeItems.title})`,
      relation: sql<View['relation']>`${initiativeKnowledge.relation}`,
      linkedBy: organisationIn(initiativeKnowledge.linkedByOrganisationId),
      linkedAt: initiativeKnowledge.linkedAt,
      removedAt: initiativeKnowledge.removedAt,
      changedAt: initiativeKnowledge.changedAt,
    })
    .from(initiativeKnowledge)
    .innerJoin(initiatives, eq(initiatives.id, initiativeKnowledge.initiativeId))
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, initiativeKnowledge.itemId))
    .where(and(visibleInitiatives(viewer), visibleKnowledgeItems(viewer), condition));

async function find(db: Db, caller: Caller, id: string): Promise<View> {
  const [row] = await select(db, caller, eq(initiativeKnowledge.id, id));
  if (row === undefined) throw notFound();
  return row;
}

/** One link of an initiative with an item. Throws not_found. */
export async function getKnowledgeLink(db: Db, caller: Caller, id: string): Promise<Answer<View>> {
  return { body: await find(db, caller, id) };
}

const atEndOf = (day: string) => sql`${initiativeKnowledge.linkedAt} < ${day}::date + 1
  and (${initiativeKnowledge.removedAt} is null or ${initiativeKnowledge.removedAt} >= ${day}::date + 1)`;

/** A page of the knowledge that an initiative used or brought forth, as far as the caller may see it. Throws not_found. */
export async function listKnowledgeLinks(
  db: Db,
  caller: Caller,
  initiativeId: string,
  input: z.output<typeof KnowledgeLinkQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await allianceOf(db, caller, initiativeId);
  const { after, relation, asOf, changedSince, limit } = input;
  const present = changedSince === undefined ? sql`${initiativeKnowledge.removedAt} is null` : undefined;
  const condition = and(
    eq(initiativeKnowledge.initiativeId, initiativeId),
    after?.[0] === undefined ? undefined : gt(initiativeKnowledge.id, after[0]),
    relation === undefined ? undefined : eq(initiativeKnowledge.relation, relation),
    asOf === undefined ? present : atEndOf(asOf),
    changedSince === undefined ? undefined : gte(initiativeKnowledge.changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(initiativeKnowledge.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

/**
 * Links a published item that the caller may see to an initiative, as one that takes part. Throws not_found,
 * member_required, participant_required, already_linked, invalid_input.
 */
export async function linkKnowledge(
  db: Db,
  context: Context,
  initiativeId: string,
  { itemId, relation }: z.output<typeof NewKnowledgeLink>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { initiative, organisationId } = await lockInitiative(db, caller, initiativeId);
    await assertParticipant(db, organisationId, initiativeId);
    const [item] = await db
      .select({ state: knowledgeItems.state })
      .from(knowledgeItems)
      .where(and(eq(knowledgeItems.id, itemId), visibleKnowledgeItems(caller.organisationId)));
    if (item?.state !== 'published') throw invalid([{ in: 'body', location: '/itemId', code: 'unknown_item' }]);
    const now = new Date();
    const id = newId();
    const link = { linkedByOrganisationId: organisationId, linkedAt: now, changedAt: now };
    try {
      await db.transaction(async (db) =>
        db.insert(initiativeKnowledge).values({ id, initiativeId, itemId, relation, ...link }),
      );
    } catch (error) {
      if (violatedConstraint(error) === 'initiative_knowledge_current') throw new Problem('already_linked');
      throw error;
    }
    await touchInitiative(db, initiativeId);
    record({
      type: 'initiative.knowledge_linked',
      subjectType: 'initiative',
      subjectId: initiativeId,
      allianceId: initiative.allianceId,
      organisationIds: [organisationId],
      data: { itemId, relation },
    });
    return { body: await find(db, caller, id), location: `/v1/knowledge-links/${id}` };
  });
}

/**
 * Removes a link, as one that takes part in the initiative; it stays in the history. Removing it again changes nothing.
 * Throws not_found, member_required, participant_required.
 */
export async function unlinkKnowledge(db: Db, context: Context, id: string): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { initiative: seen, item } = await find(db, caller, id);
    const { initiative, organisationId } = await lockInitiative(db, caller, seen.id);
    await assertParticipant(db, organisationId, initiative.id);
    const now = new Date();
    const removed = await db
      .update(initiativeKnowledge)
      .set({ removedAt: now, changedAt: now })
      .where(
        and(eq(initiativeKnowledge.id, id), sql`${initiativeKnowledge.removedAt} is null`, unrestricted('checked')),
      )
      .returning();
    if (removed.length > 0) {
      await touchInitiative(db, initiative.id);
      record({
        type: 'initiative.knowledge_removed',
        subjectType: 'initiative',
        subjectId: initiative.id,
        allianceId: initiative.allianceId,
        organisationIds: [organisationId],
        data: { itemId: item.id },
      });
    }
    return { body: await find(db, caller, id) };
  });
}
