import { drizzle } from 'drizzle-orm/postgres-js';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { ensureAdministrator } from '../../src/features/access/access.ts';
import { Computing, openPool } from '../../src/features/statistics/background.ts';
import { type Db, openDatabase } from '../../src/platform/db.ts';
import { Cursors, canonicalFilter } from '../../src/platform/page.ts';
import { deriveKey } from '../../src/platform/sealing.ts';
import { table } from './comparison.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { type Explained, explain, type Statement } from './explain.ts';
import { fill } from './fill.ts';
import { fillEvents } from './fill-events.ts';
import { questions } from './questions.ts';
import { readSamples } from './samples.ts';

const size = { organisations: 200_000, alliances: 200_000, members: 5 };
const slowMs = 20;
const largeTable = 10_000;

const role = 'samendoen_app';
const baseUrl = 'http://bench.example';
const nodeSecret = Buffer.alloc(32, 7);
const clientSecret = 'a secret of the benchmark, in a database that ends with it';

type Closing = { close(): Promise<void> };
type Line = { readonly name: string } & Explained;

/**
 * Prints how the database answers every list of the documented interface, without a filter, with each filter, and deep
 * in the list. The statements are those that the application sends when it is asked.
 */
export async function explainLists(opened: Closing[], say: (text: string) => void): Promise<void> {
  const database = await openBenchDatabase();
  opened.push(database);
  const pool = openDatabase(database.connection, { role });
  opened.push(pool);
  const sent: Statement[] = [];
  const logger = { logQuery: (text: string, given: unknown[]) => sent.push({ text, given }) };
  const db = drizzle(pool.sql, { logger: logger as never }) as Db;
  await ensureAdministrator(db, { nodeName: 'Bench', keySecret: nodeSecret, secret: clientSecret });
  const [client] = await database.owner<{ id: string; organisation: string }[]>`
    select id, organisation_id as organisation from clients`;
  if (client === undefined) throw new Error('there is no client');
  say(`Filling ${size.organisations} organisations and ${size.alliances} alliances …`);
  await fill(database.owner, { ...size, viewer: client.organisation });
  await fillEvents(database.owner, {
    alliances: size.alliances,
    viewer: client.organisation,
    clientId: client.id,
  });
  const config = readConfig({ RATE_LIMIT_PER_MINUTE: '1000000' });
  const log = pino({ level: 'silent' });
  const threads = openPool();
  opened.push({ close: () => threads.close() });
  const app = await buildApp({
    config,
    baseUrl,
    db,
    sql: pool.sql,
    secret: nodeSecret,
    computing: new Computing(db, threads),
    log,
  });
  opened.push({ close: () => app.close() });

  const samples = await readSamples(database.owner, {
    clientId: client.id,
    viewer: client.organisation,
    cursor: (operationId, position) => {
      const binding = { operationId, clientId: client.id, filter: canonicalFilter({}, {}) };
      return new Cursors(deriveKey(nodeSecret, 'cursors')).seal(binding, [position]);
    },
  });
  const { asked, left } = questions((await app.inject('/v1/openapi.json')).json(), samples);
  const large = await largeTables(database);
  const explainer = openDatabase(database.connection, { role, max: 1 });
  opened.push(explainer);
  const token = await tokenOf(app);
  const ask = async (url: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  await ask('/v1/caller');

  const lines: Line[] = [];
  for (const { list, filter, url } of asked) {
    sent.length = 0;
    const { statusCode, body } = await ask(url);
    if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${body}`);
    const statements = sent.filter(({ text }) => /^\s*(?:select|with)\b/i.test(text));
    for (const [index, statement] of statements.entries()) {
      const name = `${list} ${filter}${statements.length > 1 ? ` (${index + 1}/${statements.length})` : ''}`;
      const { scanned, ...figures } = await explain(explainer.sql, statement);
      lines.push({ name, ...figures, scanned: scanned.filter((one) => large.has(one)) });
    }
  }
  report(lines, say);
  if (left.length > 0) say(`\nNot asked, for want of a sample value: ${left.join(', ')}.`);
}

async function tokenOf(app: FastifyInstance): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'administrator',
      client_secret: clientSecret,
    }).toString(),
  });
  return (response.json() as { access_token: string }).access_token;
}

async function largeTables({ owner }: BenchDatabase): Promise<ReadonlySet<string>> {
  const rows = await owner<{ name: string }[]>`
    select relname as name from pg_class where relkind = 'r' and reltuples > ${largeTable}`;
  return new Set(rows.map(({ name }) => name));
}

function report(lines: readonly Line[], say: (text: string) => void): void {
  const show = ({ name, firstMs, keptMs, planningMs, buffers, scanned }: Line) => [
    name,
    firstMs.toFixed(1),
    keptMs.toFixed(1),
    planningMs.toFixed(1),
    String(buffers),
    scanned.join(' '),
  ];
  const head = ['list', 'first ms', 'kept ms', 'planning ms', 'buffers', 'scanned'];
  say(table([head, ...lines.map(show)]));
  const slow = lines.filter(({ firstMs, keptMs, scanned }) => Math.max(firstMs, keptMs) > slowMs || scanned.length > 0);
  say(`\n${slow.length} of ${lines.length} take more than ${slowMs} ms or read a large table from end to end:`);
  say(table([head, ...slow.map(show)]));
}
