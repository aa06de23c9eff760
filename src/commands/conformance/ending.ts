import { messageTypes } from '../../features/federation/messages.ts';
import { messageTypes as feedTypes } from '../../features/replication/messages.ts';
import { refusalFaults, sendMessage, until } from './asking.ts';
import { decisionOf } from './peering.ts';
import { Skipped } from './report.ts';
import { compact } from './signing.ts';
import { type Agreed, feedClaims, nudge, type World } from './world.ts';

/** How long what came by a peering may stay after its end, in milliseconds. */
const clearedMs = 150_000;

/** Ends the peering, and checks that nothing is given any more. */
export async function checkEnding(world: World, agreed: Agreed): Promise<void> {
  const { report, kit, node, administrator, canary, pollMs } = world;
  const ending = () => compact(decisionOf(world, agreed, 'ended', { reason: canary }), messageTypes.decision, kit.key);
  const send = () => sendMessage(`${node.peeringsUri}/${agreed.id}/decisions`, ending());
  await report.check('ending', 'a party ends the peering, and says so twice', async () => {
    const answers = [await send(), await send()];
    return answers.flatMap(({ status }) => (status === 202 ? [] : [`it was answered with ${status}`]));
  });
  const request = () =>
    compact(feedClaims(world, agreed, { cursor: null, baseline: null }), feedTypes.request, kit.key);
  await report.check('ending', 'nothing is given from that moment on', async () =>
    refusalFaults(await sendMessage(node.feedUri, request()), [canary], 401),
  );
  await report.check('ending', 'a nudge is not heeded any more', async () =>
    refusalFaults(await nudge(world, agreed), [], 401),
  );
  await report.check('ending', 'what came by the peering goes with it', async () => {
    if (administrator === undefined) throw new Skipped('give --token, an access token of an administrator of the node');
    const state = (await administrator.peer(agreed.id)).state;
    const everyMs = Math.max(pollMs, 100);
    const gone = await until(async () => ((await administrator.named(canary)).length === 0 ? true : undefined), {
      ms: clearedMs,
      everyMs,
    });
    return [
      ...(state === 'ended' ? [] : [`the peering is ${state}`]),
      ...(gone ? [] : ['organisations of the kit are still in the register']),
    ];
  });
}

/** Checks how the node asked for the feed of the kit, all the time. */
export const checkItsRequests = ({ report, kit }: World) =>
  report.check('request', 'each request of the node is signed by it, for the kit, fresh, and used once', () => {
    if (kit.asks.length === 0) throw new Skipped('the node asked for nothing');
    return [...new Set(kit.requestFaults)];
  });
