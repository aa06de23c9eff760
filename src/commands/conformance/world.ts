import { type JsonWebKey, randomUUID } from 'node:crypto';
import { messageTypes as feedTypes, requestSeconds } from '../../features/replication/messages.ts';
import type { Administrator } from './administrator.ts';
import { type Answered, sendMessage } from './asking.ts';
import type { KitNode } from './kit-node.ts';
import type { Publisher } from './publisher.ts';
import type { Report } from './report.ts';
import { compact } from './signing.ts';

/** The node under test, as it describes itself. */
export type NodeUnderTest = {
  readonly baseUrl: string;
  readonly peeringsUri: string;
  readonly feedUri: string;
  readonly keys: readonly JsonWebKey[];
};

/** What both agreed on, once the operator of the node said yes. */
export type Agreed = { readonly id: string; readonly terms: object; readonly offerHash: string };

/** What checks work with. */
export type World = {
  readonly node: NodeUnderTest;
  readonly kit: KitNode;
  readonly publisher: Publisher;
  readonly report: Report;
  /** A word that occurs in nothing but what the kit sends. */
  readonly canary: string;
  /** What an administrator of the node sees and does; absent where the kit has no token. */
  readonly administrator: Administrator | undefined;
  /** How long the operator of the node may take, in milliseconds. */
  readonly waitMs: number;
  /** How long the node may take to come for what it was told of, in milliseconds. */
  readonly patienceMs: number;
  readonly pollMs: number;
};

/** Now, in whole seconds. */
export const seconds = (): number => Math.floor(Date.now() / 1000);

/** What each message about a feed says, for a minute. */
export const feedClaims = ({ kit, node }: Pick<World, 'kit' | 'node'>, { id }: Agreed, change: object = {}) => ({
  ...{ iss: kit.baseUrl, aud: node.baseUrl, jti: randomUUID(), iat: seconds(), exp: seconds() + requestSeconds },
  peering: id,
  ...change,
});

/** Tells the node that there is something new. */
export const nudge = (world: World, agreed: Agreed): Promise<Answered> =>
  sendMessage(`${world.node.feedUri}/nudges`, compact(feedClaims(world, agreed), feedTypes.nudge, world.kit.key));
