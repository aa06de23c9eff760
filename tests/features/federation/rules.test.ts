import fc from 'fast-check';
import t from 'tap';
import {
  expiryOf,
  follow,
  followedBy,
  isLive,
  maySay,
  nextPullSeconds,
  nextTellSeconds,
  readingPause,
  sideOf,
  validityFaults,
  type Word,
} from '../../../src/features/federation/rules.ts';
import { decide, effectiveState, end, type HandshakeState, type Side } from '../../../src/platform/handshake.ts';
import { Problem } from '../../../src/platform/problem.ts';

type Node = { state: HandshakeState; readonly side: Side; readonly said: Word[]; readonly heard: Set<Word> };

const expiresAt = new Date('2026-12-01T00:00:00Z');
const before = new Date(expiresAt.getTime() - 1000);
const after = new Date(expiresAt.getTime() + 1000);

/** Two nodes between which words are under way; each keeps what it says until the other heard it. */
class Pair {
  readonly offerer: Node = { state: 'offered', side: 'offerer', said: [], heard: new Set() };
  readonly receiver: Node = { state: 'offered', side: 'receiver', said: [], heard: new Set() };

  other(node: Node): Node {
    return node === this.offerer ? this.receiver : this.offerer;
  }

  /** An administrator says a word, as the verbs let it. */
  say(node: Node, word: Word, now: Date): void {
    const handshake = { state: node.state, expiresAt };
    try {
      const state = word === 'ended' ? end(handshake, now) : decide(handshake, node.side, word, now);
      if (state === node.state) return;
      node.state = state;
      node.said.push(word);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  /** A word of the other arrives, as the verb heeds it. */
  hear(node: Node, word: Word, now: Date): void {
    if (!maySay(word, this.other(node).side)) return;
    node.heard.add(word);
    const state = follow({ state: node.state, expiresAt }, word, now);
    if (state === node.state) return;
    node.state = state;
    if (word === 'accepted' && state === 'ended') node.said.push('ended');
  }
}

const step = fc.record({
  at: fc.constantFrom('offerer', 'receiver'),
  kind: fc.constantFrom('say', 'say', 'hear'),
  word: fc.constantFrom<Word>('accepted', 'declined', 'withdrawn', 'ended'),
  pick: fc.nat(),
});
const isBound = ({ state }: Node, now: Date) => effectiveState({ state, expiresAt }, now) === 'accepted';

const assert = (holds: boolean, what: string) => {
  if (!holds) throw new Error(what);
};

/** What must hold of a node after each step. */
function assertSound(node: Node, ended: Set<Node>, now: Date): void {
  assert(!ended.has(node) || node.state === 'ended', 'an end is final');
  if (node.state === 'ended') ended.add(node);
  if (!isBound(node, now)) return;
  const yes = node.side === 'receiver' ? node.said.includes('accepted') : node.heard.has('accepted');
  assert(yes, 'nobody is bound but by the yes of the receiver');
  assert(!node.said.includes('withdrawn') && !node.said.includes('ended'), 'nor by a yes that it took back');
}

/** Words in an order that follows from numbers. */
const mixed = (words: readonly Word[], numbers: readonly number[]) =>
  words
    .map((word, index) => ({ word, place: numbers[index % Math.max(numbers.length, 1)] ?? 0 }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ word }) => word);

type Step = { readonly at: string; readonly kind: string; readonly word: Word; readonly pick: number };

function take(pair: Pair, { at, kind, word, pick }: Step, now: Date): void {
  const node = at === 'offerer' ? pair.offerer : pair.receiver;
  const other = pair.other(node);
  const said = other.said[pick % Math.max(other.said.length, 1)];
  if (kind === 'say') pair.say(node, word, now);
  // What was said before, again and again; or a word that is not the other's to say, which nobody else can sign.
  else if (said !== undefined) pair.hear(node, said, now);
  else if (!maySay(word, other.side)) pair.hear(node, word, now);
}

/** Plays steps, of which those from `late` on come after the time of the offer; answers the state of both. */
function play(steps: readonly Step[], late: number, numbers: readonly number[]): string {
  const pair = new Pair();
  const both = [pair.offerer, pair.receiver];
  const ended = new Set<Node>();
  for (const [index, one] of steps.entries()) {
    const now = index < late ? before : after;
    take(pair, one, now);
    for (const node of both) assertSound(node, ended, now);
  }
  // In the end all that was said arrives, and what was said for that as well.
  for (const node of [...both, ...both, ...both]) {
    const waiting = mixed(pair.other(node).said, numbers);
    for (const word of [...waiting, ...waiting.toReversed()]) pair.hear(node, word, after);
    assertSound(node, ended, after);
  }
  const [first, second] = both.map(({ state }) => effectiveState({ state, expiresAt }, after));
  assert(first === second, `${first} at one and ${second} at the other`);
  return String(first);
}

t.test('whatever comes, twice and in any order, both come to one state, and none is bound without its yes', (t) => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14 }), fc.nat(14), fc.array(fc.nat(), { maxLength: 9 }), (...world) => {
      seen.add(play(...world));
    }),
    { numRuns: 20_000 },
  );
  t.same([...seen].sort(), ['accepted', 'declined', 'ended', 'expired', 'withdrawn'], 'every end was met');
  t.end();
});

