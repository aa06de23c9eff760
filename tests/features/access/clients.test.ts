import t, { type Test } from 'tap';
import { changeClient, createClient, getClient, listClients } from '../../../src/features/access/clients.ts';
import { rotateClientSecret } from '../../../src/features/access/credentials.ts';
import type { Scope } from '../../../src/platform/caller.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nodeSecret, testKey } from '../../helpers/oauth.ts';
import { administrator, context, organisationWithCaller } from '../../helpers/people.ts';

const by = context(administrator);

type Input = Parameters<typeof createClient>[2];

/** A register with one organisation, and how to register a client of it. */
async function register(t: Test) {
  const database = await testDatabase(t);
  const { db } = database;
  const { id: organisationId } = await organisationWithCaller(db, 'Gemeente Lindeveen');
  const key = await testKey('ES256');
  const input = (fields: Partial<Input> = {}): Input => ({
    name: 'Zaaksysteem',
    organisationId,
    scopes: ['organisations:read'],
    jwks: { keys: [key.jwk as { kty: 'EC' }] },
    administrator: false,
    ...fields,
  });
  const create = async (fields: Partial<Input> = {}) => (await createClient(db, by, input(fields))).body;
  const createAdministrator = (scopes: Scope[] = ['clients:write']) => create({ administrator: true, scopes });
  const recorded = async (id: string) =>
    (await database.owner`select type from events where subject_id = ${id} order by position`).map((row) => row.type);
  return { ...database, organisationId, key, input, create, createAdministrator, recorded };
}

t.test(
  'createClient registers a client with a public name of its own and only the public half of its keys',
  async (t) => {
    const { db, owner, organisationId, key, input, recorded } = await register(t);
    const answer = await createClient(db, by, input({ scopes: ['organisations:read', 'organisations:read'] }));
    const { body } = answer;
    t.match(answer, { version: 1, location: `/v1/clients/${body.id}` });
    t.match(body, {
      clientId: /^c_[A-Za-z0-9_-]{22}$/,
      name: 'Zaaksysteem',
      organisation: { id: organisationId, name: 'Gemeente Lindeveen' },
      administrator: false,
      disabled: false,
      hasSecret: false,
    });
    t.same(body.scopes, ['organisations:read'], 'a scope that is given twice is kept once');
    t.match(body.keys, [{ kid: key.jwk.kid, alg: 'ES256', expiresAt: null }]);
    const [kept] = await owner`select jwk from client_keys`;
    t.same(Object.keys(kept?.jwk).sort(), ['alg', 'crv', 'kty', 'x', 'y']);
    t.same(await recorded(body.id), ['client.registered']);
    t.same((await getClient(db, administrator, body.id)).body, body);
  },
);

t.test('createClient names every fault of the keys and of the organisation, and stores nothing', async (t) => {
  const { db, owner, key, input } = await register(t);
  const rsa = await testKey('RS256');
  const jwk = (fields: object) => ({ ...key.jwk, ...fields }) as { kty: 'EC' };
  const keys = [
    jwk({}),
    jwk({ d: 'c2VjcmV0' }),
    jwk({ use: 'enc', kid: 'a' }),
    jwk({ crv: 'P-384', kid: 'b' }),
    jwk({ kid: 'c' }),
  ];
  await t.rejects(createClient(db, by, input({ jwks: { keys } })), {
    code: 'invalid_input',
    errors: [
      { location: '/jwks/keys/1', code: 'private_key' },
      { location: '/jwks/keys/2', code: 'unknown_key_type' },
      { location: '/jwks/keys/3', code: 'unknown_key_type' },
      { location: '/jwks/keys/4', code: 'repeated' },
    ],
  });
  const sameName = [jwk({}), { ...rsa.jwk, kid: key.jwk.kid } as { kty: 'RSA' }];
  await t.rejects(createClient(db, by, input({ jwks: { keys: sameName } })), { errors: [{ code: 'repeated' }] });
  for (const jwks of [undefined, { keys: [] }])
    await t.rejects(createClient(db, by, { ...input(), jwks }), {
      errors: [{ location: '/jwks/keys', code: 'key_required' }],
    });
  await t.rejects(createClient(db, by, input({ organisationId: newId() })), {
    errors: [{ location: '/organisationId', code: 'unknown_organisation' }],
  });
  t.same(await owner`select id from clients`, []);
  t.same(await owner`select id from client_keys`, []);
});

