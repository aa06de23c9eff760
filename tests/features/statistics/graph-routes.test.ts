import { parse } from 'csv-parse/sync';
import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import { all, readXml } from './formats/read-xml.ts';
import { addNetwork, org, served } from './served.ts';

const day = 'asOf=2026-05-16';
const analyst = caller({ organisationId: org('a') });
/** Two groups of three with one tie between them, and one that stands alone. */
const names = ['a', 'b', 'c', 'd:care_organisation', 'e:care_organisation', 'f:academy', 'g'];
const groups = [['a', 'b', 'c'], ['a', 'b'], ['d', 'e', 'f'], ['c', 'd'], ['g']];

async function network(t: Parameters<typeof testDatabase>[0]) {
  const { db } = await testDatabase(t);
  await addNetwork(db, names, groups);
  return { db, get: await served(t, db, analyst) };
}

t.test('ties come in pages by their strength, each with both organisations and both weights', async (t) => {
  const { db, get } = await network(t);
  const first = await get(`/v1/statistics/ties?${day}&limit=3`);
  t.equal(first.statusCode, 200);
  const [one, two] = first.json().items;
  t.match(one, { number: 1, weight: 2, sharedCount: 2, newmanWeight: 1.5, asOf: '2026-05-16' });
  t.same(new Set([one.first.name, one.second.name]), new Set(['a', 'b']));
  t.match([two.sharedCount, two.newmanWeight], [1, 1], 'a tie in an alliance of two weighs more');
  await addNetwork(db, ['h'], [['a', 'h']]);
  const next = new URL(/<(.+)>; rel="next"/.exec(String(first.headers.link))?.[1] ?? '');
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Later', visibility: 'public' });
  const rest = await get(`${next.pathname}${next.search.replace('limit=3', 'limit=200')}`);
  t.same(
    rest.json().items.map((tie: { number: number }) => tie.number),
    [4, 5, 6, 7],
    'the rest of the first version, though more was added',
  );
  t.equal(rest.json().items[0].dataVersion, one.dataVersion);
  const own = await get(`/v1/statistics/ties?${day}&tiedOrganisationId=${org('c').toUpperCase()}`);
  t.equal(own.json().items.length, 3);
  for (const { first, second } of own.json().items) t.ok([first.id, second.id].includes(org('c')));
  t.same((await get(`/v1/statistics/ties?${day}&tiedOrganisationId=${org('nobody')}`)).json().items, []);
});

t.test('ties as CSV hold the same, and leave names as they are', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(db, ['x', 'y'], [['x', 'y']]);
  const name = '=SUM(1;2) "and", & more\nhere';
  await db.update(organisations).set({ name });
  const get = await served(t, db, administrator);
  const csv = await get(`/v1/statistics/ties?${day}`, { accept: 'text/csv' });
  t.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  const [tie] = (await get(`/v1/statistics/ties?${day}`)).json().items;
  t.same(parse(csv.body, { columns: true }), [
    {
      number: '1',
      firstId: tie.first.id,
      firstName: name,
      secondId: tie.second.id,
      secondName: name,
      weight: '1',
      sharedCount: '1',
      newmanWeight: '1',
      asOf: '2026-05-16',
      dataVersion: tie.dataVersion,
    },
  ]);
});

t.test('communities tell their members, their quality, and can be had again byte for byte', async (t) => {
  const { db, get } = await network(t);
  const answer = await get(`/v1/statistics/communities?${day}&weighting=count`);
  t.equal(answer.statusCode, 200);
  const body = answer.json();
  t.match(body, {
    parameters: { relation: 'membership', weighting: 'count', seed: 1 },
    coverage: { organisationCount: 7, isolateCount: 1 },
    suppressed: [],
    communityCount: 2,
    stability: { seedCount: 10, meanAdjustedRandIndex: 1, lowestAdjustedRandIndex: 1 },
    undefinedValues: [],
  });
  t.equal(body.modularity, 14 / 16 - (9 / 16) ** 2 - (7 / 16) ** 2);
  const members = body.communities.map((one: { members: { name: string }[] }) =>
    one.members.map(({ name }) => name).sort(),
  );
  t.same(new Set(members.map(String)), new Set(['a,b,c', 'd,e,f']));
  t.match(body.communities[0], { number: 1, organisationCount: 3, tieCount: 3, outsideTieCount: 1 });
  await addNetwork(db, ['h'], [['a', 'h', 'd']]);
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Later', visibility: 'public' });
  t.equal((await get(`/v1/statistics/communities?${day}`)).json().coverage.organisationCount, 8);
  const again = await get(body.query);
  t.equal(again.body, answer.body);
  t.equal((await get(body.query, { 'if-none-match': String(answer.headers.etag) })).statusCode, 304);
  t.not((await get(`${body.query.replace('seed=1', 'seed=2')}`)).headers.etag, answer.headers.etag);
});

