import { randomUUID } from 'node:crypto';
import { exportJWK } from 'jose';
import t, { type Test } from 'tap';
import { removeExpiredAssertions } from '../../../src/features/access/access.ts';
import { changeClient } from '../../../src/features/access/clients.ts';
import { openDatabase } from '../../../src/platform/db.ts';
import { applicationRole } from '../../helpers/db.ts';
import {
  assertionClaims,
  encodePart,
  forge,
  forgeHmac,
  registerClient,
  seconds,
  sign,
  testAccess,
  testKey,
  testNode,
} from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';

const altered = (part = '') => `${part.slice(0, 20)}${part[20] === 'A' ? 'B' : 'A'}${part.slice(21)}`;

t.test('faulty and hostile client assertions are refused, and none of them is remembered', async (t) => {
  const { access, client, key, owner } = await testNode(t);
  const claims = (change: Record<string, unknown> = {}) => assertionClaims(client.clientId, change);
  const header = { alg: 'ES256', kid: key.jwk.kid };
  const head = (change: Record<string, unknown>) => ({ ...header, ...change });
  const stranger = await testKey('ES256', String(key.jwk.kid));
  const embedded = { ...(await exportJWK(stranger.privateKey)), d: undefined };
  const good = await sign(key, claims());
  const [h = '', p = '', s = ''] = good.split('.');
  const text = JSON.stringify(claims());
  const bad: Record<string, string> = {
    empty: '',
    'no token': 'hello',
    'two parts': `${h}.${p}`,
    'empty signature': `${h}.${p}.`,
    truncated: good.slice(0, -10),
    'altered header': `${altered(h)}.${p}.${s}`,
    'altered payload': `${h}.${altered(p)}.${s}`,
    'altered signature': `${h}.${p}.${altered(s)}`,
    padded: `${good}=`,
    giant: forge(key, header, claims({ filler: 'x'.repeat(9000) })),
    'alg none': `${encodePart(head({ alg: 'none' }))}.${p}.`,
    'HS256 with the public key': forgeHmac(JSON.stringify(key.jwk), head({ alg: 'HS256' }), claims()),
    'HS256 with an empty key': forgeHmac('', head({ alg: 'HS256' }), claims()),
    'a stranger with the same kid': forge(stranger, header, claims()),
    'embedded jwk': forge(stranger, head({ jwk: embedded, kid: undefined }), claims()),
    'jku of a stranger': forge(stranger, head({ jku: 'https://evil.example/jwks.json' }), claims()),
    'x5u of a stranger': forge(stranger, head({ x5u: 'https://evil.example/cert.pem' }), claims()),
    'unknown crit': forge(key, head({ crit: ['x'], x: 1 }), claims()),
    'empty crit': forge(key, head({ crit: [] }), claims()),
    'kid in a list': forge(key, head({ kid: [key.jwk.kid] }), claims()),
    'kid null': forge(key, head({ kid: null }), claims()),
    'typ in a list': forge(key, head({ typ: ['JWT'] }), claims()),
    'aud given twice': forge(key, header, text.replace('{', '{"aud":"https://evil.example",')),
    'sub given twice': forge(key, header, text.replace(/}$/, `,"sub":"${client.clientId}"}`)),
    'jti given twice by an escape': forge(key, header, text.replace(/}$/, ',"j\\u0074i":"0123456789abcdef"}')),
    'iss in a list': forge(key, header, claims({ iss: [client.clientId] })),
    'sub with NUL': forge(key, header, claims({ sub: `${client.clientId}\u0000` })),
    'jti with NUL': forge(key, header, claims({ jti: `0123456789abcdef\u0000` })),
    'jti with a lone surrogate': forge(key, header, text.replace(/"jti":"/, '"jti":"\\ud800')),
    'exp of 1e999': forge(key, header, text.replace(/"exp":\d+/, '"exp":1e999')),
    'exp before iat': forge(key, header, claims({ exp: seconds() - 1 })),
    'iat as text': forge(key, header, claims({ iat: String(seconds()) })),
    'payload that is a list': forge(key, header, '[]'),
    'deep nesting': forge(key, header, text.replace(/}$/, `,"x":${'['.repeat(50)}${']'.repeat(50)}}`)),
  };
  for (const [name, assertion] of Object.entries(bad))
    t.same(await access.grantToken({ method: 'assertion', assertion }), { refused: 'invalid_client' }, name);
  t.same(await owner`select jti from used_assertions`, []);
  t.match(await access.grantToken({ method: 'assertion', assertion: good }), { token: String });
});

