import type { FastifyInstance } from 'fastify';
import { type Logger, pino } from 'pino';
import type { Test } from 'tap';
import { buildApp } from '../../src/app.ts';
import { fillDemoNetwork } from '../../src/commands/demo-network.ts';
import { readConfig } from '../../src/config.ts';
import { ensureAdministrator, openReceipts } from '../../src/features/access/access.ts';
import { ensureSigningKey } from '../../src/features/access/keys.ts';
import { runDueExports } from '../../src/features/exports/exports.ts';
import { Computing, runDueComputations } from '../../src/features/statistics/background.ts';
import { withNamedIds } from '../../src/platform/id.ts';
import { openPeeringOf, openSending } from '../../src/sending.ts';
import { testPool } from './computing.ts';
import { type TestDatabase, testDatabase } from './db.ts';
import { judgeRequests } from './judge.ts';
import { outsideWorld } from './outside.ts';
import { driverOf } from './statements.ts';

/** The address of the node under test. */
export const baseUrl = 'https://node.example';
/** The secret of its administrator's client. */
export const administratorSecret = 'a-secret-for-tests-alone-0123456789';
/** The secret of that node. */
export const nodeSecret = Buffer.alloc(32, 3);

/** Each refusal is recorded at once, and none as one of many a minute later, where databases are compared. */
export const everyRefusal = { AUDITED_REFUSALS_PER_MINUTE: '1000000' };

/** What signs receipts for that node. */
export const testReceipts = (db: TestDatabase['db']) => openReceipts(db, { keySecret: nodeSecret, issuer: baseUrl });

/** What sends to endpoints in the name of that node; closed when the test ends. */
export function testSending(
  t: Pick<Test, 'teardown'>,
  { log = pino({ level: 'silent' }), settings = {} }: { log?: Logger; settings?: Record<string, string> } = {},
) {
  const sending = openSending(readConfig({ BASE_URL: baseUrl, ...settings }), { secret: nodeSecret, log });
  t.teardown(() => sending.close());
  return sending;
}

/** What tells other nodes in the name of that node. */
export async function testPeering(db: TestDatabase['db']) {
  await ensureSigningKey(db, nodeSecret);
  return openPeeringOf(readConfig({ BASE_URL: baseUrl }), { db, secret: nodeSecret, outbound: await outsideWorld() });
}

/** The whole application over a database, with a node that is made up outside; closed when the test ends. `before` may add to it before it answers. */
export async function testApp(
  t: Pick<Test, 'teardown'>,
  { db }: Pick<TestDatabase, 'db'>,
  settings: Record<string, string> = {},
  { log = pino({ level: 'silent' }), before }: { log?: Logger; before?: (app: FastifyInstance) => void } = {},
): Promise<FastifyInstance> {
  const config = readConfig({ RATE_LIMIT_PER_MINUTE: '100000', TOKEN_RATE_LIMIT_PER_MINUTE: '100000', ...settings });
  const app = await buildApp({
    config,
    baseUrl,
    db,
    sql: driverOf(db),
    secret: nodeSecret,
    computing: new Computing(db, testPool()),
    log,
    outbound: await outsideWorld(),
    check: true,
  });
  t.teardown(() => app.close());
  judgeRequests(app);
  before?.(app);
  await app.ready();
  return app;
}

/** Makes the administrator and the demo network. */
export async function fillDemo({ db }: Pick<TestDatabase, 'db'>): Promise<void> {
  await withNamedIds('node organisation', () =>
    ensureAdministrator(db, { nodeName: 'Academie Maarland', keySecret: nodeSecret, secret: administratorSecret }),
  );
  await fillDemoNetwork(db, nodeSecret, baseUrl);
  await runExports(db);
  const options = { signal: new AbortController().signal, log: pino({ level: 'silent' }) };
  while (await runDueComputations(db, testPool(), options));
}

/** Makes every export that waits. */
export async function runExports(db: TestDatabase['db']): Promise<void> {
  const options = { signal: new AbortController().signal, log: pino({ level: 'silent' }), baseUrl };
  while (await runDueExports(db, options));
}

/** An access token of the administrator's client. */
export async function administratorToken(app: FastifyInstance): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: {
      host: 'node.example',
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`administrator:${administratorSecret}`).toString('base64')}`,
    },
    payload: 'grant_type=client_credentials',
  });
  return (response.json() as { access_token: string }).access_token;
}

/** A node with the demo network, its administrator's token, and the database beneath it. */
export async function demoNode(t: Pick<Test, 'teardown'>, from?: string) {
  const database = await testDatabase(t, from === undefined ? {} : { template: from });
  if (from === undefined) await fillDemo(database);
  const app = await testApp(t, database);
  return { ...database, app, token: await administratorToken(app) };
}
