import { randomBytes } from 'node:crypto';
import { assertSameAnswers, type Contest, compare, line, type Measure, type Plan, table } from './comparison.ts';
import { type BenchDatabase, openBenchDatabase } from './database.ts';
import { fill } from './fill.ts';
import { explainLists } from './plans.ts';
import { build, type ServerProcess, startBareServer, startNode } from './processes.ts';

// npm run bench             the node against a hand-written server: processor time per request, about three minutes
// npm run bench -- --quick  the same in half a minute
// npm run bench -- --plans  the plan of every list query on 200,000 organisations and as many alliances

const given = new Set(process.argv.slice(2));
const plan: Plan = given.has('--quick')
  ? { rounds: 3, seconds: 0.6, warmUpSeconds: 0.7, callers: 32 }
  : { rounds: 12, seconds: 1.2, warmUpSeconds: 3, callers: 32 };

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

const secret = randomBytes(32).toString('base64url');

async function tokenOf({ port }: ServerProcess): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'administrator', client_secret: secret }),
  });
  const { access_token: token } = (await response.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`no token: ${response.status}`);
  return token;
}

const issuer = 'http://bench.example';

async function startBoth(
  database: BenchDatabase,
  opened: { close(): Promise<void> }[],
): Promise<Pick<Contest, 'node' | 'bare' | 'token'>> {
  const node = await startNode({
    ...database.environment,
    BASE_URL: issuer,
    NODE_SECRET: randomBytes(32).toString('base64url'),
    ADMIN_CLIENT_SECRET: secret,
    RATE_LIMIT_PER_MINUTE: '1000000000',
    RUN_WORKER: 'false',
  });
  opened.push({ close: node.stop });
  const keys = await fetch(`http://127.0.0.1:${node.port}/.well-known/jwks.json`);
  const bare = await startBareServer({ ...database.environment, ISSUER: issuer, JWKS: await keys.text() });
  opened.push({ close: bare.stop });
  return { node, bare, token: await tokenOf(node) };
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

async function viewerOf({ owner }: BenchDatabase): Promise<string> {
  const [client] = await owner<{ id: string }[]>`
    select organisation_id as id from clients where client_id = 'administrator'`;
  if (client === undefined) throw new Error('the node made no client');
  return client.id;
}

async function measure(opened: { close(): Promise<void> }[]): Promise<void> {
  await build();
  const database = await openBenchDatabase();
  opened.push(database);
  const servers = await startBoth(database, opened);
  const viewer = await viewerOf(database);
  await fill(database.owner, { organisations: 20_000, alliances: 5_000, members: 16, viewer });
  const measures = await measuresOn(database, viewer);
  const contest: Contest = { ...servers, postmaster: database.postmaster };
  await assertSameAnswers(contest, measures);
  say(
    `Node.js ${process.versions.node}, PostgreSQL ${database.version}, ${plan.callers} callers, ${plan.rounds} rounds.`,
  );
  if (contest.postmaster === undefined) {
    say('The processes of the database cannot be seen from here: processor time is that of the servers alone.');
  }
  const rows = [['', 'ratio', 'to itself', 'node µs', 'database', 'bare µs', 'database', 'node req/s', 'bare req/s']];
  for (const one of measures) rows.push(line(await compare(contest, one, plan)));
  say(table(rows));
  say('ratio: processor time per request, server and database, node to hand-written server; median of the rounds, and');
  say('between which values the middle half of them lies. to itself: the same of the node in one round to the next.');
}

if (given.has('--plans')) await withCleaning((opened) => explainLists(opened, say));
else await withCleaning(measure);
