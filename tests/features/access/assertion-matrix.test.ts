import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JWK, jwtVerify } from 'jose';
import t, { type Test } from 'tap';
import { changeClient, getClient } from '../../../src/features/access/clients.ts';
import { removeClientKey } from '../../../src/features/access/credentials.ts';
import {
  assertionClaims,
  baseUrl,
  forge,
  registerClient,
  seconds,
  type TestKey,
  testKey,
  testNode,
} from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';
import { judge, nameOf, product } from './matrix.ts';

const by = context(administrator);
const endpoint = `${baseUrl}/oauth/token`;

const audiences: Readonly<Record<string, unknown>> = {
  endpoint,
  issuer: baseUrl,
  'endpoint in a list': [endpoint],
  'endpoint and a stranger': [endpoint, 'https://evil.example'],
  'endpoint with a slash': `${endpoint}/`,
  stranger: 'https://evil.example/oauth/token',
  absent: undefined,
};
const types: Readonly<Record<string, string | undefined>> = {
  absent: undefined,
  JWT: 'JWT',
  'client-authentication+jwt': 'client-authentication+jwt',
  'at+jwt': 'at+jwt',
};
/** A life from now on; the two must be of one second. */
const lasting = (life: number, iat = seconds()) => ({ iat, exp: iat + life });
const times: Readonly<Record<string, () => Record<string, unknown>>> = {
  now: () => ({}),
  longest: () => lasting(300),
  'too long': () => lasting(301),
  'until 2099': () => ({ exp: 4_070_908_800 }),
  endless: () => ({ exp: undefined }),
  expired: () => ({ iat: seconds() - 120, exp: seconds() - 60 }),
  future: () => ({ iat: seconds() + 60, exp: seconds() + 120 }),
  'not yet': () => ({ nbf: seconds() + 60 }),
  undated: () => ({ iat: undefined }),
};
const identifiers: Readonly<Record<string, () => unknown>> = {
  fresh: () => randomUUID(),
  short: () => randomUUID().slice(0, 15),
  long: () => 'x'.repeat(257),
  number: () => 1_234_567_890_123_456,
  absent: () => undefined,
};

/** Who is claimed and who is named as issuer and beside the assertion; by which key, under which name; and the rest. */
type Row = Record<'sub' | 'iss' | 'named' | 'signer' | 'kid' | 'alg' | 'typ' | 'aud' | 'time' | 'jti', string>;

const good: Row = {
  sub: 'first',
  iss: 'same',
  named: 'nobody',
  signer: 'first ES256',
  kid: 'main',
  alg: 'true',
  typ: 'absent',
  aud: 'endpoint',
  time: 'now',
  jti: 'fresh',
};

/** The valid keys of each client that may ask, with the names under which each is found; written apart from the product. */
const rules: Readonly<Record<string, Record<string, string[]>>> = {
  first: { 'first ES256': ['main'], 'first RS256': ['rsa'], 'first PS256': ['pss'] },
  // The only key of a client needs no name.
  second: { 'second EdDSA': ['main', 'absent'] },
};
const allowed: Partial<Record<keyof Row, readonly string[]>> = {
  iss: ['same'],
  named: ['nobody', 'same'],
  alg: ['true'],
  typ: ['absent', 'JWT', 'client-authentication+jwt'],
  aud: ['endpoint', 'issuer'],
  time: ['now', 'longest'],
  jti: ['fresh'],
};

const isSpecified = (row: Row): boolean =>
  rules[row.sub]?.[row.signer]?.includes(row.kid) === true &&
  Object.entries(allowed).every(([name, values]) => values.includes(row[name as keyof Row]));

const values = {
  sub: ['first', 'second', 'disabled', 'keyless', 'unknown'],
  signer: [
    'first ES256',
    'first RS256',
    'first PS256',
    'first RS256 as PS256',
    'first ended',
    'second EdDSA',
    'disabled ES256',
    'stranger',
  ],
  kid: ['main', 'rsa', 'pss', 'ended', 'unknown', 'absent'],
};

