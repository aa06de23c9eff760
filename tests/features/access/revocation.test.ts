import t from 'tap';
import { changeClient } from '../../../src/features/access/clients.ts';
import {
  forge,
  leakedKey,
  refusalOf,
  seconds,
  testAccess,
  testNode,
  tokenClaims,
  tokenOf,
} from '../../helpers/oauth.ts';
import { administrator, context } from '../../helpers/people.ts';

const by = context(administrator);
const bearer = (token: string) => `Bearer ${token}`;

t.test('a token permits what it was issued for and its client still has', async (t) => {
  const { access, db, client, key, organisationId } = await testNode(t);
  const narrow = bearer(await tokenOf(access, client.clientId, key, 'organisations:read'));
  const wide = bearer(await tokenOf(access, client.clientId, key));
  const caller = await access.authenticate(narrow);
  t.match(caller, { clientId: client.id, clientName: 'A system', organisationId, administrator: false });
  t.same([...caller.scopes], ['organisations:read']);
  t.same([...(await access.authenticate(wide)).scopes], ['organisations:read', 'alliances:read']);
  await changeClient(db, by, client.id, client.version, { scopes: ['alliances:read'] });
  access.forget(client.id);
  t.same([...(await access.authenticate(wide)).scopes], ['alliances:read']);
  t.same([...(await access.authenticate(narrow)).scopes], []);
});

t.test('a disabled client is refused at once and everywhere, and its old tokens never come back', async (t) => {
  const node = await testNode(t);
  const { access, db, client, key } = node;
  const elsewhere = await testAccess(t, node);
  const old = bearer(await tokenOf(access, client.clientId, key));
  await access.authenticate(old);
  await elsewhere.authenticate(old);
  await changeClient(db, by, client.id, 1, { disabled: true });
  access.forget(client.id);
  await t.rejects(access.authenticate(old), { code: 'invalid_token' });
  t.match(await refusalOf(() => elsewhere.authenticate(old)), { code: 'invalid_token' }, 'another process heard of it');
  await t.rejects(tokenOf(access, client.clientId, key), /invalid_client/);
  await changeClient(db, by, client.id, 2, { disabled: false });
  access.forget(client.id);
  await t.rejects(access.authenticate(old), { code: 'invalid_token' });
  await t.rejects(elsewhere.authenticate(old), { code: 'invalid_token' });
});

t.test('a token that was on its way while its client was disabled stays refused', async (t) => {
  const node = await testNode(t);
  const { access, db, client } = node;
  const own = await leakedKey(db);
  await changeClient(db, by, client.id, 1, { disabled: true });
  const second = seconds();
  while (seconds() === second) await new Promise((resolve) => setImmediate(resolve));
  const claims = tokenClaims(client.clientId, { iat: seconds() });
  const underway = bearer(forge(own, { alg: 'ES256', typ: 'at+jwt', kid: own.jwk.kid }, claims));
  await changeClient(db, by, client.id, 2, { disabled: false });
  access.forget(client.id);
  await t.rejects(access.authenticate(underway), { code: 'invalid_token' });
});

t.test('a token asked for right after its client was enabled is good', async (t) => {
  const { access, db, client, key } = await testNode(t);
  await changeClient(db, by, client.id, 1, { disabled: true });
  await changeClient(db, by, client.id, 2, { disabled: false });
  const asked = bearer(await tokenOf(access, client.clientId, key));
  t.match(await access.authenticate(asked), { clientId: client.id });
  await changeClient(db, by, client.id, 3, { disabled: false, name: 'Another name' });
  access.forget(client.id);
  t.match(await access.authenticate(asked), { clientName: 'Another name' });
});
