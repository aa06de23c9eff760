import { randomBytes } from 'node:crypto';
import { Cursors, canonicalFilter } from '../../src/platform/page.ts';
import { deriveKey, loadNodeSecret } from '../../src/platform/sealing.ts';
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
import { fillKnowledge } from './fill-knowledge.ts';
import { explainLists } from './plans.ts';
import { build, type ServerProcess, startBareServer, startNode } from './processes.ts';

// npm run bench             the node against a hand-written server: processor time per request, about six minutes
// npm run bench -- --quick  the same in three minutes
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

type Client = { readonly viewer: string; readonly clientId: string };

async function measuresOn({ owner }: BenchDatabase, client: Client): Promise<Measure[]> {
  const { viewer } = client;
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
    ...(await knowledgeMeasures(owner, some, client)),
  ];
}

const searches = ['schuldhulpverlening', 'gemeente college', 'jeugdhulp dementie', '%22college zorg%22'];
const written = {
  type: 'practice',
  title: 'Vroeg bellen bij schulden',
  summary: 'Binnen drie werkdagen bellen in plaats van schrijven.',
  body: 'Wie een betalingsachterstand meldt, wordt gebeld en niet aangeschreven. '.repeat(14),
  licence: 'CC-BY-4.0',
  themes: ['schulden', 'vroegsignalering'],
};

/** Items: one, the first page, the two-thousandth, words to search for, and a draft to be written. */
async function knowledgeMeasures(
  owner: BenchDatabase['owner'],
  some: (name: string, visible: string) => Promise<string[]>,
  { clientId }: Client,
): Promise<Measure[]> {
  const list = '/v1/knowledge-items';
  const [deep] = await owner<{ id: string }[]>`
    select id from knowledge_items where state = 'published' and visibility = 'public' order by id offset 60000 limit 1`;
  const binding = { operationId: 'listKnowledgeItems', clientId, filter: canonicalFilter({}, {}) };
  const cursors = new Cursors(deriveKey(loadNodeSecret({ dataDir: '', nodeSecret }), 'cursors'));
  const bareCursor = Buffer.from(deep?.id ?? '', 'latin1').toString('base64url');
  const found = searches.map((words) => `${list}?q=${words.replaceAll(' ', '+')}`);
  return [
    {
      name: `GET ${list}/{id}`,
      paths: (await some('knowledge_items', `visibility <> 'alliances' and state = 'published'`)).map((path) =>
        path.replace('knowledge_items', 'knowledge-items'),
      ),
    },
    { name: `GET ${list}?limit=50`, paths: [`${list}?limit=50`] },
    {
      name: `GET ${list}, page 2,000`,
      paths: [`${list}?limit=50&cursor=${cursors.seal(binding, [deep?.id ?? ''])}`],
      barePaths: [`${list}?limit=50&cursor=${bareCursor}`],
    },
    { name: `GET ${list}?q=…`, paths: found },
    { name: `POST ${list}`, paths: [list], body: JSON.stringify(written) },
  ];
}

/** Fills the database, of which the first start of a node made the tables and a client; answers what to measure. */
async function fillFor(database: BenchDatabase): Promise<Measure[]> {
  const [client] = await database.owner<Client[]>`
    select organisation_id as viewer, id as "clientId" from clients where client_id = 'administrator'`;
  if (client === undefined) throw new Error('the node made no client');
  const size = { organisations: 20_000, alliances: 7_000, members: 16, viewer: client.viewer };
  await fill(database.owner, size);
  await fillKnowledge(database.owner, { ...size, items: 200_000 });
  return measuresOn(database, client);
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
