import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { lockOrganisations } from '../alliances/alliances.ts';
import { commit } from '../events/events.ts';
import { commitments, participations } from '../initiatives/tables.ts';
import { knowledgeContributions, knowledgeItems } from '../knowledge/tables.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { assertActsFor, unrestricted, visibleProfessionalContributions, visibleWork } from '../policy/policy.ts';
import { readPersonalData, recordProcessing } from '../processing/processing.ts';
import type { WorkType } from './rules.ts';
import type {
  NewProfessionalContribution,
  ProfessionalContributionQuery,
  ProfessionalContributionView,
} from './schemas.ts';
import { assertSees, lockProfessional, nameFor } from './standing.ts';
import { affiliations, professionalContributions, professionals } from './tables.ts';

type View = z.output<typeof ProfessionalContributionView>;
type Work = { readonly type: WorkType; readonly id: string };

/** The contributions that fulfil a condition, with names as the viewer may see them. */
export const selectContributions = (db: Db, condition: SQL | undefined, name: SQL<string | null>) =>
  db
    .select({
      id: professionalContributions.id,
      professionalId: professionalContributions.professionalId,
      name,
      organisation: organisationIn(professionalContributions.organisationId),
      subjectType: sql<WorkType>`${professionalContributions.subjectType}`,
      subjectId: professionalContributions.subjectId,
      role: professionalContributions.role,
      createdAt: professionalContributions.createdAt,
      changedAt: professionalContributions.changedAt,
      dataSubjectId: professionals.dataSubjectId,
    })
    .from(professionalContributions)
    .leftJoin(professionals, eq(professionals.id, professionalContributions.professionalId))
    .where(condition);

type Row = Awaited<ReturnType<typeof selectContributions>>[number];

/** A contribution as it is shown. */
export const contributionView = (row: Row): View => {
  const { professionalId, name, subjectType, subjectId, dataSubjectId: _, ...rest } = row;
  const professional = professionalId === null ? null : { id: professionalId, name };
  return { ...rest, professional, subject: { type: subjectType, id: subjectId } };
};

async function find(db: Db, caller: Caller, condition: SQL | undefined): Promise<Row> {
  const [row] = await selectContributions(db, condition, nameFor(caller.organisationId));
  if (row === undefined) throw notFound();
  return row;
}

/** One contribution that the caller may see. Throws not_found. */
export async function getProfessionalContribution(
  db: Db,
  context: Context,
  contributionId: string,
): Promise<Answer<View>> {
  const { caller } = context;
  return readPersonalData(db, context, 'professional-contributions', async () => {
    const seen = visibleProfessionalContributions(caller.organisationId);
    const row = await find(db, caller, and(eq(professionalContributions.id, contributionId), seen));
    return { answer: { body: contributionView(row) }, subjects: [row.dataSubjectId] };
  });
}

/** A page of the contributions that the caller may see, in the order of their identifiers. */
export async function listProfessionalContributions(
  db: Db,
  context: Context,
  input: z.output<typeof ProfessionalContributionQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, asOf, changedSince, limit } = input;
  const viewer = context.caller.organisationId;
  const keys = ['professionalId', 'organisationId', 'subjectType', 'subjectId'] as const;
  const condition = and(
    visibleProfessionalContributions(viewer),
    after?.[0] === undefined ? undefined : gt(professionalContributions.id, after[0]),
    ...keys.map((key) => (input[key] === undefined ? undefined : eq(professionalContributions[key], input[key]))),
    asOf === undefined ? undefined : sql`${professionalContributions.createdAt} < ${asOf}::date + 1`,
    changedSince === undefined ? undefined : gte(professionalContributions.changedAt, changedSince),
  );
  return readPersonalData(db, context, 'professional-contributions', async () => {
    const rows = await selectContributions(db, condition, nameFor(viewer))
      .orderBy(professionalContributions.id)
      .limit(limit + 1);
    const answer = pageOf(rows, limit, (row) => [row.id], contributionView);
    return { answer, subjects: rows.slice(0, limit).map(({ dataSubjectId }) => dataSubjectId) };
  });
}

const partIn: Record<WorkType, (id: string, organisationId: string) => SQL> = {
  knowledge_item: (id, organisationId) => sql`exists (select from ${knowledgeItems} k
    where k.id = ${id} and (k.organisation_id = ${organisationId} or exists (select from ${knowledgeContributions} c
      where c.item_id = k.id and c.organisation_id = ${organisationId} and c.state = 'accepted')))`,
  initiative: (id, organisationId) => sql`exists (select from ${participations} p
    where p.initiative_id = ${id} and p.organisation_id = ${organisationId} and p.state = 'accepted')`,
  commitment: (id, organisationId) => sql`exists (select from ${commitments} c
    where c.id = ${id} and ${organisationId} in (c.promiser_organisation_id, c.beneficiary_organisation_id)
      and c.state in ('accepted', 'fulfilled', 'confirmed', 'disputed'))`,
};

