import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { readConfig } from '../../../src/config.ts';
import type { TrustedIssuer } from '../../../src/features/access/issuers.ts';
import { createOrganisation } from '../../../src/features/organisations/organisations.ts';
import {
  baseUrl,
  forge,
  leakedKey,
  seconds,
  sign,
  type TestKey,
  testAccess,
  testKey,
  testNode,
  tokenClaims,
} from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';

const by = context(administrator);
const issuer = 'https://login.example';

const claimsOf = (change: Record<string, unknown> = {}) =>
  tokenClaims('portal', { iss: issuer, sub: 'someone', ...change });

const rsa = await testKey('RS256', 'outside-rsa');

/** A node that trusts an issuer with two keys; `change` changes what is configured. */
async function trusting(t: Test, change: Partial<TrustedIssuer> = {}) {
  const key = await testKey('ES256', 'outside');
  const trusted: TrustedIssuer = {
    issuer,
    audience: baseUrl,
    jwks: { keys: [{ ...key.jwk }, { ...rsa.jwk }] },
    organisationClaim: 'organisation',
    scopeClaim: 'scope',
    administratorClaim: 'roles',
    administratorValue: 'node-administrator',
    ...change,
  };
  const node = await testNode(t, [trusted]);
  const header = { alg: 'ES256', typ: trusted.typ ?? 'at+jwt', kid: 'outside' };
  const make = (claims: Record<string, unknown> = {}, head: Record<string, unknown> = {}, signer: TestKey = key) =>
    forge(signer, { ...header, alg: signer.alg, kid: signer.jwk.kid, ...head }, claimsOf(claims));
  const callerOf = (claims: Record<string, unknown> = {}, ...more: [Record<string, unknown>?, TestKey?]) =>
    node.access.authenticate(`Bearer ${make(claims, ...more)}`);
  return { ...node, trusted, key, make, callerOf };
}

t.test('a token of a trusted issuer is accepted, with each of its keys and with aud in a list of one', async (t) => {
  const { callerOf, organisationId } = await trusting(t);
  const good: Parameters<typeof callerOf>[] = [
    [],
    [{}, { kid: undefined }],
    [{}, {}, rsa],
    [{ aud: [baseUrl] }],
    [{ organisation: organisationId.toUpperCase() }],
  ];
  for (const token of good) t.match(await callerOf(...token), { clientId: `${issuer}|someone`, clientName: 'portal' });
});

t.test('hostile and faulty tokens of a trusted issuer are refused', async (t) => {
  const { callerOf, db, organisationId } = await trusting(t);
  const own = await leakedKey(db);
  const stranger = await testKey('ES256', 'outside');
  const bad: Record<string, Parameters<typeof callerOf>> = {
    'signed by a stranger': [{}, {}, stranger],
    'signed by this node': [{}, {}, own],
    'signed by this node under the kid of the issuer': [{}, { kid: 'outside' }, own],
    'our kid': [{}, { kid: own.jwk.kid }],
    'the kid of another of its keys': [{}, { kid: 'outside-rsa' }],
    'PS256 with a key for RS256': [{}, {}, { ...rsa, alg: 'PS256' }],
    'alg none': [{}, { alg: 'none' }],
    HS256: [{}, { alg: 'HS256' }],
    'typ JWT': [{}, { typ: 'JWT' }],
    'no typ': [{}, { typ: undefined }],
    'an empty crit': [{}, { crit: [] }],
    'another audience': [{ aud: 'https://other.example' }],
    'a stranger in aud': [{ aud: [baseUrl, 'account'] }],
    'us twice in aud': [{ aud: [baseUrl, baseUrl] }],
    'an empty aud': [{ aud: [] }],
    'no client': [{ client_id: undefined }],
    'no jti': [{ jti: undefined }],
    'no sub': [{ sub: undefined }],
    'a sub that is a number': [{ sub: 7 }],
    'a sub with NUL': [{ sub: 'a\u0000b' }],
    'a giant sub': [{ sub: 'x'.repeat(300) }],
    'valid until 2099': [{ exp: 4_070_908_800 }],
    'issued in the future': [{ iat: seconds() + 60, exp: seconds() + 120 }],
    expired: [{ iat: seconds() - 120, exp: seconds() - 60 }],
    'an unknown organisation': [{ organisation: randomUUID() }],
    'an organisation without a scheme': [{ organisation: 'GM9001' }],
    'an organisation of an unknown scheme': [{ organisation: 'kenteken:AA-11' }],
    'an organisation of a scheme that objects have': [{ organisation: 'constructor:x' }],
    'an organisation that is an object': [{ organisation: { id: organisationId } }],
    'organisations in a list': [{ organisation: [organisationId] }],
    'an organisation that is null': [{ organisation: null }],
    'an empty organisation': [{ organisation: '' }],
    'NUL in the organisation': [{ organisation: 'oin:\u0000' }],
  };
  for (const [name, token] of Object.entries(bad)) await t.rejects(callerOf(...token), { code: 'invalid_token' }, name);
});

