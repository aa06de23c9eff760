import fc from 'fast-check';
import t from 'tap';
import {
  type Act,
  act,
  assertStage,
  type Commitment,
  type CommitmentState,
  commitmentFaults,
  commitmentState,
  commitmentStates,
  decideCommitment,
  type Party,
  placeOf,
  type Stage,
  stages,
  stances,
} from '../../../src/features/initiatives/rules.ts';
import { type Decision, decisions } from '../../../src/platform/handshake.ts';
import { Problem } from '../../../src/platform/problem.ts';

const at = (ms: number) => new Date(1_800_000_000_000 + ms);
const parties: readonly Party[] = ['promiser', 'beneficiary'];
const acts: readonly Act[] = ['fulfilled', 'confirmed', 'disputed', 'cancelled'];

function outcome<T>(rule: () => T): T | string {
  try {
    return rule();
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
}

t.test('who does is in the arena; who consents, doubts, objects or observes is on the tribune', async (t) => {
  t.same(
    stances.map((stance) => [stance, placeOf(stance)]),
    [
      ['contributor', 'arena'],
      ['consent', 'tribune'],
      ['reservations', 'tribune'],
      ['objection', 'tribune'],
      ['observer', 'tribune'],
    ],
  );
});

t.test('every change of stage, with and without a second organisation and a deed', async (t) => {
  const allowed = stages.flatMap((from) =>
    stages.flatMap((to) =>
      [0, 1, 2].flatMap((participants) =>
        [0, 1].flatMap((deeds) => {
          const found = outcome(() => assertStage(from, to, { participants, deeds }));
          return found === undefined ? [`${from} ${to} ${participants} ${deeds}`] : [];
        }),
      ),
    ),
  );
  const expected = (from: Stage, to: Stage, participants: readonly number[], deeds: readonly number[]) =>
    participants.flatMap((one) => deeds.map((other) => `${from} ${to} ${one} ${other}`));
  const any = [0, 1, 2];
  t.same(
    new Set(allowed),
    new Set([
      ...expected('idea', 'active', [2], [0, 1]),
      ...expected('idea', 'stopped', any, [0, 1]),
      ...expected('active', 'delivered', any, [1]),
      ...expected('active', 'stopped', any, [0, 1]),
      ...expected('delivered', 'active', [2], [0, 1]),
      ...expected('stopped', 'idea', any, [0, 1]),
      ...expected('stopped', 'active', [2], [0, 1]),
    ]),
  );
});

t.test('a promise is between two, of which one asks, belongs somewhere, and is not due before today', async (t) => {
  const sound = {
    promiser: 'a',
    beneficiary: 'b',
    own: 'a',
    dueOn: '2026-01-02',
    today: '2026-01-02',
    allianceId: 'x',
  };
  const faults = (fields: Partial<Parameters<typeof commitmentFaults>[0]>) =>
    commitmentFaults({ ...sound, ...fields }).map(({ location, code }) => `${location} ${code}`);
  t.same(faults({}), []);
  t.same(faults({ own: 'b' }), []);
  t.same(faults({ allianceId: undefined, initiativeId: 'y' }), []);
  t.same(faults({ dueOn: '2026-01-01' }), ['/dueOn in_the_past']);
  t.same(faults({ own: 'c' }), ['/promiserOrganisationId own_party_needed']);
  t.same(faults({ beneficiary: 'a', allianceId: undefined, dueOn: '2025-12-31' }), [
    '/allianceId required',
    '/beneficiaryOrganisationId same_organisation',
    '/dueOn in_the_past',
  ]);
});

type Step = { readonly who: Party | 'stranger'; readonly what: Decision | Act; readonly after: number };
type Machine = (promise: Commitment, step: { who: Party; what: Decision | Act }, now: Date) => CommitmentState;

const machine: Machine = (promise, { who, what }, now) =>
  decisions.includes(what as Decision)
    ? decideCommitment(promise, who, what as Decision, now)
    : act(promise, who, what as Act, now);

const sequences = fc.record({
  offeredBy: fc.constantFrom(...parties),
  expiresAt: fc.option(fc.integer({ min: 0, max: 15 })),
  steps: fc.array(
    fc.record<Step>({
      who: fc.constantFrom<Step['who']>('promiser', 'beneficiary', 'stranger'),
      what: fc.constantFrom<Step['what']>(...decisions, ...acts),
      after: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 14 },
  ),
});
type Sequence = typeof sequences extends fc.Arbitrary<infer T> ? T : never;

/** What may follow what; the parties are looked at apart. */
const follows: Readonly<Record<CommitmentState, readonly CommitmentState[]>> = {
  offered: ['accepted', 'declined', 'withdrawn', 'expired', 'fulfilled'],
  accepted: ['fulfilled', 'cancelled'],
  fulfilled: ['confirmed', 'disputed'],
  disputed: ['fulfilled', 'confirmed', 'cancelled'],
  declined: [],
  withdrawn: [],
  expired: [],
  confirmed: [],
  cancelled: [],
};
const binding: readonly CommitmentState[] = ['accepted', 'fulfilled', 'confirmed', 'disputed', 'cancelled'];

/** What is wrong with a change of state, by the ideas, not by the rules themselves. */
function changeFaults(
  before: CommitmentState,
  state: CommitmentState,
  who: Party,
  saidYes: ReadonlySet<Party>,
): string[] {
  const faults: string[] = [];
  if (!follows[before].includes(state)) faults.push(`${before} became ${state}`);
  if (binding.includes(state) && !saidYes.has('promiser'))
    faults.push(`the promiser was bound by the ${who}: ${state}`);
  if (state === 'confirmed' && who !== 'beneficiary') faults.push(`confirmed by the ${who}`);
  return faults;
}

/** Whoever was asked can say no, as long as it was not answered. */
function declineFaults(rules: Machine, promise: Commitment, receiver: Party, now: Date): string[] {
  const declined = outcome(() => rules(promise, { who: receiver, what: 'declined' }, now));
  return declined === 'declined' ? [] : ['who was asked cannot decline'];
}

/** Plays a sequence; answers what went wrong. A stranger has no side, so nothing that it asks reaches the rules. */
function faultsOf(rules: Machine, { offeredBy, expiresAt, steps }: Sequence): string[] {
  const faults: string[] = [];
  // Who promises by its own offer is bound by that when the other takes it.
  const saidYes = new Set<Party>([offeredBy]);
  const receiver = offeredBy === 'promiser' ? 'beneficiary' : 'promiser';
  let promise: Commitment = { state: 'offered', expiresAt: expiresAt === null ? null : at(expiresAt), offeredBy };
  let now = 0;
  for (const { who, what, after } of steps) {
    now += after;
    const before = commitmentState(promise, at(now));
    if (before === 'offered') faults.push(...declineFaults(rules, promise, receiver, at(now)));
    if (who === 'stranger') continue;
    const found = outcome(() => rules(promise, { who, what }, at(now)));
    const state = commitmentStates.find((one) => one === found) ?? before;
    if (state === before) continue;
    if (['accepted', 'fulfilled'].includes(state)) saidYes.add(who);
    faults.push(...changeFaults(before, state, who, saidYes));
    promise = { ...promise, state };
  }
  return faults;
}

const runs = { numRuns: 5000, seed: 20261125 };

t.test(
  'in thousands of sequences nobody is bound without its own yes, and who is asked can always decline',
  async (t) => {
    let played = 0;
    fc.assert(
      fc.property(sequences, (sequence) => {
        played += sequence.steps.length;
        return faultsOf(machine, sequence).length === 0;
      }),
      runs,
    );
    t.ok(played > 20_000, `${played} steps`);
  },
);

t.test('the same sequences find planted faults', async (t) => {
  const planted: Record<string, Machine> = {
    'either party accepts': (promise, step, now) =>
      step.what === 'accepted' && promise.state === 'offered' ? 'accepted' : machine(promise, step, now),
    'either party confirms': (promise, step, now) =>
      step.what === 'confirmed' && promise.state === 'fulfilled' ? 'confirmed' : machine(promise, step, now),
    'what was declined is taken up': (promise, step, now) =>
      step.what === 'accepted' && promise.state === 'declined' ? 'accepted' : machine(promise, step, now),
    'a request cannot be declined': (promise, step, now) => {
      if (step.what === 'declined' && promise.offeredBy === 'beneficiary') throw new Problem('conflict');
      return machine(promise, step, now);
    },
    'what was asked is confirmed at once': (promise, step, now) =>
      step.what === 'confirmed' && promise.state === 'offered' ? 'confirmed' : machine(promise, step, now),
  };
  for (const [name, broken] of Object.entries(planted)) {
    const { failed } = fc.check(
      fc.property(sequences, (sequence) => faultsOf(broken, sequence).length === 0),
      runs,
    );
    t.equal(failed, true, name);
  }
});
