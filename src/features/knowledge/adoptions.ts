import { and, eq, gt, gte, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import { alias, type PgColumn } from 'drizzle-orm/pg-core';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertExists, lockOrganisations } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import {
  actingOrganisation,
  assertActsFor,
  isMember,
  unrestricted,
  visibleKnowledgeAdoptions,
  visibleKnowledgeItems,
} from '../policy/policy.ts';
import { instantOf } from './columns.ts';
import { adoptionFaults, assertPublished, responseFaults } from './rules.ts';
import type {
  AdoptionQuery,
  AdoptionView,
  ItemAdoptionQuery,
  NewAdoption,
  NewAdoptionResponse,
  NewAdoptionWithdrawal,
} from './sharing-schemas.ts';
import { findVisibleItem, type Item, lockVisibleItem } from './standing.ts';
import { knowledgeAdoptions, knowledgeItems, knowledgeShares } from './tables.ts';

type View = z.output<typeof AdoptionView>;
type Adoption = typeof knowledgeAdoptions.$inferSelect;

const authors = alias(organisations, 'authors');
const named = (id: PgColumn, name: PgColumn) =>
  sql<View['organisation']>`json_build_object('id', ${id}, 'name', ${name})`;

function columnsFor({ organisationId: viewer }: Caller) {
  const isParty = sql`${viewer}::uuid in (${knowledgeAdoptions.organisationId}, ${knowledgeItems.organisationId})`;
  const standing = <T>(column: PgColumn) =>
    sql<T | null>`case when ${knowledgeAdoptions.withdrawnAt} is null or ${isParty} then ${column} end`;
  const ofVisible = (value: SQL) => sql`case when ${visibleKnowledgeItems(viewer)} then ${value} end`;
  return {
    id: knowledgeAdoptions.id,
    item: sql<View['item']>`json_build_object('id', ${knowledgeItems.id},
      'type', ${ofVisible(sql`${knowledgeItems.type}`)}, 'title', ${ofVisible(sql`nullif(${knowledgeItems.title}, '')`)})`,
    versionNumber: knowledgeAdoptions.versionNumber,
    organisation: named(organisations.id, organisations.name),
    author: named(authors.id, authors.name),
    use: sql<View['use']>`${knowledgeAdoptions.use}`,
    setting: standing<string>(knowledgeAdoptions.setting),
    result: standing<string>(knowledgeAdoptions.result),
    evidenceUrl: standing<string>(knowledgeAdoptions.evidenceUrl),
    adoptedOn: knowledgeAdoptions.adoptedOn,
    response: sql<View['response']>`${knowledgeAdoptions.response}`,
    responseReason: sql<string | null>`case when ${knowledgeAdoptions.response} = 'thanked' or ${isParty}
      then ${knowledgeAdoptions.responseReason} end`,
    respondedAt: knowledgeAdoptions.respondedAt,
    withdrawnAt: knowledgeAdoptions.withdrawnAt,
    withdrawalReason: sql<string | null>`case when ${isParty} then ${knowledgeAdoptions.withdrawalReason} end`,
    createdAt: knowledgeAdoptions.createdAt,
    changedAt: knowledgeAdoptions.changedAt,
  };
}

const select = (db: Db, caller: Caller, condition: SQL | undefined) =>
  db
    .select(columnsFor(caller))
    .from(knowledgeAdoptions)
    .innerJoin(knowledgeItems, eq(knowledgeItems.id, knowledgeAdoptions.itemId))
    .innerJoin(organisations, eq(organisations.id, knowledgeAdoptions.organisationId))
    .innerJoin(authors, eq(authors.id, knowledgeItems.organisationId))
    .where(and(visibleKnowledgeAdoptions(caller.organisationId), condition));

/** One adoption that the caller may see: of an item that it may see, or its own. Throws not_found. */
export async function getAdoption(db: Db, caller: Caller, adoptionId: string): Promise<Answer<View>> {
  const [row] = await select(db, caller, eq(knowledgeAdoptions.id, adoptionId));
  if (row === undefined) throw notFound();
  return { body: row };
}

