import t from 'tap';
import type { z } from 'zod';
import { getMultiplexity } from '../../../src/features/statistics/multiplexity.ts';
import { MultiplexityQuery } from '../../../src/features/statistics/multiplexity-schemas.ts';
import { relations, selectionOf, shapes } from '../../../src/features/statistics/rules.ts';
import { today } from '../../../src/platform/days.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, organisationWithCaller } from '../../helpers/people.ts';
import { inDays } from '../alliances/world.ts';
import { adopt, write } from '../knowledge/world.ts';
import { ownershipDatabase } from '../ownership/world.ts';
import { closedHistory, deed, ofThree, openHistory, people, spread } from './history.ts';
import { naive, tablesOf } from './naive-relations.ts';
import { served } from './served.ts';
import { drawWorld, storeWorld } from './world.ts';

type Query = Partial<z.input<typeof MultiplexityQuery>>;
type Tables = Awaited<ReturnType<typeof tablesOf>>;

const pairName = (one: number, other: number) => (one < other ? `${one} ${other}` : `${other} ${one}`);
const pairsAmong = (members: readonly number[]) =>
  members.flatMap((one, place) => members.slice(place + 1).map((other) => pairName(one, other)));

const either = (one: Set<string>, other: Set<string>) => new Set([...one, ...other]);
const both = (one: Set<string>, other: Set<string>) => new Set([...one].filter((pair) => other.has(pair)));

/** The pairs that each relation ties, and the members of each alliance, from a count row by row. */
function counted(tables: Tables, actsForOne: boolean, { from, until, ...query }: Query) {
  const groups: number[][] = [];
  const tied = relations.map((relation) => {
    const window = shapes[relation] === 'two-mode' ? {} : { from, until };
    const { pairs } = naive(tables, actsForOne, selectionOf({ ...query, ...window, relation }, today()));
    if (shapes[relation] !== 'two-mode') return new Set(pairs.map(([one = 0, other = 0]) => pairName(one, other)));
    const members = new Map<number, number[]>();
    for (const [one = 0, group = 0] of pairs) members.set(group, [...(members.get(group) ?? []), one]);
    if (relation === 'membership') groups.push(...members.values());
    return new Set([...members.values()].flatMap(pairsAmong));
  });
  return { tied, groups };
}

const middle = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
};
const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** The figures as their definitions say, by sets of pairs. */
function wantedOf(tables: Tables, actsForOne: boolean, query: Query) {
  const { tied, groups } = counted(tables, actsForOne, query);
  const [membership, , deeds, knowledge] = tied as [Set<string>, Set<string>, Set<string>, Set<string>];
  const any = tied.reduce((all, one) => either(all, one), new Set<string>());
  const times = [...any].map((pair) => tied.filter((one) => one.has(pair)).length);
  const active = [...membership].filter((pair) => deeds.has(pair) || knowledge.has(pair));
  const shares = groups
    .map(pairsAmong)
    .filter((pairs) => pairs.length > 0)
    .map((pairs) => pairs.filter((pair) => active.includes(pair)).length / pairs.length);
  return {
    tiedPairCount: any.size,
    multiplexPairCount: times.filter((count) => count > 1).length,
    multiplexShare: share(times.filter((count) => count > 1).length, any.size),
    meanRelationCount: share(
      times.reduce((sum, count) => sum + count, 0),
      any.size,
    ),
    relationCounts: [1, 2, 3, 4, 5].map((relationCount) => ({
      relationCount,
      pairCount: times.filter((count) => count === relationCount).length,
    })),
    overlaps: relations.flatMap((relation, i) =>
      relations.slice(i + 1).map((otherRelation, j) => {
        const [one, other] = [tied[i] as Set<string>, tied[i + 1 + j] as Set<string>];
        const [bothCount, eitherCount] = [both(one, other).size, either(one, other).size];
        return { relation, otherRelation, bothCount, eitherCount, jaccard: share(bothCount, eitherCount) };
      }),
    ),
    activatedTies: {
      sharingPairCount: membership.size,
      activatedPairCount: active.length,
      withDeedCount: both(membership, deeds).size,
      withAdoptionCount: both(membership, knowledge).size,
      activatedShare: share(active.length, membership.size),
      allianceCount: shares.length,
      medianAllianceShare: middle(shares),
      inactiveAllianceCount: shares.filter((one) => one === 0).length,
    },
  };
}

const filters = (asOf: string, from: string, until: string): Query[] => [
  { asOf },
  { asOf, from },
  { asOf, until },
  { asOf, from, until },
  { asOf, organisationKind: ['municipality'] },
  { asOf, region: 'Noord', from },
  { asOf, region: 'Nergens' },
];

t.test('relations lie over each other as a count pair by pair finds, in random histories', async (t) => {
  let activated = 0;
  for (const seed of [3, 14, 15]) {
    const { db, owner } = await testDatabase(t);
    const world = drawWorld(seed);
    await storeWorld(db, world);
    const tables = await tablesOf(owner);
    for (const organisationId of [null, world.organisations[0]?.id as string]) {
      for (const query of filters('2024-09-01', '2024-01-01', '2024-06-01')) {
        const found = await getMultiplexity(
          computingOf(db),
          asker(caller({ organisationId })),
          MultiplexityQuery.parse(query),
        );
        const wanted = wantedOf(tables, organisationId !== null, query);
        t.match(found.body, wanted, `${seed} ${JSON.stringify(query)}`);
        activated += wanted.activatedTies.activatedPairCount;
        const nulls = JSON.stringify({ ...found.body, parameters: null }).match(/:null/g)?.length ?? 0;
        t.equal(found.body.undefinedValues.length, nulls - 1, 'each null has its reason, and the parameters are one');
      }
    }
  }
  t.ok(activated > 100, `${activated} activated ties`);
});

