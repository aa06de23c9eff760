import t from 'tap';
import { createAlliance } from '../../../src/features/alliances/alliances.ts';
import { alliances, memberships } from '../../../src/features/alliances/tables.ts';
import { createOrganisation } from '../../../src/features/organisations/organisations.ts';
import { organisations } from '../../../src/features/organisations/tables.ts';
import { Computing } from '../../../src/features/statistics/background.ts';
import { usualLimits } from '../../../src/features/statistics/computing/computing.ts';
import { networkMeasures } from '../../../src/features/statistics/network-measures.ts';
import { measures } from '../../../src/features/statistics/ranks.ts';
import { getNetworkStatistics, listOrganisationStatistics } from '../../../src/features/statistics/statistics.ts';
import type { Db } from '../../../src/platform/db.ts';
import { namedId } from '../../../src/platform/id.ts';
import { asker, computingOf, testPool } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context, organisationWithCaller } from '../../helpers/people.ts';

const now = new Date('2026-01-01T00:00:00Z');
const written = { createdAt: now, changedAt: now };
const org = (name: string) => namedId(`organisation ${name}`);
const alliance = (name: string) => namedId(`alliance ${name}`);

type Dates = { startsOn?: string; endsOn?: string };

async function addOrganisations(db: Db, names: string[], fields: Dates & { kind?: string; region?: string } = {}) {
  const rows = names.map((name) => ({ id: org(name), kind: 'municipality', name, ...fields, ...written }));
  await db.insert(organisations).values(rows);
}

async function addAlliance(
  db: Db,
  name: string,
  members: string[],
  fields: Dates & { kind?: string; visibility?: string } = {},
) {
  const base = { kind: 'alliance', visibility: 'public', startsOn: '2020-01-01' };
  await db.insert(alliances).values({ id: alliance(name), name, ...base, ...fields, ...written });
  for (const member of members) await addMembership(db, name, member, {});
}

async function addMembership(db: Db, to: string, member: string, fields: Dates & { role?: string; state?: string }) {
  const base = {
    role: 'member',
    state: 'accepted',
    offeredBy: 'alliance',
    offeredAt: now,
    startsOn: '2020-01-01',
    basis: 'import',
  };
  const id = namedId(`membership ${to} ${member} ${JSON.stringify(fields)}`);
  await db
    .insert(memberships)
    .values({ id, allianceId: alliance(to), organisationId: org(member), ...base, ...fields, ...written });
}

const asOf = '2026-05-16';
const query = { relation: 'membership' as const, asOf };
const analyst = caller({ organisationId: org('a') });
const event = (db: Db, name: string) =>
  createOrganisation(db, context(administrator), { kind: 'other', name, startsOn: '2027-01-01', identifiers: [] });

t.test('the network of a day is that of its organisations, alliances and memberships', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b', 'c', 'd', 'e']);
  await addAlliance(db, 'one', ['a', 'b', 'c']);
  await addAlliance(db, 'two', ['a', 'b']);
  await addAlliance(db, 'alone', ['d']);
  const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.match(body, {
    asOf,
    coverage: { organisationCount: 5, connectedCount: 3, isolateCount: 2, visibilities: ['public', 'network'] },
    suppressed: [],
    organisationCount: 5,
    allianceCount: 3,
    membershipCount: 6,
    tieCount: 3,
    totalWeight: 4,
    density: 0.3,
    componentCount: 3,
    largestComponentSize: 3,
    globalClustering: 1,
    meanLocalClustering: 0.6,
    meanDegree: 1.2,
    degreeDistribution: [
      { degree: 0, count: 2 },
      { degree: 2, count: 3 },
    ],
    topByDegree: [
      { name: 'a', degree: 2, strength: 3 },
      { name: 'b', degree: 2, strength: 3 },
      { name: 'c', degree: 2, strength: 2 },
      { name: 'd', degree: 0, strength: 0 },
      { name: 'e', degree: 0, strength: 0 },
    ],
    undefinedValues: [],
  });
});

