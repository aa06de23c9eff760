import type { FastifyBaseLogger } from 'fastify';
import { type Receipts, removeExpiredAssertions } from './features/access/access.ts';
import { passDays } from './features/alliances/alliances.ts';
import { signAuditHead } from './features/audit/audit.ts';
import { removeExpiredAnswers } from './features/events/events.ts';
import { removeExpiredExports, runDueExports, voidLostExports } from './features/exports/exports.ts';
import { removeImportContents, runDueImports } from './features/imports/imports.ts';
import { expireOffers } from './features/initiatives/initiatives.ts';
import { expireOwnershipOffers, passOwnerships } from './features/ownership/ownership.ts';
import { keepSchedule, type RetentionWorks } from './features/processing/processing.ts';
import {
  clearOldOffers,
  eraseUnaffiliated,
  expireAffiliations,
  voidUnusedCodes,
} from './features/professionals/professionals.ts';
import { closeSpaces, expireSpaceOffers } from './features/spaces/spaces.ts';
import {
  askOwners,
  deliverEvents,
  dispatchEvents,
  dropOfDisabledClients,
  removeOldDeliveries,
  type SendingDeps,
} from './features/webhooks/webhooks.ts';
import type { Db } from './platform/db.ts';
import { type Loop, repeat } from './platform/loop.ts';

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
});

/** What the background loops need of the node. */
export type WorkerDeps = {
  readonly db: Db;
  readonly receipts: Receipts;
  readonly sending: SendingDeps;
  readonly log: FastifyBaseLogger;
};

/** Every background loop, by name, with the pause between two runs. What is not here is not running. */
const loops = ({ db, receipts, sending, log }: WorkerDeps): Loop[] => [
  { name: 'imports', everyMs: 500, run: (signal) => runDueImports(db, { signal, log }) },
  {
    name: 'exports',
    everyMs: 500,
    run: (signal) => runDueExports(db, { signal, log, baseUrl: receipts.issuer }),
  },
  { name: 'void-exports', everyMs: 60_000, run: async () => (await voidLostExports(db)) > 0 },
  { name: 'expire-offers', everyMs: 60_000, run: async () => (await expireOffers(db)) > 0 },
  // In this order: whoever merged passes on what it owns before it is found to take part no more.
  {
    name: 'pass-days',
    everyMs: 60_000,
    run: async () => (await passDays(db)) + (await passOwnerships(db, receipts)) > 0,
  },
  { name: 'expire-space-offers', everyMs: 60_000, run: async () => (await expireSpaceOffers(db)) > 0 },
  { name: 'close-spaces', everyMs: 60_000, run: async () => (await closeSpaces(db, receipts)) > 0 },
  { name: 'expire-ownership-offers', everyMs: 60_000, run: async () => (await expireOwnershipOffers(db)) > 0 },
  { name: 'expire-affiliations', everyMs: 60_000, run: async () => (await expireAffiliations(db)) > 0 },
  { name: 'verify-webhooks', everyMs: 500, run: () => askOwners(db, sending) },
  {
    name: 'dispatch-webhooks',
    everyMs: 250,
    run: async () => (await dispatchEvents(db)) || (await dropOfDisabledClients(db)),
  },
  { name: 'deliver-webhooks', everyMs: 250, run: (signal) => deliverEvents(db, sending, signal) },
  { name: 'sign-audit-heads', everyMs: 60_000, run: () => signAuditHead(db, receipts) },
  {
    name: 'retention',
    everyMs: 60_000,
    run: async (signal) => {
      await keepSchedule(db, retentionWorks(receipts), { signal });
      return false;
    },
  },
];

/** Starts the background loops; `stop` lets each finish its run. */
export function startWorker(deps: WorkerDeps): { stop(): Promise<void> } {
  const controller = new AbortController();
  const running = loops(deps).map((loop) => repeat(loop, controller.signal, deps.log));
  return {
    stop: async () => {
      controller.abort();
      await Promise.all(running);
    },
  };
}
