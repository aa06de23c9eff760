import type { AddressInfo } from 'node:net';
import t from 'tap';
import { testApp } from '../helpers/demo.ts';
import { addressOf, parametersIn, send, soundRequest } from '../helpers/document.ts';
import { hold, openRules } from '../helpers/rules.ts';
import { exchange } from '../helpers/sample-app.ts';

const rules = await openRules(t);
const { app, operations, token } = rules;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'];

/** The methods that the document gives to a path, as Allow tells them. */
function allowed(path: string): string {
  const known = new Set(operations.filter((operation) => operation.path === path).map(({ method }) => method));
  if (known.has('GET')) known.add('HEAD');
  return ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    .filter((method) => method === 'OPTIONS' || known.has(method))
    .join(', ');
}

t.test('a part of the path that is longer than any identifier gets 414', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    return parametersIn(operation, 'path').map(({ name }) => ({
      request: { ...request, params: { ...request.params, [name]: 'x'.repeat(300) } },
      status: 414,
      code: 'uri_too_long',
    }));
  });
});

t.test('an address that ends in a slash is not there, and is not redirected', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    const slashed = { ...request, path: `${request.path}/` };
    const header = ['location', undefined] as const;
    return [token, null].map((token) => ({
      request: slashed,
      token,
      status: 404,
      code: 'not_found',
      header,
      stray: true as const,
    }));
  });
});

t.test('a method that the path does not know gets 405 with those it knows, whoever asks', async (t) => {
  await hold(t, rules, (operation) => {
    const { path } = operation;
    const request = soundRequest(operation);
    const known = allowed(path).split(', ');
    return methods
      .filter((method) => !known.includes(method))
      .flatMap((method) =>
        [token, null].map((token) => ({
          request: { ...request, method, headers: {}, payload: undefined },
          token,
          status: 405,
          code: 'method_not_allowed',
          header: ['allow', allowed(path)] as const,
          stray: true as const,
        })),
      );
  });
});

t.test('OPTIONS tells the methods of every path, and HEAD answers as GET does, without a body', async (t) => {
  for (const operation of operations) {
    const request = soundRequest(operation);
    const options = await app.inject({ method: 'OPTIONS', url: addressOf(request) });
    t.equal(`${options.statusCode} ${options.headers.allow}`, `204 ${allowed(operation.path)}`, operation.path);
    if (operation.method !== 'GET') continue;
    const [get, head] = [await send(app, request, token), await send(app, { ...request, method: 'HEAD' }, token)];
    t.equal(`${head.statusCode} ${head.body}`, `${get.statusCode} `, operation.operationId);
    for (const name of ['content-type', 'etag', 'api-version', 'cache-control'])
      t.equal(head.headers[name], get.headers[name]);
  }
});

t.test('a query that cannot be read is refused, and so is a key that is given twice', async (t) => {
  await hold(t, rules, (operation) => {
    const request = soundRequest(operation);
    const keys = parametersIn(operation, 'query').filter(({ schema }) => schema.type !== 'array');
    const twice = keys.map(({ name, example }) => ({
      request: {
        ...request,
        query: [
          [name, String(example ?? 5)],
          [name, String(example ?? 5)],
        ] as const,
      },
      status: 400,
      code: 'invalid_input',
    }));
    const unreadable = ['%zz', '%', 'name=%ED%A0%80', 'limit=1&region=%ff', '%E0%A4%A=1'].map((search) => ({
      request: { ...request, query: [], search },
      status: 400,
      code: 'malformed_request',
    }));
    return [...twice, ...unreadable];
  });
});

t.test('a request that names the whole address is answered as one that names its path', async (t) => {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const ask = (target: string, method = 'GET') =>
    exchange(
      port,
      `${method} ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
    );
  t.match(await ask('http://a/v1/node'), /^HTTP\/1\.1 200 /);
  t.match(
    await ask('https://node.example/v1/organisations?limit=1'),
    /\r\nlink: <https:\/\/node\.example\/v1\/organisations\?limit=1&cursor=/,
  );
  t.match(await ask('http://a/v1/node', 'PUT'), /^HTTP\/1\.1 405 .*\r\nallow: GET, HEAD, OPTIONS\r\n/s);
  t.match(await ask('http://a/v1/node/'), /^HTTP\/1\.1 404 /);
  t.match(await ask('http://a//v1/node'), /^HTTP\/1\.1 404 /);
  t.match(await ask('*'), /^HTTP\/1\.1 400 /);
});

t.test('what stands beside the operations bears the same headers', async (t) => {
  const beside = {
    '/': 200,
    '/v1': 200,
    '/v1/openapi.json': 200,
    '/docs': 200,
    '/docs/map': 200,
    '/docs/nowhere.js': 404,
    '/health/live': 200,
    '/health/ready': 200,
    '/metrics': 401,
    '/problems': 200,
    '/problems/not_found': 200,
    '/.well-known/api-catalog': 200,
    '/.well-known/jwks.json': 200,
    '/.well-known/learning-network': 200,
    '/.well-known/oauth-authorization-server': 200,
    '/.well-known/security.txt': 200,
    '/federation/policy': 200,
    '/federation/peerings': 405,
    '/favicon.ico': 404,
    '/v2/organisations': 404,
  };
  for (const [url, status] of Object.entries(beside)) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answered = await app.inject({ method, url });
      t.equal(answered.statusCode, status, `${method} ${url}`);
      t.match(answered.headers, {
        'api-version': rules.document.info.version,
        'content-security-policy': /frame-ancestors 'none'/,
        'strict-transport-security': /max-age=\d{8}/,
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cache-control': /./,
        'content-type': /./,
      });
    }
  }
});

t.test('a client over its limit gets 429 from every operation, and is told when to come back', async (t) => {
  const limited = { ...rules, app: await testApp(t, rules, { RATE_LIMIT_PER_MINUTE: '1' }) };
  const [first] = operations.filter(({ scope }) => scope !== undefined);
  const [open] = operations.filter(({ scope }) => scope === undefined);
  if (first === undefined || open === undefined) throw new Error('there is no such operation');
  t.equal(
    (await send(limited.app, soundRequest(first), token)).headers.ratelimit?.toString().slice(0, 13),
    '"default";r=0',
  );
  await send(limited.app, soundRequest(open));
  await hold(t, limited, (operation) => [
    {
      request: soundRequest(operation),
      status: 429,
      code: 'too_many_requests',
      header: ['retry-after', /^[1-9]\d?$/],
    },
  ]);
});