t.test('what does not hold on the day is not counted', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b', 'c', 'd']);
  await addOrganisations(db, ['gone'], { endsOn: asOf });
  await addOrganisations(db, ['last-day'], { endsOn: '2026-05-17' });
  await addOrganisations(db, ['first-day'], { startsOn: asOf });
  await addOrganisations(db, ['coming'], { startsOn: '2026-05-17' });
  await addAlliance(db, 'one', ['a', 'gone', 'coming', 'last-day', 'first-day']);
  await addMembership(db, 'one', 'b', { state: 'ended', endsOn: '2026-05-17' });
  await addMembership(db, 'one', 'b', { state: 'ended', startsOn: '2020-01-01', endsOn: '2027-01-01' });
  await addMembership(db, 'one', 'c', { state: 'ended', endsOn: asOf });
  await addMembership(db, 'one', 'd', { startsOn: '2026-05-17' });
  await addAlliance(db, 'over', ['a', 'c'], { endsOn: asOf });
  await addAlliance(db, 'later', ['a', 'c'], { startsOn: '2026-05-17' });
  await addAlliance(db, 'offers', ['a']);
  for (const state of ['offered', 'declined', 'withdrawn', 'expired'])
    await addMembership(db, 'offers', 'd', { state });
  await addMembership(db, 'offers', 'c', { role: 'observer' });
  const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.match(body, { organisationCount: 6, allianceCount: 2, membershipCount: 5, tieCount: 6 });
  const names = body.topByDegree.filter((row) => row.degree > 0).map((row) => row.name);
  t.same(names, ['a', 'b', 'first-day', 'last-day']);
  const { body: before } = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    asOf: '2026-05-15',
  });
  t.match(before, { organisationCount: 6, allianceCount: 3 });
  t.equal(
    before.topByDegree.find((row) => row.name === 'c')?.degree,
    4,
    'the day before, c took part and gone existed',
  );
});

t.test('an empty network has no figures, but reasons', async (t) => {
  const { db } = await testDatabase(t);
  const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    organisationKind: ['ministry'],
  });
  t.match(body, { organisationCount: 0, tieCount: 0, density: null, meanDegree: null, topByDegree: [] });
  t.equal(body.undefinedValues.length, 4 + networkMeasures.length);
  for (const name of networkMeasures) t.equal(body[name], null);
  const reasons = new Set(body.undefinedValues.map(({ reason }) => reason));
  t.same([...reasons], ['TOO_FEW_NODES']);
  const { items } = await listOrganisationStatistics(computingOf(db), asker(analyst), {
    ...query,
    organisationKind: ['ministry'],
    limit: 5,
  });
  t.same(items, []);
});

t.test('closed spaces count for nobody, and network alliances only for organisations of the node', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b', 'c']);
  await addAlliance(db, 'vrijplaats', ['a', 'b'], { visibility: 'closed' });
  await addAlliance(db, 'inside', ['b', 'c'], { visibility: 'network' });
  const member = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.match(member.body, { allianceCount: 1, tieCount: 1 }, 'also for a member of the closed space');
  const without = await getNetworkStatistics(computingOf(db), asker(administrator), query);
  t.match(without.body, { allianceCount: 0, tieCount: 0, coverage: { visibilities: ['public'] } });
  t.not(member.version, without.version);
  const closed = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    allianceId: alliance('vrijplaats'),
  });
  const unknown = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    allianceId: alliance('nowhere'),
  });
  const { parameters: _, query: __, ...one } = closed.body;
  const { parameters: ___, query: ____, ...other } = unknown.body;
  t.same(one, other, 'a closed space cannot be told from one that does not exist');
});

t.test('the filters choose organisations and alliances', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b'], { region: 'Maarland' });
  await addOrganisations(db, ['c'], { kind: 'care_organisation', region: 'Maarland' });
  await addOrganisations(db, ['d'], { kind: 'academy', region: 'Elders' });
  await addAlliance(db, 'one', ['a', 'b', 'c', 'd']);
  await addAlliance(db, 'course', ['c', 'd'], { kind: 'academy' });
  const counts = async (filter: object) => {
    const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), { ...query, ...filter });
    return [body.organisationCount, body.allianceCount, body.tieCount, body.totalWeight];
  };
  t.same(await counts({}), [4, 2, 6, 7]);
  t.same(await counts({ organisationKind: ['municipality'] }), [2, 1, 1, 1]);
  t.same(await counts({ organisationKind: ['care_organisation', 'municipality'] }), [3, 2, 3, 3]);
  t.same(await counts({ region: 'Maarland' }), [3, 2, 3, 3]);
  t.same(await counts({ allianceKind: ['academy'] }), [4, 1, 1, 1]);
  t.same(await counts({ allianceId: alliance('course') }), [2, 1, 1, 1]);
});

