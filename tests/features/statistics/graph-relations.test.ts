import { parse } from 'csv-parse/sync';
import t, { type Test } from 'tap';
import { getBrokerage } from '../../../src/features/statistics/brokerage.ts';
import { getCommunities } from '../../../src/features/statistics/communities.ts';
import { getGraph } from '../../../src/features/statistics/graph.ts';
import {
  BrokerageQuery,
  CommunitiesQuery,
  GraphQuery,
  TiesQuery,
} from '../../../src/features/statistics/graph-schemas.ts';
import {
  relationFaults,
  relations,
  type Selection,
  selectionOf,
  shapes,
} from '../../../src/features/statistics/rules.ts';
import { type Selected, select } from '../../../src/features/statistics/selecting.ts';
import { listTies } from '../../../src/features/statistics/ties.ts';
import type { Caller } from '../../../src/platform/caller.ts';
import type { Db } from '../../../src/platform/db.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller } from '../../helpers/people.ts';
import { brokersIn, modularityOf, type NaiveTies, tiesFrom } from './naive-ties.ts';
import { served } from './served.ts';
import { drawWorld, storeWorld } from './world.ts';

const asOf = '2025-12-31';

const near = (one: number | null, other: number | null | undefined) =>
  one === null || other === null ? one === other : Math.abs(one - (other ?? Number.NaN)) < 1e-9;

type Asked = { db: Db; who: Caller; filter: { relation: Selection['relation'] } };
type TieView = { weight: number; sharedCount: number | null; newmanWeight: number | null };

/** True where the ties that are told are those that are expected, beside what `weight` stands for. */
const sameTies = (found: readonly (readonly [string, TieView])[], { by }: NaiveTies) =>
  found.length === by.size &&
  found.every(([key, { sharedCount, newmanWeight }]) => {
    const tie = by.get(key);
    return tie !== undefined && tie.sharedCount === sharedCount && near(tie.newmanWeight, newmanWeight);
  });

async function compareTies(t: Test, { db, who, filter }: Asked, ties: NaiveTies): Promise<void> {
  const { items } = await listTies(computingOf(db), asker(who), TiesQuery.parse({ ...filter, limit: 200 }));
  const keyed = items.map((tie) => [`${tie.first.id} ${tie.second.id}`, tie] as const);
  t.ok(sameTies(keyed, ties), 'ties');
  t.ok(keyed.every(([key, { weight }]) => ties.by.get(key)?.weight === weight));
  const weights = items.map(({ weight }) => weight);
  t.same(
    weights,
    weights.toSorted((a, b) => b - a),
    'from the strongest',
  );
}

async function compareGraph(t: Test, { db, who, filter }: Asked, ties: NaiveTies): Promise<void> {
  const { body } = await getGraph(computingOf(db), asker(who), GraphQuery.parse(filter), 'application/json');
  const keyed = body.ties.map((tie) => [`${tie.first} ${tie.second}`, tie] as const);
  t.equal(body.directed, ties.directed);
  t.ok(sameTies(keyed, ties), 'graph');
  for (const [key, { weight, newmanWeight }] of keyed) t.equal(weight, newmanWeight ?? ties.by.get(key)?.weight);
  for (const { id, outDegree, outStrength, inDegree, inStrength } of body.nodes) {
    const ofEnd = (end: number) => {
      const weights = [...ties.by].flatMap(([key, { weight }]) => (key.split(' ')[end] === id ? [weight] : []));
      return [weights.length, weights.reduce((sum, weight) => sum + weight, 0)];
    };
    const expected = ties.directed ? [...ofEnd(0), ...ofEnd(1)] : [null, null, null, null];
    t.same([outDegree, outStrength, inDegree, inStrength], expected);
  }
}

async function compareGroups(t: Test, { db, who, filter }: Asked, ties: NaiveTies, selected: Selected): Promise<void> {
  const { body: found } = await getCommunities(computingOf(db), asker(who), CommunitiesQuery.parse(filter));
  const groupOf = new Map(found.communities.flatMap(({ number, members }) => members.map(({ id }) => [id, number])));
  t.ok(near(found.modularity, modularityOf(ties, groupOf)), 'modularity');
  t.equal(found.parameters.weighting, shapes[filter.relation] === 'two-mode' ? 'newman' : 'count');
  t.ok([...ties.by.keys()].every((key) => key.split(' ').every((id) => groupOf.has(id))));
  const { body } = await getBrokerage(computingOf(db), asker(who), BrokerageQuery.parse(filter));
  t.same(
    Object.fromEntries(body.brokers.map(({ id, total, liaison }) => [id, { total, liaison }])),
    brokersIn(selected, ties),
    'brokers',
  );
  t.equal(
    body.mixing.reduce((sum, { tieCount }) => sum + tieCount, 0),
    ties.by.size,
  );
  for (const { zScores, representative } of body.brokers)
    t.same([zScores !== null, representative !== null], [ties.directed, ties.directed]);
}

t.test('what is told of the ties of every relation follows from what was selected', async (t) => {
  const { db } = await testDatabase(t);
  const world = drawWorld(11);
  await storeWorld(db, world);
  const who = [caller({ organisationId: world.organisations[0]?.id as string }), administrator];
  const filters = [
    { asOf },
    { asOf: '2024-03-01' },
    { asOf, from: '2024-01-01', until: '2024-09-01' },
    { asOf, allianceId: world.alliances.find(({ visibility }) => visibility === 'public')?.id },
    { asOf, organisationKind: ['municipality', 'academy'] },
    { asOf, region: 'Noord' },
    { asOf, organisationId: world.organisations.slice(0, 9).map(({ id }) => id as string) },
  ];
  for (const relation of relations) {
    let ties = 0;
    for (const filter of filters)
      for (const one of who)
        if (relationFaults({ relation, ...filter }).length === 0) {
          const asked = { db, who: one, filter: { relation, ...filter } };
          const selection = selectionOf(asked.filter, asOf);
          const selected = await select(db, one.organisationId, selection);
          const expected = tiesFrom(selected, selection);
          await compareTies(t, asked, expected);
          await compareGraph(t, asked, expected);
          await compareGroups(t, asked, expected, selected);
          ties += expected.by.size;
        }
    t.ok(ties > 12, `${relation} ties ${ties} times`);
  }
});

t.test('ties as CSV are of every relation; what one does not have is empty', async (t) => {
  const { db } = await testDatabase(t);
  await storeWorld(db, drawWorld(11));
  const get = await served(t, db, administrator);
  for (const relation of relations) {
    const url = `/v1/statistics/ties?relation=${relation}&asOf=${asOf}&limit=3`;
    const csv = parse((await get(url, { accept: 'text/csv' })).body, { columns: true }) as Record<string, string>[];
    const { items } = (await get(url)).json();
    t.same(
      csv.map(({ firstId, secondId, weight, sharedCount }) => [firstId, secondId, weight, sharedCount]),
      items.map(
        (tie: { first: { id: string }; second: { id: string }; weight: number; sharedCount: number | null }) => [
          tie.first.id,
          tie.second.id,
          String(tie.weight),
          tie.sharedCount === null ? '' : String(tie.sharedCount),
        ],
      ),
      relation,
    );
    const [one] = items;
    const own = await get(`${url}&tiedOrganisationId=${one.second.id}`);
    t.same(own.json().items[0].second, one.second);
    for (const { first, second } of own.json().items) t.ok([first.id, second.id].includes(one.second.id));
  }
});
