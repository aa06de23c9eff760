import { randomBytes, randomUUID } from 'node:crypto';
import t from 'tap';
import { scopes } from '../../src/platform/caller.ts';
import { namedId } from '../../src/platform/id.ts';
import { contentsOf } from '../helpers/contents.ts';
import { type Answered, type Operation, parametersIn, type Request, send, soundRequest } from '../helpers/document.ts';
import { grow } from '../helpers/growth.ts';
import { registerParty } from '../helpers/parties.ts';
import { type Case, hold, openRules } from '../helpers/rules.ts';
import { fullBody, otherBody } from '../helpers/schemas.ts';

const rules = await openRules(t);
const { app, db, document, operations, judge, owner, token } = rules;
const otherAdministrator = await registerParty(rules, namedId('node organisation'), scopes, { administrator: true });

const has = (operation: Operation, name: string) =>
  operation.parameters.some((parameter) => parameter.in === 'header' && parameter.name === name);
const isList = (operation: Operation) => parametersIn(operation, 'query').some(({ name }) => name === 'cursor');
const withHeader = (request: Request, name: string, value: string | undefined): Request => {
  const { [name]: _, ...headers } = request.headers;
  return { ...request, headers: { ...headers, ...(value !== undefined && { [name]: value }) } };
};

/** An answer without the secret that is shown this once, which a repeated request does not bring back. */
const lasting = (body: string | undefined) =>
  body?.replace(/"(personalCode|secret|secretAddress)":(?:"[^"]+"|null)/, '"$1":-');

const succeeded = ({ statusCode }: Answered) => statusCode < 300;

async function cursorOf(operation: Operation): Promise<string> {
  const request = { ...soundRequest(operation), query: [['limit', '1']] as const };
  const { nextCursor } = JSON.parse((await send(app, request, token)).body) as { nextCursor: string | null };
  if (nextCursor === null) throw new Error(`${operation.operationId} has one page only`);
  return nextCursor;
}

/** The cursor with one character changed, at several places. */
const altered = (cursor: string) =>
  [0, 8, 16, 24, 40, cursor.length - 1].map((at) => {
    const other = cursor[at] === 'A' ? 'B' : 'A';
    return `${cursor.slice(0, at)}${other}${cursor.slice(at + 1)}`;
  });

t.test('a cursor opens for its own list, filter and client alone; any other text gets 400', async (t) => {
  const lists = operations.filter(isList);
  t.ok(lists.length >= 13, `${lists.length} lists`);
  for (const { operationId } of lists) for (const _ of [1, 2]) await grow(db, operationId);
  await hold(t, rules, async (operation) => {
    if (!isList(operation)) return [];
    const genuine = await cursorOf(operation);
    const others = lists.filter(({ operationId }) => operationId !== operation.operationId);
    const foreign = await Promise.all(others.slice(0, 3).map(cursorOf));
    const request = soundRequest(operation);
    const wrong = ['', 'nonsense', randomBytes(80).toString('base64url'), `${genuine}A`, genuine.slice(0, -1)];
    const ask = (cursor: string, more: Partial<Request> = {}, as = token): Case => ({
      request: { ...request, query: [['cursor', cursor]], ...more },
      token: as,
      status: 400,
      code: 'invalid_cursor',
      errors: ['query cursor invalid'],
    });
    const filter = parametersIn(operation, 'query').find(({ name }) => !['cursor', 'limit', 'relation'].includes(name));
    const value = filter === undefined ? [] : [fullBody(document, filter.schema, filter.example)].flat();
    const filtered =
      filter === undefined
        ? []
        : ([
            ['cursor', genuine],
            [filter.name, String(value[0])],
          ] as const);
    const elsewhere = Object.fromEntries(Object.keys(request.params).map((name) => [name, randomUUID()]));
    const page = await send(app, { ...request, query: [['cursor', genuine]] }, token);
    if (page.statusCode !== 200) throw new Error(`the genuine cursor of ${operation.operationId} does not open`);
    return [
      ...[...wrong, ...altered(genuine), ...foreign].map((cursor) => ask(cursor)),
      ask(genuine, {}, otherAdministrator.token),
      ...(filtered.length === 0 ? [] : [ask(genuine, { query: filtered })]),
      ...(Object.keys(elsewhere).length === 0 ? [] : [ask(genuine, { params: elsewhere })]),
    ];
  });
});

t.test('a change without If-Match gets 428, with a stale tag 412, with a malformed one 400', async (t) => {
  await hold(t, rules, (operation) => {
    if (!has(operation, 'If-Match')) return [];
    const request = soundRequest(operation);
    const tagged = (tag: string | undefined) => withHeader(request, 'if-match', tag);
    const stale = ['"999999"', '"0"', 'W/"1"', '"nonsense"', '"1-csv"', '"00", "7"'];
    const malformed = ['1', '"1', '"1" "2"', ''];
    return [
      { request: tagged(undefined), status: 428, code: 'precondition_required' },
      ...stale.map((tag) => ({ request: tagged(tag), status: 412, code: 'precondition_failed' })),
      ...malformed.map((tag) => ({
        request: tagged(tag),
        status: 400,
        code: 'invalid_input',
        errors: ['header If-Match malformed_entity_tag'],
      })),
    ];
  });
});

/** The tag of the resource that a change is about: that of the nearest address above it that gives one. */
async function presentTag({ path }: Operation, params: Request['params']): Promise<string> {
  const above = (other: Operation) => path.startsWith(other.path) && has(other, 'If-None-Match');
  const [reader] = operations.filter(above).sort((a, b) => b.path.length - a.path.length);
  if (reader === undefined) throw new Error(`nothing tells the version of ${path}`);
  return String((await send(app, { ...soundRequest(reader), params }, token)).headers.etag);
}

t.test('of changes that name the same version at once, one is done', async (t) => {
  for (const operation of operations.filter((one) => has(one, 'If-Match'))) {
    const sound = soundRequest(operation);
    const request = withHeader(sound, 'if-match', await presentTag(operation, sound.params));
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(app, request, token)));
    t.equal(answers.filter(succeeded).length, 1, operation.operationId);
    t.same(
      answers.flatMap((answered) => judge.faults(operation, answered)),
      [],
    );
    const refused = answers.filter(({ statusCode }) => statusCode === 412 || statusCode === 404);
    t.equal(refused.length, 7, 'the others are told that it changed, or is gone');
  }
});

