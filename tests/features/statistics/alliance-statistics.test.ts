import t, { type Test } from 'tap';
import type { z } from 'zod';
import { AllianceStatisticsQuery } from '../../../src/features/statistics/alliance-schemas.ts';
import { getAllianceStatistics } from '../../../src/features/statistics/alliance-statistics.ts';
import { bridgeValuesOf } from '../../../src/features/statistics/kernel/alliance-places.ts';
import { finish } from '../../../src/features/statistics/kernel/work.ts';
import { selectionOf } from '../../../src/features/statistics/rules.ts';
import { addDays } from '../../../src/features/statistics/windows.ts';
import { today } from '../../../src/platform/days.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller } from '../../helpers/people.ts';
import { ownershipDatabase } from '../ownership/world.ts';
import { closedHistory, deed, ofThree, openHistory, people } from './history.ts';
import { incidenceOf } from './kernel/graphs.ts';
import { naive, tablesOf } from './naive-relations.ts';
import { addNetwork, org, served } from './served.ts';
import { drawWorld, storeWorld } from './world.ts';

type Tables = Awaited<ReturnType<typeof tablesOf>>;
type Body = Awaited<ReturnType<typeof getAllianceStatistics>>['body'];
type Row = Body['alliances'][number];

/** Distances and numbers of shortest paths from a node. */
function pathsFrom(source: string, neighbours: ReadonlyMap<string, readonly string[]>) {
  const found = new Map([[source, { distance: 0, paths: 1 }]]);
  for (const [node, { distance, paths }] of found)
    for (const other of neighbours.get(node) ?? []) {
      const known = found.get(other);
      if (known === undefined) found.set(other, { distance: distance + 1, paths });
      else if (known.distance === distance + 1) known.paths += paths;
    }
  return found;
}

/** Betweenness of a node by its definition, over all pairs of others. */
function betweenness(node: string, neighbours: ReadonlyMap<string, readonly string[]>): number {
  const from = new Map([...neighbours.keys()].map((one) => [one, pathsFrom(one, neighbours)]));
  const others = [...neighbours.keys()].filter((one) => one !== node);
  let sum = 0;
  others.forEach((one, place) => {
    for (const other of others.slice(place + 1)) {
      const [whole, first, second] = [from.get(one)?.get(other), from.get(one)?.get(node), from.get(node)?.get(other)];
      if (whole === undefined || first === undefined || second === undefined) continue;
      if (first.distance + second.distance === whole.distance) sum += (first.paths * second.paths) / whole.paths;
    }
  });
  return sum / ((others.length * (others.length - 1)) / 2);
}

