import { type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { commitmentSteps, commitments } from '../initiatives/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import type { CommitmentStatistics, CommitmentStatisticsQuery, commitmentFigures } from './commitment-schemas.ts';
import { countedAlliance, measureGroup, ofGroup } from './counted.ts';
import { isToldOfMonths, type Promisers } from './disclosure.ts';
import { type Figure, ratio } from './distribution.ts';
import { type Asked, askedOf, type Family, figuresOf } from './figures.ts';
import { monthWindowOf } from './windows.ts';

type View = z.output<typeof CommitmentStatistics>;

const family: Family = {
  path: '/statistics/commitments',
  filters: ['organisationKind'],
  definition: {
    version: 1,
    text: [
      'Counted are commitments in alliances that are not closed, in whole calendar months that are over. A commitment is made on the day on which it binds its promiser, a deed once its beneficiary confirmed that it was kept; both are dated by these days, in UTC.',
      'State at the end of the window: by the steps that were recorded until then. Overdue: accepted, neither fulfilled nor cancelled, and the day that then held lies before the last day of the window.',
      'contestedShare: disputed in the window ÷ confirmed or disputed in the window.',
      'Deeds-to-words ratio: deeds ÷ commitments made, both in the window, so not of the same commitments. No source fixes the words: this is our choice.',
      'Kept on time: by the original day, of commitments whose original day lies in the window: confirmed at the end and fulfilled on that day at the latest ÷ (all due − cancelled before that day). movedShare: those of the denominator whose day is another at the end. Moved days would make everything seem on time.',
      'A kind chooses commitments by promiser.',
      'That a promise is late, disputed or broken is known to its two parties alone. Figures on it are told of everybody or of one kind of organisation, and only where, in each month of the window, promises that were open or due came from no organisation or from five or more: in public alliances and in those of the network, each for themselves; and where the same holds of the kinds that are left out, together. No filter by alliance, region or theme is offered, since of two partitions that overlap one could be subtracted from the other.',
    ].join(' '),
    source: 'Section 1.7 of the statistics reference of this project.',
  },
};

/** The statistic of commitments of whole months. Throws invalid_input, data_version_not_kept. */
export async function getCommitmentStatistics(
  db: Db,
  caller: Caller,
  query: z.output<typeof CommitmentStatisticsQuery>,
): Promise<Answer<View>> {
  const asked = askedOf(caller, query, monthWindowOf);
  return figuresOf(db, family, asked, query, async (db) => {
    const { organisationCount, told } = await measureGroup(db, asked, 'members');
    const kind = asked.group?.value ?? null;
    return {
      organisationCount,
      told: told && isToldOfMonths(await countPromisers(db, asked), kind),
      figures: figuresFrom(await countPromises(db, asked)),
    };
  });
}

/** Common table expression `promise`: what was promised before the end of the window, with its state then. */
function promises({ window, group }: Asked): SQL {
  const before = sql`< ${window.until}::date`;
  const unchanged = sql`c.changed_at ${before}`;
  return sql`promise as materialized (
    select c.promiser_organisation_id as promiser, a.visibility, c.first_due_on,
      coalesce(c.decided_at, c.offered_at)::date as made_on, c.fulfilled_at::date as fulfilled_on,
      case when c.confirmed_at ${before} then c.confirmed_at::date end as confirmed_on,
      case when c.cancelled_at ${before} then c.cancelled_at::date end as cancelled_on,
      case when ${unchanged} then c.state when c.confirmed_at ${before} then 'confirmed'
        when c.cancelled_at ${before} then 'cancelled'
        else coalesce((select s.step from ${commitmentSteps} s where s.commitment_id = c.id and s.recorded_at ${before}
          and s.step in ('accepted', 'fulfilled', 'disputed') order by s.number desc limit 1), 'accepted') end as state,
      case when ${unchanged} then c.due_on
        else coalesce((select s.due_on from ${commitmentSteps} s where s.commitment_id = c.id
          and s.recorded_at ${before} and s.step = 'date_moved' order by s.number desc limit 1), c.first_due_on)
        end as due_on,
      exists (select from ${commitmentSteps} s where s.commitment_id = c.id and s.step = 'disputed'
        and s.recorded_at >= ${window.from}::date and s.recorded_at ${before}) as contested
    from ${commitments} c join counted_alliance a on a.id = c.alliance_id
    where c.state in ('accepted', 'fulfilled', 'confirmed', 'disputed', 'cancelled')
      and coalesce(c.decided_at, c.offered_at) ${before}
      and ${ofGroup(group, sql`c.promiser_organisation_id`)} and ${unrestricted('counted')})`;
}

/** How many organisations of each kind had a promise that was open or due, by month. */
async function countPromisers(db: Db, asked: Asked): Promise<Promisers[]> {
  const { from, until } = asked.window;
  const within = sql`first_due_on >= ${from}::date and first_due_on < ${until}::date`;
  const everyKind = { ...asked, group: null };
  const inAlliances = (visibility: string) =>
    sql`count(distinct s.promiser) filter (where s.visibility = ${visibility})::int`;
  return db.execute<Promisers>(sql`
    with ${countedAlliance(asked)}, ${promises(everyKind)},
    standing as (
      select promiser, visibility, month from promise cross join lateral generate_series(
        date_trunc('month', greatest(made_on, ${from}::date)::timestamp),
        least(coalesce(confirmed_on, cancelled_on), ${until}::date - 1)::timestamp, interval '1 month') month
      union select promiser, visibility, date_trunc('month', first_due_on::timestamp) from promise where ${within})
    select to_char(s.month, 'YYYY-MM') as month, o.kind, ${inAlliances('public')} as "publicCount",
      ${inAlliances('network')} as "networkCount"
    from standing s join ${organisations} o on o.id = s.promiser group by 1, 2`);
}

type Counts = Record<
  | 'made'
  | 'confirmed'
  | 'contested'
  | 'answered'
  | 'cancelled'
  | 'overdue'
  | 'due'
  | 'keptOnTime'
  | 'keptLater'
  | 'unanswered'
  | 'denied'
  | 'stillOpen'
  | 'cancelledBeforeDue'
  | 'cancelledLater'
  | 'moved',
  number
>;

/** Counts everything in one statement, so from one state of the database. */
async function countPromises(db: Db, asked: Asked): Promise<Counts> {
  const { from, until, asOf } = asked.window;
  const inWindow = (column: SQL) => sql`${column} >= ${from}::date`;
  const isDue = sql`first_due_on >= ${from}::date and first_due_on < ${until}::date`;
  const early = sql`coalesce(cancelled_on < first_due_on, false)`;
  const [row] = await db.execute<Counts>(sql`
    with ${countedAlliance(asked)}, ${promises(asked)}
    select count(*) filter (where ${inWindow(sql`made_on`)})::int as made,
      count(*) filter (where ${inWindow(sql`confirmed_on`)})::int as confirmed,
      count(*) filter (where contested)::int as contested,
      count(*) filter (where contested or ${inWindow(sql`confirmed_on`)})::int as answered,
      count(*) filter (where ${inWindow(sql`cancelled_on`)})::int as cancelled,
      count(*) filter (where state = 'accepted' and due_on < ${asOf}::date)::int as overdue,
      count(*) filter (where ${isDue})::int as due,
      count(*) filter (where ${isDue} and state = 'confirmed' and fulfilled_on <= first_due_on)::int as "keptOnTime",
      count(*) filter (where ${isDue} and state = 'confirmed' and fulfilled_on > first_due_on)::int as "keptLater",
      count(*) filter (where ${isDue} and state = 'fulfilled')::int as unanswered,
      count(*) filter (where ${isDue} and state = 'disputed')::int as denied,
      count(*) filter (where ${isDue} and state = 'accepted')::int as "stillOpen",
      count(*) filter (where ${isDue} and state = 'cancelled' and ${early})::int as "cancelledBeforeDue",
      count(*) filter (where ${isDue} and state = 'cancelled' and not ${early})::int as "cancelledLater",
      count(*) filter (where ${isDue} and not (state = 'cancelled' and ${early}) and due_on <> first_due_on)::int as moved
    from promise`);
  if (row === undefined) throw new Error('a count without a row');
  return row;
}

/** The figures that follow from the counts. */
function figuresFrom(row: Counts): Record<keyof typeof commitmentFigures, Figure> {
  const dueInEarnest = row.due - row.cancelledBeforeDue;
  return {
    madeCount: row.made,
    confirmedCount: row.confirmed,
    contestedCount: row.contested,
    cancelledCount: row.cancelled,
    overdueCount: row.overdue,
    contestedShare: ratio(row.contested, row.answered),
    deedsPerCommitment: ratio(row.confirmed, row.made),
    dueCount: row.due,
    keptOnTimeCount: row.keptOnTime,
    keptLaterCount: row.keptLater,
    unansweredCount: row.unanswered,
    deniedCount: row.denied,
    stillOpenCount: row.stillOpen,
    cancelledBeforeDueCount: row.cancelledBeforeDue,
    cancelledLaterCount: row.cancelledLater,
    keptOnTimeShare: ratio(row.keptOnTime, dueInEarnest),
    movedShare: ratio(row.moved, dueInEarnest),
  };
}