t.test('a figure can be asked for again by its data version while it is kept', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b']);
  await addAlliance(db, 'one', ['a', 'b']);
  const [first, same] = await Promise.all([
    getNetworkStatistics(computingOf(db), asker(analyst), query),
    getNetworkStatistics(computingOf(db), asker(analyst), query),
  ]);
  t.same(first, same);
  await addOrganisations(db, ['c']);
  await event(db, 'Later');
  const second = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.equal(second.body.organisationCount, 3);
  t.not(second.body.dataVersion, first.body.dataVersion);
  t.not(second.version, first.version);
  const again = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    dataVersion: first.body.dataVersion,
  });
  t.equal(JSON.stringify(again), JSON.stringify(first), 'byte for byte');
  const asked = new URL(first.body.query, 'https://node.example').searchParams;
  t.same(Object.fromEntries(asked), { relation: 'membership', asOf, dataVersion: first.body.dataVersion });
  const gone = { ...query, region: 'Maarland', dataVersion: first.body.dataVersion };
  await t.rejects(getNetworkStatistics(computingOf(db), asker(analyst), gone), { code: 'data_version_not_kept' });
  await t.rejects(getNetworkStatistics(computingOf(db), asker(analyst), { ...query, dataVersion: 'unknown' }), {
    code: 'data_version_not_kept',
  });
});

t.test('what happens where nobody counts it changes no data version', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b']);
  await addAlliance(db, 'one', ['a', 'b']);
  const before = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  const { caller: member } = await organisationWithCaller(db, 'Member');
  const between = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  const closed = { kind: 'network', name: 'Vrijplaats', visibility: 'closed' } as const;
  await createAlliance(db, context(member), closed);
  const after = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.not(between.body.dataVersion, before.body.dataVersion, 'an organisation more is another version');
  t.equal(JSON.stringify(after), JSON.stringify(between), 'a closed space is not seen in a single byte');
});

t.test('a walk over the pages gives each organisation once, also when data change on the way', async (t) => {
  const { db } = await testDatabase(t);
  const names = Array.from({ length: 23 }, (_, index) => `o${index}`);
  await addOrganisations(db, names);
  await addAlliance(db, 'one', names.slice(0, 9));
  await addAlliance(db, 'two', names.slice(4, 16));
  const found: Awaited<ReturnType<typeof listOrganisationStatistics>>['items'] = [];
  let after: string[] | undefined;
  do {
    const page = await listOrganisationStatistics(computingOf(db), asker(analyst), { ...query, limit: 5, after });
    found.push(...page.items);
    after = page.next;
    await event(db, `During ${found.length}`);
    if (found.length === 5) await addAlliance(db, 'three', names.slice(15));
  } while (after !== undefined);
  t.same(found.map((row) => row.name).sort(), [...names].sort());
  t.equal(new Set(found.map((row) => row.dataVersion)).size, 1);
  const sorted = found.toSorted((x, y) => y.degree - x.degree || y.strength - x.strength || (x.id < y.id ? -1 : 1));
  t.same(found, sorted, 'by degree, strength, identifier');
  const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), {
    ...query,
    dataVersion: found[0]?.dataVersion,
  });
  t.equal(
    found.reduce((sum, row) => sum + row.degree, 0),
    2 * body.tieCount,
  );
  t.equal(
    found.reduce((sum, row) => sum + row.strength, 0),
    2 * body.totalWeight,
  );
  t.equal(
    found.reduce((sum, row) => sum + (row.allianceCount ?? 0), 0),
    body.membershipCount,
  );
});