/** Every alliance as its definitions say, from the tables row by row. */
function wantedOf(tables: Tables, actsForOne: boolean, { from, until }: { from: string; until: string }) {
  const asOf = addDays(until, -1);
  const all = (name: string) => tables[name] ?? [];
  const idsOf = (more: object) =>
    naive(tables, actsForOne, selectionOf({ relation: 'membership', asOf, ...more }, asOf)).organisations;
  const members = new Map(
    all('alliances')
      .map(({ id }) => [id, idsOf({ allianceId: id })] as const)
      .filter(([, ids]) => ids.length > 0),
  );
  const population = idsOf({});
  const acts = new Set(
    (['deeds', 'knowledge'] as const).flatMap((relation) => {
      const { pairs } = naive(tables, actsForOne, selectionOf({ relation, asOf, from, until }, asOf));
      return pairs.flatMap(([a = 0, b = 0]) => [
        `${population[a]} ${population[b]}`,
        `${population[b]} ${population[a]}`,
      ]);
    }),
  );
  const kindOf = (id: string) => all('organisations').find((row) => row.id === id)?.kind;
  const neighbours = new Map([...members].map(([id, ids]) => [id, [...ids]]));
  for (const [id, ids] of members) for (const one of ids) neighbours.set(one, [...(neighbours.get(one) ?? []), id]);
  const rows = [...members].map(([id, ids]) => {
    const overlaps = [...members]
      .filter(([other]) => other !== id)
      .map(([, others]) => ids.filter((one) => others.includes(one)).length / new Set([...ids, ...others]).size);
    const pairs = ids.flatMap((one, place) => ids.slice(place + 1).map((other) => `${one} ${other}`));
    const acting = all('commitments').filter((row) => {
      const day = row.confirmed_at === null ? '' : String(row.confirmed_at).slice(0, 10);
      return row.alliance_id === id && row.state === 'confirmed' && day >= from && day < until;
    });
    const promisers = new Set(
      acting.map((row) => String(row.promiser_organisation_id)).filter((one) => ids.includes(one)),
    );
    const active = pairs.filter((pair) => acts.has(pair)).length;
    const told = ids.length >= 5;
    return {
      id,
      memberCount: ids.length,
      kindMix: ids.flatMap((one) => ids.filter((other) => kindOf(one) !== kindOf(other))).length / ids.length ** 2,
      linkedAllianceCount: overlaps.filter((share) => share > 0).length,
      highestOverlap: Math.max(0, ...overlaps),
      bridgeValue: betweenness(id, neighbours),
      actingMemberCount: told ? promisers.size : null,
      activatedPairCount: told ? active : null,
      activatedShare: told ? active / pairs.length : null,
    };
  });
  return rows;
}

const near = (found: number | null, wanted: number | null) =>
  found === wanted || (found !== null && wanted !== null && Math.abs(found - wanted) < 1e-12);

const windows = [
  { from: '2023-01-01', until: '2025-03-01' },
  { from: '2024-03-01', until: '2024-06-01' },
  { from: '2023-01-01', until: '2023-03-01' },
];

/** Holds that an answer is what was counted row by row; tells how many activated pairs and small alliances it has. */
function holdsAs(t: Test, body: Body, wanted: ReturnType<typeof wantedOf>): { acting: number; small: number } {
  t.same(body.alliances.map(({ id }) => id).sort(), wanted.map(({ id }) => id).sort());
  for (const { id, ...row } of wanted) {
    const found = body.alliances.find((one) => one.id === id) as Row;
    for (const [name, value] of Object.entries(row)) {
      const own = found[name as keyof typeof row];
      t.ok(near(own, value), `${name} ${own} is ${value}`);
    }
  }
  const sumOf = (value: (row: (typeof wanted)[number]) => number) => wanted.reduce((sum, row) => sum + value(row), 0);
  const small = body.alliances.filter(({ memberCount }) => memberCount < 5);
  t.same(
    body.suppressed,
    small.map(({ id }) => `alliances ${id}`),
  );
  t.equal(
    body.membershipCount,
    sumOf(({ memberCount }) => memberCount),
  );
  return { acting: sumOf(({ activatedPairCount }) => activatedPairCount ?? 0), small: small.length };
}

t.test('every alliance is told as a count row by row finds it, in random histories', async (t) => {
  const totals = { acting: 0, small: 0 };
  for (const seed of [3, 14, 15]) {
    const { db, owner } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    const tables = await tablesOf(owner);
    const whos = [null, world.organisations[0]?.id as string].map((organisationId) => caller({ organisationId }));
    for (const who of whos)
      for (const window of windows) {
        const { body } = await getAllianceStatistics(
          computingOf(db),
          asker(who),
          AllianceStatisticsQuery.parse(window),
        );
        const { acting, small } = holdsAs(t, body, wantedOf(tables, who.organisationId !== null, window));
        totals.acting += acting;
        totals.small += small;
      }
  }
  t.ok(totals.acting > 30 && totals.small > 0, `${totals.acting} activated pairs, ${totals.small} small alliances`);
});

