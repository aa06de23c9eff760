import { type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { charters } from '../alliances/tables.ts';
import { commitments, initiativeStages, initiatives, participations, stances } from '../initiatives/tables.ts';
import { countedAlliance, measureGroup, ofGroup, ofTheme, taking } from './counted.ts';
import type { DeedStatistics, DeedStatisticsQuery, deedFigures } from './deed-schemas.ts';
import { type Figure, type Histogram, kaplanMeier, median, ratio, type Spells } from './distribution.ts';
import { type Asked, askedOf, type Family, figuresOf } from './figures.ts';
import { addDays } from './windows.ts';

type View = z.output<typeof DeedStatistics>;

/** Days in which an alliance acts, and after which a yes without a deed is called polite. */
const quarterDays = 90;

const family: Family = {
  path: '/statistics/deeds',
  filters: ['organisationKind', 'region', 'allianceId', 'theme'],
  definition: {
    version: 1,
    text: [
      'A deed is a commitment in an alliance that is not closed whose beneficiary confirmed that it was kept; it is dated by that day, in UTC. What was promised and is not confirmed is counted by `/statistics/commitments` alone.',
      'Deeds ÷ initiatives begun, and deeds per thousand words of charters published, in the window. No source fixes the words: these are our choice.',
      'First deed: Kaplan–Meier over all initiatives talked about since a day in or before the window, from that day to the first confirmed commitment, censored on the last day of the window, also where the initiative was stopped. The shares are null beyond the longest time observed.',
      'Talk age: days since talkedSince of ideas and active initiatives without a deed.',
      'Jointness: every deed has two parties, so by parties alone each would be joint; joint is a deed of an initiative in which at least two promisers had a deed in the window. Deeds outside initiatives are not joint.',
      'Acting alliance: at least two promisers had a deed in it in the 90 days to the last day; share of the alliances in force on that day. With a kind or region: alliances in which such an organisation takes part on that day, by promisers of that kind or region.',
      'Polite-yes index: participations that were joined in the window, at least 90 days before its end, with the stance contributor or consent at its end, whose organisation had no deed as promiser in that initiative since ÷ all such participations. The 90 days are our choice.',
      'Kind and region choose deeds by promiser, initiatives by creator, charters by publisher, participations by participant. A theme is that of the initiative; charters have none.',
    ].join(' '),
    source: 'Section 1.7 of the statistics reference of this project; survival after Kaplan and Meier (1958).',
  },
};

/** The statistic of deeds of a window. Throws invalid_input, data_version_not_kept. */
export async function getDeedStatistics(
  db: Db,
  caller: Caller,
  query: z.output<typeof DeedStatisticsQuery>,
): Promise<Answer<View>> {
  const asked = askedOf(caller, query);
  return figuresOf(db, family, asked, query, async (db) => ({
    ...(await measureGroup(db, asked, 'members')),
    figures: figuresFrom(await countDeeds(db, asked), asked),
  }));
}

/** Common table expression `deed`: what was promised and done, and confirmed before the end of the window. */
const confirmedDeeds = ({ window, group }: Asked): SQL => sql`deed as materialized (
  select c.alliance_id, c.initiative_id, c.promiser_organisation_id as promiser, c.confirmed_at::date as confirmed_on
  from ${commitments} c join counted_alliance a on a.id = c.alliance_id
    left join ${initiatives} i on i.id = c.initiative_id
  where c.state = 'confirmed' and c.confirmed_at < ${window.until}::date and ${ofTheme(group, sql`i.themes`)}
    and ${ofGroup(group, sql`c.promiser_organisation_id`)})`;

/** Common table expression `talk`: initiatives that were known before the end of the window, with their first deed. */
function talks({ window, group }: Asked): SQL {
  const before = sql`< ${window.until}::date`;
  return sql`talk as materialized (
    select i.id, i.talked_since, i.created_at::date as created_on,
      (select min(c.confirmed_at)::date from ${commitments} c where c.initiative_id = i.id and c.state = 'confirmed'
        and c.confirmed_at ${before}) as first_deed_on,
      case when i.stage_changed_at ${before} then i.stage else coalesce((select s.stage from ${initiativeStages} s
        where s.initiative_id = i.id and s.recorded_at ${before} order by s.recorded_at desc, s.id desc limit 1), 'idea')
        end as stage
    from ${initiatives} i join counted_alliance a on a.id = i.alliance_id
    where i.created_at ${before} and i.talked_since ${before} and ${ofTheme(group, sql`i.themes`)}
      and ${ofGroup(group, sql`i.created_by_organisation_id`)})`;
}

/** Common table expression `yes`: who said yes to an initiative, long enough ago to have done something. */
function yesses({ window, group }: Asked): SQL {
  const before = sql`< ${window.until}::date`;
  return sql`yes as materialized (
    select exists (select from ${commitments} c where c.initiative_id = p.initiative_id and c.state = 'confirmed'
        and c.promiser_organisation_id = p.organisation_id and c.confirmed_at >= p.joined_at and c.confirmed_at ${before})
      as kept
    from ${participations} p join ${initiatives} i on i.id = p.initiative_id join counted_alliance a on a.id = i.alliance_id
    where p.state in ('accepted', 'ended') and p.joined_at >= ${window.from}::date
      and p.joined_at < ${addDays(window.until, -quarterDays)}::date
      and (select s.stance from ${stances} s where s.participation_id = p.id and s.recorded_at ${before}
        order by s.recorded_at desc, s.id desc limit 1) in ('contributor', 'consent')
      and ${ofTheme(group, sql`i.themes`)} and ${ofGroup(group, sql`p.organisation_id`)})`;
}

/** Common table expression `charter`: what was published in the window, in words. */
const publishedCharters = ({ window, group }: Asked): SQL => sql`charter as materialized (
  select coalesce(array_length(regexp_split_to_array(nullif(btrim(h.text, E' \\t\\r\\n'), ''), '\\s+'), 1), 0) as words
  from ${charters} h join counted_alliance a on a.id = h.alliance_id
  where h.published_at >= ${window.from}::date and h.published_at < ${window.until}::date
    and ${ofGroup(group, sql`h.published_by_organisation_id`)})`;

type Counts = Record<
  'confirmed' | 'joint' | 'acting' | 'alliances' | 'begun' | 'charters' | 'charterWords' | 'yes' | 'politeYes',
  number
>;
type Row = Counts & { spells: Spells; talkAges: Histogram };

/** Counts everything in one statement, so from one state of the database. */
async function countDeeds(db: Db, asked: Asked): Promise<Row> {
  const { from, until, asOf } = asked.window;
  const inWindow = (column: SQL) => sql`${column} >= ${from}::date`;
  const byPopulation = asked.group?.by === 'organisationKind' || asked.group?.by === 'region';
  const [row] = await db.execute<Row>(sql`
    with ${countedAlliance(asked, asked.group)}, ${taking({ from: asOf, until })}, ${confirmedDeeds(asked)}, ${talks(asked)},
    ${yesses(asked)}, ${publishedCharters(asked)},
    joint as (select c.initiative_id from ${commitments} c where c.state = 'confirmed'
        and c.confirmed_at >= ${from}::date and c.confirmed_at < ${until}::date
        and c.initiative_id in (select initiative_id from deed where ${inWindow(sql`confirmed_on`)})
      group by 1 having count(distinct c.promiser_organisation_id) >= 2),
    in_force as (select a.id from counted_alliance a where a.starts_on < ${until}::date
      and (a.ends_on is null or a.ends_on > ${asOf}::date) and ${
        byPopulation
          ? sql`a.id in (select t.alliance_id from taking t where ${ofGroup(asked.group, sql`t.organisation_id`)})`
          : sql`true`
      }),
    acting as (select alliance_id from deed where confirmed_on >= ${addDays(until, -quarterDays)}::date
        and alliance_id in (select id from in_force)
      group by 1 having count(distinct promiser) >= 2)
    select p.*, (select count(*)::int from acting) as acting, (select count(*)::int from in_force) as alliances,
      (select count(*)::int from talk where ${inWindow(sql`created_on`)}) as begun,
      (select count(*)::int from charter) as charters, (select coalesce(sum(words), 0)::int from charter) as "charterWords",
      (select count(*)::int from yes) as yes, (select count(*)::int from yes where not kept) as "politeYes",
      (select coalesce(json_agg(json_build_array(days, ended, waiting) order by days), '[]') from (
        select greatest(0, coalesce(first_deed_on, ${asOf}::date) - talked_since) as days,
          count(first_deed_on)::int as ended, (count(*) - count(first_deed_on))::int as waiting
        from talk group by 1) s) as spells,
      (select coalesce(json_agg(json_build_array(days, number) order by days), '[]') from (
        select ${asOf}::date - talked_since as days, count(*)::int as number from talk
        where first_deed_on is null and stage in ('idea', 'active') group by 1) s) as "talkAges"
    from (select count(*)::int as confirmed,
      count(*) filter (where initiative_id in (select initiative_id from joint))::int as joint
    from deed where ${inWindow(sql`confirmed_on`)}) p`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

/** The figures that follow from the counts. */
function figuresFrom(row: Row, { group }: Asked): Record<keyof typeof deedFigures, Figure> {
  const firstDeed = kaplanMeier(row.spells);
  const ofCharters = (figure: Figure): Figure => (group?.by === 'theme' ? { reason: 'NOT_APPLICABLE' } : figure);
  return {
    confirmedCount: row.confirmed,
    initiativeCount: row.begun,
    deedsPerInitiative: ratio(row.confirmed, row.begun),
    charterCount: ofCharters(row.charters),
    charterWordCount: ofCharters(row.charterWords),
    deedsPerThousandCharterWords: ofCharters(ratio(row.confirmed * 1000, row.charterWords)),
    medianDaysToFirstDeed: firstDeed.median,
    firstDeedWithin90DaysShare: firstDeed.shareWithin(90),
    firstDeedWithin180DaysShare: firstDeed.shareWithin(180),
    firstDeedWithin365DaysShare: firstDeed.shareWithin(365),
    onlyTalkedCount: row.talkAges.reduce((sum, [, number]) => sum + number, 0),
    medianTalkAgeDays: median(row.talkAges),
    jointDeedShare: ratio(row.joint, row.confirmed),
    actingAllianceCount: row.acting,
    allianceCount: row.alliances,
    actingAllianceShare: ratio(row.acting, row.alliances),
    politeYesCount: row.politeYes,
    politeYesIndex: ratio(row.politeYes, row.yes),
  };
}
