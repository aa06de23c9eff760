import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { notFound } from '../../platform/problem.ts';
import { alliances, sponsorships } from '../alliances/tables.ts';
import { unrestricted, visibleAlliances, visibleSponsorships } from '../policy/policy.ts';
import { visibleSessions } from '../policy/session-sight.ts';
import { spaceClosures } from '../spaces/tables.ts';
import { rhythmOf, type Week, weekOf, weekState } from './rules.ts';
import type { RhythmView, SponsorRhythmView } from './schemas.ts';
import { sessions } from './tables.ts';
import { localOf } from './zones.ts';

/** How many weeks are told one by one. */
const toldWeeks = 53;

type Counted = {
  readonly monday: string;
  readonly timeZone: string;
  readonly plannedCount: number;
  readonly heldCount: number;
};

/**
 * The weeks in which something was planned or held, by time zone. What was called off before its week is not planned in
 * it any more; what was held in another week than planned is held in that one, and the planned one lacks it.
 */
const countWeeks = (db: Db, allianceId: string, seen: SQL) =>
  db.execute<Counted>(sql`
    select date_trunc('week', w.day)::date::text as monday, ${sessions.timeZone} as "timeZone",
      (count(*) filter (where w.planned))::int as "plannedCount", (count(*) filter (where w.held))::int as "heldCount"
    from ${sessions} join ${alliances} on ${alliances.id} = ${sessions.allianceId}
    cross join lateral (
      select ${sessions.plannedOn} as day, true as planned, coalesce(date_trunc('week', ${sessions.heldOn})
        = date_trunc('week', ${sessions.plannedOn}), false) as held
      union all select ${sessions.heldOn}, false, true
        where date_trunc('week', ${sessions.heldOn}) <> date_trunc('week', ${sessions.plannedOn})) w
    where ${sessions.allianceId} = ${allianceId}::uuid and not ${sessions.calledOffBefore}
      and (${sessions.state} = 'held' or ${alliances.endsOn} is null or ${sessions.plannedOn} < ${alliances.endsOn})
      and w.day < current_date + 8 and ${seen}
    group by 1, 2 order by 1, 2`);

type Told = Week & { readonly plannedCount: number; readonly heldCount: number };

/** Weeks up to the running one; a week is over when its last day is, in every time zone in which something was planned. */
function weeksOf(rows: readonly Counted[], now: Date): Told[] {
  const weeks = new Map<string, Told>();
  for (const { monday: startsOn, timeZone, plannedCount, heldCount } of rows) {
    const today = localOf(now, timeZone).slice(0, 10);
    if (startsOn > today) continue;
    const next = new Date(Date.parse(`${startsOn}T00:00:00Z`) + 7 * 86_400_000).toISOString().slice(0, 10);
    const before = weeks.get(startsOn);
    const held = heldCount + (before?.heldCount ?? 0);
    weeks.set(startsOn, {
      ...{ startsOn, plannedCount: plannedCount + (before?.plannedCount ?? 0), heldCount: held, held: held > 0 },
      over: today >= next && before?.over !== false,
    });
  }
  return [...weeks.values()];
}

/** How well an alliance that the caller may see keeps its rhythm, as a group. Throws not_found. */
export async function getRhythm(
  db: Db,
  { organisationId: viewer }: Caller,
  allianceId: string,
): Promise<Answer<z.output<typeof RhythmView>>> {
  const [alliance] = await db
    .select({ id: alliances.id, name: alliances.name })
    .from(alliances)
    .where(and(eq(alliances.id, allianceId), visibleAlliances(viewer)));
  if (alliance === undefined) throw notFound();
  const weeks = weeksOf(await countWeeks(db, allianceId, visibleSessions(viewer)), new Date());
  const told = weeks.slice(-toldWeeks).map((week) => ({
    ...{ week: weekOf(week.startsOn), startsOn: week.startsOn },
    ...{ plannedCount: week.plannedCount, heldCount: week.heldCount, state: weekState(week) },
  }));
  return { body: { alliance, ...rhythmOf(weeks), weeks: told } };
}

/**
 * Whether the rhythm of a closed space is kept, for the sponsor that guarantees it: numbers of weeks and nothing of what is
 * in them. Throws not_found, also once the space was destroyed or the sponsorship ended.
 */
export async function getSponsorRhythm(
  db: Db,
  { organisationId: viewer }: Caller,
  sponsorshipId: string,
): Promise<Answer<z.output<typeof SponsorRhythmView>>> {
  const [sponsorship] = await db
    .select({ allianceId: sponsorships.allianceId })
    .from(sponsorships)
    .where(
      and(
        eq(sponsorships.id, sponsorshipId),
        eq(sponsorships.state, 'accepted'),
        visibleSponsorships(viewer),
        sql`not exists (select from ${spaceClosures} c where c.alliance_id = ${sponsorships.allianceId}
          and c.state = 'destroyed')`,
      ),
    );
  if (sponsorship === undefined) throw notFound();
  const rows = await countWeeks(db, sponsorship.allianceId, unrestricted('counted'));
  return { body: rhythmOf(weeksOf(rows, new Date())) };
}
