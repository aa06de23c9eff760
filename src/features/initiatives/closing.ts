import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, Problem } from '../../platform/problem.ts';
import {
  assertExists,
  assertNotClosing,
  assertNotEnded,
  isBound,
  lockAlliance,
  lockOrganisations,
} from '../alliances/alliances.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { getCommitment } from './commitments.ts';
import { type Commitment, changeCommitment, event, lockRow, recordStep } from './promising.ts';
import { assertKnownAlliance } from './standing.ts';
import { commitments, dateOffers, initiatives, participations } from './tables.ts';

type Recorder = (event: NewEvent) => void;

/** A commitment in a closing space, locked with the alliance to which its parties may hand it over. */
export type Leaving = { readonly row: Commitment; readonly organisationId: string; readonly otherId: string };

const open = ['offered', 'accepted'];

/**
 * Locks an open commitment of a closing space for one of its parties, and another alliance in which both are bound.
 * Throws not_found, party_required, space_not_closing, handshake_refused, organisation_dissolved, alliance_ended,
 * space_closing, invalid_input.
 */
export async function lockForHandover(
  db: Db,
  caller: Caller,
  commitmentId: string,
  toAllianceId: string,
): Promise<Leaving> {
  const { body: seen } = await getCommitment(db, caller, commitmentId);
  const parties = [seen.promiser.id, seen.beneficiary.id];
  const organisationId = parties.find((id) => id === caller.organisationId);
  const otherId = parties.find((id) => id !== caller.organisationId);
  if (organisationId === undefined || otherId === undefined) throw new Problem('party_required');
  await assertKnownAlliance(db, caller, toAllianceId);
  const locked = await lockOrganisations(db, parties);
  const standings = new Map<string, Awaited<ReturnType<typeof lockAlliance>>>();
  for (const id of [seen.alliance.id, toAllianceId].sort()) standings.set(id, await lockAlliance(db, id));
  await getCommitment(db, caller, commitmentId);
  const here = standings.get(seen.alliance.id);
  const there = standings.get(toAllianceId);
  if (here?.closure !== 'closing') throw new Problem('space_not_closing');
  const [one = '', other = ''] = parties;
  const together = (await isBound(db, one, toAllianceId)) && (await isBound(db, other, toAllianceId));
  if (there === undefined || there === here || !together)
    throw invalid([{ in: 'body', location: '/allianceId', code: 'not_of_both' }]);
  assertNotEnded(there);
  assertNotClosing(there);
  for (const id of parties) assertExists(locked, id);
  const row = await lockRow(db, commitmentId);
  if (!open.includes(row.state))
    throw new Problem('handshake_refused', { params: { state: row.state, decision: 'handed_over' } });
  return { row, organisationId, otherId };
}

/** Ends an open commitment for a reason of its space; by nobody where the node does it. */
async function cancel(db: Db, record: Recorder, row: Commitment, reason: string, by: string | null): Promise<void> {
  const now = new Date();
  await changeCommitment(db, row, {
    state: 'cancelled',
    cancelledAt: now,
    cancelledByOrganisationId: by,
    outcomeReason: reason,
  });
  await recordStep(db, row, { step: 'cancelled', organisationId: by, reason });
  record(event('commitment.cancelled', row));
}

/**
 * Makes a commitment of a closing space anew in another alliance, by the yes of both parties: with a text of its own and
 * the same days. It does not tell where it comes from. The old one ends. Answers the new one.
 */
export async function handOverCommitment(
  db: Db,
  record: Recorder,
  row: Commitment,
  given: {
    readonly toAllianceId: string;
    readonly title: string;
    readonly description: string | null;
    readonly offeredBy: string;
    readonly acceptedBy: string;
  },
): Promise<string> {
  const now = new Date();
  const made: Commitment = {
    ...row,
    id: newId(),
    version: 1,
    allianceId: given.toAllianceId,
    initiativeId: null,
    title: given.title,
    description: given.description,
    state: 'accepted',
    offeredByOrganisationId: given.offeredBy,
    counterOfId: null,
    offeredAt: now,
    expiresAt: null,
    decidedAt: now,
    decisionReason: null,
    lateToldDueOn: null,
    createdAt: now,
    changedAt: now,
  };
  await db.insert(commitments).values(made);
  await recordStep(db, made, { step: 'offered', organisationId: given.offeredBy });
  await recordStep(db, made, { step: 'accepted', organisationId: given.acceptedBy });
  await expireDates(db, [row.id]);
  await cancel(db, record, row, 'handed_over', null);
  record(event('commitment.accepted', made));
  return made.id;
}

const expireDates = (db: Db, commitmentIds: readonly string[]) =>
  db
    .update(dateOffers)
    .set({ state: 'expired', changedAt: new Date() })
    .where(
      and(inArray(dateOffers.commitmentId, [...commitmentIds]), eq(dateOffers.state, 'offered'), unrestricted('node')),
    );

/**
 * Ends what is still open in a closed space that is about to be archived: commitments are cancelled by the node with
 * reason `space_closed`, requests to take part and other days expire. Answers how many commitments; the space is locked
 * by the caller.
 */
export async function cancelCommitmentsOfSpace(db: Db, record: Recorder, allianceId: string): Promise<number> {
  const rows = await db
    .select()
    .from(commitments)
    .where(and(eq(commitments.allianceId, allianceId), inArray(commitments.state, open), unrestricted('node')))
    .orderBy(commitments.id)
    .for('update');
  if (rows.length > 0)
    await expireDates(
      db,
      rows.map(({ id }) => id),
    );
  for (const row of rows) await cancel(db, record, row, 'space_closed', null);
  const requests = await db
    .update(participations)
    .set({ state: 'expired', changedAt: new Date(), version: sql`${participations.version} + 1` })
    .where(
      and(
        eq(participations.state, 'offered'),
        sql`${participations.initiativeId} in (select i.id from ${initiatives} i where i.alliance_id = ${allianceId}
          and ${unrestricted('node')})`,
      ),
    )
    .returning();
  for (const { id, initiativeId, organisationId } of requests) {
    const subject = { subjectType: 'participation', subjectId: id, allianceId, organisationIds: [organisationId] };
    record({ type: 'participation.expired', ...subject, data: { initiativeId } });
  }
  return rows.length;
}
