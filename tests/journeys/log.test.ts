import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { InjectOptions } from 'fastify';
import t from 'tap';
import { namedId } from '../../src/platform/id.ts';
import { createLog } from '../../src/platform/logging.ts';
import { loops, startWorker } from '../../src/worker.ts';
import { computingOf, testPool } from '../helpers/computing.ts';
import { testDatabase } from '../helpers/db.ts';
import {
  administratorSecret,
  administratorToken,
  fillDemo,
  testApp,
  testPeering,
  testReceipts,
  testSending,
} from '../helpers/demo.ts';
import {
  type Document,
  type Operation,
  operationsOf,
  parametersIn,
  type Request,
  readDocument,
  send,
  soundRequest,
} from '../helpers/document.ts';
import { assertionClaims, registerClient, sign, testKey } from '../helpers/oauth.ts';
import { exchange } from '../helpers/sample-app.ts';
import { fullBody, placesIn, withValue } from '../helpers/schemas.ts';

/** Words that are sent and must not be kept; each begins alike, so that one search finds them all. */
const beginning = `kanarie${randomBytes(8).toString('hex')}`;
let sent = 0;
const canary = () => `${beginning}x${sent++}`;

const lines: string[] = [];
const written = new EventEmitter();
const stream = new Writable({
  write: (piece, _encoding, done) => {
    lines.push(String(piece));
    written.emit('line');
    done();
  },
});
const log = createLog('trace', stream);

/** What statements, and the messages of a database, hold; names of functions stand in the places of an error. */
const statement =
  /\bselect\b.*\bfrom\b|insert into|update "|delete from|\bwhere\b|returning "|\$\d|::\w|current_date|does not exist|violates/i;

const found = (words: readonly string[]) => lines.filter((line) => words.some((word) => line.includes(word)));

/** Requests to an operation, each with words in one of the places that takes some. */
function worded(document: Document, operation: Operation): Request[] {
  const request = soundRequest(operation);
  const { headers, params } = request;
  const named = (place: 'path' | 'query') => parametersIn(operation, place).map(({ name }) => name);
  const headerNames = ['accept', 'accept-language', 'if-match', 'if-none-match', 'idempotency-key', 'traceparent'];
  return [
    ...named('path').map((name) => ({ ...request, params: { ...params, [name]: canary() } })),
    ...named('query').map((name) => ({ ...request, query: [[name, canary()] as const] })),
    { ...request, query: [[canary(), canary()]] },
    ...[...headerNames, 'content-type'].map((name) => ({ ...request, headers: { ...headers, [name]: canary() } })),
    ...wordedBodies(document, operation).map((payload) => ({ ...request, payload })),
  ];
}

function wordedBodies(document: Document, { body }: Operation): string[] {
  if (body === undefined) return [];
  const malformed = [`{"${canary()}":`, `"${canary()}"`, canary(), `{"a":"${canary()}\0"}`];
  if (body.type === 'text/csv') return [...malformed, `key,name,kind\n${canary()},${canary()},other\n`];
  const full = fullBody(document, body.schema, body.example);
  const texts = placesIn(document, body.schema, full).filter(({ schema }) => schema.type === 'string');
  return [...malformed, ...texts.map(({ path }) => JSON.stringify(withValue(full, path, canary())))];
}

