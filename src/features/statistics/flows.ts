import { type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { knowledgeAdoptions } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { countedAlliance, countedItem, measureGroup, ofGroup, taking } from './counted.ts';
import {
  type Figure,
  gini,
  type Histogram,
  kaplanMeier,
  normalisedHhi,
  ratio,
  type Spells,
  withZeros,
} from './distribution.ts';
import { type Asked, askedOf, type Family, figuresOf } from './figures.ts';
import type { flowFigures, KnowledgeFlowStatistics, KnowledgeFlowStatisticsQuery } from './flow-schemas.ts';
import { csvOf } from './table-csv.ts';
import { addDays } from './windows.ts';

type View = z.output<typeof KnowledgeFlowStatistics>;
type Query = z.output<typeof KnowledgeFlowStatisticsQuery>;

const family: Family = {
  path: '/statistics/knowledge-flows',
  filters: ['organisationKind', 'region', 'allianceId', 'theme'],
  definition: {
    version: 1,
    text: [
      'Items: public ones, and those of the network for clients that act for an organisation, since the day of their first publication. With allianceId: those that were shared with it, since that day. Items that are shared with alliances alone are counted for nobody.',
      'Reuse: another organisation than the author states that it adopted the item; adoptions that were withdrawn before the end of the window do not count, nor does an own use.',
      'reuseRate: items shared in the window at least horizonDays before its last day and adopted within horizonDays of being shared ÷ all items shared that long before. Without a fixed horizon recent items would look bad.',
      'Time to first reuse: Kaplan–Meier over all items shared in or before the window, censored on its last day or where the item was withdrawn. The shares are null beyond the longest time observed.',
      'Reach and concentration: adoptions in the window, each pair of item and adopter once; concentration over all authors of items that are shared, zeros included. Chains of reuse are not recorded, so no depth is told.',
      'balance: (given − taken) ÷ (given + taken) by distinct items, of organisations that gave or took in the window. Taking is not bad: newcomers should take.',
      'Kind and region choose items by author and balances by organisation.',
    ].join(' '),
    source: 'Section 1.6 of the statistics reference of this project; survival after Kaplan and Meier (1958).',
  },
};

/** How knowledge flows between organisations. Throws invalid_input, data_version_not_kept. */
export async function getKnowledgeFlowStatistics(db: Db, caller: Caller, query: Query): Promise<Answer<View>> {
  const asked = askedOf(caller, query);
  const { horizonDays, top, dataVersion } = query;
  return figuresOf(db, family, asked, { dataVersion, parameters: { horizonDays, top } }, async (db) => {
    const group = await measureGroup(db, asked, 'organisations');
    const { balances, ...row } = await countFlows(db, asked, query);
    return { ...group, figures: figuresFrom(row), lists: { balances } };
  });
}

/** The balances as CSV. */
export const writeBalances = ({ balances }: View): string =>
  csvOf(['id', 'name', 'kind', 'givenCount', 'takenCount', 'balance'], balances);

/** Common table expression `adoption`: who adopted what of another and first when, by the end of the window. */
const adoptions = ({ window }: Asked): SQL => sql`adoption as materialized (
  select d.item_id, d.organisation_id as adopter, k.author, k.chosen, k.shared_on, min(d.adopted_on) as first_on,
    bool_or(d.adopted_on >= ${window.from}::date) as lately
  from ${knowledgeAdoptions} d join item k on k.id = d.item_id
  where d.organisation_id <> k.author and d.adopted_on < ${window.until}::date
    and (d.withdrawn_at is null or d.withdrawn_at >= ${window.until}::date)
  group by 1, 2, 3, 4, 5)`;

type Counts = Record<
  | 'shared'
  | 'matured'
  | 'reused'
  | 'pairs'
  | 'items'
  | 'adopters'
  | 'sharers'
  | 'most'
  | 'acrossKinds'
  | 'alliances'
  | 'authors',
  number
>;
type Row = Counts & { spells: Spells; perAuthor: Histogram; balances: View['balances'] };

async function countFlows(db: Db, asked: Asked, { horizonDays, top }: Query): Promise<Row> {
  const { group } = asked;
  const { from, until, asOf } = asked.window;
  const matured = sql`shared_on >= ${from}::date and shared_on <= ${addDays(asOf, -horizonDays)}::date`;
  const [row] = await db.execute<Row>(sql`
    with ${countedAlliance(asked, group)}, ${taking({ from: asOf, until })}, ${countedItem(asked)},
    item as materialized (select k.*, ${ofGroup(group, sql`k.author`)} as chosen from counted_item k
      where k.shared_on < ${until}::date),
    ${adoptions(asked)},
    first as materialized (select item_id, min(first_on) as first_on from adoption group by 1),
    watched as (select k.shared_on, k.withdrawn_on, f.first_on from item k left join first f on f.item_id = k.id
      where k.chosen),
    pair as (select * from adoption where chosen and lately),
    flow as (select organisation_id, sum(given)::int as given, sum(taken)::int as taken from (
        select author as organisation_id, count(distinct item_id) as given, 0 as taken from adoption where lately
          group by 1
        union all select adopter, 0, count(*) from adoption where lately group by 1) f
      where ${ofGroup(group, sql`f.organisation_id`)} group by 1)
    select w.*, p.*, (select count(distinct t.alliance_id)::int from taking t
        where t.organisation_id in (select adopter from pair)) as alliances,
      (select count(distinct author)::int from item where chosen) as authors,
      (select coalesce(max(number), 0)::int from (select count(*) as number from pair group by item_id) m) as most,
      (select coalesce(json_agg(json_build_array(days, ended, waiting) order by days), '[]') from (
        select greatest(0, coalesce(first_on, least(withdrawn_on, ${asOf}::date)) - shared_on) as days,
          count(first_on)::int as ended, (count(*) - count(first_on))::int as waiting
        from watched group by 1) s) as spells,
      (select coalesce(json_agg(json_build_array(value, number) order by value), '[]') from (
        select value, count(*)::int as number from (select count(*)::int as value from pair group by author) v
        group by value) h) as "perAuthor",
      (select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name, 'kind', o.kind, 'givenCount', f.given,
          'takenCount', f.taken, 'balance', (f.given - f.taken)::float8 / (f.given + f.taken)) order by f.place), '[]')
        from (select f.*, row_number() over (order by f.given + f.taken desc, o.name, o.id) as place
          from flow f join ${organisations} o on o.id = f.organisation_id) f
        join ${organisations} o on o.id = f.organisation_id where f.place <= ${top}) as balances
    from (select count(*) filter (where shared_on >= ${from}::date)::int as shared,
        count(*) filter (where ${matured})::int as matured,
        count(*) filter (where ${matured} and first_on - shared_on <= ${horizonDays}::int)::int as reused
      from watched) w,
      (select count(*)::int as pairs, count(distinct item_id)::int as items, count(distinct adopter)::int as adopters,
        count(distinct author)::int as sharers, count(*) filter (where (select o.kind from ${organisations} o
          where o.id = adopter) <> (select o.kind from ${organisations} o where o.id = author))::int as "acrossKinds"
      from pair) p`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

function figuresFrom(row: Omit<Row, 'balances'>): Record<keyof typeof flowFigures, Figure> {
  const firstReuse = kaplanMeier(row.spells);
  const perAuthor = withZeros(row.perAuthor, row.authors);
  return {
    sharedCount: row.shared,
    maturedCount: row.matured,
    reusedCount: row.reused,
    reuseRate: ratio(row.reused, row.matured),
    medianDaysToFirstReuse: firstReuse.median,
    firstReuseWithin90DaysShare: firstReuse.shareWithin(90),
    firstReuseWithin180DaysShare: firstReuse.shareWithin(180),
    firstReuseWithin365DaysShare: firstReuse.shareWithin(365),
    adoptionCount: row.pairs,
    adoptedItemCount: row.items,
    adopterCount: row.adopters,
    sharerCount: row.sharers,
    adoptersPerItem: ratio(row.pairs, row.items),
    maximumAdopterCount: row.most,
    acrossKindsShare: ratio(row.acrossKinds, row.pairs),
    reachedAllianceCount: row.alliances,
    reuseHhi: normalisedHhi(perAuthor),
    reuseGini: gini(perAuthor),
  };
}