t.test('each algorithm of a client key works', async (t) => {
  const node = await testNode(t);
  for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
    const key = await testKey(alg);
    const client = await registerClient(node, node.organisationId, [key.jwk]);
    const assertion = await sign(key, assertionClaims(client.clientId));
    t.match(await node.access.grantToken({ method: 'assertion', assertion }), { token: String }, alg);
  }
});

t.test(
  'a forged, disabled or too early use leaves an assertion unused; its identifier belongs to its client',
  async (t) => {
    const node = await testNode(t);
    const { access, db, client, key } = node;
    const granted = async (assertion: string) =>
      'token' in (await access.grantToken({ method: 'assertion', assertion }));
    const jti = randomUUID();
    const good = await sign(key, assertionClaims(client.clientId, { jti }));
    const stranger = await testKey('ES256', String(key.jwk.kid));
    t.notOk(await granted(await sign(stranger, assertionClaims(client.clientId, { jti }))), 'forged');
    t.notOk(await granted(await sign(key, assertionClaims(client.clientId, { jti, aud: 'https://x.example' }))), 'aud');
    t.notOk(await granted(await sign(key, assertionClaims(client.clientId, { jti, nbf: seconds() + 60 }))), 'early');
    await changeClient(db, context(administrator), client.id, 1, { disabled: true });
    t.notOk(await granted(good), 'disabled');
    await changeClient(db, context(administrator), client.id, 2, { disabled: false });
    const otherKey = await testKey('ES256');
    const other = await registerClient(node, node.organisationId, [otherKey.jwk]);
    t.ok(
      await granted(await sign(otherKey, assertionClaims(other.clientId, { jti }))),
      'the same jti of another client',
    );
    t.ok(await granted(good), 'the first use of the good one');
    t.notOk(await granted(good), 'the second');
    t.notOk(await granted(await sign(key, assertionClaims(client.clientId, { jti }))), 'another with the same jti');
    const wrongScope = await sign(key, assertionClaims(client.clientId));
    t.same(await access.grantToken({ method: 'assertion', assertion: wrongScope }, { scope: 'clients:write' }), {
      refused: 'invalid_scope',
    });
    t.notOk(await granted(wrongScope), 'an assertion that asked for too much is used up too');
  },
);

const rounds = 20;
const parallel = 20;

/** How often the assertions of each round were accepted, when each is sent many times at once. */
async function acceptances(make: () => Promise<string>, accept: (assertion: string, n: number) => Promise<boolean>) {
  const counts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const assertion = await make();
    const answers = await Promise.all(Array.from({ length: parallel }, (_, n) => accept(assertion, n)));
    counts.push(answers.filter(Boolean).length);
  }
  return counts;
}

async function twoProcesses(t: Test) {
  const node = await testNode(t);
  const second = openDatabase(node.connection, { max: 6, role: applicationRole });
  const elsewhere = await testAccess(t, second);
  t.teardown(() => second.close());
  return { ...node, processes: [node.access, elsewhere] };
}

t.test(
  'an assertion sent 20 times at once to two processes is accepted exactly once, in each of 20 rounds',
  async (t) => {
    const { processes, client, key } = await twoProcesses(t);
    const counts = await acceptances(
      () => sign(key, assertionClaims(client.clientId)),
      async (assertion, n) => {
        const result = await processes[n % 2]?.grantToken({ method: 'assertion', assertion });
        return result !== undefined && 'token' in result;
      },
    );
    t.same(counts, Array(rounds).fill(1));
  },
);

t.test('the harness finds a node that looks first and remembers then', async (t) => {
  const { owner, sql } = await twoProcesses(t);
  await owner`create table remembered (jti text)`;
  await owner`grant all on remembered to samendoen_app`;
  const counts = await acceptances(
    async () => randomUUID(),
    async (jti) => {
      const known = await sql`select from remembered where jti = ${jti}`;
      if (known.length > 0) return false;
      await sql`insert into remembered values (${jti})`;
      return true;
    },
  );
  t.ok(counts.some((count) => count > 1));
});

t.test('used assertions are forgotten when their age alone would refuse them, and not before', async (t) => {
  const { access, client, key, db, owner } = await testNode(t);
  const assertion = await sign(key, assertionClaims(client.clientId));
  await access.grantToken({ method: 'assertion', assertion });
  t.equal(await removeExpiredAssertions(db), 0);
  const [kept] = await owner`select extract(epoch from expires_at - now())::int as left from used_assertions`;
  t.ok(kept?.left > 120 && kept?.left <= 60 + 120, 'for longer than a machine whose clock is off would accept it');
  await owner`update used_assertions set expires_at = now() - interval '1 second'`;
  t.equal(await removeExpiredAssertions(db), 1);
  t.equal(await owner`select from used_assertions`.then((rows) => rows.length), 0);
});
