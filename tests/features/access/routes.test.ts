import t from 'tap';
import { rotateClientSecret } from '../../../src/features/access/credentials.ts';
import { type Scope, scopes } from '../../../src/platform/caller.ts';
import { newId } from '../../../src/platform/id.ts';
import { nodeSecret, registerClient, testKey, tokenOf } from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';
import { type ServedNode, servedNode } from './served.ts';

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Every route of this feature with what it asks of a token; written apart from the product. */
const demands: Readonly<Record<string, { scope: Scope; administrator: boolean }>> = {
  'GET /v1/caller': { scope: 'organisations:read', administrator: false },
  'GET /v1/clients': { scope: 'clients:read', administrator: true },
  'POST /v1/clients': { scope: 'clients:write', administrator: true },
  'GET /v1/clients/{clientId}': { scope: 'clients:read', administrator: true },
  'PATCH /v1/clients/{clientId}': { scope: 'clients:write', administrator: true },
  'POST /v1/clients/{clientId}/keys': { scope: 'clients:write', administrator: true },
  'DELETE /v1/clients/{clientId}/keys/{keyId}': { scope: 'clients:write', administrator: true },
  'POST /v1/clients/{clientId}/secret-rotations': { scope: 'clients:write', administrator: true },
};

const newClient = async (node: ServedNode, fields: object = {}) => ({
  name: 'Zaaksysteem',
  organisationId: node.organisationId,
  scopes: ['organisations:read'],
  jwks: { keys: [(await testKey('ES256')).jwk] },
  ...fields,
});

type Attempt = { readonly route: string; readonly scope: Scope; readonly isAdministrator: boolean };

/** Asks a route with random identifiers, so that whoever is let in finds nothing or says nothing sound. */
function ask(node: ServedNode, route: string, token?: string) {
  const [method, path = ''] = route.split(' ') as [Method, string];
  return node.send(
    method,
    path.replace(/\{\w+\}/g, () => newId()),
    token === undefined ? {} : { token },
  );
}

function demanded({ route, scope, isAdministrator }: Attempt): string {
  const demand = demands[route];
  if (demand?.scope !== scope) return `insufficient_scope ${demand?.scope}`;
  return demand.administrator && !isAdministrator ? 'administrator_required' : 'let in';
}

t.test('each route lets in exactly the tokens with its scope, of administrators where it asks for one', async (t) => {
  const node = await servedNode(t);
  const routes = Object.keys(demands);
  const mounted = node.routes.all().map(({ method, path }) => `${method} /v1${path}`);
  t.same(mounted.sort(), [...routes].sort(), 'no route is left out');
  const key = await testKey('ES256');
  const tokens = new Map<string, string>();
  for (const isAdministrator of [false, true]) {
    const { clientId } = await registerClient(node, node.organisationId, [key.jwk], [...scopes], {
      administrator: isAdministrator,
    });
    for (const scope of scopes)
      tokens.set(`${scope} ${isAdministrator}`, await tokenOf(node.access, clientId, key, scope));
  }
  const attempts: Attempt[] = routes.flatMap((route) =>
    scopes.flatMap((scope) => [true, false].map((isAdministrator) => ({ route, scope, isAdministrator }))),
  );
  const met = async ({ route, scope, isAdministrator }: Attempt): Promise<string> => {
    const answer = await ask(node, route, tokens.get(`${scope} ${isAdministrator}`));
    if (answer.statusCode !== 403) return answer.statusCode === 401 ? 'refused' : 'let in';
    const missing = /scope="([\w:]+)"/.exec(String(answer.headers['www-authenticate']))?.[1];
    return [answer.json().code, missing].filter((part) => part !== undefined).join(' ');
  };
  const outcomes: string[] = [];
  for (const attempt of attempts) outcomes.push(`${JSON.stringify(attempt)} ${await met(attempt)}`);
  t.ok(attempts.length >= 100, `${attempts.length} attempts`);
  t.same(
    outcomes,
    attempts.map((attempt) => `${JSON.stringify(attempt)} ${demanded(attempt)}`),
  );
});

t.test('each route asks for a token', async (t) => {
  const node = await servedNode(t);
  for (const route of Object.keys(demands))
    t.match(
      await ask(node, route),
      { statusCode: 401, headers: { 'www-authenticate': 'Bearer realm="samendoen"' } },
      route,
    );
});

t.test('an administrator registers a client, which works, rotates its key, and disables it', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const [first, second] = [await testKey('ES256'), await testKey('PS256')];
  const created = await node.send('POST', '/v1/clients', {
    token,
    body: await newClient(node, { jwks: { keys: [first.jwk] } }),
  });
  t.match(created, { statusCode: 201, headers: { etag: '"1"', location: `/v1/clients/${created.json().id}` } });
  const { clientId, id } = created.json();
  const url = `/v1/clients/${id}`;
  const works = async (key: typeof first) =>
    (await node.askToken(await node.asClient({}, { clientId, key }))).statusCode === 200;
  t.ok(await works(first));

  const rotated = await node.send('POST', `${url}/keys`, { token, body: { jwk: second.jwk } });
  t.match(rotated, { statusCode: 201, headers: { etag: '"2"' } });
  t.ok((await works(first)) && (await works(second)), 'both keys work');
  const [old] = rotated.json().keys;
  t.match(await node.send('DELETE', `${url}/keys/${old.id}`, { token }), { statusCode: 428 });
  const headers = { 'if-match': '"1"' };
  t.match(await node.send('DELETE', `${url}/keys/${old.id}`, { token, headers }), { statusCode: 412 });
  const removed = await node.send('DELETE', `${url}/keys/${old.id}`, { token, headers: { 'if-match': '"2"' } });
  t.match(removed, { statusCode: 204, body: '' });
  t.notOk(await works(first));
  t.ok(await works(second));

  const issued = (await node.askToken(await node.asClient({}, { clientId, key: second }))).json().access_token;
  t.equal((await node.send('GET', '/v1/caller', { token: issued })).statusCode, 200);
  t.match(await node.send('PATCH', url, { token, body: { disabled: true } }), { statusCode: 428 });
  const disabled = await node.send('PATCH', url, { token, body: { disabled: true }, headers: { 'if-match': '"3"' } });
  t.match(disabled, { statusCode: 200, headers: { etag: '"4"' } });
  t.match(disabled.json(), { disabled: true });
  t.equal((await node.send('GET', '/v1/caller', { token: issued })).statusCode, 401, 'refused at once');
  t.notOk(await works(second));
  const unchanged = await node.send('GET', url, { token, headers: { 'if-none-match': '"4"' } });
  t.equal(unchanged.statusCode, 304);
});

