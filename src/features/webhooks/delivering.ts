import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { errorLine } from '../../platform/logging.ts';
import { type Claim, claimEndpoints } from './results.ts';
import { leaseMsOf, type SendingDeps, serveEndpoint } from './sending.ts';

/** Endpoints that one process serves at the same time: those that go well, and apart from them those that fail. */
const lanes = [
  { failing: false, places: 8 },
  { failing: true, places: 4 },
] as const;

/** How soon it is looked again for endpoints while others are being served. */
const lookEveryMs = 250;

/**
 * Sends what is due, several endpoints at a time and each in its order, until nothing is due or the signal aborts; what
 * is under way then is finished. Answers whether there was anything.
 */
export async function deliverEvents(db: Db, deps: SendingDeps, signal: AbortSignal): Promise<boolean> {
  const served = lanes.map((lane) => ({ ...lane, running: new Set<Promise<void>>() }));
  const leaseMs = leaseMsOf(deps);
  let any = false;
  const start = (claim: Claim, running: Set<Promise<void>>) => {
    any = true;
    const task: Promise<void> = serveEndpoint(db, claim, deps, signal)
      .catch((error: unknown) =>
        deps.log.error({ webhookId: claim.webhookId, err: errorLine(error) }, 'an endpoint could not be served'),
      )
      .finally(() => running.delete(task));
    running.add(task);
  };
  const running = () => served.flatMap((lane) => [...lane.running]);
  do {
    for (const lane of served) {
      const limit = lane.places - lane.running.size;
      if (limit === 0 || signal.aborted) continue;
      const claims = await claimEndpoints(db, newId(), { failing: lane.failing, limit, leaseMs });
      for (const claim of claims) start(claim, lane.running);
    }
    await Promise.race([...running(), wait(lookEveryMs, undefined, { ref: false })]);
  } while (running().length > 0 && !signal.aborted);
  await Promise.all(running());
  return any;
}
