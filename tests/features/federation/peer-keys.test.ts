import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { describeNode } from '../../../src/features/federation/node-pages.ts';
import { PeerFailure, PeerKeys, type PeerTimes } from '../../../src/features/federation/peer-keys.ts';
import { createOutbound } from '../../../src/platform/outbound.ts';
import { listen } from '../../helpers/endpoint.ts';
import { sign, testKey } from '../../helpers/oauth.ts';
import { type Impostor, json, startImpostor } from './world.ts';

const description = '/.well-known/learning-network';
const keySet = '/.well-known/jwks.json';
const typ = 'peering+jwt';
const audience = 'https://us.example';

function keysOf(t: Test, times: Partial<PeerTimes> = {}): PeerKeys {
  const outbound = createOutbound({ privateRanges: ['127.0.0.0/8'], allowHttp: true });
  t.teardown(() => outbound.close());
  return new PeerKeys(outbound, times);
}

const claimsOf = (peer: Impostor) => ({ iss: peer.baseUrl, aud: audience, iat: 1 });

/** Why something is not believed. */
async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'believed';
  } catch (error) {
    if (error instanceof PeerFailure) return error.reason;
    throw error;
  }
}

t.test('what a node signed is believed by the keys that it publishes under its address', async (t) => {
  const peer = await startImpostor(t);
  const keys = keysOf(t);
  const { payload, jwk } = await keys.verify(peer.baseUrl, await peer.sign(claimsOf(peer)), { typ, audience });
  t.same(payload, claimsOf(peer));
  t.equal(jwk.kid, peer.key.jwk.kid);
  t.match(await keys.describe(peer.baseUrl), { name: 'Elders', oin: null, baseUrl: peer.baseUrl });
  await Promise.all(Array.from({ length: 20 }, () => keys.describe(peer.baseUrl)));
  t.equal(peer.asked.get(description), 1, 'it was asked once for all that');
  t.equal(peer.asked.get(keySet), 1);
});

t.test('many ask for a node at once, and it is asked once', async (t) => {
  const peer = await startImpostor(t);
  const keys = keysOf(t);
  const jws = await peer.sign(claimsOf(peer));
  await Promise.all(Array.from({ length: 20 }, () => keys.verify(peer.baseUrl, jws, { typ, audience })));
  t.equal(peer.asked.get(keySet), 1);
});

t.test('a message of another type, audience, issuer, algorithm or key is not believed', async (t) => {
  const [peer, other] = [await startImpostor(t), await startImpostor(t)];
  const keys = keysOf(t);
  const claims = claimsOf(peer);
  const tried = async (jws: string) => reasonOf(keys.verify(peer.baseUrl, jws, { typ, audience }));
  const kid = String(peer.key.jwk.kid);
  t.equal(await tried(await peer.sign(claims)), 'believed');
  t.equal(await tried(await peer.sign(claims, 'at+jwt')), 'not_signed');
  t.equal(await tried(await peer.sign(claims, 'peering-decision+jwt')), 'not_signed');
  t.equal(await tried(await peer.sign({ ...claims, aud: 'https://others.example' })), 'not_signed');
  t.equal(await tried(await peer.sign({ ...claims, aud: [audience] })), 'not_signed');
  t.equal(await tried(await peer.sign({ ...claims, iss: other.baseUrl })), 'not_signed');
  t.equal(await tried(await other.sign(claims)), 'unknown_key', 'the key of another node');
  const forged = { ...other.key, jwk: { ...other.key.jwk, kid } };
  t.equal(await tried(await peer.sign(claims, typ, forged)), 'not_signed', 'under the name of its key');
  const [header, payload, signature] = (await peer.sign(claims)).split('.');
  const changed = Buffer.from(JSON.stringify({ ...claims, iat: 2 })).toString('base64url');
  t.equal(await tried(`${header}.${changed}.${signature}`), 'not_signed');
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ, kid })).toString('base64url');
  t.equal(await tried(`${none}.${payload}.`), 'not_signed');
  const rsa = await testKey('RS256', kid);
  t.equal(await tried(await sign(rsa, claims, { typ, kid })), 'not_signed');
  const withJwk = await sign(other.key, claims, { typ, kid: 'own', jwk: other.key.jwk });
  t.equal(await tried(withJwk), 'unknown_key', 'a key in the message is none');
  t.equal(await tried(''), 'not_signed');
  t.equal(await tried('a.b'), 'not_signed');
  t.equal(await tried(await peer.sign({ ...claims, more: 'x'.repeat(20_000) })), 'not_signed');
});