t.test('brokerage tells roles between kinds and the mixing of kinds', async (t) => {
  const { get } = await network(t);
  const body = (await get(`/v1/statistics/brokerage?${day}`)).json();
  t.equal(body.brokerCount, 2);
  const roles = Object.fromEntries(
    body.brokers.map(({ name, id: _, ...one }: { name: string; id: string }) => [name, one]),
  );
  const none = { coordinator: 0, consultant: 0, representative: null, gatekeeper: 0, liaison: 0, zScores: null };
  t.same(roles.c, { kind: 'municipality', ...none, gatekeeper: 2, total: 2 });
  t.same(roles.d, { kind: 'care_organisation', ...none, gatekeeper: 1, liaison: 1, total: 2 });
  const cell = body.mixing.find(
    ({ kind, otherKind }: { kind: string; otherKind: string }) =>
      kind === 'care_organisation' && otherKind === 'municipality',
  );
  t.match(cell, { tieCount: 1, pairCount: 8, expectedTieCount: (7 * 8) / 21, ratio: 1 / ((7 * 8) / 21) });
  t.same(
    body.undefinedValues,
    [
      { name: 'ratio', reason: 'TOO_FEW_NODES' },
      { name: 'representative', reason: 'NO_DIRECTION' },
      { name: 'zScores', reason: 'NO_DIRECTION' },
    ],
    'one academy has no pair, and ties have no direction',
  );
});

t.test('a network without ties has reasons in the place of figures', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(db, ['a', 'b'], []);
  const get = await served(t, db, analyst);
  t.match((await get('/v1/statistics/communities')).json(), {
    communityCount: 0,
    modularity: null,
    stability: null,
    communities: [],
    undefinedValues: [
      { name: 'modularity', reason: 'NO_TIES' },
      { name: 'stability', reason: 'NO_TIES' },
    ],
  });
  t.match((await get('/v1/statistics/brokerage')).json(), {
    brokers: [],
    mixing: [{ tieCount: 0, pairCount: 1, ratio: null }],
    undefinedValues: [{ name: 'ratio', reason: 'NO_TIES' }],
  });
  t.same((await get('/v1/statistics/ties')).json(), { items: [], nextCursor: null });
  for (const path of ['ties', 'communities', 'brokerage'])
    t.equal((await get(`/v1/statistics/${path}?region=Nergens`)).statusCode, 200, 'also of nobody');
});

t.test('closed spaces are in none of it, for nobody', async (t) => {
  const { db } = await testDatabase(t);
  await addNetwork(db, names, groups);
  const get = await served(t, db, analyst);
  const paths = ['ties', 'communities', 'brokerage', 'graph'].map((path) => `/v1/statistics/${path}?${day}`);
  const before = await Promise.all(paths.map(async (path) => (await get(path)).body));
  await addNetwork(db, [], [['a', 'g', 'f']], 'closed');
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Vrijplaats', visibility: 'closed' });
  t.same(await Promise.all(paths.map(async (path) => (await get(path)).body)), before);
  await addNetwork(db, [], [['a', 'g']], 'network');
  await createAlliance(db, context(analyst), { kind: 'network', name: 'Vrijplaats 2', visibility: 'closed' });
  t.equal((await get(paths[0] ?? '')).json().items.length, 8);
  const outside = await served(t, db, administrator);
  t.equal(
    (await outside(paths[0] ?? '')).json().items.length,
    7,
    'and what the network alone may see, for its organisations',
  );
});

