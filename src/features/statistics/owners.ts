import { type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { initiativeStages, initiatives } from '../initiatives/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { ownershipRecords } from '../ownership/tables.ts';
import { countedAlliance, countedItem, measureGroup, ofGroup, ofTheme, taking } from './counted.ts';
import { type Figure, gini, type Histogram, normalisedHhi, ratio, withZeros } from './distribution.ts';
import { type Asked, askedOf, type Family, figuresOf } from './figures.ts';
import type { OwnershipStatistics, OwnershipStatisticsQuery, ownershipFigures } from './ownership-schemas.ts';
import { addDays } from './windows.ts';

type View = z.output<typeof OwnershipStatistics>;

/** Days without an owner after which a subject is called an orphan. */
const graceDays = 30;

const family: Family = {
  path: '/statistics/ownership',
  filters: ['organisationKind', 'region', 'allianceId', 'theme'],
  definition: {
    version: 1,
    text: [
      'State on the last day of the window, by the records of ownership until then; an offer without a yes counts for nothing.',
      'Open initiatives: ideas and active ones in alliances that are in force and not closed. Open items: published, not withdrawn, and public, or open to the network for clients that act for an organisation; with allianceId, those that were shared with it. Items that are shared with alliances alone are counted for nobody.',
      'Owned: with at least one accepted owner, accountable or joint.',
      'Orphaned: without an owner for more than 30 days, since the last record or, where there never was one, since the initiative was begun or the item was shared; or with owners of which none is there any more: an organisation that ended, or, for an initiative, that takes no part in the alliance on that day (observers take no part).',
      'Concentration: over all members, organisations that take part in an alliance on that day, zeros included, of the accountable ownerships of open initiatives and items: HHI Σs², normalised as (H − 1/n) ÷ (1 − 1/n), and Gini with n ÷ (n − 1).',
      'Changes: records of ownership of counted initiatives and items that were made in the window, each share for itself.',
      'Kind and region choose initiatives by creator, items by author, owners by themselves, and changes by who has the share since, or had it before where it was given up.',
    ].join(' '),
    source: 'Section 1.7 of the statistics reference of this project.',
  },
};

/** The statistic of ownership on the last day of a window, with its changes in it. Throws invalid_input, data_version_not_kept. */
export async function getOwnershipStatistics(
  db: Db,
  caller: Caller,
  query: z.output<typeof OwnershipStatisticsQuery>,
): Promise<Answer<View>> {
  const asked = askedOf(caller, query);
  const day = { from: asked.window.asOf, until: asked.window.until };
  return figuresOf(db, family, asked, query, async (db) => {
    const group = await measureGroup(db, asked, 'members', day);
    return { ...group, figures: figuresFrom(await countOwnership(db, asked), group.organisationCount) };
  });
}

const lastRecord = (type: string, id: SQL, until: string) => sql`left join lateral (
  select r.accountable_organisation_id as accountable, r.recorded_at,
    array_remove(r.joint_organisation_ids || r.accountable_organisation_id, null) as owners
  from ${ownershipRecords} r where r.subject_type = ${type} and r.subject_id = ${id} and r.recorded_at < ${until}::date
  order by r.number desc limit 1) r on true`;

/** Common table expression `subject`: every initiative and item that is counted, with its owners on the last day. */
function subjects({ window, group }: Asked): SQL {
  const { until, asOf } = window;
  const stage = sql`case when i.stage_changed_at < ${until}::date then i.stage else coalesce((select s.stage
    from ${initiativeStages} s where s.initiative_id = i.id and s.recorded_at < ${until}::date
    order by s.recorded_at desc, s.id desc limit 1), 'idea') end`;
  const there = sql`(o.ends_on is null or o.ends_on > ${asOf}::date)`;
  return sql`subject as materialized (
    select 'initiative' as type, i.id, r.accountable, coalesce(cardinality(r.owners), 0) > 0 as owned,
      ${ofGroup(group, sql`i.created_by_organisation_id`)} as chosen,
      (${stage}) in ('idea', 'active') and a.starts_on < ${until}::date
        and (a.ends_on is null or a.ends_on > ${asOf}::date) as open,
      coalesce(r.recorded_at, i.created_at)::date as since,
      exists (select from ${organisations} o where o.id = any(r.owners) and ${there}
        and (o.id, i.alliance_id) in (select t.organisation_id, t.alliance_id from taking t)) as present
    from ${initiatives} i join counted_alliance a on a.id = i.alliance_id
      ${lastRecord('initiative', sql`i.id`, until)}
    where i.created_at < ${until}::date and ${ofTheme(group, sql`i.themes`)}
    union all
    select 'knowledge_item', k.id, r.accountable, coalesce(cardinality(r.owners), 0) > 0,
      ${ofGroup(group, sql`k.author`)}, k.withdrawn_on is null,
      coalesce(r.recorded_at::date, k.shared_on),
      exists (select from ${organisations} o where o.id = any(r.owners) and ${there})
    from counted_item k ${lastRecord('knowledge_item', sql`k.id`, until)})`;
}

type Counts = Readonly<Record<'open' | 'owned' | 'accountable' | 'orphaned', number>>;
type Row = {
  initiatives: Counts;
  items: Counts;
  changes: Readonly<Record<'accepted' | 'transferred' | 'released' | 'succeeded', number>>;
  owned: Histogram;
};

async function countOwnership(db: Db, asked: Asked): Promise<Row> {
  const { from, until, asOf } = asked.window;
  const { group } = asked;
  const counts = (
    type: string,
  ) => sql`(select json_build_object('open', count(*), 'owned', count(*) filter (where owned),
      'accountable', count(*) filter (where accountable is not null),
      'orphaned', count(*) filter (where case when owned then not present else since < ${addDays(asOf, -graceDays)}::date end))
    from subject where open and chosen and type = ${type})`;
  const changed = (change: string) => sql`${change}::text, count(*) filter (where r.change = ${change})`;
  const [row] = await db.execute<Row>(sql`
    with ${countedAlliance(asked, group)}, ${taking({ from: asOf, until })}, ${countedItem(asked)}, ${subjects(asked)}
    select ${counts('initiative')} as initiatives, ${counts('knowledge_item')} as items,
      (select json_build_object(${changed('accepted')}, ${changed('transferred')}, ${changed('released')},
          ${changed('succeeded')})
        from ${ownershipRecords} r join subject s on s.type = r.subject_type and s.id = r.subject_id
        where r.recorded_at >= ${from}::date and r.recorded_at < ${until}::date
          and ${ofGroup(group, sql`coalesce(r.to_organisation_id, r.from_organisation_id)`)}) as changes,
      (select coalesce(json_agg(json_build_array(value, number) order by value), '[]') from (
        select value, count(*)::int as number from (
          select count(*)::int as value from subject s where s.open
            and s.accountable in (select t.organisation_id from taking t) and ${ofGroup(group, sql`s.accountable`)}
          group by s.accountable) v group by value) h) as owned`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

function figuresFrom(
  { initiatives, items, changes, owned }: Row,
  memberCount: number,
): Record<keyof typeof ownershipFigures, Figure> {
  const histogram = withZeros(owned, memberCount);
  return {
    openInitiativeCount: initiatives.open,
    ownedInitiativeCount: initiatives.owned,
    accountableInitiativeCount: initiatives.accountable,
    ownedInitiativeShare: ratio(initiatives.owned, initiatives.open),
    orphanedInitiativeCount: initiatives.orphaned,
    orphanedInitiativeShare: ratio(initiatives.orphaned, initiatives.open),
    openItemCount: items.open,
    ownedItemCount: items.owned,
    accountableItemCount: items.accountable,
    ownedItemShare: ratio(items.owned, items.open),
    orphanedItemCount: items.orphaned,
    orphanedItemShare: ratio(items.orphaned, items.open),
    ownerCount: owned.reduce((sum, [, number]) => sum + number, 0),
    ownershipHhi: normalisedHhi(histogram),
    ownershipGini: gini(histogram),
    acceptedCount: changes.accepted,
    transferCount: changes.transferred,
    releasedCount: changes.released,
    succeededCount: changes.succeeded,
  };
}
