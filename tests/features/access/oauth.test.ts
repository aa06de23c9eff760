import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { changeClient } from '../../../src/features/access/clients.ts';
import { scopes } from '../../../src/platform/caller.ts';
import { baseUrl, decodePart, registerClient, sign, testKey, tokenClaims } from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';
import { administratorSecret, assertionType, servedNode } from './served.ts';

const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;

/** What every answer of the token endpoint bears. */
const bearsHeaders = (answer: LightMyRequestResponse) =>
  [answer.headers['cache-control'], answer.headers.pragma, answer.headers['api-version']].join() ===
  'no-store,no-cache,1.0.0';

t.test('requestToken gives a client an access token for a signed assertion', async (t) => {
  const node = await servedNode(t);
  const answer = await node.askToken(await node.asClient());
  t.equal(answer.statusCode, 200);
  t.ok(bearsHeaders(answer));
  t.match(answer.headers['content-type'], /^application\/json/);
  const body = answer.json();
  t.match(body, { token_type: 'Bearer', expires_in: 3600, scope: 'organisations:read alliances:read' });
  t.same(Object.keys(body).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  const { clientId } = node.client;
  t.match(decodePart(body.access_token, 0), { alg: 'ES256', typ: 'at+jwt', kid: String });
  t.match(decodePart(body.access_token, 1), {
    iss: baseUrl,
    sub: clientId,
    client_id: clientId,
    azp: clientId,
    aud: baseUrl,
    scope: 'organisations:read alliances:read',
    jti: /^[0-9a-f-]{36}$/,
  });
  const caller = await node.send('GET', '/v1/caller', { token: body.access_token });
  t.match(caller.json(), { clientId: node.client.id, name: 'A system', administrator: false });
});

t.test('requestToken gives the scopes that are asked for, and only those that the client has', async (t) => {
  const node = await servedNode(t);
  const ask = async (scope: string) => node.askToken({ ...(await node.asClient()), scope });
  t.match((await ask('alliances:read')).json(), { scope: 'alliances:read' });
  t.match((await ask('alliances:read alliances:read')).json(), { scope: 'alliances:read' });
  t.match((await ask('')).json(), { scope: 'organisations:read alliances:read' }, 'an empty one counts as absent');
  for (const scope of [
    'clients:write',
    'alliances:read clients:write',
    'x',
    ' ',
    'alliances:read  organisations:read',
    'a\u0000',
  ]) {
    const answer = await ask(scope);
    t.equal(answer.statusCode, 400);
    t.match(answer.json(), { error: 'invalid_scope', error_description: String });
    t.ok(bearsHeaders(answer));
  }
});

t.test("requestToken takes the secret of an administrator's client in the form and by Basic, never both", async (t) => {
  const { askToken } = await servedNode(t);
  const posted = await askToken({ client_id: 'administrator', client_secret: administratorSecret });
  t.match(posted.json(), { token_type: 'Bearer', scope: scopes.join(' ') });
  const ask = (authorization: string, form: Record<string, string> = {}) =>
    askToken(form, { headers: { authorization } });
  const good = basic('administrator', administratorSecret);
  t.equal((await ask(good)).statusCode, 200);
  t.equal((await ask(good.replace('Basic', 'basic'))).statusCode, 200);
  t.equal(
    (await ask(basic('%61dministrator', encodeURIComponent(administratorSecret)))).statusCode,
    200,
    'form-encoded',
  );
  t.equal((await ask(good, { client_id: 'administrator' })).statusCode, 200, 'a client_id that agrees');
  const twice = await ask(good, { client_id: 'administrator', client_secret: administratorSecret });
  t.match(twice.json(), { error: 'invalid_request' });
  const refused = [
    await ask(good, { client_id: 'another' }),
    await ask(basic('administrator', 'wrong')),
    await ask(basic('', '')),
    await ask(basic('administrator', '%')),
    await ask(`Basic ${Buffer.from('no colon').toString('base64')}`),
    await ask('Basic ***'),
    await ask('Basic'),
    await ask(''),
    await ask('Bearer x'),
  ];
  for (const answer of refused) {
    t.equal(answer.statusCode, 401);
    t.match(answer.json(), { error: 'invalid_client' });
    t.match(answer.headers['www-authenticate'], /^Basic realm="samendoen"/);
    t.ok(bearsHeaders(answer));
  }
});

t.test('requestToken refuses faulty requests as RFC 6749 prescribes', async (t) => {
  const node = await servedNode(t);
  const { askToken, asClient, client } = node;
  const good = await asClient();
  const expect = async (given: LightMyRequestResponse, status: number, error: string, why: string) => {
    t.equal(given.statusCode, status, why);
    t.match(given.json(), { error, error_description: String }, why);
    t.same(Object.keys(given.json()).sort(), ['error', 'error_description']);
    t.match(given.headers['content-type'], /^application\/json/);
    t.ok(bearsHeaders(given), why);
  };
  const client_secret = administratorSecret;
  await expect(await askToken({ ...good, grant_type: undefined }), 400, 'invalid_request', 'no grant type');
  await expect(await askToken({ ...good, grant_type: '' }), 400, 'invalid_request', 'an empty grant type');
  for (const grant_type of ['password', 'authorization_code', 'refresh_token', 'CLIENT_CREDENTIALS'])
    await expect(await askToken({ ...good, grant_type }), 400, 'unsupported_grant_type', grant_type);
  await expect(await askToken({}), 401, 'invalid_client', 'no client');
  await expect(await askToken({ client_id: client.clientId }), 401, 'invalid_client', 'a name alone');
  await expect(await askToken({ client_secret }), 401, 'invalid_client', 'a secret alone');
  await expect(await askToken({ client_id: client.clientId, client_secret }), 401, 'invalid_client', 'a wrong secret');
  await expect(await askToken({ ...good, client_assertion_type: undefined }), 400, 'invalid_request', 'no type');
  const client_assertion_type = assertionType.replace('jwt', 'saml2');
  await expect(await askToken({ ...good, client_assertion_type }), 400, 'invalid_request', 'another type');
  await expect(await askToken({ ...good, client_secret }), 400, 'invalid_request', 'two ways at once');
  await expect(await askToken({ ...good, client_id: 'c_other' }), 401, 'invalid_client', 'another client');
  await expect(await askToken({ ...good, client_assertion: 'x' }), 401, 'invalid_client', 'no assertion');
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...good }).toString();
  for (const again of ['grant_type=client_credentials', 'scope=x&scope=y', 'foo=1&foo=2', 'scope=&scope='])
    await expect(await askToken(`${form}&${again}`), 400, 'invalid_request', `given twice: ${again}`);
  await expect(await askToken(form, { url: '/oauth/token?scope=x' }), 400, 'invalid_request', 'in the query');
  await expect(await askToken('', { url: `/oauth/token?${form}` }), 400, 'invalid_request', 'all in the query');
  for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'application/xml'])
    await expect(await askToken(form, { headers: { 'content-type': type } }), 415, 'invalid_request', type);
  await expect(await askToken('x'.repeat(17_000)), 413, 'invalid_request', 'too large');
  await expect(await node.inject({ method: 'POST', url: '/oauth/token' }), 400, 'invalid_request', 'no body');
  t.equal((await askToken(form)).statusCode, 200, 'none of these used the assertion up');
});

