import { and, eq, gt, gte, lte, type SQL, sql } from 'drizzle-orm';
import { alias, type PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { decide, effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { inState, ranOut } from '../../platform/offers.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertExists } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { assertActsFor, unrestricted, visibleKnowledgeContributions } from '../policy/policy.ts';
import { instantOf } from './columns.ts';
import { assertMayGoFurther } from './reach.ts';
import { assertNotWithdrawn } from './rules.ts';
import type {
  ItemContributionQuery,
  KnowledgeContributionQuery,
  KnowledgeContributionView,
  NewContributionDecision,
  NewKnowledgeContribution,
} from './sharing-schemas.ts';
import { findVisibleItem, type Item, lockVisibleItem } from './standing.ts';
import { knowledgeContributions, knowledgeItems } from './tables.ts';

type View = z.output<typeof KnowledgeContributionView>;
type Contribution = typeof knowledgeContributions.$inferSelect;

const offerers = alias(organisations, 'offerers');
const named = (id: PgColumn, name: PgColumn) =>
  sql<View['organisation']>`json_build_object('id', ${id}, 'name', ${name})`;
const columnsFor = ({ organisationId: viewer }: Caller) => ({
  id: knowledgeContributions.id,
  item: sql<View['item']>`json_build_object('id', ${knowledgeItems.id}, 'type', ${knowledgeItems.type},
    'title', nullif(${knowledgeItems.title}, ''))`,
  organisation: named(organisations.id, organisations.name),
  state: sql<HandshakeState>`${knowledgeContributions.state}`,
  offeredBy: named(offerers.id, offerers.name),
  offeredAt: knowledgeContributions.offeredAt,
  expiresAt: knowledgeContributions.expiresAt,
  decidedAt: knowledgeContributions.decidedAt,
  decisionReason: sql<string | null>`case when ${viewer}::uuid in (${knowledgeContributions.organisationId},
    ${knowledgeItems.organisationId}) then ${knowledgeContributions.decisionReason} end`,
  changedAt: knowledgeContributions.changedAt,
});

const select = (db: Db, caller: Caller, condition: SQL | undefined) =>
  db
    .select(columnsFor(caller))
    .from(knowledgeContributions)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeContributions.itemId))
    .innerJoin(organisations, eq(organisations.id, knowledgeContributions.organisationId))
    .innerJoin(offerers, eq(offerers.id, knowledgeContributions.offeredByOrganisationId))
    .where(condition);

const toView = (row: View): View => ({ ...row, state: effectiveState(row, new Date()) });

/** One contribution that the caller may see. Throws not_found. */
export async function getKnowledgeContribution(db: Db, caller: Caller, contributionId: string): Promise<Answer<View>> {
  const named = eq(knowledgeContributions.id, contributionId);
  const [row] = await select(db, caller, and(named, visibleKnowledgeContributions(caller.organisationId)));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** A contribution that was found under the policy, or made, in this transaction. */
const made = (contributionId: string) => and(eq(knowledgeContributions.id, contributionId), unrestricted('checked'));

/** The contribution that its party just changed, also where it was that party's last sight of a draft. */
async function changed(db: Db, caller: Caller, contributionId: string): Promise<View> {
  const [row] = await select(db, caller, made(contributionId));
  if (row === undefined) throw notFound();
  // Whoever declines to be named in a draft reads it no longer.
  const shown = await findVisibleItem(db, caller, row.item.id).catch(() => undefined);
  return toView(shown === undefined ? { ...row, item: { ...row.item, type: null, title: null } } : row);
}

/** A page of the contributions that the caller may see, in the order of their identifiers. */
export async function listKnowledgeContributions(
  db: Db,
  caller: Caller,
  input: z.output<typeof KnowledgeContributionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, itemId, organisationId, state, asOf, changedSince, limit } = input;
  const { decidedAt, changedAt } = knowledgeContributions;
  const condition = and(
    visibleKnowledgeContributions(caller.organisationId),
    after?.[0] === undefined ? undefined : gt(knowledgeContributions.id, after[0]),
    itemId === undefined ? undefined : eq(knowledgeContributions.itemId, itemId),
    organisationId === undefined ? undefined : eq(knowledgeContributions.organisationId, organisationId),
    state === undefined ? undefined : inState(knowledgeContributions, state),
    asOf === undefined
      ? undefined
      : and(eq(knowledgeContributions.state, 'accepted'), lte(decidedAt, new Date(instantOf(asOf)))),
    changedSince === undefined ? undefined : gte(changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(knowledgeContributions.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/** A page of the contributions to one item that the caller may see. Throws not_found. */
export async function listItemContributions(
  db: Db,
  caller: Caller,
  itemId: string,
  input: z.output<typeof ItemContributionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await findVisibleItem(db, caller, itemId);
  return listKnowledgeContributions(db, caller, { ...input, itemId });
}

const event = (
  type: NewEvent['type'],
  { id, itemId, organisationId, offeredByOrganisationId }: Omit<Contribution, 'state'> | Contribution,
): NewEvent => ({
  type,
  subjectType: 'knowledge_contribution',
  subjectId: id,
  organisationIds: [offeredByOrganisationId, organisationId],
  data: { itemId },
});

/**
 * Asks an organisation whether it may be named as a contributor to an item, as its author. It is named by its own yes
 * alone; until it answers it may read the item. Throws not_found, not_your_organisation, item_withdrawn,
 * already_a_contributor, harvest_required, organisation_dissolved, invalid_input.
 */
export async function offerContribution(
  db: Db,
  context: Context,
  itemId: string,
  { organisationId, expiresInDays }: z.output<typeof NewKnowledgeContribution>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { item, organisations } = await lockVisibleItem(db, caller, itemId, { others: [organisationId] });
    assertActsFor(caller, item.organisationId);
    assertNotWithdrawn(item.state);
    assertExists(organisations, organisationId);
    if (organisationId === item.organisationId)
      throw invalid([{ in: 'body', location: '/organisationId', code: 'same_organisation' }]);
    if (item.visibility === 'alliances') await assertMayGoFurther(db, item, { toOrganisationId: organisationId });
    const now = new Date();
    await expireOpenOffer(db, itemId, organisationId, now, record);
    const row = {
      id: newId(),
      itemId,
      organisationId,
      state: 'offered',
      offeredByOrganisationId: item.organisationId,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + expiresInDays * 86_400_000),
      decidedAt: null,
      decisionReason: null,
      changedAt: now,
    };
    await insertOffer(db, row);
    record(event('knowledge_contribution.offered', row));
    return { body: await changed(db, caller, row.id), location: `/v1/knowledge-contributions/${row.id}` };
  });
}

async function insertOffer(db: Db, row: Contribution): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(knowledgeContributions).values(row));
  } catch (error) {
    if (violatedConstraint(error) === 'knowledge_contributions_open') throw new Problem('already_a_contributor');
    throw error;
  }
}