t.test('a whole run at the level of traces writes no secret, no word of a request and no statement', async (t) => {
  const database = await testDatabase(t);
  await fillDemo(database);
  const app = await testApp(t, database, {}, { log });
  const jobs = loops({
    ...{ db: database.db, receipts: await testReceipts(database.db), log },
    ...{ computing: computingOf(database.db), pool: testPool() },
    sending: testSending(t, { log }),
    peering: await testPeering(database.db),
  });
  const worker = startWorker(jobs, log, () => undefined);
  t.teardown(() => worker.stop());
  const document = await readDocument();
  const token = await administratorToken(app);
  const key = await testKey('ES256');
  const { clientId } = await registerClient(database, namedId('organisation lindeveen'), [key.jwk]);
  const assertion = await sign(key, assertionClaims(clientId));
  const secrets = [
    beginning,
    administratorSecret,
    token,
    assertion,
    ...token.split('.'),
    ...assertion.split('.').slice(1),
  ];
  let requests = 1;

  const form = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    requests += 1;
    const response = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      payload: new URLSearchParams(fields).toString(),
    });
    return response.json() as Record<string, string>;
  };
  const ask = async (request: Request, as: string | undefined = token) => {
    requests += 1;
    return send(app, request, as);
  };

  await t.test('tokens are asked for by everything that could prove something', async (t) => {
    const asked = { grant_type: 'client_credentials' };
    const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const byAssertion = { ...asked, client_assertion_type: assertionType };
    const granted = await form({ ...byAssertion, client_assertion: assertion });
    t.ok(granted.access_token);
    secrets.push(String(granted.access_token));
    const posted = await form({ ...asked, client_id: 'administrator', client_secret: administratorSecret });
    t.ok(posted.access_token);
    secrets.push(String(posted.access_token));
    const wrong = [
      { ...byAssertion, client_assertion: assertion },
      { ...byAssertion, client_assertion: canary() },
      { ...byAssertion, client_assertion: `${assertion.slice(0, -4)}${canary()}` },
      { ...asked, client_id: 'administrator', client_secret: canary() },
      { ...asked, client_id: canary(), client_secret: canary() },
      { grant_type: canary(), scope: canary() },
    ];
    for (const fields of wrong) t.match(await form(fields), { error: /\w/ });
    await form(asked, { authorization: `Basic ${Buffer.from(`administrator:${canary()}`).toString('base64')}` });
    await form(asked, { authorization: `Basic ${canary()}` });
  });

  await t.test('every operation is called, soundly and with words in every place that takes one', async (t) => {
    for (const operation of operationsOf(document)) {
      const request = soundRequest(operation);
      const headers = { ...request.headers, cookie: canary(), 'user-agent': canary(), 'x-forwarded-for': canary() };
      t.ok((await ask({ ...request, headers })).statusCode < 500, operation.operationId);
      await ask(request, canary());
      for (const one of worded(document, operation)) await ask(one);
    }
    t.ok(sent > 500, `${sent} words were sent`);
  });

  await t.test('addresses that are none, and messages that are no HTTP', async (t) => {
    for (const url of [
      `/${canary()}`,
      `/v1/${canary()}?x=${canary()}`,
      `/v1/%zz${canary()}`,
      `/v1/alliances/${canary().repeat(9)}`,
      `/problems/${canary()}`,
    ]) {
      requests += 1;
      t.ok(
        (await app.inject({ url, headers: { authorization: `Bearer ${canary()}` } } as InjectOptions)).statusCode >=
          400,
      );
    }
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = app.server.address() as AddressInfo;
    t.match(await exchange(port, `${canary()}\r\n\r\n`), /^HTTP\/1\.1 400/);
    const refused = `GET /v1/node?x=${canary()} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${canary()}\r\nContent-Length: x\r\n\r\n`;
    t.match(await exchange(port, refused), /^HTTP\/1\.1 400/);
  });

  await t.test('faults of the database, of the client and of the work in the background', async (t) => {
    await database.owner`alter table organisations rename column name to gone`;
    const broken = operationsOf(document).filter(({ operationId }) =>
      /^(list|get|create)Organisation(?!Move)/.test(operationId),
    );
    for (const operation of broken) {
      const name = parametersIn(operation, 'query').some(({ name }) => name === 'name')
        ? [['name', canary()] as const]
        : [];
      const { statusCode, body } = await ask({ ...soundRequest(operation), query: name });
      t.equal(statusCode, 500, operation.operationId);
      t.notMatch(body, statement);
      t.notMatch(body, beginning);
    }
    await ask({
      ...soundRequest(operationsOf(document).find(({ operationId }) => operationId === 'createImport') as never),
      payload: `key,name,kind\n1,${canary()},other\n`,
    });
    // The background loop meets the same fault, and tells of it.
    while (!lines.some((line) => line.includes('"loop":"imports"'))) await once(written, 'line');
  });

  t.equal(lines.filter((line) => line.includes('"msg":"answered"')).length, requests, 'one line per request');
  const failures = lines.filter((line) => line.includes('"sqlState":"42703"'));
  t.ok(failures.length >= 3, 'the faults of the database were logged');
  t.same(found(secrets), [], 'nothing that was sent is kept');
  t.same(
    lines.filter((line) => statement.test(line)),
    [],
    'nor a statement of the database',
  );
  log.info({ planted: canary(), sql: 'select * from "organisations" where name = $1' });
  t.equal(found([beginning]).length, 1, 'the search sees a planted word');
  t.equal(lines.filter((line) => statement.test(line)).length, 1, 'and a planted statement');
});
