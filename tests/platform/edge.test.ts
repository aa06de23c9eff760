import { Writable } from 'node:stream';
import type { InjectOptions } from 'fastify';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { securityHeaders } from '../../src/platform/edge.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { exchange, sampleApp, thingId, version } from '../helpers/sample-app.ts';

type Answered = { statusCode: number; headers: Record<string, unknown>; body: string };

const headers = securityHeaders(version);

function assertProblem(t: Test, response: Answered, status: number, code: string, name: string): void {
  t.equal(response.statusCode, status, `${name}: ${response.body}`);
  t.match(response.headers, headers, `${name} bears every header`);
  t.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8', name);
  const problem = JSON.parse(response.body) as Record<string, unknown>;
  t.match(problem, { status, code, type: `https://node.example/problems/${code}`, title: /\w/, detail: /\w/ }, name);
  t.match(problem.instance, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7/, name);
}

/** Reads one raw response. */
function readRaw(text: string): Answered {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [line = '', ...lines] = head.split('\r\n');
  const fields = lines.map((one) => [
    one.slice(0, one.indexOf(':')).toLowerCase(),
    one.slice(one.indexOf(':') + 1).trim(),
  ]);
  return { statusCode: Number(line.split(' ')[1]), headers: Object.fromEntries(fields), body };
}

t.test('every answer bears the headers, and every refusal is a problem', async (t) => {
  const { app } = await sampleApp();
  const path = `/v1/things/${thingId}`;
  const authorization = 'Bearer reader';
  const cases: [number, string, InjectOptions][] = [
    [404, 'not_found', { url: '/nowhere' }],
    [404, 'not_found', { url: '/v1/things/', headers: { authorization } }],
    [404, 'not_found', { url: '/v1/things/?limit=1', headers: { authorization } }],
    [404, 'not_found', { url: '/v1/things//files', method: 'POST' }],
    [404, 'not_found', { url: '/problems/nonsense' }],
    [404, 'not_found', { url: '/v1/things/019b0000-0000-7000-8000-000000000002', headers: { authorization } }],
    [405, 'method_not_allowed', { url: '/v1/things', method: 'PUT' }],
    [405, 'method_not_allowed', { url: '/problems', method: 'POST' }],
    [400, 'malformed_request', { url: '/v1/things/%zz' }],
    [414, 'uri_too_long', { url: `/v1/things/${'x'.repeat(300)}`, headers: { authorization } }],
    [401, 'unauthenticated', { url: '/v1/things' }],
    [403, 'administrator_required', { url: path, method: 'DELETE', headers: { authorization } }],
    [406, 'not_acceptable', { url: path, headers: { authorization, accept: 'text/html' } }],
    [415, 'unsupported_media_type', { url: '/v1/things', method: 'POST', headers: { authorization }, payload: 'x' }],
    [400, 'invalid_input', { url: '/v1/things?x=1', headers: { authorization } }],
    [500, 'internal_error', { url: '/broken' }],
    [500, 'internal_error', { url: '/circular' }],
    [400, 'malformed_request', { url: '/v1/things', headers: { 'transfer-encoding': 'gzip, chunked' } }],
  ];
  for (const [status, code, request] of cases) {
    const response = await app.inject(request);
    assertProblem(t, response, status, code, JSON.stringify(request).slice(0, 80));
    t.notMatch(response.body, /geheim|at .*\.ts|Error/);
  }
  const fine = await app.inject({ url: '/v1/things', headers: { authorization } });
  t.match(fine.headers, headers);
  t.notOk(fine.headers.server ?? fine.headers['x-powered-by']);
});

t.test('an address tells its methods, also outside the version, without asking who calls', async (t) => {
  const { app } = await sampleApp({
    before: (app) => {
      app.get('/v1/openapi.json', async () => ({}));
      app.get('/docs/static/*', async () => '');
    },
  });
  const allow = async (method: 'OPTIONS' | 'PUT', url: string) => {
    const response = await app.inject({ method, url });
    t.equal(response.statusCode, method === 'OPTIONS' ? 204 : 405);
    t.match(response.headers, headers);
    return response.headers.allow;
  };
  t.equal(await allow('OPTIONS', '/v1/things'), 'GET, HEAD, POST, OPTIONS');
  t.equal(await allow('OPTIONS', `/v1/things/${thingId}?x=1`), 'GET, HEAD, PATCH, DELETE, OPTIONS');
  t.equal(await allow('PUT', '/v1/%74hings'), 'GET, HEAD, POST, OPTIONS');
  t.equal(await allow('PUT', '/docs/static/a/b.js'), 'GET, HEAD, OPTIONS');
  t.equal(await allow('PUT', '/problems/not_found'), 'GET, HEAD, OPTIONS');
  t.equal((await app.inject({ method: 'OPTIONS', url: '/nowhere' })).statusCode, 404);
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/v1/openapi.json',
    headers: { origin: 'https://a.example' },
  });
  t.equal(preflight.headers['access-control-allow-origin'], '*');
  t.notOk((await app.inject({ method: 'OPTIONS', url: '/v1/things' })).headers['access-control-allow-origin']);
});

t.test('errors are told in the language that is asked for', async (t) => {
  const { app } = await sampleApp();
  const response = await app.inject({ url: '/nowhere', headers: { 'accept-language': 'nl-NL, en;q=0.5' } });
  t.equal(response.json().title, 'Niet gevonden');
  t.equal(response.headers['content-language'], 'nl');
  t.equal((await app.inject({ url: '/nowhere' })).headers['content-language'], 'en');
});

