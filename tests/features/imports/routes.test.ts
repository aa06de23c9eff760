import { fastify } from 'fastify';
import t from 'tap';
import { replaySaved } from '../../../src/features/events/events.ts';
import { runDueImports } from '../../../src/features/imports/imports.ts';
import { importRoutes } from '../../../src/features/imports/routes.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import { createRoutes } from '../../../src/platform/contract.ts';
import type { Db } from '../../../src/platform/db.ts';
import { fastifyOptions, guardEdge } from '../../../src/platform/edge.ts';
import { Cursors } from '../../../src/platform/page.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller } from '../../helpers/people.ts';

const baseUrl = 'https://node.example';

/** The imports behind the real edge and contract, for one caller. */
async function served(t: { teardown(work: () => Promise<void>): void }, db: Db, who: Caller) {
  const app = fastify(fastifyOptions({ baseUrl, version: '1.0.0' }));
  guardEdge(app, { baseUrl, version: '1.0.0' });
  const routes = createRoutes(app, {
    authenticate: async () => who,
    cursors: new Cursors(Buffer.alloc(32, 7)),
    baseUrl,
    replay: (context) => replaySaved(db, context),
    check: true,
  });
  importRoutes(routes, { db });
  await app.ready();
  t.teardown(() => app.close());
  const headers = { authorization: 'Bearer token', host: 'node.example' };
  const get = (url: string, more: Record<string, string> = {}) => app.inject({ url, headers: { ...headers, ...more } });
  const post = (
    payload: string | Buffer,
    query = 'resource=organisations&source=test',
    more: Record<string, string> = {},
  ) =>
    app.inject({
      method: 'POST',
      url: `/v1/imports?${query}`,
      payload,
      headers: { ...headers, 'content-type': 'text/csv', ...more },
    });
  const cancel = (id: string) => app.inject({ method: 'PUT', url: `/v1/imports/${id}/cancellation`, headers });
  return { get, post, cancel };
}

const work = async (db: Db) => {
  while (
    await runDueImports(db, {
      signal: new AbortController().signal,
      log: { error: () => undefined, info: () => undefined },
    })
  );
};
const file = 'key;name;kind\r\n1;Gemeente Lindeveen;municipality\r\n"=2";;municipality\r\n';

t.test('a file is taken in, worked on, and reported row by row', async (t) => {
  const { db } = await testDatabase(t);
  const { get, post, cancel } = await served(t, db, administrator);
  const taken = await post(file);
  t.equal(taken.statusCode, 202);
  t.match(taken.json(), { state: 'queued', rowCount: 2, processedCount: 0, dryRun: false, startedAt: null });
  const location = String(taken.headers.location);
  t.equal(location, `/v1/imports/${taken.json().id}`);
  await work(db);
  t.match((await get(location)).json(), { state: 'succeeded', createdCount: 1, refusedCount: 1 });
  const rows = await get(`${location}/rows?outcome=refused`, { 'accept-language': 'nl' });
  t.match(rows.json(), {
    items: [
      {
        line: 3,
        key: '=2',
        outcome: 'refused',
        subjectId: null,
        faults: [{ column: 'name', code: 'required', detail: /verplicht/i }],
      },
    ],
    nextCursor: null,
  });
  const csv = await get(`${location}/rows`, { accept: 'text/csv' });
  t.match(csv.headers['content-type'], /^text\/csv/);
  t.match(csv.body, /^"line","key","outcome".*\r\n"2","1","created"/);
  t.match(csv.body, /"'=2"/);
  const first = (await get(`${location}/rows?limit=1`)).json();
  t.match((await get(`${location}/rows?limit=1&cursor=${first.nextCursor}`)).json(), {
    items: [{ line: 3 }],
    nextCursor: null,
  });
  t.match((await get('/v1/imports?state=succeeded')).json(), { items: [{ id: taken.json().id }] });
  t.match((await cancel(taken.json().id)).json(), { status: 409, code: 'import_finished' });
  const stopped = await post(file, 'resource=organisations&source=test&dryRun=true');
  t.match((await cancel(stopped.json().id)).json(), { state: 'cancelled', dryRun: true });
  t.match((await cancel(stopped.json().id)).json(), { state: 'cancelled' }, 'again changes nothing');
});

t.test('a repeated request with one key is one import', async (t) => {
  const { db } = await testDatabase(t);
  const { get, post } = await served(t, db, administrator);
  const keyed = { 'idempotency-key': 'once' };
  const [one, two] = [await post(file, undefined, keyed), await post(file, undefined, keyed)];
  t.equal(two.statusCode, 202);
  t.equal(one.json().id, two.json().id);
  t.equal((await get('/v1/imports')).json().items.length, 1);
  t.match((await post(`${file}3;A;other\r\n`, undefined, keyed)).json(), { status: 422 });
});

t.test('bad files and bad questions are clear problems, and nothing is stored', async (t) => {
  const { db } = await testDatabase(t);
  const { get, post } = await served(t, db, administrator);
  const faults = (answer: { json(): { errors?: { in: string; location: string; code: string }[] } }) =>
    (answer.json().errors ?? []).map((fault) => [fault.in, fault.location, fault.code].join(' ').trim());
  const header = await post('key,colour\n1,red\n');
  t.equal(header.statusCode, 400);
  t.same(faults(header), ['file colour unknown_column', 'file name missing_column', 'file kind missing_column']);
  const query = await post(file, 'resource=planets&colour=red');
  t.equal(query.statusCode, 400);
  t.same(
    faults(query)
      .map((fault) => fault.split(' ').slice(0, 2).join(' '))
      .sort(),
    ['query colour', 'query resource', 'query source'],
  );
  for (const bad of [
    Buffer.from([0x6b, 0xff]),
    'key,name,kind\n1,a\0b,other\n',
    'key,name,kind\n1,"a\n',
    '\uFEFF\n',
    'key,name,kind\n',
  ]) {
    const answer = await post(bad);
    t.equal(answer.statusCode, 400, JSON.stringify(bad.toString()));
    t.equal(answer.json().code, 'invalid_input');
  }
  t.equal((await post('')).statusCode, 400);
  t.equal((await post('x'.repeat(6_000_000))).statusCode, 413);
  t.equal((await post(file, undefined, { 'content-type': 'application/json' })).statusCode, 415);
  t.equal((await get('/v1/imports/00000000-0000-7000-8000-000000000000')).statusCode, 404);
  t.equal((await get('/v1/imports/00000000-0000-7000-8000-000000000000/rows')).statusCode, 404);
  t.equal((await get('/v1/imports?cursor=forged')).statusCode, 400);
  t.same((await get('/v1/imports')).json().items, []);
});

t.test('imports are for administrators with the scope', async (t) => {
  const { db } = await testDatabase(t);
  const member = await served(t, db, caller());
  t.match((await member.post(file)).json(), { status: 403, code: 'administrator_required' });
  t.match((await member.get('/v1/imports')).json(), { status: 403, code: 'administrator_required' });
  const reader = await served(t, db, caller({ administrator: true, scopes: new Set(['imports:read']) }));
  t.match((await reader.post(file)).json(), { status: 403, code: 'insufficient_scope' });
  t.equal((await reader.get('/v1/imports')).statusCode, 200);
});
