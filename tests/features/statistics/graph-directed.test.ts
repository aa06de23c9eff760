import t from 'tap';
import { relations } from '../../../src/features/statistics/rules.ts';
import { today } from '../../../src/platform/days.ts';
import { administrator, organisationWithCaller } from '../../helpers/people.ts';
import { found, inDays, join, type Party } from '../alliances/world.ts';
import { ownershipDatabase } from '../ownership/world.ts';
import { all, readXml } from './formats/read-xml.ts';
import { closedHistory, deed, openHistory, people } from './history.ts';
import { served } from './served.ts';

/** Two municipalities, two care organisations and an academy in one alliance, and what they did for each other. */
async function acted(t: Parameters<typeof ownershipDatabase>[0]) {
  const { db } = await ownershipDatabase(t);
  const names = { a: 'municipality', b: 'municipality', c: 'care_organisation', d: 'care_organisation', e: 'academy' };
  const who: Record<string, Party> = {};
  for (const [name, kind] of Object.entries(names))
    who[name] = await organisationWithCaller(db, name, kind as 'municipality');
  const allianceId = await found(db, who.a as Party);
  for (const name of ['b', 'c', 'd', 'e']) await join(db, allianceId, who.a as Party, who[name] as Party);
  for (const arc of ['ab', 'ab', 'bc', 'cd', 'cb', 'ec', 'bd'])
    await deed(db, allianceId, who[arc.charAt(0)] as Party, who[arc.charAt(1)] as Party);
  return { db, who, get: await served(t, db, administrator) };
}

type Named = { name: string };
type Tied = { first: Named; second: Named; weight: number };

t.test('deeds are told with their direction in every answer', async (t) => {
  const { who, get } = await acted(t);
  const response = await get('/v1/statistics/ties?relation=deeds');
  t.equal(response.statusCode, 200);
  const ties = (response.json().items as Tied[]).map(
    ({ first, second, weight }) => `${first.name}${second.name} ${weight}`,
  );
  t.equal(ties[0], 'ab 2', 'the strongest first');
  t.same(ties.toSorted(), ['ab 2', 'bc 1', 'bd 1', 'cb 1', 'cd 1', 'ec 1']);
  t.match(response.json().items[0], { sharedCount: null, newmanWeight: null, number: 1, asOf: today() });
  const own = (await get(`/v1/statistics/ties?relation=deeds&tiedOrganisationId=${who.c?.id}`)).json().items as Tied[];
  t.same(own.map(({ first, second }) => first.name + second.name).sort(), ['bc', 'cb', 'cd', 'ec'], 'arcs either way');
  t.same((await get(`/v1/statistics/ties?relation=deeds&until=${today()}`)).json().items, []);

  const brokerage = (await get('/v1/statistics/brokerage?relation=deeds')).json();
  const roles = Object.fromEntries(
    brokerage.brokers.map(
      ({
        name,
        coordinator,
        consultant,
        representative,
        gatekeeper,
        liaison,
        total,
      }: Named & Record<string, number>) => [
        name,
        [coordinator, consultant, representative, gatekeeper, liaison, total],
      ],
    ),
  );
  // b: a → b → c and a → b → d, from its own kind to another. c: e → c → b between three kinds, e → c → d into its own.
  t.same(roles, { b: [0, 0, 2, 0, 0, 2], c: [0, 0, 0, 1, 1, 2] });
  const p = 6 / 20;
  const [mean, q] = [12 * p * p * (1 - p), p * p * (1 - p)];
  const deviation = Math.sqrt(mean * (1 - q) + 2 * 4 * 3 * 2 * (p * (1 - p)) ** 3);
  for (const { zScores } of brokerage.brokers) t.ok(Math.abs(zScores.total - (2 - mean) / deviation) < 1e-12);
  const [b] = brokerage.brokers.filter(({ name }: Named) => name === 'b');
  t.equal(b.zScores.coordinator, null, 'two organisations of a kind have no third');
  t.same(brokerage.undefinedValues, [
    { name: 'ratio', reason: 'TOO_FEW_NODES' },
    { name: 'zScores', reason: 'TOO_FEW_NODES' },
  ]);
  const cell = (kind: string, otherKind: string) =>
    brokerage.mixing.find((one: Record<string, string>) => one.kind === kind && one.otherKind === otherKind);
  t.match(cell('municipality', 'care_organisation'), { tieCount: 2, pairCount: 4, expectedTieCount: (6 * 4) / 20 });
  t.match(cell('care_organisation', 'municipality'), { tieCount: 1, pairCount: 4 });
  t.equal(brokerage.mixing.length, 9);
  t.match(brokerage.definition.text, 'An arc goes from the promiser to the beneficiary');
  t.match((await get(brokerage.query)).json(), { brokers: brokerage.brokers });

  const communities = (await get('/v1/statistics/communities?relation=deeds')).json();
  t.match(communities.parameters, { relation: 'deeds', weighting: 'count' });
  const tieCount = communities.communities.reduce(
    (sum: number, one: { tieCount: number; outsideTieCount: number }) => sum + 2 * one.tieCount + one.outsideTieCount,
    0,
  );
  t.equal(tieCount, 2 * 5, 'b and c are one pair, tied either way');
  t.match(communities.definition.text, 'weights of arcs both ways added');
});

