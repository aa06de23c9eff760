import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { event } from './expiry.ts';
import { notEnded } from './standing.ts';
import { memberships, sponsorships } from './tables.ts';

type Recorder = (event: NewEvent) => void;

/** Closes the open offers of membership and sponsorship of a closed space; the space is locked by the caller. */
export async function expireOffersOfSpace(db: Db, record: Recorder, allianceId: string): Promise<void> {
  const changedAt = new Date();
  const invitations = await db
    .update(memberships)
    .set({ state: 'expired', changedAt, version: sql`${memberships.version} + 1` })
    .where(and(eq(memberships.allianceId, allianceId), eq(memberships.state, 'offered'), unrestricted('node')))
    .returning();
  const requests = await db
    .update(sponsorships)
    .set({ state: 'expired', changedAt, version: sql`${sponsorships.version} + 1` })
    .where(and(eq(sponsorships.allianceId, allianceId), eq(sponsorships.state, 'offered'), unrestricted('node')))
    .returning();
  for (const row of invitations) record(event('membership.expired', 'membership', row));
  for (const row of requests) record(event('sponsorship.expired', 'sponsorship', row));
}

/** Ends every membership of a space whose content is being destroyed: what is left is not theirs to look into. */
export async function endMembershipsOfSpace(db: Db, record: Recorder, allianceId: string): Promise<void> {
  const ended = await db
    .update(memberships)
    .set({
      state: 'ended',
      endsOn: sql`greatest(${memberships.startsOn}, current_date)`,
      endReason: 'space_closed',
      changedAt: new Date(),
      version: sql`${memberships.version} + 1`,
    })
    .where(and(eq(memberships.allianceId, allianceId), notEnded, unrestricted('node')))
    .returning();
  for (const row of ended) record(event('membership.ended', 'membership', row));
}
