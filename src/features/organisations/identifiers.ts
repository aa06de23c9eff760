/** Schemes of official identifiers, by who gives them out. */
export const identifierSchemes = ['oin', 'rsin', 'kvk', 'cbs', 'tooi', 'agb', 'ura'] as const;

/** One scheme of official identifiers. */
export type IdentifierScheme = (typeof identifierSchemes)[number];

/** Why a value is not an identifier of its scheme; the texts are in the catalogue of faults. */
export type IdentifierFault = 'identifier_malformed' | 'identifier_prefix_unknown' | 'identifier_check_failed';

const tooiBase = 'https://identifier.overheid.nl/tooi/id/';

const withoutSeparators = (value: string) => value.replace(/[\s.]/gu, '').toUpperCase();

const normalisers: Record<IdentifierScheme, (value: string) => string> = {
  oin: withoutSeparators,
  rsin: withoutSeparators,
  kvk: withoutSeparators,
  cbs: (value) => withoutSeparators(value).replace(/^([0-9]{4})$/u, 'GM$1'),
  tooi: (value) =>
    value
      .trim()
      .toLowerCase()
      .replace(/^http:/u, 'https:'),
  agb: withoutSeparators,
  ura: withoutSeparators,
};

/**
 * The form in which an identifier is kept and compared: spaces and points are left out, letters are of one case, a
 * bare municipality code gets its `GM`. Says nothing about whether the value is right.
 */
export function normaliseIdentifier(scheme: IdentifierScheme, value: string): string {
  return normalisers[scheme](value);
}

const digits8 = /^(?!0{8})[0-9]{8}$/u;
const form = (pattern: RegExp) => (value: string) => (pattern.test(value) ? undefined : 'identifier_malformed');

const checks: Record<IdentifierScheme, (value: string) => IdentifierFault | undefined> = {
  oin: oinFault,
  rsin: (value) =>
    !/^[0-9]{9}$/u.test(value)
      ? 'identifier_malformed'
      : passesElevenTest(value)
        ? undefined
        : 'identifier_check_failed',
  kvk: form(digits8),
  cbs: form(/^(?:GM[0-9]{4}|PV[0-9]{2}|WS[0-9]{4})$/u),
  tooi: (value) =>
    value.startsWith(tooiBase) && /^[a-z]{2,20}\/[a-z]{2,6}_?[0-9]{2,8}$/u.test(value.slice(tooiBase.length))
      ? undefined
      : 'identifier_malformed',
  agb: form(digits8),
  ura: form(digits8),
};

/**
 * The fault of a value in its normal form, or undefined. A check of form and check digits: it never proves that the
 * organisation exists. KvK, AGB and URA numbers have no public check digit.
 */
export function identifierFault(scheme: IdentifierScheme, value: string): IdentifierFault | undefined {
  return checks[scheme](value);
}

/** The main number and its tail, by prefix: 12 positions after the register's 8. Letters occur in some registers. */
const oinRegisters: Readonly<Record<string, RegExp>> = {
  '00000001': /^[0-9]{12}$/u,
  '00000002': /^[0-9]{12}$/u,
  '00000003': /^[0-9]{12}$/u,
  '00000004': /^[0-9]{12}$/u,
  '00000006': /^[0-9]{12}$/u,
  '00000007': /^[0-9A-Z]{12}$/u,
  '00000008': /^[0-9A-Z]{12}$/u,
  '00000009': /^[0-9A-Z]{12}$/u,
  '00000010': /^[0-9A-Z]{12}$/u,
  '00000011': /^[0-9A-Z]{12}$/u,
  '00000099': /^[0-9A-Z]{12}$/u,
};

function oinFault(value: string): IdentifierFault | undefined {
  if (!/^[0-9A-Z]{20}$/u.test(value)) return 'identifier_malformed';
  const prefix = value.slice(0, 8);
  const number = value.slice(8);
  const register = oinRegisters[prefix];
  if (register === undefined) return 'identifier_prefix_unknown';
  if (!register.test(number)) return 'identifier_malformed';
  if (prefix === '00000001' && !passesElevenTest(number.slice(0, 9))) return 'identifier_check_failed';
  if (prefix === '00000003' && !(digits8.test(number.slice(0, 8)) && number.endsWith('0000')))
    return 'identifier_malformed';
  return undefined;
}

const elevenWeights = [9, 8, 7, 6, 5, 4, 3, 2, -1];

/** The eleven test of an RSIN: the weighted sum of its nine digits is above zero and divisible by eleven. */
function passesElevenTest(digits: string): boolean {
  const sum = elevenWeights.reduce((total, weight, index) => total + weight * Number(digits[index]), 0);
  return sum > 0 && sum % 11 === 0;
}
