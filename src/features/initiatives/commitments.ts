import { and, eq, gt, gte, lte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { inState } from '../../platform/offers.ts';
import { prepared, rowsOfPage } from '../../platform/prepared.ts';
import { notFound } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { organisationIfAnyIn } from '../organisations/organisations.ts';
import { partyToCommitment, visibleAlliances, visibleCommitments } from '../policy/policy.ts';
import { countsWhere } from './columns.ts';
import type {
  CommitmentCountQuery,
  CommitmentCounts,
  CommitmentQuery,
  CommitmentStepView,
  StepQuery,
} from './commitment-schemas.ts';
import { isLate, selectCommitments, toView, type View, viewer } from './commitment-views.ts';
import type { CommitmentState } from './rules.ts';
import { commitmentSteps, commitments } from './tables.ts';

const { placeholder } = sql;

/** One commitment that the caller may see; not_found for any other. */
export async function getCommitment(db: Db, caller: Caller, commitmentId: string): Promise<Answer<View>> {
  const query = prepared(db, 'getCommitment', () => selectCommitments(db, eq(commitments.id, placeholder('id'))));
  const [row] = await query.execute({ id: commitmentId, viewer: caller.organisationId });
  if (row === undefined) throw notFound();
  return { body: toView(row) };
}

const party = (name: string) => sql`(${commitments.promiserOrganisationId} = ${placeholder(name)}::uuid
  or ${commitments.beneficiaryOrganisationId} = ${placeholder(name)}::uuid)`;

const filters: Readonly<Record<string, SQL | undefined>> = {
  after: gt(commitments.id, placeholder('after')),
  allianceId: eq(commitments.allianceId, placeholder('allianceId')),
  initiativeId: eq(commitments.initiativeId, placeholder('initiativeId')),
  organisationId: party('organisationId'),
  promiserOrganisationId: eq(commitments.promiserOrganisationId, placeholder('promiserOrganisationId')),
  beneficiaryOrganisationId: eq(commitments.beneficiaryOrganisationId, placeholder('beneficiaryOrganisationId')),
  dueFrom: gte(commitments.dueOn, placeholder('dueFrom')),
  dueUntil: lte(commitments.dueOn, placeholder('dueUntil')),
  asOf: sql`(${commitments.decidedAt} < ${placeholder('asOf')}::date + 1
    and ${commitments.state} not in ('offered', 'declined', 'withdrawn', 'expired')
    and coalesce(${commitments.fulfilledAt}, ${commitments.cancelledAt}, 'infinity') >= ${placeholder('asOf')}::date + 1)`,
  changedSince: sql`${commitments.changedAt} >= ${placeholder('changedSince')}::timestamptz`,
};

/** What the policy shows to the two parties alone; that is said once more, since it finds these few at once. */
const ofParties = new Set<CommitmentState | undefined>([
  ...(['offered', 'declined', 'withdrawn', 'expired', 'disputed', 'cancelled'] as const),
]);

/** A page of the commitments that the caller may see, in the order of their identifiers. */
export async function listCommitments(
  db: Db,
  caller: Caller,
  input: z.output<typeof CommitmentQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const given = Object.entries(filters).filter(([key]) => input[key as keyof typeof input] !== undefined);
  const conditions = given.map(([, condition]) => condition);
  if (input.state !== undefined) conditions.push(inState(commitments, input.state));
  if (input.late !== undefined) conditions.push(input.late ? isLate : sql`not ${isLate}`);
  if (input.late === true || ofParties.has(input.state)) conditions.push(partyToCommitment(viewer));
  const page = rowsOfPage(input.limit, conditions.length > 0);
  const name = `listCommitments ${page.name} ${given.map(([key]) => key).join()} ${input.state ?? ''} ${input.late ?? ''}`;
  const query = prepared(db, name, () =>
    selectCommitments(db, and(...conditions))
      .orderBy(commitments.id)
      .limit(page.rows),
  );
  const rows = await query.execute({
    ...input,
    changedSince: input.changedSince?.toISOString(),
    after: input.after?.[0],
    viewer: caller.organisationId,
    rows: input.limit + 1,
  });
  return pageOf(rows, input.limit, (row) => [row.id], toView);
}

/**
 * How many commitments there are in alliances that the caller may see, by what became of them: also those that are late,
 * disputed or broken, which it may not see one by one.
 */
export async function countCommitments(
  db: Db,
  caller: Caller,
  input: z.output<typeof CommitmentCountQuery>,
): Promise<Answer<z.output<typeof CommitmentCounts>>> {
  const { allianceId, initiativeId, organisationId, promiserOrganisationId, beneficiaryOrganisationId } = input;
  const one = (condition: SQL, given: unknown) => (given === undefined ? undefined : condition);
  const condition = and(
    sql`c.alliance_id in (select ${alliances.id} from ${alliances} where ${visibleAlliances(caller.organisationId)})`,
    one(sql`c.alliance_id = ${allianceId}`, allianceId),
    one(sql`c.initiative_id = ${initiativeId}`, initiativeId),
    one(sql`${organisationId}::uuid in (c.promiser_organisation_id, c.beneficiary_organisation_id)`, organisationId),
    one(sql`c.promiser_organisation_id = ${promiserOrganisationId}`, promiserOrganisationId),
    one(sql`c.beneficiary_organisation_id = ${beneficiaryOrganisationId}`, beneficiaryOrganisationId),
    one(sql`c.due_on >= ${input.dueFrom}`, input.dueFrom),
    one(sql`c.due_on <= ${input.dueUntil}`, input.dueUntil),
  ) as SQL;
  const [row] = await db.execute<{ counts: z.output<typeof CommitmentCounts> }>(
    sql`select ${countsWhere(condition)} as counts`,
  );
  if (row === undefined) throw notFound();
  return { body: row.counts };
}

type StepView = z.output<typeof CommitmentStepView>;

/**
 * The steps of a commitment, the oldest first: for the two parties all, with their reasons; for others what was agreed,
 * done and confirmed. Throws not_found.
 */
export async function listCommitmentSteps(
  db: Db,
  caller: Caller,
  commitmentId: string,
  input: z.output<typeof StepQuery> & { after?: string[] | undefined },
): Promise<PageOf<StepView>> {
  await getCommitment(db, caller, commitmentId);
  const { after, asOf, changedSince, limit } = input;
  const own = partyToCommitment(caller.organisationId);
  const rows = await db
    .select({
      number: commitmentSteps.number,
      step: sql<StepView['step']>`${commitmentSteps.step}`,
      organisation: organisationIfAnyIn(commitmentSteps.organisationId),
      reason: sql<string | null>`case when ${own} then ${commitmentSteps.reason} end`,
      dueOn: commitmentSteps.dueOn,
      evidence: sql<StepView['evidence']>`coalesce(${commitmentSteps.evidence}, '[]')`,
      recordedAt: commitmentSteps.recordedAt,
    })
    .from(commitmentSteps)
    .innerJoin(commitments, eq(commitments.id, commitmentSteps.commitmentId))
    .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
    .where(
      and(
        eq(commitmentSteps.commitmentId, commitmentId),
        visibleCommitments(caller.organisationId),
        sql`(${own} or ${commitmentSteps.step} in ('accepted', 'date_moved', 'fulfilled', 'confirmed'))`,
        after?.[0] === undefined ? undefined : gt(commitmentSteps.number, Number(after[0])),
        asOf === undefined ? undefined : sql`${commitmentSteps.recordedAt} < ${asOf}::date + 1`,
        changedSince === undefined ? undefined : gte(commitmentSteps.recordedAt, changedSince),
      ),
    )
    .orderBy(commitmentSteps.number)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [String(row.number)],
    (row) => row,
  );
}
