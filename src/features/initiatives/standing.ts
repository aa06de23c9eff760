import { and, eq } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertMember, assertNotEnded, lockVisibleAlliance } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import { actingOrganisation, unrestricted, visibleAlliances, visibleInitiatives } from '../policy/policy.ts';
import type { Stage } from './rules.ts';
import { initiatives, participations } from './tables.ts';

// Writes lock organisations, then the alliance, then its initiative, then what belongs to that.

/** An initiative as it is stored. */
export type Initiative = typeof initiatives.$inferSelect;
type Alliance = Awaited<ReturnType<typeof lockVisibleAlliance>>;

/** Where the initiative is, if the caller may see it. Throws not_found. */
export async function allianceOf(db: Db, caller: Caller, initiativeId: string): Promise<string> {
  const [row] = await db
    .select({ allianceId: initiatives.allianceId })
    .from(initiatives)
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .where(and(eq(initiatives.id, initiativeId), visibleInitiatives(caller.organisationId)));
  if (row === undefined) throw notFound();
  return row.allianceId;
}

/** Throws invalid_input where the body names an alliance that the caller may not see. */
export async function assertKnownAlliance(db: Db, caller: Caller, allianceId: string): Promise<void> {
  const [row] = await db
    .select({ id: alliances.id })
    .from(alliances)
    .where(and(eq(alliances.id, allianceId), visibleAlliances(caller.organisationId)));
  if (row === undefined) throw invalid([{ in: 'body', location: '/allianceId', code: 'unknown_alliance' }]);
}

/** An initiative that was locked, with the organisations concerned and the caller's own. */
export type Locked = {
  readonly initiative: Initiative;
  readonly standing: Alliance['standing'];
  readonly organisations: Alliance['organisations'];
  readonly organisationId: string;
};

/** Locks an initiative that the caller may see, for an answer that is open to whoever was asked. Throws not_found. */
export async function lockVisibleInitiative(
  db: Db,
  caller: Caller,
  initiativeId: string,
  others: readonly string[] = [],
  purpose: 'new' | 'answer' = 'answer',
): Promise<Locked> {
  const allianceId = await allianceOf(db, caller, initiativeId);
  const { standing, organisations } = await lockVisibleAlliance(db, caller, allianceId, others, purpose);
  const named = and(eq(initiatives.id, initiativeId), unrestricted('checked'));
  const [initiative] = await db.select().from(initiatives).where(named).for('update');
  if (initiative === undefined) throw notFound();
  return { initiative, standing, organisations, organisationId: actingOrganisation(caller) };
}

/** Locks an initiative for a write by a convener or member of its alliance. Throws not_found, member_required. */
export async function lockInitiative(
  db: Db,
  caller: Caller,
  initiativeId: string,
  others: readonly string[] = [],
): Promise<Locked> {
  const locked = await lockVisibleInitiative(db, caller, initiativeId, others, 'new');
  await assertMember(db, caller, locked.initiative.allianceId);
  return locked;
}

/** Throws participant_required unless the organisation takes part in the initiative, and not as an observer. */
export async function assertParticipant(db: Db, organisationId: string, initiativeId: string): Promise<void> {
  const [row] = await db
    .select({ stance: participations.stance })
    .from(participations)
    .where(
      and(
        eq(participations.initiativeId, initiativeId),
        eq(participations.organisationId, organisationId),
        eq(participations.state, 'accepted'),
        unrestricted('rule'),
      ),
    );
  if (row === undefined || row.stance === 'observer') throw new Problem('participant_required');
}

/** Throws initiative_over once it was delivered or stopped, and alliance_ended once its alliance is over. */
export function assertOpen({ initiative, standing }: Pick<Locked, 'initiative' | 'standing'>): void {
  assertNotEnded(standing);
  if (!(['idea', 'active'] as Stage[]).includes(initiative.stage as Stage)) throw new Problem('initiative_over');
}

/** Tells those who ask for changes that what an initiative is read from has changed. */
export async function touchInitiative(db: Db, initiativeId: string | null): Promise<void> {
  if (initiativeId === null) return;
  const named = and(eq(initiatives.id, initiativeId), unrestricted('checked'));
  await db.update(initiatives).set({ changedAt: new Date() }).where(named);
}
