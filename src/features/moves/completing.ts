import { replicaContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { canonicalBytes, ReceiptError, type ReceiptKind, verifySigned } from '../../platform/receipts.ts';
import { endVouching, parseStrictObject, publishedReceiptKeys } from '../access/access.ts';
import { commit } from '../events/events.ts';
import { holdLivePeer, livePeer, type Move, moveType, PeerFailure, verifyMove } from '../federation/federation.ts';
import {
  letGo,
  lockHomed,
  type OrganisationInFull,
  organisationInFull,
  takeIn,
} from '../organisations/organisations.ts';
import { contentHashOf } from '../replication/replication.ts';
import { type Decided, DecisionClaims, hashOf, MoveAnswer, messageTypes, readAs } from './messages.ts';
import { answerTo, effectiveState, type Hindrance, hearAccepted, hearMoved, hearWithdrawn } from './rules.ts';
import { isTooLarge } from './size.ts';
import {
  changeMove,
  lockMove,
  type MoveDeps,
  type MoveRow,
  movedEvent,
  moveEvent,
  type Recorder,
  signDecision,
  verifyDecision,
} from './standing.ts';

/** What the old home answers to an acceptance, as JSON. */
type Answered =
  | { readonly acceptance: string; readonly completion: string; readonly content: object }
  | { readonly closing: string };

type Completed = { readonly acceptance: string; readonly completion: string; readonly content: OrganisationInFull };

type Work = { readonly db: Db; readonly record: Recorder; readonly deps: MoveDeps };

/**
 * The old home hears that the new one accepted: in one transaction the organisation has its home there, this node vouches
 * for it no more, and signs that it let it go. Where something hinders that, it signs that nothing moves. Heard again, it
 * gives the same answer again. Throws not_found, and move_not_verified where nothing was offered that could be accepted.
 */
export async function letMove(db: Db, deps: MoveDeps, known: MoveRow, acceptance: string): Promise<Answered> {
  const { body } = await commit(db, replicaContext('receiveMoveDecision'), async (db, record) => {
    // The organisation first, as whoever changes it does, and in a state that goes along as it is.
    const homed = await lockHomed(db, known.organisationId);
    const row = await lockMove(db, known.id);
    if (row === undefined) throw notFound();
    const full = await organisationInFull(db, row.organisationId);
    await settle({ db, record, deps }, row, { full, homed, now: new Date() }, acceptance);
    return { body: answerOf((await lockMove(db, row.id)) ?? row) };
  });
  return body;
}

/** Decides a move that was accepted, unless it was decided before. */
async function settle(work: Work, row: MoveRow, seen: Seen, acceptance: string): Promise<void> {
  const { full, now } = seen;
  const hindrance = row.state === 'offered' ? await hindranceOf(work.db, row, seen) : undefined;
  const state = hearAccepted(row, hindrance, now);
  if (state === 'moved' && row.state === 'offered' && full !== undefined)
    await complete(work, row, { acceptance, full, now });
  // Also of what ran out before and was never closed.
  if (answerTo(state) === 'closing' && row.closing === null) await close(work, row, hindrance ?? 'expired');
}

type Seen = {
  readonly full: OrganisationInFull | undefined;
  readonly homed: { readonly hasSuccessor: boolean } | undefined;
  readonly now: Date;
};

async function hindranceOf(db: Db, row: MoveRow, { full, homed, now }: Seen): Promise<Hindrance | undefined> {
  if (effectiveState(row, now) === 'expired') return 'expired';
  const peer = await livePeer(db, row.toNode, now);
  if (peer === undefined || !(await holdLivePeer(db, peer.id))) return 'no_live_peering';
  if (homed === undefined || full === undefined) return 'homed_elsewhere';
  if (homed.hasSuccessor) return 'already_merged';
  return isTooLarge(full) ? 'too_large' : undefined;
}

async function complete(
  { db, record, deps: { peering, receipts } }: Work,
  row: MoveRow,
  { acceptance, full, now }: { readonly acceptance: string; readonly full: OrganisationInFull; readonly now: Date },
): Promise<void> {
  const claims: Move = {
    ...{ iss: peering.baseUrl, aud: row.toNode, jti: row.id, iat: Math.floor(now.getTime() / 1000) },
    ...{ peering: row.peerId, organisationId: row.organisationId, number: row.number },
    ...{ offerHash: row.offerHash, acceptanceHash: hashOf(acceptance), contentHash: contentHashOf(full) },
  };
  const completion = await receipts.sign(db, moveType, canonicalBytes(claims));
  await letGo(db, row.organisationId, { home: row.toNode, move: completion });
  record(movedEvent(row));
  record(moveEvent('accepted', row));
  await endVouching(db, record, row.organisationId);
  // The other asks for it, so there is nothing to tell.
  await changeMove(db, row, { state: 'moved', acceptance, completion, content: full, movedAt: now, tell: false });
}

/** Signs that nothing moves; the other hears it as the answer, and is told where it does not. */
async function close({ db, record, deps }: Work, row: MoveRow, reason: Hindrance): Promise<void> {
  const closing = await signDecision(db, deps, row, { decision: 'withdrawn', reason });
  const state = reason === 'expired' ? 'expired' : 'withdrawn';
  await changeMove(db, row, { state, closing, decisionReason: reason, tell: state === 'withdrawn' });
  record(moveEvent('withdrawn', row));
}

function answerOf({ state, acceptance, completion, content, closing }: MoveRow): Answered {
  const answer = answerTo(state);
  if (answer === 'completion' && acceptance !== null && completion !== null && content !== null)
    return { acceptance, completion, content };
  if (answer === 'closing' && closing !== null) return { closing };
  throw new Problem('move_not_verified');
}

/**
 * The new home heard the answer to its acceptance: it takes the organisation in, or notes that nothing moves. Answers a
 * code of why it cannot; then it asks again later, and what it said stands. Throws PeerFailure where keys cannot be read.
 */
export async function takeMoveAnswer(db: Db, deps: MoveDeps, row: MoveRow, text: string): Promise<string | undefined> {
  const answer = readAs(MoveAnswer, parseStrictObject(text));
  if (answer === undefined) return 'malformed';
  if ('closing' in answer) {
    const said = await verifyDecision(deps, row, answer.closing);
    if (said?.decision !== 'withdrawn') return 'not_signed';
    await hearClosing(db, row.id, { closing: answer.closing, reason: said.reason });
    return undefined;
  }
  if (!(await isCompletion(db, deps, row, answer))) return 'not_signed';
  return takeCompletion(db, row.id, answer);
}

/** Whether the old home let go of this very organisation, by this offer and an acceptance of ours, with this content. */
async function isCompletion(
  db: Db,
  { peering }: MoveDeps,
  row: MoveRow,
  { acceptance, completion, content }: Completed,
): Promise<boolean> {
  const { id, peerId, organisationId, number, offerHash, fromNode, toNode } = row;
  // A node that was restored may have said yes before, and have forgotten it.
  if (acceptance !== row.acceptance && !(await isOurs(db, row, acceptance))) return false;
  let move: Move;
  try {
    move = await verifyMove(peering, completion, { from: fromNode, to: toNode });
  } catch (error) {
    if (error instanceof PeerFailure && ['not_signed', 'unknown_key'].includes(error.reason)) return false;
    throw error;
  }
  const pairs = [
    [move.jti, id],
    [move.peering, peerId],
    [move.organisationId, organisationId],
    [move.number, number],
    [move.offerHash, offerHash],
    [move.acceptanceHash, hashOf(acceptance)],
    [move.contentHash, contentHashOf(content)],
    [content.organisation.id, organisationId],
    [content.organisation.moves?.length ?? 0, number - 1],
  ];
  return pairs.every(([said, known]) => said === known);
}

const acceptanceKind: ReceiptKind<Decided> = {
  name: 'move decision',
  type: messageTypes.decision,
  schema: DecisionClaims,
  instantOf: ({ iat }) => new Date(iat * 1000).toISOString(),
};

/** Whether this node signed this acceptance of an offer at some time. */
async function isOurs(db: Db, row: MoveRow, acceptance: string): Promise<boolean> {
  try {
    const { payload } = await verifySigned(acceptance, await publishedReceiptKeys(db), acceptanceKind);
    const { iss, jti, offerHash, decision } = payload;
    return iss === row.toNode && jti === row.id && offerHash === row.offerHash && decision === 'accepted';
  } catch (error) {
    if (error instanceof ReceiptError) return false;
    throw error;
  }
}

/**
 * Takes in an organisation by the word of its old home, which was verified; once. Answers a code of what hinders it, and
 * then nothing is changed but that this is noted.
 */
export async function takeCompletion(
  db: Db,
  moveId: string,
  { acceptance, completion, content }: Completed,
): Promise<string | undefined> {
  const context = replicaContext('takeOrganisationIn');
  const { body } = await commit(db, context, async (db, record): Promise<{ body: string | undefined }> => {
    const row = await lockMove(db, moveId);
    if (row === undefined || hearMoved(row.state) === row.state) return { body: undefined };
    const hindrance = await takeIn(db, context, content, { from: row.fromNode, move: completion });
    if (hindrance !== undefined) return { body: hindrance };
    await changeMove(db, row, { state: 'moved', acceptance, completion, movedAt: new Date(), tell: false });
    record(movedEvent(row));
    return { body: undefined };
  });
  return body;
}

/** The new home hears that nothing moves. */
export async function hearClosing(
  db: Db,
  moveId: string,
  { closing, reason }: { readonly closing: string; readonly reason: string | null },
): Promise<void> {
  await commit(db, replicaContext('receiveMoveDecision'), async (db, record) => {
    const row = await lockMove(db, moveId);
    if (row === undefined) throw notFound();
    const state = hearWithdrawn(row.state);
    if (state === row.state) return { body: undefined };
    await changeMove(db, row, { state, closing, decisionReason: reason, tell: false });
    record(moveEvent('withdrawn', row));
    return { body: undefined };
  });
}
