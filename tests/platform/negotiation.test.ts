import fc from 'fast-check';
import t from 'tap';
import {
  assertVersion,
  entityTagOf,
  isNamed,
  readEntityTags,
  readIdempotencyKey,
  versionsNamed,
} from '../../src/platform/conditional.ts';
import { fillIn, pickLanguage } from '../../src/platform/language.ts';
import { isMedia, pickMedia } from '../../src/platform/media.ts';

/** Nothing when a property holds for many inputs, else the smallest for which it does not. */
function holds<T>(property: fc.IProperty<T>): string {
  const { failed, counterexample, errorInstance } = fc.check(property, { numRuns: 1000 });
  return failed ? `${JSON.stringify(counterexample)} ${String(errorInstance ?? '')}` : '';
}

const tag = fc
  .array(fc.constantFrom(...'!#$,;: az09\u00ff'.replace(' ', '')), { maxLength: 8 })
  .map((characters) => `"${characters.join('')}"`);
const tags = fc.array(fc.record({ weak: fc.boolean(), tag }), { minLength: 1, maxLength: 5 });
const separator = fc.constantFrom(',', ', ', ' ,\t', ',,');

t.test('a list of entity tags is read as it was written, commas within tags and all', async (t) => {
  const property = fc.property(tags, separator, (list, between) => {
    const header = list.map(({ weak, tag }) => (weak ? 'W/' : '') + tag).join(between);
    return JSON.stringify(readEntityTags(header)) === JSON.stringify(list);
  });
  t.equal(holds(property), '');
  t.equal(readEntityTags('*'), '*');
  t.equal(readEntityTags(' * '), '*');
});

t.test('what is not a list of entity tags is refused', async (t) => {
  for (const header of ['', ' ', ',', '1', '"1', '1"', '"a" "b"', '"a""b"', 'w/"1"', 'W/ "1"', '*, "1"', '"a\u0007"'])
    t.equal(readEntityTags(header), undefined, header);
  t.equal(holds(fc.property(fc.string(), (text) => readEntityTags(text) !== null)), '', 'no text makes it throw');
  const started = performance.now();
  for (const part of ['"', '",', 'a"', '""', 'W/"']) readEntityTags(part.repeat(5000));
  t.ok(performance.now() - started < 20_000, 'no text takes as long as backtracking would');
});

t.test('If-Match names versions by strong tags alone, of the form in which they are given', async (t) => {
  const named = (header: string) => {
    const read = readEntityTags(header);
    return read === undefined || read === '*' ? read : versionsNamed(read);
  };
  t.same(named('"3", "12"'), [3, 12]);
  t.same(named('W/"3"'), [], 'a weak tag never matches here');
  for (const other of ['"03"', '"+3"', '"3.0"', '" 3"', '"-1"', '"1e3"', '"3-csv"', '"9999999999999999"', '""'])
    t.same(named(other) ?? [], [], other);
  const property = fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (version) =>
    isSame(named(entityTagOf(version)), [version]),
  );
  t.equal(holds(property), '');
});

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

t.test('If-None-Match compares weakly, and a second representation has a tag of its own', async (t) => {
  t.equal(entityTagOf(3), '"3"');
  t.equal(entityTagOf(3, 'csv'), '"3-csv"');
  for (const [header, tag, expected] of [
    ['"3"', '"3"', true],
    ['W/"3"', '"3"', true],
    ['"2", W/"3"', '"3"', true],
    ['"2"', '"3"', false],
    ['"3"', '"3-csv"', false],
    ['*', '"3"', true],
  ] as const)
    t.equal(isNamed(readEntityTags(header) ?? [], tag), expected, `${header} ${tag}`);
});

t.test('another version than the present one is refused', async (t) => {
  t.doesNotThrow(() => assertVersion(2, 2));
  t.throws(() => assertVersion(1, 2), { code: 'precondition_failed' });
});

const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const key = fc.array(visible, { minLength: 1, maxLength: 255 }).map((characters) => characters.join(''));

t.test('an idempotency key is read as it was quoted', async (t) => {
  const property = fc.property(key, (text) => readIdempotencyKey(`"${text.replace(/["\\]/g, '\\$&')}"`) === text);
  t.equal(holds(property), '');
  t.equal(readIdempotencyKey('8e03978e-40d5-43e8-bc93-6894a57f9324'), '8e03978e-40d5-43e8-bc93-6894a57f9324');
  t.equal(readIdempotencyKey(' "a" '), 'a');
  t.equal(readIdempotencyKey(`"${'a'.repeat(255)}"`)?.length, 255);
});

t.test('what is not an idempotency key is refused', async (t) => {
  const wrong = [
    '',
    ' ',
    '""',
    '"',
    '"a',
    'a"',
    'a b',
    '"a b"',
    '"a\\b"',
    '"\u00e9"',
    '\u00e9',
    '"a"b"',
    '"a";x=1',
    'a,b',
  ];
  for (const header of [...wrong, 'a\u0000', '"a\u0000"', 'a'.repeat(256), `"${'a'.repeat(256)}"`])
    t.equal(readIdempotencyKey(header), undefined, JSON.stringify(header.slice(0, 20)));
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const read = readIdempotencyKey(text);
    return read === undefined || /^[!-~]{1,255}$/.test(read);
  });
  t.equal(holds(property), '', 'whatever is read is 1 to 255 visible ASCII characters');
});

