import t from 'tap';
import { changeClient } from '../../../src/features/access/clients.ts';
import { getDelivery, listDeliveries, redeliver, testWebhook } from '../../../src/features/webhooks/deliveries.ts';
import { getWebhook, requestVerification, rotateWebhookSecret } from '../../../src/features/webhooks/endpoints.ts';
import { DeliveryQuery } from '../../../src/features/webhooks/schemas.ts';
import { askOwners } from '../../../src/features/webhooks/webhooks.ts';
import { administrator, context } from '../../helpers/people.ts';
import { type Behaviour, isSignedBy, openReceiver, readCloudEvent, verifyBySecret } from './receiver.ts';
import { party, webhookWorld } from './world.ts';

const types = ['nl.samendoen.organisation.registered'];
const all = DeliveryQuery.parse({});

t.test('an event arrives as a CloudEvent, signed in both ways, under the identifier of the event', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const webhook = await world.enable(system, { url: receiver.url, types });
  const subject = await world.happen();
  await world.dispatch();
  await world.deliver();
  t.equal(receiver.got.length, 1);
  const [got] = receiver.got;
  if (got === undefined) return;
  const read = verifyBySecret(webhook.secret, got);
  t.throws(() => verifyBySecret(webhook.secret, { ...got, body: `${got.body} ` }), 'an altered body is refused');
  t.ok(isSignedBy(webhook.publicKeys[0] ?? '', got));
  t.notOk(isSignedBy(webhook.publicKeys[0] ?? '', { ...got, body: '{}' }));
  const event = readCloudEvent(got);
  t.match(event, { specversion: '1.0', type: types[0], subject, id: got.id, source: /^urn:nld:oin:/ });
  t.match(read, { dataref: `https://node.example/v1/organisations/${subject}` });
  t.match(got.headers, { 'content-type': /^application\/cloudevents\+json/, 'user-agent': /^Samendoen/ });
  const { items } = await listDeliveries(world.db, system, webhook.id, all);
  t.match(items, [{ eventId: got.id, state: 'delivered', attemptCount: 1, nextAttemptAt: null, lastReason: null }]);
  const source = { source: world.sending.source, baseUrl: world.sending.baseUrl };
  const { body } = await getDelivery(world.db, system, source, webhook.id, items[0]?.id ?? '');
  t.same(body.event, JSON.parse(got.body), 'what is shown is what was sent');
  t.match(body.attempts, [{ number: 1, status: 204, headers: { 'webhook-id': got.id } }]);
  t.notMatch(JSON.stringify(body), /v1a?,/, 'without its signature');
});

t.test('nothing is sent to an endpoint whose owner did not grant it, and all of it once it did', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  receiver.grants = false;
  const webhook = await world.enable(system, { url: receiver.url, types });
  await testWebhook(world.db, context(system), webhook.id);
  await world.happen();
  await world.dispatch();
  await world.deliver();
  t.same(receiver.got, []);
  const { body } = await getWebhook(world.db, system, webhook.id);
  t.match(body, { state: 'pending', verification: { state: 'refused', reason: /./ } });
  receiver.grants = true;
  await requestVerification(world.db, context(system), webhook.id);
  await askOwners(world.db, world.sending);
  t.match((await getWebhook(world.db, system, webhook.id)).body, {
    state: 'enabled',
    verification: { state: 'granted' },
  });
  await world.deliver();
  t.same(
    receiver.got.map((got) => readCloudEvent(got).type),
    ['nl.samendoen.webhook.tested', ...types],
  );
  for (const got of receiver.got) verifyBySecret(webhook.secret, got);
});

const inHours = new Date(Date.now() + 3 * 3_600_000);
const later = inHours.toUTCString();

const failures: readonly (readonly [Behaviour, object])[] = [
  [500, { status: 500, reason: 'status', answer: 'ok' }],
  [301, { status: 301, reason: 'redirected' }],
  [404, { status: 404, reason: 'status' }],
  ['reset', { status: null, reason: 'reset', answer: null }],
  ['hang', { status: null, reason: 'timeout', answer: null }],
  [
    { status: 429, headers: { 'retry-after': '100' } },
    { status: 429, reason: 'status' },
  ],
  [{ status: 503, headers: { 'retry-after': later } }, { status: 503 }],
  [
    { status: 400, body: `a\0${'x'.repeat(5000)}` },
    { status: 400, answer: `a\ufffd${'x'.repeat(2046)}` },
  ],
];

