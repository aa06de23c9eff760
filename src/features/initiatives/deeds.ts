import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { invalid } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import type { NewCancellation, NewConfirmation, NewFulfilment } from './commitment-schemas.ts';
import type { View } from './commitment-views.ts';
import { getCommitment } from './commitments.ts';
import { changeCommitment, event, lockCommitment, recordStep, ruled } from './promising.ts';
import { act } from './rules.ts';

/**
 * States, as the promiser, that a promise was kept, with evidence; again, to add to it, as long as it is not confirmed.
 * Who was asked and does it at once, says yes by doing it. Throws not_found, party_required, wrong_side,
 * handshake_refused.
 */
export async function fulfilCommitment(
  db: Db,
  context: Context,
  commitmentId: string,
  { evidence }: z.output<typeof NewFulfilment>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, party, organisationId } = await lockCommitment(db, caller, commitmentId);
    const now = new Date();
    const state = act(ruled(row), party, 'fulfilled', now);
    const accepted = row.state === 'offered';
    if (accepted) await recordStep(db, row, { step: 'accepted', organisationId });
    // The day on which it was done first stays, unless that was disputed.
    const fulfilledAt = row.state === 'fulfilled' ? row.fulfilledAt : now;
    await changeCommitment(db, row, {
      state,
      evidence,
      fulfilledAt,
      decidedAt: accepted ? now : row.decidedAt,
      outcomeReason: null,
    });
    await recordStep(db, row, { step: 'fulfilled', organisationId, evidence });
    if (accepted) record(event('commitment.accepted', row));
    record(event('commitment.fulfilled', row));
    return getCommitment(db, caller, commitmentId);
  });
}

/**
 * Confirms, as the beneficiary, that a promise was kept, which makes it a deed, or disputes it with a reason; the same
 * outcome again changes nothing. Throws invalid_input, not_found, party_required, wrong_side, handshake_refused.
 */
export async function confirmCommitment(
  db: Db,
  context: Context,
  commitmentId: string,
  { outcome, reason }: z.output<typeof NewConfirmation>,
): Promise<Answer<View>> {
  const { caller } = context;
  if (outcome === 'disputed' && !reason) throw invalid([{ in: 'body', location: '/reason', code: 'required' }]);
  return commit(db, context, async (db, record) => {
    const { row, party, organisationId } = await lockCommitment(db, caller, commitmentId);
    const now = new Date();
    const state = act(ruled(row), party, outcome, now);
    if (state === row.state) return getCommitment(db, caller, commitmentId);
    const outcomeReason = reason || null;
    await changeCommitment(
      db,
      row,
      outcome === 'confirmed' ? { state, confirmedAt: now, outcomeReason: null } : { state, outcomeReason },
    );
    await recordStep(db, row, { step: outcome, organisationId, reason });
    record(event(`commitment.${outcome}`, row));
    return getCommitment(db, caller, commitmentId);
  });
}

/**
 * Gives a promise up, as its promiser, or lets the promiser off, as the beneficiary; cancelling again changes nothing.
 * Throws not_found, party_required, handshake_refused.
 */
export async function cancelCommitment(
  db: Db,
  context: Context,
  commitmentId: string,
  { reason }: z.output<typeof NewCancellation>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { row, party, organisationId } = await lockCommitment(db, caller, commitmentId);
    const now = new Date();
    const state = act(ruled(row), party, 'cancelled', now);
    if (state === row.state) return getCommitment(db, caller, commitmentId);
    const cancelled = { state, cancelledAt: now, cancelledByOrganisationId: organisationId, outcomeReason: reason };
    await changeCommitment(db, row, cancelled);
    await recordStep(db, row, { step: 'cancelled', organisationId, reason });
    record(event('commitment.cancelled', row));
    return getCommitment(db, caller, commitmentId);
  });
}
