import { randomInt } from 'node:crypto';
import t from 'tap';
import { namedId } from '../../src/platform/id.ts';
import { testDatabase } from '../helpers/db.ts';
import { administratorToken, demoNode, fillDemo, testApp } from '../helpers/demo.ts';
import { type Document, operationsOf, readDocument, send, soundRequest } from '../helpers/document.ts';
import { fuzz, type Outcome, type Sender } from '../helpers/fuzz.ts';
import { registerParty } from '../helpers/parties.ts';

const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
const seconds = Number(process.env.FUZZ_SECONDS ?? 16);
/** Each on a demo network of its own, since what is sent also ends memberships and dissolves organisations. */
const rounds = Math.max(4, Math.ceil(seconds / 10));
const document = await readDocument();

/** The identifiers that lists show and that are the same in every run; not those of the client that sends requests. */
async function idsOf({ app, token }: Pick<Node, 'app' | 'token'>): Promise<string[]> {
  const lists = operationsOf(document).filter(({ responses }) => JSON.stringify(responses[200] ?? {}).includes('Page'));
  const bodies: string[] = [];
  for (const list of lists)
    bodies.push((await send(app, { ...soundRequest(list), query: [['limit', '200']] }, token)).body);
  const clients = await app.inject({
    url: '/v1/clients?clientId=administrator',
    headers: { authorization: `Bearer ${token}` },
  });
  const own = (clients.json() as { items: { id: string }[] }).items.map(({ id }) => id);
  const found = new Set(bodies.join().match(/019b0000-[0-9a-f-]{27}/g));
  return [...found].filter((id) => !own.includes(id)).sort();
}

type Node = Awaited<ReturnType<typeof demoNode>>;

/** Everybody who may send requests, the administrator more often than others. */
async function sendersOf(node: Node): Promise<Sender[]> {
  const administrator = { name: 'the administrator', token: node.token, administrator: true } as const;
  const { token } = await registerParty(node, namedId('organisation lindeveen'));
  const organisation = { name: 'another organisation', token };
  return [administrator, administrator, administrator, organisation, organisation, { name: 'nobody' }];
}

/**
 * The operations of which no request has succeeded. On a fresh network their examples come first, since what an example
 * of another operation ends, such as the sight of what an archive holds, they may need.
 */
const unreached = (outcomes: readonly Outcome[]): string[] =>
  operationsOf(document)
    .map(({ operationId }) => operationId)
    .filter((id) => !outcomes.some(({ seen }) => [...(seen.get(id) ?? [])].some(([status]) => status < 300)));

t.test('no request breaks the node, and every answer is one that the document describes', async (t) => {
  t.comment(`FUZZ_SEED=${seed} FUZZ_SECONDS=${seconds}`);
  const filled = await testDatabase(t);
  await fillDemo(filled);
  await Promise.all([filled.sql.end(), filled.owner.end()]);
  const outcomes: Outcome[] = [];
  for (let round = 0; round < rounds; round++) {
    await t.test(`round ${round + 1}`, async (t) => {
      const node = await demoNode(t, filled.name);
      const target = { app: node.app, document, senders: await sendersOf(node), ids: await idsOf(node) };
      t.ok(target.ids.length > 30, `${target.ids.length} identifiers`);
      const milliseconds = (seconds * 1000) / rounds;
      const outcome = await fuzz(target, { seed: seed + round, milliseconds, soundFirst: unreached(outcomes) });
      t.equal(outcome.failure, undefined, `${outcome.requests} requests`);
      outcomes.push(outcome);
    });
  }
  const statuses = new Map<number, number>();
  for (const { operationId } of operationsOf(document)) {
    const counts = outcomes.flatMap(({ seen }) => [...(seen.get(operationId) ?? [])]);
    for (const [status, count] of counts) statuses.set(status, (statuses.get(status) ?? 0) + count);
    const sum = (some: typeof counts) => some.reduce((total, [, count]) => total + count, 0);
    const done = sum(counts.filter(([status]) => status < 300));
    t.ok(done > 0, `${operationId}: ${done} of ${sum(counts)} succeeded`);
  }
  const told = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  t.comment(told.join(', '));
});

/** A document with one more operation, which takes a size and answers with a name. */
function withPlanted(operationId: string): Document {
  const name = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
  const responses = {
    200: { content: { 'application/json': { schema: name } } },
    400: { $ref: '#/components/responses/Problem400' },
    404: { $ref: '#/components/responses/Problem404' },
  };
  const size = { name: 'size', in: 'query', example: 1, schema: { type: 'integer', minimum: 1, maximum: 60 } };
  const path = { get: { operationId, parameters: [size], responses } };
  return { ...document, paths: { ...document.paths, [`/${operationId}`]: path } };
}

t.test('the same harness finds a route that throws on one value, and one whose answer lacks a property', async (t) => {
  const database = await testDatabase(t);
  await fillDemo(database);
  const app = await testApp(
    t,
    database,
    {},
    {
      before: (app) => {
        app.get('/v1/sound', async () => ({ name: 'sound' }));
        app.get<{ Querystring: { size?: string } }>('/v1/throws', async ({ query }) => {
          if (query.size === '13') throw new Error('thirteen');
          return { name: 'sound' };
        });
        app.get<{ Querystring: { size?: string } }>('/v1/lacks', async ({ query }) =>
          query.size === '13' ? {} : { name: 'sound' },
        );
      },
    },
  );
  const senders = [{ name: 'the administrator', token: await administratorToken(app), administrator: true }] as const;
  const run = (operationId: string, milliseconds: number) =>
    fuzz(
      { app, document: withPlanted(operationId), senders, ids: [namedId('x')], only: [operationId] },
      { seed, milliseconds },
    );
  t.equal((await run('sound', 1500)).failure, undefined, 'a sound route is not found fault with');
  t.match((await run('throws', 20_000)).failure, /^GET \/v1\/throws\?size=13 as .*the status is 500/s);
  t.match((await run('lacks', 20_000)).failure, /^GET \/v1\/lacks\?size=13 as .*must have required property 'name'/s);
});
