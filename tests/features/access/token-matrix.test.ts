import { createLocalJWKSet, type JWK, type JWTVerifyOptions, jwtVerify } from 'jose';
import t, { type Test } from 'tap';
import { rotateSigningKey } from '../../../src/features/access/keys.ts';
import {
  baseUrl,
  forge,
  leakedKey,
  nodeSecret,
  seconds,
  type TestKey,
  testKey,
  testNode,
  tokenClaims,
} from '../../helpers/oauth.ts';
import { judge, nameOf, product } from './matrix.ts';

const portal = 'https://portal.example';
const login = 'https://login.example';
const loginAudience = 'urn:samendoen';

const issuers: Readonly<Record<string, string>> = { own: baseUrl, portal, login, stranger: 'https://evil.example' };
const audiences: Readonly<Record<string, unknown>> = {
  us: baseUrl,
  'us in a list': [baseUrl],
  'us and a stranger': [baseUrl, 'https://evil.example'],
  'us as login calls us': loginAudience,
  stranger: 'https://evil.example',
};
const types: Readonly<Record<string, string | undefined>> = {
  'at+jwt': 'at+jwt',
  JWT: 'JWT',
  assertion: 'client-authentication+jwt',
  absent: undefined,
};
/** A life from now on; the two must be of one second. */
const lasting = (life: number, iat = seconds()) => ({ iat, exp: iat + life });
const times: Readonly<Record<string, () => Record<string, unknown>>> = {
  now: () => ({}),
  expired: () => ({ iat: seconds() - 600, exp: seconds() - 60 }),
  future: () => ({ iat: seconds() + 60, exp: seconds() + 120 }),
  'not yet': () => ({ nbf: seconds() + 60 }),
  'too long': () => lasting(3601),
  'until 2099': () => ({ exp: 4_070_908_800 }),
  endless: () => ({ exp: undefined }),
};

type Row = Record<'issuer' | 'signer' | 'kid' | 'alg' | 'typ' | 'aud' | 'time', string>;

/** The rules, written apart from the product: who signs with which key under which name, and for which audience. */
const rules: Readonly<Record<string, { audiences: string[]; keys: Record<string, string[]> }>> = {
  own: { audiences: ['us'], keys: { own: ['own'] } },
  // Without a kid, a key of an outside issuer is taken when no other of its keys fits the algorithm.
  portal: {
    audiences: ['us', 'us in a list'],
    keys: { 'portal ES256': ['shared', 'absent'], 'portal RS256': ['portal-rsa', 'absent'] },
  },
  login: {
    audiences: ['us as login calls us'],
    keys: {
      'login ES256': ['shared'],
      'login RS256': ['login-rsa', 'absent'],
      'login PS256': ['login-rsa', 'absent'],
    },
  },
};

function isSpecified({ issuer, signer, kid, alg, typ, aud, time }: Row): boolean {
  const rule = rules[issuer];
  const bearsRightKey = rule?.keys[signer]?.includes(kid) === true && alg === 'true';
  return bearsRightKey && rule.audiences.includes(aud) && typ === 'at+jwt' && time === 'now';
}