t.test('a repeated registration with one idempotency key is one client', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const body = await newClient(node);
  const send = (given: object) =>
    node.send('POST', '/v1/clients', { token, body: given, headers: { 'idempotency-key': 'once' } });
  const [one, two] = [await send(body), await send(body)];
  t.match([one.statusCode, two.statusCode], [201, 201]);
  t.same(one.json(), two.json());
  t.equal((await send({ ...body, name: 'Another' })).statusCode, 422);
  t.equal((await node.owner`select from clients where name = 'Zaaksysteem'`).length, 1);
});

t.test("a new secret of an administrator's client is shown once and never kept", async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const [{ id }] = (await node.send('GET', '/v1/clients?administrator=true', { token })).json().items;
  const url = `/v1/clients/${id}/secret-rotations`;
  const keyed = await node.send('POST', url, { token, body: {}, headers: { 'idempotency-key': 'k' } });
  t.match(keyed.json(), { status: 400, errors: [{ location: 'Idempotency-Key', code: 'not_for_secrets' }] });
  for (const overlapHours of [-1, 721, 1.5, '24', null])
    t.equal((await node.send('POST', url, { token, body: { overlapHours } })).statusCode, 400);
  const rotated = await node.send('POST', url, { token, body: { overlapHours: 720 } });
  t.match(rotated, { statusCode: 201, headers: { 'cache-control': 'no-store' } });
  const { secret, clientId } = rotated.json();
  t.equal((await node.askToken({ client_id: clientId, client_secret: secret })).statusCode, 200);
  t.same(await node.owner`select key from saved_answers`, []);
  const partner = await node.send('POST', `/v1/clients/${node.client.id}/secret-rotations`, { token, body: {} });
  t.match(partner.json(), { status: 409, code: 'secret_not_possible' });
  await rotateClientSecret(node.db, context(administrator), nodeSecret, id, { overlapHours: 0 });
  t.equal((await node.askToken({ client_id: clientId, client_secret: secret })).statusCode, 401);
});

t.test('the conflicts of keys, and of the last administrator, are problems with a code', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  const problem = async (method: Method, url: string, body?: unknown) => {
    const answer = await node.send(method, url, { token, body, headers: { 'if-match': '*' } });
    return [answer.statusCode, answer.json().code];
  };
  const own = (await node.send('GET', '/v1/clients?administrator=true', { token })).json().items[0];
  t.same(await problem('PATCH', `/v1/clients/${own.id}`, { disabled: true }), [409, 'last_administrator']);
  const url = `/v1/clients/${node.client.id}`;
  const [key] = (await node.send('GET', url, { token })).json().keys;
  t.same(await problem('DELETE', `${url}/keys/${key.id}`), [409, 'last_key']);
  t.same(await problem('DELETE', `${url}/keys/${newId()}`), [404, 'not_found']);
  t.same(await problem('PATCH', `/v1/clients/${newId()}`, { name: 'x' }), [404, 'not_found']);
  for (let n = 0; n < 9; n++) await problem('POST', `${url}/keys`, { jwk: (await testKey('ES256')).jwk });
  t.same(await problem('POST', `${url}/keys`, { jwk: (await testKey('ES256')).jwk }), [409, 'too_many_keys']);
  t.same(await problem('PATCH', url, { administrator: true }), [400, 'invalid_input'], 'nobody is made administrator');
  t.same(await problem('PATCH', url, { organisationId: newId() }), [400, 'invalid_input']);
  t.same(await problem('PATCH', url, { clientId: 'x' }), [400, 'invalid_input']);
});

t.test('the list of clients is paged by a cursor of the caller alone', async (t) => {
  const node = await servedNode(t);
  const token = await node.administratorToken();
  for (let n = 0; n < 3; n++) await registerClient(node, node.organisationId, [(await testKey('ES256')).jwk]);
  const ids: string[] = [];
  let url: string | undefined = '/v1/clients?limit=2&disabled=false';
  while (url !== undefined) {
    const page = await node.send('GET', url, { token });
    ids.push(...page.json().items.map((client: { id: string }) => client.id));
    url = /<https:\/\/node\.example(.+)>; rel="next"/.exec(String(page.headers.link))?.[1];
  }
  t.equal(new Set(ids).size, 5);
  const { nextCursor } = (await node.send('GET', '/v1/clients?limit=2', { token })).json();
  t.equal((await node.send('GET', `/v1/clients?cursor=${nextCursor}&disabled=true`, { token })).statusCode, 400);
});
