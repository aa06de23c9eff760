import pino from 'pino';
import t from 'tap';
import { agreeWithPeers } from '../../src/commands/demo-peers.ts';
import { createExport } from '../../src/features/exports/exports.ts';
import { newPeer } from '../../src/features/federation/examples.ts';
import { offerPeering } from '../../src/features/federation/offering.ts';
import { NewPeer } from '../../src/features/federation/schemas.ts';
import { changeWebhook, getWebhook } from '../../src/features/webhooks/endpoints.ts';
import type { Loop } from '../../src/platform/loop.ts';
import { loops } from '../../src/worker.ts';
import { testReceipts } from '../features/spaces/world.ts';
import { openReceiver } from '../features/webhooks/receiver.ts';
import { party, webhookWorld } from '../features/webhooks/world.ts';
import { computingOf, testPool } from '../helpers/computing.ts';
import { baseUrl, nodeSecret, testPeering } from '../helpers/demo.ts';
import { administrator, context } from '../helpers/people.ts';

const none = { count: 0, oldestAt: undefined };
const log = pino({ enabled: false });

t.test('what is to be asked, queued, sent and exported shows as due, since when, until it is done', async (t) => {
  const world = await webhookWorld(t);
  const { db, owner, sending, register, happen, dispatch, passTime } = world;
  const { system } = await party(world);
  const receiver = await openReceiver(t);
  const all = loops({
    db,
    receipts: await testReceipts(db),
    sending,
    peering: await testPeering(db),
    computing: computingOf(db),
    pool: testPool(),
    log,
  });
  const named = (name: string) => all.find((loop) => loop.name === name) as Loop;
  const backlogOf = (name: string) => named(name).backlog?.();
  const runAll = async (name: string) => {
    while (await named(name).run(new AbortController().signal));
  };
  const due = async (name: string, count: number, since: Date | string) =>
    t.same(await backlogOf(name), { count, oldestAt: new Date(since) }, `${name}: what is due`);
  await dispatch();

  const types = ['nl.samendoen.organisation.registered'];
  const webhook = await register(system, { url: receiver.url, types });
  await due('verify-webhooks', 1, webhook.createdAt);
  await runAll('verify-webhooks');
  t.same(await backlogOf('verify-webhooks'), none, 'its owner was asked');

  await dispatch();
  const subject = await happen();
  await happen();
  const [first] = await owner<{ at: Date }[]>`select occurred_at as at from events where subject_id = ${subject}`;
  await due('dispatch-webhooks', 2, first?.at ?? '');
  t.same(await backlogOf('deliver-webhooks'), none, 'nothing is sent before it is queued');
  await runAll('dispatch-webhooks');
  t.same(await backlogOf('dispatch-webhooks'), none);

  const [queued] = await owner<{ at: Date }[]>`select min(due_at) as at from webhook_deliveries`;
  await due('deliver-webhooks', 2, queued?.at ?? '');
  const { version: seen = 0 } = await getWebhook(db, system, webhook.id);
  const change = { webhookId: webhook.id, ifMatch: seen };
  const { version = 0 } = await changeWebhook(db, context(system), world.deps, change, { paused: true });
  t.same(await backlogOf('deliver-webhooks'), none, 'a paused endpoint is due for nothing');
  await changeWebhook(db, context(system), world.deps, { ...change, ifMatch: version }, { paused: false });
  receiver.behave = () => 500;
  await runAll('deliver-webhooks');
  t.same(await backlogOf('deliver-webhooks'), none, 'what failed waits for its next attempt, and is not due');
  await passTime();
  t.match(await backlogOf('deliver-webhooks'), { count: 2 }, 'then it is due again');
  receiver.behave = () => 204;
  await runAll('deliver-webhooks');
  await passTime();
  await runAll('deliver-webhooks');
  t.same(await backlogOf('deliver-webhooks'), none, 'all was received');
  t.equal(receiver.received().length, 2);

  const asked = await createExport(db, context(system), { format: 'ndjson', resources: ['organisations'] });
  await due('exports', 1, asked.body.createdAt);
  await runAll('exports');
  t.same(await backlogOf('exports'), none, 'it was made');

  // A node that says who it is and takes nothing, for now.
  const peering = await testPeering(db);
  const { outbound } = peering;
  const send: typeof outbound.send = async (request) =>
    request.method === 'GET' ? outbound.send(request) : { status: 503, headers: {}, body: '', durationMs: 1 };
  const deaf = { ...peering, outbound: { ...outbound, send } };
  const offer = { ...newPeer, shares: ['organisations'] as const, receives: [] };
  await offerPeering(db, context(administrator), deaf, NewPeer.parse(offer));
  t.same(await backlogOf('tell-peers'), none, 'what failed waits for its next attempt');
  await owner`update peer_messages set next_attempt_at = '2026-01-05T08:00:00Z'`;
  await due('tell-peers', 1, '2026-01-05T08:00:00Z');
  await runAll('tell-peers');
  t.same(await backlogOf('tell-peers'), none, 'it was told');
  t.same(await backlogOf('pull-peers'), none);
  await agreeWithPeers(db, nodeSecret, baseUrl);
  t.same(await backlogOf('tell-moves'), none, 'what was said of moves there has its end');
  await owner`update organisation_moves set state = 'declined', closing = 'x', next_tell_at = '2026-01-05T08:00:00Z'
    where state = 'offered'`;
  await due('tell-moves', 1, '2026-01-05T08:00:00Z');
  await runAll('tell-moves');
  t.same(await backlogOf('tell-moves'), none, 'it waits for its next attempt');
  t.match(await backlogOf('pull-peers'), { count: 1 }, 'the feed of whom it agreed with was never read');
  await runAll('pull-peers');
  t.same(await backlogOf('pull-peers'), none, 'that failed, since nobody is there, and waits for the next attempt');
  t.match(await owner`select tries, last_error, told_at is not null as told from peer_messages where tries = 2`, [
    { tries: 2, last_error: null, told: true },
  ]);
});