/** How long a delivery must wait after a first answer: by the schedule, or as it was asked; with 10 s for a busy machine. */
function waitOf(behaviour: Behaviour, since: number): [least: number, most: number] {
  const asked = typeof behaviour === 'object' ? behaviour.headers?.['retry-after'] : undefined;
  if (asked === undefined) return [4500, 16_000];
  const ms = asked === later ? inHours.getTime() - since : 100_000;
  return [ms - 1000, ms + 10_000];
}

t.test('whatever goes wrong is shown and tried again under the same identifier', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const source = { source: world.sending.source, baseUrl: world.sending.baseUrl };
  for (const [behaviour, expected] of failures) {
    const receiver = await openReceiver(t);
    receiver.behave = (_, count) => (count === 1 ? behaviour : 200);
    const webhook = await world.enable(system, { url: receiver.url, types });
    await world.happen();
    await world.dispatch();
    const before = Date.now();
    await world.deliver();
    const { items } = await listDeliveries(world.db, system, webhook.id, all);
    t.match(items, [{ state: 'queued', attemptCount: 1 }], JSON.stringify(behaviour));
    const [delivery] = items;
    const { body } = await getDelivery(world.db, system, source, webhook.id, delivery?.id ?? '');
    t.match(body.attempts, [expected]);
    const waits = (delivery?.nextAttemptAt?.getTime() ?? 0) - before;
    const [least, most] = waitOf(behaviour, before);
    t.ok(waits >= least && waits <= most, `${waits} ms`);
    await world.deliver();
    t.equal(receiver.got.length, 1, 'not before its time');
    await world.passTime();
    await world.deliver();
    t.equal(new Set(receiver.got.map(({ id }) => id)).size, 1);
    t.match((await listDeliveries(world.db, system, webhook.id, all)).items, [{ state: 'delivered', attemptCount: 2 }]);
  }
});

t.test('after the last attempt a delivery is parked for all to see, and can be sent again', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  receiver.behave = () => 500;
  const webhook = await world.enable(system, { url: receiver.url, types });
  await world.happen();
  await world.dispatch();
  for (let attempt = 0; attempt < 12; attempt++) {
    await world.deliver();
    await world.passTime();
  }
  t.equal(receiver.got.length, 10);
  const { items } = await listDeliveries(world.db, system, webhook.id, { ...all, state: 'parked' });
  t.match(items, [{ state: 'parked', attemptCount: 10, lastReason: 'status', nextAttemptAt: null }]);
  receiver.behave = () => 200;
  const deliveryId = items[0]?.id ?? '';
  t.match((await redeliver(world.db, context(system), webhook.id, { deliveryId })).body, { queuedCount: 1 });
  await world.deliver();
  t.match((await listDeliveries(world.db, system, webhook.id, all)).items, [{ state: 'delivered', attemptCount: 11 }]);
  // Again and again: no more than twenty attempts are kept.
  for (let again = 0; again < 12; again++) {
    await redeliver(world.db, context(system), webhook.id, { deliveryId });
    await world.deliver();
  }
  const source = { source: world.sending.source, baseUrl: world.sending.baseUrl };
  const { attempts, attemptCount } = (await getDelivery(world.db, system, source, webhook.id, deliveryId)).body;
  t.equal(attemptCount, 23);
  t.equal(attempts.length, 20);
  t.equal(attempts.at(-1)?.number, 23);
  t.equal(new Set(receiver.got.map(({ id }) => id)).size, 1, 'always under the same identifier');
});

t.test('a window is sent again, and no other', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const webhook = await world.enable(system, { url: receiver.url, types });
  for (let count = 0; count < 6; count++) await world.happen();
  await world.dispatch();
  await world.deliver();
  const first = [...receiver.received()];
  t.equal(first.length, 6);
  await world.owner`update webhook_deliveries set created_at = '2026-01-01T00:00:00Z'
    where event_id = any(${first.slice(0, 4)}::uuid[])`;
  const window = { from: new Date('2026-01-01T00:00:00Z'), until: new Date('2026-01-01T00:00:01Z') };
  const again = (states: ('delivered' | 'parked' | 'queued')[]) =>
    redeliver(world.db, context(system), webhook.id, { ...window, states });
  t.match((await again(['parked', 'queued'])).body, { queuedCount: 0 });
  t.match((await again(['delivered'])).body, { queuedCount: 4 });
  await world.deliver();
  t.same(receiver.received().slice(6), first.slice(0, 4), 'in their order');
  await t.rejects(
    redeliver(world.db, context(system), webhook.id, { from: window.until, until: window.from, states: ['parked'] }),
    {
      code: 'invalid_input',
    },
  );
});

