import { createPublicKey } from 'node:crypto';
import t, { type Test } from 'tap';
import { createClient, getClient } from '../../../src/features/access/clients.ts';
import { addClientKey, removeClientKey, rotateClientSecret } from '../../../src/features/access/credentials.ts';
import { newId } from '../../../src/platform/id.ts';
import {
  assertionClaims,
  nodeSecret,
  registerClient,
  sign,
  type TestKey,
  testKey,
  testNode,
} from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';

const by = context(administrator);
type Jwk = Parameters<typeof addClientKey>[3]['jwk'];

/** A node with an administrator's client that has a key alone, and what can be tried with keys and secrets. */
async function keepers(t: Test) {
  const node = await testNode(t);
  const { access, db, owner, organisationId } = node;
  const adminKey = await testKey('ES256');
  const admin = await registerClient(node, organisationId, [adminKey.jwk], ['clients:write'], { administrator: true });
  const add = (id: string, key: { jwk: object }, othersExpireAt?: Date) =>
    addClientKey(db, by, id, { jwk: key.jwk as Jwk, ...(othersExpireAt && { othersExpireAt }) });
  const remove = async (id: string, kid: string | undefined, version = 0) => {
    const { keys } = (await getClient(db, administrator, id)).body;
    return removeClientKey(db, by, id, keys.find((key) => key.kid === kid)?.id ?? newId(), version);
  };
  const worksFor = async (clientId: string, key: TestKey) => {
    const assertion = await sign(key, assertionClaims(clientId));
    return 'token' in (await access.grantToken({ method: 'assertion', assertion }));
  };
  const opens = async (clientId: string, secret: string) =>
    'token' in (await access.grantToken({ method: 'secret', clientId, secret }));
  const rotate = async (id: string, overlapHours = 24) =>
    (await rotateClientSecret(db, by, nodeSecret, id, { overlapHours })).body;
  const recorded = async (id: string) =>
    (await owner`select type from events where subject_id = ${id} order by position`).map((row) => row.type);
  return { ...node, admin, adminKey, add, remove, worksFor, opens, rotate, recorded };
}

t.test('addClientKey adds a key beside the others, and both work', async (t) => {
  const { client, key, add, worksFor, recorded } = await keepers(t);
  const next = await testKey('PS256');
  const answer = await add(client.id, next);
  t.match(answer, { version: 2, location: `/v1/clients/${client.id}` });
  t.match(answer.body.keys, [{ kid: key.jwk.kid }, { kid: next.jwk.kid, alg: 'PS256', expiresAt: null }]);
  t.ok((await worksFor(client.clientId, key)) && (await worksFor(client.clientId, next)));
  t.same(await recorded(client.id), ['client.registered', 'client.key.added']);
});

t.test('addClientKey ends the other keys at an instant: before it both work, after it the new one alone', async (t) => {
  const { client, key, add, worksFor, owner, db } = await keepers(t);
  const next = await testKey('ES256');
  const inAWeek = new Date(Date.now() + 7 * 86_400_000);
  const { keys } = (await add(client.id, next, inAWeek)).body;
  t.same(
    keys.map(({ expiresAt }) => expiresAt),
    [inAWeek, null],
  );
  t.ok((await worksFor(client.clientId, key)) && (await worksFor(client.clientId, next)));
  await add(client.id, await testKey('ES256'), new Date(inAWeek.getTime() + 1000));
  const later = (await getClient(db, administrator, client.id)).body.keys;
  t.same(later[0]?.expiresAt, inAWeek, 'an end that was set is not put off');
  await owner`update client_keys set expires_at = now() where kid = ${key.jwk.kid ?? ''}`;
  t.notOk(await worksFor(client.clientId, key));
  t.ok(await worksFor(client.clientId, next));
});