t.test('a graph of deeds is directed in every format, and its map says whence and whereto', async (t) => {
  const { get } = await acted(t);
  const url = `/v1/statistics/graph?relation=deeds&from=${inDays(-3)}`;
  const graph = (await get(url)).json();
  t.match(graph, { directed: true, parameters: { weighting: 'count', from: inDays(-3) } });
  const b = graph.nodes.find(({ name }: Named) => name === 'b');
  t.match(b, { allianceCount: null, initiativeCount: null, degree: 3, strength: 5 });
  t.match(b, { inDegree: 2, outDegree: 2, inStrength: 3, outStrength: 2 });
  const arcs = graph.ties.map(({ first, second, weight }: Record<string, unknown>) => `${first} ${second} ${weight}`);
  const graphml = readXml((await get(url, { accept: 'application/graphml+xml' })).body);
  t.equal(all(graphml, 'graph')[0]?.attributes.edgedefault, 'directed');
  const gexf = readXml((await get(url, { accept: 'application/gexf+xml' })).body);
  t.equal(all(gexf, 'graph')[0]?.attributes.defaultedgetype, 'directed');
  t.same(
    all(gexf, 'edge').map(({ attributes: { source, target, weight } }) => `${source} ${target} ${weight}`),
    arcs,
  );
  const drawn = await get(`${url}&sizeBy=inStrength`, { accept: 'image/svg+xml' });
  const svg = readXml(drawn.body);
  t.equal(
    all(svg, 'title')[0]?.text,
    `Confirmed deeds, from promiser to beneficiary, from ${inDays(-3)} up to and with ${today()}`,
  );
  t.match(all(svg, 'desc')[0]?.text, '5 organisations, 6 arcs, 7 deeds; 0 without ties.');
  t.ok(all(svg, 'text').some(({ text }) => text === 'Size: in-strength'));
  t.ok(
    all(svg, 'path').some(({ attributes }) => attributes.class === 'a'),
    'lines are broad where they begin',
  );
  const tag = String(drawn.headers.etag);
  t.equal((await get(`${url}&sizeBy=inStrength`, { accept: 'image/svg+xml', 'if-none-match': tag })).statusCode, 304);
  const versions = new Set<string>();
  for (const relation of relations) {
    const answer = await get(`/v1/statistics/graph?relation=${relation}`, { accept: 'image/svg+xml' });
    t.equal(answer.statusCode, 200);
    versions.add(all(readXml(answer.body), 'title')[0]?.text ?? '');
  }
  t.equal(versions.size, relations.length, 'every relation has its own title');
});

t.test('what does not go with a relation is refused by every answer', async (t) => {
  const { db } = await ownershipDatabase(t);
  await people(db);
  const get = await served(t, db, administrator);
  const faults = async (path: string) => {
    const response = await get(`/v1/statistics/${path}`);
    const errors: { location: string; code: string }[] = response.json().errors ?? [];
    return [response.statusCode, ...errors.map(({ location, code }) => `${location} ${code}`)];
  };
  for (const path of ['ties', 'communities', 'brokerage', 'graph']) {
    t.same(await faults(`${path}?from=2026-01-01`), [400, 'from not_of_relation']);
    t.same(await faults(`${path}?relation=knowledge&allianceKind=academy`), [400, 'allianceKind not_of_relation']);
    t.same(await faults(`${path}?relation=deeds&from=2026-01-02&until=2026-01-01`), [400, 'until ends_before_start']);
    t.same(await faults(`${path}?relation=ownership`), [200]);
  }
  t.same(await faults('communities?relation=deeds&weighting=newman'), [400, 'weighting not_of_relation']);
  t.same(await faults('graph?relation=ownership&weighting=jaccard&sizeBy=alliances'), [
    400,
    'weighting not_of_relation',
    'sizeBy not_of_relation',
  ]);
  t.same(await faults('graph?sizeBy=inDegree'), [400, 'sizeBy not_of_relation']);
  t.same(await faults('graph?relation=initiatives&sizeBy=initiatives&weighting=jaccard'), [200]);
});

t.test('closed spaces are in the ties of no relation, for nobody', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  await openHistory(db, owner, who);
  const asked = relations.flatMap((relation) => [
    ...['ties', 'communities', 'brokerage', 'graph'].map((path) => ({
      url: `${path}?relation=${relation}`,
      accept: {},
    })),
    ...['image/svg+xml', 'application/gexf+xml', 'application/graphml+xml'].map((accept) => ({
      url: `graph?relation=${relation}`,
      accept: { accept },
    })),
  ]);
  const viewers = [await served(t, db, who.town.caller), await served(t, db, administrator)];
  const answers = async () => {
    const told: string[] = [];
    for (const get of viewers)
      for (const { url, accept } of asked) told.push((await get(`/v1/statistics/${url}`, accept)).body);
    return told;
  };
  const before = await answers();
  t.equal(new Set(before).size, before.length, 'each relation, format and viewer is told otherwise');
  await closedHistory(db, owner, who);
  t.same(await answers(), before);
});