t.test('a description that is not that of the node, or names others, is not believed', async (t) => {
  const peer = await startImpostor(t);
  const sound = describeNode({ name: 'Elders', oin: null, baseUrl: peer.baseUrl });
  const tried = async (page: Parameters<Impostor['pages']['set']>[1]) => {
    peer.pages.set(description, page);
    return reasonOf(keysOf(t).describe(peer.baseUrl));
  };
  const changed = (change: object) => tried(json({ ...sound, ...change }));
  t.equal(await changed({}), 'believed');
  t.equal(await changed({ more: 'of a version to come' }), 'believed');
  t.equal(await changed({ baseUrl: 'https://others.example' }), 'other_node');
  t.equal(await changed({ baseUrl: `${peer.baseUrl}/` }), 'other_node');
  t.equal(await changed({ jwksUri: 'https://others.example/jwks.json' }), 'other_origin');
  t.equal(await changed({ peeringsUri: 'http://169.254.169.254/latest' }), 'other_origin');
  t.equal(await changed({ feedUri: 'file:///etc/passwd' }), 'other_origin');
  t.equal(await changed({ jwksUri: 'nowhere' }), 'other_origin');
  t.equal(await changed({ protocolVersions: [2] }), 'other_version');
  t.equal(await changed({ name: 'x'.repeat(201) }), 'malformed');
  t.equal(await changed({ name: 'a\0b' }), 'malformed');
  t.equal(await changed({ oin: '123' }), 'malformed');
  t.equal(await changed({ protocolVersions: undefined }), 'malformed');
  t.equal(await tried(json([sound])), 'malformed');
  t.equal(await tried((response) => response.end('<html>')), 'malformed');
  t.equal(
    await tried((response) => response.end(`{"name":"a",${JSON.stringify(sound).slice(1)}`)),
    'malformed',
    'a member twice',
  );
  t.equal(
    await tried((response) => response.writeHead(302, { location: `${peer.baseUrl}/elsewhere` }).end()),
    'redirected',
  );
  t.equal(await tried((response) => response.writeHead(500).end()), 'status');
  t.equal(await tried((response) => response.end(Buffer.alloc(2_000_000, ' '))), 'too_large');
  t.equal(await tried((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')), 'malformed');
  t.equal(await tried((response) => response.socket?.destroy()), 'reset');
  t.equal(peer.asked.get('/elsewhere'), undefined, 'no redirect is followed');
  t.notMatch(new PeerFailure('status').message, /127\.0\.0\.1/, 'and no error tells what another wrote');
});

t.test('keys that are private, twice, broken or of no use are not believed', async (t) => {
  const peer = await startImpostor(t);
  const tried = async (keys: unknown) => {
    peer.pages.set(keySet, json({ keys }));
    return reasonOf(keysOf(t).verify(peer.baseUrl, await peer.sign(claimsOf(peer)), { typ, audience }));
  };
  const { jwk } = peer.key;
  const more = (await testKey('EdDSA')).jwk;
  t.equal(await tried([more, jwk]), 'believed', 'keys of other kinds are left alone');
  t.equal(await tried([{ ...jwk, d: 'secret' }]), 'private_key');
  t.equal(await tried([jwk, { ...more, d: 'secret' }]), 'private_key', 'of whatever key');
  t.equal(await tried([jwk, { kty: 'oct', k: 'secret' }]), 'private_key');
  t.equal(await tried([jwk, jwk]), 'malformed');
  t.equal(await tried([{ ...jwk, x: jwk.y }]), 'malformed', 'not a point of the curve');
  t.equal(await tried([{ ...jwk, x: undefined }]), 'malformed');
  t.equal(await tried([]), 'no_keys');
  t.equal(await tried([more]), 'no_keys');
  t.equal(await tried([{ ...jwk, use: 'enc' }]), 'no_keys');
  t.equal(await tried([{ ...jwk, alg: 'ES384' }]), 'no_keys');
  t.equal(await tried(Array(21).fill(more)), 'malformed');
  t.equal(await tried('none'), 'malformed');
});

t.test('a new key is found when it is asked for, though not at every word of a stranger', async (t) => {
  const peer = await startImpostor(t);
  const next = await testKey('ES256');
  const patient = keysOf(t);
  const eager = keysOf(t, { cooldownMs: 0 });
  for (const keys of [patient, eager]) await keys.describe(peer.baseUrl);
  peer.pages.set(keySet, json({ keys: [peer.key.jwk, next.jwk] }));
  const jws = await peer.sign(claimsOf(peer), typ, next);
  t.equal(await reasonOf(eager.verify(peer.baseUrl, jws, { typ, audience })), 'believed');
  const before = peer.asked.get(keySet);
  for (let times = 0; times < 5; times++)
    t.equal(await reasonOf(patient.verify(peer.baseUrl, jws, { typ, audience })), 'unknown_key');
  t.equal(peer.asked.get(keySet), before, 'within thirty seconds it is not asked again');
  const old = keysOf(t, { maxAgeMs: 0 });
  peer.pages.set(keySet, json({ keys: [next.jwk] }));
  t.equal(
    await reasonOf(old.verify(peer.baseUrl, await peer.sign(claimsOf(peer)), { typ, audience })),
    'unknown_key',
    'a key that retired',
  );
});

t.test('a node that failed is left alone for a while', async (t) => {
  const peer = await startImpostor(t);
  peer.pages.set(description, (response) => response.writeHead(503).end());
  const keys = keysOf(t);
  for (let times = 0; times < 5; times++) t.equal(await reasonOf(keys.describe(peer.baseUrl)), 'status');
  t.equal(peer.asked.get(description), 1);
  const restless = keysOf(t, { restMs: 0 });
  t.equal(await reasonOf(restless.describe(peer.baseUrl)), 'status');
  peer.pages.set(description, json(describeNode({ name: 'Elders', oin: null, baseUrl: peer.baseUrl })));
  t.equal(await reasonOf(restless.describe(peer.baseUrl)), 'believed');
});

t.test('an address that may not be reached, or never answers, is not waited for', async (t) => {
  const outbound = createOutbound({});
  t.teardown(() => outbound.close());
  const guarded = new PeerKeys(outbound);
  for (const baseUrl of ['https://127.0.0.1', 'http://127.0.0.1', 'https://[::1]', 'https://10.0.0.1:8443'])
    t.equal(await reasonOf(guarded.describe(baseUrl)), 'blocked', baseUrl);
  const port = await listen(
    t,
    createServer(() => undefined),
  );
  t.equal(await reasonOf(keysOf(t, { timeoutMs: 200 }).describe(`http://127.0.0.1:${port}`)), 'timeout');
});
