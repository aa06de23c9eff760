import t from 'tap';
import { administratorClientId, ensureAdministrator, openAccess } from '../../../src/features/access/access.ts';
import { openDatabase } from '../../../src/platform/db.ts';
import { applicationRole, testDatabase } from '../../helpers/db.ts';
import { baseUrl, decodePart, nodeSecret, testAccess, testNode, tokenOf } from '../../helpers/oauth.ts';

t.test('the first start makes one administrator and shows its secret, however many processes start', async (t) => {
  const database = await testDatabase(t);
  const pools = Array.from({ length: 4 }, () => openDatabase(database.connection, { max: 2, role: applicationRole }));
  t.teardown(() => Promise.all(pools.map((pool) => pool.close())));
  const start = { nodeName: 'Samendoen', keySecret: nodeSecret };
  const made = await Promise.all(pools.map(({ db }) => ensureAdministrator(db, start)));
  const secrets = made.map(({ secret }) => secret).filter((secret) => secret !== undefined);
  t.equal(secrets.length, 1);
  t.same([...new Set(made.map(({ clientId }) => clientId))], [administratorClientId]);
  t.same(
    await ensureAdministrator(database.db, start),
    { clientId: administratorClientId },
    'later starts change nothing',
  );
  const access = await testAccess(t, database);
  const granted = await access.grantToken(
    { method: 'secret', clientId: administratorClientId, secret: secrets[0] ?? '' },
    { scope: 'clients:write' },
  );
  const caller = await access.authenticate(`Bearer ${'token' in granted ? granted.token : ''}`);
  t.match(caller, { clientName: 'Administrator', administrator: true });
  const [organisation] = await database.owner`select name from organisations where id = ${caller.organisationId}`;
  t.equal(organisation?.name, 'Samendoen', 'it acts for the organisation of the node');
  const events = await database.owner`select type from events order by position`;
  t.same(
    events.map(({ type }) => type),
    ['organisation.registered', 'client.registered', 'client.secret.rotated'],
  );
});

t.test('the secret of the first administrator can be given', async (t) => {
  const database = await testDatabase(t);
  const secret = 'a secret that somebody chose, long enough';
  await ensureAdministrator(database.db, { nodeName: 'Samendoen', keySecret: nodeSecret, secret });
  const access = await testAccess(t, database);
  const credentials = { method: 'secret', clientId: administratorClientId } as const;
  t.match(await access.grantToken({ ...credentials, secret }), { token: String });
  t.same(await access.grantToken({ ...credentials, secret: `${secret}.` }), { refused: 'invalid_client' });
});

t.test('a secret is worth nothing on a node with another secret of its own', async (t) => {
  const database = await testDatabase(t);
  const secret = 'a secret that somebody chose, long enough';
  await ensureAdministrator(database.db, { nodeName: 'Samendoen', keySecret: Buffer.alloc(32, 8), secret });
  const access = await testAccess(t, database);
  const credentials = { method: 'secret', clientId: administratorClientId, secret } as const;
  t.same(await access.grantToken(credentials), { refused: 'invalid_client' });
});

t.test('tokens live as long as is set, and never for more than an hour', async (t) => {
  const node = await testNode(t);
  for (const [given, lived] of [
    [60, 60],
    [7200, 3600],
    [undefined, 3600],
  ] as const) {
    const access = await openAccess(node.db, node.sql, {
      baseUrl,
      keySecret: nodeSecret,
      trustedIssuers: [],
      peers: async () => undefined,
      log: { warn: () => undefined },
      ...(given !== undefined && { tokenLifeSeconds: given }),
    });
    t.teardown(() => access.close());
    const { iat, exp } = decodePart(await tokenOf(access, node.client.clientId, node.key), 1);
    t.equal(Number(exp) - Number(iat), lived);
  }
});

t.test('access does not open with a secret that does not open the signing key', async (t) => {
  const { db, sql } = await testNode(t);
  const options = { baseUrl, trustedIssuers: [], peers: async () => undefined, log: { warn: () => undefined } };
  await t.rejects(openAccess(db, sql, { ...options, keySecret: Buffer.alloc(32, 9) }), /does not open/);
});
