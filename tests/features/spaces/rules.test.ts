import fc from 'fast-check';
import t from 'tap';
import { type Consent, closingDays, harvestOutcome, notice } from '../../../src/features/spaces/rules.ts';

const organisations = ['a', 'b', 'c', 'd', 'e'] as const;
const consents = fc.uniqueArray(
  fc.record({
    organisationId: fc.constantFrom(...organisations),
    state: fc.constantFrom('offered', 'accepted', 'declined'),
  }),
  { selector: ({ organisationId }) => organisationId },
) as fc.Arbitrary<Consent[]>;
const contributors = fc.subarray([...organisations]);

type Outcome = typeof harvestOutcome;
/** Whether an outcome follows from the answers, said in other words than the rule says it. */
function isRight(rule: Outcome, given: readonly Consent[], present: readonly string[]): boolean {
  const stateOf = (id: string) => given.find(({ organisationId }) => organisationId === id)?.state;
  const everyone = new Set([...present, ...given.map(({ organisationId }) => organisationId)]);
  const states = [...everyone].map(stateOf);
  const outcome = rule(given, present);
  if (states.includes('declined')) return outcome === 'declined';
  if (states.length === 0 || states.some((state) => state !== 'accepted')) return outcome === 'offered';
  return outcome === 'accepted';
}

const holds = (rule: Outcome) =>
  fc.check(
    fc.property(consents, contributors, (given, present) => isRight(rule, given, present)),
    { numRuns: 2000 },
  ).failed;

t.test('a harvest is completed by every yes alone, and ended by one no', async (t) => {
  t.notOk(holds(harvestOutcome));
  const majority: Outcome = (given, present) =>
    given.filter(({ state }) => state === 'accepted').length * 2 > present.length
      ? 'accepted'
      : harvestOutcome(given, present);
  t.ok(holds(majority), 'the same property finds a rule that counts votes');
  const early: Outcome = (given) => harvestOutcome(given, []);
  t.ok(holds(early), 'and one that forgets who came to contribute later');
});

t.test(
  'the archive is written a week before the destruction, and thirty days are counted from the later day',
  async (t) => {
    t.same(closingDays('2026-03-01', '2026-03-01', notice), { archivesOn: '2026-03-24', destroysOn: '2026-03-31' });
    t.same(
      closingDays('2026-03-01', '2026-05-01', notice),
      { archivesOn: '2026-05-24', destroysOn: '2026-05-31' },
      'a node that was down takes nobody their time',
    );
    t.same(
      closingDays('2026-03-01', '2026-03-01', { days: 0, archiveDays: 7 }),
      { archivesOn: '2026-03-01', destroysOn: '2026-03-01' },
      'never before the end',
    );
  },
);
