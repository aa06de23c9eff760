import fc from 'fast-check';
import t from 'tap';
import {
  answerTo,
  effectiveState,
  handshakeOf,
  hearAccepted,
  hearDeclined,
  hearMoved,
  hearWithdrawn,
  type MoveState,
  sideOf,
  type Word,
  wordOf,
} from '../../../src/features/moves/rules.ts';
import { type Decision, decide } from '../../../src/platform/handshake.ts';

const days = (count: number) => new Date(count * 86_400_000);
const expiresAt = days(30);

/** Two nodes and what is on its way between them. Each node is no more than its state, which survives a crash. */
class World {
  old: MoveState = 'offered';
  next: MoveState | undefined;
  now = days(0);
  /** Which words the old home ever signed, and the new one. */
  readonly signed = new Set<string>();
  readonly wires: { to: 'old' | 'next'; word: Word | 'completion' }[] = [];
  /** A fault that a test plants. */
  readonly planted: 'impatient' | 'changes its mind' | undefined;

  constructor(planted?: World['planted']) {
    this.planted = planted;
  }

  /** Whether a home writes the organisation: each as it knows. */
  homes(): number {
    return Number(this.old !== 'moved') + Number(this.next === 'moved');
  }

  decide(by: 'old' | 'next', decision: Decision): void {
    const state = by === 'old' ? this.old : this.next;
    if (state === undefined) return;
    try {
      const after = decide(handshakeOf({ state, expiresAt }), sideOf(by === 'old' ? 'us' : 'them'), decision, this.now);
      if (after === handshakeOf({ state, expiresAt }).state) return;
      if (by === 'old') {
        this.old = after as MoveState;
        this.signed.add('closing');
      } else this.next = this.planted === 'impatient' && after === 'accepted' ? 'moved' : (after as MoveState);
    } catch {
      // It was not for this side, or too late.
    }
  }

  /** What a node tells of its own accord, now and again. */
  tell(by: 'old' | 'next'): void {
    const state = by === 'old' ? this.old : this.next;
    if (state === undefined) return;
    const word = wordOf(by === 'old' ? 'offerer' : 'receiver', state);
    if (word !== undefined) this.wires.push({ to: by === 'old' ? 'next' : 'old', word });
  }

  hear({ to, word }: World['wires'][number]): void {
    if (to === 'old') this.#hearOld(word);
    else this.#hearNext(word);
  }

  #hearOld(word: Word | 'completion'): void {
    if (word === 'closing') {
      this.old = hearDeclined(this.old);
      return;
    }
    this.old = hearAccepted({ state: this.old, expiresAt }, undefined, this.now);
    const answer = answerTo(this.old);
    if (answer === undefined) return;
    this.signed.add(answer);
    this.wires.push({ to: 'next', word: answer });
    if (this.planted === 'changes its mind' && answer === 'completion') this.old = 'withdrawn';
  }

  #hearNext(word: Word | 'completion'): void {
    if (word === 'offer') this.next ??= 'offered';
    else if (this.next !== undefined && word === 'completion') this.next = hearMoved(this.next);
    else if (this.next !== undefined) this.next = hearWithdrawn(this.next);
  }
}

type Step =
  | { readonly do: 'decide'; readonly by: 'old' | 'next'; readonly decision: Decision }
  | { readonly do: 'tell'; readonly by: 'old' | 'next' }
  | { readonly do: 'hear' | 'lose' | 'double'; readonly at: number }
  | { readonly do: 'wait'; readonly days: number };

const node = fc.constantFrom('old' as const, 'next' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('decide' as const),
    by: node,
    decision: fc.constantFrom('accepted' as const, 'accepted' as const, 'declined' as const, 'withdrawn' as const),
  }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant('tell' as const), by: node }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('hear' as const, 'lose' as const, 'double' as const), at: fc.nat() }),
  },
  fc.record({ do: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 31 }) }),
);

function take(world: World, step: Step): void {
  if (step.do === 'decide') world.decide(step.by, step.decision);
  else if (step.do === 'tell') world.tell(step.by);
  else if (step.do === 'wait') world.now = new Date(world.now.getTime() + step.days * 86_400_000);
  else if (world.wires.length > 0) {
    const at = step.at % world.wires.length;
    // In any order; what is doubled is heard and stays on its way.
    const [message] = step.do === 'double' ? world.wires.slice(at, at + 1) : world.wires.splice(at, 1);
    if (message !== undefined && step.do !== 'lose') world.hear(message);
  }
}

/** Lets everything arrive, as it does when both nodes can be reached for long enough. */
function settle(world: World): void {
  for (let round = 0; round < 6; round++) {
    world.tell('old');
    world.tell('next');
    for (let message = world.wires.shift(); message !== undefined; message = world.wires.shift()) world.hear(message);
  }
}

/** How both stand in the end, where the end is one. */
const ends: readonly string[] = [
  'moved moved',
  'declined declined',
  'withdrawn withdrawn',
  'expired withdrawn',
  'withdrawn declined',
  'expired declined',
  'offered offered',
  'offered undefined',
  'withdrawn undefined',
];

function play(steps: readonly Step[], planted?: World['planted']): string | undefined {
  const world = new World(planted);
  for (const one of steps) {
    take(world, one);
    if (world.homes() > 1) return 'two homes write';
    if (world.signed.has('completion') && world.signed.has('closing')) return 'the old home signed both';
  }
  settle(world);
  if (world.homes() !== 1) return `${world.homes()} homes in the end`;
  const end = `${world.old} ${world.next}`;
  return ends.includes(end) ? undefined : end;
}

t.test('whatever is lost, comes twice or late, there are never two homes, and in the end there is one', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => play(steps) === undefined),
    { numRuns: 5000 },
  );
  const seen = new Set<string>();
  for (const steps of fc.sample(fc.array(step, { maxLength: 40 }), { numRuns: 3000, seed: 7 })) {
    const world = new World();
    for (const one of steps) take(world, one);
    settle(world);
    seen.add(`${world.old} ${world.next}`);
  }
  for (const end of ['moved moved', 'declined declined', 'withdrawn withdrawn', 'expired withdrawn'])
    t.ok(seen.has(end), `${end} is reached`);
});

t.test('a new home that does not wait, and an old one that changes its mind, are found', async (t) => {
  const sample = fc.sample(fc.array(step, { maxLength: 40 }), { numRuns: 3000, seed: 7 });
  t.ok(sample.some((steps) => play(steps, 'impatient') !== undefined));
  t.ok(sample.some((steps) => play(steps, 'changes its mind') !== undefined));
});

t.test('nothing is let go where something hinders it, and an offer ends with its time', async (t) => {
  const open = { state: 'offered', expiresAt } as const;
  t.equal(hearAccepted(open, undefined, days(29)), 'moved');
  t.equal(hearAccepted(open, 'no_live_peering', days(29)), 'withdrawn');
  t.equal(hearAccepted(open, undefined, days(30)), 'expired');
  for (const state of ['moved', 'declined', 'withdrawn', 'expired'] as const)
    t.equal(hearAccepted({ state, expiresAt }, undefined, days(1)), state);
  t.equal(effectiveState(open, days(31)), 'expired');
  t.equal(answerTo('declined'), undefined);
  t.equal(wordOf('offerer', 'moved'), undefined, 'the new home asks for it');
});
