import type { JsonSchema } from '../../src/platform/json-schema.ts';
import { type Document, follow } from './document.ts';

/** A schema with its reference followed, also where it stands alone in `allOf`. */
export function plain(document: Document, schema: JsonSchema): JsonSchema {
  const [only, ...others] = schema.allOf ?? [];
  if (only !== undefined && others.length === 0) return plain(document, only);
  return schema.$ref === undefined ? schema : plain(document, follow<JsonSchema>(document, schema));
}

const wrongByFormat: Readonly<Record<string, string>> = {
  uuid: 'nonsense',
  date: '2026-13-01',
  'date-time': 'yesterday',
};

/** A text that a parameter of this schema must refuse, and the code by which it does. */
export function wrongValue(document: Document, given: JsonSchema): { text: string; code: string } {
  const schema = plain(document, given);
  if (schema.type === 'array' && schema.items !== undefined) return wrongValue(document, schema.items);
  if (schema.enum !== undefined) return { text: 'nonsense', code: 'invalid_value' };
  if (schema.format !== undefined && schema.format in wrongByFormat)
    return { text: wrongByFormat[schema.format] ?? '', code: 'invalid_format' };
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean')
    return { text: '5x', code: 'invalid_type' };
  if (typeof schema.maxLength === 'number') return { text: 'x'.repeat(schema.maxLength + 1), code: 'too_long' };
  throw new Error(`every value fits ${JSON.stringify(schema)}`);
}

const samples: Readonly<Record<string, unknown>> = {
  uuid: '019b0000-0000-7000-8000-000000000001',
  date: '2098-01-01',
  'date-time': '2098-01-01T00:00:00Z',
  integer: 1,
  number: 1,
  boolean: true,
  string: 'x',
};

/** A value with every property of a schema in it: those of the example, and made ones where it has none. */
export function fullBody(document: Document, given: JsonSchema, example: unknown): unknown {
  const schema = plain(document, given);
  if (schema.type === 'object') {
    const known = (example ?? {}) as Record<string, unknown>;
    const properties = Object.entries(schema.properties ?? {});
    return {
      ...known,
      ...Object.fromEntries(properties.map(([key, one]) => [key, fullBody(document, one, known[key])])),
    };
  }
  if (schema.type === 'array') {
    const items = Array.isArray(example) && example.length > 0 ? example : [undefined];
    return items.map((item) => fullBody(document, schema.items ?? {}, item));
  }
  return example ?? schema.example ?? schema.enum?.[0] ?? samples[schema.format ?? ''] ?? samples[schema.type ?? ''];
}

/** A place within a value, with the schema that it has there. */
export type Place = { readonly path: readonly (string | number)[]; readonly schema: JsonSchema };

/** Every place of a value that its schema describes, the value itself first. */
export function placesIn(document: Document, given: JsonSchema, value: unknown, path: Place['path'] = []): Place[] {
  const schema = plain(document, given);
  const below = (key: string | number, inner: JsonSchema | undefined) =>
    inner === undefined
      ? []
      : placesIn(document, inner, (value as Record<string | number, unknown>)[key], [...path, key]);
  const here = { path, schema };
  if (Array.isArray(value)) return [here, ...value.flatMap((_, index) => below(index, schema.items))];
  if (typeof value !== 'object' || value === null) return [here];
  return [here, ...Object.keys(value).flatMap((key) => below(key, schema.properties?.[key]))];
}

/** The same value with another one at a place. */
export function withValue(value: unknown, [key, ...rest]: Place['path'], other: unknown): unknown {
  if (key === undefined) return other;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? withValue(item, rest, other) : item));
  const known = (value ?? {}) as Record<string, unknown>;
  return { ...known, [key]: withValue(known[key], rest, other) };
}

const valueAt = (value: unknown, path: Place['path']) =>
  path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);

/** A value of each format that no example has. */
const others: Record<string, string> = { date: '2097-01-01', uuid: '0197ffff-ffff-7fff-bfff-ffffffffffff' };

/** Another value in the place of this one; undefined where it is not known which would fit. */
function otherValue(schema: JsonSchema, value: unknown): unknown {
  if (schema.enum !== undefined) return schema.enum.find((one) => one !== value && value !== undefined);
  if (schema.type === 'string' && schema.format === undefined && schema.pattern === undefined)
    return `${value} and more`;
  return others[schema.format ?? ''];
}

/** Another body that fits the schema too: with one of its free texts, days, numbers or choices changed. */
export function otherBody(document: Document, body: { schema: JsonSchema; example: unknown }): string {
  if (typeof body.example === 'string') return `${body.example}x;y\r\n`;
  const places = placesIn(document, body.schema, body.example).reverse();
  const [key, integer] =
    Object.entries(plain(document, body.schema).properties ?? {}).find(([, schema]) => schema.type === 'integer') ?? [];
  const changes = places.map(({ path, schema }) => ({
    path,
    schema,
    other: otherValue(schema, valueAt(body.example, path)),
  }));
  const free = changes.find(({ schema, other }) => other !== undefined && schema.enum === undefined);
  if (free !== undefined) return JSON.stringify(withValue(body.example, free.path, free.other));
  if (key !== undefined) return JSON.stringify(withValue(body.example, [key], (integer?.minimum ?? 0) + 1));
  const choice = changes.find(({ other }) => other !== undefined);
  if (choice === undefined) throw new Error(`no other body fits ${JSON.stringify(body.schema)}`);
  return JSON.stringify(withValue(body.example, choice.path, choice.other));
}
