import type { z } from 'zod';
import { mediaOf } from './admission.ts';
import { type JsonSchema, namedSchemas, type SchemaBook } from './json-schema.ts';
import { responseName } from './openapi-shared.ts';
import { problems } from './problem-catalogue.ts';
import { type AnyRoute, bodyTypeOf } from './route.ts';

const headerRefs = (...names: (string | false)[]) =>
  Object.fromEntries(
    names.filter((name) => name !== false).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );

const parameterRef = (name: string) => ({ $ref: `#/components/parameters/${name}` });

/** Describes one route as an OpenAPI operation; the named schemas that it uses go into the book. */
export function operationOf(route: AnyRoute, book: SchemaBook): object {
  const { access } = route;
  const parameters = parametersOf(route, book);
  const body = requestBodyOf(route, book);
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...descriptionOf(route),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: body }),
    responses: responsesOf(route, book),
    security: 'public' in access ? [] : [{ oauth2: [access.scope] }],
    ...(!('public' in access) && { 'x-policy': access.policy }),
  };
}

const relayed =
  'Where this is kept at another node that is a peer, your decision is carried there in the name of your organisation, and what that node answers is given; a moment later it is seen here too.';

function descriptionOf(route: AnyRoute): { description?: string } {
  const texts = [route.description, route.relayed && relayed].filter((text) => text !== undefined);
  return texts.length === 0 ? {} : { description: texts.join(' ') };
}

function schemaOf(schema: z.ZodType, book: SchemaBook): JsonSchema {
  const named = namedSchemas(schema);
  for (const [name, component] of Object.entries(named.components)) book.add(name, component);
  return named.schema;
}

function parametersOf(route: AnyRoute, book: SchemaBook): object[] {
  const { params, query, examples } = route;
  const headerNames = [
    route.ifMatch === true && 'IfMatch',
    route.method === 'GET' && isConditional(route) && 'IfNoneMatch',
    route.answer.binary !== undefined && 'Range',
    route.answer.binary !== undefined && 'IfRange',
    route.method === 'POST' && route.idempotent !== false && !('public' in route.access) && 'IdempotencyKey',
  ].filter((name) => name !== false);
  return [
    ...fieldsOf('path', params, examples?.params, book),
    ...fieldsOf('query', query, examples?.query, book),
    ...headerNames.map(parameterRef),
    parameterRef('AcceptLanguage'),
  ];
}

function fieldsOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  examples: Readonly<Record<string, unknown>> | undefined,
  book: SchemaBook,
): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(schema, book);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    ...(rest.type === 'array' && { style: 'form', explode: true }),
    schema: rest,
    ...(examples !== undefined && Object.hasOwn(examples, name) && { example: examples[name] }),
  }));
}

function requestBodyOf(route: AnyRoute, book: SchemaBook): object | undefined {
  const type = bodyTypeOf(route);
  if (type === undefined || route.body === undefined) return undefined;
  const content = { schema: schemaOf(route.body, book), ...exampleOf(route.examples?.body) };
  return { required: true, content: { [type]: content } };
}

/** Whether If-None-Match is heeded. */
const isConditional = ({ answer }: AnyRoute) => answer.etag !== undefined || answer.binary !== undefined;

const exampleOf = (example: unknown) => (example === undefined ? {} : { example });

function responsesOf(route: AnyRoute, book: SchemaBook): object {
  const { answer } = route;
  const isPublic = 'public' in route.access;
  const conditional = route.method === 'GET' && isConditional(route);
  const responses: Record<string, object> = {
    [answer.status]: {
      description: answer.description,
      headers: headerRefs(
        'API-Version',
        isConditional(route) && 'ETag',
        (answer.status === 201 || answer.status === 202) && 'Location',
        answer.page === true && 'Link',
        (answer.filename !== undefined || answer.binary !== undefined) && 'Content-Disposition',
        ...binaryHeaders(answer.binary),
        'RateLimit-Policy',
        'RateLimit',
        route.method === 'POST' && !isPublic && route.idempotent !== false && 'Idempotency-Replayed',
      ),
      ...contentOf(route, book),
    },
  };
  if (answer.binary !== undefined) responses[206] = partOf(answer.binary);
  if (answer.accepted !== undefined) responses[202] = acceptedOf(answer.accepted, book);
  if (conditional) responses[304] = { description: 'Nothing changed.', headers: headerRefs('API-Version', 'ETag') };
  for (const status of problemStatuses(route))
    responses[status] = { $ref: `#/components/responses/${responseName(status)}` };
  return responses;
}