t.test('addClientKey refuses what is no fit key, an end in the past, and an unknown client', async (t) => {
  const { client, key, add, owner } = await keepers(t);
  const weak = (await testKey('RS256')).jwk;
  const fault = (code: string, location = '/jwk') => ({ code: 'invalid_input', errors: [{ location, code }] });
  await t.rejects(add(client.id, { jwk: { ...key.jwk, d: 'eA' } }), fault('private_key'));
  await t.rejects(add(client.id, { jwk: { kty: 'RSA', n: weak.n, e: weak.e } }), fault('unknown_key_type'));
  await t.rejects(add(client.id, { jwk: { ...weak, n: weak.n?.slice(0, 171) } }), fault('weak_key'));
  await t.rejects(add(client.id, { jwk: { ...weak, e: 'Aw' } }), fault('weak_key'));
  await t.rejects(add(client.id, { jwk: { ...key.jwk, y: key.jwk.x } }), fault('unknown_key_type'));
  await t.rejects(
    add(client.id, await testKey('ES256'), new Date(Date.now() - 1000)),
    fault('in_the_past', '/othersExpireAt'),
  );
  await t.rejects(add(newId(), await testKey('ES256')), { code: 'not_found' });
  t.equal((await owner`select id from client_keys where client_id = ${client.id}`).length, 1);
});

t.test('a key that a client has or had never comes back, under whatever name or spelling', async (t) => {
  const { client, key, add, remove } = await keepers(t);
  const known = { code: 'invalid_input', errors: [{ location: '/jwk', code: 'key_known' }] };
  await t.rejects(add(client.id, key), known);
  await t.rejects(add(client.id, { jwk: { ...key.jwk, kid: 'another' } }), known);
  await t.rejects(add(client.id, await testKey('ES256', key.jwk.kid)), known, 'a kid is not given to another key');
  await add(client.id, await testKey('ES256'));
  await remove(client.id, key.jwk.kid);
  await t.rejects(add(client.id, { jwk: { ...key.jwk, kid: 'another' } }), known, 'also when it was removed');
  const padded = { kty: 'EC', crv: 'P-256', kid: 'padded', x: `${key.jwk.x}=`, y: key.jwk.y ?? '' };
  const plain = { ...key.jwk, kid: 'plain', x: key.jwk.x?.replaceAll('-', '+').replaceAll('_', '/') };
  t.ok(createPublicKey({ key: padded, format: 'jwk' }), 'the platform reads such spellings');
  for (const jwk of [padded, ...(plain.x === key.jwk.x ? [] : [plain])])
    await t.rejects(add(client.id, { jwk }), known);
});

t.test('a client has ten valid keys at most, also when they are added at once', async (t) => {
  const { client, add, db, remove } = await keepers(t);
  const keys = await Promise.all(Array.from({ length: 12 }, () => testKey('ES256')));
  const results = await Promise.allSettled(keys.map((key) => add(client.id, key)));
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 9);
  for (const result of results.filter(({ status }) => status === 'rejected'))
    t.match(result, { reason: { code: 'too_many_keys', params: { maximum: 10 } } });
  const { body } = await getClient(db, administrator, client.id);
  t.equal(body.keys.length, 10);
  await remove(client.id, body.keys[0]?.kid);
  t.match(await add(client.id, await testKey('ES256')), { body: { keys: { length: 10 } } });
});

t.test('removeClientKey ends a key at once, in the version that was read', async (t) => {
  const { client, key, add, remove, worksFor, recorded } = await keepers(t);
  const next = await testKey('ES256');
  await add(client.id, next);
  await t.rejects(remove(client.id, key.jwk.kid, 1), { code: 'precondition_failed' });
  t.same(await remove(client.id, key.jwk.kid, 2), { body: undefined });
  t.notOk(await worksFor(client.clientId, key));
  t.ok(await worksFor(client.clientId, next));
  await t.rejects(remove(client.id, key.jwk.kid), { code: 'not_found' });
  await t.rejects(remove(newId(), key.jwk.kid), { code: 'not_found' });
  t.same(await recorded(client.id), ['client.registered', 'client.key.added', 'client.key.removed']);
});

t.test("removeClientKey does not take another client's key", async (t) => {
  const { client, admin, db } = await keepers(t);
  const [key] = (await getClient(db, administrator, client.id)).body.keys;
  await t.rejects(removeClientKey(db, by, admin.id, key?.id ?? '', 0), { code: 'not_found' });
  t.equal((await getClient(db, administrator, client.id)).body.keys.length, 1);
});

