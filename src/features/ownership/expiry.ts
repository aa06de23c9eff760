import { and, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due, ranOut, ranOutSince } from '../../platform/offers.ts';
import { commit } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { offerEvent } from './decisions.ts';
import type { Subject } from './rules.ts';
import { findAllianceId, subjectIsHere } from './subjects.ts';
import { ownershipOffers } from './tables.ts';

const { subjectType, subjectId } = ownershipOffers;
const isHere = subjectIsHere(sql`${subjectType}`, sql`${subjectId}`);

/**
 * Notes that offers to own ran out, so that it is an event too. What is locked by a decision that is being made waits
 * for the next run. Answers how many it noted.
 */
export async function expireOwnershipOffers(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('expireOwnershipOffers'), async (db, record) => {
    const expired = await db
      .update(ownershipOffers)
      .set({ state: 'expired', changedAt: new Date() })
      .where(and(due(db, ownershipOffers, sql`${ranOut(ownershipOffers)} and ${isHere}`), unrestricted('node')))
      .returning();
    for (const offer of expired) {
      const subject = { type: offer.subjectType, id: offer.subjectId } as Subject;
      record(offerEvent('ownership.expired', offer, await findAllianceId(db, subject)));
    }
    return { body: expired.length };
  });
  return body;
}

/** Offers to own that ran out and are not noted yet. */
export const countExpiredOwnershipOffers = (db: Db): Promise<Backlog> =>
  countDue(db, sql`${ranOutSince(ownershipOffers)} and ${isHere} and ${unrestricted('node')}`);
