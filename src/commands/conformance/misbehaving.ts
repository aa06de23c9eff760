import { isDeepStrictEqual } from 'node:util';
import type { FeedRequest } from '../../features/replication/messages.ts';
import { ask, until } from './asking.ts';
import { misbehaviours } from './misbehaviours.ts';
import { type Organisation, organisation } from './publisher.ts';
import { Failed, Skipped } from './report.ts';
import { honest, type Misbehaviour, type Scene } from './scene.ts';
import { type Agreed, nudge, type World } from './world.ts';

const nudgeEveryMs = 1000;
/** How soon other requests must be answered while a node deals with a slow or a giant answer. */
const promptMs = 5000;

const needsToken = 'give --token, an access token of an administrator of the node';

/** Nudges the node until it asks for the feed of the kit; answers what it asked. Throws Failed. */
async function letItAsk(world: World, agreed: Agreed): Promise<FeedRequest> {
  const { kit, pollMs, patienceMs } = world;
  const known = kit.asks.length;
  const asked = await until(
    async () => {
      await nudge(world, agreed);
      return until(() => kit.asks[known], { ms: nudgeEveryMs, everyMs: Math.min(pollMs, 50) });
    },
    { ms: patienceMs, everyMs: 0 },
  );
  if (asked === undefined)
    throw new Failed(`the node did not ask for the feed within ${patienceMs / 1000} s of nudges`);
  return asked;
}

/** Names of what the register of the node should hold of the kit, by identifier. */
const given = ({ publisher }: World) => new Map(publisher.things().map(({ id, name }) => [id, name]));

/** What the register of the node holds other than it should of what the kit gave; a fault for each. */
async function registerFaults(world: World, expected: ReadonlyMap<string, string>): Promise<string[]> {
  const { administrator, kit, canary } = world;
  if (administrator === undefined) return [];
  const faults: string[] = [];
  for (const [id, name] of expected) {
    const shown = await administrator.organisation(id);
    if (shown?.name !== name)
      faults.push(shown === undefined ? 'an organisation is missing' : 'an organisation has another name');
    else if (shown.home !== kit.baseUrl) faults.push('an organisation does not name the kit as its home');
  }
  const found = await administrator.named(canary);
  const strange = found.filter(({ id, name }) => expected.get(id) !== name);
  return strange.length === 0 ? faults : [...faults, 'the register shows what was not to be taken'];
}

/** Lets the node read an honest feed until both have the same. */
async function converge(world: World, agreed: Agreed): Promise<string[]> {
  const { kit, publisher, administrator, pollMs, patienceMs } = world;
  kit.behaviour = honest({ world, agreed });
  const isThere = () => isDeepStrictEqual(kit.asks.at(-1)?.cursor, { epoch: publisher.epoch, ...publisher.head });
  const known = kit.asks.length;
  const done = await until(
    async () => {
      if (kit.asks.length === known || !isThere()) await letItAsk(world, agreed);
      if (administrator === undefined) return isThere() ? true : undefined;
      const { health } = await administrator.peer(agreed.id);
      const isWell = health.digestEqual === true && health.failureCount === 0 && health.lastError === null;
      return isWell && kit.asks.length > known && (await registerFaults(world, given(world))).length === 0
        ? true
        : undefined;
    },
    { ms: patienceMs, everyMs: Math.min(pollMs, 200) },
  );
  if (done) return [];
  const health = await administrator?.peer(agreed.id).then((peer) => peer.health);
  return [`it did not come to the same within ${patienceMs / 1000} s`, ...(health ? [JSON.stringify(health)] : [])];
}

/** A code, never a text of another. */
const isCode = (text: unknown) => typeof text === 'string' && /^[a-z][a-z0-9_]{0,39}$/.test(text);

type Tried = {
  readonly world: World;
  readonly agreed: Agreed;
  readonly scene: Scene;
  readonly one: Misbehaviour;
  readonly overruns: readonly string[];
};

/** What the node made of a reading in which the kit misbehaved. */
async function afterReading({ world, agreed }: Tried) {
  const { administrator, kit, pollMs, patienceMs } = world;
  const answered = kit.answered;
  await letItAsk(world, agreed);
  if (administrator === undefined) {
    await until(() => (kit.answered > answered ? true : undefined), { ms: patienceMs, everyMs: 50 });
    return undefined;
  }
  // Looked at now, since a reading of before may have been under way until the node asked.
  const lastSuccessAt = await lastSuccess(world, agreed);
  const isNoted = ({ health }: Awaited<ReturnType<typeof administrator.peer>>) =>
    health.failureCount > 0 || health.lastSuccessAt !== lastSuccessAt;
  const peer = await until(
    async () => {
      const peer = await administrator.peer(agreed.id);
      return isNoted(peer) ? peer : undefined;
    },
    { ms: patienceMs, everyMs: pollMs },
  );
  if (peer === undefined) throw new Failed('the health of the peering tells nothing of the reading');
  return peer;
}

const lastSuccess = async ({ administrator }: World, { id }: Agreed) =>
  (await administrator?.peer(id))?.health.lastSuccessAt ?? null;

