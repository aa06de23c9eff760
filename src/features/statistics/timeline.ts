import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { memberships } from '../alliances/tables.ts';
import { organisations } from '../organisations/tables.ts';
import { countedAlliance, ofGroup } from './counted.ts';
import { minimumGroup } from './disclosure.ts';
import { type Asked, askedOf, type Counted, type Family, figuresOf } from './figures.ts';
import { countPoint, type Interval, stepsOfPoint } from './points.ts';
import { csvOf } from './table-csv.ts';
import type { Timeline, TimelineQuery } from './timeline-schemas.ts';
import { lastDaysOf } from './windows.ts';

type View = z.output<typeof Timeline>;
type Point = View['points'][number];

/** What is computed while a request waits, at about a nanosecond a step. */
const maxSteps = 2_000_000_000;

const family: Family = {
  path: '/statistics/timeline',
  filters: ['organisationKind', 'region', 'allianceId'],
  definition: {
    version: 1,
    text: [
      'Each point is the state of the last day of a calendar month, quarter or year that lies in the window; what is not over yet has no point.',
      'Organisations: those of the group that exist on the day, isolates included; with allianceId, those in that alliance. Alliances: those that are in force with at least one of these organisations. Memberships: accepted ones that hold on the day, each pair once; observers are not counted.',
      'Ties: pairs of organisations that share at least one alliance. These are the figures of the network of that day, as `/statistics/network` gives them.',
      'A point of a group of fewer than five organisations is left out: its figures are null.',
    ].join(' '),
    source: 'Section 1.5 of the statistics reference of this project: state on the last day of the step.',
  },
};

/** The network over time. Throws invalid_input, data_version_not_kept, network_too_large. */
export async function getTimeline(
  db: Db,
  caller: Caller,
  query: z.output<typeof TimelineQuery>,
): Promise<Answer<View>> {
  const asked = askedOf(caller, query);
  const days = lastDaysOf(asked.window, query.step);
  const more = { dataVersion: query.dataVersion, parameters: { step: query.step } };
  return figuresOf(db, family, asked, more, async (db) => countedPoints(await select(db, asked), days, asked));
}

/** The points as CSV. */
export const writeTimeline = ({ points }: View): string =>
  csvOf(['day', 'organisationCount', 'connectedCount', 'allianceCount', 'membershipCount', 'tieCount'], points);

type Selected = { existing: Interval[]; taking: (Interval & { organisation: number; alliance: number })[] };
type Packed = {
  existing: [from: string | null, until: string | null][];
  taking: [organisation: number, alliance: number, from: string, until: string | null][];
};

/** The organisations, and from when to when each took part in which alliance: one statement, so one state. */
async function select(db: Db, asked: Asked): Promise<Selected> {
  const { window, group } = asked;
  const [row] = await db.execute<Packed>(sql`
    with ${countedAlliance(asked, group)},
    organisation as materialized (select o.id, o.starts_on, o.ends_on, row_number() over (order by o.id) - 1 as place
      from ${organisations} o where ${ofGroup(group, sql`o.id`)}
        and greatest(o.starts_on, ${window.from}::date) < least(o.ends_on, ${window.until}::date)),
    alliance as (select a.*, row_number() over (order by a.id) - 1 as place from counted_alliance a),
    part as (select o.place as organisation, a.place as alliance,
        greatest(m.starts_on, a.starts_on, o.starts_on) as starts_on, least(m.ends_on, a.ends_on, o.ends_on) as ends_on
      from ${memberships} m join alliance a on a.id = m.alliance_id join organisation o on o.id = m.organisation_id
      where m.state in ('accepted', 'ended') and m.role <> 'observer' and m.starts_on is not null
        and greatest(m.starts_on, a.starts_on, o.starts_on, ${window.from}::date)
          < least(m.ends_on, a.ends_on, o.ends_on, ${window.until}::date))
    select (select coalesce(json_agg(json_build_array(starts_on, ends_on) order by place), '[]') from organisation) as existing,
      (select coalesce(json_agg(json_build_array(organisation, alliance, starts_on, ends_on)
        order by organisation, alliance, starts_on, ends_on), '[]') from part) as taking`);
  if (row === undefined) throw new Error('a selection without a row');
  return {
    existing: row.existing.map(([from, until]) => ({ from, until })),
    taking: row.taking.map(([organisation, alliance, from, until]) => ({ organisation, alliance, from, until })),
  };
}

function countedPoints({ existing, taking }: Selected, days: readonly string[], { group }: Asked): Counted {
  const steps = days.reduce((sum, day) => sum + stepsOfPoint(taking, day), 0);
  if (steps > maxSteps) throw new Problem('network_too_large');
  const points = days.map((day): Point => {
    const { participantCount, ...point } = countPoint({ size: existing.length, taking }, day);
    const present = existing.filter(({ from, until }) => (from ?? '') <= day && (until === null || until > day)).length;
    const organisationCount = group?.by === 'allianceId' ? participantCount : present;
    return { day, organisationCount, ...point };
  });
  const small = ({ organisationCount }: Point) => group !== null && (organisationCount ?? 0) < minimumGroup;
  const none = {
    organisationCount: null,
    connectedCount: null,
    allianceCount: null,
    membershipCount: null,
    tieCount: null,
  };
  const last = points.findLast((point) => !small(point));
  return {
    organisationCount: last === undefined || last !== points.at(-1) ? null : last.organisationCount,
    told: true,
    figures: {},
    lists: { points: points.map((point) => (small(point) ? { day: point.day, ...none } : point)) },
    suppressed: points.filter(small).map(({ day }) => `points ${day}`),
  };
}
