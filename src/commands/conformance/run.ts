import { randomUUID } from 'node:crypto';
import { Administrator } from './administrator.ts';
import { checkDescription } from './description.ts';
import { checkEnding, checkItsRequests } from './ending.ts';
import { KitNode } from './kit-node.ts';
import { checkGoodBeginning, checkMisbehaviours } from './misbehaving.ts';
import { checkPeering } from './peering.ts';
import { type Organisation, Publisher } from './publisher.ts';
import { checkClosed, checkNoEcho, checkReading } from './reading.ts';
import { Report } from './report.ts';
import { readVectors, vectorFaults } from './vectors.ts';
import type { World } from './world.ts';

/** What a run of the kit needs. */
export type Options = {
  /** The address of the node under test. */
  readonly url: string;
  /** The address at which the kit is a node itself. */
  readonly listen: string;
  /** An access token of an administrator of the node. */
  readonly token?: string | undefined;
  /** How long the operator of the node may take to accept the peering, in seconds. */
  readonly waitSeconds: number;
  /** Which misbehaviours are tried, by name; all where it is absent. */
  readonly chosen?: ((name: string) => boolean) | undefined;
  /** Pause between two looks at what an administrator sees, in milliseconds. */
  readonly pollMs?: number | undefined;
  /** How long the node may take to come for what it was told of, in milliseconds. */
  readonly patienceMs?: number | undefined;
  readonly write: (line: string) => void;
};

const withoutSlash = (url: string) => new URL(url).href.replace(/\/+$/, '');

/** Tests a node from outside; every check is in the report that it answers. */
export async function runConformance(options: Options): Promise<Report> {
  const { url, listen, token, waitSeconds, pollMs = 500, patienceMs = 90_000, write } = options;
  const report = new Report(write);
  await report.check('vectors', 'the kit computes what its test vectors say', async () =>
    vectorFaults(await readVectors()),
  );
  const baseUrl = withoutSlash(url);
  const node = await checkDescription(report, baseUrl);
  if (node === undefined) return report;
  const canary = `kit${randomUUID().replaceAll('-', '')}`;
  const kit = new KitNode(withoutSlash(listen), canary);
  kit.nodeKeys = node.keys;
  await kit.listen();
  const administrator = token === undefined ? undefined : new Administrator(baseUrl, token);
  const waitMs = waitSeconds * 1000;
  try {
    await checkPeer(
      { node, kit, publisher: new Publisher(), report, canary, administrator, waitMs, pollMs, patienceMs },
      options,
    );
  } finally {
    kit.close();
  }
  return report;
}

/** Checks what a node is to its peers, from an offer to the end of a peering. */
async function checkPeer(world: World, { chosen = () => true }: Pick<Options, 'chosen'>): Promise<void> {
  await checkClosed(world);
  const agreed = await checkPeering(world);
  if (agreed === undefined) return;
  const copy = await checkReading(world, agreed);
  const theirs = copy && ([...copy.things.values()][0]?.content as Organisation | undefined);
  if (await checkGoodBeginning(world, agreed)) {
    await checkMisbehaviours(world, agreed, { theirs, chosen });
    if (copy !== undefined) await checkNoEcho(world, agreed, copy);
  }
  await checkItsRequests(world);
  await checkEnding(world, agreed);
}
