import type { FastifyInstance, InjectOptions } from 'fastify';
import { contractText } from '../../src/commands/contract-text.ts';
import type { JsonSchema } from '../../src/platform/json-schema.ts';

/** A parameter of an operation, with its references followed. */
export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: JsonSchema;
};
type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>;
/** A documented answer, with its references followed. */
export type Documented = { readonly headers?: Record<string, object>; readonly content?: Content };

/** An operation of the document, with its references followed. */
export type Operation = {
  readonly method: string;
  /** Below `/v1`, with `{variables}`. */
  readonly path: string;
  readonly operationId: string;
  /** The scope that it needs; undefined for a public one. */
  readonly scope: string | undefined;
  readonly policy: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly type: string; readonly schema: JsonSchema; readonly example: unknown } | undefined;
  readonly responses: Readonly<Record<string, Documented>>;
};

/** The OpenAPI document as it was written. */
export type Document = {
  readonly info: { readonly version: string };
  readonly paths: Record<string, Record<string, RawOperation>>;
  readonly components: {
    readonly schemas: Record<string, JsonSchema>;
    readonly responses: Record<string, Documented>;
  } & Record<string, Record<string, unknown>>;
};
type RawOperation = {
  operationId: string;
  'x-policy'?: string;
  security?: Record<string, string[]>[];
  parameters?: unknown[];
  requestBody?: { content: Content };
  responses: Record<string, unknown>;
};

/** The document of this version, as the routes write it. */
export const readDocument = async (): Promise<Document> => JSON.parse(await contractText()) as Document;

/** Follows `$ref`, once, where there is one. */
export function follow<T>(document: Document, value: unknown): T {
  const ref = (value as { $ref?: string }).$ref;
  if (ref === undefined) return value as T;
  const found = ref
    .slice(2)
    .split('/')
    .reduce<unknown>((place, step) => (place as Record<string, unknown>)?.[step], document);
  if (found === undefined) throw new Error(`${ref} is not in the document`);
  return found as T;
}

/** Every operation of a document. */
export function operationsOf(document: Document): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const [type, content] = Object.entries(raw.requestBody?.content ?? {})[0] ?? [];
      return {
        method: method.toUpperCase(),
        path,
        operationId: raw.operationId,
        scope: raw.security?.[0]?.oauth2?.[0],
        policy: raw['x-policy'],
        parameters: (raw.parameters ?? []).map((one) => follow<Parameter>(document, one)),
        body:
          type === undefined || content === undefined
            ? undefined
            : { type, schema: content.schema, example: content.example },
        responses: Object.fromEntries(
          Object.entries(raw.responses).map(([status, one]) => [status, follow<Documented>(document, one)]),
        ),
      };
    }),
  );
}

/** A request to an operation, in parts that a test can change. */
export type Request = {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  /** A query that is sent as it stands. */
  readonly search?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string | Buffer | undefined;
};

/** The names of the path, the query or the header parameters of an operation. */
export const parametersIn = ({ parameters }: Operation, place: Parameter['in']): Parameter[] =>
  parameters.filter((parameter) => parameter.in === place);

/** The text of a body: CSV as it is, anything else as JSON. */
export const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/**
 * The request that the examples of an operation make: it succeeds on the demo network. Throws where an example is
 * missing, so that no operation can be passed over.
 */
export function soundRequest(operation: Operation): Request {
  const { body, method, path, operationId } = operation;
  const valued = operation.parameters.flatMap((parameter) => {
    const value = parameter.example ?? parameter.schema.example;
    if (value === undefined && parameter.required) throw new Error(`${operationId}: no example of ${parameter.name}`);
    return value === undefined
      ? []
      : [{ name: parameter.name, place: parameter.in, values: [value].flat().map(String) }];
  });
  const at = (place: Parameter['in']) => valued.filter((one) => one.place === place);
  if (body !== undefined && body.example === undefined) throw new Error(`${operationId}: no example of its body`);
  return {
    method,
    path,
    params: Object.fromEntries(at('path').map(({ name, values }) => [name, values[0] ?? ''])),
    query: at('query').flatMap(({ name, values }) => values.map((value) => [name, value] as const)),
    headers: {
      ...Object.fromEntries(at('header').map(({ name, values }) => [name.toLowerCase(), values[0] ?? ''])),
      ...(body !== undefined && { 'content-type': body.type }),
    },
    ...(body !== undefined && { payload: textOf(body.example) }),
  };
}

/** A text as it can be sent: a lone surrogate has no bytes. */
const sendable = (text: string) => Buffer.from(text).toString();

/** The address of a request, with its path variables filled in and escaped. */
export function addressOf({ path, params, query, search }: Omit<Request, 'method' | 'headers' | 'payload'>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(sendable(params[name] ?? '')));
  const given = search ?? new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString();
  return `/v1${filled}${given === '' ? '' : `?${given}`}`;
}

/** What came back. */
export type Answered = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
};

/** Sends a request to an application without a socket. */
export function send(app: FastifyInstance, request: Request, token?: string): Promise<Answered> {
  const options = {
    method: request.method,
    url: addressOf(request),
    headers: {
      host: 'node.example',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...request.headers,
    },
    ...(request.payload !== undefined && { payload: request.payload }),
  };
  return app.inject(options as InjectOptions) as Promise<Answered>;
}
