import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { type Decision, decide, effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { ranOut } from '../../platform/offers.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import {
  assertExists,
  assertNotClosing,
  assertNotEnded,
  isConvener,
  lockAlliance,
  lockOrganisations,
} from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import {
  assertMayArrive,
  contributorsOf,
  type Harvestable,
  harvestItem,
  lockForHarvest,
  wasSharedWith,
} from '../knowledge/knowledge.ts';
import { knowledgeItems } from '../knowledge/tables.ts';
import {
  actingOrganisation,
  type isMember,
  unrestricted,
  visibleAlliances,
  visibleKnowledgeItems,
} from '../policy/policy.ts';
import { getHarvest } from './harvest-views.ts';
import { type Consent, harvestOutcome } from './rules.ts';
import type { HarvestView, NewDecision, NewHarvest } from './schemas.ts';
import { harvestConsents, harvests } from './tables.ts';

type View = z.output<typeof HarvestView>;
type Harvest = typeof harvests.$inferSelect;
type Recorder = (event: NewEvent) => void;

/** The event of a harvest. */
export const harvestEvent = (
  type: NewEvent['type'],
  { id, allianceId, itemId, offeredByOrganisationId }: Harvest,
  by = offeredByOrganisationId,
): NewEvent => ({
  type,
  subjectType: 'harvest',
  subjectId: id,
  allianceId,
  organisationIds: [by],
  data: { itemId },
});

const fault = (field: string, code: string) => invalid([{ in: 'body', location: `/${field}`, code }]);

/** Throws invalid_input unless the caller sees the item and is in the space, and sees where the item would go. */
async function assertKnown(db: Db, caller: Caller, input: z.output<typeof NewHarvest>): Promise<void> {
  const viewer = caller.organisationId;
  const sees = async (id: string, ...more: (ReturnType<typeof isMember> | undefined)[]) => {
    const visible = and(eq(alliances.id, id), visibleAlliances(viewer), ...more);
    return (await db.select({ visibility: alliances.visibility }).from(alliances).where(visible))[0];
  };
  const space = await sees(input.allianceId);
  if (space === undefined) throw fault('allianceId', 'unknown_alliance');
  if (space.visibility !== 'closed') throw fault('allianceId', 'not_closed');
  if (input.toAllianceId !== undefined && (await sees(input.toAllianceId)) === undefined)
    throw fault('toAllianceId', 'unknown_alliance');
  const [item] = await db
    .select({ id: knowledgeItems.id })
    .from(knowledgeItems)
    .where(and(eq(knowledgeItems.id, input.itemId), visibleKnowledgeItems(viewer)));
  if (item === undefined) throw fault('itemId', 'unknown_item');
  if (!(await wasSharedWith(db, input.itemId, input.allianceId))) throw fault('itemId', 'not_shared_there');
}

/** Locks the two alliances of a harvest in the order of their identifiers; throws where the item cannot come or go. */
async function lockWays(db: Db, { allianceId, toAllianceId }: Pick<Harvest, 'allianceId' | 'toAllianceId'>) {
  const ids = [...new Set([allianceId, toAllianceId])].filter((id) => id !== null).sort();
  for (const id of ids) {
    const standing = await lockAlliance(db, id);
    if (id !== allianceId) {
      assertNotEnded(standing);
      assertNotClosing(standing);
    } else if (standing.closure !== 'closing') assertNotClosing(standing);
  }
}

/**
 * Offers to let an item out of a closed space, as a convener of it or as a member that contributed to the item. Whoever
 * offers and contributed says yes by that. It goes when all who contributed said yes. Throws invalid_input,
 * contributor_required, harvest_open, item_not_published, item_withdrawn, space_closing, alliance_ended,
 * organisation_dissolved, already_shared.
 */
export async function offerHarvest(
  db: Db,
  context: Context,
  input: z.output<typeof NewHarvest>,
): Promise<Answer<View>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  if ((input.visibility === undefined) === (input.toAllianceId === undefined))
    throw fault('visibility', 'one_destination');
  return commit(db, context, async (db, record) => {
    await assertKnown(db, caller, input);
    const organisations = await lockOrganisations(db, [own, ...(await contributorsOf(db, input.itemId))]);
    assertExists(organisations, own);
    const { itemId, allianceId, toAllianceId = null, visibility = null } = input;
    if (toAllianceId === allianceId) throw fault('toAllianceId', 'another_space');
    await lockWays(db, { allianceId, toAllianceId });
    const item = await lockForHarvest(db, itemId);
    await assertKnown(db, caller, input);
    if (!item.contributors.includes(own) && !(await isConvener(db, own, allianceId)))
      throw new Problem('contributor_required');
    await assertMayArrive(db, item, { visibility, toAllianceId });
    const now = new Date();
    await expireOpen(db, itemId, record);
    const harvest: Harvest = {
      id: newId(),
      ...{ itemId, allianceId, visibility, toAllianceId },
      message: input.message || null,
      state: 'offered',
      offeredByOrganisationId: own,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + input.expiresInDays * 86_400_000),
      decidedAt: null,
      changedAt: now,
    };
    await insertHarvest(db, harvest);
    await ask(db, harvest.id, item.contributors, own);
    record(harvestEvent('harvest.offered', harvest));
    await conclude(db, record, harvest, item);
    return { ...(await getHarvest(db, caller, harvest.id)), location: `/v1/harvests/${harvest.id}` };
  });
}

async function insertHarvest(db: Db, harvest: Harvest): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(harvests).values(harvest));
  } catch (error) {
    if (violatedConstraint(error) === 'harvests_open') throw new Problem('harvest_open');
    throw error;
  }
}

