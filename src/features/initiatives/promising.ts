import { and, eq, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { lockVisibleAlliance } from '../alliances/alliances.ts';
import { alliances } from '../alliances/tables.ts';
import type { NewEvent } from '../events/events.ts';
import { actingOrganisation, unrestricted, visibleCommitments } from '../policy/policy.ts';
import type { CommitmentState, Party, Commitment as Ruled } from './rules.ts';
import { touchInitiative } from './standing.ts';
import { commitmentSteps, commitments } from './tables.ts';

/** A commitment as it is stored. */
export type Commitment = typeof commitments.$inferSelect;
type Alliance = Awaited<ReturnType<typeof lockVisibleAlliance>>;

/** A commitment that was locked after its alliance, and which of its parties the caller is. */
export type Locked = Alliance & { readonly row: Commitment; readonly party: Party; readonly organisationId: string };

/** Locks a commitment for one of its parties. Throws not_found, party_required, and space_closing once it is archived. */
export async function lockCommitment(db: Db, caller: Caller, commitmentId: string): Promise<Locked> {
  const [seen] = await db
    .select({
      allianceId: commitments.allianceId,
      promiser: commitments.promiserOrganisationId,
      beneficiary: commitments.beneficiaryOrganisationId,
    })
    .from(commitments)
    .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
    .where(and(eq(commitments.id, commitmentId), visibleCommitments(caller.organisationId)));
  if (seen === undefined) throw notFound();
  const organisationId = actingOrganisation(caller);
  if (organisationId !== seen.promiser && organisationId !== seen.beneficiary) throw new Problem('party_required');
  const alliance = await lockVisibleAlliance(db, caller, seen.allianceId, [seen.promiser, seen.beneficiary], 'answer');
  const row = await lockRow(db, commitmentId);
  const party = organisationId === row.promiserOrganisationId ? 'promiser' : 'beneficiary';
  return { ...alliance, row, party, organisationId };
}

/** Locks a commitment that was found under the policy, after its alliance. Throws not_found. */
export async function lockRow(db: Db, commitmentId: string): Promise<Commitment> {
  const named = and(eq(commitments.id, commitmentId), unrestricted('checked'));
  const [row] = await db.select().from(commitments).where(named).for('update');
  if (row === undefined) throw notFound();
  return row;
}

/** What of a stored commitment the rules look at. */
export const ruled = (row: Commitment): Ruled => ({
  state: row.state as CommitmentState,
  expiresAt: row.expiresAt,
  offeredBy: row.offeredByOrganisationId === row.promiserOrganisationId ? 'promiser' : 'beneficiary',
});

/** A step as it is kept. */
export type Step = {
  readonly step: string;
  readonly organisationId: string | null;
  readonly reason?: string | null | undefined;
  readonly dueOn?: string | undefined;
  readonly evidence?: Commitment['evidence'] | undefined;
};

/** Keeps a step of a commitment; its row was locked, so that the numbers follow one another. */
export async function recordStep(db: Db, { id, dueOn }: Pick<Commitment, 'id' | 'dueOn'>, step: Step): Promise<void> {
  await db.insert(commitmentSteps).values({
    id: newId(),
    commitmentId: id,
    number: sql`(select coalesce(max(s.number), 0) + 1 from ${commitmentSteps} s
      where s.commitment_id = ${id} and ${unrestricted('checked')})`,
    step: step.step,
    organisationId: step.organisationId,
    reason: step.reason || null,
    dueOn: step.dueOn ?? dueOn,
    evidence: step.evidence ?? null,
    recordedAt: new Date(),
  });
}

/** The event of a commitment. */
export const event = (type: NewEvent['type'], row: Commitment): NewEvent => ({
  type,
  subjectType: 'commitment',
  subjectId: row.id,
  allianceId: row.allianceId,
  organisationIds: [row.promiserOrganisationId, row.beneficiaryOrganisationId],
  ...(row.initiativeId !== null && { data: { initiativeId: row.initiativeId } }),
});

/** Changes a locked commitment, and tells its initiative. */
export async function changeCommitment(db: Db, row: Commitment, fields: Partial<Commitment>): Promise<void> {
  await db
    .update(commitments)
    .set({ ...fields, version: row.version + 1, changedAt: new Date() })
    .where(and(eq(commitments.id, row.id), unrestricted('checked')));
  await touchInitiative(db, row.initiativeId);
}
