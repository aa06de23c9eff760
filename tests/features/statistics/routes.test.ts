import { fastify } from 'fastify';
import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { statisticsRoutes } from '../../../src/features/statistics/routes.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import { createRoutes } from '../../../src/platform/contract.ts';
import type { Db } from '../../../src/platform/db.ts';
import { fastifyOptions, guardEdge } from '../../../src/platform/edge.ts';
import { Cursors } from '../../../src/platform/page.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller, context, organisationWithCaller } from '../../helpers/people.ts';

const baseUrl = 'https://node.example';

/** The statistics behind the real edge and contract, for one caller. */
async function served(t: { teardown(work: () => Promise<void>): void }, db: Db, who: Caller) {
  const app = fastify(fastifyOptions({ baseUrl, version: '1.0.0' }));
  guardEdge(app, { baseUrl, version: '1.0.0' });
  const routes = createRoutes(app, {
    authenticate: async () => who,
    cursors: new Cursors(Buffer.alloc(32, 7)),
    baseUrl,
    replay: async () => undefined,
    check: true,
  });
  statisticsRoutes(routes, { db });
  await app.ready();
  t.teardown(() => app.close());
  const headers = { authorization: 'Bearer token', host: 'node.example' };
  return (url: string, more: Record<string, string> = {}) => app.inject({ url, headers: { ...headers, ...more } });
}

t.test(
  'the statistic of a network names its data version, and an entity tag that holds until data change',
  async (t) => {
    const { db } = await testDatabase(t);
    const own = await organisationWithCaller(db, 'Gemeente Lindeveen');
    await organisationWithCaller(db, 'Thuiszorg Waterrade', 'care_organisation');
    const found = async () =>
      createAlliance(db, context(own.caller), { kind: 'network', name: 'Netwerk', visibility: 'public' });
    await found();
    const get = await served(t, db, own.caller);
    const url = '/v1/statistics/network?organisationKind=municipality&organisationKind=care_organisation';
    const first = await get(url);
    t.equal(first.statusCode, 200);
    t.match(first.json(), {
      organisationCount: 2,
      allianceCount: 1,
      density: 0,
      globalClustering: null,
      suppressed: [],
    });
    t.same(first.json().undefinedValues, [{ name: 'globalClustering', reason: 'TOO_FEW_NODES' }]);
    const tag = String(first.headers.etag);
    t.equal((await get(url, { 'if-none-match': tag })).statusCode, 304);
    t.equal((await get(first.json().query)).body, first.body, 'the query in the answer gives the same bytes');
    await found();
    t.equal((await get(url, { 'if-none-match': tag })).statusCode, 200);
  },
);

t.test('the organisations come in pages with a link to the next', async (t) => {
  const { db } = await testDatabase(t);
  for (const name of ['A', 'B', 'C']) await organisationWithCaller(db, name);
  const get = await served(t, db, caller());
  const first = await get('/v1/statistics/organisations?limit=2');
  t.match(first.json(), { items: [{ name: 'A', degree: 0, strength: 0 }, { name: 'B' }] });
  const next = new URL(/<(.+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '');
  const second = await get(`${next.pathname}${next.search}`);
  t.match(second.json(), { items: [{ name: 'C' }], nextCursor: null });
  const other = await get(`${next.pathname}${next.search}&region=Elders`);
  t.match([other.statusCode, other.json()], [400, { code: 'invalid_cursor' }]);
});

t.test('bad input is refused with every fault in one answer', async (t) => {
  const { db } = await testDatabase(t);
  const get = await served(t, db, caller());
  const bad = await get(
    '/v1/statistics/network?relation=deeds&asOf=2026-02-30&organisationKind=club&dataVersion=-1&color=red&region=',
  );
  t.equal(bad.statusCode, 400);
  const locations = bad.json().errors.map((fault: { location: string }) => fault.location);
  t.same([...new Set(locations)].sort(), ['asOf', 'color', 'dataVersion', 'organisationKind', 'region', 'relation']);
  const gone = await get('/v1/statistics/network?dataVersion=AAAAAAAAAAAAAAAAAAAAAA');
  t.match([gone.statusCode, gone.json()], [410, { code: 'data_version_not_kept' }]);
  t.match(gone.json().detail, 'AAAAAAAAAAAAAAAAAAAAAA');
});

t.test('a token without the scope is refused', async (t) => {
  const { db } = await testDatabase(t);
  const get = await served(t, db, caller({ scopes: new Set(['organisations:read']) }));
  for (const path of ['network', 'organisations']) {
    const refused = await get(`/v1/statistics/${path}`);
    t.match([refused.statusCode, refused.json()], [403, { code: 'insufficient_scope' }]);
  }
});
