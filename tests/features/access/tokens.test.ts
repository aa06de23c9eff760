import { exportJWK } from 'jose';
import t, { type Test } from 'tap';
import type { Access } from '../../../src/features/access/access.ts';
import {
  assertionClaims,
  baseUrl,
  decodePart,
  encodePart,
  forge,
  forgeHmac,
  leakedKey,
  registerClient,
  seconds,
  sign,
  type TestKey,
  testKey,
  testNode,
  tokenClaims,
  tokenOf,
} from '../../helpers/oauth.ts';

const bearer = (token: string) => `Bearer ${token}`;

/** Another base64url character in the middle of a part, so that what it stands for changes. */
const altered = (part = '') => `${part.slice(0, 20)}${part[20] === 'A' ? 'B' : 'A'}${part.slice(21)}`;

/** The names of the headers that let somebody in; whoever is refused must be told by the same challenge. */
async function acceptedOf(
  t: Test,
  access: Access,
  headers: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const accepted: string[] = [];
  for (const [name, authorization] of Object.entries(headers)) {
    const refusal = await access.authenticate(authorization).then(
      () => accepted.push(name) && undefined,
      (error: unknown) => error,
    );
    if (refusal !== undefined)
      t.match(refusal, { status: 401, headers: { 'www-authenticate': /^Bearer realm="samendoen"/ } }, name);
  }
  return accepted.sort();
}

/** Tokens that look like those of the node, of a client; signed with its key unless told otherwise. */
async function tokenMaker(node: Awaited<ReturnType<typeof testNode>>) {
  const own = await leakedKey(node.db);
  const header = { alg: 'ES256', typ: 'at+jwt', kid: own.jwk.kid };
  const claims = (change: Record<string, unknown> = {}) => tokenClaims(node.client.clientId, change);
  const make = (change: Record<string, unknown> = {}, more: Record<string, unknown> = {}, key: TestKey = own) =>
    bearer(forge(key, { ...header, ...more }, claims(change)));
  return { own, header, claims, make, raw: (head: string, payload: string) => bearer(forge(own, head, payload)) };
}

t.test('well-formed access tokens of this node are accepted', async (t) => {
  const node = await testNode(t);
  const { make } = await tokenMaker(node);
  const issued = await tokenOf(node.access, node.client.clientId, node.key);
  const good = {
    'as it was issued': bearer(issued),
    'with the scheme in lower case': `bearer ${issued}`,
    'made with the key of the node': make(),
    'with typ in capitals': make({}, { typ: 'AT+JWT' }),
    'with an application/ prefix in typ': make({}, { typ: 'application/at+jwt' }),
    'issued 3 s ahead of our clock': make({ iat: seconds() + 3 }),
    'expired 1 s ago by our clock': make({ iat: seconds() - 600, exp: seconds() - 1 }),
    'of the longest life': make({ exp: seconds() + 3600 }),
    'with not-before in the past': make({ nbf: seconds() - 1 }),
    'without any scope': make({ scope: '' }),
  };
  t.same(await acceptedOf(t, node.access, good), Object.keys(good).sort());
});

t.test('faulty Authorization headers and altered tokens are refused', async (t) => {
  const node = await testNode(t);
  const { make } = await tokenMaker(node);
  const issued = await tokenOf(node.access, node.client.clientId, node.key);
  const [h = '', p = '', s = ''] = issued.split('.');
  const other = await registerClient(node, node.organisationId, [(await testKey('ES256')).jwk]);
  const payload = decodePart(issued, 1);
  const bad = {
    'absent header': undefined,
    'empty header': '',
    'basic scheme': `Basic ${encodePart('a:b')}`,
    'scheme alone': 'Bearer',
    'scheme and a blank': 'Bearer ',
    'no scheme': issued,
    'another scheme': `DPoP ${issued}`,
    'two tokens': `Bearer ${issued} ${issued}`,
    'two tokens with a comma': `Bearer ${issued},Bearer ${issued}`,
    'quoted token': `Bearer "${issued}"`,
    'line break': `Bearer ${issued}\r\n`,
    'not a token': bearer('hello'),
    'one part': bearer(h),
    'two parts': bearer(`${h}.${p}`),
    'four parts': bearer(`${issued}.${s}`),
    'five parts (encrypted)': bearer(`${issued}.${s}.${s}`),
    'empty header part': bearer(`.${p}.${s}`),
    'empty payload': bearer(`${h}..${s}`),
    'empty signature': bearer(`${h}.${p}.`),
    truncated: bearer(issued.slice(0, -10)),
    'truncated by one character': bearer(issued.slice(0, -1)),
    'longer by one character': bearer(`${issued}A`),
    'altered header': bearer(`${altered(h)}.${p}.${s}`),
    'altered payload': bearer(`${h}.${altered(p)}.${s}`),
    'altered signature': bearer(`${h}.${p}.${altered(s)}`),
    'signature of zeros': bearer(`${h}.${p}.${Buffer.alloc(64).toString('base64url')}`),
    'signature in DER': bearer(`${h}.${p}.${encodePart('0E\u0002 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')}`),
    'signature of another token': bearer(`${h}.${p}.${make().split('.')[2]}`),
    'payload of another client': bearer(
      `${h}.${encodePart({ ...payload, sub: other.clientId, client_id: other.clientId })}.${s}`,
    ),
    'raised scope': bearer(`${h}.${encodePart({ ...payload, scope: 'clients:write' })}.${s}`),
    padding: bearer(`${issued}==`),
    'a non-canonical last character': bearer(`${h}.${p}.${s.slice(0, -1)}${s.endsWith('B') ? 'C' : 'B'}`),
    'longer than any of ours': make({ filler: 'x'.repeat(9000) }),
    giant: make({ filler: 'x'.repeat(2_000_000) }),
  };
  t.same(await acceptedOf(t, node.access, bad), []);
});