t.test('the graph comes in the format that Accept names, each of the same data version', async (t) => {
  const { get } = await network(t);
  const url = `/v1/statistics/graph?${day}`;
  const body = (await get(url)).json();
  t.match(body, {
    parameters: { weighting: 'newman', seed: 1, sizeBy: 'degree', colourBy: 'kind', gexfVersion: '1.3' },
  });
  t.equal(body.directed, false);
  t.equal(body.nodes.length, 7);
  t.equal(body.ties.length, 7);
  t.same(
    body.nodes.map(
      ({ name, community }: { name: string; community: number | null }) => name === 'g' || community !== null,
    ),
    new Array(7).fill(true),
  );
  const tags = new Set<string>();
  for (const [accept, root] of [
    ['application/graphml+xml', 'graphml'],
    ['application/gexf+xml', 'gexf'],
    ['image/svg+xml', 'svg'],
  ] as const) {
    const answer = await get(url, { accept });
    t.match([answer.statusCode, answer.headers['content-type']], [200, `${accept}; charset=utf-8`]);
    t.equal(answer.headers.vary, 'Accept');
    t.equal(readXml(answer.body).name, root);
    t.match(answer.body, body.dataVersion);
    tags.add(String(answer.headers.etag));
    t.equal((await get(url, { accept, 'if-none-match': String(answer.headers.etag) })).statusCode, 304);
  }
  t.equal(tags.size, 3);
  const refused = await get(url, { accept: 'application/pdf' });
  t.match([refused.statusCode, refused.json()], [406, { code: 'not_acceptable' }]);
});

t.test('the map shows what is asked, under a policy of its own, and the same again', async (t) => {
  const { db, get } = await network(t);
  await db.update(organisations).set({ name: '<script>alert(1)</script> & "co"' });
  const map = (more: string) => get(`/v1/statistics/graph?${day}&${more}`, { accept: 'image/svg+xml' });
  const first = await map('seed=1');
  t.equal(
    first.headers['content-security-policy'],
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  );
  t.same(all(readXml(first.body), 'script'), []);
  t.equal((await map('seed=1')).body, first.body);
  const seen = new Set([first.body]);
  for (const more of [
    'seed=2',
    'colourBy=region',
    'colourBy=community',
    'sizeBy=strength',
    'sizeBy=alliances',
    'weighting=count',
    'weighting=jaccard',
  ])
    seen.add((await map(more)).body);
  t.equal(seen.size, 8, 'every choice is another picture');
  const narrowed = (more: string) => map(more).then(({ body }) => all(readXml(body), 'desc')[0]?.text ?? '');
  t.notMatch(await narrowed(''), 'Only');
  t.match(
    await narrowed(
      `organisationKind=care_organisation&region=Maarland&organisationId=${org('d')}&allianceKind=alliance`,
    ),
    'Only organisations of kind care organisation, of region Maarland, 1 chosen organisation, alliances of kind alliance.',
  );
  const bad = await map('colourBy=size&sizeBy=colour&seed=-1');
  t.same(
    bad
      .json()
      .errors.map((fault: { location: string }) => fault.location)
      .sort(),
    ['colourBy', 'seed', 'sizeBy'],
  );
});

t.test('organisations, communities and brokers come as CSV too, with the values of the JSON', async (t) => {
  const { get } = await network(t);
  const both = async (path: string) => {
    const [asJson, asCsv] = [await get(path), await get(path, { accept: 'text/csv' })];
    t.match(asCsv.headers['content-type'], 'text/csv');
    return { body: asJson.json(), rows: parse(asCsv.body, { columns: true }) as Record<string, string>[] };
  };
  const organisations = await both(`/v1/statistics/organisations?${day}&measure=betweenness&measure=coreNumber`);
  t.same(
    organisations.rows.map(({ id, betweenness, betweennessRank, coreNumber }) => [
      id,
      Number(betweenness),
      Number(betweennessRank),
      Number(coreNumber),
    ]),
    organisations.body.items.map(
      ({ id, measures }: { id: string; measures: Record<string, { value: number; rank: number }> }) => [
        id,
        measures.betweenness?.value,
        measures.betweenness?.rank,
        measures.coreNumber?.value,
      ],
    ),
  );
  const communities = await both(`/v1/statistics/communities?${day}`);
  t.same(
    communities.rows.map(({ community, id }) => [Number(community), id]),
    communities.body.communities.flatMap(({ number, members }: { number: number; members: { id: string }[] }) =>
      members.map(({ id }) => [number, id]),
    ),
  );
  const brokers = await both(`/v1/statistics/brokerage?${day}`);
  t.same(
    brokers.rows.map(({ id, total, gatekeeper, representative }) => [
      id,
      Number(total),
      Number(gatekeeper),
      representative,
    ]),
    brokers.body.brokers.map(({ id, total, gatekeeper }: { id: string; total: number; gatekeeper: number }) => [
      id,
      total,
      gatekeeper,
      '',
    ]),
  );
  t.ok(brokers.rows.length > 0);
});