/** A node that trusts two issuers, one of whose keys bear the same name, and everybody's keys. */
async function world(t: Test) {
  const portalEc = await testKey('ES256', 'shared');
  const portalRsa = await testKey('RS256', 'portal-rsa');
  const loginEc = await testKey('ES256', 'shared');
  const loginRsa = await testKey('RS256', 'login-rsa');
  const { alg: _, ...openRsa } = loginRsa.jwk;
  const loginKeys = [loginEc.jwk, (await testKey('ES256', 'login-other')).jwk, openRsa];
  const scopeClaim = 'scope';
  const node = await testNode(t, [
    { issuer: portal, audience: baseUrl, scopeClaim, jwks: { keys: [{ ...portalEc.jwk }, { ...portalRsa.jwk }] } },
    { issuer: login, audience: loginAudience, scopeClaim, jwks: { keys: loginKeys.map((key) => ({ ...key })) } },
  ]);
  const retired = await leakedKey(node.db);
  await rotateSigningKey(node.db, { keySecret: nodeSecret, compromised: true });
  const own = await leakedKey(node.db);
  const waiting = await rotateSigningKey(node.db, { keySecret: nodeSecret });
  const signers: Record<string, Pick<TestKey, 'privateKey' | 'alg'> & { kid: string }> = {
    own: { ...own, kid: 'own' },
    retired: { ...retired, kid: 'retired' },
    'portal ES256': { ...portalEc, kid: 'shared' },
    'portal RS256': { ...portalRsa, kid: 'portal-rsa' },
    'portal PS256': { ...portalRsa, alg: 'PS256', kid: 'portal-rsa' },
    'login ES256': { ...loginEc, kid: 'shared' },
    'login RS256': { ...loginRsa, kid: 'login-rsa' },
    'login PS256': { ...loginRsa, alg: 'PS256', kid: 'login-rsa' },
    stranger: { ...(await testKey('ES256')), kid: 'shared' },
  };
  const kids: Record<string, unknown> = {
    own: own.jwk.kid,
    retired: retired.jwk.kid,
    waiting: waiting.kid,
    shared: 'shared',
    'portal-rsa': 'portal-rsa',
    'login-rsa': 'login-rsa',
    unknown: 'unknown',
    absent: undefined,
  };
  const tokenOf = ({ issuer, signer, kid, alg, typ, aud, time }: Row): string => {
    const by = signers[signer] ?? own;
    const header = { alg: alg === 'true' ? by.alg : alg, typ: types[typ], kid: kids[kid] };
    const change = { iss: issuers[issuer], aud: audiences[aud], ...times[time]?.() };
    return forge(by, header, tokenClaims(node.client.clientId, change));
  };
  const signerNames = Object.keys(signers);
  const rows: Row[] = [
    ...product({
      issuer: Object.keys(issuers),
      signer: signerNames,
      kid: Object.keys(kids),
      alg: ['true'],
      typ: Object.keys(types),
      aud: Object.keys(audiences),
      time: ['now'],
    }),
    ...signerNames
      .flatMap((signer) =>
        product({
          issuer: Object.keys(issuers),
          signer: [signer],
          kid: [signers[signer]?.kid ?? ''],
          alg: ['true', 'none', 'HS256', 'ES256', 'RS256', 'PS256'],
          typ: ['at+jwt'],
          aud: ['us', 'us as login calls us'],
          time: Object.keys(times),
        }),
      )
      .filter(({ signer, alg }) => signers[signer]?.alg !== alg),
  ];
  const everyKey: JWK[] = [...(await node.access.keySet()).keys, portalEc.jwk, portalRsa.jwk, openRsa];
  return { node, rows, tokenOf, everyKey };
}

const succeeds = (attempt: Promise<unknown>) =>
  attempt.then(
    () => true,
    () => false,
  );

t.test('of thousands of combinations exactly the specified access tokens are accepted', async (t) => {
  const { node, rows, tokenOf } = await world(t);
  const judgement = await judge(rows, isSpecified, (row) =>
    succeeds(node.access.authenticate(`Bearer ${tokenOf(row)}`)),
  );
  t.ok(judgement.tried > 5000, `${judgement.tried} combinations`);
  t.ok(judgement.specified.length > 10, `${judgement.specified.length} are specified`);
  t.same(judgement.accepted, judgement.specified);
});

t.test('the harness finds what a verifier with the defaults of the library lets through', async (t) => {
  const { rows: all, tokenOf, everyKey } = await world(t);
  const rows = all.filter(({ signer }) => !/[RP]S256/.test(signer));
  const names = new Set(rows.map(nameOf));
  const good: Row = { issuer: 'own', signer: 'own', kid: 'own', alg: 'true', typ: 'at+jwt', aud: 'us', time: 'now' };
  const keys = createLocalJWKSet({ keys: everyKey });
  const byDefault = { issuer: [baseUrl, portal, login], audience: [baseUrl, loginAudience] };
  const hardened = {
    ...byDefault,
    algorithms: ['ES256', 'RS256', 'PS256'],
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
    maxTokenAge: 3600,
    clockTolerance: 5,
  };
  const check = async (options: JWTVerifyOptions, holes: readonly Partial<Row>[], closed: readonly Partial<Row>[]) => {
    const { wrong } = await judge(rows, isSpecified, (row) => succeeds(jwtVerify(tokenOf(row), keys, options)));
    for (const change of holes) t.ok(wrong.has(nameOf({ ...good, ...change })), `lets through ${nameOf(change)}`);
    for (const change of closed) {
      const name = nameOf({ ...good, ...change });
      t.ok(names.has(name) && !wrong.has(name), `refuses ${nameOf(change)}`);
    }
  };
  const always = [
    { aud: 'us and a stranger' },
    { aud: 'us in a list' },
    { time: 'too long' },
    { time: 'until 2099' },
    { issuer: 'portal' },
  ];
  const repaired = [{ typ: 'JWT' }, { typ: 'assertion' }, { typ: 'absent' }, { time: 'future' }, { time: 'endless' }];
  await check(byDefault, [...always, ...repaired], [{ time: 'expired' }, { signer: 'stranger' }, { alg: 'none' }]);
  await check(hardened, always, repaired);
});