const media = ['application/json', 'text/csv', 'application/problem+json'] as const;
const ranges = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom(...media, '*/*', 'text/*', 'application/*', 'image/png', 'text/html'),
    q: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
  }),
  { selector: ({ type }) => type, maxLength: 6 },
);

/** The quality of a media type, by RFC 9110, 12.5.1: that of the most specific range that covers it. */
function quality(accepted: { type: string; q: number }[], type: string): number {
  const patterns = [type, type.replace(/\/.*/, '/*'), '*/*'];
  for (const pattern of patterns) {
    const range = accepted.find((one) => one.type === pattern);
    if (range !== undefined) return range.q;
  }
  return 0;
}

/** Whether a choice is one of the best of those available. */
function isBest(pick: typeof pickMedia, accepted: { type: string; q: number }[]): boolean {
  const header = accepted.map(({ type, q }) => (q === 1 ? type : `${type};q=${q}`)).join(', ');
  const picked = pick(header, media);
  const best = Math.max(...media.map((type) => quality(accepted, type)));
  return picked === undefined ? best === 0 : best > 0 && quality(accepted, picked) === best;
}

t.test('the media type that Accept prefers is chosen among those available', async (t) => {
  const some = ranges.filter((accepted) => accepted.length > 0);
  t.equal(holds(fc.property(some, (accepted) => isBest(pickMedia, accepted))), '');
  const ignoresQuality: typeof pickMedia = (accept, available) =>
    pickMedia(accept?.replace(/;q=[\d.]+/g, ''), available);
  t.not(holds(fc.property(some, (accepted) => isBest(ignoresQuality, accepted))), '', 'a planted fault is found');
});

t.test('without a preference the first media type is chosen, and none where none is accepted', async (t) => {
  for (const header of [undefined, '', '*/*', 'application/json', 'application/*', '*/*;q=0.1', 'APPLICATION/JSON'])
    t.equal(pickMedia(header, media), 'application/json', header ?? 'no header');
  t.equal(pickMedia('text/html, */*;q=0.1', media), 'application/json');
  t.equal(pickMedia('text/csv;q=0.5, application/json;q=0.4', media), 'text/csv');
  t.equal(pickMedia('application/json;q=0, */*', media), 'text/csv');
  for (const header of ['text/html', 'image/*', 'application/json;q=0', '*/*;q=0'])
    t.equal(pickMedia(header, media), undefined, header);
  const any = fc.property(fc.string(), (text) => [...media, undefined].includes(pickMedia(text, media) as 'text/csv'));
  t.equal(holds(any), '', 'no text makes it throw or choose something else');
});

t.test('a content type is recognised with its parameters, in UTF-8 alone', async (t) => {
  for (const header of [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=us-ascii',
    'application/json; profile=x; charset=utf-8',
  ])
    t.ok(isMedia(header, 'application/json'), header);
  for (const header of [
    '',
    'text/plain',
    'application/jsonp',
    'application/json-patch+json',
    'application/json; charset=utf-16',
    'application/json; charset=iso-8859-1',
    'application/json, text/plain',
  ])
    t.notOk(isMedia(header, 'application/json'), header);
});

t.test('the language that Accept-Language prefers is chosen, and English where it names neither', async (t) => {
  for (const [header, expected] of [
    [undefined, 'en'],
    ['', 'en'],
    ['nl', 'nl'],
    ['NL', 'nl'],
    ['nl-NL,nl;q=0.9,en-US;q=0.8,en;q=0.7', 'nl'],
    ['en-GB, nl;q=0.9', 'en'],
    ['nl;q=0.2, en;q=0.1', 'nl'],
    ['nl;q=0.1, en;q=0.2', 'en'],
    ['nl;q=0', 'en'],
    ['nl;q=0, *', 'en'],
    ['en;q=0, nl', 'nl'],
    ['de, fr;q=0.5', 'en'],
    ['de, nl;q=0.5', 'nl'],
    ['*', 'en'],
    ['nlx', 'en'],
  ] as const)
    t.equal(pickLanguage(header), expected, header ?? 'no header');
  t.equal(holds(fc.property(fc.string(), (text) => ['en', 'nl'].includes(pickLanguage(text)))), '');
});

t.test('parameters are written into a text once, and what is missing stays visible', async (t) => {
  t.equal(fillIn('{count} of {limit}', { count: 3, limit: 5 }), '3 of 5');
  t.equal(fillIn('{count} of {limit}', { count: 3 }), '3 of {limit}');
  t.equal(fillIn('{count}', undefined), '{count}');
  t.equal(fillIn('{one}', { one: '{two}', two: 'x' }), '{two}', 'a value is not a text');
  t.equal(fillIn('{one}', { one: '$& $1' }), '$& $1');
  t.equal(fillIn('{constructor} {toString}', {}), '{constructor} {toString}');
  t.equal(fillIn('{zero}', { zero: 0 }), '0');
});
