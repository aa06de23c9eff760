import { and, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due, ranOut as offersRanOut, ranOutSince } from '../../platform/offers.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { hasEnded, ranOut } from './standing.ts';
import { continueMergers, mergersToContinue } from './succession.ts';
import { memberships, sponsorships } from './tables.ts';

const { allianceId, endsOn } = memberships;
const membershipIsHere = allianceIsHere(sql`${allianceId}`);
const ranOutHere = sql`${ranOut} and ${membershipIsHere}`;
const endedHere = sql`${hasEnded} and ${membershipIsHere}`;
const sponsorshipIsHere = allianceIsHere(sql`${sponsorships.allianceId}`);

type Subject = { id: string; allianceId: string; organisationId: string };
/** The event of a membership or a sponsorship that time, or the end of its space, has changed. */
export const event = (
  type: NewEvent['type'],
  subjectType: string,
  { id, allianceId, organisationId }: Subject,
): NewEvent => ({
  type,
  subjectType,
  subjectId: id,
  allianceId,
  organisationIds: [organisationId],
});

/**
 * Notes what the passing of time has done, so that it is an event too: offers that ran out, memberships whose last day
 * is over, and mergers whose day has come. What is locked by a decision that is being made waits for the next run.
 * Answers how many it noted.
 */
export async function passDays(db: Db): Promise<number> {
  const continued = await continueMergers(db);
  const { body } = await commit(db, nodeContext('passDays'), async (db, record) => {
    const changedAt = new Date();
    const version = sql`${memberships.version} + 1`;
    const expired = await db
      .update(memberships)
      .set({ state: 'expired', changedAt, version })
      .where(and(due(db, memberships, ranOutHere), unrestricted('node')))
      .returning();
    const ended = await db
      .update(memberships)
      .set({ state: 'ended', changedAt, version })
      .where(and(due(db, memberships, endedHere), unrestricted('node')))
      .returning();
    const sponsors = await db
      .update(sponsorships)
      .set({ state: 'expired', changedAt, version: sql`${sponsorships.version} + 1` })
      .where(
        and(due(db, sponsorships, sql`${offersRanOut(sponsorships)} and ${sponsorshipIsHere}`), unrestricted('node')),
      )
      .returning();
    for (const row of expired) record(event('membership.expired', 'membership', row));
    for (const row of ended) record(event('membership.ended', 'membership', row));
    for (const row of sponsors) record(event('sponsorship.expired', 'sponsorship', row));
    return { body: expired.length + ended.length + sponsors.length };
  });
  return continued + body;
}

/** What `passDays` has to note: a merger counts for one, however much it carries over. */
export const countPassedDays = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`${ranOutSince(memberships)} and ${membershipIsHere} and ${unrestricted('node')}`,
    sql`${ranOutSince(sponsorships)} and ${sponsorshipIsHere} and ${unrestricted('node')}`,
    sql`select ${endsOn}::timestamptz as since from ${memberships} where ${endedHere} and ${unrestricted('node')}`,
    sql`select distinct on (g.id) g.effective_on::timestamptz as since ${mergersToContinue}`,
  );
