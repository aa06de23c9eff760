import { sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due, ranOut, ranOutSince } from '../../platform/offers.ts';
import { commit } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { affiliationEvent } from './affiliations.ts';
import { affiliations } from './tables.ts';

/** Notes that offers of affiliations ran out, so that it is an event too. Answers how many it noted. */
export async function expireAffiliations(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('expireAffiliations'), async (db, record) => {
    const expired = await db
      .update(affiliations)
      .set({ state: 'expired', version: sql`${affiliations.version} + 1`, changedAt: new Date() })
      .where(due(db, affiliations, sql`${ranOut(affiliations)} and ${unrestricted('node')}`))
      .returning();
    for (const row of expired) record(affiliationEvent('affiliation.expired', row));
    return { body: expired.length };
  });
  return body;
}

/** Offers of affiliations that ran out and are not noted yet. */
export const countExpiredAffiliations = (db: Db): Promise<Backlog> =>
  countDue(db, sql`${ranOutSince(affiliations)} and ${unrestricted('node')}`);
