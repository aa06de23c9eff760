import { z } from 'zod';

/** A JSON schema of OpenAPI 3.0. */
export type JsonSchema = {
  $ref?: string;
  type?: string;
  format?: string;
  pattern?: string;
  nullable?: boolean;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  [key: string]: unknown;
};

/** A schema with the named schemas that it refers to as `#/components/schemas/…`. */
export type NamedSchemas = { readonly schema: JsonSchema; readonly components: Readonly<Record<string, JsonSchema>> };

const prefix = '#/components/schemas/';
const dropped = new Set([
  '$schema',
  '$id',
  'id',
  '~standard',
  'definitions',
  '$defs',
  'contentMediaType',
  'contentEncoding',
]);

/** Schemas below these keys are kept by name, so that a property may bear the name of a keyword. */
const byName = new Set(['properties', 'patternProperties']);
/** Values below these keys are data, not schemas. */
const data = new Set(['example', 'examples', 'default', 'enum', 'const', 'required']);

function tidy(schema: JsonSchema): JsonSchema {
  const tidied: JsonSchema = {};
  for (const [key, value] of Object.entries(schema)) {
    if (dropped.has(key)) continue;
    if (key === '$ref') tidied.$ref = String(value).replace(/^#\/(?:definitions|\$defs)\//, prefix);
    else if (data.has(key)) tidied[key] = value;
    else if (byName.has(key)) tidied[key] = mapValues(value as Record<string, JsonSchema>, tidy);
    else tidied[key] = tidyValue(value);
  }
  return simplify(tidied);
}

const tidyValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(tidyValue);
  return typeof value === 'object' && value !== null ? tidy(value as JsonSchema) : value;
};

const mapValues = <T>(values: Record<string, T>, change: (value: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));

/** Leaves out what says nothing, and what breaks code generators. */
function simplify(schema: JsonSchema): JsonSchema {
  if (schema.format !== undefined) delete schema.pattern;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.nullable === true && schema.enum !== undefined && !schema.enum.includes(null))
    schema.enum = [...schema.enum, null];
  return mergeNull(schema);
}

const isNull = (schema: JsonSchema) => schema.type === 'null' || (schema.enum?.length === 1 && schema.enum[0] === null);

/** `anyOf` with null becomes `nullable`. */
function mergeNull(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (anyOf === undefined || !anyOf.some(isNull)) return schema;
  const others = anyOf.filter((option) => !isNull(option));
  const [only] = others;
  if (others.length !== 1 || only === undefined) return { ...rest, anyOf: others, nullable: true };
  return only.$ref === undefined ? { ...only, ...rest, nullable: true } : { ...rest, allOf: [only], nullable: true };
}

/**
 * The OpenAPI 3.0 schema of what crosses the wire: texts before decoding, also in answers. Schemas with `.meta({id})`
 * become references.
 */
export function namedSchemas(schema: z.ZodType): NamedSchemas {
  const raw = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const named = (raw.definitions ?? raw.$defs ?? {}) as Record<string, JsonSchema>;
  const components = mapValues(named, tidy);
  const nullables = new Map<string, JsonSchema>();
  const point = (given: JsonSchema): JsonSchema => nameNullables(given, components, nullables);
  return {
    schema: point(tidy(raw)),
    components: { ...mapValues(components, point), ...Object.fromEntries(nullables) },
  };
}

/**
 * OpenAPI 3.0 knows `nullable` only beside `type`: a named schema that may be null becomes a named schema of its own,
 * `Nullable…`.
 */
function nameNullables(
  schema: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  nullables: Map<string, JsonSchema>,
): JsonSchema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { nullable, ...rest } = value as JsonSchema;
    const name = rest.allOf?.length === 1 ? rest.allOf[0]?.$ref?.slice(prefix.length) : undefined;
    const pointed = Object.fromEntries(
      Object.entries(rest).map(([key, inner]) => [key, data.has(key) ? inner : walk(inner)]),
    );
    if (nullable === undefined) return pointed;
    if (nullable !== true || name === undefined) return { ...pointed, nullable };
    nullables.set(`Nullable${name}`, simplify({ ...(walk(components[name]) as JsonSchema), nullable: true }));
    return { ...pointed, allOf: [{ $ref: `${prefix}Nullable${name}` }] };
  };
  return walk(schema) as JsonSchema;
}

/** The same schema without references, for a serializer. */
export function inlineSchema(schema: z.ZodType): JsonSchema {
  const { schema: root, components } = namedSchemas(schema);
  const inline = (given: JsonSchema): JsonSchema => {
    const { $ref, allOf, ...own } = given;
    const rest: JsonSchema = {};
    for (const [key, value] of Object.entries(own)) rest[key] = inlineValue(key, value);
    if ($ref !== undefined) return { ...inline(components[$ref.slice(prefix.length)] ?? {}), ...rest };
    if (allOf === undefined) return rest;
    return allOf.length === 1 ? { ...inline(allOf[0] ?? {}), ...rest } : { ...rest, allOf: allOf.map(inline) };
  };
  const inlineValue = (key: string, value: unknown): unknown => {
    if (data.has(key) || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => inlineValue('', item));
    return byName.has(key) ? mapValues(value as Record<string, JsonSchema>, inline) : inline(value as JsonSchema);
  };
  return inline(root);
}

/** Named schemas of the document; a name that stands for two schemas is an error at start-up. */
export type SchemaBook = { readonly schemas: Record<string, JsonSchema>; add(name: string, schema: JsonSchema): void };

/** An empty book of named schemas. */
export function schemaBook(): SchemaBook {
  const schemas: Record<string, JsonSchema> = {};
  return {
    schemas,
    add: (name, schema) => {
      const known = schemas[name];
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
        throw new Error(`two schemas bear the name ${name}`);
      }
      schemas[name] = schema;
    },
  };
}
