import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import { type Caller, type Context, replicaContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { type Decision, decide } from '../../platform/handshake.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { holdLivePeer, livePeer } from '../federation/federation.ts';
import { isAnyTaken } from '../organisations/organisations.ts';
import { hearClosing, letMove } from './completing.ts';
import { OfferClaims } from './messages.ts';
import { handshakeOf, hearDeclined, sideOf } from './rules.ts';
import type { MoveDecision } from './schemas.ts';
import {
  changeMove,
  findMove,
  lockMove,
  type MoveDeps,
  type MoveRow,
  moveEvent,
  signDecision,
  verifyDecision,
} from './standing.ts';
import { tellNow } from './telling.ts';
import { findSeen, getMove, type View } from './views.ts';

/**
 * Answers the offer of a move: an administrator of the new home accepts or declines, the organisation or an administrator of
 * its old home withdraws; the same answer again changes nothing. It is signed, and told to the other node. Throws not_found,
 * administrator_required, wrong_side, handshake_refused, no_live_peering and identifier_taken.
 */
export async function decideOrganisationMove(
  db: Db,
  context: Context,
  deps: MoveDeps,
  moveId: string,
  { decision, reason: given }: z.output<typeof MoveDecision>,
): Promise<Answer<View>> {
  await findSeen(db, context.caller, moveId);
  await commit(db, context, async (db, record) => {
    const row = await lockMove(db, moveId);
    if (row === undefined) throw notFound();
    const state = decide(handshakeOf(row), sideOf(row.offeredBy), decision, new Date());
    assertMayDecide(context.caller, decision);
    if (state === handshakeOf(row).state) return { body: undefined };
    if (decision === 'accepted') await assertCanTakeIn(db, row);
    const reason = given || null;
    const signed = await signDecision(db, deps, row, { decision, reason });
    if (decision === 'accepted') await changeMove(db, row, { state: 'accepted', acceptance: signed, tell: true });
    else await changeMove(db, row, { state: decision, closing: signed, decisionReason: reason, tell: true });
    record(moveEvent(decision, row));
    return { body: undefined };
  });
  await tellNow(db, deps, moveId);
  return getMove(db, context.caller, moveId);
}

/** Whoever keeps a node decides what it takes in; to stay is up to the organisation as well. */
function assertMayDecide({ administrator }: Caller, decision: Decision): void {
  if (decision !== 'withdrawn' && !administrator) throw new Problem('administrator_required');
}

/** Throws no_live_peering and identifier_taken where the organisation could not come. */
async function assertCanTakeIn(db: Db, row: MoveRow): Promise<void> {
  const peer = await livePeer(db, row.fromNode, new Date());
  if (peer === undefined || !(await holdLivePeer(db, peer.id))) throw new Problem('no_live_peering');
  if (await isAnyTaken(db, OfferClaims.shape.organisation.parse(row.organisation)))
    throw new Problem('identifier_taken');
}

const notVerified = () => new Problem('move_not_verified');

/**
 * Takes in what the other node of a move says of it, verified with the keys that it publishes for good: also when no
 * peering holds any more, since what was begun comes to an end. It may come late, twice and in any order. Answers what the
 * old home says to an acceptance. Throws not_found, move_not_verified, and PeerFailure where keys cannot be read.
 */
export async function receiveMoveDecision(
  db: Db,
  deps: MoveDeps,
  moveId: string,
  jws: string,
): Promise<object | undefined> {
  const row = await findMove(db, moveId);
  if (row === undefined) throw notFound();
  const said = await verifyDecision(deps, row, jws);
  if (said === undefined) throw notVerified();
  const { decision, reason } = said;
  // The new home accepts or declines, the old one withdraws.
  if ((decision === 'withdrawn') !== (row.offeredBy === 'them')) throw notVerified();
  if (decision === 'accepted') return letMove(db, deps, row, jws);
  if (decision === 'withdrawn') await hearClosing(db, moveId, { closing: jws, reason });
  else await hearNo(db, moveId, { closing: jws, reason });
  return undefined;
}

async function hearNo(
  db: Db,
  moveId: string,
  { closing, reason }: { readonly closing: string; readonly reason: string | null },
): Promise<void> {
  await commit(db, replicaContext('receiveMoveDecision'), async (db, record) => {
    const row = await lockMove(db, moveId);
    if (row === undefined) throw notFound();
    const state = hearDeclined(row.state);
    if (state === row.state) return { body: undefined };
    await changeMove(db, row, { state, closing, decisionReason: reason, tell: false });
    record(moveEvent('declined', row));
    return { body: undefined };
  });
}