t.test('a network that takes longer than anybody can wait for is refused, with how long it would take', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b', 'c']);
  await addAlliance(db, 'all', ['a', 'b', 'c']);
  const none = new Computing(db, testPool(), { ...usualLimits, atOnceMs: 0, atMostMs: 0 });
  await t.rejects(getNetworkStatistics(none, asker(analyst), query), {
    code: 'computation_too_long',
    params: { seconds: 1, maximum: 0 },
  });
});

t.test('the figures of paths, cores and kinds of a network', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b']);
  await addOrganisations(db, ['c', 'd', 'e'], { kind: 'care_organisation' });
  await addAlliance(db, 'one', ['a', 'b', 'c']);
  await addAlliance(db, 'two', ['c', 'd']);
  const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), query);
  t.match(body, {
    connectedShare: 0.8,
    medianDegree: 2,
    p90Degree: 3,
    meanStrength: 1.6,
    largestComponentShare: 0.8,
    twoModeDensity: 0.5,
    diameter: 2,
    averagePath: 16 / 12,
    reachableShare: 0.6,
    globalEfficiency: (8 + 4 / 2) / 20,
    meanLocalClusteringDefined: (1 + 1 + 1 / 3) / 3,
    degreeCentralisation: (1 + 1 + 0 + 2 + 3) / 12,
    betweennessCentralisation: (4 * 2) / 24,
    maximumCoreNumber: 2,
    coreSize: 2,
    coreErrors: 0,
    coreCorrelation: 1,
    assortativityByKind: (4 * 8 - 32) / (64 - 32),
    externalInternalIndex: 0,
    expectedExternalInternalIndex: 1 - (2 * (2 + 6)) / 20,
  });
});

/** Ranks 1, 2, 2, 4: one more than the number of higher values. */
const rankIn = (values: readonly (number | null)[], value: number) =>
  1 + values.filter((other) => other !== null && other > value).length;

t.test('every organisation has every measure with its rank, in the order of any of them', async (t) => {
  const { db } = await testDatabase(t);
  await addOrganisations(db, ['a', 'b', 'c', 'd', 'e', 'f']);
  await addAlliance(db, 'one', ['a', 'b', 'c']);
  await addAlliance(db, 'two', ['c', 'd']);
  await addAlliance(db, 'three', ['d', 'e']);
  const list = async (more: object = {}) =>
    (await listOrganisationStatistics(computingOf(db), asker(analyst), { ...query, limit: 200, ...more })).items;
  const all = await list();
  t.same(Object.keys(all[0]?.measures ?? {}).sort(), [...measures].sort());
  const of = (name: string) => all.find((row) => row.name === name)?.measures;
  t.match(of('c'), {
    degree: { value: 3, rank: 1, rankedCount: 6, reason: null },
    betweenness: { value: 4, rank: 1 },
    normalisedBetweenness: { value: 0.4, rank: 1 },
    weightedStrength: { value: 2, rank: 1 },
  });
  t.match(of('a'), {
    betweenness: { value: 0, rank: 3, percentile: 0 },
    componentCloseness: { value: 0.571428571429 },
  });
  t.match(of('e'), { localClustering: { value: null, rank: null, rankedCount: 4, reason: 'NO_TRIPLES' } });
  t.match(of('f'), {
    constraint: { value: null, rank: null, rankedCount: 5, percentile: null, reason: 'NO_TIES' },
    eigenvector: { value: 0, rank: 6, reason: null },
    harmonicCloseness: { value: 0, rank: 6 },
  });
  for (const sort of measures) {
    const sorted = await list({ sort, measure: [sort] });
    const values = sorted.map((row) => row.measures[sort]?.value ?? null);
    const known = values.filter((value) => value !== null);
    t.same(Object.keys(sorted[0]?.measures ?? {}), [sort]);
    t.same(values, [...known.toSorted((x, y) => y - x), ...values.slice(known.length)], `by ${sort}, none last`);
    t.same(
      sorted.map((row) => row.measures[sort]?.rank),
      values.map((value) => (value === null ? null : rankIn(values, value))),
    );
  }
  const byCount = await list({ weighting: 'count' });
  t.equal(byCount.find((row) => row.name === 'c')?.measures.weightedStrength?.value, 3);
});