t.test('tokens with a hostile header are refused', async (t) => {
  const node = await testNode(t);
  const { own, header, claims, make, raw } = await tokenMaker(node);
  const stranger = await testKey('ES256', String(own.jwk.kid));
  const [signing] = (await node.access.keySet()).keys;
  const head = (change: Record<string, unknown>) => JSON.stringify({ ...header, ...change });
  const body = JSON.stringify(claims());
  const none = (alg: string) => bearer(`${encodePart({ ...header, alg })}.${encodePart(claims())}.`);
  const hmac = (secret: string) => bearer(forgeHmac(secret, { ...header, alg: 'HS256' }, claims()));
  const embedded = { ...(await exportJWK(stranger.privateKey)), d: undefined };
  const jku = 'https://evil.example/jwks.json';
  const x5u = 'https://evil.example/cert.pem';
  const bad = {
    'alg none': none('none'),
    'alg None': none('None'),
    'alg nOnE': none('nOnE'),
    'alg none with our signature': raw(head({ alg: 'none' }), body),
    'no alg': raw(head({ alg: undefined }), body),
    'alg that is a number': raw(head({ alg: 7 }), body),
    'alg RS256 over our signature': raw(head({ alg: 'RS256' }), body),
    'alg ES384 over our signature': raw(head({ alg: 'ES384' }), body),
    'alg in lower case': raw(head({ alg: 'es256' }), body),
    'HS256 with the public key as JSON': hmac(JSON.stringify(signing)),
    'HS256 with the x coordinate': hmac(String(signing?.x)),
    'HS256 with an empty key': hmac(''),
    'signed by a stranger with our kid': make({}, {}, stranger),
    'embedded jwk of a stranger': make({}, { jwk: embedded }, stranger),
    'embedded jwk without kid': make({}, { jwk: embedded, kid: undefined }, stranger),
    'jku of a stranger': make({}, { jku, kid: 'x' }, stranger),
    'jku of a stranger under our kid': make({}, { jku }, stranger),
    'x5u of a stranger': make({}, { x5u, kid: 'x' }, stranger),
    'x5c of a stranger': make({}, { x5c: ['MIIB'] }, stranger),
    'unknown kid': make({}, { kid: 'unknown' }),
    'kid that is SQL': make({}, { kid: "' or 1=1 --" }),
    'kid that is a path': make({}, { kid: '../../dev/null' }),
    'kid with NUL': make({}, { kid: 'a\u0000b' }),
    'kid that is giant': make({}, { kid: 'x'.repeat(4000) }),
    'kid that is a number': make({}, { kid: 1 }),
    'kid in a list': make({}, { kid: [own.jwk.kid] }),
    'no kid': make({}, { kid: undefined }),
    'unknown crit': make({}, { crit: ['x'], x: 1 }),
    'crit b64': make({}, { crit: ['b64'], b64: true }),
    'crit of exp': make({}, { crit: ['exp'], exp: 1 }),
    'empty crit': make({}, { crit: [] }),
    'b64 false': make({}, { b64: false, crit: ['b64'] }),
    'typ JWT': make({}, { typ: 'JWT' }),
    'typ of an assertion': make({}, { typ: 'client-authentication+jwt' }),
    'typ of an identity token': make({}, { typ: 'id_token' }),
    'typ in a list': make({}, { typ: ['at+jwt'] }),
    'no typ': make({}, { typ: undefined }),
    'alg given twice': raw(head({}).replace(/}$/, ',"alg":"ES256"}'), body),
    'kid given twice': raw(head({}).replace('{', '{"kid":"x",'), body),
    'header that is a list': raw('[]', body),
    'header that is null': raw('null', body),
    'header after a byte order mark': raw(`\ufeff${head({})}`, body),
  };
  t.same(await acceptedOf(t, node.access, bad), []);
});