async function expireOpenOffer(
  db: Db,
  itemId: string,
  organisationId: string,
  now: Date,
  record: (event: NewEvent) => void,
): Promise<void> {
  const own = and(eq(knowledgeContributions.itemId, itemId), eq(knowledgeContributions.organisationId, organisationId));
  const expired = await db
    .update(knowledgeContributions)
    .set({ state: 'expired', changedAt: now })
    .where(and(own, ranOut(knowledgeContributions), unrestricted('node')))
    .returning();
  for (const row of expired) record(event('knowledge_contribution.expired', row));
}

type Party = { readonly row: Contribution; readonly own: boolean; readonly item: Item; readonly organisations: Locked };
type Locked = Parameters<typeof assertExists>[0];

/** The contribution, locked after its item, when the caller is a party to it. Throws not_found, not_your_organisation. */
async function lockParty(db: Db, caller: Caller, contributionId: string): Promise<Party> {
  const named = eq(knowledgeContributions.id, contributionId);
  const [seen] = await db
    .select({ itemId: knowledgeContributions.itemId, organisationId: knowledgeContributions.organisationId })
    .from(knowledgeContributions)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeContributions.itemId))
    .where(and(named, visibleKnowledgeContributions(caller.organisationId)));
  if (seen === undefined) throw notFound();
  const { item, organisations } = await lockVisibleItem(db, caller, seen.itemId, { others: [seen.organisationId] });
  const [row] = await db.select().from(knowledgeContributions).where(made(contributionId)).for('update');
  if (row === undefined) throw notFound();
  const own = row.organisationId === caller.organisationId;
  if (!own) assertActsFor(caller, item.organisationId);
  return { row, own, item, organisations };
}

/**
 * Answers an offer to be named: the organisation accepts or declines, the author withdraws; the same answer again
 * changes nothing. Throws not_found, not_your_organisation, wrong_side, handshake_refused, item_withdrawn,
 * organisation_dissolved.
 */
export async function decideContribution(
  db: Db,
  context: Context,
  contributionId: string,
  { decision, reason }: z.output<typeof NewContributionDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, own, item, organisations } = await lockParty(db, caller, contributionId);
    const now = new Date();
    const handshake = { state: row.state as HandshakeState, expiresAt: row.expiresAt };
    const state = decide(handshake, own ? 'receiver' : 'offerer', decision, now);
    if (state !== row.state) {
      if (state === 'accepted') {
        assertNotWithdrawn(item.state);
        assertExists(organisations, row.organisationId);
      }
      await db
        .update(knowledgeContributions)
        .set({ state, decidedAt: now, decisionReason: reason || null, changedAt: now })
        .where(made(contributionId));
      record(event(`knowledge_contribution.${state}`, row));
    }
    return { body: await changed(db, caller, contributionId) };
  });
}
