import fc from 'fast-check';
import t from 'tap';
import {
  allianceFaults,
  departureFaults,
  keepsConvener,
  membershipState,
  sizeClass,
  succession,
  weightiest,
} from '../../../src/features/alliances/rules.ts';
import { roles } from '../../../src/features/alliances/schemas.ts';
import { handshakeStates } from '../../../src/platform/handshake.ts';

/** Days of a small calendar, so that spells often touch and overlap. */
const dayOf = (index: number) => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const span = 10;
const role = fc.constantFrom(...roles);

type Numbered = { readonly role: string; readonly from: number; readonly until: number | null };
const spell: fc.Arbitrary<Numbered> = fc
  .record({ role, from: fc.nat(span), length: fc.option(fc.nat(span)) })
  .map(({ length, from, ...rest }) => ({ ...rest, from, until: length === null ? null : from + length }));
const dated = ({ from, until, ...rest }: Numbered) => ({
  ...rest,
  startsOn: dayOf(from),
  endsOn: until === null ? null : dayOf(until),
});
const holdsOn = (day: number) => (one: Numbered) => one.from <= day && (one.until === null || one.until > day);
/** Days up to one on which everything that ends has ended. */
const days = Array.from({ length: 2 * span + 2 }, (_, day) => day);

t.test('allianceFaults asks a community for its end, and everything for a day at least', async (t) => {
  const codes = (kind: string, startsOn: string, endsOn: string | null) =>
    allianceFaults({ kind, startsOn, endsOn }).map(({ location, code }) => `${location} ${code}`);
  for (const kind of ['alliance', 'network', 'academy']) t.same(codes(kind, '2026-01-01', null), []);
  t.same(codes('community', '2026-01-01', null), ['/endsOn end_required']);
  t.same(codes('community', '2026-01-01', '2026-01-02'), []);
  t.same(codes('network', '2026-01-01', '2026-01-01'), ['/endsOn ends_before_start']);
  t.same(codes('network', '2026-01-01', '2025-12-31'), ['/endsOn ends_before_start']);
});

t.test(
  'keepsConvener says yes exactly when there is a convener on every day on which anybody takes part',
  async (t) => {
    let yes = 0;
    const runs = 3000;
    fc.assert(
      fc.property(fc.array(spell, { maxLength: 6 }), fc.nat(span), (spells, from) => {
        const kept = days
          .filter((day) => day >= from)
          .every((day) => {
            const present = spells.filter(holdsOn(day));
            return present.length === 0 || present.some((one) => one.role === 'convener');
          });
        if (kept) yes += 1;
        return keepsConvener(spells.map(dated), dayOf(from)) === kept;
      }),
      { numRuns: runs },
    );
    t.ok(yes > runs / 20 && yes < runs - runs / 20, `${yes} of ${runs} keep a convener`);
    t.equal(keepsConvener([], '2026-01-01'), true);
    t.equal(keepsConvener([{ role: 'member', startsOn: null, endsOn: null }], '2026-01-01'), false);
  },
);

t.test('membershipState follows the clock, and what has run out or ended stays so', async () => {
  const moment = fc.integer({ min: 0, max: span * 24 }).map((hours) => new Date(Date.UTC(2026, 0, 1, hours)));
  const membership = fc.record({
    state: fc.constantFrom(...handshakeStates),
    expiresAt: fc.option(moment),
    endsOn: fc.option(fc.nat(span).map(dayOf)),
  });
  fc.assert(
    fc.property(membership, moment, moment, (given, now, later) => {
      const { state, expiresAt, endsOn } = given;
      const ranOut = state === 'offered' && expiresAt !== null && expiresAt.getTime() <= now.getTime();
      const over = state === 'accepted' && endsOn !== null && Date.parse(endsOn) <= now.getTime();
      const expected = ranOut ? 'expired' : over ? 'ended' : state;
      const stays = expected === state || later < now || membershipState(given, later) === expected;
      return membershipState(given, now) === expected && stays;
    }),
    { numRuns: 1000 },
  );
});

t.test('departureFaults takes a day to come within what was agreed, and a reason from another', async (t) => {
  const reason = fc.option(fc.constantFrom('', 'Om deze reden.'));
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.nat(span), reason, fc.boolean(), spell, fc.nat(span), (day, why, own, membership, today) => {
      const departure = { endsOn: dayOf(day), reason: why, own };
      const codes = departureFaults(departure, dated(membership), dayOf(today)).map(
        ({ location, code }) => `${location} ${code}`,
      );
      for (const code of codes) seen.add(code);
      const expected = {
        '/endsOn ends_before_start': day < membership.from,
        '/endsOn in_the_past': day >= membership.from && day < today,
        '/endsOn too_high': day > (membership.until ?? day),
        '/reason required': !(own || why),
      };
      const met = Object.entries(expected).filter(([, isMet]) => isMet);
      return codes.join() === met.map(([code]) => code).join();
    }),
    { numRuns: 1000 },
  );
  t.equal(seen.size, 4, 'each fault was met');
});

const weight = { convener: 3, member: 2, observer: 1 } as const;
const heaviest = (given: readonly string[]) =>
  given.toSorted((a, b) => weight[b as 'member'] - weight[a as 'member'])[0];

t.test('weightiest is one of the roles that are given, whatever their order, and none is heavier', async () => {
  fc.assert(
    fc.property(
      fc.array(role, { minLength: 1, maxLength: 6 }),
      (given) => weightiest(given) === heaviest(given) && weightiest(given.toReversed()) === heaviest(given),
    ),
  );
});

t.test(
  'succession lets the successor take part on each day on which it or a predecessor did, as the weightiest',
  async () => {
    /** Spells of one organisation, which never overlap. */
    const alone = fc
      .array(spell, { maxLength: 4 })
      .map((given) =>
        given.filter((one, index) =>
          given.slice(0, index).every((other) => days.every((day) => !(holdsOn(day)(one) && holdsOn(day)(other)))),
        ),
      );
    fc.assert(
      fc.property(fc.array(spell, { maxLength: 4 }), alone, fc.nat(span), (inherited, held, today) => {
        const own = held.map((one, index) => ({
          ...dated(one),
          id: `own ${index}`,
          ended: one.until !== null && one.until <= today,
        }));
        const { cut, begun } = succession(inherited.map(dated), own);
        const kept = own.map((one) => ({ ...one, endsOn: cut.get(one.id) ?? one.endsOn }));
        return days.every((day) => {
          const on = dayOf(day);
          const holds = (one: { startsOn: string; endsOn: string | null }) =>
            one.startsOn <= on && (one.endsOn === null || on < one.endsOn);
          const after = [...kept, ...begun].filter(holds);
          const mine = own.filter(holds);
          const theirs = inherited.filter(holdsOn(day)).map((one) => one.role);
          const expected =
            mine[0]?.ended === true ? mine[0].role : heaviest([...mine.map((one) => one.role), ...theirs]);
          return after.length <= 1 && after[0]?.role === expected;
        });
      }),
      { numRuns: 2000 },
    );
  },
);

t.test('sizeClass tells classes alone, which grow with the number', async (t) => {
  t.same([0, 1, 5, 6, 20, 21, 400].map(sizeClass), ['1-5', '1-5', '1-5', '6-20', '6-20', '21+', '21+']);
  const rank = ['1-5', '6-20', '21+'];
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (one, other) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      return rank.indexOf(sizeClass(small)) <= rank.indexOf(sizeClass(large));
    }),
  );
});