async function expireOpen(db: Db, itemId: string, record: Recorder): Promise<void> {
  const expired = await db
    .update(harvests)
    .set({ state: 'expired', changedAt: new Date() })
    .where(and(eq(harvests.itemId, itemId), ranOut(harvests), unrestricted('rule')))
    .returning();
  for (const row of expired) record(harvestEvent('harvest.expired', row));
}

/** Asks those who contributed and were not asked before; the one that offers says yes by that. */
async function ask(db: Db, harvestId: string, contributors: readonly string[], agrees?: string): Promise<void> {
  const rows = contributors.map((organisationId) => ({
    id: newId(),
    harvestId,
    organisationId,
    ...(organisationId === agrees
      ? { state: 'accepted', decidedAt: new Date() }
      : { state: 'offered', decidedAt: null }),
  }));
  if (rows.length > 0) await db.insert(harvestConsents).values(rows).onConflictDoNothing();
}

const consentsOf = (db: Db, harvestId: string) =>
  db
    .select()
    .from(harvestConsents)
    .where(and(eq(harvestConsents.harvestId, harvestId), unrestricted('checked')))
    .orderBy(harvestConsents.id);

/** Lets follow from the answers what follows from them; the item was locked, so that nobody joins meanwhile. */
async function conclude(db: Db, record: Recorder, harvest: Harvest, item: Harvestable): Promise<void> {
  const state = harvestOutcome((await consentsOf(db, harvest.id)) as unknown as Consent[], item.contributors);
  if (state === 'offered') return;
  if (state === 'accepted') await harvestItem(db, record, item, harvest);
  await settle(db, harvest.id, state);
  record(harvestEvent(state === 'accepted' ? 'harvest.completed' : 'harvest.declined', harvest));
}

const settle = (db: Db, harvestId: string, state: HandshakeState) =>
  db
    .update(harvests)
    .set({ state, decidedAt: new Date(), changedAt: new Date() })
    .where(and(eq(harvests.id, harvestId), unrestricted('checked')));

/**
 * Answers a harvest: each organisation that contributed says yes or no for itself, who offered withdraws; the same answer
 * again changes nothing, and a yes may become a no as long as others have not answered. One no ends it; with the last
 * yes the item goes, in the same transaction. Throws not_found, wrong_side, handshake_refused, space_closing,
 * item_withdrawn, already_shared, alliance_ended, organisation_dissolved, invalid_input.
 */
export async function decideHarvest(
  db: Db,
  context: Context,
  harvestId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  return commit(db, context, async (db, record) => {
    const { harvest, item } = await lockHarvest(db, caller, harvestId, decision);
    if (decision === 'withdrawn') await withdraw(db, record, harvest, own);
    else await answer(db, record, { harvest, item, own, decision, reason: reason || null });
    return getHarvest(db, caller, harvestId);
  });
}

const handshakeOf = ({ state, expiresAt }: Harvest) => ({ state: state as HandshakeState, expiresAt });

async function withdraw(db: Db, record: Recorder, harvest: Harvest, own: string): Promise<void> {
  const side = harvest.offeredByOrganisationId === own ? 'offerer' : 'receiver';
  const state = decide(handshakeOf(harvest), side, 'withdrawn', new Date());
  if (state === harvest.state) return;
  await settle(db, harvest.id, state);
  record(harvestEvent('harvest.withdrawn', harvest));
}

type Answered = {
  readonly harvest: Harvest;
  readonly item: Harvestable;
  readonly own: string;
  readonly decision: 'accepted' | 'declined';
  readonly reason: string | null;
};

async function answer(db: Db, record: Recorder, { harvest, item, own, decision, reason }: Answered): Promise<void> {
  if (harvest.state === 'offered') await ask(db, harvest.id, item.contributors);
  const consent = (await consentsOf(db, harvest.id)).find(({ organisationId }) => organisationId === own);
  if (consent === undefined) throw new Problem('wrong_side');
  if (consent.state === decision) return;
  const state = effectiveState(handshakeOf(harvest), new Date());
  if (state !== 'offered') throw new Problem('handshake_refused', { params: { state, decision } });
  await db
    .update(harvestConsents)
    .set({ state: decision, decidedAt: new Date(), reason })
    .where(and(eq(harvestConsents.id, consent.id), unrestricted('checked')));
  await db
    .update(harvests)
    .set({ changedAt: new Date() })
    .where(and(eq(harvests.id, harvest.id), unrestricted('checked')));
  if (decision === 'accepted') record(harvestEvent('harvest.consented', harvest, own));
  await conclude(db, record, harvest, item);
}

/** A harvest that the caller may see, locked after its organisations, its space, where it goes, and its item. */
async function lockHarvest(
  db: Db,
  caller: Caller,
  harvestId: string,
  decision: Decision,
): Promise<{ harvest: Harvest; item: Harvestable }> {
  await getHarvest(db, caller, harvestId);
  const found = await harvestRow(db, harvestId);
  const organisations = await lockOrganisations(db, [
    caller.organisationId,
    ...(await contributorsOf(db, found.itemId)),
  ]);
  if (decision === 'accepted') {
    assertExists(organisations, actingOrganisation(caller));
    await lockWays(db, found);
  } else await lockAlliance(db, found.allianceId);
  const item = await lockForHarvest(db, found.itemId);
  await getHarvest(db, caller, harvestId);
  return { harvest: await harvestRow(db, harvestId, true), item };
}

async function harvestRow(db: Db, harvestId: string, locked = false): Promise<Harvest> {
  const query = db
    .select()
    .from(harvests)
    .where(and(eq(harvests.id, harvestId), unrestricted('checked')));
  const [row] = await (locked ? query.for('update') : query);
  if (row === undefined) throw notFound();
  return row;
}