t.test('410 disables an endpoint; what waits is sent once its owner grants it again', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  receiver.behave = (_, count) => (count === 1 && receiver.got.length === 0 ? 410 : 200);
  const webhook = await world.enable(system, { url: receiver.url, types });
  for (let count = 0; count < 3; count++) await world.happen();
  await world.dispatch();
  await world.deliver();
  await world.passTime();
  await world.happen();
  await world.dispatch();
  await world.deliver();
  t.equal(receiver.got.length, 1);
  t.match((await getWebhook(world.db, system, webhook.id)).body, { state: 'disabled', stateReason: 'gone' });
  const waiting = (await listDeliveries(world.db, system, webhook.id, all)).items;
  t.equal(waiting.length, 4, 'it is there to see');
  t.ok(waiting.every(({ state, nextAttemptAt }) => state === 'queued' && nextAttemptAt === null));
  await requestVerification(world.db, context(system), webhook.id);
  await askOwners(world.db, world.sending);
  await world.passTime();
  await world.deliver();
  t.equal(new Set(receiver.received()).size, 4);
});

t.test('both secrets sign during the overlap of a rotation, and the old one no more after it', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const webhook = await world.enable(system, { url: receiver.url, types });
  const send = async () => {
    await world.happen();
    await world.dispatch();
    await world.deliver();
    const got = receiver.got.at(-1);
    if (got === undefined) throw new Error('nothing came');
    return got;
  };
  const rotate = async (overlapHours: number) =>
    (await rotateWebhookSecret(world.db, context(system), world.deps.secrets, webhook.id, { overlapHours })).body;
  const second = await rotate(24);
  const during = await send();
  verifyBySecret(webhook.secret, during);
  verifyBySecret(second.secret ?? '', during);
  t.ok(isSignedBy(webhook.publicKeys[0] ?? '', during) && isSignedBy(second.publicKey, during));
  t.equal(String(during.headers['webhook-signature']).split(' ').length, 4);
  await world.owner`update webhook_secrets set expires_at = now() where expires_at is not null`;
  const after = await send();
  t.throws(() => verifyBySecret(webhook.secret, after));
  verifyBySecret(second.secret ?? '', after);
  const third = await rotate(0);
  const last = await send();
  t.throws(() => verifyBySecret(second.secret ?? '', last), 'without overlap the secret before ends at once');
  verifyBySecret(third.secret ?? '', last);
  for (let count = 0; count < 6; count++) await rotate(168);
  t.equal(String((await send()).headers['webhook-signature']).split(' ').length, 6, 'three of each kind at most');
});

t.test('an endpoint is sent no more than its owner granted', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  receiver.rate = '2';
  await world.enable(system, { url: receiver.url, types });
  for (let count = 0; count < 3; count++) await world.happen();
  await world.dispatch();
  for (let sent = 1; sent <= 3; sent++) {
    await world.deliver();
    await world.deliver();
    t.equal(receiver.received().length, sent, 'one, and no other before half a minute has passed');
    await world.passTime();
  }
});

t.test('one dead endpoint slows nobody: the others get everything while it hangs', async (t) => {
  const world = await webhookWorld(t, { max: 12 });
  const owners = [await party(world, 'Een'), await party(world, 'Twee')] as const;
  const dead = await openReceiver(t);
  dead.behave = () => 'hang';
  for (let count = 0; count < 6; count++) await world.enable(owners[0].system, { url: dead.url, types });
  const alive = await openReceiver(t);
  await world.enable(owners[1].system, { url: alive.url, types });
  for (let count = 0; count < 30; count++) await world.happen();
  await world.dispatch();
  await world.deliver();
  t.equal(alive.received().length, 30);
  const last = Math.max(...alive.got.map(({ at }) => at));
  const meanwhile = dead.got.filter(({ at }) => at <= last).length;
  t.ok(meanwhile <= 6 * 2, `it had everything after ${meanwhile} attempts at six dead ones`);
  t.ok(dead.got.length <= 6 * 4, `the dead ones were left alone after ${dead.got.length} attempts`);
});

t.test('of a client that is disabled everything is dropped, and nothing comes back when it is enabled', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const webhook = await world.enable(system, { url: receiver.url, types });
  for (let count = 0; count < 3; count++) await world.happen();
  await world.dispatch();
  const turn = (disabled: boolean) => changeClient(world.db, context(administrator), system.clientId, 0, { disabled });
  await turn(true);
  await world.deliver();
  await world.happen();
  await world.dispatch();
  await turn(false);
  await world.deliver();
  t.same(receiver.got, []);
  t.same((await listDeliveries(world.db, system, webhook.id, all)).items, []);
  await world.happen();
  await world.dispatch();
  await world.deliver();
  t.equal(receiver.got.length, 1, 'what happens from then on is sent');
});
