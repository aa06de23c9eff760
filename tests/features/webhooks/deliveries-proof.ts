import { setTimeout as wait } from 'node:timers/promises';
import type { Test } from 'tap';
import { commit } from '../../../src/features/events/events.ts';
import { requestVerification } from '../../../src/features/webhooks/endpoints.ts';
import { askOwners, dispatchEvents, SealedSecrets } from '../../../src/features/webhooks/webhooks.ts';
import { nodeContext } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { loadNodeSecret } from '../../../src/platform/sealing.ts';
import { newSecret } from '../../helpers/http.ts';
import { context } from '../../helpers/people.ts';
import { newDirectory } from '../../helpers/place.ts';
import { type Program, startProgram } from '../../helpers/programs.ts';
import { wayTo } from '../../helpers/proxy.ts';
import { type Behaviour, type Got, openReceiver, type Receiver, readCloudEvent, verifyBySecret } from './receiver.ts';
import { localSettings, party, webhookWorld } from './world.ts';

type Teardown = Pick<Test, 'teardown'>;
const types = ['nl.samendoen.organisation.registered'];

/** A node whose worker processes are programs of their own, over a database of the test's. */
async function openNode(t: Teardown) {
  const nodeSecret = newSecret();
  const world = await webhookWorld(t, { max: 8 });
  const secrets = new SealedSecrets(loadNodeSecret({ dataDir: '', nodeSecret }));
  Object.assign(world.deps, { secrets });
  const { url } = await wayTo(t, world.connection);
  const settings = { ...localSettings, DATABASE_URL: url, NODE_SECRET: nodeSecret, BASE_URL: world.sending.baseUrl };
  const { id, system } = await party(world);
  return {
    ...{ world, system, organisationId: id },
    work: () => startProgram(t, 'worker-process.ts', { ...settings, DATA_DIR: newDirectory() }),
  };
}

/** So many events at once, of something that everybody may see. */
const happen = (db: Db, organisationId: string, count: number) =>
  commit(db, nodeContext('proof'), async (_, record) => {
    for (let one = 0; one < count; one++)
      record({ type: 'organisation.registered', subjectType: 'organisation', subjectId: organisationId });
    return { body: undefined };
  });

const nasty: readonly Behaviour[] = [
  ...[500, 500, 500, 301, 301, 'reset', 'reset'],
  { status: 429, headers: { 'retry-after': '3' } },
  { status: 503, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } },
] as const;

/** Fails half the time; now and then it hangs or says that it is gone. */
function randomly(): Behaviour {
  if (Math.random() < 0.5) return 204;
  const luck = Math.random();
  if (luck < 0.01) return 'hang';
  if (luck < 0.02) return 410;
  return nasty[Math.floor(Math.random() * nasty.length)] ?? 500;
}

/** What came of a proof. */
export type DeliveryProof = {
  readonly events: number;
  readonly deliveries: number;
  readonly attempts: number;
  /** Requests of which the independent libraries judged signature and event. */
  readonly inspected: number;
  readonly delivered: number;
  readonly parked: number;
  readonly repeated: number;
  readonly kills: number;
  readonly faults: string[];
};

/**
 * Lets worker processes deliver to receivers that fail half the time, and kills one of them again and again. Time is let
 * pass for what waits, so that the schedule of days takes minutes. Each event must have been received, or stand parked
 * for all to see; each request must be signed and be a CloudEvent, by independent libraries. `planted` marks deliveries
 * as received when their endpoint is claimed, before they are sent: then events must be found missing.
 */
export async function proveDeliveries(
  t: Teardown,
  plan: { events: number; kills: number; endpoints?: number; planted?: boolean; tell?: (text: string) => void },
): Promise<DeliveryProof> {
  const { world, system, organisationId, work } = await openNode(t);
  const faults: string[] = [];
  const inspected = { count: 0 };
  const endpoints = await Promise.all(
    Array.from({ length: plan.endpoints ?? 4 }, async () => {
      const receiver = await openReceiver(t);
      receiver.behave = randomly;
      const webhook = await world.enable(system, { url: receiver.url, types });
      receiver.inspect = inspector(webhook.secret, inspected, faults);
      return { receiver, webhook };
    }),
  );
  if (plan.planted === true) await acknowledgeBeforeSending(world.owner);
  const workers: Program[] = [work(), work()];
  const attempts = () => endpoints.reduce((sum, { receiver }) => sum + receiver.got.length, 0);
  const writing = write(world.db, organisationId, plan.events);
  let kills = 0;
  // From the first attempt on, so that there is something to lose.
  for (let seen = 0; kills < plan.kills; kills++) {
    const enough = Date.now() + 3000;
    while (attempts() < seen + 20 && Date.now() < enough) await pass(world, system, endpoints);
    seen = attempts();
    const at = kills % workers.length;
    await workers[at]?.end('SIGKILL');
    workers[at] = work();
  }
  await writing;
  await passAll(world, attempts, () => pass(world, system, endpoints));
  for (const worker of workers) {
    const { code } = await worker.end();
    if (code !== 0) faults.push(`a worker ended with ${code}: ${worker.stderr()}`);
  }
  const counts = { delivered: 0, parked: 0, repeated: 0 };
  for (const { receiver, webhook } of endpoints) {
    const of = await judge(world.owner, webhook.id, receiver, faults);
    counts.delivered += of.delivered;
    counts.parked += of.parked;
    counts.repeated += of.repeated;
  }
  const proof = {
    events: plan.events,
    deliveries: plan.events * endpoints.length,
    attempts: attempts(),
    inspected: inspected.count,
    ...counts,
  };
  plan.tell?.(`${JSON.stringify({ ...proof, kills, faults: faults.length })}\n`);
  return { ...proof, kills, faults };
}