t.test('the type of a problem opens a page that runs no script', async (t) => {
  const { app } = await sampleApp();
  const page = await app.inject({ url: '/problems/not_found', headers: { 'accept-language': 'nl' } });
  t.equal(page.statusCode, 200);
  t.match(page.headers, {
    ...headers,
    'content-security-policy': /^default-src 'none'; style-src 'sha256-.*frame-ancestors 'none'$/,
  });
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8');
  t.match(page.body, 'Niet gevonden');
  t.match((await app.inject({ url: '/problems' })).body, '/problems/not_found');
});

t.test('what is no HTTP, too large or ambiguous is refused on the socket with the same headers', async (t) => {
  const { app, url } = await sampleApp();
  const { port } = await url();
  t.teardown(() => app.close());
  const get = (...lines: string[]) =>
    `GET /v1/things HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}Connection: close\r\n\r\n`;
  const cases: [number, string, string][] = [
    [400, 'malformed_request', 'nonsense\r\n\r\n'],
    [400, 'malformed_request', get('Host: a', 'bad header: x')],
    [400, 'malformed_request', get('Host: a', 'Content-Length: 1', 'Content-Length: 2')],
    [400, 'malformed_request', get('Host: a', 'Content-Length: 1', 'Transfer-Encoding: chunked')],
    [400, 'malformed_request', get('Host: a', 'Host: b')],
    [400, 'malformed_request', get('Host:')],
    [400, 'malformed_request', get()],
    [400, 'malformed_request', get('Host: a', 'Transfer-Encoding: gzip')],
    [400, 'malformed_request', 'GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    [431, 'headers_too_large', get('Host: a', `X-Long: ${'x'.repeat(20_000)}`)],
    [405, 'method_not_allowed', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'],
    [405, 'method_not_allowed', 'TRACE /v1/things HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    [417, 'expectation_failed', get('Host: a', 'Expect: 200-maybe')],
    [401, 'unauthenticated', get('Host: a')],
  ];
  for (const [status, code, text] of cases) {
    assertProblem(t, readRaw(await exchange(port, text)), status, code, JSON.stringify(text).slice(0, 90));
  }
});

t.test('a request that does not arrive in time is answered with 408', async (t) => {
  const { app, url } = await sampleApp();
  app.server.headersTimeout = 100;
  app.server.requestTimeout = 100;
  const { port } = await url();
  t.teardown(() => app.close());
  const [head, body] = await Promise.all([
    exchange(port, 'GET /v1/things HTTP/1.1\r\nHost: a\r\n'),
    exchange(
      port,
      `POST /v1/things/${thingId}/files HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 100\r\n\r\nabc`,
    ),
  ]);
  assertProblem(t, readRaw(head), 408, 'request_timeout', 'headers');
  assertProblem(t, readRaw(body), 408, 'request_timeout', 'body');
});

t.test('a body that is larger than it may be is refused before it is read', async (t) => {
  const { app, url } = await sampleApp();
  const { port } = await url();
  t.teardown(() => app.close());
  const request = `POST /v1/things HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer reader\r\nContent-Type: application/json\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n{`;
  assertProblem(t, readRaw(await exchange(port, request)), 413, 'payload_too_large', 'announced');
  const chunks = `${'10000\r\n'}${'x'.repeat(65_536)}\r\n`.repeat(5);
  const chunked = `POST /v1/things HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer reader\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks}0\r\n\r\n`;
  assertProblem(t, readRaw(await exchange(port, chunked)), 413, 'payload_too_large', 'in chunks');
});

t.test('the log holds one line per request and no secret of it', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const stream = new Writable({
    write: (piece, _encoding, done) => {
      lines.push(JSON.parse(String(piece)));
      done();
    },
  });
  const { app } = await sampleApp({ log: pino({ level: 'info' }, stream) });
  await app.inject({
    url: `/v1/things/${thingId}?token=geheim`,
    headers: { authorization: 'Bearer reader', cookie: 'geheim' },
  });
  await app.inject({ url: '/broken' });
  t.equal(lines.filter(({ msg }) => msg === 'answered').length, 2);
  t.match(lines[0], {
    operationId: 'getThing',
    method: 'GET',
    route: '/v1/things/:thingId',
    status: 400,
    clientId: 'reader',
    traceId: /^[0-9a-f]{32}$/,
  });
  const failure = lines.find(({ level }) => level === 50) as { requestId: string; err: unknown };
  t.match(failure, { msg: 'internal_error', err: { chain: [{ type: 'Error', at: [/sample-app/] }] } });
  t.notMatch(JSON.stringify(lines), /geheim|Bearer/);
});

t.test('requests are counted by operation', async (t) => {
  let registry: ReturnType<typeof createMetrics> | undefined;
  const { app } = await sampleApp({
    before: (app) => {
      registry = createMetrics(app);
    },
  });
  await app.inject({ url: '/problems' });
  await app.inject({ url: '/nowhere' });
  const text = (await registry?.metrics()) ?? '';
  t.match(text, /http_requests_total\{operationId="\/problems",method="GET",status="200"\} 1/);
  t.match(text, /http_request_duration_seconds_count\{operationId="unknown",method="GET",status="404"\} 1/);
  t.match(text, 'process_cpu_seconds_total');
});
