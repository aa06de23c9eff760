import fc from 'fast-check';
import t from 'tap';
import { changeClient } from '../../../src/features/access/clients.ts';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { decideMembership, endMembership, offerMembership } from '../../../src/features/alliances/membership-offers.ts';
import { createInitiative } from '../../../src/features/initiatives/initiatives.ts';
import { listDeliveries } from '../../../src/features/webhooks/deliveries.ts';
import { removeWebhook } from '../../../src/features/webhooks/endpoints.ts';
import { DeliveryQuery } from '../../../src/features/webhooks/schemas.ts';
import { dispatchEvents, removeOldDeliveries } from '../../../src/features/webhooks/webhooks.ts';
import { administrator, context } from '../../helpers/people.ts';
import { openReceiver, readCloudEvent } from './receiver.ts';
import { party, system, webhookWorld } from './world.ts';

const types = ['nl.samendoen.organisation.registered'];
const all = DeliveryQuery.parse({});

t.test(
  'of what 16 writers do while three processes dispatch, nothing is lost and nothing is queued twice',
  async (t) => {
    const world = await webhookWorld(t, { max: 24 });
    const { system } = await party(world);
    const webhook = await world.register(system, { url: 'http://127.0.0.1:9/hook', types });
    let writing = true;
    const writer = async () => {
      const made: string[] = [];
      for (let count = 0; count < 20; count++) made.push(await world.happen());
      return made;
    };
    const dispatcher = async () => {
      while (writing) await dispatchEvents(world.db, 7);
    };
    const dispatching = Promise.all([dispatcher(), dispatcher(), dispatcher()]);
    const made = (await Promise.all(Array.from({ length: 16 }, writer))).flat();
    writing = false;
    await dispatching;
    await world.dispatch();
    const queued = await world.owner<{ subjectId: string }[]>`
    select e.subject_id as "subjectId" from webhook_deliveries d join events e on e.position = d.position
    where d.webhook_id = ${webhook.id} and e.id = d.event_id order by e.position`;
    t.equal(queued.length, 320);
    t.same(new Set(queued.map(({ subjectId }) => subjectId)), new Set(made));
  },
);

t.test(
  'an endpoint begins at its creation, and gets what its filter names of the alliance that it names',
  async (t) => {
    const world = await webhookWorld(t);
    const { system } = await party(world);
    await world.happen();
    const found = async (name: string) =>
      (await createAlliance(world.db, context(system), { kind: 'alliance', name, visibility: 'network' })).body.id;
    const [one, other] = [await found('Een'), await found('Ander')];
    const url = 'http://127.0.0.1:9/hook';
    const everything = await world.register(system, { url });
    const ofOne = await world.register(system, { url, allianceId: one, types: ['nl.samendoen.initiative.*'] });
    for (const allianceId of [one, other])
      await createInitiative(world.db, context(system), { allianceId, title: 'Samen', themes: [] });
    await world.happen();
    await world.dispatch();
    const typesOf = async (id: string) =>
      (await listDeliveries(world.db, system, id, all)).items.map(({ type }) => type).reverse();
    t.same(await typesOf(ofOne.id), ['nl.samendoen.initiative.begun']);
    const seen = await typesOf(everything.id);
    t.notOk(seen.includes('nl.samendoen.alliance.founded'), 'not what was before');
    t.equal(seen.filter((type) => type === 'nl.samendoen.initiative.begun').length, 2);
    t.equal(seen.filter((type) => type === types[0]).length, 1);
  },
);

t.test('only what the scopes of the client and of its token permit is queued, as they are now', async (t) => {
  const world = await webhookWorld(t);
  const { id, system: full } = await party(world);
  const url = 'http://127.0.0.1:9/hook';
  const narrow = { ...full, scopes: new Set(['webhooks:write', 'alliances:read'] as const) };
  const webhook = await world.register(narrow, { url });
  const other = await system(world, id, ['organisations:read', 'webhooks:read', 'webhooks:write']);
  const reduced = await world.register(other, { url });
  await world.happen();
  await world.dispatch();
  const queued = async (webhookId: string) => (await listDeliveries(world.db, full, webhookId, all)).items.length;
  t.equal(await queued(webhook.id), 0, 'the client could, but not by that token');
  const before = await queued(reduced.id);
  t.ok(before >= 1);
  await changeClient(world.db, context(administrator), other.clientId, 0, { scopes: ['webhooks:read'] });
  await world.happen();
  await world.dispatch();
  t.equal(await queued(reduced.id), before, 'nothing more once the scope is taken away');
});

