import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import { nodeContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { due, ranOut, ranOutSince } from '../../platform/offers.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { commitments } from '../initiatives/tables.ts';
import { allianceIsHere } from '../policy/homes.ts';
import { unrestricted } from '../policy/policy.ts';
import { handoverEvent } from './handovers.ts';
import { harvestEvent } from './harvests.ts';
import { handovers, harvests } from './tables.ts';

const harvestIsHere = allianceIsHere(sql`${harvests.allianceId}`);
const handoverIsHere = allianceIsHere(
  sql`(select c.alliance_id from ${commitments} c where c.id = ${handovers.commitmentId})`,
);

type Recorder = (event: NewEvent) => void;

/** Where commitments are, and between whom. */
async function recordHandovers(db: Db, record: Recorder, rows: readonly (typeof handovers.$inferSelect)[]) {
  if (rows.length === 0) return;
  const ids = rows.map(({ commitmentId }) => commitmentId);
  const { id, allianceId, promiserOrganisationId: promiser, beneficiaryOrganisationId: beneficiary } = commitments;
  const found = await db
    .select({ id, allianceId, promiser, beneficiary })
    .from(commitments)
    .where(and(inArray(id, ids), unrestricted('node')));
  const known = new Map(found.map((one) => [one.id, one]));
  for (const row of rows) {
    const commitment = known.get(row.commitmentId);
    if (commitment === undefined) continue;
    const parties = [commitment.promiser, commitment.beneficiary];
    record(handoverEvent('handover.expired', row, { allianceId: commitment.allianceId, parties }));
  }
}

/** Notes that harvests and handovers ran out, so that it is an event too. Answers how many it noted. */
export async function expireSpaceOffers(db: Db): Promise<number> {
  const { body } = await commit(db, nodeContext('expireSpaceOffers'), async (db, record) => {
    const expired = { state: 'expired', changedAt: new Date() };
    const ranOutHarvests = await db
      .update(harvests)
      .set(expired)
      .where(and(due(db, harvests, sql`${ranOut(harvests)} and ${harvestIsHere}`), unrestricted('node')))
      .returning();
    const ranOutHandovers = await db
      .update(handovers)
      .set(expired)
      .where(and(due(db, handovers, sql`${ranOut(handovers)} and ${handoverIsHere}`), unrestricted('node')))
      .returning();
    for (const row of ranOutHarvests) record(harvestEvent('harvest.expired', row));
    await recordHandovers(db, record, ranOutHandovers);
    return { body: ranOutHarvests.length + ranOutHandovers.length };
  });
  return body;
}

/** Ends the harvests and handovers of a space that is about to be archived; the space is locked by the caller. */
export async function expireOpenOf(db: Db, record: Recorder, spaceId: string): Promise<void> {
  const expired = { state: 'expired', changedAt: new Date() };
  const left = await db
    .update(harvests)
    .set(expired)
    .where(and(eq(harvests.allianceId, spaceId), eq(harvests.state, 'offered'), unrestricted('node')))
    .returning();
  const offered = await db
    .update(handovers)
    .set(expired)
    .where(
      and(
        eq(handovers.state, 'offered'),
        sql`${handovers.commitmentId} in (select c.id from ${commitments} c where c.alliance_id = ${spaceId}
          and ${unrestricted('node')})`,
      ),
    )
    .returning();
  for (const row of left) record(harvestEvent('harvest.expired', row));
  await recordHandovers(db, record, offered);
}

/** Harvests and handovers that ran out and are not noted yet. */
export const countExpiredSpaceOffers = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`${ranOutSince(harvests)} and ${harvestIsHere} and ${unrestricted('node')}`,
    sql`${ranOutSince(handovers)} and ${handoverIsHere} and ${unrestricted('node')}`,
  );
