import { type SQL, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { alliances, memberships } from '../alliances/tables.ts';
import { eventCounter } from '../events/tables.ts';
import { initiativeStages, initiatives, participations, stances } from '../initiatives/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { countedAlliances, visibleAlliances } from '../policy/policy.ts';
import { deeds, ownership, reuse } from './pair-selecting.ts';
import { type Relation, type Selection, shapes } from './rules.ts';
import { allianceChoice, isOneOf, on, themeChoice, utcDay } from './selecting-parts.ts';

/**
 * What was selected: the population in order of identifier, and what ties it by places in it: pairs of an organisation
 * and what it is in, or ties from one organisation to another with their weight.
 */
export type Selected = {
  position: string;
  organisations: [id: string, name: string, kind: string, region: string | null][];
  pairs: [one: number, other: number, weight?: number][];
};

/** Distinct memberships that hold on the day, of alliances that are counted. */
const taking = (viewer: string | null, selection: Selection) => sql`
  select distinct ${memberships.organisationId} as organisation_id, ${memberships.allianceId} as affiliation
  from ${memberships} join ${alliances} on ${alliances.id} = ${memberships.allianceId}
  where ${countedAlliances()} and ${visibleAlliances(viewer)} and ${on(alliances, selection)}
    ${allianceChoice(selection)}
    and ${memberships.state} in ('accepted', 'ended') and ${memberships.role} <> 'observer'
    and ${memberships.startsOn} is not null and ${on(memberships, selection)}`;

/** Distinct participations that hold on the day, of initiatives that go on then in alliances that are counted. */
const joining = (viewer: string | null, selection: Selection) => sql`
  select distinct ${participations.organisationId} as organisation_id, ${initiatives.id} as affiliation
  from ${participations} join ${initiatives} on ${initiatives.id} = ${participations.initiativeId}
    join ${alliances} on ${alliances.id} = ${initiatives.allianceId}
  where ${countedAlliances()} and ${visibleAlliances(viewer)} and ${on(alliances, selection)}
    ${allianceChoice(selection)} ${themeChoice(initiatives.themes, selection)}
    and ${participations.state} in ('accepted', 'ended') and ${utcDay(participations.joinedAt)} <= ${selection.asOf}::date
    and (${participations.leftAt} is null or ${utcDay(participations.leftAt)} > ${selection.asOf}::date)
    and (select s.stage from ${initiativeStages} s where s.initiative_id = ${initiatives.id}
      and ${utcDay(sql`s.recorded_at`)} <= ${selection.asOf}::date order by s.recorded_at desc, s.id desc limit 1)
      in ('idea', 'active')
    and (select s.stance from ${stances} s where s.participation_id = ${participations.id}
      and ${utcDay(sql`s.recorded_at`)} <= ${selection.asOf}::date order by s.recorded_at desc, s.id desc limit 1)
      is distinct from 'observer'`;

const selections: Readonly<Record<Relation, (viewer: string | null, selection: Selection) => SQL>> = {
  membership: () => sql`select organisation_id, affiliation from members`,
  initiatives: joining,
  deeds,
  knowledge: reuse,
  ownership,
};

/** The population that is asked for: those of the filter that exist on the day. */
function population(selection: Selection): SQL {
  const { organisationKind, organisationId, region, allianceId } = selection;
  return sql`select ${organisations.id} as id, ${organisations.name} as name, ${organisations.kind} as kind,
      ${organisations.region} as region, row_number() over (order by ${organisations.id}) - 1 as place
    from ${organisations}
    where ${on(organisations, selection)} ${isOneOf(organisations.kind, organisationKind)}
      ${isOneOf(sql`${organisations.id}::text`, organisationId)}
      ${region === null ? sql`` : sql`and ${organisations.region} = ${region}`}
      ${allianceId === null ? sql`` : sql`and ${organisations.id} in (select organisation_id from members)`}`;
}

const affiliations = sql`select json_build_array(place, dense_rank() over (order by affiliation) - 1) as pair,
    place as one, dense_rank() over (order by affiliation) as other
  from counted join population on population.id = counted.organisation_id`;

const ties = sql`select json_build_array(a.place, b.place, sum(counted.weight)) as pair, a.place as one, b.place as other
  from counted join population a on a.id = counted.from_id join population b on b.id = counted.to_id
  where a.id <> b.id group by a.place, b.place`;

/** Selects population, what ties it and data version in one statement, so from one state of the database. */
export async function select(db: Db, viewer: string | null, selection: Selection): Promise<Selected> {
  const { relation } = selection;
  const [row] = await db.execute<Selected>(sql`
    with members as (${taking(viewer, selection)}),
      counted as (${selections[relation](viewer, selection)}),
      population as (${population(selection)}),
      pairs as (${shapes[relation] === 'two-mode' ? affiliations : ties})
    select (select position from ${eventCounter})::text as position,
      (select coalesce(json_agg(json_build_array(id, name, kind, region) order by place), '[]'::json) from population)
        as organisations,
      (select coalesce(json_agg(pair order by one, other), '[]'::json) from pairs) as pairs`);
  if (row === undefined) throw new Error('the event counter has no row');
  return row;
}