t.test('an issuer is trusted as the environment says, also one that calls its access tokens JWT', async (t) => {
  const key = await testKey('RS256');
  const configured = {
    issuer,
    audience: 'samendoen',
    jwks: { keys: [key.jwk] },
    organisationClaim: 'org',
    scopeClaim: 'scp',
    administratorClaim: 'roles',
    administratorValue: 'boss',
    typ: 'JWT',
  };
  const { trustedIssuers } = readConfig({ TRUSTED_ISSUERS: JSON.stringify([configured]) });
  const { access, organisationId } = await testNode(t, trustedIssuers);
  const claims = claimsOf({ aud: 'samendoen', org: organisationId, scp: 'clients:read', roles: ['boss'] });
  const bearer = (typ: string) => `Bearer ${forge(key, { alg: 'RS256', typ, kid: key.jwk.kid }, claims)}`;
  t.match(await access.authenticate(bearer('JWT')), { organisationId, administrator: true });
  await t.rejects(access.authenticate(bearer('at+jwt')), { code: 'invalid_token' });
  t.throws(() => readConfig({ TRUSTED_ISSUERS: JSON.stringify([{ ...configured, typ: 'any' }]) }), /TRUSTED_ISSUERS/);
});

t.test('an outside token acts for the organisation, the scopes and the role that its claims name', async (t) => {
  const { callerOf, organisationId } = await trusting(t, {
    organisationClaim: 'org',
    scopeClaim: 'scp',
    administratorValue: 'boss',
    audience: 'samendoen',
    typ: 'JWT',
  });
  const aud = 'samendoen';
  const caller = await callerOf({ aud, org: organisationId, scp: ['clients:read', 'unknown', 7], roles: ['boss'] });
  t.match(caller, { clientId: `${issuer}|someone`, organisationId, administrator: true });
  t.same([...caller.scopes], ['clients:read']);
  const plain = await callerOf({ aud });
  t.match(plain, { organisationId: null, administrator: false });
  t.same([...plain.scopes], []);
  const boss = await callerOf({ aud, roles: 'boss', scp: 'alliances:read nothing:read' });
  t.equal(boss.administrator, true);
  t.same([...boss.scopes], ['alliances:read']);
  for (const roles of [['bossy'], 'bossy', true, { boss: true }, null, [['boss']]])
    t.match(await callerOf({ aud, roles }), { administrator: false });
  t.match(await callerOf({ aud, jti: undefined, client_id: undefined }), { clientName: 'portal' }, 'azp names it too');
});

t.test('without a value for it, the claim of an administrator must be true itself', async (t) => {
  const { callerOf } = await trusting(t, { administratorClaim: 'admin', administratorValue: undefined });
  t.match(await callerOf({ admin: true }), { administrator: true });
  for (const admin of ['true', 1, [true], {}, null]) t.match(await callerOf({ admin }), { administrator: false });
});

t.test('no caller is an administrator when the issuer has no claim for it', async (t) => {
  const { callerOf } = await trusting(t, { administratorClaim: undefined, administratorValue: undefined });
  t.match(await callerOf({ undefined: true, roles: true }), { administrator: false });
});

