import t from 'tap';
import { changeWebhook, createWebhook, getWebhook } from '../../../src/features/webhooks/endpoints.ts';
import { NewWebhook } from '../../../src/features/webhooks/schemas.ts';
import { namedId, newId } from '../../../src/platform/id.ts';
import { demoNode } from '../../helpers/demo.ts';
import { caller, context, organisationWithCaller } from '../../helpers/people.ts';
import { openReceiver } from './receiver.ts';
import { party, webhookWorld } from './world.ts';

const webhookId = namedId('webhook academie');

t.test('every fault of a request is named at once, and nothing is stored', async (t) => {
  const { app, token, owner } = await demoNode(t);
  const ask = async (method: 'POST' | 'PATCH', path: string, body: unknown, headers = {}) => {
    const response = await app.inject({
      ...{ method, url: `/v1/webhooks${path}`, payload: JSON.stringify(body) },
      headers: {
        ...{ host: 'node.example', authorization: `Bearer ${token}` },
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...headers,
      },
    });
    return { status: response.statusCode, body: response.json() as Record<string, unknown> };
  };
  const count = async () => (await owner`select count(*)::int as count from webhooks`)[0]?.count as number;
  const before = await count();
  const wrong = { url: 'http://u:p@10.0.0.1/#x', types: ['nl.samendoen.nothing.*'], allianceId: newId() };
  const { status, body } = await ask('POST', '', wrong);
  t.equal(status, 400);
  const codes = (body.errors as { location: string; code: string }[]).map((one) => `${one.location} ${one.code}`);
  t.same(codes.toSorted(), [
    '/allianceId unknown_alliance',
    '/types/0 unknown_event_type',
    '/url url_address',
    '/url url_fragment',
    '/url url_scheme',
    '/url url_userinfo',
  ]);
  for (const url of [
    '',
    'hooks.example',
    'javascript:alert(1)',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://a:22/',
  ])
    t.equal((await ask('POST', '', { url })).status, 400, url);
  t.equal((await ask('PATCH', `/${webhookId}`, { url: 'https://169.254.169.254/' }, { 'if-match': '*' })).status, 400);
  for (const overlapHours of [-1, 169, 1.5])
    t.equal((await ask('POST', `/${webhookId}/secret-rotations`, { overlapHours })).status, 400);
  for (const body of [
    {},
    { deliveryId: 'x' },
    { from: '2026-01-01T00:00:00Z' },
    { deliveryId: newId(), states: [] },
    { deliveryId: newId(), from: '2026-01-01T00:00:00Z' },
    { states: ['parked'] },
  ])
    t.equal((await ask('POST', `/${webhookId}/redeliveries`, body)).status, 400);
  t.equal((await ask('POST', `/${webhookId}/redeliveries`, { deliveryId: newId() })).status, 404);
  t.equal(await count(), before);
});

t.test(
  'a secret is shown once: not again, not to a repeated request, and it stands nowhere in the database',
  async (t) => {
    const { app, token, owner } = await demoNode(t);
    const ask = (method: 'GET' | 'POST', path: string, payload?: object, key?: string) =>
      app.inject({
        ...{ method, url: `/v1${path}` },
        headers: { host: 'node.example', authorization: `Bearer ${token}`, ...(key && { 'idempotency-key': key }) },
        ...(payload && { payload }),
      });
    const create = () => ask('POST', '/webhooks', { url: 'https://hooks.example/x' }, 'once');
    const made = (await create()).json() as { id: string; secret: string; publicKeys: string[] };
    t.match(made.secret, /^whsec_/);
    t.match(made.publicKeys[0], /^whpk_/);
    const again = await create();
    t.match(again.json(), { id: made.id, secret: null });
    t.equal(again.headers['idempotency-replayed'], 'true');
    const rotated = (await ask('POST', `/webhooks/${made.id}/secret-rotations`, {}, 'turn')).json() as {
      secret: string;
    };
    t.match((await ask('POST', `/webhooks/${made.id}/secret-rotations`, {}, 'turn')).json(), { secret: null });
    const shown = (await ask('GET', `/webhooks/${made.id}`)).body + (await ask('GET', '/webhooks')).body;
    const tables = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`;
    let dump = '';
    for (const { name } of tables)
      for (const { row } of await owner<{ row: string }[]>`select t::text as row from ${owner(name)} t`) dump += row;
    t.ok(dump.includes(made.id), 'the dump holds the endpoint');
    for (const secret of [made.secret, rotated.secret]) {
      const bytes = Buffer.from(secret.replace('whsec_', ''), 'base64');
      for (const form of [secret, secret.replace('whsec_', ''), bytes.toString('hex')]) {
        t.notOk(shown.includes(form));
        t.notOk(dump.includes(form), 'neither as text nor as bytes');
      }
    }
    const dumped = Buffer.from('planted').toString('hex');
    await owner`update webhook_secrets set sealed_secret = ${Buffer.from('planted')} where webhook_id = ${made.id}`;
    const [row] = await owner<{ row: string }[]>`
    select t::text as row from webhook_secrets t where webhook_id = ${made.id} limit 1`;
    t.ok(row?.row.includes(dumped), 'a secret that is not sealed would be found');
  },
);

t.test('an organisation has twenty endpoints at most, also when they are registered at once', async (t) => {
  const world = await webhookWorld(t, { max: 12 });
  const { system } = await party(world);
  const attempts = await Promise.allSettled(
    Array.from({ length: 24 }, () => world.register(system, { url: 'http://127.0.0.1:9/x' })),
  );
  t.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 20);
  for (const one of attempts) if (one.status === 'rejected') t.match(one.reason, { code: 'too_many_webhooks' });
});

t.test('a client that is not registered with this node cannot have an endpoint', async (t) => {
  const world = await webhookWorld(t);
  const { id } = await organisationWithCaller(world.db, 'Gemeente');
  for (const clientId of [newId(), 'https://issuer.example|x']) {
    const who = caller({ organisationId: id, clientId });
    const input = NewWebhook.parse({ url: 'https://hooks.example/x' });
    await t.rejects(createWebhook(world.db, context(who), world.deps, input), { code: 'client_not_registered' });
  }
});

t.test('another address is verified anew, and is told what the client that set it may see', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const [one, other] = [await openReceiver(t), await openReceiver(t)];
  other.grants = false;
  const webhook = await world.enable(system, { url: one.url });
  const change = (body: object) =>
    changeWebhook(world.db, context(system), world.deps, { webhookId: webhook.id, ifMatch: 1 }, body);
  await t.rejects(changeWebhook(world.db, context(system), world.deps, { webhookId: webhook.id, ifMatch: 7 }, {}), {
    code: 'precondition_failed',
  });
  t.match((await change({ url: other.url })).body, { state: 'pending', verification: { state: 'asked' } });
  await world.happen();
  await world.dispatch();
  await world.deliver();
  t.same([...one.got, ...other.got], [], 'neither the old address nor the new one is sent anything');
  t.match((await getWebhook(world.db, system, webhook.id)).body, { state: 'pending' });
});
