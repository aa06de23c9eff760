import { Problem } from './problem.ts';

/** Every state of an offer between two parties. `ended` follows only what was accepted. */
export const handshakeStates = ['offered', 'accepted', 'declined', 'withdrawn', 'expired', 'ended'] as const;

/** State of an offer between two parties. */
export type HandshakeState = (typeof handshakeStates)[number];

/** What can be decided on an open offer. */
export const decisions = ['accepted', 'declined', 'withdrawn'] as const;

/** A decision on an open offer: the receiver accepts or declines, the offerer withdraws. */
export type Decision = (typeof decisions)[number];

/** The two parties to an offer. */
export type Side = 'offerer' | 'receiver';

/** An offer: its state, and the instant after which nobody can accept it any more. */
export type Handshake = { readonly state: HandshakeState; readonly expiresAt: Date | null };

const decidedBy: Readonly<Record<Decision, Side>> = {
  accepted: 'receiver',
  declined: 'receiver',
  withdrawn: 'offerer',
};

/** The state at an instant: an offer whose time is over has expired, whether or not a job has noted it. */
export function effectiveState({ state, expiresAt }: Handshake, now: Date): HandshakeState {
  return state === 'offered' && expiresAt !== null && expiresAt <= now ? 'expired' : state;
}

/**
 * The state that follows a decision by one side; the same decision again changes nothing. Nobody is bound but by the
 * receiver's own yes. Throws wrong_side (403) or handshake_refused (409).
 */
export function decide(handshake: Handshake, side: Side, decision: Decision, now: Date): HandshakeState {
  if (decidedBy[decision] !== side) throw new Problem('wrong_side');
  const state = effectiveState(handshake, now);
  if (state === decision) return state;
  if (state !== 'offered') throw new Problem('handshake_refused', { params: { state, decision } });
  return decision;
}

/** The state after what was accepted ends; throws handshake_refused (409) for anything else. */
export function end(handshake: Handshake, now: Date): HandshakeState {
  const state = effectiveState(handshake, now);
  if (state !== 'accepted') throw new Problem('handshake_refused', { params: { state, decision: 'ended' } });
  return 'ended';
}
