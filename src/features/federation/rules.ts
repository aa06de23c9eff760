import { effectiveState, type Handshake, type HandshakeState, type Side } from '../../platform/handshake.ts';

/**
 * What a node can share with a peer: the organisations that are homed there; and the alliances in which organisations of
 * the peer take part, with what is done in them.
 */
export const collections = ['organisations', 'alliances'] as const;

/** The two nodes of a peering, as one of them sees it. */
export const parties = ['us', 'them'] as const;

/** One of the two nodes of a peering. */
export type Party = (typeof parties)[number];

/** What a node can say of a peering that was offered; a word that was given is never taken back. */
export const words = ['accepted', 'declined', 'withdrawn', 'ended'] as const;

/** What a node says of a peering. */
export type Word = (typeof words)[number];

/** Days for which an offer can be accepted. */
export const offerDays = 30;

/** The longest validity, in years. */
export const maxYears = 5;

/** How many: of all nodes, and of one. */
export type Most = { readonly all: number; readonly ofOne: number };

/**
 * Offers of other nodes of the last thirty days that nobody answered, open or run out: of all, and of one. What this node
 * declined does not count: one is open at most, so whoever offers again waited for that answer.
 */
export const maxReceived: Most = { all: 100, ofOne: 5 };

/** Offers of the last day that their offerers took back: of all, and of one. */
export const maxWithdrawn: Most = { all: 50, ofOne: 5 };

/** Seconds by which the clock of another node may be ahead. */
export const clockTolerance = 60;

const dayMs = 86_400_000;
const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);

/** The side of a node in a handshake. */
export const sideOf = (party: Party, offeredBy: Party): Side => (party === offeredBy ? 'offerer' : 'receiver');

/** Whether a word is a side's to say: the receiver accepts or declines, the offerer withdraws, and either ends. */
export function maySay(word: Word, side: Side): boolean {
  if (word === 'ended') return true;
  return side === (word === 'withdrawn' ? 'offerer' : 'receiver');
}

const rank: Readonly<Record<HandshakeState, number>> = {
  ...{ offered: 0, expired: 1, accepted: 2, declined: 3, withdrawn: 4, ended: 5 },
};

/**
 * The state after a word of the other node arrives. Words can come late, twice and in any order, so of all that were said
 * the one that binds least counts: whatever order they come in, both nodes come to the same state. A yes that comes after
 * the time of the offer binds nobody: the peering ends, and the other is to be told. Whether the word was the other's to say is asked by `maySay`.
 */
export function follow(handshake: Handshake, word: Word, now: Date): HandshakeState {
  const state = effectiveState(handshake, now);
  if (state === 'expired' && word === 'accepted') return 'ended';
  return rank[word] > rank[state] ? word : handshake.state;
}

/** The instant after which an offer can be accepted no more: thirty days after it was made, or when its validity is over. */
export const expiryOf = (offeredAt: Date, validUntil: string): Date =>
  new Date(Math.min(offeredAt.getTime() + offerDays * dayMs, Date.parse(`${validUntil}T00:00:00Z`)));

const yearsAfter = (day: string, years: number) => `${Number(day.slice(0, 4)) + years}${day.slice(4)}`;

/** What is wrong with the days of a peering that is offered on a day; `validUntil` is the first day without it. */
export function validityFaults(
  { validFrom, validUntil }: { readonly validFrom: string; readonly validUntil: string },
  offeredOn: string,
): { readonly location: string; readonly code: string }[] {
  const faults: [boolean, string, string][] = [
    [validFrom < offeredOn, '/validFrom', 'in_the_past'],
    [validFrom > yearsAfter(offeredOn, 1), '/validFrom', 'peering_too_far'],
    [validUntil <= validFrom, '/validUntil', 'ends_before_start'],
    [validUntil <= offeredOn, '/validUntil', 'in_the_past'],
    [validUntil > yearsAfter(validFrom, maxYears), '/validUntil', 'peering_too_long'],
  ];
  return faults.filter(([found]) => found).map(([, location, code]) => ({ location, code }));
}

/** A peering as far as it tells whether it holds. */
export type Validity = { readonly state: string; readonly validFrom: string; readonly validUntil: string };

/** Whether a peering holds: accepted by both, from its first day until its end; days are in UTC. */
export function isLive({ state, validFrom, validUntil }: Validity, now: Date): boolean {
  const day = dayOf(now);
  return state === 'accepted' && validFrom <= day && day < validUntil;
}

/**
 * What becomes of a peering when another with the same node is accepted: it goes on as it is where they have no day in
 * common, it holds until the first day of the other, or it ends at once where no day is left to it. So no two hold on one day.
 */
export function followedBy(
  former: Pick<Validity, 'validFrom' | 'validUntil'>,
  { validFrom, validUntil }: Pick<Validity, 'validFrom' | 'validUntil'>,
  now: Date,
): 'goes on' | 'ends' | { readonly validUntil: string } {
  if (former.validUntil <= validFrom || validUntil <= former.validFrom) return 'goes on';
  return former.validFrom < validFrom && validFrom > dayOf(now) ? { validUntil: validFrom } : 'ends';
}

/** Seconds until another node is told again after so many failures: from five seconds to an hour, with jitter. */
export const nextTellSeconds = (tries: number, random: number): number =>
  // Bounded first, since the power of a large number is not finite.
  Math.min(5 * 2 ** Math.min(tries, 20), 3600) * (0.9 + 0.3 * random);

/** Seconds between two readings of a feed in which there was nothing new. */
const pullEverySeconds = 60;

/**
 * Seconds until a feed is read again after so many failures in a row: a minute where there was none, else from five seconds
 * on twice as long each time, and from the tenth on an hour; with jitter.
 */
export function nextPullSeconds(failures: number, random: number): number {
  const jitter = 0.9 + 0.2 * random;
  if (failures === 0) return pullEverySeconds * jitter;
  return (failures >= 10 ? 3600 : Math.min(5 * 2 ** (failures - 1), 900)) * jitter;
}

/** Seconds that lie at least between two readings of a feed, whatever its giver says: after none that failed, and after failures. */
export const readingPause = { healthy: 1, failing: 5 } as const;
