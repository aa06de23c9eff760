import fc from 'fast-check';
import t from 'tap';
import {
  dayBefore,
  existsOn,
  mergerFaults,
  periodFaults,
  readIdentifiers,
} from '../../../src/features/organisations/rules.ts';

const day = fc.integer({ min: 0, max: 40_000 }).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));

t.test('an organisation exists from its first day until the day before its end', async (t) => {
  const organisation = { startsOn: '2020-01-01', endsOn: '2024-01-01' };
  t.equal(existsOn(organisation, '2019-12-31'), false);
  t.equal(existsOn(organisation, '2020-01-01'), true);
  t.equal(existsOn(organisation, '2023-12-31'), true);
  t.equal(existsOn(organisation, '2024-01-01'), false);
  t.equal(existsOn({ startsOn: null, endsOn: null }, '0001-01-01'), true);
});

t.test('the day before a day is the only day between it and the one before that', async () => {
  fc.assert(
    fc.property(day, (today) => {
      const before = dayBefore(today);
      return before < today && Date.parse(today) - Date.parse(before) === 86_400_000;
    }),
  );
});

t.test('a period that ends before it begins has one fault, and any other none', async (t) => {
  fc.assert(
    fc.property(day, day, (start, end) => periodFaults(start, end, '/endsOn').length === (end < start ? 1 : 0)),
  );
  t.same(periodFaults(null, '2020-01-01', '/endsOn'), []);
});

t.test('every faulty identifier is named at its own place', async (t) => {
  const { identifiers, faults } = readIdentifiers([
    { scheme: 'rsin', value: '123456789' },
    { scheme: 'cbs', value: 'gm0344' },
    { scheme: 'kvk', value: '12' },
    { scheme: 'cbs', value: 'GM0344' },
    { scheme: 'agb', value: '01001234', validFrom: '2024-01-01', validUntil: '2023-01-01' },
  ]);
  t.equal(identifiers[1]?.value, 'GM0344', 'the value is brought into its normal form');
  t.same(
    faults.map((fault) => fault.location),
    ['/identifiers/0/value', '/identifiers/2/value', '/identifiers/3', '/identifiers/4/validUntil'],
  );
});

t.test('a merger into itself, of a merged one, or of a dissolved one is refused', async (t) => {
  const living = { startsOn: null, endsOn: null, successorId: null };
  const successor = { id: 's', ...living };
  t.same(mergerFaults([{ id: 'a', ...living }], successor, '2026-01-01'), []);
  const faults = mergerFaults(
    [
      { id: 's', ...living },
      { id: 'b', ...living, successorId: 'x' },
      { id: 'c', ...living, endsOn: '2020-01-01' },
    ],
    { ...successor, endsOn: '2025-01-01' },
    '2026-01-01',
  );
  t.same(
    faults.map((fault) => [fault.location, fault.code]),
    [
      ['/predecessorIds/0', 'same_organisation'],
      ['/predecessorIds/1', 'already_merged'],
      ['/predecessorIds/2', 'not_in_existence'],
      ['/successorId', 'not_in_existence'],
    ],
  );
});
