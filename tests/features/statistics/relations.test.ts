import type { Sql } from 'postgres';
import t from 'tap';
import { relationFaults, relations, selectionOf } from '../../../src/features/statistics/rules.ts';
import { select } from '../../../src/features/statistics/selecting.ts';
import { getNetworkStatistics, listOrganisationStatistics } from '../../../src/features/statistics/statistics.ts';
import { today } from '../../../src/platform/days.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { administrator } from '../../helpers/people.ts';
import { inDays } from '../alliances/world.ts';
import { begin, takePart } from '../initiatives/world.ts';
import { adopt, write } from '../knowledge/world.ts';
import { alliance, give, ownershipDatabase } from '../ownership/world.ts';
import { closedHistory, deed, ofThree, openHistory, people, spread } from './history.ts';
import { naive, tablesOf } from './naive-relations.ts';
import { served } from './served.ts';

/** Gives themes to what deeds were promised in, and to half of the rest that can have them. */
async function giveThemes(owner: Sql): Promise<void> {
  const ofDeeds = owner`select initiative_id from commitments where state = 'confirmed' and initiative_id is not null`;
  for (const table of ['initiatives', 'knowledge_items'])
    await owner`update ${owner(table)} set themes = array['jeugd', 'wonen'] where id in (${ofDeeds}) or id in
      (select id from ${owner(table)} order by id limit (select ceil(count(*) / 2.0) from ${owner(table)}))`;
}

t.test('what a relation selects is what a count row by row finds', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  const { open, inside } = await openHistory(db, owner, who);
  const space = await closedHistory(db, owner, who);
  const initiative = await begin(db, who.town, open);
  await takePart(db, who.care, initiative);
  await deed(db, open, who.care, who.town, initiative);
  await spread(owner);
  await giveThemes(owner);
  const tables = await tablesOf(owner);
  const filters = [
    {},
    { asOf: inDays(-6) },
    { asOf: inDays(-14) },
    { from: inDays(-13) },
    { until: inDays(-11) },
    { from: inDays(-25), until: inDays(-9) },
    { from: inDays(-12), until: inDays(-2), asOf: inDays(-8) },
    { from: inDays(-5), asOf: inDays(-8) },
    { allianceId: open },
    { allianceId: inside },
    { allianceId: space },
    { allianceKind: ['network'] },
    { organisationKind: ['ministry'] },
    { theme: 'jeugd' },
    { theme: 'nergens' },
    { organisationId: [who.town.id, who.care.id, who.stranger.id] },
  ];
  const totals = new Map<string, number>();
  const asked = relations.flatMap((relation) => filters.map((filter) => ({ relation, ...filter })));
  for (const question of asked.filter((one) => relationFaults(one).length === 0)) {
    const selection = selectionOf(question, today());
    for (const caller of [who.town.caller, who.stranger.caller, administrator]) {
      const found = await select(db, caller.organisationId, selection);
      const expected = naive(tables, caller.organisationId !== null, selection);
      const told = `${JSON.stringify(question)} ${caller.clientName}`;
      t.same({ organisations: found.organisations.map(([id]) => id), pairs: found.pairs }, expected, told);
      const name = `${question.relation}${selection.theme === null ? '' : ' by theme'}`;
      totals.set(name, (totals.get(name) ?? 0) + found.pairs.length);
      t.same(await select(db, caller.organisationId, selection), found, 'the same again');
    }
  }
  for (const relation of relations) t.ok((totals.get(relation) ?? 0) > 15, `${relation} was found to tie`);
  for (const relation of relations.slice(1)) t.ok(totals.get(`${relation} by theme`), `${relation} by theme too`);
});

t.test('what is done in a closed space changes no byte of any relation', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  await openHistory(db, owner, who);
  const answers = async () => {
    const found: string[] = [];
    for (const relation of relations) {
      for (const caller of [who.town.caller, who.stranger.caller, administrator]) {
        const query = { relation, asOf: today() };
        found.push(JSON.stringify(await getNetworkStatistics(computingOf(db), asker(caller), query)));
        found.push(
          JSON.stringify(await listOrganisationStatistics(computingOf(db), asker(caller), { ...query, limit: 200 })),
        );
      }
    }
    return found;
  };
  const before = await answers();
  await closedHistory(db, owner, who);
  t.same(await answers(), before);
});