t.test('tokens with hostile claims are refused, even when signed with the key of the node', async (t) => {
  const node = await testNode(t);
  const { header, claims, make, raw } = await tokenMaker(node);
  const { client, key } = node;
  const other = await registerClient(node, node.organisationId, [(await testKey('ES256')).jwk]);
  const body = (more: string) => raw(JSON.stringify(header), JSON.stringify(claims()).replace(/}$/, `,${more}}`));
  const signature = make().split('.')[2];
  const now = seconds();
  const missing = ['exp', 'iat', 'jti', 'sub', 'client_id', 'azp', 'aud', 'iss'].map((name) => [
    `no ${name}`,
    make({ [name]: undefined }),
  ]);
  const absent = ['exp', 'iat', 'jti', 'sub', 'client_id', 'azp', 'aud', 'iss', 'nbf'].map((name) => [
    `${name} null`,
    make({ [name]: null }),
  ]);
  const bad: Record<string, string> = {
    ...Object.fromEntries([...missing, ...absent]),
    expired: make({ iat: seconds() - 900, exp: seconds() - 300 }),
    'issued in the future': make({ iat: seconds() + 60, exp: seconds() + 120 }),
    'issued a day ago': make({ iat: seconds() - 86_400 }),
    'valid until 2099': make({ exp: 4_070_908_800 }),
    'valid until the end of numbers': make({ exp: Number.MAX_VALUE }),
    'one second too long': make({ iat: now, exp: now + 3601 }),
    'expired before it was issued': make({ exp: seconds() - 2 }),
    'issued before the epoch': make({ iat: -1 }),
    'not yet valid': make({ nbf: seconds() + 60 }),
    'exp as text': make({ exp: String(seconds() + 60) }),
    'iat as text': make({ iat: String(seconds()) }),
    'exp in a list': make({ exp: [seconds() + 60] }),
    'exp of 1e999': raw(JSON.stringify(header), JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999')),
    'aud with a stranger in it': make({ aud: [baseUrl, 'https://evil.example'] }),
    'aud in a list of one, from us': make({ aud: [baseUrl] }),
    'aud of another node': make({ aud: 'https://other.example' }),
    'aud with a slash more': make({ aud: `${baseUrl}/` }),
    'aud that is the token endpoint': make({ aud: `${baseUrl}/oauth/token` }),
    'unknown issuer': make({ iss: 'https://evil.example' }),
    'issuer with a slash more': make({ iss: `${baseUrl}/` }),
    'issuer in capitals': make({ iss: baseUrl.toUpperCase() }),
    'issuer in a list': make({ iss: [baseUrl] }),
    'issuer __proto__': make({ iss: '__proto__' }),
    'sub of another client': make({ sub: other.clientId }),
    'azp of another client': make({ azp: other.clientId }),
    'client_id of another client': make({ client_id: other.clientId }),
    'an unknown client': make({ sub: 'c_x', client_id: 'c_x', azp: 'c_x' }),
    'a client by its id in the register': make({ sub: client.id, client_id: client.id, azp: client.id }),
    'a client that is no text': make({ sub: 1, client_id: 1, azp: 1 }),
    'a client with NUL': make({ sub: 'a\u0000', client_id: 'a\u0000', azp: 'a\u0000' }),
    'jti that is a number': make({ jti: 1 }),
    'a client assertion': bearer(await sign(key, assertionClaims(client.clientId))),
    'a client assertion for us as audience': bearer(
      await sign(key, { ...claims(), iss: client.clientId }, { typ: 'at+jwt' }),
    ),
    'a client that signs as the node': bearer(await sign(key, claims(), { typ: 'at+jwt' })),
    'scope given twice': body('"scope":"clients:write"'),
    'aud given twice': raw(
      JSON.stringify(header),
      JSON.stringify(claims()).replace('{', '{"aud":"https://x.example",'),
    ),
    'sub given twice by an escape': body('"s\\u0075b":"x"'),
    'a nested member given twice': body('"act":{"a":1,"a":2}'),
    'deep nesting': body(`"x":${'['.repeat(50)}${']'.repeat(50)}`),
    'payload that is a list': raw(JSON.stringify(header), '[]'),
    'payload that is null': raw(JSON.stringify(header), 'null'),
    'payload that is no JSON': raw(JSON.stringify(header), 'hello'),
    'payload that is not UTF-8': bearer(
      `${encodePart(header)}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
    ),
    'payload after a byte order mark': raw(JSON.stringify(header), `\ufeff${JSON.stringify(claims())}`),
  };
  t.same(await acceptedOf(t, node.access, bad), []);
});

t.test('an access token is no client assertion', async (t) => {
  const node = await testNode(t);
  const assertion = await tokenOf(node.access, node.client.clientId, node.key);
  t.same(await node.access.grantToken({ method: 'assertion', assertion }), { refused: 'invalid_client' });
});
