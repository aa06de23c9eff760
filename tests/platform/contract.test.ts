import { fastify } from 'fastify';
import t from 'tap';
import { z } from 'zod';
import { readEntityTags, readIdempotencyKey } from '../../src/platform/conditional.ts';
import { type AnyRoute, createRoutes, type RouteDefinition } from '../../src/platform/contract.ts';
import { Cursors } from '../../src/platform/page.ts';
import { Problem } from '../../src/platform/problem.ts';
import { readOrRefuse } from '../../src/platform/validation.ts';
import { type Sample, sampleApp, thing, thingExample, thingId } from '../helpers/sample-app.ts';

type Send = {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD';
  as?: string;
  headers?: Record<string, string>;
  body?: unknown;
};

const send = ({ app }: Sample, url: string, { method = 'GET', as = 'reader', headers = {}, body }: Send = {}) =>
  app.inject({
    method,
    url,
    headers: { ...(as !== '' && { authorization: `Bearer ${as}` }), ...headers },
    ...(body !== undefined && { payload: body as object }),
  });
const post = (sample: Sample, body: unknown, headers: Record<string, string> = {}) =>
  send(sample, '/v1/things', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const patch = (sample: Sample, ifMatch: string | undefined, body: unknown = { note: 'x' }) =>
  send(sample, `/v1/things/${thingId}`, {
    method: 'PATCH',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/merge-patch+json', ...(ifMatch !== undefined && { 'if-match': ifMatch }) },
  });
const faults = (response: { json(): { errors?: { in: string; location: string; code: string }[] } }) =>
  (response.json().errors ?? []).map(({ in: place, location, code }) => `${place} ${location} ${code}`).sort();

t.test('an answer is written by its schema: dates in UTC, null as null, unknown properties left out', async (t) => {
  const sample = await sampleApp({ check: true });
  sample.state.body = { ...thing({ owner: { id: thingId, name: 'x' } }), secret: 'no' };
  const response = await send(sample, `/v1/things/${thingId}`);
  t.equal(response.statusCode, 200);
  t.same(response.json(), { ...thingExample, owner: { id: thingId, name: 'x' } });
  t.equal(response.headers['content-type'], 'application/json; charset=utf-8');
  t.equal(response.headers.etag, '"3"');
  sample.state.body = undefined;
  t.same((await send(sample, `/v1/things/${thingId}`)).json().owner, null);
  const head = await send(sample, `/v1/things/${thingId}`, { method: 'HEAD' });
  t.equal(head.statusCode, 200);
  t.equal(head.body, '');
  t.equal(head.headers.etag, '"3"');
});

t.test('in tests an answer that does not fit its schema is an error of this side', async (t) => {
  const sample = await sampleApp({ check: true });
  for (const wrong of [{ name: null }, { count: 1.5 }, { owner: undefined }, { madeOn: 'today' }]) {
    sample.state.body = { ...thing(), ...wrong };
    t.equal((await send(sample, `/v1/things/${thingId}`)).statusCode, 500, JSON.stringify(wrong));
  }
});

t.test(
  'a request is admitted by token, scope and policy, in this order and before its body is looked at',
  async (t) => {
    const sample = await sampleApp();
    const none = await send(sample, '/v1/things', { as: '' });
    t.equal(none.statusCode, 401);
    t.equal(none.headers['www-authenticate'], 'Bearer realm="samendoen"');
    const wrong = await send(sample, '/v1/things', {
      as: 'nobody',
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
    });
    t.equal(wrong.statusCode, 401);
    t.equal(wrong.headers['www-authenticate'], 'Bearer realm="samendoen", error="invalid_token"');
    const bare = await send(sample, '/v1/things?nonsense=1', { as: 'bare' });
    t.equal(bare.json().code, 'insufficient_scope');
    t.match(bare.headers['www-authenticate'], 'error="insufficient_scope", scope="organisations:read"');
    const path = `/v1/things/${thingId}`;
    t.equal((await send(sample, path, { method: 'DELETE' })).json().code, 'administrator_required');
    t.equal((await send(sample, path, { method: 'DELETE', as: 'admin' })).statusCode, 204);
  },
);

t.test('a client that is over its limit gets 429, and others do not', async (t) => {
  const sample = await sampleApp({ quota: 2 });
  const first = await send(sample, '/v1/things');
  t.equal(first.headers['ratelimit-policy'], '"default";q=2;w=60');
  t.match(first.headers.ratelimit, /^"default";r=1;t=\d+$/);
  await send(sample, '/v1/things');
  const refused = await send(sample, '/v1/things');
  t.equal(refused.statusCode, 429);
  t.match(refused.headers['retry-after'], /^\d+$/);
  t.match(refused.headers.ratelimit, /r=0/);
  t.equal((await send(sample, '/v1/things', { as: 'other' })).statusCode, 200);
});

t.test('one answer names every fault of path, query, body and headers', async (t) => {
  const sample = await sampleApp();
  const body = { name: '', count: '5', extra: 'a\u0000', unknown: 1, parts: [{ size: 1 }, { size: 'x', more: 2 }] };
  t.same(faults(await post(sample, { ...body, extra: undefined })), [
    'body /count invalid_type',
    'body /name too_short',
    'body /parts/1/more unknown_property',
    'body /parts/1/size invalid_type',
    'body /unknown unknown_property',
  ]);
  t.same(faults(await post(sample, body)), ['body /extra invalid_characters']);
  t.same(faults(await send(sample, '/v1/things?limit=0&colour=green&a=1&b=2&shown=yes&weight=5x&since=2026-01-01')), [
    'query a unknown_property',
    'query b unknown_property',
    'query colour invalid_value',
    'query limit too_low',
    'query shown invalid_type',
    'query since invalid_format',
    'query weight invalid_type',
  ]);
  const patched = await send(sample, '/v1/things/nonsense?x=1', {
    method: 'PATCH',
    body: '{"name":5}',
    headers: { 'content-type': 'application/merge-patch+json', 'if-match': 'nonsense' },
  });
  t.equal(patched.statusCode, 400);
  t.same(faults(patched), [
    'body /name invalid_type',
    'header If-Match malformed_entity_tag',
    'path thingId invalid_format',
    'query x unknown_property',
  ]);
});

t.test('a fault in a union points to the leaf that was meant', async (t) => {
  const sample = await sampleApp();
  const about = async (fields: object) => faults(await post(sample, { name: 'a', ...fields }));
  t.same(await about({ way: { kind: 'by_day', day: 'x' } }), ['body /way/day invalid_format']);
  t.same(await about({ way: { kind: 'by_moon' } }), ['body /way/kind invalid_value']);
  t.same(await about({ way: {} }), ['body /way/kind required']);
  t.same(await about({ either: { 'a/b': 'x' } }), ['body /either/a~1b invalid_type']);
  t.same(await about({ either: 5 }), ['body /either invalid_union']);
  t.same(await about({ parts: [{}] }), ['body /parts/0/size required']);
  t.same(await about({ parts: [{ size: 1 }, { size: 1 }, { size: 1 }, { size: 1 }] }), ['body /parts too_many']);
});

t.test('values of a query are read strictly, and one value may stand for a list', async (t) => {
  const sample = await sampleApp();
  const query = async (text: string) => {
    const response = await send(sample, `/v1/things?${text}`);
    return response.statusCode === 200 ? (sample.state.given as Record<string, unknown>) : response.statusCode;
  };
  t.match(await query('limit=5&colour=red'), { limit: 5, colour: ['red'] });
  t.match(await query('colour=red&colour=blue&weight=-1.5&shown=false'), {
    colour: ['red', 'blue'],
    weight: -1.5,
    shown: false,
  });
  t.match(await query('since=2026-01-01T00:00:00%2B02:00'), { since: new Date('2025-12-31T22:00:00Z') });
  for (const text of [
    'limit=',
    'limit=5x',
    'limit=0x5',
    'limit=1e1',
    'limit=%205',
    'limit=5&limit=6',
    'limit=05',
    'shown=1',
    'shown=',
    'colour=red,blue',
    'constructor=1',
    '__proto__=1',
  ]) {
    t.equal(await query(text), 400, text);
  }
});

t.test('bodies that are no sound JSON, or hide what cannot be kept, are refused', async (t) => {
  const sample = await sampleApp();
  const code = async (body: string | Buffer) => faults(await post(sample, body)).join();
  t.equal(await code('{"name":'), 'body  malformed_json');
  t.equal(await code('{"name":"a","__proto__":{}}'), 'body  malformed_json');
  t.equal(await code('{"name":"a","constructor":{"prototype":{}}}'), 'body  malformed_json');
  t.equal(await code(Buffer.from([0x22, 0xff, 0x22])), 'body  not_utf8');
  t.equal(await code('{"name":"\\ud800"}'), 'body /name invalid_characters');
  t.equal(await code('{"name":"a","extra":{"\\u0000":1}}'), 'body /extra invalid_characters');
  t.equal(await code('null'), 'body  invalid_type');
  t.equal(await code(''), 'body  required');
  t.match(await code(`{"name":"a","extra":${'['.repeat(20_000)}${']'.repeat(20_000)}}`), 'too_deep');
  t.equal((await post(sample, '{"name":"\u00e9\ud83d\ude00","extra":[["x"]]}')).statusCode, 201);
  const tooLarge = await post(sample, `{"name":"${'x'.repeat(262_144)}"}`);
  t.equal(tooLarge.statusCode, 413);
  t.throws(() => readOrRefuse('body', z.string(), 5), Problem);
  t.equal(readOrRefuse('body', z.string(), 'x'), 'x');
});

t.test('only the media type of a route is read, and only those it has are given', async (t) => {
  const sample = await sampleApp();
  const path = `/v1/things/${thingId}`;
  const typed = (type: string | undefined, method: 'POST' | 'PATCH' | 'DELETE', url: string, body = '{"name":"a"}') =>
    send(sample, url, {
      method,
      body,
      as: 'admin',
      headers: { ...(type !== undefined && { 'content-type': type }), 'if-match': '"3"' },
    });
  for (const type of [
    undefined,
    'text/plain',
    'application/xml',
    'application/jsonx',
    'application/json; charset=latin1',
    'text/csv',
    'x',
  ]) {
    t.equal((await typed(type, 'POST', '/v1/things')).statusCode, 415, String(type));
  }
  for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset="UTF-8"']) {
    t.equal((await typed(type, 'POST', '/v1/things')).statusCode, 201, type);
  }
  const refused = await typed('application/json', 'PATCH', path);
  t.equal(refused.statusCode, 415);
  t.equal(refused.headers['accept-patch'], 'application/merge-patch+json');
  t.equal((await typed('application/json', 'DELETE', path)).json().code, 'body_not_expected');
  t.equal((await typed('text/csv', 'POST', `${path}/files`, 'a;b\n')).body, '{"length":4}');
  t.equal((await typed('text/csv', 'POST', `${path}/files`, 'x'.repeat(1001))).statusCode, 413);

  const accepting = (accept: string) => send(sample, path, { headers: { accept } });
  for (const accept of ['application/xml', 'text/html', 'application/json;q=0', 'image/*']) {
    const response = await accepting(accept);
    t.equal(response.statusCode, 406, accept);
    t.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8');
  }
  for (const accept of ['*/*', 'application/*', 'text/html, */*;q=0.1', 'application/json;q=0.5, text/csv;q=0.1']) {
    t.match((await accepting(accept)).headers['content-type'], 'application/json', accept);
  }
  const csv = await accepting('text/csv, application/json;q=0.9');
  t.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  t.equal(csv.body, 'name\nfirst\n');
  t.equal(csv.headers.etag, '"3-csv"', 'another representation has another tag');
  t.equal(csv.headers.vary, 'Accept');
});

