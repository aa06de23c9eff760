import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, type JWK } from 'jose';
import t from 'tap';
import {
  areAssertionClaims,
  clockTolerance,
  effectiveScopes,
  grantScopes,
  isName,
  isWithinLife,
  maxAssertionLife,
  readClientKey,
} from '../../../src/features/access/rules.ts';

const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' }) as Record<string, string>;
const rsa = (modulusLength: number, publicExponent = 65537) =>
  jwkOf(generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey);
const ec = (namedCurve: string) => jwkOf(generateKeyPairSync('ec', { namedCurve }).publicKey);

t.test('a key of a permitted kind is kept with its public members and its one algorithm', async (t) => {
  const strong = rsa(2048);
  const ed = jwkOf(generateKeyPairSync('ed25519').publicKey);
  const keys: [Record<string, string>, object, string][] = [
    [strong, { alg: 'RS256' }, 'RS256'],
    [strong, { alg: 'PS256', use: 'sig', key_ops: ['verify'] }, 'PS256'],
    [ec('P-256'), {}, 'ES256'],
    [ec('P-256'), { alg: 'ES256' }, 'ES256'],
    [ed, {}, 'EdDSA'],
    [ed, { alg: 'Ed25519' }, 'EdDSA'],
  ];
  for (const [material, more, alg] of keys) {
    const jwk = { ...material, ...more };
    const read = readClientKey({ ...jwk, x5u: 'https://x.example', ext: true });
    const thumbprint = await calculateJwkThumbprint(material as JWK);
    t.match(read, { kid: thumbprint, thumbprint, alg, jwk: { kty: material.kty, alg } });
    t.notOk('jwk' in read && ('x5u' in read.jwk || 'use' in read.jwk));
    t.match(readClientKey({ ...jwk, kid: 'mine' }), { kid: 'mine', thumbprint });
  }
});

t.test('a key that is private, unfit or weak is refused with its fault', async (t) => {
  const strong = { ...rsa(2048), alg: 'RS256' };
  const point = ec('P-256');
  for (const [jwk, fault] of [
    [{ ...strong, d: 'AA' }, 'private_key'],
    [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }, 'private_key'],
    [{ ...strong, alg: undefined }, 'unknown_key_type'],
    [{ ...strong, alg: 'HS256' }, 'unknown_key_type'],
    [{ ...strong, alg: 'RS512' }, 'unknown_key_type'],
    [{ ...strong, alg: 'none' }, 'unknown_key_type'],
    [{ ...strong, alg: 'RSA-OAEP' }, 'unknown_key_type'],
    [{ ...strong, use: 'enc' }, 'unknown_key_type'],
    [{ ...strong, key_ops: ['sign'] }, 'unknown_key_type'],
    [{ ...strong, crv: 'P-256' }, 'unknown_key_type'],
    [{ ...strong, n: undefined }, 'weak_key'],
    [{ ...rsa(1024), alg: 'RS256' }, 'weak_key'],
    [{ ...rsa(2048, 3), alg: 'RS256' }, 'weak_key'],
    [{ ...point, alg: 'RS256' }, 'unknown_key_type'],
    [{ ...point, crv: 'P-384' }, 'unknown_key_type'],
    [{ ...point, y: point.x }, 'unknown_key_type'],
    [{ ...point, x: { length: 43 } }, 'unknown_key_type'],
    [ec('P-384'), 'unknown_key_type'],
    [ec('secp256k1'), 'unknown_key_type'],
    [{ kty: 'OKP', crv: 'X25519', x: 'AA' }, 'unknown_key_type'],
    [{ kty: 'OKP', crv: 'Ed25519', x: 'AA' }, 'unknown_key_type'],
    [{ kty: '__proto__' }, 'unknown_key_type'],
    [{}, 'unknown_key_type'],
  ] as const)
    t.same(readClientKey(jwk), { fault }, JSON.stringify(jwk).slice(0, 80));
});

t.test(
  'a token is valid from its issue to its end, give or take the tolerance, and never made for too long',
  async (t) => {
    const now = 1_000_000;
    const valid = (claims: object) => isWithinLife(claims as Record<string, unknown>, 300, now);
    for (const claims of [
      { iat: now, exp: now + 300 },
      { iat: now + clockTolerance, exp: now + clockTolerance + 300 },
      { iat: now - 300, exp: now - clockTolerance + 1 },
      { iat: now - 0.5, exp: now + 1.5, nbf: now + clockTolerance },
    ])
      t.ok(valid(claims), JSON.stringify(claims));
    for (const claims of [
      { iat: now, exp: now + 301 },
      { iat: now + clockTolerance + 1, exp: now + 60 },
      { iat: now - 60, exp: now - clockTolerance },
      { iat: now, exp: now },
      { iat: now, exp: now + 60, nbf: now + clockTolerance + 1 },
      { iat: now, exp: Number.POSITIVE_INFINITY },
      { iat: Number.NaN, exp: now + 60 },
      { iat: -1, exp: now + 60 },
      { iat: now },
      { exp: now + 60 },
      { iat: now, exp: now + 60, nbf: 'x' },
      { iat: now, exp: now + 60, nbf: null },
      { iat: String(now), exp: now + 60 },
    ])
      t.notOk(valid(claims), JSON.stringify(claims));
  },
);

t.test('the claims of an assertion are those of one client for one of our names', async (t) => {
  const now = 1_000_000;
  const of = { clientId: 'c', audiences: ['https://a.example', 'https://a.example/token'], now };
  const claims = {
    iss: 'c',
    sub: 'c',
    aud: of.audiences[0],
    jti: 'x'.repeat(16),
    iat: now,
    exp: now + maxAssertionLife,
  };
  t.ok(areAssertionClaims(claims, of));
  t.ok(areAssertionClaims({ ...claims, aud: of.audiences[1] }, of));
  for (const change of [
    { iss: 'd' },
    { sub: 'd' },
    { aud: of.audiences },
    { aud: [of.audiences[0]] },
    { aud: 'https://a.example/' },
    { jti: 'x'.repeat(15) },
    { jti: 'x'.repeat(257) },
    { jti: `${'x'.repeat(16)}\n` },
    { jti: undefined },
    { exp: now + maxAssertionLife + 1 },
  ])
    t.notOk(areAssertionClaims({ ...claims, ...change }, of), JSON.stringify(change));
});

t.test('scopes are granted when the client has each of them', async (t) => {
  const granted = ['a:read', 'b:read'];
  t.same(grantScopes(undefined, granted), granted);
  t.same(grantScopes('b:read', granted), ['b:read']);
  t.same(grantScopes('b:read b:read', granted), ['b:read']);
  for (const asked of ['c:read', 'a:read c:read', '', ' ', 'a:read ', 'a:read\tb:read', 'A:READ', 'a:read"'])
    t.equal(grantScopes(asked, granted), undefined, JSON.stringify(asked));
});

t.test('a token permits what it names, its client has and the node knows', async (t) => {
  const has = (claim: unknown) => [...effectiveScopes(claim, ['clients:read', 'alliances:read'])];
  t.same(has('clients:read clients:write'), ['clients:read']);
  t.same(has(['alliances:read', 'clients:write', 7]), ['alliances:read']);
  for (const claim of [undefined, null, 7, {}, true, '', [['clients:read']]]) t.same(has(claim), []);
});

t.test('a name can be stored and compared', async (t) => {
  t.ok(isName('c_1') && isName('x'.repeat(256)));
  for (const value of ['', 'x'.repeat(257), 'a b', 'é', 'a\u0000', 'a\n', 7, null, undefined, ['a']])
    t.notOk(isName(value));
});