t.test('an alliance through which all paths lead is a bridge, and one of two that are the same is none', async (t) => {
  const values = (n: number, alliances: number[][]) => [...finish(bridgeValuesOf(incidenceOf(n, alliances)))];
  t.same(values(4, [[0, 1, 2, 3]]), [1], 'the centre of a star');
  t.same(
    values(2, [
      [0, 1],
      [0, 1],
    ]),
    [1 / 2 / 3, 1 / 2 / 3],
    'each half of one pair of three',
  );
  t.same(values(1, [[0]]), [Number.NaN]);
  t.same(values(0, []), []);
});

t.test('alliances stand as asked, and their statistic can be had again byte for byte', async (t) => {
  const { db } = await testDatabase(t);
  const names = 'a b c d e f:academy g'.split(' ');
  await addNetwork(db, names, [
    ['a', 'b', 'c', 'd', 'e', 'f'],
    ['f', 'g'],
    ['a', 'b', 'c'],
  ]);
  const get = await served(t, db, caller({ organisationId: org('a') }));
  const url = '/v1/statistics/alliances?asOf=2026-05-16';
  const answer = await get(url);
  t.equal(answer.statusCode, 200);
  const body = answer.json();
  t.match(body, {
    parameters: { until: '2026-05-17', sort: 'memberCount', top: 50 },
    coverage: { organisationCount: 7 },
    allianceCount: 3,
    membershipCount: 11,
    medianMemberCount: 3,
    linkedAllianceCount: 3,
    alliances: [
      { memberCount: 6, linkedAllianceCount: 2, highestOverlap: 0.5, activatedShare: 0, actingMemberCount: 0 },
      { memberCount: 3, kindMix: 0, linkedAllianceCount: 1, activatedShare: null },
      { memberCount: 2, kindMix: 0.5, highestOverlap: 1 / 7, actingMemberCount: null },
    ],
  });
  t.equal(body.suppressed.length, 2);
  t.equal(body.undefinedValues.length, 2);
  t.equal(body.maximumBridgeValue, body.alliances[0].bridgeValue);
  const byBridge = (await get(`${url}&sort=bridgeValue&top=2`)).json();
  t.same(
    byBridge.alliances.map(({ memberCount }: Row) => memberCount),
    [6, 2],
  );
  await addNetwork(db, ['h'], [['h', 'g']]);
  t.equal((await get(body.query)).body, answer.body);
  t.equal((await get(body.query, { 'if-none-match': String(answer.headers.etag) })).statusCode, 304);
  const empty = await testDatabase(t);
  const none = await (await served(t, empty.db, administrator))(url);
  t.match(none.json(), {
    ...{ allianceCount: 0, alliances: [], medianMemberCount: null, maximumBridgeValue: null },
    undefinedValues: ['medianMemberCount', 'medianKindMix', 'maximumBridgeValue'].map((name) => ({
      name,
      reason: 'NOTHING_COUNTED',
    })),
  });
});

t.test('what is done in closed spaces changes no byte, and what is done in the open does', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  await openHistory(db, owner, who);
  const query = AllianceStatisticsQuery.parse({} satisfies z.input<typeof AllianceStatisticsQuery>);
  const answers = async () => {
    const found: string[] = [];
    for (const { caller } of [who.town, who.stranger, { caller: administrator }])
      found.push(JSON.stringify(await getAllianceStatistics(computingOf(db), asker(caller), query)));
    return found;
  };
  const before = await answers();
  t.equal(JSON.parse(before[0] ?? '').body.allianceCount, 2);
  t.equal(JSON.parse(before[2] ?? '').body.allianceCount, 1, 'for nobody in particular: public ones');
  await closedHistory(db, owner, who);
  t.same(await answers(), before);
  await deed(db, await ofThree(db, who), who.town, who.care);
  t.equal((await getAllianceStatistics(computingOf(db), asker(administrator), query)).body.allianceCount, 2);
  t.equal((await getAllianceStatistics(computingOf(db), asker(administrator), query)).body.asOf, today());
});