t.test('a list is walked by its cursors, which belong to client and filter', async (t) => {
  const sample = await sampleApp({ check: true });
  const names: string[] = [];
  let url: string | undefined = '/v1/things?limit=2&colour=red';
  while (url !== undefined) {
    const response = await send(sample, url);
    const page = response.json() as { items: { name: string }[]; nextCursor: string | null };
    names.push(...page.items.map(({ name }) => name));
    const link = /^<https:\/\/node\.example([^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
    t.equal(link === undefined, page.nextCursor === null);
    url = link;
  }
  t.same(names, ['thing 0', 'thing 1', 'thing 2', 'thing 3', 'thing 4']);
  const { nextCursor } = (await send(sample, '/v1/things?limit=2&colour=red')).json();
  const cursor = encodeURIComponent(nextCursor);
  t.equal((await send(sample, `/v1/things?limit=3&colour=red&cursor=${cursor}`)).json().items.length, 3);
  t.equal((await send(sample, `/v1/things?limit=2&cursor=${cursor}`)).json().code, 'invalid_cursor');
  t.equal(
    (await send(sample, `/v1/things?colour=red&cursor=${cursor}`, { as: 'other' })).json().code,
    'invalid_cursor',
  );
  t.equal((await send(sample, '/v1/things?cursor=rubbish')).json().code, 'invalid_cursor');
});

t.test('a change needs the entity tag of the present version', async (t) => {
  const sample = await sampleApp({ check: true });
  t.equal((await patch(sample, undefined)).statusCode, 428);
  t.equal((await patch(sample, '"2"')).statusCode, 412);
  for (const stale of ['W/"3"', '"abc"', 'W/"1", W/"3"', '"3-csv"', '"03"'])
    t.equal((await patch(sample, stale)).statusCode, 412, stale);
  for (const malformed of ['3', '"3', 'W"3"', '', ',', '"3" x'])
    t.equal((await patch(sample, malformed)).statusCode, 400, malformed);
  const changed = await patch(sample, '"3"', { note: 'new' });
  t.equal(changed.headers.etag, '"4"');
  t.equal(changed.json().note, 'new');
  t.equal((await patch(sample, '"3", "4"')).headers.etag, '"5"', 'of several tags one must be present');
  t.equal((await patch(sample, '"1", "2"')).statusCode, 412);
  t.equal((await patch(sample, '*')).headers.etag, '"6"');
  sample.state.changeOnRead = 2;
  t.equal((await patch(sample, '*')).statusCode, 200, 'a change in between is looked at again');
  sample.state.changeOnRead = 3;
  t.equal((await patch(sample, '*')).statusCode, 412, 'but not for ever');
});

t.test('what the client has already is not sent again', async (t) => {
  const sample = await sampleApp();
  const ask = (tag: string) => send(sample, `/v1/things/${thingId}`, { headers: { 'if-none-match': tag } });
  for (const tag of ['"3"', 'W/"3"', '"1", "3"', '*']) {
    const response = await ask(tag);
    t.equal(response.statusCode, 304, tag);
    t.equal(response.body, '');
    t.equal(response.headers.etag, '"3"');
    t.equal(response.headers['api-version'], '1.2.3');
  }
  for (const tag of ['"2"', '3', '"3-csv"']) t.equal((await ask(tag)).statusCode, 200, tag);
});

t.test('a POST with a key is answered once, and again the same', async (t) => {
  const sample = await sampleApp({ check: true });
  const once = await post(sample, { name: 'a' }, { 'idempotency-key': '"key one"'.replace(' ', '-') });
  t.equal(once.statusCode, 201);
  t.equal(once.headers['idempotency-replayed'], undefined);
  const again = await post(sample, { name: 'a' }, { 'idempotency-key': 'key-one' });
  t.equal(again.statusCode, 201);
  t.equal(again.headers['idempotency-replayed'], 'true');
  t.equal(again.body, once.body);
  for (const name of ['etag', 'location', 'content-type']) t.equal(again.headers[name], once.headers[name]);
  t.equal(sample.state.calls, 1);
  t.equal((await post(sample, { name: 'b' }, { 'idempotency-key': 'key-one' })).statusCode, 422);
  const raced = await post(sample, { name: 'raced' }, { 'idempotency-key': 'key-two' });
  t.equal(raced.headers['idempotency-replayed'], 'true', 'a replay that the write found');
  t.equal(raced.headers.etag, '"9"');
  for (const key of ['""', 'a b', '"a', 'a,b', `"${'x'.repeat(256)}"`, 'é']) {
    t.equal(
      (await post(sample, { name: 'a' }, { 'idempotency-key': key })).json().code,
      'invalid_idempotency_key',
      key,
    );
  }
  t.match(sample.state.contexts[0], { operationId: 'createThing', idempotency: { key: 'key-one', status: 201 } });
});

t.test('the context of a write bears the trace that was given, or else the request', async (t) => {
  const sample = await sampleApp();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  await post(sample, { name: 'a' }, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
  await post(sample, { name: 'a' }, { traceparent: `ff-${trace}-b7ad6b7169203331-01` });
  const [given, own] = sample.state.contexts;
  t.equal(given?.traceId, trace);
  t.equal(own?.traceId, own?.requestId.replaceAll('-', ''));
});

t.test('entity tags and idempotency keys are read by their grammar', async (t) => {
  t.same(readEntityTags('"a,b" , W/"c"'), [
    { weak: false, tag: '"a,b"' },
    { weak: true, tag: '"c"' },
  ]);
  t.equal(readEntityTags(' * '), '*');
  t.equal(readIdempotencyKey('"a\\"b"'), 'a"b');
  t.equal(readIdempotencyKey('"a" '), 'a');
  t.equal(readIdempotencyKey('x'.repeat(256)), undefined);
});

t.test('a route that is not complete stops the start', async (t) => {
  const routes = createRoutes(fastify(), {
    authenticate: async () => Promise.reject(new Error()),
    cursors: new Cursors(Buffer.alloc(32)),
    baseUrl: '',
  });
  const sound = {
    method: 'GET',
    path: '/things',
    operationId: 'listThings',
    tag: 'things',
    summary: 'List',
    access: { scope: 'organisations:read', policy: 'caller' },
    answer: { status: 200, description: 'x', schema: z.string() },
    handler: async () => ({ body: 'x' }),
  };
  const add = (fields: object) => () => routes.add({ ...sound, ...fields } as unknown as RouteDefinition);
  t.throws(add({ access: undefined }), /names no access/);
  t.throws(add({ access: { public: ' ' } }), /why it is public/);
  t.throws(add({ access: { scope: 'everything:write', policy: 'rows' } }), /unknown scope/);
  t.throws(add({ access: { scope: 'organisations:read' } }), /names no policy/);
  t.throws(add({ path: '/things/{thingId}' }), /variables of its path/);
  t.throws(add({ params: z.strictObject({ thingId: z.string() }) }), /variables of its path/);
  t.throws(add({ ifMatch: true }), /If-Match/);
  t.throws(add({ answer: { ...sound.answer, page: true } }), /parameter cursor/);
  t.throws(add({ query: z.strictObject({ on: z.coerce.boolean() }) }), /z\.boolean/);
  add({})();
  t.throws(add({ path: '/others' }), /operationId that is taken/);
  t.same(
    routes.all().map(({ operationId }: AnyRoute) => operationId),
    ['listThings'],
  );
});
