import fc, { type Arbitrary } from 'fast-check';
import type { JsonSchema } from '../../src/platform/json-schema.ts';
import { type Document, type Operation, parametersIn, type Request } from './document.ts';
import { plain } from './schemas.ts';

/** What requests are made of: the document, and identifiers that are there. */
export type Material = { readonly document: Document; readonly ids: readonly string[] };

/** Texts that have broken something somewhere. */
const nasty = fc.constantFrom(
  '',
  ' ',
  '\0',
  '\ud800',
  'a\udfffb',
  '\u202eabc',
  '🏘️',
  'ﬀ',
  '%',
  '%00',
  '_',
  '\\',
  "'",
  '"',
  "' or 1=1 --",
  '{{x}}',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-0',
  '1e400',
  '0x10',
  '9'.repeat(40),
  '../..',
  '*/*',
  '\r\n',
  '\t',
  'x'.repeat(301),
  'x'.repeat(10_001),
  '0000-00-00',
  '0000-01-01',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-05:30',
  '9999-12-31',
  '10000-01-01',
  '2026-02-30',
  '2026-12-31T23:59:60Z',
  '-271821-04-20T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  '{',
  '[]',
  '<script>',
  'İ',
  'ß',
  '=1+1',
);
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const nearDay = fc
  .integer({ min: -800, max: 800 })
  .map((days) => new Date(Date.UTC(2026, 10, 1) + days * 86_400_000).toISOString());
const offset = fc.constantFrom('Z', '+02:00', '-05:30', '+14:00', '-00:00');

function text(schema: JsonSchema, { ids }: Material): Arbitrary<string> {
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum.filter((one) => one !== null) as string[]));
  if (schema.format === 'uuid')
    return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ids) }, { weight: 1, arbitrary: fc.uuid() });
  if (schema.format === 'date') return fc.oneof(day, nearDay).map((one) => one.slice(0, 10));
  if (schema.format === 'date-time')
    return fc.tuple(fc.oneof(day, nearDay), offset).map(([one, zone]) => `${one.slice(0, -1)}${zone}`);
  if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
  const { minLength = 0, maxLength = 60 } = schema as { minLength?: number; maxLength?: number };
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 40)) };
  return fc.oneof(fc.string({ unit: 'grapheme', ...length }), fc.string(length));
}

/** Values that fit a schema of the document. */
export function fitting(given: JsonSchema, material: Material): Arbitrary<unknown> {
  const schema = plain(material.document, given);
  const value = bareValue(schema, material);
  return schema.nullable === true ? fc.option(value, { freq: 5 }) : value;
}

function bareValue(schema: JsonSchema, material: Material): Arbitrary<unknown> {
  const { minimum, maximum, minItems = 0, maxItems = 4 } = schema as Record<string, number | undefined>;
  const range = { ...(minimum !== undefined && { min: minimum }), ...(maximum !== undefined && { max: maximum }) };
  switch (schema.type) {
    case 'string':
      return text(schema, material);
    case 'integer':
      return fc.integer(range);
    case 'number':
      return fc.double({ ...range, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(fitting(schema.items ?? {}, material), { minLength: minItems, maxLength: Math.min(maxItems, 4) });
    case 'object':
      return objectOf(schema, material);
    default:
      return fc.jsonValue();
  }
}

function objectOf({ properties = {}, required = [] }: JsonSchema, material: Material): Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([key, one]) => [key, fitting(one, material)]));
  return fc.record(fields, { requiredKeys: required });
}

const junk = fc.oneof(
  { weight: 3, arbitrary: nasty as Arbitrary<unknown> },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e308, [], {}, [[]]),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

type Change = { readonly at: number; readonly how: 'replace' | 'drop' | 'add'; readonly value: unknown };
const change: Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'drop', 'add'),
  value: junk,
});

/** The value with one of its places replaced, dropped, or given something more. */
function changed(value: unknown, { at, how, value: other }: Change): unknown {
  if (typeof value !== 'object' || value === null) return other;
  const entries = Object.entries(value);
  const chosen = entries[at % (entries.length + 1)];
  const rebuilt = (kept: [string, unknown][]) =>
    Array.isArray(value) ? kept.map(([, item]) => item) : Object.fromEntries(kept);
  if (chosen === undefined) return how === 'add' ? rebuilt([...entries, ['colour', other]]) : other;
  const [key, inner] = chosen;
  if (how === 'drop') return rebuilt(entries.filter(([name]) => name !== key));
  const deeper = typeof inner === 'object' && inner !== null && at % 3 > 0;
  const replaced = deeper ? changed(inner, { at: Math.floor(at / 3), how, value: other }) : other;
  return rebuilt(entries.map(([name, item]) => [name, name === key ? replaced : item]));
}

const mutated = (value: Arbitrary<unknown>) =>
  fc
    .tuple(value, fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([given, changes]) => changes.reduce(changed, given));

/** A text with a piece of it replaced by another one. */
const mutatedText = (given: string) =>
  fc
    .tuple(fc.nat(given.length), fc.nat(20), fc.oneof(nasty, fc.string()))
    .map(([from, length, piece]) => given.slice(0, from) + piece + given.slice(from + length));