t.test('listClients pages in a fixed order, and filters', async (t) => {
  const { db, create, createAdministrator, organisationId } = await register(t);
  const made = [await create(), await create(), await createAdministrator(), await create(), await create()];
  const since = new Date();
  await changeClient(db, by, made[1]?.id ?? '', 1, { disabled: true });
  const other = await organisationWithCaller(db, 'Zorggroep');
  const elsewhere = await create({ organisationId: other.id });
  const list = async (query: object) =>
    (await listClients(db, administrator, { limit: 50, ...query })).items.map(({ id }) => id);
  const all = [...made.map(({ id }) => id), elsewhere.id];
  t.same(await list({}), all);
  const walked: string[] = [];
  for (let after: string[] | undefined = []; after !== undefined; ) {
    const page = await listClients(db, administrator, { limit: 2, ...(after.length > 0 && { after }) });
    walked.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  t.same(walked, all, 'a walk over the pages meets each client once');
  t.same(await list({ organisationId: other.id }), [elsewhere.id]);
  t.same(
    await list({ organisationId }),
    made.map(({ id }) => id),
  );
  t.same(await list({ clientId: made[2]?.clientId }), [made[2]?.id]);
  t.same(await list({ administrator: 'true' }), [made[2]?.id]);
  t.equal((await list({ administrator: 'false' })).length, 5);
  t.same(await list({ disabled: 'true' }), [made[1]?.id]);
  t.equal((await list({ disabled: 'false' })).length, 5);
  t.same(await list({ changedSince: since }), [made[1]?.id, elsewhere.id]);
});

t.test('getClient does not know what is not there', async (t) => {
  const { db } = await register(t);
  await t.rejects(getClient(db, administrator, newId()), { code: 'not_found' });
  await t.rejects(changeClient(db, by, newId(), 1, { name: 'x' }), { code: 'not_found' });
});

t.test('changeClient changes what is given, and only the version that was read', async (t) => {
  const { db, create, recorded } = await register(t);
  const { id } = await create();
  const renamed = await changeClient(db, by, id, 1, { name: 'Nieuw' });
  t.match(renamed, { version: 2, body: { name: 'Nieuw', scopes: ['organisations:read'], disabled: false } });
  await t.rejects(changeClient(db, by, id, 1, { name: 'Oud' }), { code: 'precondition_failed' });
  t.match(await changeClient(db, by, id, 2, { scopes: ['alliances:read', 'alliances:read'] }), {
    body: { scopes: ['alliances:read'] },
  });
  t.match(await changeClient(db, by, id, 3, { disabled: true }), { body: { disabled: true } });
  t.match(await changeClient(db, by, id, 4, { name: 'Uit' }), { body: { disabled: true } });
  t.match(await changeClient(db, by, id, 5, { disabled: false }), { body: { disabled: false } });
  const types = ['registered', 'changed', 'changed', 'disabled', 'changed', 'enabled'];
  t.same(
    await recorded(id),
    types.map((type) => `client.${type}`),
  );
  const writers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => changeClient(db, by, id, 6, { name })));
  t.equal(writers.filter(({ status }) => status === 'fulfilled').length, 1, 'of four writers at once one succeeds');
});

t.test('the last administrator can neither be disabled nor lose the scope with which clients are kept', async (t) => {
  const { db, createAdministrator, recorded } = await register(t);
  const last = await createAdministrator();
  await t.rejects(changeClient(db, by, last.id, 1, { disabled: true }), { code: 'last_administrator' });
  await t.rejects(changeClient(db, by, last.id, 1, { scopes: ['clients:read'] }), { code: 'last_administrator' });
  t.same(await recorded(last.id), ['client.registered']);
  t.match(await changeClient(db, by, last.id, 1, { name: 'Beheer' }), { version: 2 });
  const weak = await createAdministrator(['clients:read']);
  await t.rejects(changeClient(db, by, last.id, 2, { disabled: true }), { code: 'last_administrator' });
  t.match(await changeClient(db, by, weak.id, 1, { disabled: true }), { version: 2 });
});

t.test('an administrator that cannot get a token does not count as one that is left', async (t) => {
  const { db, create, createAdministrator } = await register(t);
  const last = await createAdministrator();
  const bare = await create({ administrator: true, scopes: ['clients:write'], jwks: undefined });
  await t.rejects(changeClient(db, by, last.id, 1, { disabled: true }), { code: 'last_administrator' });
  await rotateClientSecret(db, by, nodeSecret, bare.id, { overlapHours: 0 });
  t.match(await changeClient(db, by, last.id, 1, { disabled: true }), { body: { disabled: true } });
});

t.test('of two administrators that are disabled at once one is left', async (t) => {
  const { db, createAdministrator } = await register(t);
  const two = [await createAdministrator(), await createAdministrator()];
  for (let round = 0; round < 10; round++) {
    const results = await Promise.allSettled(two.map(({ id }) => changeClient(db, by, id, 0, { disabled: true })));
    t.same(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    for (const { id } of two) await changeClient(db, by, id, 0, { disabled: false });
  }
});
