import type { HandshakeState, Side } from '../../platform/handshake.ts';

/*
 * A move is decided at one place: the old home. It signs either that the organisation moved or that it does not, never
 * both, and only while the offer is open and the new home said yes. The new home takes the organisation in when it has
 * that word, and asks for it until it has one of the two. So there are never two homes that write, whatever is lost, comes
 * twice or late: in between, there is none.
 */

/** Every state of a move. At the old home what is accepted has moved; at the new one it waits for the old one's word. */
export const moveStates = ['offered', 'accepted', 'moved', 'declined', 'withdrawn', 'expired'] as const;

/** State of a move. */
export type MoveState = (typeof moveStates)[number];

/** A move: its state, and the instant after which nobody can accept it any more. */
export type Standing = { readonly state: MoveState; readonly expiresAt: Date };

/** Why the old home lets nothing go although the new one accepted. */
export type Hindrance = 'expired' | 'no_live_peering' | 'homed_elsewhere' | 'already_merged' | 'too_large';

/** Days for which an offer can be accepted. */
export const offerDays = 30;

/** The longest time for which an offer can be accepted, in seconds. */
export const offerSeconds = offerDays * 86_400;

/** Offers of one other node that are open at most. */
export const maxOpen = 1000;

/** How much goes along with an organisation at most, in bytes of JSON: what an answer between nodes holds. */
export const maxContentBytes = 700_000;

/** The longest offer, in bytes. */
export const maxOfferBytes = 98_304;

/** The state at an instant: an offer whose time is over has expired. */
export const effectiveState = ({ state, expiresAt }: Standing, now: Date): MoveState =>
  state === 'offered' && expiresAt <= now ? 'expired' : state;

/** A move as handshakes know it. */
export const handshakeOf = ({
  state,
  expiresAt,
}: Standing): { readonly state: HandshakeState; readonly expiresAt: Date } => ({
  state: state === 'moved' ? 'accepted' : state,
  expiresAt,
});

/** The side of this node in a move: whoever offers is the old home. */
export const sideOf = (offeredBy: string): Side => (offeredBy === 'us' ? 'offerer' : 'receiver');

/** What the old home makes of an acceptance: where nothing hinders it, the organisation has moved. */
export function hearAccepted(standing: Standing, hindrance: Hindrance | undefined, now: Date): MoveState {
  if (standing.state !== 'offered') return standing.state;
  if (effectiveState(standing, now) === 'expired') return 'expired';
  return hindrance === undefined ? 'moved' : 'withdrawn';
}

/** What the old home makes of a no. What was closed before stays so. */
export const hearDeclined = (state: MoveState): MoveState => (state === 'offered' ? 'declined' : state);

/** What the new home makes of the word that the organisation moved; it comes after its own yes alone. */
export const hearMoved = (state: MoveState): MoveState => (state === 'accepted' ? 'moved' : state);

/** What the new home makes of the word that the organisation does not move. */
export const hearWithdrawn = (state: MoveState): MoveState =>
  state === 'offered' || state === 'accepted' || state === 'expired' ? 'withdrawn' : state;

/** What a node tells the other of a move. */
export type Word = 'offer' | 'acceptance' | 'closing';

const words: Readonly<Record<Side, Readonly<Partial<Record<MoveState, Word>>>>> = {
  offerer: { offered: 'offer', withdrawn: 'closing' },
  receiver: { accepted: 'acceptance', declined: 'closing' },
};

/** What a node has to tell the other in a state. A yes is told until the old home answers with its word. */
export const wordOf = (side: Side, state: MoveState): Word | undefined => words[side][state];

/** What the old home answers to an acceptance in a state: that it let the organisation go, or that it does not. */
export const answerTo = (state: MoveState): 'completion' | 'closing' | undefined =>
  state === 'moved' ? 'completion' : state === 'withdrawn' || state === 'expired' ? 'closing' : undefined;