t.test('requestToken ignores parameters that it does not know, and reads a type with a charset', async (t) => {
  const { askToken, asClient } = await servedNode(t);
  const extra = { audience: 'y', foo: 'bar', __proto__x: '1', constructor: '2' };
  t.equal((await askToken({ ...(await asClient()), ...extra })).statusCode, 200);
  for (const type of ['application/x-www-form-urlencoded; charset=utf-8', 'Application/X-WWW-Form-URLEncoded'])
    t.equal((await askToken(await asClient(), { headers: { 'content-type': type } })).statusCode, 200, type);
});

t.test('an unknown, a disabled and a wrongly signed client are answered alike', async (t) => {
  const node = await servedNode(t);
  const { db, organisationId, asClient, askToken } = node;
  const key = await testKey('ES256');
  const disabled = await registerClient(node, organisationId, [key.jwk]);
  const disabledToo = await registerClient(node, organisationId, [key.jwk]);
  for (const { id } of [disabled, disabledToo])
    await changeClient(db, context(administrator), id, 1, { disabled: true });
  const answers = [
    await askToken(await asClient({}, { clientId: 'c_unknown', key })),
    await askToken(await asClient({}, { clientId: disabled.clientId, key })),
    await askToken(await asClient({}, { clientId: node.client.clientId, key })),
    await askToken({ client_id: 'c_unknown_too', client_secret: 'x' }),
    await askToken({ client_id: disabledToo.clientId, client_secret: 'x' }),
    await askToken({ client_id: 'administrator', client_secret: 'x' }),
  ];
  const seen = answers.map(({ statusCode, body, headers }) => {
    const { date: _, ...told } = headers;
    return JSON.stringify({ statusCode, body, told });
  });
  t.same([...new Set(seen)], [seen[0]]);
  t.match(answers[0]?.json(), { error: 'invalid_client' });
});

t.test('other methods at the token endpoint are refused by name', async (t) => {
  const { inject } = await servedNode(t);
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
    const answer = await inject({ method, url: '/oauth/token' });
    t.match(answer, { statusCode: 405, headers: { allow: 'POST, OPTIONS' } });
  }
});