function payloadOf({ body }: Operation, material: Material): Arbitrary<string | Buffer | undefined> {
  const bytes = fc.uint8Array({ maxLength: 40 }).map((given) => Buffer.from(given));
  if (body === undefined)
    return fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: bytes });
  const { example } = body;
  if (typeof example === 'string')
    return fc.oneof(
      { weight: 2, arbitrary: fc.constant(example) },
      { weight: 4, arbitrary: mutatedText(example) },
      fc.string(),
      bytes,
    );
  const sound = fitting(body.schema, material);
  const json = fc.oneof(
    { weight: 3, arbitrary: fc.constant(example) },
    { weight: 5, arbitrary: sound },
    { weight: 3, arbitrary: mutated(fc.constant(example)) },
    { weight: 4, arbitrary: mutated(sound) },
    { weight: 1, arbitrary: fc.jsonValue() as Arbitrary<unknown> },
  );
  return fc.oneof(
    { weight: 18, arbitrary: json.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: mutatedText(JSON.stringify(example)) },
    { weight: 1, arbitrary: bytes },
  );
}

type Pair = readonly [string, string];

function queryOf(operation: Operation, material: Material): Arbitrary<Pair[]> {
  const known = parametersIn(operation, 'query');
  const examples = known.flatMap(({ name, example }) =>
    example === undefined ? [] : [example].flat().map((one): Pair => [name, String(one)]),
  );
  const pair = (name: string, value: Arbitrary<unknown>) =>
    value.map((one) => [one].flat().map((item): Pair => [name, String(item)]));
  const sound = known.map(({ name, schema }) => pair(name, fitting(schema, material)));
  const wrong = known.map(({ name }) => pair(name, nasty));
  const stray = fc.tuple(fc.string(), fc.string()).map((one): Pair[] => [one]);
  const some =
    sound.length === 0
      ? stray
      : fc.oneof(
          { weight: 12, arbitrary: fc.oneof(...sound) },
          { weight: 2, arbitrary: fc.oneof(...wrong) },
          { weight: 1, arbitrary: stray },
        );
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant<Pair[]>(examples) },
    { weight: known.length === 0 ? 0 : 6, arbitrary: fc.array(some, { maxLength: 3 }).map((pairs) => pairs.flat()) },
  );
}

const visible = fc.string({ unit: fc.constantFrom(...'aZ09"*,;=/ -_.'), maxLength: 30 });
const maybe = (value: Arbitrary<string>, freq = 3) => fc.option(value, { freq: freq - 1, nil: undefined });

function headersOf({ body, parameters }: Operation): Arbitrary<Record<string, string>> {
  const needsMatch = parameters.some(({ name }) => name === 'If-Match');
  const tags = fc.constantFrom('*', '"1"', '"2"', 'W/"1"', '"1", "2"', '"99"');
  const usual = body?.type;
  const types = fc.oneof(
    { weight: 40, arbitrary: fc.constant(usual) },
    fc.constantFrom('text/plain', 'application/json', 'text/csv', undefined),
  );
  return fc
    .record({
      'content-type': types,
      accept: fc.oneof(
        { weight: 40, arbitrary: fc.constant(undefined) },
        fc.constantFrom('*/*', 'application/json', 'text/csv', 'text/html'),
        visible,
      ),
      'accept-language': maybe(fc.oneof(fc.constantFrom('nl', 'en', 'fr, nl;q=0.5'), visible)),
      'if-match': needsMatch
        ? fc.oneof({ weight: 8, arbitrary: fc.constant('*') }, tags, visible)
        : fc.constant(undefined),
      'if-none-match': maybe(fc.oneof(tags, visible), 8),
      'idempotency-key': maybe(fc.oneof(fc.constantFrom('"a"', '"b"', 'c'), visible), 6),
      traceparent: maybe(fc.constantFrom('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'nonsense'), 8),
    })
    .map(
      (all) =>
        Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Record<string, string>,
    );
}

/** Requests to an operation: mostly such as the document allows, some of them broken somewhere. */
export function requestTo(operation: Operation, material: Material): Arbitrary<Request> {
  const { method, path } = operation;
  const stray = fc.oneof(nasty, fc.string()).filter((one) => !/^\.{0,2}$/.test(one));
  const known = parametersIn(operation, 'path');
  const examples = Object.fromEntries(known.map(({ name, example }) => [name, String(example)]));
  const mixed = known.map(({ name }) => [
    name,
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(examples[name]) },
      { weight: 10, arbitrary: fc.constantFrom(...material.ids) },
      { weight: 1, arbitrary: fc.uuid() },
      { weight: 1, arbitrary: stray },
    ),
  ]);
  const params = fc.oneof(
    fc.constant(examples),
    fc.record(Object.fromEntries(mixed) as Record<string, Arbitrary<string>>),
  );
  return fc.record({
    method: fc.constant(method),
    path: fc.constant(path),
    params,
    query: queryOf(operation, material),
    headers: headersOf(operation),
    payload: payloadOf(operation, material),
  });
}
