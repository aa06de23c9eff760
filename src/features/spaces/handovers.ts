import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { decide, effectiveState, type HandshakeState, type Side } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { inState, openAtEndOf, ranOut } from '../../platform/offers.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { handOverCommitment, lockCommitment, lockForHandover } from '../initiatives/initiatives.ts';
import { commitments } from '../initiatives/tables.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { partyToCommitment, unrestricted, visibleAlliances, visibleCommitments } from '../policy/policy.ts';
import type { HandoverQuery, HandoverView, NewDecision, NewHandover } from './schemas.ts';
import { handovers } from './tables.ts';

type View = z.output<typeof HandoverView>;
type Handover = typeof handovers.$inferSelect;
type Parties = { readonly allianceId: string; readonly parties: readonly string[] };

/** Handovers are for the two parties to the commitment alone, as long as they may see it. */
const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: handovers.id,
      commitmentId: handovers.commitmentId,
      toAlliance: sql<View['toAlliance']>`json_build_object('id', ${handovers.toAllianceId}, 'name',
        (select ${alliances.name} from ${alliances}
          where ${alliances.id} = ${handovers.toAllianceId} and ${visibleAlliances(viewer)}))`,
      title: handovers.title,
      description: handovers.description,
      state: sql<HandshakeState>`${handovers.state}`,
      offeredBy: organisationIn(handovers.offeredByOrganisationId),
      offeredAt: handovers.offeredAt,
      expiresAt: handovers.expiresAt,
      decidedAt: handovers.decidedAt,
      decisionReason: handovers.decisionReason,
      newCommitmentId: handovers.newCommitmentId,
      changedAt: handovers.changedAt,
    })
    .from(handovers)
    .innerJoin(commitments, eq(commitments.id, handovers.commitmentId))
    .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
    .where(and(visibleCommitments(viewer), partyToCommitment(viewer), condition));

const toView = (row: View): View => ({ ...row, state: effectiveState(row, new Date()) });

/** One handover, for the two parties to the commitment. Throws not_found. */
export async function getHandover(db: Db, caller: Caller, handoverId: string): Promise<Answer<View>> {
  const [row] = await select(db, caller, eq(handovers.id, handoverId));
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

/** A page of the handovers of commitments to which the caller is a party, in the order of their identifiers. */
export async function listHandovers(
  db: Db,
  caller: Caller,
  input: z.output<typeof HandoverQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { cursor: _, limit, after, state, asOf, changedSince, ...fields } = input;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const rows = await select(
    db,
    caller,
    and(
      ...given.map(([field, value]) => eq(handovers[field as keyof typeof fields], value as string)),
      after?.[0] === undefined ? undefined : gt(handovers.id, after[0]),
      state === undefined ? undefined : inState(handovers, state),
      asOf === undefined ? undefined : openAtEndOf(handovers, asOf),
      changedSince === undefined ? undefined : gte(handovers.changedAt, changedSince),
    ),
  )
    .orderBy(handovers.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/** The event of a handover: told in the space, not where it goes. */
export const handoverEvent = (
  type: NewEvent['type'],
  { id, commitmentId }: Pick<Handover, 'id' | 'commitmentId'>,
  { allianceId, parties }: Parties,
): NewEvent => ({
  type,
  subjectType: 'handover',
  subjectId: id,
  allianceId,
  organisationIds: parties,
  data: { commitmentId },
});

const partiesOf = (row: {
  allianceId: string;
  promiserOrganisationId: string;
  beneficiaryOrganisationId: string;
}): Parties => ({
  allianceId: row.allianceId,
  parties: [row.promiserOrganisationId, row.beneficiaryOrganisationId],
});

/**
 * Offers, as a party, to hand an open commitment of a closing space over to another alliance in which both parties take
 * part, in words for that alliance. Throws not_found, party_required, space_not_closing, handshake_refused,
 * handover_open, alliance_ended, space_closing, organisation_dissolved, invalid_input.
 */
export async function offerHandover(
  db: Db,
  context: Context,
  commitmentId: string,
  input: z.output<typeof NewHandover>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, organisationId } = await lockForHandover(db, caller, commitmentId, input.allianceId);
    const now = new Date();
    const expired = await db
      .update(handovers)
      .set({ state: 'expired', changedAt: now })
      .where(and(eq(handovers.commitmentId, commitmentId), ranOut(handovers), unrestricted('checked')))
      .returning();
    for (const one of expired) record(handoverEvent('handover.expired', one, partiesOf(row)));
    const handover = {
      id: newId(),
      commitmentId,
      toAllianceId: input.allianceId,
      title: input.title,
      description: input.description || null,
      state: 'offered',
      offeredByOrganisationId: organisationId,
      offeredAt: now,
      expiresAt: new Date(now.getTime() + input.expiresInDays * 86_400_000),
      changedAt: now,
    };
    await insertHandover(db, handover);
    record(handoverEvent('handover.offered', handover, partiesOf(row)));
    return { ...(await getHandover(db, caller, handover.id)), location: `/v1/handovers/${handover.id}` };
  });
}

async function insertHandover(db: Db, handover: typeof handovers.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(handovers).values(handover));
  } catch (error) {
    if (violatedConstraint(error) === 'handovers_open') throw new Problem('handover_open');
    throw error;
  }
}

/**
 * Answers an offer to hand over: the other party accepts or declines, who offered withdraws; the same answer again
 * changes nothing. With a yes the commitment is made anew in the other alliance, accepted and with the same days, and
 * the old one is cancelled with reason `handed_over`. Throws not_found, wrong_side, handshake_refused,
 * space_not_closing, alliance_ended, space_closing, organisation_dissolved, invalid_input.
 */
export async function decideHandover(
  db: Db,
  context: Context,
  handoverId: string,
  { decision, reason }: z.output<typeof NewDecision>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { body: seen } = await getHandover(db, caller, handoverId);
    const before = { state: seen.state, expiresAt: seen.expiresAt };
    const side: Side = seen.offeredBy.id === caller.organisationId ? 'offerer' : 'receiver';
    // Before anything is locked, so that the same answer again is heard when the space is over.
    if (decide(before, side, decision, new Date()) === seen.state) return { body: seen };
    const locked =
      decision === 'accepted'
        ? await lockForHandover(db, caller, seen.commitmentId, seen.toAlliance.id)
        : await lockCommitment(db, caller, seen.commitmentId);
    const { row, organisationId } = locked;
    const handover = await lockRow(db, handoverId);
    const { expiresAt } = handover;
    const now = new Date();
    const state = decide({ state: handover.state as HandshakeState, expiresAt }, side, decision, now);
    if (state !== handover.state) {
      const made =
        state === 'accepted'
          ? await handOverCommitment(db, record, row, {
              toAllianceId: handover.toAllianceId,
              title: handover.title,
              description: handover.description,
              offeredBy: handover.offeredByOrganisationId,
              acceptedBy: organisationId,
            })
          : null;
      await db
        .update(handovers)
        .set({ state, decidedAt: now, decisionReason: reason || null, newCommitmentId: made, changedAt: now })
        .where(and(eq(handovers.id, handoverId), unrestricted('checked')));
      record(handoverEvent(`handover.${decision}`, handover, partiesOf(row)));
    }
    return getHandover(db, caller, handoverId);
  });
}

async function lockRow(db: Db, handoverId: string): Promise<Handover> {
  const [row] = await db
    .select()
    .from(handovers)
    .where(and(eq(handovers.id, handoverId), unrestricted('checked')))
    .for('update');
  if (row === undefined) throw notFound();
  return row;
}
