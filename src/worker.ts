import { setMaxListeners } from 'node:events';
import type { FastifyBaseLogger } from 'fastify';
import { type Receipts, removeExpiredAssertions } from './features/access/access.ts';
import { countPassedDays, passDays } from './features/alliances/alliances.ts';
import { signAuditHead } from './features/audit/audit.ts';
import { removeExpiredAnswers } from './features/events/events.ts';
import { countDueExports, removeExpiredExports, runDueExports, voidLostExports } from './features/exports/exports.ts';
import { countUntold, type Peering, tellPeers } from './features/federation/federation.ts';
import { countDueImports, removeImportContents, runDueImports } from './features/imports/imports.ts';
import { countExpiredOffers, countStalls, detectStalls, expireOffers } from './features/initiatives/initiatives.ts';
import { countUntoldMoves, tellMoves } from './features/moves/moves.ts';
import {
  countExpiredOwnershipOffers,
  countPassedOwnerships,
  expireOwnershipOffers,
  passOwnerships,
} from './features/ownership/ownership.ts';
import { countDueRules, keepSchedule, type RetentionWorks } from './features/processing/processing.ts';
import {
  clearOldOffers,
  countExpiredAffiliations,
  eraseUnaffiliated,
  expireAffiliations,
  voidUnusedCodes,
} from './features/professionals/professionals.ts';
import {
  clearFormerPeers,
  clearOldEntries,
  countDuePulls,
  publishing,
  pullPeers,
} from './features/replication/replication.ts';
import { countLackingSeries, extendSeries } from './features/sessions/sessions.ts';
import { closeSpaces, countDueSpaces, countExpiredSpaceOffers, expireSpaceOffers } from './features/spaces/spaces.ts';
import {
  type Computing,
  countDueComputations,
  type Pool,
  Preparation,
  removeExpiredComputations,
  runDueComputations,
} from './features/statistics/background.ts';
import {
  askOwners,
  countDueDeliveries,
  countUnasked,
  countUndispatched,
  deliverEvents,
  dispatchEvents,
  dropOfDisabledClients,
  removeOldDeliveries,
  type SendingDeps,
} from './features/webhooks/webhooks.ts';
import { together } from './platform/backlog.ts';
import type { Db } from './platform/db.ts';
import { type Loop, type Run, repeat } from './platform/loop.ts';

/** What each rule of the retention schedule removes. */
export const retentionWorks = (receipts: Receipts): RetentionWorks => ({
  'saved-answers': removeExpiredAnswers,
  'used-assertions': removeExpiredAssertions,
  'import-contents': removeImportContents,
  exports: removeExpiredExports,
  'unaffiliated-professionals': (db, limit) => eraseUnaffiliated(db, receipts, limit),
  'affiliation-offers': clearOldOffers,
  'personal-codes': voidUnusedCodes,
  'webhook-deliveries': removeOldDeliveries,
  computations: removeExpiredComputations,
});

/** What the background loops need of the node. */
export type WorkerDeps = {
  readonly db: Db;
  readonly receipts: Receipts;
  readonly sending: SendingDeps;
  /** How other nodes are told what this one says of peerings. */
  readonly peering: Peering;
  /** What statistics are computed with. */
  readonly computing: Computing;
  /** Threads of their own for what is computed in the background, so that no request waits for it. */
  readonly pool: Pool;
  readonly log: FastifyBaseLogger;
};