t.test('the token endpoint is limited per client and address, and per address', async (t) => {
  const { askToken, asClient } = await servedNode(t, { tokenQuota: 5 });
  const wrong = (name: string, remoteAddress: string) =>
    askToken({ client_id: name, client_secret: 'x' }, { remoteAddress });
  for (let n = 0; n < 5; n++) {
    const answer = await wrong('administrator', '10.0.0.1');
    t.match(answer, { statusCode: 401, headers: { ratelimit: new RegExp(`^"token";r=${4 - n};t=[56]\\d$`) } });
  }
  const limited = await wrong('administrator', '10.0.0.1');
  t.match(limited, { statusCode: 429, headers: { 'retry-after': /^\d+$/, 'ratelimit-policy': '"token";q=5;w=60' } });
  t.match(limited.json(), { error: 'temporarily_unavailable' });
  t.ok(bearsHeaders(limited));
  const good = { client_id: 'administrator', client_secret: administratorSecret };
  t.equal((await askToken(good, { remoteAddress: '10.0.0.1' })).statusCode, 429, 'also with the right secret');
  t.equal((await askToken(good, { remoteAddress: '10.0.0.2' })).statusCode, 200, 'nobody is locked out from elsewhere');
  t.equal((await askToken(await asClient(), { remoteAddress: '10.0.0.1' })).statusCode, 200, 'nor is a neighbour');
  const many: number[] = [];
  for (let n = 0; n < 60; n++) many.push((await wrong(`c_${n}`, '10.0.0.3')).statusCode);
  t.same(many, [...Array(50).fill(401), ...Array(10).fill(429)], 'many names from one address');
  for (let n = 0; n < 50; n++) await askToken('', { remoteAddress: '10.0.0.4' });
  t.equal((await askToken(good, { remoteAddress: '10.0.0.4' })).statusCode, 429, 'requests without a client count too');
});

t.test('a client that proved itself is limited in all, from whatever addresses it asks', async (t) => {
  const { askToken } = await servedNode(t, { tokenQuota: 5 });
  const good = { client_id: 'administrator', client_secret: administratorSecret };
  const from = async (n: number, client_secret = administratorSecret) =>
    (await askToken({ ...good, client_secret }, { remoteAddress: `10.0.0.${n}` })).statusCode;
  for (let n = 0; n < 20; n++) t.equal(await from(n, 'wrong'), 401, 'who does not, uses up nothing of it');
  const statuses: number[] = [];
  for (let n = 0; n < 8; n++) statuses.push(await from(n));
  t.same(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
});

t.test('while the database is away the token endpoint says so, and for how long', async (t) => {
  const node = await servedNode(t);
  const form = await node.asClient();
  await node.sql.end();
  const answer = await node.askToken(form);
  t.match(answer, { statusCode: 503, headers: { 'retry-after': /^\d+$/ } });
  t.match(answer.json(), { error: 'temporarily_unavailable' });
  t.ok(bearsHeaders(answer));
});

t.test('the authorization server describes itself, and each address in it answers', async (t) => {
  const { inject } = await servedNode(t);
  const answer = await inject({ url: '/.well-known/oauth-authorization-server' });
  t.match(answer, {
    statusCode: 200,
    headers: { 'content-type': /^application\/json/, 'cache-control': /max-age=300/ },
  });
  const metadata = answer.json();
  t.match(metadata, {
    issuer: baseUrl,
    token_endpoint: `${baseUrl}/oauth/token`,
    jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
  });
  t.same(metadata.scopes_supported, scopes);
  for (const alg of ['RS256', 'PS256', 'ES256'])
    t.ok(metadata.token_endpoint_auth_signing_alg_values_supported.includes(alg), alg);
  t.notMatch(JSON.stringify(metadata.token_endpoint_auth_signing_alg_values_supported), /none|HS/);
  const keys = await inject({ url: new URL(metadata.jwks_uri).pathname });
  t.match(keys, { statusCode: 200, headers: { 'cache-control': 'public, max-age=300' } });
  t.match(keys.json(), { keys: [{ kty: 'EC', use: 'sig', alg: 'ES256' }] });
  t.notMatch(keys.body, /"d"/);
  t.equal((await inject({ method: 'POST', url: new URL(metadata.token_endpoint).pathname })).statusCode, 400);
});

t.test('a token in the query string, in a form or in a cookie is not a token', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const url = `/v1/caller?access_token=${token}`;
  t.equal((await node.send('GET', url)).statusCode, 401);
  t.match((await node.send('GET', url, { token })).json(), { status: 400, errors: [{ location: 'access_token' }] });
  t.equal((await node.send('GET', '/v1/caller', { headers: { cookie: `access_token=${token}` } })).statusCode, 401);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const posted = await node.inject({
    method: 'POST',
    url: '/v1/clients',
    payload: `access_token=${token}`,
    headers: form,
  });
  t.equal(posted.statusCode, 401);
  const own = await sign(node.key, tokenClaims(node.client.clientId), { typ: 'at+jwt' });
  t.match(await node.send('GET', '/v1/caller', { token: own }), {
    statusCode: 401,
    headers: { 'www-authenticate': /^Bearer realm="samendoen", error="invalid_token"/ },
  });
});
