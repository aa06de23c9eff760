import t from 'tap';
import { z } from 'zod';
import { inlineSchema, namedSchemas } from '../../src/platform/json-schema.ts';
import { openapiDocument } from '../../src/platform/openapi.ts';
import { Id, Moment, Reference } from '../../src/platform/schemas.ts';
import { baseUrl, sampleApp, thingId, version } from '../helpers/sample-app.ts';

type Node = { [key: string]: Node };

const document = async () => {
  const { routes } = await sampleApp();
  return JSON.parse(JSON.stringify(openapiDocument(routes, { version, baseUrl, tags: { things: 'Things.' } }))) as Node;
};
const at = (node: Node | undefined, ...path: string[]): Node | undefined =>
  path.reduce((inner, key) => inner?.[key], node);
const follow = (root: Node, ref: string) => at(root, ...ref.replace('#/', '').split('/'));

function* refsOf(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref') yield value as string;
    else yield* refsOf(value);
  }
}

t.test('every route is an operation with its access, its answers and its version header', async (t) => {
  const doc = await document();
  t.equal(doc.openapi as unknown, '3.0.3');
  t.equal(at(doc, 'info', 'version') as unknown, version);
  t.same(doc.servers, [{ url: `${baseUrl}/v1` }]);
  t.same(doc.tags, [{ name: 'things', description: 'Things.' }]);
  const { routes } = await sampleApp();
  t.ok(routes.all().length >= 6);
  for (const route of routes.all()) {
    const operation = at(doc, 'paths', route.path, route.method.toLowerCase());
    t.equal(operation?.operationId as unknown, route.operationId);
    t.same(operation?.security, 'public' in route.access ? [] : [{ oauth2: [route.access.scope] }]);
    for (const [status, response] of Object.entries(operation?.responses ?? {})) {
      const ref = response.$ref as unknown as string | undefined;
      const whole = ref === undefined ? response : follow(doc, ref);
      t.ok(at(whole, 'headers', 'API-Version'), `${route.operationId} ${status}`);
      if (Number(status) >= 400) t.ok(at(whole, 'content', 'application/problem+json', 'schema'));
    }
  }
});

t.test('an operation documents the problems that it can answer', async (t) => {
  const doc = await document();
  const statuses = (path: string, method: string) =>
    Object.keys(at(doc, 'paths', path, method, 'responses') ?? {}).join(' ');
  t.equal(statuses('/things', 'get'), '200 400 401 403 406 415 429 500 503');
  t.equal(statuses('/things', 'post'), '201 400 401 403 406 409 413 415 421 422 429 500 503');
  t.equal(statuses('/things/{thingId}', 'get'), '200 304 400 401 403 404 406 414 415 429 500 503');
  t.equal(statuses('/things/{thingId}', 'patch'), '200 400 401 403 404 406 412 413 414 415 421 428 429 500 503');
  t.equal(statuses('/things/{thingId}', 'delete'), '204 400 401 403 404 414 415 421 429 500 503');
  t.equal(statuses('/things/{thingId}/files', 'post'), '202 400 404 406 413 414 415 429 500 503');
});

t.test('every reference leads somewhere', async (t) => {
  const doc = await document();
  const refs = [...refsOf(doc)];
  t.ok(refs.length > 50);
  t.same(
    refs.filter((ref) => follow(doc, ref) === undefined),
    [],
  );
});

t.test('schemas are named once, formats bear no patterns, and null is said beside a type', async (t) => {
  const doc = await document();
  const schemas = at(doc, 'components', 'schemas') ?? {};
  t.same(Object.keys(schemas), [
    'NewThing',
    'NullableReference',
    'Reference',
    'Thing',
    'ThingChange',
    'ThingPage',
    'Fault',
    'Problem',
  ]);
  const { properties, required } = schemas.Thing as unknown as { properties: Node; required: string[] };
  t.same(properties.madeAt, { type: 'string', format: 'date-time' });
  t.same(properties.madeOn, { type: 'string', format: 'date' });
  t.same(properties.id, { type: 'string', format: 'uuid' });
  t.same(properties.count, { type: 'integer' });
  t.same(properties.note, { type: 'string', nullable: true });
  t.same(properties.owner, {
    description: 'Who owns it.',
    allOf: [{ $ref: '#/components/schemas/NullableReference' }],
  });
  t.equal(required.length, 7);
  t.equal(at(schemas, 'NewThing', 'additionalProperties') as unknown, false);
  t.same(at(schemas, 'NewThing', 'required'), ['name']);
  t.notMatch(JSON.stringify(doc), /"pattern"|9007199254740991|"\$schema"/);
});

t.test('parameters, bodies and answers have their examples', async (t) => {
  const doc = await document();
  const list = at(doc, 'paths', '/things', 'get', 'parameters') as unknown as {
    name: string;
    example?: unknown;
    explode?: boolean;
    schema: Node;
  }[];
  const named = (name: string) => list.find((parameter) => parameter.name === name);
  t.equal(named('limit')?.example, 2);
  t.match(named('limit')?.schema, { type: 'integer', default: 50 });
  t.same(named('colour')?.example, ['red']);
  t.equal(named('colour')?.explode, true);
  const get = at(doc, 'paths', '/things/{thingId}', 'get');
  t.match(get?.parameters, [{ name: 'thingId', in: 'path', required: true, example: thingId }]);
  t.ok(at(get, 'responses', '200', 'content', 'text/csv'));
  t.ok(at(get, 'responses', '200', 'content', 'application/json', 'example'));
  const patch = at(doc, 'paths', '/things/{thingId}', 'patch', 'requestBody', 'content');
  t.same(Object.keys(patch ?? {}), ['application/merge-patch+json']);
});

t.test('a name that stands for two schemas is an error', async (t) => {
  const { routes } = await sampleApp();
  const other = {
    ...routes.all()[0],
    path: '/others',
    operationId: 'listOthers',
    query: undefined,
    answer: { status: 200, description: 'x', schema: z.object({ a: z.string() }).meta({ id: 'Thing' }) },
  };
  const both = { ...routes, all: () => [...routes.all(), other as never] };
  t.throws(() => openapiDocument(both, { version, baseUrl }), /two schemas|Duplicate schema id/);
});

t.test('a schema is inlined for its serializer, with null where it may stand', async (t) => {
  const schema = z.object({
    owner: Reference.nullable(),
    at: Moment.nullable(),
    either: z.union([z.string(), z.null()]),
    default: Id.optional(),
  });
  t.same(inlineSchema(schema).properties, {
    owner: {
      type: 'object',
      properties: { id: { type: 'string', format: 'uuid' }, name: { type: 'string' } },
      required: ['id', 'name'],
      nullable: true,
    },
    at: { type: 'string', format: 'date-time', nullable: true },
    either: { type: 'string', nullable: true },
    default: { type: 'string', format: 'uuid' },
  });
  t.same(namedSchemas(z.enum(['a']).nullable()).schema, { type: 'string', enum: ['a', null], nullable: true });
});