t.test('what the client has already is answered 304, and anything else in full', async (t) => {
  const conditional = operations.filter((operation) => has(operation, 'If-None-Match'));
  t.ok(conditional.length >= 4);
  for (const operation of conditional) {
    const request = soundRequest(operation);
    const { etag } = (await send(app, request, token)).headers as { etag: string };
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const answered = await send(app, withHeader(request, 'if-none-match', tag), token);
      t.match(answered, { statusCode: 304, body: '', headers: { etag } }, `${operation.operationId} ${tag}`);
      t.same(judge.faults(operation, answered), []);
    }
    for (const tag of ['"other"', etag.replaceAll('"', ''), `${etag.slice(0, -1)}-csv"`])
      t.equal((await send(app, withHeader(request, 'if-none-match', tag), token)).statusCode, 200, tag);
  }
});

t.test('a POST with a key is done once however often it is sent, and a key stands for one request', async (t) => {
  const keyed = operations.filter((operation) => has(operation, 'Idempotency-Key'));
  t.ok(keyed.length >= 8, `${keyed.length} operations`);
  for (const operation of keyed) {
    const { operationId } = operation;
    const request = withHeader(soundRequest(operation), 'idempotency-key', `"${operationId}"`);
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(app, request, token)));
    t.same(
      answers.flatMap((answered) => judge.faults(operation, answered)),
      [],
      operationId,
    );
    t.equal(new Set(answers.filter(succeeded).map(({ body }) => lasting(body))).size, 1, 'one answer, so one effect');
    const waiting = answers.filter((answered) => !succeeded(answered)).map(({ body }) => JSON.parse(body).code);
    t.ok(waiting.every((code) => code === 'idempotency_in_flight'));

    const before = await contentsOf(owner);
    const [first] = answers.filter(succeeded);
    const again = await send(app, request, token);
    t.same(judge.faults(operation, again), []);
    t.equal(`${again.statusCode} ${lasting(again.body)}`, `${first?.statusCode} ${lasting(first?.body)}`);
    t.notMatch(again.body, /"(?:personalCode|secret|secretAddress)":"/, 'a secret is not shown again');
    t.equal(again.headers['idempotency-replayed'], 'true');
    for (const name of ['etag', 'location', 'content-type']) t.equal(again.headers[name], first?.headers[name], name);
    t.same(await contentsOf(owner), before, 'a repeated request stores nothing');
    const opened = await app.inject({
      url: String(again.headers.location),
      headers: { authorization: `Bearer ${token}` },
    });
    t.equal(opened.statusCode, 200, 'Location opens');
  }
  await t.test('another request with the key gets 422, and a malformed key 400', async (t) => {
    await hold(t, rules, (operation) => {
      if (!has(operation, 'Idempotency-Key') || operation.body === undefined) return [];
      const request = withHeader(soundRequest(operation), 'idempotency-key', `"${operation.operationId}"`);
      const payload = otherBody(document, operation.body);
      return [
        { request: { ...request, payload }, status: 422, code: 'idempotency_key_reused' },
        ...['""', 'a b', '"a', `"${'x'.repeat(256)}"`].map((key) => ({
          request: withHeader(request, 'idempotency-key', key),
          status: 400,
          code: 'invalid_idempotency_key',
        })),
      ];
    });
  });
});

t.test('a POST whose answer is a secret refuses a key', async (t) => {
  await hold(t, rules, (operation) => {
    if (operation.method !== 'POST' || has(operation, 'Idempotency-Key')) return [];
    const request = withHeader(soundRequest(operation), 'idempotency-key', '"key"');
    const errors = ['header Idempotency-Key not_for_secrets'];
    return [{ request, status: 400, code: 'invalid_input', errors }];
  });
});