t.test('an endpoint that was removed is sent nothing, and its deliveries and secrets are gone', async (t) => {
  const world = await webhookWorld(t);
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const webhook = await world.enable(system, { url: receiver.url, types });
  await world.happen();
  await world.dispatch();
  await removeWebhook(world.db, context(system), webhook.id, 1);
  await world.deliver();
  t.same(receiver.got, []);
  await t.rejects(listDeliveries(world.db, system, webhook.id, all), { code: 'not_found' });
  t.equal(await removeOldDeliveries(world.db, 100), 1);
  await world.owner`update webhooks set removed_at = removed_at - interval '2 hours'`;
  await removeOldDeliveries(world.db, 100);
  const [left] = await world.owner`select (select count(*) from webhooks) + (select count(*) from webhook_deliveries)
    + (select count(*) from webhook_secrets) + (select count(*) from webhook_queues) as count`;
  t.match(left, { count: '0' });
});

type Step = 'happen' | 'dispatch' | 'deliver' | 'revoke' | 'passTime';

t.test(
  'a partner receives nothing of a closed space once it left, wherever its events were on their way',
  async (t) => {
    const world = await webhookWorld(t, { max: 10 });
    const convener = await party(world, 'Trekker');
    const partner = await party(world, 'Partner');
    const receiver = await openReceiver(t);
    const space = { kind: 'community', visibility: 'closed', name: 'Vrijplaats', endsOn: '2099-01-01' } as const;
    const { body: alliance } = await createAlliance(world.db, context(convener.system), space);
    await world.enable(partner.system, { url: receiver.url, types: ['nl.samendoen.initiative.*'] });
    const join = async () => {
      const offer = { organisationId: partner.id, role: 'member', expiresInDays: 30 } as const;
      const { body } = await offerMembership(world.db, context(convener.system), alliance.id, offer);
      await decideMembership(world.db, context(partner.system), body.id, { decision: 'accepted' });
      return body.id;
    };
    const step = fc.constantFrom<Step>('happen', 'dispatch', 'deliver', 'passTime');
    let received = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.array(step, { maxLength: 6 }),
        fc.boolean(),
        async (before, after, failing) => {
          receiver.got.length = 0;
          receiver.behave = () => (failing ? 500 : 200);
          const membershipId = await join();
          const steps: Record<Step, () => Promise<unknown>> = {
            happen: () =>
              createInitiative(world.db, context(convener.system), {
                allianceId: alliance.id,
                title: 'Plan',
                themes: [],
              }),
            dispatch: world.dispatch,
            deliver: world.deliver,
            passTime: world.passTime,
            revoke: () => endMembership(world.db, context(partner.system), membershipId, {}, async () => []),
          };
          await steps.happen();
          for (const one of before) await steps[one]();
          await steps.revoke();
          const until = receiver.got.length;
          received += until;
          for (const one of [...after, 'dispatch', 'passTime', 'deliver'] as const) await steps[one]();
          return receiver.got.length === until;
        },
      ),
      { numRuns: 25 },
    );
    t.ok(received > 0, `${received} came while it took part`);
    for (const got of receiver.got) t.match(readCloudEvent(got).type, /^nl\.samendoen\.initiative/);
    const [left] = await world.owner`select count(*)::int as queued from webhook_deliveries where state = 'queued'`;
    t.match(left, { queued: 0 });
    const [answers] = await world.owner`select count(*)::int as kept from webhook_attempts a
    join webhook_deliveries d on d.id = a.delivery_id where d.state = 'dropped'`;
    t.match(answers, { kept: 0 }, 'and what it answered to what was dropped is forgotten');
  },
);
