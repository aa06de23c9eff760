import t from 'tap';
import { createOrganisation } from '../../../src/features/organisations/organisations.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import { served as askedBy } from './served.ts';
import { drawWorld, storeWorld, type World } from './world.ts';

const window = 'from=2024-03-01&until=2025-03-01';
const families = ['deeds', 'commitments', 'ownership', 'knowledge-flows', 'participation', 'timeline'];

/** A way to ask the statistics, by the path below `/v1/statistics` or a whole one. */
async function served(t: Parameters<typeof askedBy>[0], db: Db, who: Caller) {
  const ask = await askedBy(t, db, who);
  return (path: string, more: Record<string, string> = {}) =>
    ask(path.startsWith('/v1') ? path : `/v1/statistics/${path}`, more);
}

/** Filters of a statistic; of promises, by kind alone. */
const filtersOf = (family: string, more: readonly string[]) => [
  ...['', '&organisationKind=municipality', ...(family === 'commitments' ? [] : more)],
];

/** Something happens that is counted nowhere here, so that everything is counted anew. */
const happen = (db: Db) =>
  createOrganisation(db, context(administrator), {
    kind: 'other',
    name: 'Later',
    startsOn: '2027-01-01',
    identifiers: [],
  });

/** The same history without its closed spaces and all that is in them alone. */
function withoutSpaces(world: World): World {
  const closed = new Set(
    world.alliances.filter(({ visibility }) => visibility === 'closed').map(({ id }) => id as string),
  );
  const open = <T extends { allianceId: string }>(rows: T[]) =>
    rows.filter(({ allianceId }) => !closed.has(allianceId));
  const initiatives = open(world.initiatives);
  const commitments = open(world.commitments);
  const shares = open(world.shares);
  const items = world.items.filter(
    ({ id, visibility }) => visibility !== 'alliances' || shares.some(({ itemId }) => itemId === id),
  );
  const ids = new Set([...initiatives, ...items].map(({ id }) => id as string));
  const participations = world.participations.filter(({ initiativeId }) => ids.has(initiativeId));
  return {
    ...{ ...world, initiatives, commitments, items, participations, shares },
    alliances: world.alliances.filter(({ visibility }) => visibility !== 'closed'),
    memberships: open(world.memberships),
    charters: open(world.charters),
    stages: world.stages.filter(({ initiativeId }) => ids.has(initiativeId)),
    stances: world.stances.filter(({ participationId }) => participations.some(({ id }) => id === participationId)),
    steps: world.steps.filter(({ commitmentId }) => commitments.some(({ id }) => id === commitmentId)),
    adoptions: world.adoptions.filter(({ itemId }) => ids.has(itemId)),
    records: world.records.filter(({ subjectId }) => ids.has(subjectId)),
  };
}

t.test('nothing that is done in closed spaces changes a byte of any figure, for anybody', async (t) => {
  const world = drawWorld(51);
  const without = withoutSpaces(world);
  t.ok(world.commitments.length > without.commitments.length + 5 && world.items.length > without.items.length);
  const [one, other] = [await testDatabase(t), await testDatabase(t)];
  await storeWorld(one.db, world);
  await storeWorld(other.db, without);
  const inside = world.memberships.find(
    ({ allianceId }) => !without.memberships.some((row) => row.allianceId === allianceId),
  );
  t.ok(inside !== undefined, 'there is a member of a closed space');
  const closed = inside?.allianceId as string;
  for (const organisationId of [null, inside?.organisationId as string]) {
    const who = caller({ organisationId });
    const [get, twin] = [await served(t, one.db, who), await served(t, other.db, who)];
    for (const family of families)
      for (const filter of filtersOf(family, ['&region=Noord', `&allianceId=${closed}`])) {
        const [found, wanted] = [await get(`${family}?${window}${filter}`), await twin(`${family}?${window}${filter}`)];
        t.equal(found.statusCode, 200);
        t.equal(found.body, wanted.body, `${family} ${filter}`);
        t.equal(found.headers.etag, wanted.headers.etag);
      }
  }
});