const binaryHeaders = (media: string | undefined) => (media === undefined ? [] : ['Accept-Ranges', 'Repr-Digest']);

const fileOf = (media: string) => ({ [media]: { schema: { type: 'string', format: 'binary' } } });

/** The answer to Range. */
const partOf = (media: string) => ({
  description: 'The part that Range asks for.',
  headers: headerRefs('API-Version', 'ETag', 'Content-Range', 'Content-Disposition', ...binaryHeaders(media)),
  content: fileOf(media),
});

/** The answer that tells where the progress of another is. */
const acceptedOf = ({ description, schema }: NonNullable<AnyRoute['answer']['accepted']>, book: SchemaBook) => ({
  description,
  headers: headerRefs('API-Version', 'Location', 'Retry-After', 'RateLimit-Policy', 'RateLimit'),
  content: { 'application/json': { schema: schemaOf(schema, book) } },
});

function contentOf(route: AnyRoute, book: SchemaBook): object {
  const { schema, binary } = route.answer;
  if (binary !== undefined) return { content: fileOf(binary) };
  if (schema === undefined) return {};
  const item = schemaOf(schema, book);
  const shown = route.answer.page === true ? pageOf(item, book, route.answer.endless === true) : item;
  const [json = 'application/json', ...others] = mediaOf(route);
  const content = {
    [json]: { schema: shown, ...exampleOf(route.examples?.answer) },
    ...Object.fromEntries(
      others.map((media) => [
        media,
        { schema: media === route.answer.batch ? { type: 'array', items: item } : { type: 'string' } },
      ]),
    ),
  };
  return { content };
}

function pageOf(item: JsonSchema, book: SchemaBook, endless: boolean): JsonSchema {
  const page: JsonSchema = {
    type: 'object',
    properties: {
      items: { type: 'array', items: item },
      nextCursor: {
        type: 'string',
        nullable: true,
        description: endless
          ? 'Give this as `cursor` to read on; there is always one.'
          : 'Give this as `cursor` for the next page; null on the last.',
      },
    },
    required: ['items', 'nextCursor'],
  };
  if (item.$ref === undefined) return page;
  const name = `${item.$ref.slice(item.$ref.lastIndexOf('/') + 1)}Page`;
  book.add(name, page);
  return { $ref: `#/components/schemas/${name}` };
}

/** The resources of which a node can have replicas. */
const replicated: ReadonlySet<string> = new Set([
  'organisations',
  'alliances',
  'knowledge-items',
  'initiatives',
  'commitments',
  'ownership',
  'professionals',
]);

/** Whether what a route changes can be kept at another node. */
function isElsewhere({ method, access }: AnyRoute): boolean {
  if (method === 'GET' || 'public' in access) return false;
  return replicated.has(access.scope.slice(0, access.scope.indexOf(':')));
}

/** The statuses of the problems that a route can answer, in order. */
function problemStatuses(route: AnyRoute): number[] {
  const protects = !('public' in route.access);
  const idempotent = route.method === 'POST' && protects && route.idempotent !== false;
  const when: [boolean, number[]][] = [
    // 415 also without a body of its own: one that is sent all the same is refused.
    [true, [400, 415, 429, 500, 503]],
    [protects, [401, 403]],
    [route.params !== undefined, [404, 414]],
    [route.answer.status !== 204, [406]],
    [idempotent, [409, 422]],
    [route.ifMatch === true, [412, 428]],
    [route.body !== undefined, [413]],
    [isElsewhere(route), [421]],
    [route.relayed !== undefined, [502, 504]],
    [route.answer.binary !== undefined, [416]],
    [true, (route.problems ?? []).map((code) => problems[code].status)],
  ];
  return [...new Set(when.flatMap(([applies, statuses]) => (applies ? statuses : [])))].sort();
}