t.test('removeClientKey refuses the last key, unless a secret is left', async (t) => {
  const { client, key, admin, adminKey, remove, rotate, organisationId, db } = await keepers(t);
  await t.rejects(remove(client.id, key.jwk.kid), { code: 'last_key' });
  await t.rejects(remove(admin.id, adminKey.jwk.kid), { code: 'last_key' }, 'for administrators too');
  await rotate(admin.id);
  t.same(await remove(admin.id, adminKey.jwk.kid), { body: undefined });
  t.match(await getClient(db, administrator, admin.id), { body: { keys: [], hasSecret: true } });
  const bare = { name: 'Beheer', organisationId, scopes: ['clients:read' as const], administrator: true };
  t.match((await createClient(db, by, bare)).body, { keys: [], hasSecret: false });
});

t.test('removeClientKey never leaves the node without an administrator whose access lasts', async (t) => {
  const { admin, adminKey, add, remove, organisationId, ...node } = await keepers(t);
  const next = await testKey('ES256');
  await add(admin.id, next, new Date(Date.now() + 86_400_000));
  await t.rejects(remove(admin.id, next.jwk.kid), { code: 'last_administrator' }, 'the other key ends tomorrow');
  t.same(await remove(admin.id, adminKey.jwk.kid), { body: undefined });
  await add(admin.id, await testKey('ES256'), new Date(Date.now() + 86_400_000));
  const second = [(await testKey('ES256')).jwk];
  await registerClient(node, organisationId, second, ['clients:write'], { administrator: true });
  const { keys } = (await getClient(node.db, administrator, admin.id)).body;
  t.same(await remove(admin.id, keys[1]?.kid), { body: undefined }, 'another administrator is left');
});

t.test('rotateClientSecret gives a secret of 256 bits, once; those before work until the overlap ends', async (t) => {
  const { admin, rotate, opens, owner, recorded } = await keepers(t);
  const first = await rotate(admin.id);
  t.match(first, { clientId: admin.clientId, secret: /^samendoen_secret_[A-Za-z0-9_-]{43}$/ });
  const second = await rotate(admin.id, 2);
  t.not(first.secret, second.secret);
  t.ok(Math.abs(second.othersExpireAt.getTime() - Date.now() - 2 * 3_600_000) < 10_000);
  t.ok((await opens(admin.clientId, first.secret)) && (await opens(admin.clientId, second.secret)));
  await owner`update client_secrets set expires_at = now() where expires_at is not null`;
  t.notOk(await opens(admin.clientId, first.secret));
  t.ok(await opens(admin.clientId, second.secret));
  const third = await rotate(admin.id, 0);
  t.notOk(await opens(admin.clientId, second.secret), 'without overlap it ends at once');
  t.ok(await opens(admin.clientId, third.secret));
  t.same(await recorded(admin.id), ['client.registered', ...Array(3).fill('client.secret.rotated')]);
});

t.test('a secret opens its own client alone, exactly as it was given, and only while that is enabled', async (t) => {
  const { admin, client, rotate, opens, owner } = await keepers(t);
  const { secret } = await rotate(admin.id);
  const wrong = [secret.slice(0, -1), `${secret}A`, secret.toUpperCase(), ` ${secret}`, `${secret}\u0000`, ''];
  for (const given of wrong) t.notOk(await opens(admin.clientId, given));
  for (const clientId of [client.clientId, 'c_unknown', '', 'a\u0000b', admin.id, admin.clientId.toUpperCase()])
    t.notOk(await opens(clientId, secret), JSON.stringify(clientId));
  await owner`update clients set disabled_at = now() where id = ${admin.id}`;
  t.notOk(await opens(admin.clientId, secret));
});

t.test("only an administrator's client has a secret, and its answer is never saved", async (t) => {
  const { admin, client, rotate, db, owner } = await keepers(t);
  await t.rejects(rotate(client.id), { code: 'secret_not_possible' });
  await t.rejects(rotate(newId()), { code: 'not_found' });
  const keyed = { ...by, idempotency: { key: 'k', fingerprint: 'f', status: 201 } };
  await t.rejects(rotateClientSecret(db, keyed, nodeSecret, admin.id, { overlapHours: 0 }), {
    code: 'invalid_idempotency_key',
  });
  t.same(await owner`select key from saved_answers`, []);
  t.same(await owner`select id from client_secrets`, []);
});