/** Lets the kit misbehave so that nothing is to be taken, and looks at what became of it. */
async function checkRefusal(tried: Tried): Promise<void> {
  const { world, agreed, scene, one, overruns } = tried;
  const { report, kit, publisher } = world;
  const before = given(world);
  const place = { epoch: publisher.epoch, ...publisher.head };
  kit.behaviour = (one.begin ?? honest)(scene);
  let peer: Awaited<ReturnType<typeof afterReading>>;
  let prompt: Promise<string[]> = Promise.resolve([]);
  await report.check(one.clause, `a peer that ${one.name}: nothing of it is taken`, async () => {
    if (one.isLong) prompt = promptFaults(world);
    peer = await afterReading(tried);
    const faults = await registerFaults(world, before);
    if (peer !== undefined && peer.health.failureCount === 0) faults.push('it was read without a failure');
    return [...faults, ...overruns];
  });
  if (one.isLong) await report.check('limits', `a peer that ${one.name}: others are answered meanwhile`, () => prompt);
  await report.check('errors', `a peer that ${one.name}: it is told by a code`, () => {
    if (peer === undefined) throw new Skipped(needsToken);
    if (JSON.stringify(peer.health).includes(world.canary)) return ['the health repeats what the peer said'];
    return isCode(peer.health.lastError) ? [] : ['the health names no code'];
  });
  await report.check('convergence', `a peer that ${one.name}: both come to the same after it`, async () => {
    kit.behaviour = honest(scene);
    const next = await letItAsk(world, agreed);
    const stayed = next.cursor === null || isDeepStrictEqual(next.cursor, place);
    const settled = await converge(world, agreed);
    return stayed ? settled : [...settled, 'the node went on behind what was not to be taken'];
  });
}

/** Whether the node answers others while it reads, asked a few times. */
async function promptFaults({ node, pollMs }: World): Promise<string[]> {
  let slowest = 0;
  for (let count = 0; count < 5; count++) {
    await until(() => undefined, { ms: pollMs * 2, everyMs: pollMs });
    const { ms, status } = await ask(`${node.baseUrl}/.well-known/learning-network`);
    if (status !== 200) return [`it answered with ${status}`];
    slowest = Math.max(slowest, ms);
  }
  return slowest <= promptMs ? [] : [`an answer took ${Math.round(slowest)} ms`];
}

/** Lets the kit give, soundly, a thing that is not to be taken over, and looks at what became of it. */
async function checkForeign({ world, agreed, scene, one }: Tried): Promise<void> {
  const { report, kit, publisher, administrator } = world;
  const before = given(world);
  kit.behaviour = honest(scene);
  const thing = one.foreign?.(scene);
  const title = `a peer that gives ${one.name}`;
  await report.check(one.clause, `${title}: it is not taken over`, async () => {
    if (thing === undefined) throw new Skipped('register an organisation at the node first');
    await letItAsk(world, agreed);
    if (administrator === undefined) throw new Skipped(needsToken);
    const settled = { ms: world.patienceMs, everyMs: world.pollMs };
    const fault = await until(async () => (await administrator.quarantined(agreed.id)).get(thing.id), settled);
    const faults = fault === undefined ? ['it is not in quarantine'] : isCode(fault) ? [] : ['its fault is no code'];
    const expected = new Map([...given(world)].filter(([id]) => id !== thing.id && before.has(id)));
    return [...faults, ...(await registerFaults(world, expected)), ...(await theirFaults(scene))];
  });
  if (thing === undefined) return;
  publisher.takeBack(thing.id, thing.of);
  await report.check('convergence', `${title}: both come to the same after it`, async () => {
    const faults = await converge(world, agreed);
    const isEmpty = async () => {
      if (administrator === undefined || (await administrator.quarantined(agreed.id)).size === 0) return true;
      await nudge(world, agreed);
      return undefined;
    };
    const left = await until(isEmpty, { ms: world.patienceMs, everyMs: world.pollMs });
    return left === undefined ? [...faults, 'something is left in quarantine'] : faults;
  });
}

/** Whether an organisation of the node is still its own. */
async function theirFaults({ world, theirs }: Scene): Promise<string[]> {
  if (theirs === undefined) return [];
  const shown = await world.administrator?.organisation(theirs.id);
  return shown?.name === theirs.name && shown?.home !== world.kit.baseUrl
    ? []
    : ['an organisation of the node was changed'];
}

/** Lets the node take over what the kit gives, in a baseline of several parts and in pages after it. */
export async function checkGoodBeginning(world: World, agreed: Agreed): Promise<boolean> {
  const { report, publisher, canary } = world;
  for (const what of ['a', 'b', 'c', 'd', 'e']) publisher.give(organisation(`${canary} ${what}`));
  const begun = await report.check('convergence', 'a feed is read from its beginning, in parts', () =>
    converge(world, agreed),
  );
  const [one, other] = publisher.things();
  if (!begun || one === undefined || other === undefined) return false;
  return report.check('convergence', 'a change and a removal arrive', () => {
    publisher.give({ ...one, name: `${canary} a changed` });
    publisher.takeBack(other.id);
    return converge(world, agreed);
  });
}

/** Misbehaves in every way that `chosen` allows, each after a good beginning, and checks what the node makes of it. */
export async function checkMisbehaviours(
  world: World,
  agreed: Agreed,
  { theirs, chosen }: { readonly theirs: Organisation | undefined; readonly chosen: (name: string) => boolean },
): Promise<void> {
  let count = 0;
  for (const one of misbehaviours.filter(({ name }) => chosen(name))) {
    count += 1;
    const [first, second] = world.publisher.things();
    if (first === undefined || second === undefined) return;
    const word = (what: string) => `${world.canary} ${count} ${what}`;
    const overruns: string[] = [];
    const overrun = (fault: string) => void overruns.push(fault);
    const scene = { world, agreed, one: first, other: second, theirs, word, overrun };
    const tried = { world, agreed, scene, one, overruns };
    if (one.foreign === undefined) await checkRefusal(tried);
    else await checkForeign(tried);
  }
}
