import { renewEpoch } from '../features/events/events.ts';
import { openNode } from '../node.ts';
import { runCommand } from '../program.ts';

// To be run after a backup was restored, before the node answers: cursors of the feed that were given out in the history
// that is lost lead to nothing any more, and whoever follows is told to begin anew with a baseline.
await runCommand(async (config, log) => {
  const node = await openNode(config, log);
  try {
    process.stdout.write(`The feed of events is of the epoch ${await renewEpoch(node.db)} now.\n`);
  } finally {
    await node.close();
  }
});
