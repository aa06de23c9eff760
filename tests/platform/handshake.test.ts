import fc from 'fast-check';
import t from 'tap';
import {
  type Decision,
  decide,
  decisions,
  effectiveState,
  end,
  type Handshake,
  type HandshakeState,
  handshakeStates,
  type Side,
} from '../../src/platform/handshake.ts';
import { Problem } from '../../src/platform/problem.ts';

const at = (ms: number) => new Date(1_800_000_000_000 + ms);
const sides: readonly Side[] = ['offerer', 'receiver'];

/** What comes of a rule: the state, or the code of the problem. */
function outcome(rule: () => HandshakeState): string {
  try {
    return rule();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

const cases = handshakeStates.flatMap((state) =>
  sides.flatMap((side) => decisions.flatMap((decision) => [-1, 0, 1].map((now) => ({ state, side, decision, now })))),
);

/** What should come of a decision on an offer that ends at 0. */
function expected({ state, side, decision, now }: (typeof cases)[number]): string {
  if (side !== (decision === 'withdrawn' ? 'offerer' : 'receiver')) return 'wrong_side';
  const open = state === 'offered' && now < 0;
  return open || state === decision ? decision : 'handshake_refused';
}

t.test('every decision by either side in every state, before, at and after the end of the time', async (t) => {
  t.equal(cases.length, 108);
  const wrong = cases.filter((one) => {
    const found = outcome(() => decide({ state: one.state, expiresAt: at(0) }, one.side, one.decision, at(one.now)));
    return found !== expected(one);
  });
  t.same(wrong, []);
});

t.test('what ends was accepted before', async (t) => {
  for (const state of handshakeStates) {
    const found = outcome(() => end({ state, expiresAt: at(0) }, at(1)));
    t.equal(found, state === 'accepted' ? 'ended' : 'handshake_refused', state);
  }
});

t.test('an offer expires at its instant, and one without an instant never; nothing else expires', async (t) => {
  t.equal(effectiveState({ state: 'offered', expiresAt: at(0) }, at(-1)), 'offered');
  t.equal(effectiveState({ state: 'offered', expiresAt: at(0) }, at(0)), 'expired');
  t.equal(effectiveState({ state: 'offered', expiresAt: null }, at(1e12)), 'offered');
  for (const state of handshakeStates)
    if (state !== 'offered') t.equal(effectiveState({ state, expiresAt: at(0) }, at(1)), state);
});

type Act = { readonly side: Side; readonly decision: Decision | 'end'; readonly after: number };
const acts = fc.array(
  fc.record<Act>({
    side: fc.constantFrom(...sides),
    decision: fc.constantFrom(...decisions, 'end'),
    after: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 12 },
);
const expiry = fc.option(fc.integer({ min: 0, max: 12 }));

/** One act: the state before and after; what is refused changes nothing. */
function step(rule: typeof decide, offer: Handshake, { side, decision }: Act, now: Date) {
  const before = effectiveState(offer, now);
  const after = outcome(() => (decision === 'end' ? end(offer, now) : rule(offer, side, decision, now)));
  return { before, after: handshakeStates.find((state) => state === after) ?? before };
}

const mayFollow: Partial<Record<HandshakeState, readonly HandshakeState[]>> = {
  offered: ['offered', 'accepted', 'declined', 'withdrawn'],
  accepted: ['accepted', 'ended'],
};

/**
 * Whether, whatever both sides do in whatever order, the offer binds only after a yes of the receiver while it was
 * open, and what was decided stays decided, also when it is decided once more.
 */
function sound(rule: typeof decide, history: readonly Act[], expiresIn: number | null): boolean {
  const expiresAt = expiresIn === null ? null : at(expiresIn);
  let offer: Handshake = { state: 'offered', expiresAt };
  let now = 0;
  let yes = false;
  return history.every((act) => {
    now += act.after;
    const { before, after } = step(rule, offer, act, at(now));
    yes ||= act.decision === 'accepted' && act.side === 'receiver' && before === 'offered';
    offer = { state: after, expiresAt };
    const bound = after === 'accepted' || after === 'ended';
    return (yes || !bound) && (mayFollow[before] ?? [before]).includes(after);
  });
}

const holds = (rule: typeof decide) => {
  const property = fc.property(acts, expiry, (history, expiresIn) => sound(rule, history, expiresIn));
  return fc.check(property, { numRuns: 3000, seed: 7 });
};

t.test('no history binds the receiver without its own yes, and no decision is undone', async (t) => {
  const { failed, counterexample } = holds(decide);
  t.notOk(failed, JSON.stringify(counterexample));
});

t.test('the property fails for rules with a planted fault', async (t) => {
  const faults: Record<string, typeof decide> = {
    'either side may accept': (offer, side, decision, now) =>
      decide(offer, decision === 'withdrawn' ? side : 'receiver', decision, now),
    'the time is not looked at': ({ state }, side, decision, now) =>
      decide({ state, expiresAt: null }, side, decision, now),
    'a decision can be changed': ({ expiresAt }, side, decision, now) =>
      decide({ state: 'offered', expiresAt: expiresAt && now < expiresAt ? expiresAt : null }, side, decision, now),
  };
  for (const [name, rule] of Object.entries(faults)) t.ok(holds(rule).failed, name);
});
