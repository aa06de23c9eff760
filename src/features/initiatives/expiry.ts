import { and, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due, ranOut, ranOutSince } from '../../platform/offers.ts';
import { memberships } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { event, recordStep } from './promising.ts';
import { commitments, dateOffers, initiatives, participations } from './tables.ts';

const commitmentIsHere = allianceIsHere(sql`${commitments.allianceId}`);
const dateIsHere = allianceIsHere(
  sql`(select c.alliance_id from ${commitments} c where c.id = ${dateOffers.commitmentId})`,
);
const participationIsHere = allianceIsHere(
  sql`(select i.alliance_id from ${initiatives} i where i.id = ${participations.initiativeId})`,
);

/** Who takes part in an initiative but no longer in its alliance. */
const leftAlliance = sql`${participations.state} = 'accepted' and not exists (select from ${memberships} m
  join ${initiatives} i on i.alliance_id = m.alliance_id
  where i.id = ${participations.initiativeId} and m.organisation_id = ${participations.organisationId}
    and m.state = 'accepted' and m.starts_on <= current_date and (m.ends_on is null or m.ends_on > current_date)) and ${participationIsHere}`;

/**
 * Notes what the passing of time has done to offers of commitments, of dates and of participations, and who left the
 * alliance of an initiative. Answers how many it noted.
 */
export async function expireOffers(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('expireOffers'), async (db, record) => {
    const now = new Date();
    const expired = { state: 'expired', changedAt: now };
    const offers = await db
      .update(commitments)
      .set({ ...expired, version: sql`${commitments.version} + 1` })
      .where(and(due(db, commitments, sql`${ranOut(commitments)} and ${commitmentIsHere}`), unrestricted('node')))
      .returning();
    for (const row of offers) {
      await recordStep(db, row, { step: 'expired', organisationId: null });
      record(event('commitment.expired', row));
    }
    const dates = await db
      .update(dateOffers)
      .set(expired)
      .where(and(due(db, dateOffers, sql`${ranOut(dateOffers)} and ${dateIsHere}`), unrestricted('node')))
      .returning({ id: dateOffers.id });
    const requests = await db
      .update(participations)
      .set({ ...expired, version: sql`${participations.version} + 1` })
      .where(
        and(due(db, participations, sql`${ranOut(participations)} and ${participationIsHere}`), unrestricted('node')),
      )
      .returning();
    const left = await db
      .update(participations)
      .set({ state: 'ended', leftAt: now, leaveReason: 'membership_ended', changedAt: now })
      .where(and(due(db, participations, leftAlliance), unrestricted('node')))
      .returning();
    for (const [type, rows] of [['participation.expired', requests] as const, ['participation.ended', left] as const]) {
      for (const { id, initiativeId, organisationId } of rows) {
        record({
          ...{ type, subjectType: 'participation', subjectId: id, organisationIds: [organisationId] },
          ...{ allianceId: await allianceOf(db, initiativeId), data: { initiativeId } },
        });
      }
    }
    return { body: offers.length + dates.length + requests.length + left.length };
  });
  return body;
}

async function allianceOf(db: Db, initiativeId: string): Promise<string | undefined> {
  const [row] = await db.execute<{ id: string }>(
    sql`select alliance_id as id from ${initiatives} where id = ${initiativeId} and ${unrestricted('node')}`,
  );
  return row?.id;
}

/** What `expireOffers` has to note. */
export const countExpiredOffers = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`${ranOutSince(commitments)} and ${commitmentIsHere} and ${unrestricted('node')}`,
    sql`${ranOutSince(dateOffers)} and ${dateIsHere} and ${unrestricted('node')}`,
    sql`${ranOutSince(participations)} and ${participationIsHere} and ${unrestricted('node')}`,
    sql`select (select max(m.ends_on)::timestamptz from ${memberships} m join ${initiatives} i
        on i.alliance_id = m.alliance_id where i.id = ${participations.initiativeId}
          and m.organisation_id = ${participations.organisationId} and m.ends_on <= current_date) as since
      from ${participations} where ${leftAlliance} and ${unrestricted('node')}`,
  );