async function write(db: Db, organisationId: string, events: number): Promise<void> {
  for (let made = 0; made < events; made += 25) {
    await happen(db, organisationId, Math.min(25, events - made));
    await wait(20);
  }
}

type World = Awaited<ReturnType<typeof webhookWorld>>;
type Endpoint = { receiver: Receiver; webhook: { id: string; secret: string } };

/** Lets time pass, and owners verify what was disabled because it said that it is gone. */
async function pass(world: World, system: Parameters<typeof context>[0], endpoints: readonly Endpoint[]) {
  await world.passTime();
  const gone = await world.owner<{ id: string }[]>`select id from webhooks where state = 'disabled'`;
  for (const { id } of gone)
    if (endpoints.some(({ webhook }) => webhook.id === id)) await requestVerification(world.db, context(system), id);
  await wait(200);
}

/** Lets time pass until nothing is left, or nothing was tried for a minute; how fast it goes is measured elsewhere. */
async function passAll(world: World, attempts: () => number, pass: () => Promise<void>): Promise<void> {
  let present = { attempts: attempts(), at: Date.now() };
  while ((await left(world)) > 0 && Date.now() < present.at + 60_000) {
    await pass();
    if (attempts() > present.attempts) present = { attempts: attempts(), at: Date.now() };
  }
}

async function left({ owner }: World): Promise<number> {
  const [row] = await owner<
    { left: number }[]
  >`select (select count(*) from webhook_deliveries where state = 'queued')::int
    + (select c.position - d.position from event_counter c, webhook_dispatch d)::int as left`;
  return row?.left ?? 0;
}

/** Judges each request when it arrives, since the library refuses what was signed more than five minutes ago. */
const inspector = (secret: string, inspected: { count: number }, faults: string[]) => (got: Got) => {
  inspected.count += 1;
  try {
    verifyBySecret(secret, got);
    if (readCloudEvent(got).id !== got.id) faults.push(`${got.id} is another event`);
  } catch (error) {
    faults.push(`${got.id}: ${String(error)}`);
  }
};

async function judge(owner: World['owner'], webhookId: string, receiver: Receiver, faults: string[]) {
  const rows = await owner<{ id: string; state: string | null }[]>`
    select e.id, d.state from events e left join webhook_deliveries d on d.event_id = e.id and d.webhook_id = ${webhookId}
    where e.type = 'organisation.registered' and e.position > (select from_position from webhooks where id = ${webhookId})`;
  const received = receiver.received();
  const known = new Set(received);
  for (const { id, state } of rows) {
    if (state === 'delivered' && !known.has(id)) faults.push(`${id} stands as delivered and was not received`);
    else if (state !== 'delivered' && state !== 'parked') faults.push(`${id} stands as ${state}`);
  }
  return {
    delivered: rows.filter(({ state }) => state === 'delivered').length,
    parked: rows.filter(({ state }) => state === 'parked').length,
    repeated: received.length - known.size,
  };
}

/** The planted fault: what an endpoint has first in its queue counts as received when the endpoint is claimed. */
async function acknowledgeBeforeSending(owner: World['owner']): Promise<void> {
  await owner.unsafe(`
    create function acknowledge() returns trigger language plpgsql as $$
    begin
      if new.lease_token is not null and old.lease_token is distinct from new.lease_token then
        update webhook_deliveries set state = 'delivered', finished_at = now() where id in (select id
          from webhook_deliveries where webhook_id = new.webhook_id and state = 'queued' order by position limit 3);
      end if;
      return new;
    end $$;
    create trigger acknowledge before update on webhook_queues for each row execute function acknowledge()`);
}

/** How fast a backlog was drained. */
export type Drain = { readonly processes: number; readonly deliveries: number; readonly perSecond: number };

/** Drains a backlog to receivers that take everything, by so many worker processes; counted from the first that came. */
export async function measureDrain(
  t: Teardown,
  plan: { deliveries: number; processes: number; tell?: (text: string) => void },
): Promise<Drain> {
  const { world, system, organisationId, work } = await openNode(t);
  const receivers = await Promise.all(Array.from({ length: 16 }, () => openReceiver(t)));
  const clock = { first: 0, last: 0, count: 0 };
  for (const receiver of receivers) {
    receiver.behave = () => {
      clock.last = performance.now();
      clock.first ||= clock.last;
      clock.count += 1;
      receiver.got.length = 0;
      return 204;
    };
    await world.enable(system, { url: receiver.url, types });
  }
  while (await askOwners(world.db, world.sending));
  const events = Math.ceil(plan.deliveries / receivers.length);
  for (let made = 0; made < events; made += 500) await happen(world.db, organisationId, Math.min(500, events - made));
  while (await dispatchEvents(world.db));
  const deliveries = events * receivers.length;
  const workers = Array.from({ length: plan.processes }, work);
  while (clock.count < deliveries) {
    if (workers.some((worker) => !worker.alive())) throw new Error('a worker ended');
    await wait(50);
  }
  for (const worker of workers) await worker.end();
  const perSecond = Math.round(deliveries / ((clock.last - clock.first) / 1000));
  const drain = { processes: plan.processes, deliveries, perSecond };
  plan.tell?.(`${JSON.stringify(drain)}\n`);
  return drain;
}
