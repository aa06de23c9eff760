import { setTimeout as wait } from 'node:timers/promises';
import { places, word } from './canary.ts';
import { converge, type Expected, listed, registerOf } from './convergence.ts';
import { type Cut, cuts } from './front.ts';
import type { Teardown } from './programs.ts';
import { type Changes, changeRegister } from './register-changes.ts';
import { type DatabaseServer, type ProvenNode, startThree } from './three-nodes.ts';

/** How nodes are cut off from each other, and what happens meanwhile. */
export type FederationPlan = {
  /** How long the cut lasts, in seconds. */
  readonly cutSeconds: number;
  /** Changes at each node while it is alone. */
  readonly changes: number;
  /** How many nodes are killed meanwhile. */
  readonly kills: number;
  readonly tell?: (text: string) => void;
};

/** What came of it; without a fault every node had all of every other in time, each time. */
export type FederationProof = {
  readonly faults: readonly string[];
  /** Seconds until all were equal, after each thing that was done. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly changes: number;
  readonly kills: number;
  /** What was found after each fault that was planted, of which each must be found. */
  readonly planted: Readonly<Record<string, readonly string[]>>;
};

/** Within this all must be equal. */
const limitSeconds = 60;

type World = {
  readonly nodes: readonly [ProvenNode, ProvenNode, ProvenNode];
  readonly expected: Map<string, Expected>;
  readonly plan: FederationPlan;
  readonly faults: string[];
  readonly seconds: Record<string, number>;
  changes: number;
  kills: number;
};

/**
 * Three nodes as processes, of which one has the embedded database, are cut off from each other while each is written to
 * and killed; then one is restored from a backup, as it should be and as it should not. After each, all must be equal
 * within a minute. In the end faults are planted, which must be found.
 */
export async function proveFederation(
  t: Teardown,
  server: DatabaseServer,
  plan: FederationPlan,
): Promise<FederationProof> {
  const nodes = (await startThree(t, server)) as readonly ProvenNode[] as World['nodes'];
  const world: World = { nodes, expected: new Map(), plan, faults: [], seconds: {}, changes: 0, kills: 0 };
  await settled(world, 'of the first reading');
  await cutOff(world);
  await restoreTwice(world);
  await compareLists(world);
  await eraseSomebody(world);
  const planted = await plant(world);
  const { faults, seconds, changes, kills } = world;
  return { faults, seconds, changes, kills, planted };
}

/** Waits until all are equal, and notes how long that took, or why they are not. */
async function settled(world: World, what: string, since = 0): Promise<void> {
  const { nodes, expected, plan, faults } = world;
  const found = await converge(nodes, { seconds: limitSeconds, expected, since });
  world.seconds[what] = found.seconds;
  for (const fault of found.faults) faults.push(`${what}: ${fault}`);
  plan.tell?.(`${what}: ${found.faults.length === 0 ? 'equal' : 'NOT equal'} after ${found.seconds.toFixed(1)} s\n`);
}

/** Cuts every node off from both others, each in another way, which changes twice; meanwhile all are written to. */
async function cutOff(world: World): Promise<void> {
  const { nodes, expected, plan } = world;
  const cutAll = (turn: number) =>
    Promise.all(nodes.map(({ front }, index) => front.cut(cuts[(index + turn) % cuts.length] as Cut)));
  await cutAll(0);
  const changing = nodes.map((node) => changeRegister(node, plan.changes, expected));
  const ended = Promise.all(changing.map(({ done }) => done));
  const killed = killInBetween(world, changing);
  for (let turn = 1; turn <= cuts.length; turn++) {
    await wait((plan.cutSeconds * 1000) / cuts.length);
    if (turn < cuts.length) await cutAll(turn);
  }
  await Promise.all([ended, killed]);
  world.changes += changing.reduce((sum, { count }) => sum + count(), 0);
  plan.tell?.(`${world.changes} changes while nobody reached another, ${world.kills} nodes killed meanwhile\n`);
  if ((await converge(nodes, { seconds: 0, expected })).faults.length === 0)
    world.faults.push('the cut kept nobody from anything');
  const since = Date.now();
  await Promise.all(nodes.map(({ front }) => front.heal()));
  await settled(world, 'after the cut', since);
}

/** Kills nodes, one after another, while they are written to, and starts them again. */
async function killInBetween(world: World, changing: readonly Changes[]): Promise<void> {
  const { nodes, plan } = world;
  for (let number = 0; number < plan.kills; number++) {
    const index = number % nodes.length;
    const [node, changes] = [nodes[index] as ProvenNode, changing[index] as Changes];
    const at = (plan.changes * (number + 1)) / (plan.kills + 1);
    while (changes.count() < at) await wait(5);
    await node.kill();
    world.kills += 1;
    await node.start();
  }
}

