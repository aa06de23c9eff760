import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import {
  type IdentifierScheme,
  identifierFault,
  identifierSchemes,
  normaliseIdentifier,
} from '../../../src/features/organisations/identifiers.ts';
import { registerDirectory } from '../../helpers/register.ts';

const faultOf = (scheme: IdentifierScheme, value: string) =>
  identifierFault(scheme, normaliseIdentifier(scheme, value));

const right: [IdentifierScheme, string, string][] = [
  ['oin', ' 00000001 822477348 000 ', '00000001822477348000'],
  ['oin', '00000001002220647000', '00000001002220647000'],
  ['oin', '00000003632550060000', '00000003632550060000'],
  ['oin', '00000004000000079000', '00000004000000079000'],
  ['oin', '0000000701aa00000000', '0000000701AA00000000'],
  ['rsin', '0022.20.647', '002220647'],
  ['kvk', '27 36 73 48', '27367348'],
  ['cbs', 'gm0344', 'GM0344'],
  ['cbs', '0344', 'GM0344'],
  ['cbs', 'pv26', 'PV26'],
  ['cbs', 'WS0155', 'WS0155'],
  [
    'tooi',
    'http://identifier.overheid.nl/tooi/id/gemeente/GM0344',
    'https://identifier.overheid.nl/tooi/id/gemeente/gm0344',
  ],
  ['agb', '01999001', '01999001'],
  ['ura', '00001234', '00001234'],
];

const wrong: [IdentifierScheme, string, string][] = [
  ['oin', 'I0000003525111700000', 'identifier_prefix_unknown'],
  ['oin', '00000005525111700000', 'identifier_prefix_unknown'],
  ['oin', '0000000182247734800', 'identifier_malformed'],
  ['oin', '00000001822477347000', 'identifier_check_failed'],
  ['oin', '00000003632550060001', 'identifier_malformed'],
  ['oin', '00000003000000000000', 'identifier_malformed'],
  ['oin', '0000000182247734800A', 'identifier_malformed'],
  ['rsin', '000000000', 'identifier_check_failed'],
  ['rsin', '002220648', 'identifier_check_failed'],
  ['rsin', '2220647', 'identifier_malformed'],
  ['kvk', '2736734', 'identifier_malformed'],
  ['kvk', '00000000', 'identifier_malformed'],
  ['kvk', '٢٧٣٦٧٣٤٨', 'identifier_malformed'],
  ['cbs', '344', 'identifier_malformed'],
  ['cbs', 'NL0344', 'identifier_malformed'],
  ['tooi', 'https://identifier.overheid.example/tooi/id/gemeente/gm0344', 'identifier_malformed'],
  ['tooi', 'https://identifier.overheid.nl/tooi/id/gemeente/gm0344/', 'identifier_malformed'],
  ['tooi', 'gm0344', 'identifier_malformed'],
  ['agb', '1999001', 'identifier_malformed'],
  ['ura', '', 'identifier_malformed'],
];

t.test('right identifiers are brought into one form and pass', async (t) => {
  for (const [scheme, given, normal] of right) {
    t.equal(normaliseIdentifier(scheme, given), normal, `${scheme} ${given}`);
    t.equal(identifierFault(scheme, normal), undefined, `${scheme} ${normal}`);
  }
});

t.test('wrong identifiers are refused with their reason', async (t) => {
  for (const [scheme, given, code] of wrong) t.equal(faultOf(scheme, given), code, `${scheme} ${given}`);
});

t.test(
  'bringing a value into its normal form twice is the same as once, and no value makes the check fail',
  async () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...identifierSchemes),
        fc.string({ unit: 'binary', maxLength: 80 }),
        (scheme, value) => {
          const once = normaliseIdentifier(scheme, value);
          identifierFault(scheme, once);
          return normaliseIdentifier(scheme, once) === once;
        },
      ),
    );
  },
);

t.test('of nine digits with one altered, at most one passes the eleven test', async () => {
  const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(digits, fc.nat(8), fc.integer({ min: 1, max: 9 }), (number, place, shift) => {
      const altered = number.with(place, ((number[place] ?? 0) + shift) % 10);
      return faultOf('rsin', number.join('')) !== undefined || faultOf('rsin', altered.join('')) !== undefined;
    }),
  );
});

t.test('an OIN that is built on an RSIN is right exactly when the RSIN is', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (number) => {
      const rsin = String(number).padStart(9, '0');
      return (faultOf('rsin', rsin) === undefined) === (faultOf('oin', `00000001${rsin}000`) === undefined);
    }),
  );
});

const directory = registerDirectory();

t.test(
  'of the register, every identifier passes but the seven OINs that begin with I',
  { skip: directory.skip },
  async (t) => {
    const rows = (file: string) =>
      parse(readFileSync(`${directory.path}/${file}.csv`), { columns: true, bom: true }) as Record<string, string>[];
    const refused: string[] = [];
    let read = 0;
    const check = (scheme: IdentifierScheme, value: string | undefined) => {
      if (value === undefined || value === '') return;
      read += 1;
      const code = faultOf(scheme, value);
      if (code !== undefined) refused.push(`${scheme} ${value} ${code}`);
    };
    for (const row of rows('organisations')) {
      for (const scheme of ['oin', 'rsin', 'kvk'] as const) check(scheme, row[scheme]);
      check('tooi', row.tooi_uri);
    }
    for (const row of rows('municipalities')) check('cbs', row.cbs_code);
    t.ok(existsSync(directory.path));
    t.ok(read > 7000, `${read} identifiers were read`);
    t.equal(refused.length, 7);
    t.ok(
      refused.every((line) => /^oin I\d{19} identifier_prefix_unknown$/.test(line)),
      refused.join('\n'),
    );
  },
);