/** Every background loop, by name, with the pause between two runs. What is not here is not running. */
export function loops({ db, receipts, sending, peering, computing, pool, log }: WorkerDeps): Loop[] {
  const preparation = new Preparation(computing);
  return [
    {
      name: 'imports',
      everyMs: 500,
      run: (signal) => runDueImports(db, { signal, log }),
      backlog: () => countDueImports(db),
    },
    {
      name: 'exports',
      everyMs: 500,
      run: (signal) => runDueExports(db, { signal, log, baseUrl: receipts.issuer }),
      backlog: () => countDueExports(db),
    },
    {
      name: 'computations',
      everyMs: 500,
      run: (signal) => runDueComputations(db, pool, { signal, log }),
      backlog: () => countDueComputations(db),
    },
    {
      name: 'prepare-statistics',
      everyMs: 60_000,
      run: async () => {
        await preparation.look();
        return false;
      },
    },
    { name: 'void-exports', everyMs: 60_000, run: async () => (await voidLostExports(db)) > 0 },
    {
      name: 'verify-webhooks',
      everyMs: 500,
      run: () => askOwners(db, sending),
      backlog: () => countUnasked(db),
    },
    {
      name: 'dispatch-webhooks',
      everyMs: 250,
      run: async () => (await dispatchEvents(db)) || (await dropOfDisabledClients(db)),
      backlog: () => countUndispatched(db),
    },
    {
      name: 'deliver-webhooks',
      everyMs: 250,
      run: (signal) => deliverEvents(db, sending, signal),
      backlog: () => countDueDeliveries(db),
    },
    {
      name: 'tell-peers',
      everyMs: 1000,
      run: () => tellPeers(db, peering),
      backlog: () => countUntold(db),
    },
    {
      name: 'tell-moves',
      everyMs: 1000,
      run: () => tellMoves(db, { peering, receipts }),
      backlog: () => countUntoldMoves(db),
    },
    {
      name: 'publish-to-peers',
      everyMs: 1000,
      run: publishing(db, peering),
    },
    {
      name: 'pull-peers',
      everyMs: 500,
      run: (signal) => pullPeers({ db, peering, log }, signal),
      backlog: () => countDuePulls(db),
    },
    {
      name: 'clear-former-peers',
      everyMs: 60_000,
      run: async () => {
        await clearOldEntries(db);
        return clearFormerPeers(db);
      },
    },
    { name: 'sign-audit-heads', everyMs: 60_000, run: () => signAuditHead(db, receipts) },
    {
      name: 'expire-offers',
      everyMs: 60_000,
      run: async () => (await expireOffers(db)) > 0,
      backlog: () => countExpiredOffers(db),
    },
    {
      name: 'detect-stalls',
      everyMs: 60_000,
      run: async () => (await detectStalls(db)) > 0,
      backlog: () => countStalls(db),
    },
    {
      name: 'plan-sessions',
      everyMs: 60_000,
      run: async () => (await extendSeries(db)) > 0,
      backlog: () => countLackingSeries(db),
    },
    // In this order: whoever merged passes on what it owns before it is found to take part no more.
    {
      name: 'pass-days',
      everyMs: 60_000,
      run: async () => (await passDays(db)) + (await passOwnerships(db, receipts)) > 0,
      backlog: async () => together([await countPassedDays(db), await countPassedOwnerships(db)]),
    },
    {
      name: 'expire-space-offers',
      everyMs: 60_000,
      run: async () => (await expireSpaceOffers(db)) > 0,
      backlog: () => countExpiredSpaceOffers(db),
    },
    {
      name: 'close-spaces',
      everyMs: 60_000,
      run: async () => (await closeSpaces(db, receipts)) > 0,
      backlog: () => countDueSpaces(db),
    },
    {
      name: 'expire-ownership-offers',
      everyMs: 60_000,
      run: async () => (await expireOwnershipOffers(db)) > 0,
      backlog: () => countExpiredOwnershipOffers(db),
    },
    {
      name: 'expire-affiliations',
      everyMs: 60_000,
      run: async () => (await expireAffiliations(db)) > 0,
      backlog: () => countExpiredAffiliations(db),
    },
    {
      name: 'retention',
      everyMs: 60_000,
      run: async (signal) => {
        await keepSchedule(db, retentionWorks(receipts), { signal });
        return false;
      },
      backlog: () => countDueRules(db),
    },
  ];
}

/** Starts the background loops; `observe` is told of each run, and `stop` lets each finish its own. */
export function startWorker(
  jobs: readonly Loop[],
  log: FastifyBaseLogger,
  observe: (run: Run) => void,
): { stop(): Promise<void> } {
  const controller = new AbortController();
  // Each loop listens for its end.
  setMaxListeners(0, controller.signal);
  const running = jobs.map((loop) => repeat(loop, controller.signal, log, observe));
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(running);
    },
  };
}