/** Throws invalid_input for work that the organisation may not see, takes_no_part where it has no part in it. */
async function assertTakesPart(db: Db, organisationId: string, { type, id }: Work): Promise<void> {
  const seen = visibleWork(organisationId, sql`${type}::text`, sql`${id}::uuid`);
  const [row] = await db.execute<{ seen: boolean; part: boolean }>(sql`
    select coalesce(${seen}, false) as seen, ${partIn[type](id, organisationId)} as part where ${unrestricted('rule')}`);
  if (row?.seen !== true) throw invalid([{ in: 'body', location: '/subjectId', code: 'unknown_work' }]);
  if (!row.part) throw new Problem('takes_no_part');
}

async function assertAffiliated(db: Db, professionalId: string, organisationId: string): Promise<void> {
  const [row] = await db
    .select({ id: affiliations.id })
    .from(affiliations)
    .where(
      and(
        eq(affiliations.professionalId, professionalId),
        eq(affiliations.organisationId, organisationId),
        eq(affiliations.state, 'accepted'),
        unrestricted('rule'),
      ),
    );
  if (row === undefined) throw new Problem('affiliation_required');
}

async function insertContribution(db: Db, row: typeof professionalContributions.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(professionalContributions).values(row));
  } catch (error) {
    if (violatedConstraint(error) === 'professional_contributions_once') throw new Problem('contribution_exists');
    throw error;
  }
}

/**
 * Names the part of a professional in what the caller's organisation does. Throws not_found, not_your_organisation,
 * affiliation_required, takes_no_part, contribution_exists, invalid_input.
 */
export async function recordProfessionalContribution(
  db: Db,
  context: Context,
  professionalId: string,
  { organisationId, subjectType, subjectId, role }: z.output<typeof NewProfessionalContribution>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    await assertSees(db, caller, professionalId);
    assertActsFor(caller, organisationId);
    await lockOrganisations(db, [organisationId]);
    const { dataSubjectId } = await lockProfessional(db, professionalId);
    await assertAffiliated(db, professionalId, organisationId);
    await assertTakesPart(db, organisationId, { type: subjectType, id: subjectId });
    const now = new Date();
    const row = {
      ...{ id: newId(), professionalId, organisationId, subjectType, subjectId, role },
      ...{ createdAt: now, changedAt: now },
    };
    await insertContribution(db, row);
    // Without the professional: events stay, and after an erasure nothing says who it was.
    record({
      ...{ type: 'professional_contribution.recorded', subjectType: 'professional_contribution', subjectId: row.id },
      ...{ organisationIds: [organisationId], data: { subjectType, subjectId } },
    });
    const activity = 'professional-contributions';
    await recordProcessing(db, context, { activity, startedAt: now, subjects: [dataSubjectId] });
    const body = await find(db, caller, and(eq(professionalContributions.id, row.id), unrestricted('checked')));
    return { body: contributionView(body), location: `/v1/professional-contributions/${row.id}` };
  });
}

/**
 * Takes a contribution back, by the organisation that named it: the row goes, since it was about a person. Throws
 * not_found, not_your_organisation.
 */
export async function removeProfessionalContribution(
  db: Db,
  context: Context,
  contributionId: string,
): Promise<Answer<undefined>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const startedAt = new Date();
    const { id, organisationId } = professionalContributions;
    const seen = visibleProfessionalContributions(caller.organisationId);
    const row = await find(db, caller, and(eq(id, contributionId), seen));
    assertActsFor(caller, row.organisation.id);
    await lockOrganisations(db, [row.organisation.id]);
    if (row.professionalId !== null) await lockProfessional(db, row.professionalId);
    const removed = await db
      .delete(professionalContributions)
      .where(and(eq(id, contributionId), unrestricted('checked')))
      .returning({ organisationId });
    if (removed.length === 0) throw notFound();
    record({
      ...{ type: 'professional_contribution.removed', subjectType: 'professional_contribution' },
      ...{ subjectId: contributionId, organisationIds: [row.organisation.id] },
      data: { subjectType: row.subjectType, subjectId: row.subjectId },
    });
    const activity = 'professional-contributions';
    await recordProcessing(db, context, { activity, startedAt, subjects: [row.dataSubjectId] });
    return { body: undefined };
  });
}