async function world(t: Test) {
  const node = await testNode(t);
  const { db, organisationId } = node;
  const [main, rsa, pss, ended] = [
    await testKey('ES256', 'main'),
    await testKey('RS256', 'rsa'),
    await testKey('PS256', 'pss'),
    await testKey('ES256', 'ended'),
  ];
  const second = await testKey('EdDSA', 'main');
  const off = await testKey('ES256', 'main');
  const first = await registerClient(
    node,
    organisationId,
    [main, rsa, pss, ended].map((key) => key.jwk),
  );
  const { keys } = (await getClient(db, administrator, first.id)).body;
  await removeClientKey(db, by, first.id, keys.find(({ kid }) => kid === 'ended')?.id ?? '', first.version);
  const disabled = await registerClient(node, organisationId, [off.jwk]);
  await changeClient(db, by, disabled.id, 1, { disabled: true });
  const keyless = await registerClient(node, organisationId, [], ['clients:write'], { administrator: true });
  const clientIds: Record<string, string> = {
    first: first.clientId,
    second: (await registerClient(node, organisationId, [second.jwk])).clientId,
    disabled: disabled.clientId,
    keyless: keyless.clientId,
    unknown: 'c_unknown',
  };
  const signers: Record<string, Pick<TestKey, 'privateKey' | 'alg'>> = {
    'first ES256': main,
    'first RS256': rsa,
    'first PS256': pss,
    'first RS256 as PS256': { ...rsa, alg: 'PS256' },
    'first ended': ended,
    'second EdDSA': second,
    'disabled ES256': off,
    stranger: await testKey('ES256', 'main'),
  };
  const otherThan = (sub: string) => clientIds[sub === 'first' ? 'second' : 'first'];
  const claimsOf = (row: Row) =>
    assertionClaims(clientIds[row.sub] ?? '', {
      iss: row.iss === 'same' ? clientIds[row.sub] : otherThan(row.sub),
      aud: audiences[row.aud],
      jti: identifiers[row.jti]?.(),
      ...times[row.time]?.(),
    });
  const headerOf = (row: Row, alg: string) => ({
    alg: row.alg === 'true' ? alg : row.alg,
    typ: types[row.typ],
    kid: row.kid === 'absent' ? undefined : row.kid,
  });
  const make = (row: Row) => {
    const signer = signers[row.signer] ?? main;
    const clientId = { same: clientIds[row.sub], other: otherThan(row.sub) }[row.named];
    return { assertion: forge(signer, headerOf(row, signer.alg), claimsOf(row)), clientId };
  };
  const registered: Record<string, JWK[]> = {
    first: [main.jwk, rsa.jwk, pss.jwk],
    second: [second.jwk],
    disabled: [off.jwk],
  };
  return { node, make, clientIds, registered };
}

const rows: Row[] = [
  ...product(values).flatMap((row) => Object.keys(types).map((typ) => ({ ...good, ...row, typ }))),
  ...product({
    iss: ['same', 'other'],
    named: ['nobody', 'same', 'other'],
    typ: Object.keys(types),
    aud: Object.keys(audiences),
    time: Object.keys(times),
  }).map((row) => ({ ...good, ...row })),
  ...product({
    jti: Object.keys(identifiers),
    alg: ['true', 'none', 'HS256', 'RS256'],
    aud: ['endpoint', 'issuer'],
  }).map((row) => ({ ...good, ...row })),
];

t.test('of thousands of combinations exactly the specified client assertions are accepted', async (t) => {
  const { node, make } = await world(t);
  const judgement = await judge(rows, isSpecified, async (row) => {
    const result = await node.access.grantToken({ method: 'assertion', ...make(row) });
    if ('refused' in result && result.refused !== 'invalid_client') throw new Error(result.refused);
    return 'token' in result;
  });
  t.ok(judgement.tried > 2000, `${judgement.tried} combinations`);
  t.ok(judgement.specified.length > 30, `${judgement.specified.length} are specified`);
  t.same(judgement.accepted, judgement.specified);
});

t.test('the harness finds what assertions the defaults of the library let through', async (t) => {
  const { make, clientIds, registered } = await world(t);
  const { wrong } = await judge(rows, isSpecified, async (row) => {
    const keys = createLocalJWKSet({ keys: registered[row.sub] ?? [] });
    const options = { issuer: clientIds[row.sub] ?? '', audience: [endpoint, baseUrl] };
    return jwtVerify(make(row).assertion, keys, options).then(
      () => true,
      () => false,
    );
  });
  for (const change of [
    { typ: 'at+jwt' },
    { aud: 'endpoint in a list' },
    { aud: 'endpoint and a stranger' },
    { time: 'too long' },
    { time: 'until 2099' },
    { time: 'endless' },
    { time: 'future' },
    { time: 'undated' },
    { jti: 'short' },
    { jti: 'absent' },
    { named: 'other' },
    { sub: 'disabled', signer: 'disabled ES256' },
  ])
    t.ok(wrong.has(nameOf({ ...good, ...change })), nameOf(change));
});
