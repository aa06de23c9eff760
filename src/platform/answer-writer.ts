import fastJson from 'fast-json-stringify';
import { z } from 'zod';
import { inlineSchema } from './json-schema.ts';
import type { AnyRoute } from './route.ts';

/** Writes a body as JSON. */
export type Stringify = (body: unknown) => string;

const compiled = new WeakMap<z.ZodType, Stringify>();

/** A page as it crosses the wire. */
export const pageSchema = (item: z.ZodType) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Compiles the serializer of a schema, once per schema: properties that the schema does not name cannot pass it. */
export function serializerOf(schema: z.ZodType, page: boolean): Stringify {
  const known = page ? undefined : compiled.get(schema);
  if (known !== undefined) return known;
  const stringify = fastJson(inlineSchema(page ? pageSchema(schema) : schema) as fastJson.AnySchema) as Stringify;
  if (!page) compiled.set(schema, stringify);
  return stringify;
}

/** The serializer of the items of a page alone, as an array. */
export const itemsSerializer = ({ answer: { schema } }: AnyRoute): Stringify | undefined =>
  schema === undefined ? undefined : serializerOf(z.array(schema), false);

/** The serializer of a route's answers; with `check`, an answer that does not fit its schema is an error. */
export function answerSerializer(route: AnyRoute, check: boolean): Stringify | undefined {
  const { schema, page = false } = route.answer;
  return schema === undefined ? undefined : checked(route, schema, { page, check });
}

/** The serializer of a schema, or of a page of it; with `check`, what does not fit it is an error. */
export function checked(
  { operationId }: Pick<AnyRoute, 'operationId'>,
  schema: z.ZodType,
  { page, check }: { page: boolean; check: boolean },
): Stringify {
  const stringify = serializerOf(schema, page);
  if (!check) return stringify;
  const wire = page ? pageSchema(schema) : schema;
  return (body) => {
    const text = stringify(body);
    // The body itself too: the serializer writes null for a text as "" and rounds numbers.
    for (const json of [JSON.stringify(body), text]) {
      const parsed = wire.safeParse(JSON.parse(json));
      if (!parsed.success)
        throw new Error(`the answer of ${operationId} does not fit its schema: ${parsed.error.message}`);
    }
    return text;
  };
}