const lostCount = 10;

/**
 * Restores a node twice from a backup that lacks what it registered since, and what the others did: first as it should be,
 * then by an operator who forgot to begin a new epoch.
 */
async function restoreTwice(world: World): Promise<void> {
  const [, restored] = world.nodes;
  const { database } = restored;
  if (database === undefined) throw new Error('the second node has a database of its own');
  await restored.stop();
  await database.backUp();
  await restored.start();
  await loseAndRestore(world, 'after a restore with a new epoch', async () => {
    await database.restore();
    await restored.command('new-epoch.ts');
    await database.backUp();
  });
  await loseAndRestore(world, 'after a restore without a new epoch', () => database.restore());
}

async function loseAndRestore(world: World, what: string, restore: () => Promise<void>): Promise<void> {
  const { nodes, expected, faults } = world;
  const [one, restored] = nodes;
  const lost = new Map<string, Expected>();
  const changing = [changeRegister(restored, lostCount, lost), changeRegister(one, lostCount, expected)];
  await Promise.all(changing.map(({ done }) => done));
  world.changes += 2 * lostCount;
  const before = await converge(nodes, { seconds: limitSeconds, expected: new Map([...expected, ...lost]) });
  for (const fault of before.faults) faults.push(`before ${what}: ${fault}`);
  const marks = await marksAt(restored);
  await restored.stop();
  await restore();
  await restored.start();
  await settled(world, what);
  for (const node of nodes) {
    const left = (await registerOf(node)).filter(({ id }) => lost.has(id)).length;
    if (left > 0) faults.push(`${what}: ${node.name} has ${left} organisations that are lost`);
  }
  // A baseline marks all that it brings anew; whoever goes on from its cursor leaves the marks as they were.
  if ((await marksAt(restored)) !== marks) faults.push(`${what}: ${restored.name} began anew itself`);
}

/** What the things that a node has of its peers are marked with by the baselines that they came by. */
const marksAt = ({ look }: ProvenNode): Promise<string> =>
  look(async (sql) => {
    const [row] = await sql<{ marks: string }[]>`
      select coalesce(string_agg(distinct mark::text, ',' order by mark::text), '') as marks from replicas`;
    return row?.marks ?? '';
  });

/** Compares what the interfaces list. */
async function compareLists({ nodes, faults }: World): Promise<void> {
  const [first, ...others] = await Promise.all(nodes.map(listed));
  for (const [index, other] of others.entries())
    if (other.join('\n') !== first?.join('\n')) faults.push(`${nodes[index + 1]?.name} lists another register`);
}

/** Lets a node register a person, and erase them again: their name is then in no table of any node. */
async function eraseSomebody(world: World): Promise<void> {
  const { nodes, faults } = world;
  const [one] = nodes;
  const words = [word(), word()];
  const body = { name: words[0], contact: null, role: words[1] };
  const { id } = (await one.ask({ method: 'POST', path: '/v1/professionals', body })).json<{ id: string }>();
  const found = () => Promise.all(nodes.map(({ look }) => look((sql) => places(sql, words))));
  await settled(world, 'after somebody was registered');
  if ((await found())[0]?.length === 0) faults.push('a word is not found where it stands');
  const erasure = { method: 'POST', path: `/v1/professionals/${id}/erasures`, body: { ground: 'objection' } };
  const { status } = await one.ask(erasure);
  await settled(world, 'after somebody was erased');
  const left = (await found()).flatMap((columns, index) => columns.map((column) => `${nodes[index]?.name} ${column}`));
  if (status !== 201 || left.length > 0) faults.push(`after an erasure (${status}): ${left.join(', ')}`);
}

const plantedSeconds = 6;

/** Plants faults that must be found: the same look that finds nodes equal must find that they are not. */
async function plant({ nodes, expected, faults }: World): Promise<Record<string, readonly string[]>> {
  const [one, , deaf] = nodes;
  const look = async () => (await converge(nodes, { seconds: plantedSeconds, expected })).faults;
  const unread = await deaf.look((sql) =>
    sql.begin(async (sql) => {
      // Whoever reads feeds passes over what is locked.
      await sql`select from peers for update`;
      await changeRegister(one, 3, expected).done;
      return look();
    }),
  );
  const again = await converge(nodes, { seconds: limitSeconds, expected });
  for (const fault of again.faults) faults.push(`after a node reads again: ${fault}`);
  return { 'a node reads no feeds': unread };
}
