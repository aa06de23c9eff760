import http from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { issuerKeys } from '../../../src/features/access/issuers.ts';
import { baseUrl, forge, type TestKey, testKey, testNode, tokenClaims, tokenOf } from '../../helpers/oauth.ts';

const issuer = 'https://login.example';

const codeOf = (error: { code?: string }) => error.code;

type Answer = (response: http.ServerResponse) => void;

/** A key set on a server of this machine, which counts how often it is asked for. */
async function published(t: Test, ...keys: TestKey[]) {
  const set = (...given: TestKey[]): Answer => {
    const text = JSON.stringify({ keys: given.map(({ jwk }) => jwk) });
    return (response) => response.setHeader('content-type', 'application/json').end(text);
  };
  let answer = set(...keys);
  let asked = 0;
  const server = http.createServer((_request, response) => {
    asked++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    jwksUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    publish: (...given: TestKey[]) => {
      answer = set(...given);
    },
    answerWith: (given: Answer) => {
      answer = given;
    },
    asked: () => asked,
  };
}

const tokenBy = (key: TestKey, kid: unknown = key.jwk.kid) =>
  `Bearer ${forge(key, { alg: key.alg, typ: 'at+jwt', kid }, tokenClaims('portal', { iss: issuer }))}`;

const trusting = (t: Test, jwksUri: string) =>
  testNode(t, [{ issuer, audience: baseUrl, jwksUri, scopeClaim: 'scope' }]);

t.test('the keys that an issuer publishes are read once, for many tokens at once', async (t) => {
  const key = await testKey('ES256');
  const { jwksUri, asked } = await published(t, key);
  const { access } = await trusting(t, jwksUri);
  t.equal(asked(), 0, 'a node starts without its issuers');
  await Promise.all(Array.from({ length: 50 }, () => access.authenticate(tokenBy(key))));
  t.equal(asked(), 1);
});

t.test('tokens with unknown keys do not make a storm of requests, nor hinder the good ones', async (t) => {
  const key = await testKey('ES256');
  const stranger = await testKey('ES256');
  const { jwksUri, asked } = await published(t, key);
  const { access } = await trusting(t, jwksUri);
  for (let round = 0; round < 20; round++) {
    const attempts = Array.from({ length: 20 }, (_, n) => access.authenticate(tokenBy(stranger, `${round}-${n}`)));
    const refusals = await Promise.all(attempts.map((attempt) => attempt.then(() => 'accepted', codeOf)));
    t.same([...new Set(refusals)], ['invalid_token']);
    await access.authenticate(tokenBy(key));
  }
  t.ok(asked() <= 2, `400 unknown keys, ${asked()} requests`);
});

t.test('an issuer that rotates its keys is followed after the pause', async (t) => {
  const [before, after] = [await testKey('ES256'), await testKey('ES256')];
  const { jwksUri, asked, publish } = await published(t, before);
  const trusted = { issuer, audience: baseUrl, jwksUri, scopeClaim: 'scope' };
  const times = { maxAgeMs: 600_000, cooldownMs: 0, restMs: 10_000, timeoutMs: 5000 };
  const keys = issuerKeys(trusted, times);
  const find = async (key: TestKey) => keys({ alg: 'ES256', kid: String(key.jwk.kid) }, { payload: '', signature: '' });
  t.ok(await find(before));
  await t.rejects(find(after), { code: 'ERR_JWKS_NO_MATCHING_KEY' });
  publish(before, after);
  t.ok(await find(after));
  publish(after);
  t.ok(await find(after));
  t.equal(asked(), 3, 'a known key is not asked for');
});

const failures: Record<string, Answer> = {
  'an error': (response) => response.writeHead(500).end(),
  'nothing there': (response) => response.writeHead(404).end('{"keys":[]}'),
  'no content': (response) => response.writeHead(204).end(),
  'no JSON': (response) => response.writeHead(200).end('<html>'),
  'no key set': (response) => response.writeHead(200).end('{"keys":7}'),
  'an empty answer': (response) => response.writeHead(200).end(),
  'a reset connection': (response) => response.socket?.destroy(),
  'half an answer': (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"keys":[');
    setImmediate(() => response.socket?.destroy());
  },
  'too much': (response) => response.writeHead(200).end(`{"keys":[],"x":"${'x'.repeat(2_000_000)}"}`),
};

for (const [name, answer] of Object.entries(failures)) {
  t.test(`an issuer that answers with ${name} is left in peace for a while`, async (t) => {
    const key = await testKey('ES256');
    const { jwksUri, asked, answerWith } = await published(t, key);
    answerWith(answer);
    const { access } = await trusting(t, jwksUri);
    await t.rejects(access.authenticate(tokenBy(key)), { code: 'unavailable', headers: { 'retry-after': '10' } });
    const again = Array.from({ length: 20 }, () => access.authenticate(tokenBy(key)).then(() => 'accepted', codeOf));
    t.same([...new Set(await Promise.all(again))], ['unavailable']);
    t.equal(asked(), 1);
  });
}

t.test('a redirect to other keys is not followed', async (t) => {
  const key = await testKey('ES256');
  const elsewhere = await published(t, key);
  const { jwksUri, answerWith } = await published(t, key);
  answerWith((response) => response.writeHead(302, { location: elsewhere.jwksUri }).end());
  const { access } = await trusting(t, jwksUri);
  await t.rejects(access.authenticate(tokenBy(key)), { code: 'unavailable' });
  t.equal(elsewhere.asked(), 0);
});

t.test('an issuer that does not answer in time is not waited for, and not asked again at once', async (t) => {
  const key = await testKey('ES256');
  const { jwksUri, asked, answerWith } = await published(t, key);
  answerWith(() => undefined);
  const times = { maxAgeMs: 600_000, cooldownMs: 30_000, restMs: 600_000, timeoutMs: 50 };
  const keys = issuerKeys({ issuer, audience: baseUrl, jwksUri, scopeClaim: 'scope' }, times);
  const find = async () => keys({ alg: 'ES256', kid: String(key.jwk.kid) }, { payload: '', signature: '' });
  await t.rejects(find(), { code: 'ERR_JWKS_TIMEOUT' });
  for (let n = 0; n < 5; n++) await t.rejects(find(), /a moment ago/);
  t.equal(asked(), 1);
});

t.test('an issuer that failed is heard again after a rest', async (t) => {
  const key = await testKey('ES256');
  const { jwksUri, asked, answerWith, publish } = await published(t, key);
  answerWith((response) => response.writeHead(500).end());
  const times = { maxAgeMs: 600_000, cooldownMs: 30_000, restMs: 0, timeoutMs: 5000 };
  const keys = issuerKeys({ issuer, audience: baseUrl, jwksUri, scopeClaim: 'scope' }, times);
  const find = async () => keys({ alg: 'ES256', kid: String(key.jwk.kid) }, { payload: '', signature: '' });
  await t.rejects(find(), /500/);
  publish(key);
  t.ok(await find());
  t.equal(asked(), 2);
});

t.test('while an issuer is silent, its known keys still open', async (t) => {
  const [key, stranger] = [await testKey('ES256'), await testKey('ES256')];
  const { jwksUri, answerWith } = await published(t, key);
  const { access } = await trusting(t, jwksUri);
  await access.authenticate(tokenBy(key));
  answerWith((response) => response.socket?.destroy());
  await access.authenticate(tokenBy(key));
  await t.rejects(access.authenticate(tokenBy(stranger)), { code: 'invalid_token' });
});

t.test('an issuer that nobody reaches does not hinder the tokens of the node', async (t) => {
  const { access, client, key } = await trusting(t, 'http://127.0.0.1:9/jwks.json');
  await t.rejects(access.authenticate(tokenBy(key)), { code: 'unavailable' });
  const own = await tokenOf(access, client.clientId, key);
  t.match(await access.authenticate(`Bearer ${own}`), { clientId: client.id });
});