t.test('figures on a group of fewer than five organisations are left out, and named', async (t) => {
  const { db } = await testDatabase(t);
  const world = drawWorld(52);
  await storeWorld(db, world);
  const get = await served(t, db, caller());
  const academies = world.organisations.filter(({ kind }) => kind === 'academy').length;
  t.ok(academies > 0 && academies < 5);
  for (const family of families.filter((name) => name !== 'timeline')) {
    const answer = (await get(`${family}?${window}&organisationKind=academy`)).json();
    const { coverage, suppressed, undefinedValues, ...rest } = answer;
    t.equal(coverage.organisationCount, null, family);
    t.ok(suppressed.length > 5);
    for (const name of suppressed) t.notOk(rest[name]?.length ?? rest[name], `${name} is left out`);
    t.match(undefinedValues[0], { reason: 'BELOW_MINIMUM' });
    const all = (await get(`${family}?${window}`)).json();
    if (family !== 'commitments') t.same(all.suppressed, [], family);
    const other = family === 'commitments' ? 'organisationKind=water_authority' : 'region=Nergens';
    const nowhere = (await get(`${family}?${window}&${other}`)).json();
    t.equal(nowhere.dataVersion, answer.dataVersion, 'what is left out cannot be told from what does not exist');
  }
  const { points, suppressed } = (await get(`timeline?${window}&organisationKind=academy`)).json();
  t.ok(points.length === 12 && suppressed.length === 12);
  t.ok(points.every((point: { tieCount: number | null }) => point.tieCount === null));
});

t.test('the address in an answer gives the same bytes, while they are kept', async (t) => {
  const { db, sql } = await testDatabase(t);
  const world = drawWorld(53);
  await storeWorld(db, world);
  const get = await served(t, db, caller({ organisationId: world.organisations[0]?.id as string }));
  const firsts = new Map<string, string>();
  for (const family of families) {
    const first = await get(`${family}?${family === 'commitments' ? window : 'asOf=2025-02-28'}`);
    t.equal((await get(first.json().query)).body, first.body, family);
    t.match(first.json().parameters, {
      from: '2024-03-01',
      until: '2025-03-01',
      organisationKind: null,
    });
    const etag = String(first.headers.etag);
    t.equal((await get(`${family}?${window}`, { 'if-none-match': etag })).statusCode, 304);
    await happen(db);
    t.equal((await get(`${family}?${window}`)).body, first.body, 'counted anew, the same data give the same version');
    firsts.set(family, first.body);
  }
  await sql`update alliances set ends_on = '2024-04-01' where visibility = 'public'`;
  await happen(db);
  for (const family of ['deeds', 'ownership', 'timeline']) {
    const old = firsts.get(family) ?? '';
    t.not((await get(`${family}?${window}`)).json().dataVersion, JSON.parse(old).dataVersion, family);
    t.equal((await get(JSON.parse(old).query)).body, old, 'kept for a while');
  }
  const gone = await get(`deeds?${window}&dataVersion=AAAAAAAAAAAAAAAAAAAAAA`);
  t.match([gone.statusCode, gone.json()], [410, { code: 'data_version_not_kept' }]);
});

t.test('tables are given as CSV too, without formulas', async (t) => {
  const { db } = await testDatabase(t);
  const world = drawWorld(54);
  await storeWorld(db, world);
  await db.update(organisations).set({ name: '=HYPERLINK("x")' });
  const get = await served(t, db, caller({ organisationId: world.organisations[0]?.id as string }));
  const flows = await get(`knowledge-flows?${window}`, { accept: 'text/csv' });
  t.match(flows.headers['content-type'], 'text/csv');
  const [header, first = ''] = flows.body.split('\r\n');
  t.equal(header, 'id,name,kind,givenCount,takenCount,balance');
  t.match(first, /^[0-9a-f-]{36},"'=HYPERLINK\(""x""\)",\w+,\d+,\d+,-?[\d.]+$/);
  const points = (await get(`timeline?${window}&step=quarter`, { accept: 'text/csv' })).body.split('\r\n');
  t.equal(points.length, 6, 'a header, four quarters and an end');
  t.match(points[1], /^2024-03-31,\d+,\d+,\d+,\d+,\d+$/);
});

t.test('what cannot be asked is refused with every fault', async (t) => {
  const { db } = await testDatabase(t);
  const get = await served(t, db, caller());
  const faults = async (path: string) => {
    const answer = await get(path);
    t.equal(answer.statusCode, 400, path);
    return answer.json().errors.map(({ location, code }: { location: string; code: string }) => `${location} ${code}`);
  };
  t.same(await faults('deeds?organisationKind=academy&region=Noord'), ['region one_group']);
  t.same(await faults('participation?from=2024-02-01&until=2024-01-01'), ['until ends_before_start']);
  t.same(await faults('ownership?asOf=2024-02-01&until=2024-03-01'), ['asOf not_with_until']);
  t.same(await faults('timeline?from=1990-01-01'), ['step too_many']);
  t.same(await faults('timeline?theme=wonen'), ['theme unknown_property']);
  t.same(await faults('commitments?from=2024-02-02&region=Noord'), ['region unknown_property']);
  t.same(await faults('commitments?from=2024-02-02&until=2024-01-31'), [
    ...['from first_of_month', 'until first_of_month', 'until ends_before_start'],
  ]);
  const refused = await served(t, db, caller({ scopes: new Set(['organisations:read']) }));
  for (const family of families) t.equal((await refused(family)).statusCode, 403, family);
});