t.test('each side says what is its own to say', (t) => {
  t.equal(sideOf('us', 'us'), 'offerer');
  t.equal(sideOf('them', 'us'), 'receiver');
  t.equal(sideOf('us', 'them'), 'receiver');
  const said = (side: Side) =>
    (['accepted', 'declined', 'withdrawn', 'ended'] as const).filter((word) => maySay(word, side));
  t.same(said('offerer'), ['withdrawn', 'ended']);
  t.same(said('receiver'), ['accepted', 'declined', 'ended']);
  t.end();
});

t.test('a yes that comes after the time of an offer ends it', (t) => {
  t.equal(follow({ state: 'offered', expiresAt }, 'accepted', before), 'accepted');
  t.equal(follow({ state: 'offered', expiresAt }, 'accepted', after), 'ended');
  t.equal(follow({ state: 'expired', expiresAt }, 'accepted', before), 'ended');
  t.equal(
    follow({ state: 'accepted', expiresAt }, 'accepted', after),
    'accepted',
    'but not one that came in time before',
  );
  t.end();
});

t.test('a peering lasts five years at most, begins within a year and is not over when it is offered', (t) => {
  const faults = (validFrom: string, validUntil: string) =>
    validityFaults({ validFrom, validUntil }, '2026-11-30').map(({ location, code }) => `${location} ${code}`);
  t.same(faults('2026-11-30', '2031-11-30'), []);
  t.same(faults('2026-11-30', '2031-12-01'), ['/validUntil peering_too_long']);
  t.same(faults('2026-11-29', '2027-01-01'), ['/validFrom in_the_past']);
  t.same(faults('2027-11-30', '2027-12-01'), []);
  t.same(faults('2027-12-01', '2027-12-02'), ['/validFrom peering_too_far']);
  t.same(faults('2026-12-02', '2026-12-02'), ['/validUntil ends_before_start']);
  t.same(faults('2026-01-01', '2026-11-30'), ['/validFrom in_the_past', '/validUntil in_the_past']);
  t.end();
});

t.test('a peering holds from its first day until the day of its end, once it was accepted', (t) => {
  const held = (day: string, state = 'accepted') =>
    isLive({ state, validFrom: '2026-11-30', validUntil: '2026-12-02' }, new Date(`${day}T23:59:59Z`));
  t.same(
    ['2026-11-29', '2026-11-30', '2026-12-01', '2026-12-02'].map((day) => held(day)),
    [false, true, true, false],
  );
  for (const state of ['offered', 'declined', 'withdrawn', 'expired', 'ended']) t.notOk(held('2026-12-01', state));
  t.end();
});

t.test('an offer can be accepted for thirty days, and never when its validity is over', (t) => {
  const at = new Date('2026-11-30T12:00:00Z');
  t.equal(expiryOf(at, '2031-01-01').toISOString(), '2026-12-30T12:00:00.000Z');
  t.equal(expiryOf(at, '2026-12-05').toISOString(), '2026-12-05T00:00:00.000Z');
  t.end();
});

t.test('another node is told again after five seconds at first and within an hour and a bit for ever', (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (tries, random) => {
      const seconds = nextTellSeconds(tries, random);
      t.ok(seconds >= 4.5 && seconds <= 4320);
    }),
  );
  t.ok(nextTellSeconds(0, 0.5) < nextTellSeconds(1, 0.5));
  t.end();
});

t.test('a feed is read every minute, and after failures ever more seldom, an hour apart at most', (t) => {
  t.equal(nextPullSeconds(0, 0.5), 60);
  t.same(
    [1, 2, 3, 8, 9, 10, 1000].map((failures) => nextPullSeconds(failures, 0.5)),
    [5, 10, 20, 640, 900, 3600, 3600],
  );
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
      const seconds = nextPullSeconds(failures, random);
      t.ok(seconds >= 4.5 && seconds < 3961);
    }),
  );
  t.ok(readingPause.failing <= nextPullSeconds(1, 0.5), 'a word of its giver never makes it later than it would be');
  t.end();
});

t.test('when another peering is accepted no day is held twice, and none before it is lost', (t) => {
  const dayAt = (number: number) => new Date(Date.UTC(2026, 10, 1 + number)).toISOString().slice(0, 10);
  const period = fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 30 }))
    .map(([from, days]) => ({ validFrom: dayAt(from), validUntil: dayAt(from + days) }));
  const noonOf = (number: number) => new Date(`${dayAt(number)}T12:00:00Z`);
  const holds = (of: { validFrom: string; validUntil: string }, number: number) =>
    isLive({ state: 'accepted', ...of }, noonOf(number));
  const seen = new Set<string>();
  fc.assert(
    fc.property(period, period, fc.integer({ min: 0, max: 60 }), (former, next, at) => {
      const follows = followedBy(former, next, noonOf(at));
      seen.add(typeof follows === 'string' ? follows : 'until');
      const left = typeof follows === 'string' ? former : { ...former, ...follows };
      for (let number = at; number < 100; number++) {
        const [was, taken] = [holds(former, number), holds(next, number)];
        const is = follows !== 'ends' && holds(left, number);
        assert(!(is && taken), 'two hold on one day');
        assert(is || !was || dayAt(number) >= next.validFrom, 'a day before the new one is lost');
        assert(was || !is, 'a day was added');
      }
    }),
  );
  t.same([...seen].sort(), ['ends', 'goes on', 'until']);
  t.end();
});