/** A page of the adoptions that the caller may see, in the order of their identifiers. */
export async function listAdoptions(
  db: Db,
  caller: Caller,
  input: z.output<typeof AdoptionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { cursor: _, limit, after, asOf, changedSince, authorOrganisationId, ...fields } = input;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const rows = await select(
    db,
    caller,
    and(
      ...given.map(([field, value]) => eq(knowledgeAdoptions[field as keyof typeof fields], value as string)),
      after?.[0] === undefined ? undefined : gt(knowledgeAdoptions.id, after[0]),
      authorOrganisationId === undefined ? undefined : eq(knowledgeItems.organisationId, authorOrganisationId),
      asOf === undefined ? undefined : heldOn(asOf),
      changedSince === undefined ? undefined : gte(knowledgeAdoptions.changedAt, changedSince),
    ),
  )
    .orderBy(knowledgeAdoptions.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

function heldOn(day: string): SQL | undefined {
  const { adoptedOn, withdrawnAt } = knowledgeAdoptions;
  return and(lte(adoptedOn, day), or(isNull(withdrawnAt), gt(withdrawnAt, new Date(instantOf(day)))));
}

/** A page of the adoptions of one item that the caller may see. Throws not_found. */
export async function listItemAdoptions(
  db: Db,
  caller: Caller,
  itemId: string,
  input: z.output<typeof ItemAdoptionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await findVisibleItem(db, caller, itemId);
  return listAdoptions(db, caller, { ...input, itemId });
}

type Touched = Pick<Adoption, 'id' | 'itemId' | 'organisationId'>;
type Author = { readonly organisationId: string; readonly allianceId?: string | undefined };

const event = (type: NewEvent['type'], adoption: Touched, author: Author): NewEvent => ({
  type,
  subjectType: 'adoption',
  subjectId: adoption.id,
  allianceId: author.allianceId,
  organisationIds: [adoption.organisationId, author.organisationId],
  data: { itemId: adoption.itemId },
});

type Shared = Pick<Item, 'id' | 'organisationId' | 'visibility'>;

/** The alliance by which another organisation reads an item that is for alliances alone; undefined for other items. */
async function sharedBy(db: Db, item: Shared, readerId: string): Promise<Author> {
  const { organisationId } = item;
  if (item.visibility !== 'alliances') return { organisationId };
  const [share] = await db
    .select({ allianceId: knowledgeShares.allianceId })
    .from(knowledgeShares)
    .where(
      and(
        eq(knowledgeShares.itemId, item.id),
        isNull(knowledgeShares.endedAt),
        sql`${isMember(readerId, sql`${knowledgeShares.allianceId}`)}`,
        // Of the reader, who may be another than the caller: it is kept with the event, and told to nobody.
        unrestricted('rule'),
      ),
    )
    .orderBy(knowledgeShares.id)
    .limit(1);
  return { organisationId, allianceId: share?.allianceId };
}

/**
 * States, for the caller's organisation, that it used or adapted a published version of another's item, and what came of
 * it. Throws not_found, not_your_organisation, own_item, item_withdrawn, organisation_dissolved, invalid_input.
 */
export async function stateAdoption(
  db: Db,
  context: Context,
  itemId: string,
  input: z.output<typeof NewAdoption>,
): Promise<Answer<View>> {
  const { caller } = context;
  const organisationId = actingOrganisation(caller);
  return commit(db, context, async (db, record) => {
    const { item, organisations } = await lockVisibleItem(db, caller, itemId, { mode: 'share' });
    if (item.organisationId === organisationId) throw new Problem('own_item');
    assertExists(organisations, organisationId);
    const adoptedOn = input.adoptedOn ?? today();
    const faults = adoptionFaults({ ...input, adoptedOn }, item.publishedVersion, today());
    if (faults.length > 0) throw invalid(faults);
    assertPublished(item.state);
    const now = new Date();
    const adoption = {
      ...input,
      id: newId(),
      itemId,
      organisationId,
      evidenceUrl: input.evidenceUrl ?? null,
      adoptedOn,
      createdAt: now,
      changedAt: now,
    };
    await db.insert(knowledgeAdoptions).values(adoption);
    record(event('adoption.stated', adoption, await sharedBy(db, item, organisationId)));
    return { ...(await getAdoption(db, caller, adoption.id)), location: `/v1/adoptions/${adoption.id}` };
  });
}

/** An adoption that was found under the policy in this transaction. */
const adoptionNamed = (adoptionId: string) => and(eq(knowledgeAdoptions.id, adoptionId), unrestricted('checked'));

/** The adoption, locked after its organisations, with its author. Throws not_found, not_your_organisation. */
async function lockAdoption(
  db: Db,
  caller: Caller,
  adoptionId: string,
  side: 'organisation' | 'author',
): Promise<{ row: Adoption; author: Author }> {
  const { body } = await getAdoption(db, caller, adoptionId);
  assertActsFor(caller, body[side].id);
  await lockOrganisations(db, [body.organisation.id, body.author.id]);
  const { id, organisationId, visibility } = knowledgeItems;
  const [item] = await db
    .select({ id, organisationId, visibility })
    .from(knowledgeItems)
    .where(and(eq(id, body.item.id), unrestricted('checked')))
    .for('share');
  const [row] = await db.select().from(knowledgeAdoptions).where(adoptionNamed(adoptionId)).for('update');
  if (item === undefined || row === undefined) throw notFound();
  return { row, author: await sharedBy(db, item, row.organisationId) };
}

/**
 * Thanks for an adoption of an item of the caller's organisation, or disputes it. The same again changes nothing,
 * another response takes its place. Throws not_found, not_your_organisation, adoption_withdrawn, invalid_input.
 */
export async function respondToAdoption(
  db: Db,
  context: Context,
  adoptionId: string,
  input: z.output<typeof NewAdoptionResponse>,
): Promise<Answer<View>> {
  const { caller } = context;
  const { response } = input;
  const responseReason = input.reason || null;
  return commit(db, context, async (db, record) => {
    const { row, author } = await lockAdoption(db, caller, adoptionId, 'author');
    const faults = responseFaults(response, responseReason);
    if (faults.length > 0) throw invalid(faults);
    if (row.withdrawnAt !== null) throw new Problem('adoption_withdrawn');
    if (row.response !== response || row.responseReason !== responseReason) {
      const now = new Date();
      await db
        .update(knowledgeAdoptions)
        .set({ response, responseReason, respondedAt: now, version: row.version + 1, changedAt: now })
        .where(adoptionNamed(adoptionId));
      record(event(`adoption.${response}`, row, author));
    }
    return getAdoption(db, caller, adoptionId);
  });
}

/**
 * Takes back an adoption, as the organisation that stated it; it counts no longer. Again it changes nothing. Throws
 * not_found, not_your_organisation.
 */
export async function withdrawAdoption(
  db: Db,
  context: Context,
  adoptionId: string,
  { reason }: z.output<typeof NewAdoptionWithdrawal>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, author } = await lockAdoption(db, caller, adoptionId, 'organisation');
    if (row.withdrawnAt === null) {
      const now = new Date();
      await db
        .update(knowledgeAdoptions)
        .set({ withdrawnAt: now, withdrawalReason: reason || null, version: row.version + 1, changedAt: now })
        .where(adoptionNamed(adoptionId));
      record(event('adoption.withdrawn', row, author));
    }
    return getAdoption(db, caller, adoptionId);
  });
}
