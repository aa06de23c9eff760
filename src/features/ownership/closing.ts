import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { Receipts } from '../access/access.ts';
import type { NewEvent } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { lastRecord, ownersOf } from './chain.ts';
import { offerEvent } from './decisions.ts';
import { appendAll } from './leaving.ts';
import { type Subject, successionOf } from './rules.ts';
import { allianceOf, isLast } from './subjects.ts';
import { ownershipOffers, ownershipRecords } from './tables.ts';

/** True for records that hold now, of a space or an initiative in it, by which somebody owns. */
const ownedIn = (allianceId: string) => sql`${isLast(sql`r`)} and ${unrestricted('node')}
  and (r.accountable_organisation_id is not null or cardinality(r.joint_organisation_ids) > 0)
  and ${allianceOf(sql`r.subject_type`, sql`r.subject_id`)} = ${allianceId}::uuid`;

/** How many subjects are still owned in a space: itself, and its initiatives. */
export async function countOwnedInSpace(db: Db, allianceId: string): Promise<number> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from ${ownershipRecords} r where ${ownedIn(allianceId)}`,
  );
  return row?.count ?? 0;
}

/**
 * Gives up every ownership of a closed space and of its initiatives, with a record and its receipt, and closes the open
 * offers of them. What is owned of a knowledge item stays with the item. Answers how many subjects, and the events; the
 * space and its organisations are locked by the caller.
 */
export const releaseSpace =
  (receipts: Receipts) =>
  async (db: Db, allianceId: string): Promise<{ released: number; events: NewEvent[] }> => {
    const { subjectType, subjectId, state } = ownershipOffers;
    const closed = await db
      .update(ownershipOffers)
      .set({ state: 'expired', changedAt: new Date() })
      .where(
        and(
          eq(state, 'offered'),
          sql`${allianceOf(sql`${subjectType}`, sql`${subjectId}`)} = ${allianceId}::uuid`,
          unrestricted('node'),
        ),
      )
      .returning();
    const events = closed.map((offer) => offerEvent('ownership.expired', offer, allianceId));
    const subjects = await db.execute<Subject>(sql`select r.subject_type as type, r.subject_id as id
      from ${ownershipRecords} r where ${ownedIn(allianceId)} order by r.subject_id`);
    for (const { type, id } of subjects) {
      const subject = { type, id };
      const owners = ownersOf(await lastRecord(db, { subject }));
      const everybody = [owners.accountable, ...owners.joint].filter((owner) => owner !== null);
      const causes = successionOf(owners, everybody, null).map((change) => ({ change, reason: 'space_closed' }));
      events.push(...(await appendAll(db, receipts, subject, causes)));
    }
    return { released: subjects.length, events };
  };
