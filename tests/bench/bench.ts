import { randomBytes } from 'node:crypto';
import {
  assertSameAnswers,
  type Comparison,
  type Contest,
  compare,
  line,
  type Measure,
  type Plan,
  table,
  together,
} from './comparison.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { fill } from './fill.ts';
import { explainLists } from './plans.ts';
import { build, type ServerProcess, startBareServer, startNode } from './processes.ts';

// npm run bench             the node against a hand-written server: processor time per request, about three minutes
// npm run bench -- --quick  the same in half a minute
// npm run bench -- --plans  the plan of every list query on 200,000 organisations and as many alliances

const given = new Set(process.argv.slice(2));
const plan: Plan = given.has('--quick')
  ? { starts: 1, rounds: 3, seconds: 0.6, warmUpSeconds: 0.7, callers: 32 }
  : { starts: 2, rounds: 7, seconds: 1, warmUpSeconds: 2, callers: 32 };

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Runs work; afterwards ends what was opened, the last first, also after an error or an interrupt. */
async function withCleaning(work: (opened: { close(): Promise<void> }[]) => Promise<void>): Promise<void> {
  const opened: { close(): Promise<void> }[] = [];
  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const one of opened.reverse()) await one.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      closing ??= close().finally(() => process.exit(1));
    });
  }
  try {
    await work(opened);
  } finally {
    closing ??= close();
    await closing;
  }
}

const newSecret = () => randomBytes(32).toString('base64url');
const nodeSecret = newSecret();
const clientSecret = newSecret();

async function tokenOf({ port }: ServerProcess): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'administrator',
      client_secret: clientSecret,
    }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`no token: ${response.status}`);
  return token;
}

const issuer = 'http://bench.example';

async function startBoth(database: BenchDatabase, opened: { close(): Promise<void> }[]): Promise<Contest> {
  const node = await startNode({
    ...database.environment,
    BASE_URL: issuer,
    NODE_SECRET: nodeSecret,
    ADMIN_CLIENT_SECRET: clientSecret,
    RATE_LIMIT_PER_MINUTE: '1000000000',
    RUN_WORKER: 'false',
  });
  opened.push({ close: node.stop });
  const keys = await fetch(`http://127.0.0.1:${node.port}/.well-known/jwks.json`);
  const bare = await startBareServer({ ...database.environment, ISSUER: issuer, JWKS: await keys.text() });
  opened.push({ close: bare.stop });
  return { node, bare, token: await tokenOf(node), postmaster: database.postmaster };
}

async function measuresOn({ owner }: BenchDatabase, viewer: string): Promise<Measure[]> {
  const some = async (name: string, visible: string) => {
    const rows = await owner.unsafe<{ id: string }[]>(
      `select id from ${name} t where ${visible} order by md5(id::text) limit 1000`,
    );
    return rows.map(({ id }) => `/v1/${name}/${id}`);
  };
  const seen = `visibility <> 'closed' or exists (select from memberships m where m.alliance_id = t.id
    and m.organisation_id = '${viewer}' and m.state = 'accepted' and m.ends_on is null)`;
  return [
    { name: 'GET /v1/organisations/{id}', paths: await some('organisations', 'true') },
    { name: 'GET /v1/organisations?limit=50', paths: ['/v1/organisations?limit=50'] },
    { name: 'GET /v1/alliances/{id}', paths: await some('alliances', seen) },
    { name: 'GET /v1/alliances?limit=50', paths: ['/v1/alliances?limit=50'] },
  ];
}

/** Fills the database, of which the first start of a node made the tables and a client; answers what to measure. */
async function fillFor(database: BenchDatabase): Promise<Measure[]> {
  const [client] = await database.owner<{ viewer: string }[]>`
    select organisation_id as viewer from clients where client_id = 'administrator'`;
  if (client === undefined) throw new Error('the node made no client');
  await fill(database.owner, { organisations: 20_000, alliances: 5_000, members: 16, ...client });
  return measuresOn(database, client.viewer);
}

const head = ['', 'ratio', 'to itself', 'node µs', 'database', 'bare µs', 'database', 'node req/s', 'bare req/s'];

async function measure(opened: { close(): Promise<void> }[]): Promise<void> {
  await build();
  const database = await openBenchDatabase();
  opened.push(database);
  const { starts, rounds, callers } = plan;
  say(`Node.js ${process.versions.node}, PostgreSQL ${database.version}, ${callers} callers.`);
  say(`Each figure comes of ${starts * rounds} rounds, on ${starts} pairs of servers one after the other.`);
  if (database.postmaster === undefined) {
    say('The processes of the database cannot be seen from here: processor time is that of the servers alone.');
  }
  let measures: Measure[] | undefined;
  const comparisons: Comparison[] = [];
  for (let start = 0; start < starts; start++) {
    const contest = await startBoth(database, opened);
    measures ??= await fillFor(database);
    await assertSameAnswers(contest, measures);
    for (const one of measures) comparisons.push(await compare(contest, one, plan));
    await Promise.all([contest.node.stop(), contest.bare.stop()]);
  }
  const of = (name: string) => comparisons.filter((one) => one.name === name);
  const lines = (measures ?? []).map(({ name }) => line(together(name, of(name))));
  say(table([head, ...lines]));
  say('ratio: processor time per request, server and database, node to hand-written server; median of the rounds, and');
  say('between which values the middle half of them lies. to itself: the same of the node in one round to the next.');
}

if (given.has('--plans')) await withCleaning((opened) => explainLists(opened, say));
else await withCleaning(measure);
