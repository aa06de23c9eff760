import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { commitments, initiatives, participations } from '../initiatives/tables.ts';
import { knowledgeAdoptions, knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { countedAlliances, countedKnowledgeItems, visibleAlliances } from '../policy/policy.ts';
import { type Group, isTold } from './disclosure.ts';
import type { Asked, GroupFilter } from './figures.ts';

/** Common table expression `counted_alliance`: the alliances that are counted for this viewer; of the group alone. */
export const countedAlliance = (
  { viewer }: Asked,
  group: GroupFilter = null,
): SQL => sql`counted_alliance as materialized (
  select ${alliances.id} as id, ${alliances.visibility} as visibility, ${alliances.startsOn} as starts_on,
    ${alliances.endsOn} as ends_on from ${alliances}
  where ${countedAlliances()} and ${visibleAlliances(viewer)}
    ${group?.by === 'allianceId' ? sql`and ${alliances.id} = ${group.value}::uuid` : sql``})`;

/**
 * Common table expression `taking`: who took part in which counted alliance on a day of the window at least, without
 * observers; each pair once. Needs `counted_alliance`.
 */
export const taking = ({
  from,
  until,
}: {
  readonly from: string;
  readonly until: string;
}): SQL => sql`taking as materialized (
  select distinct m.organisation_id, m.alliance_id
  from ${memberships} m join counted_alliance a on a.id = m.alliance_id join ${organisations} o on o.id = m.organisation_id
  where m.state in ('accepted', 'ended') and m.role <> 'observer' and m.starts_on is not null
    and greatest(m.starts_on, a.starts_on, o.starts_on, ${from}::date)
      < least(m.ends_on, a.ends_on, o.ends_on, ${until}::date))`;

/**
 * Common table expression `counted_item`: the items that were published before the end of the window and that everybody
 * for whom this viewer stands can read, with the day since which others can use them; with an alliance as group, those
 * that were shared with it. Needs `counted_alliance` of that group.
 */
export function countedItem({ viewer, window, group }: Asked): SQL {
  const { id, organisationId, themes, withdrawnAt, firstPublishedAt, createdAt } = knowledgeItems;
  const published = sql`coalesce(${firstPublishedAt}, ${createdAt})`;
  const since = sql`(select min(sh.shared_at) from ${knowledgeShares} sh join counted_alliance a on a.id = sh.alliance_id
    where sh.item_id = ${id} and sh.shared_at < ${window.until}::date)`;
  const shared =
    group?.by === 'allianceId'
      ? sql`case when s.since is not null then greatest(${published}, s.since) end`
      : published;
  return sql`counted_item as materialized (
    select k.* from (
      select ${id} as id, ${organisationId} as author, ${themes} as themes,
        case when ${withdrawnAt} < ${window.until}::date then ${withdrawnAt}::date end as withdrawn_on,
        (${shared})::date as shared_on
      from ${knowledgeItems} ${group?.by === 'allianceId' ? sql`cross join lateral (select ${since} as since) s` : sql``}
      where ${countedKnowledgeItems(viewer)} and ${published} < ${window.until}::date
        ${group?.by === 'theme' ? sql`and ${themes} @> array[${group.value}::text]` : sql``}) k
    where k.shared_on is not null)`;
}

/** True where an organisation, by the column of its identifier, is of the kind or region that is asked about. */
export function ofGroup(group: GroupFilter, organisationId: SQL): SQL {
  if (group?.by !== 'organisationKind' && group?.by !== 'region') return sql`true`;
  const column = group.by === 'region' ? sql`in_group.region` : sql`in_group.kind`;
  return sql`exists (select from ${organisations} in_group where in_group.id = ${organisationId} and ${column} = ${group.value})`;
}

/** True where an initiative, by its alias, has the theme that is asked about. */
export const ofTheme = (group: GroupFilter, themes: SQL): SQL =>
  group?.by === 'theme' ? sql`${themes} @> array[${group.value}::text]` : sql`true`;

/** Who is counted as a population: whoever takes part in a counted alliance, or every organisation that exists. */
export type Population = 'members' | 'organisations';

/** Identifiers of the organisations that have a part in the theme that is asked about, within counted alliances. */
const inTheme = (value: string, until: string) => sql`
  select p.organisation_id from ${participations} p join ${initiatives} i on i.id = p.initiative_id
    join counted_alliance a on a.id = i.alliance_id
    where i.themes @> array[${value}::text] and p.state in ('accepted', 'ended') and p.joined_at < ${until}::date
  union select unnest(array[c.promiser_organisation_id, c.beneficiary_organisation_id]) from ${commitments} c
    join ${initiatives} i on i.id = c.initiative_id join counted_alliance a on a.id = i.alliance_id
    where i.themes @> array[${value}::text] and c.decided_at < ${until}::date
      and c.state in ('accepted', 'fulfilled', 'confirmed', 'disputed', 'cancelled')
  union select i.author from counted_item i where i.themes @> array[${value}::text]
  union select d.organisation_id from ${knowledgeAdoptions} d join counted_item i on i.id = d.item_id
    where i.themes @> array[${value}::text] and d.withdrawn_at is null and d.adopted_on < ${until}::date`;

/** The name of the group of an organisation `o` in the partition that is asked about; null for what cannot be named. */
function groupName(group: GroupFilter, until: string): SQL {
  if (group === null) return sql`null::text`;
  const { by, value } = group;
  if (by === 'organisationKind') return sql`o.kind`;
  if (by === 'region') return sql`o.region`;
  const inside =
    by === 'theme'
      ? sql`o.id in (${inTheme(value, until)})`
      : sql`o.id in (select t.organisation_id from taking t where t.alliance_id = ${value}::uuid)`;
  return sql`case when ${inside} then ${value}::text end`;
}

/**
 * The size of the group that is asked about, and whether figures on it may be told. The population is of whoever was in
 * existence, or took part, on a day of the window; a group is told of by `isTold`, the whole always.
 */
export async function measureGroup(
  db: Db,
  asked: Asked,
  population: Population,
  window: { readonly from: string; readonly until: string } = asked.window,
): Promise<{ organisationCount: number; told: boolean }> {
  const { group } = asked;
  const exists = sql`greatest(o.starts_on, ${window.from}::date) < least(o.ends_on, ${window.until}::date)`;
  const items = group?.by === 'theme' ? sql`, ${countedItem({ ...asked, group: null })}` : sql``;
  const rows = await db.execute<Group>(sql`
    with ${countedAlliance(asked)}, ${taking(window)} ${items}
    select ${groupName(group, window.until)} as name, count(*)::int as size from ${organisations} o
    where ${exists} ${population === 'members' ? sql`and o.id in (select t.organisation_id from taking t)` : sql``}
    group by 1`);
  const total = rows.reduce((sum, { size }) => sum + size, 0);
  if (group === null) return { organisationCount: total, told: true };
  const organisationCount = rows.find(({ name }) => name === group.value)?.size ?? 0;
  return { organisationCount, told: isTold(rows, group.value) };
}
