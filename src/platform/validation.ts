import type { z } from 'zod';
import { characterFaults, hasOnlyText } from './characters.ts';
import { issueFaults } from './issues.ts';
import { type Fault, invalid } from './problem.ts';

type Place = 'body' | 'query' | 'path';

/** Turns the texts of a query or a path into what their schema expects; made once per route. */
export type Coercion = (given: Record<string, unknown>) => Record<string, unknown>;

type Kind = 'number' | 'boolean' | 'text';
type Definition = {
  readonly type: string;
  readonly coerce?: boolean;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly options?: readonly z.ZodType[];
};

const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;
const wrappers = new Set(['optional', 'nullable', 'default', 'prefault', 'readonly', 'catch', 'nonoptional']);

function unwrap(schema: z.ZodType): Definition {
  let definition = definitionOf(schema);
  for (;;) {
    const inner = wrappers.has(definition.type)
      ? definition.innerType
      : definition.type === 'pipe'
        ? definition.in
        : undefined;
    if (inner === undefined) return definition;
    definition = definitionOf(inner);
  }
}

function kindOf(schema: z.ZodType): Kind {
  const definition = unwrap(schema);
  if (definition.type === 'number' || definition.type === 'int') return 'number';
  if (definition.type === 'boolean') {
    if (definition.coerce === true) throw new Error('z.coerce.boolean takes every text for true; use z.boolean()');
    return 'boolean';
  }
  if (definition.type === 'literal' && definition.values?.every((value) => typeof value === 'number')) return 'number';
  if (definition.type === 'union') {
    const kinds = new Set((definition.options ?? []).map(kindOf));
    if (kinds.size === 1) return [...kinds][0] as Kind;
  }
  return 'text';
}

type Field = { readonly kind: Kind; readonly list: boolean };

const numeric = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

function readText(kind: Kind, text: unknown): unknown {
  if (typeof text !== 'string') return text;
  // Not-a-number is refused by every schema of a number, also by a coercing one.
  if (kind === 'number') return numeric.test(text) ? Number(text) : Number.NaN;
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

/** Prepares the reading of texts by a schema: strict numbers and booleans, one value where a list may be given. */
export function coercionFor(schema: z.ZodObject): Coercion | undefined {
  const fields = new Map<string, Field>();
  for (const [key, field] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const definition = unwrap(field);
    const list = definition.type === 'array';
    const kind = kindOf(list ? (definition.element as z.ZodType) : field);
    if (list || kind !== 'text') fields.set(key, { kind, list });
  }
  if (fields.size === 0) return undefined;
  return (given) => {
    const read: Record<string, unknown> = Object.assign(Object.create(null), given);
    for (const [key, field] of fields) if (given[key] !== undefined) read[key] = readField(field, given[key]);
    return read;
  };
}

function readField({ kind, list }: Field, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => readText(kind, item));
  return list ? [readText(kind, value)] : readText(kind, value);
}

/** Reads one part of a request by its schema; faults are added to `faults`, and then the answer means nothing. */
export function readPart(place: Place, schema: z.ZodType, given: unknown, faults: Fault[]): unknown {
  if (!hasOnlyText(given)) {
    faults.push(...characterFaults(place, given));
    return undefined;
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  faults.push(...issueFaults(place, parsed.error.issues, given));
  return undefined;
}

/** Reads a value by a schema outside a route, such as a form. Throws invalid_input with every fault. */
export function readOrRefuse<S extends z.ZodType>(place: Place, schema: S, given: unknown): z.output<S> {
  const faults: Fault[] = [];
  const value = readPart(place, schema, given, faults);
  if (faults.length > 0) throw invalid(faults);
  return value as z.output<S>;
}
