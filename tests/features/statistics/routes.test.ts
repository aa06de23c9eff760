import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller, context, organisationWithCaller } from '../../helpers/people.ts';
import { served } from './served.ts';

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
    const reasons = Object.fromEntries(
      first.json().undefinedValues.map(({ name, reason }: { name: string; reason: string }) => [name, reason]),
    );
    t.same(reasons, {
      globalClustering: 'TOO_FEW_NODES',
      diameter: 'NO_TIES',
      averagePath: 'NO_TIES',
      meanLocalClusteringDefined: 'TOO_FEW_NODES',
      degreeCentralisation: 'TOO_FEW_NODES',
      betweennessCentralisation: 'TOO_FEW_NODES',
      coreSize: 'NO_TIES',
      coreErrors: 'NO_TIES',
      coreCorrelation: 'NO_TIES',
      assortativityByKind: 'NO_TIES',
      externalInternalIndex: 'NO_TIES',
    });
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

t.test(
  'the organisations stand by the measure that is asked for, and a cursor holds for that order alone',
  async (t) => {
    const { db } = await testDatabase(t);
    for (const name of ['A', 'B', 'C']) await organisationWithCaller(db, name);
    const get = await served(t, db, caller());
    const url =
      '/v1/statistics/organisations?limit=2&sort=pageRank&measure=pageRank&measure=coreNumber&weighting=jaccard';
    const first = await get(url);
    const third = { value: 0.333333333333, rank: 1, rankedCount: 3, percentile: 0, reason: null };
    t.same(first.json().items[0].measures, {
      pageRank: third,
      coreNumber: { value: 0, rank: 1, rankedCount: 3, percentile: 0, reason: null },
    });
    const next = new URL(/<(.+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '');
    t.match((await get(`${next.pathname}${next.search}`)).json(), { items: [{ name: 'C' }], nextCursor: null });
    const other = await get(`${next.pathname}${next.search.replace('sort=pageRank', 'sort=degree')}`);
    t.match([other.statusCode, other.json()], [400, { code: 'invalid_cursor' }]);
    const unknown = await get('/v1/statistics/organisations?sort=fame&measure=fame&weighting=gold');
    t.same(
      unknown
        .json()
        .errors.map((fault: { location: string }) => fault.location.replace(/\W.*/, ''))
        .sort(),
      ['measure', 'sort', 'weighting'],
    );
  },
);

t.test('bad input is refused with every fault in one answer', async (t) => {
  const { db } = await testDatabase(t);
  const get = await served(t, db, caller());
  const bad = await get(
    '/v1/statistics/network?relation=fame&asOf=2026-02-30&organisationKind=club&dataVersion=-1&color=red&region=',
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
