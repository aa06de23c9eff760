import { type Decision, decide, effectiveState, type Side } from '../../platform/handshake.ts';
import { type Fault, Problem } from '../../platform/problem.ts';

/** Days without a deed after which an initiative that is not over is called stalled: eight weeks. */
export const stalledAfterDays = 56;

/** Stages of an initiative. */
export const stages = ['idea', 'active', 'delivered', 'stopped'] as const;
/** Stage of an initiative. */
export type Stage = (typeof stages)[number];

/** What an organisation can think of an initiative in which it takes part. */
export const stances = ['contributor', 'consent', 'reservations', 'objection', 'observer'] as const;
/** Stance of an organisation. */
export type Stance = (typeof stances)[number];

/** In the arena are those who do; on the tribune are those who watch and think along. */
export const placeOf = (stance: Stance): 'arena' | 'tribune' => (stance === 'contributor' ? 'arena' : 'tribune');

const followUps: Readonly<Record<Stage, readonly Stage[]>> = {
  idea: ['active', 'stopped'],
  active: ['delivered', 'stopped'],
  delivered: ['active'],
  stopped: ['idea', 'active'],
};

/** What counts for a change of stage: who takes part without merely observing, and the confirmed deeds. */
export type Standing = { readonly participants: number; readonly deeds: number };

/**
 * Checks a change of stage: joint work needs two organisations before it is active, and a deed before it is delivered.
 * Throws stage_not_reachable, not_joint, no_deed.
 */
export function assertStage(from: Stage, to: Stage, { participants, deeds }: Standing): void {
  if (!followUps[from].includes(to)) throw new Problem('stage_not_reachable', { params: { from, to } });
  if (to === 'active' && participants < 2) throw new Problem('not_joint');
  if (to === 'delivered' && deeds === 0) throw new Problem('no_deed');
}

/** States of a commitment. `declined` also where a counter-offer took its place. */
export const commitmentStates = [
  'offered',
  'accepted',
  'declined',
  'withdrawn',
  'expired',
  'fulfilled',
  'confirmed',
  'disputed',
  'cancelled',
] as const;
/** State of a commitment. */
export type CommitmentState = (typeof commitmentStates)[number];

/** What of a commitment decides on what may follow. */
export type Commitment = {
  readonly state: CommitmentState;
  readonly expiresAt: Date | null;
  /** The party that made the offer. */
  readonly offeredBy: Party;
};
/** The two parties: who promises, and to whom. */
export type Party = 'promiser' | 'beneficiary';

/** The state at an instant: an offer whose time is over has expired. */
export function commitmentState({ state, expiresAt }: Omit<Commitment, 'offeredBy'>, now: Date): CommitmentState {
  return state === 'offered' ? (effectiveState({ state, expiresAt }, now) as CommitmentState) : state;
}

const sideOf = (party: Party, { offeredBy }: Commitment): Side => (party === offeredBy ? 'offerer' : 'receiver');

const refused = (state: string, decision: string) => new Problem('handshake_refused', { params: { state, decision } });

/** What the parties can do once there is a promise. */
export type Act = 'fulfilled' | 'confirmed' | 'disputed' | 'cancelled';

const acts: Readonly<Record<Act, { readonly by: readonly Party[]; readonly from: readonly CommitmentState[] }>> = {
  fulfilled: { by: ['promiser'], from: ['accepted', 'disputed', 'fulfilled'] },
  confirmed: { by: ['beneficiary'], from: ['fulfilled', 'disputed'] },
  disputed: { by: ['beneficiary'], from: ['fulfilled'] },
  cancelled: { by: ['promiser', 'beneficiary'], from: ['accepted', 'disputed'] },
};

/**
 * The state that follows when a party decides on an open offer. Only the receiver accepts or declines, only the offerer
 * withdraws. Throws wrong_side, handshake_refused.
 */
export function decideCommitment(promise: Commitment, party: Party, decision: Decision, now: Date): CommitmentState {
  const state = commitmentState(promise, now);
  if (
    state === 'offered' ||
    state === 'declined' ||
    state === 'withdrawn' ||
    state === 'expired' ||
    state === 'accepted'
  )
    return decide({ state, expiresAt: null }, sideOf(party, promise), decision, now) as CommitmentState;
  // Sides are told apart first, so that a stranger to the decision learns no state.
  decide({ state: 'offered', expiresAt: null }, sideOf(party, promise), decision, now);
  throw refused(state, decision);
}

/**
 * The state that follows an act on a promise; the same confirmation, dispute or cancellation again changes nothing. A
 * promiser who does at once what it was asked says yes by doing it. Throws wrong_side, handshake_refused.
 */
export function act(promise: Commitment, party: Party, what: Act, now: Date): CommitmentState {
  const { by, from } = acts[what];
  if (!by.includes(party)) throw new Problem('wrong_side');
  const state = commitmentState(promise, now);
  if (state === what) return state;
  const asked = what === 'fulfilled' && state === 'offered' && promise.offeredBy === 'beneficiary';
  if (!asked && !from.includes(state)) throw refused(state, what);
  return what;
}

/** A promise as it is asked for, with the organisations that it names and the one that asks. */
export type Promised = {
  readonly promiser: string;
  readonly beneficiary: string;
  readonly own: string;
  readonly dueOn: string;
  readonly today: string;
  readonly allianceId?: string | undefined;
  readonly initiativeId?: string | undefined;
};

/**
 * The faults of a promise: nowhere to belong to, between others than the one who asks, to oneself, or due before today.
 */
export function commitmentFaults(promised: Promised): Fault[] {
  const { promiser, beneficiary, own } = promised;
  const faults: Fault[] = [];
  const fault = (location: string, code: string) => faults.push({ in: 'body', location, code });
  if (promised.allianceId === undefined && promised.initiativeId === undefined) fault('/allianceId', 'required');
  if (promiser === beneficiary) fault('/beneficiaryOrganisationId', 'same_organisation');
  else if (own !== promiser && own !== beneficiary) fault('/promiserOrganisationId', 'own_party_needed');
  if (promised.dueOn < promised.today) fault('/dueOn', 'in_the_past');
  return faults;
}