t.test('the same of what was done through the verbs, and closed spaces are in none of it', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  await openHistory(db, owner, who);
  await spread(owner);
  const queries = filters(today(), inDays(-25), inDays(-5));
  const answers = async () => {
    const found: string[] = [];
    for (const { caller } of [who.town, who.stranger, { caller: administrator }])
      for (const query of queries)
        found.push(
          JSON.stringify(await getMultiplexity(computingOf(db), asker(caller), MultiplexityQuery.parse(query))),
        );
    return found;
  };
  const before = await answers();
  const tables = await tablesOf(owner);
  t.match(JSON.parse(before[0] ?? '').body, wantedOf(tables, true, queries[0] ?? {}));
  await closedHistory(db, owner, who);
  t.same(await answers(), before);
});

t.test('a tie of talking becomes one of doing by a deed or an adoption, and not by a promise', async (t) => {
  const { db } = await ownershipDatabase(t);
  const who = await people(db);
  const { town, care, school, stranger } = who;
  const allianceId = await ofThree(db, who);
  const get = await served(t, db, stranger.caller);
  const url = '/v1/statistics/multiplexity';
  const first = await get(url);
  t.equal(first.statusCode, 200);
  t.match(first.json(), {
    parameters: { asOf: today(), from: null, until: null, organisationId: null },
    coverage: { organisationCount: 4, connectedCount: 3, isolateCount: 1 },
    multiplexShare: 0,
    meanRelationCount: 1,
    activatedTies: { sharingPairCount: 3, activatedPairCount: 0, activatedShare: 0, medianAllianceShare: 0 },
  });
  await deed(db, allianceId, town, care);
  await deed(db, allianceId, care, town);
  const item = await write(db, school, { visibility: 'public' });
  await adopt(db, town, item.id);
  await adopt(db, stranger, item.id);
  const body = (await get(url)).json();
  t.match(body.activatedTies, {
    ...{ sharingPairCount: 3, activatedPairCount: 2, withDeedCount: 1, withAdoptionCount: 1 },
    ...{ activatedShare: 2 / 3, allianceCount: 1, medianAllianceShare: 2 / 3, inactiveAllianceCount: 0 },
  });
  t.match(body, { tiedPairCount: 4, multiplexPairCount: 2, coverage: { connectedCount: 4 } });
  t.equal((await get(first.json().query)).body, first.body, 'the first version again, byte for byte');
  const tag = String(first.headers.etag);
  t.equal((await get(first.json().query, { 'if-none-match': tag })).statusCode, 304);
  for (const { relation, dataVersion } of body.relations)
    t.equal((await get(`/v1/statistics/network?relation=${relation}`)).json().dataVersion, dataVersion, relation);
  t.equal((await get(`${url}?from=${inDays(1)}`)).json().activatedTies.activatedPairCount, 0, 'not in that window');
});

t.test('while others write, every answer is of one moment, and can be had again', async (t) => {
  const { db } = await ownershipDatabase(t);
  const who = await people(db);
  const allianceId = await ofThree(db, who);
  let busy = true;
  const writing = (async () => {
    for (let count = 0; count < 12; count++) {
      await organisationWithCaller(db, `Gemeente ${count}`);
      await deed(db, allianceId, who.town, who.care);
    }
    busy = false;
  })();
  const query = MultiplexityQuery.parse({ asOf: today() });
  const versions = new Set<string>();
  while (busy) {
    const { body } = await getMultiplexity(computingOf(db), asker(who.town.caller), query);
    const again = await getMultiplexity(computingOf(db), asker(who.town.caller), {
      ...query,
      dataVersion: body.dataVersion,
    });
    t.same(again.body, body);
    versions.add(body.dataVersion);
  }
  await writing;
  t.ok(versions.size > 1, `${versions.size} versions were seen`);
  const { body } = await getMultiplexity(computingOf(db), asker(who.town.caller), query);
  t.match(body, { coverage: { organisationCount: 16 }, activatedTies: { activatedPairCount: 1 } });
});

t.test('what does not fit is refused, and a version that nobody keeps is told', async (t) => {
  const { db } = await testDatabase(t);
  const get = await served(t, db, administrator);
  const url = '/v1/statistics/multiplexity';
  const faults = async (query: string) =>
    (await get(`${url}?${query}`)).json().errors.map(({ location }: { location: string }) => location);
  t.same(await faults('relation=deeds'), ['relation']);
  t.same(await faults('allianceKind=network'), ['allianceKind']);
  t.same(await faults('from=2026-02-01&until=2026-02-01'), ['until']);
  t.same(await faults('dataVersion=0'), ['dataVersion']);
  const version = (await get(url)).json().dataVersion as string;
  t.equal((await get(`${url}?dataVersion=${version}`)).statusCode, 200);
  for (const unknown of [
    `${'A'.repeat(22)}${version.slice(22)}`,
    `${version.slice(0, -22)}${'A'.repeat(22)}`,
    'A'.repeat(114),
  ]) {
    const gone = await get(`${url}?dataVersion=${unknown}`);
    t.match([gone.statusCode, gone.json().code], [410, 'data_version_not_kept']);
  }
});