t.test('an organisation may be named by an official identifier that it has today, however it is written', async (t) => {
  const { callerOf, db } = await trusting(t);
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const add = async (name: string, identifiers: object[]) => {
    const input = { kind: 'municipality' as const, name, identifiers: identifiers as never };
    return (await createOrganisation(db, by, input)).body.id;
  };
  const first = await add('Eerste', [
    { scheme: 'cbs', value: 'GM9001' },
    { scheme: 'tooi', value: 'https://identifier.overheid.nl/tooi/id/gemeente/gm9001' },
    { scheme: 'oin', value: '00000003123456780000', validUntil: day(-1) },
    { scheme: 'kvk', value: '12345678', validFrom: day(2) },
  ]);
  for (const claim of [
    'cbs:GM9001',
    'CBS:gm9001',
    'cbs:9001',
    'tooi:https://identifier.overheid.nl/tooi/id/gemeente/gm9001',
  ])
    t.match(await callerOf({ organisation: claim }), { organisationId: first }, claim);
  for (const claim of ['cbs:GM9999', 'oin:00000003123456780000', 'kvk:12345678', 'cbs:', ':GM9001'])
    await t.rejects(callerOf({ organisation: claim }), { code: 'invalid_token' }, claim);
});

t.test('claims of any form never break the node', async (t) => {
  const { callerOf } = await trusting(t);
  for (const odd of [null, 7, true, [], ['x'], {}, { toString: 1, valueOf: 1 }, 'x'.repeat(1000)]) {
    const caller = await callerOf({ name: odd, scope: odd, roles: odd, azp: odd });
    t.match([caller.administrator, caller.scopes.size], [false, 0]);
    t.ok(caller.clientName.length <= 200);
  }
  t.match(await callerOf({ name: 'Een naam' }), { clientName: 'Een naam' });
  for (const odd of [7, [], {}, { toString: 1, valueOf: 1 }])
    t.match(await callerOf({ client_id: odd, azp: undefined }), { clientName: 'someone' });
});

t.test('a key of an issuer that is too weak proves nothing', async (t) => {
  const weak = await testKey('RS256', 'weak');
  const n = Buffer.from(String(weak.jwk.n), 'base64url').subarray(0, 128);
  n[127] = 1;
  const jwk = { ...weak.jwk, n: n.toString('base64url') };
  const { callerOf } = await trusting(t, { jwks: { keys: [jwk] } });
  await t.rejects(callerOf({}, {}, weak), { code: 'invalid_token' });
});

t.test('a node does not start with an issuer that cannot be trusted', async (t) => {
  const { db, sql, trusted, key } = await trusting(t);
  const start = (...issuers: TrustedIssuer[]) => testAccess(t, { db, sql }, issuers);
  await t.rejects(start({ ...trusted, jwks: undefined }), /jwksUri/);
  await t.rejects(start({ ...trusted, jwks: undefined, jwksUri: 'http://login.example/keys' }), /https/);
  await t.rejects(start({ ...trusted, issuer: baseUrl }), /its own/);
  await t.rejects(start(trusted, { ...trusted, audience: 'other' }), /twice/);
  await t.rejects(start({ ...trusted, jwks: { keys: [{ ...key.jwk, d: 'AA' }] } }), /public/);
  await t.rejects(start({ ...trusted, jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }), /public/);
  await t.rejects(start({ ...trusted, jwks: {} as never }));
});

t.test('tokens of two issuers with one kid are told apart', async (t) => {
  const { db, sql, trusted, key, make } = await trusting(t);
  const otherKey = await testKey('ES256', 'outside');
  const other = { ...trusted, issuer: 'https://other.example', jwks: { keys: [{ ...otherKey.jwk }] } };
  const access = await testAccess(t, { db, sql }, [trusted, other]);
  await access.authenticate(`Bearer ${make()}`);
  await access.authenticate(`Bearer ${make({ iss: other.issuer }, {}, otherKey)}`);
  await t.rejects(access.authenticate(`Bearer ${make({ iss: other.issuer })}`), { code: 'invalid_token' });
  await t.rejects(access.authenticate(`Bearer ${make({}, {}, otherKey)}`), { code: 'invalid_token' });
  const signed = await sign(key, claimsOf(), { typ: 'at+jwt' });
  t.match(await access.authenticate(`Bearer ${signed}`), { clientId: `${issuer}|someone` });
});
