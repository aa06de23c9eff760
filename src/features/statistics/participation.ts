import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { commitments, initiatives } from '../initiatives/tables.ts';
import { countedAlliance, measureGroup, ofGroup, taking } from './counted.ts';
import { evenness, type Figure, gini, type Histogram, ratio, withZeros } from './distribution.ts';
import { type Asked, askedOf, type Family, figuresOf } from './figures.ts';
import type {
  ParticipationStatistics,
  ParticipationStatisticsQuery,
  participationFigures,
} from './participation-schemas.ts';

type View = z.output<typeof ParticipationStatistics>;

const family: Family = {
  path: '/statistics/participation',
  filters: ['organisationKind', 'region', 'allianceId'],
  definition: {
    version: 1,
    text: [
      'Members: organisations that took part in an alliance that is not closed on a day of the window at least, without observers; with allianceId, in that alliance.',
      'A deed is a commitment whose beneficiary confirmed in the window that it was kept; it is its promiser who did it. Deeds of organisations that are not among the members are not counted here.',
      'actingShare: members with a deed ÷ members. evenness: Shannon entropy of the shares of all members in the deeds ÷ ln n; 1 where all did as much. gini: over all members, zeros included, with n ÷ (n − 1); 0 where all did as much.',
      'contributingShare: members that took part in an initiative as promiser or beneficiary of a deed ÷ members.',
    ].join(' '),
    source: 'Section 1.7 of the statistics reference of this project; evenness after Pielou (1966).',
  },
};

/** How evenly members take part in deeds. Throws invalid_input, data_version_not_kept. */
export async function getParticipationStatistics(
  db: Db,
  caller: Caller,
  query: z.output<typeof ParticipationStatisticsQuery>,
): Promise<Answer<View>> {
  const asked = askedOf(caller, query);
  return figuresOf(db, family, asked, query, async (db) => {
    const group = await measureGroup(db, asked, 'members');
    return { ...group, figures: figuresFrom(await countDeedsOfMembers(db, asked), group.organisationCount) };
  });
}

type Row = { deeds: Histogram; involved: number };

async function countDeedsOfMembers(db: Db, asked: Asked): Promise<Row> {
  const { window, group } = asked;
  const [row] = await db.execute<Row>(sql`
    with ${countedAlliance(asked, group)}, ${taking(window)},
    member as (select distinct t.organisation_id as id from taking t where ${ofGroup(group, sql`t.organisation_id`)}),
    deed as materialized (select c.promiser_organisation_id as promiser, c.beneficiary_organisation_id as beneficiary,
        i.id is not null as joint
      from ${commitments} c join counted_alliance a on a.id = c.alliance_id
        left join ${initiatives} i on i.id = c.initiative_id
      where c.state = 'confirmed' and c.confirmed_at >= ${window.from}::date and c.confirmed_at < ${window.until}::date)
    select (select coalesce(json_agg(json_build_array(value, number) order by value), '[]') from (
        select value, count(*)::int as number from (
          select count(*)::int as value from deed join member on member.id = deed.promiser group by member.id) v
        group by value) h) as deeds,
      (select count(*)::int from member m where m.id in (select promiser from deed where joint union select beneficiary from deed where joint))
        as involved`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

function figuresFrom({ deeds, involved }: Row, memberCount: number): Record<keyof typeof participationFigures, Figure> {
  const histogram = withZeros(deeds, memberCount);
  const actingCount = deeds.reduce((sum, [, number]) => sum + number, 0);
  return {
    memberCount,
    deedCount: deeds.reduce((sum, [value, number]) => sum + value * number, 0),
    actingCount,
    actingShare: ratio(actingCount, memberCount),
    contributingCount: involved,
    contributingShare: ratio(involved, memberCount),
    evenness: evenness(histogram),
    gini: gini(histogram),
  };
}