t.test('deeds run from promiser to beneficiary', async (t) => {
  const { db } = await ownershipDatabase(t);
  const who = await people(db);
  const { town, care, school } = who;
  const allianceId = await ofThree(db, who);
  await deed(db, allianceId, town, care);
  await deed(db, allianceId, town, care);
  await deed(db, allianceId, care, town);
  await deed(db, allianceId, school, care);
  const get = await served(t, db, who.stranger.caller);
  const url = '/v1/statistics/network?relation=deeds';
  const response = await get(url);
  t.equal(response.statusCode, 200);
  const body = response.json();
  t.match(body, {
    parameters: { relation: 'deeds', from: null, until: null, organisationId: null },
    organisationCount: 4,
    allianceCount: null,
    membershipCount: null,
    initiativeCount: null,
    participationCount: null,
    tieCount: 3,
    totalWeight: 4,
    density: 3 / 12,
    meanDegree: 1,
    componentCount: 2,
    largestComponentSize: 3,
    diameter: 2,
    reachableShare: 4 / 12,
    averagePath: 5 / 4,
    betweennessCentralisation: 3 / (9 * 2),
    directed: {
      reciprocity: 2 / 3,
      strongComponentCount: 3,
      largestStrongComponentSize: 2,
      inCentralisation: 5 / 9,
      outCentralisation: 1 / 9,
    },
    topByDegree: [{ name: 'care', degree: 2, strength: 4 }],
  });
  t.ok(
    body.undefinedValues.some(
      ({ name, reason }: Record<string, string>) => `${name} ${reason}` === 'twoModeDensity NOT_TWO_MODE',
    ),
  );
  t.match(body.definition.text, 'An arc goes from the promiser to the beneficiary');
  t.equal((await get(body.query)).body, response.body, 'the query in the answer gives the same bytes');
  const list = (await get('/v1/statistics/organisations?relation=deeds&sort=inStrength')).json().items;
  t.same(list.map(({ name }: { name: string }) => name).slice(0, 2), ['care', 'town']);
  t.match(list[0], {
    allianceCount: null,
    degree: 2,
    strength: 4,
    measures: {
      inDegree: { value: 2, rank: 1 },
      outDegree: { value: 1, rank: 1 },
      inStrength: { value: 3, rank: 1 },
      outStrength: { value: 1 },
      betweenness: { value: 1, rank: 1 },
      normalisedBetweenness: { value: 0.166666666667 },
    },
  });
  const ranks = list.reduce(
    (sum: number, { measures }: { measures: { pageRank: { value: number } } }) => sum + measures.pageRank.value,
    0,
  );
  t.ok(Math.abs(ranks - 1) < 1e-10);
  const two = `&organisationId=${town.id.toUpperCase()}&organisationId=${care.id}`;
  t.match((await get(url + two)).json(), { organisationCount: 2, tieCount: 2, directed: { reciprocity: 1 } });
  t.match((await get(`${url}&until=${today()}`)).json(), {
    tieCount: 0,
    directed: { reciprocity: null, strongComponentCount: 4 },
  });
  t.match((await get(`${url}&from=${today()}`)).json(), { tieCount: 3 });
});

t.test('knowledge runs from author to adopter', async (t) => {
  const { db } = await ownershipDatabase(t);
  const who = await people(db);
  const { town, care, school, stranger } = who;
  const open = await write(db, town, { visibility: 'public' });
  const inside = await write(db, care, { visibility: 'network' });
  await adopt(db, care, open.id, { adoptedOn: inDays(-9) });
  await adopt(db, care, open.id);
  await adopt(db, school, open.id);
  await adopt(db, stranger, inside.id);
  const counts = async (caller: typeof administrator, more = '') => {
    const { tieCount, totalWeight, componentCount } = (
      await (
        await served(t, db, caller)
      )(`/v1/statistics/network?relation=knowledge${more}`)
    ).json();
    return [tieCount, totalWeight, componentCount];
  };
  t.same(await counts(town.caller), [3, 4, 1]);
  t.same(
    await counts(administrator),
    [2, 3, 2],
    'what is for the network alone is not counted without an organisation',
  );
  t.same(await counts(town.caller, `&until=${inDays(-5)}`), [1, 1, 3]);
  t.same(await counts(town.caller, `&asOf=${inDays(-9)}`), [1, 1, 3], 'up to and with that day');
});

t.test('initiatives and ownership tie without a direction', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const who = await people(db);
  await openHistory(db, owner, who);
  const get = await served(t, db, who.town.caller);
  const initiatives = (await get('/v1/statistics/network?relation=initiatives')).json();
  t.match(initiatives, {
    allianceCount: null,
    initiativeCount: 4,
    participationCount: 6,
    tieCount: 1,
    totalWeight: 2,
    directed: null,
  });
  const [one] = (await get('/v1/statistics/organisations?relation=initiatives&limit=1&sort=weightedStrength')).json()
    .items;
  t.match(one, { name: 'town', allianceCount: null, initiativeCount: 2, measures: { weightedStrength: { value: 2 } } });
  const second = await ofThree(db, who);
  await give(db, who.town, alliance(second), who.care);
  const filter = `relation=ownership&allianceId=${second}`;
  t.match((await get(`/v1/statistics/network?${filter}`)).json(), { tieCount: 0 });
  await give(db, who.care, alliance(second), who.town);
  await give(db, who.town, alliance(second), who.care);
  await give(db, who.care, alliance(second), who.school, 'joint');
  const owned = (await get(`/v1/statistics/network?${filter}`)).json();
  t.match(owned, { organisationCount: 3, tieCount: 2, totalWeight: 3, twoModeDensity: null, directed: null });
});

t.test('what does not go with a relation is refused, and what it does not have is null with a reason', async (t) => {
  const { db } = await ownershipDatabase(t);
  const who = await people(db);
  const get = await served(t, db, who.town.caller);
  const faults = async (path: string) => {
    const response = await get(`/v1/statistics/${path}`);
    const errors: { location: string; code: string; detail: string }[] = response.json().errors ?? [];
    return [response.statusCode, ...errors.map(({ location, code }) => `${location} ${code}`)];
  };
  t.same(await faults('network?from=2026-01-01'), [400, 'from not_of_relation']);
  t.same(await faults('network?relation=knowledge&allianceKind=academy'), [400, 'allianceKind not_of_relation']);
  t.same(await faults('organisations?relation=deeds&weighting=newman'), [400, 'weighting not_of_relation']);
  t.same(await faults('network?relation=deeds&from=2026-01-02&until=2026-01-01'), [400, 'until ends_before_start']);
  t.same(await faults('organisations?relation=ownership&weighting=count'), [200]);
  const url = '/v1/statistics/organisations?limit=1';
  const [asked] = (await get(`${url}&measure=inDegree&sort=outDegree`)).json().items;
  t.match(asked.measures, { inDegree: { value: null, reason: 'NO_DIRECTION' } });
  const [shown] = (await get(url)).json().items;
  t.equal(shown.measures.inDegree, undefined, 'a relation without directions shows no measures of them');
});
