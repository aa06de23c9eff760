import { effectiveState, type Handshake, type HandshakeState } from '../../platform/handshake.ts';
import type { Fault } from '../../platform/problem.ts';

/** Today as a day in UTC. */
export const today = (): string => dayOf(new Date());

const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/** The faults of an alliance's dates: a community must end, and an alliance lasts one day at least. */
export function allianceFaults(alliance: { kind: string; startsOn: string; endsOn: string | null }): Fault[] {
  if (alliance.endsOn === null) {
    return alliance.kind === 'community' ? [{ in: 'body', location: '/endsOn', code: 'end_required' }] : [];
  }
  return alliance.endsOn <= alliance.startsOn ? [{ in: 'body', location: '/endsOn', code: 'ends_before_start' }] : [];
}

/** The fault of a closed space that would end on a day that is over: its members would have no time to close it. */
export function closedFaults(
  before: { endsOn: string | null; visibility: string },
  after: { endsOn: string | null; visibility: string },
): Fault[] {
  const moved = after.visibility === 'closed' && (before.endsOn !== after.endsOn || before.visibility !== 'closed');
  const past = moved && after.endsOn !== null && after.endsOn < today();
  return past ? [{ in: 'body', location: '/endsOn', code: 'in_the_past' }] : [];
}

/** The state of a membership at an instant: an offer may have run out, and a last day may have passed. */
export function membershipState(membership: Handshake & { readonly endsOn: string | null }, now: Date): HandshakeState {
  const { state, endsOn } = membership;
  if (state === 'accepted' && endsOn !== null && endsOn <= dayOf(now)) return 'ended';
  return effectiveState(membership, now);
}

/** A departure as it is asked for: from which day, why, and whether the organisation itself asks. */
export type Departure = { readonly endsOn: string; readonly reason: string | null; readonly own: boolean };

/**
 * The faults of a departure: before the membership began, on a past day, later than the end that was agreed or
 * announced, since no side alone makes a membership last longer, or of another organisation without a reason.
 */
export function departureFaults(
  { endsOn, reason, own }: Departure,
  membership: { readonly startsOn: string | null; readonly endsOn: string | null },
  day: string,
): Fault[] {
  const faults: Fault[] = [];
  const fault = (code: string, params?: Fault['params']) =>
    faults.push({ in: 'body', location: '/endsOn', code, params });
  if (membership.startsOn !== null && endsOn < membership.startsOn) fault('ends_before_start');
  else if (endsOn < day) fault('in_the_past');
  if (membership.endsOn !== null && endsOn > membership.endsOn) fault('too_high', { maximum: membership.endsOn });
  if (!own && !reason) faults.push({ in: 'body', location: '/reason', code: 'required' });
  return faults;
}

/** A membership that was agreed, as far as its role and its days go; `endsOn` is the first day without it. */
export type Spell = { readonly role: string; readonly startsOn: string | null; readonly endsOn: string | null };

const forEver = '9999-12-31';
const holdsOn = (day: string) => (spell: Spell) => (spell.startsOn ?? '') <= day && day < (spell.endsOn ?? forEver);

/**
 * Whether on every day from this one on there is a convener, if anybody takes part. An announced departure counts, so
 * that two conveners cannot leave each in the other's trust.
 */
export function keepsConvener(memberships: readonly Spell[], from: string): boolean {
  // Who takes part changes on these days alone.
  const days = [from, ...memberships.flatMap(({ startsOn, endsOn }) => [startsOn ?? from, endsOn ?? from])];
  return days
    .filter((day) => day >= from)
    .every((day) => {
      const present = memberships.filter(holdsOn(day));
      return present.length === 0 || present.some(({ role }) => role === 'convener');
    });
}

/** The role that weighs most. */
export function weightiest(roles: readonly string[]): string {
  return ['convener', 'member'].find((role) => roles.includes(role)) ?? 'observer';
}

/** A spell with its first day; `ended` ones are history and stay as they are. */
export type OwnSpell = Spell & { readonly id: string; readonly startsOn: string; readonly ended: boolean };
/** What a merger begins for the successor. */
export type Succession = { readonly role: string; readonly startsOn: string; readonly endsOn: string | null };

/**
 * What follows in one alliance when a successor takes the place of others: on each day it takes part if it did itself
 * or one of them did, in the weightiest role. Answers from which day its own spells give way, and what begins instead.
 */
export function succession(
  inherited: readonly Succession[],
  own: readonly OwnSpell[],
): { cut: ReadonlyMap<string, string>; begun: Succession[] } {
  const changes = [...inherited, ...own].flatMap(({ startsOn, endsOn }) => [startsOn, endsOn ?? forEver]);
  const days = [...new Set(changes)].sort();
  const cut = new Map<string, string>();
  const begun: { role: string; startsOn: string; endsOn: string }[] = [];
  days.slice(0, -1).forEach((startsOn, index) => {
    const held = own.find(holdsOn(startsOn));
    const role = roleOn(startsOn, inherited, held);
    if (role === undefined || (held?.role === role && !cut.has(held.id))) return;
    if (held !== undefined && !cut.has(held.id)) cut.set(held.id, startsOn);
    extend(begun, { role, startsOn, endsOn: days[index + 1] ?? forEver });
  });
  return { cut, begun: begun.map((spell) => ({ ...spell, endsOn: spell.endsOn === forEver ? null : spell.endsOn })) };
}

/** The role on a day; undefined where nobody takes part, and where what was stays as it is. */
function roleOn(day: string, inherited: readonly Succession[], held: OwnSpell | undefined): string | undefined {
  const present = [...inherited.filter(holdsOn(day)), ...(held === undefined ? [] : [held])];
  return present.length === 0 || held?.ended === true ? undefined : weightiest(present.map(({ role }) => role));
}

function extend(
  begun: { role: string; startsOn: string; endsOn: string }[],
  next: { role: string; startsOn: string; endsOn: string },
): void {
  const last = begun.at(-1);
  if (last?.endsOn === next.startsOn && last.role === next.role) last.endsOn = next.endsOn;
  else begun.push(next);
}

/** The class of a space's size, as its sponsor may know it. */
export function sizeClass(members: number): '1-5' | '6-20' | '21+' {
  if (members <= 5) return '1-5';
  return members <= 20 ? '6-20' : '21+';
}
