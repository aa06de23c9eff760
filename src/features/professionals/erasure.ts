import { and, count, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import type { Receipts } from '../access/access.ts';
import { lockOrganisations } from '../alliances/alliances.ts';
import { commit, type NewEvent, removeAnswersNaming } from '../events/events.ts';
import { unrestricted } from '../policy/policy.ts';
import { recordProcessing } from '../processing/processing.ts';
import { processingRecords } from '../processing/tables.ts';
import { affiliationEvent } from './affiliations.ts';
import { erasurePayload, erasureReceiptType } from './erasure-receipts.ts';
import type { PersonalCodes } from './personal-codes.ts';
import type { ErasureGround } from './rules.ts';
import type { ErasureView, NewErasure } from './schemas.ts';
import { lockForParty, type Professional } from './standing.ts';
import { affiliations, erasures, professionalContributions, professionals } from './tables.ts';

type View = z.output<typeof ErasureView>;

/** Who asked for an erasure, and why. */
export type ErasureRequest = { readonly requestedBy: View['requestedBy']; readonly ground: ErasureGround };

type Transaction = {
  readonly context: Context;
  readonly receipts: Receipts;
  readonly record: (event: NewEvent) => void;
};

/**
 * Erases a locked professional in the transaction of its caller: name, contact and code go, its affiliations end and
 * lose role and reasons, what it worked on loses the person, saved answers that name it go, and its name in the
 * processing log is destroyed, so that the records there are about nobody any more.
 */
export async function eraseProfessional(
  db: Db,
  { context, receipts, record }: Transaction,
  professional: Professional,
  request: ErasureRequest,
): Promise<View> {
  const erasureId = newId();
  const erasedAt = new Date();
  const { id: professionalId, dataSubjectId, registeredByOrganisationId } = professional;
  await recordProcessing(db, context, {
    activity: request.requestedBy === 'node' ? 'retention' : 'data-subject-rights',
    startedAt: erasedAt,
    subjects: [dataSubjectId],
  });
  const counts = {
    names: 1,
    contacts: professional.contact === null ? 0 : 1,
    personalCodes: professional.codeDigest === null ? 0 : 1,
    affiliations: await emptyAffiliations(db, professionalId, { erasedAt, record }),
    contributions: await emptyContributions(db, professionalId, erasedAt),
    savedAnswers: await removeAnswersNaming(db, professionalId),
    processingRecords: await countProcessing(db, dataSubjectId),
  };
  await db
    .update(professionals)
    .set({
      ...{ name: null, contact: null, dataSubjectId: null, codeDigest: null, codeIssuedAt: null, codeUsedAt: null },
      ...{ erasedAt, changedAt: erasedAt, version: professional.version + 1 },
    })
    .where(and(eq(professionals.id, professionalId), unrestricted('checked')));
  const erasure = { id: erasureId, professionalId, ...request, counts, erasedAt };
  const receipt = await receipts.sign(db, erasureReceiptType, erasurePayload(receipts.issuer, erasure));
  const requestedByOrganisationId = context.caller.organisationId;
  await db.insert(erasures).values({ ...erasure, registeredByOrganisationId, requestedByOrganisationId, receipt });
  record({
    ...{ type: 'professional.erased', subjectType: 'professional', subjectId: professionalId },
    ...{ organisationIds: [registeredByOrganisationId], data: { erasureId } },
  });
  return erasure;
}

async function emptyAffiliations(
  db: Db,
  professionalId: string,
  { erasedAt, record }: { readonly erasedAt: Date; readonly record: (event: NewEvent) => void },
): Promise<number> {
  const ofPerson = and(eq(affiliations.professionalId, professionalId), unrestricted('checked'));
  const open = await db.select().from(affiliations).where(ofPerson).for('update');
  const { state, endsOn } = affiliations;
  await db
    .update(affiliations)
    .set({
      ...{ role: null, decisionReason: null, endReason: null, changedAt: erasedAt },
      state: sql`case ${state} when 'offered' then 'withdrawn' when 'accepted' then 'ended' else ${state} end`,
      endsOn: sql`case when ${state} = 'accepted' then ${today()}::date else ${endsOn} end`,
      version: sql`${affiliations.version} + 1`,
    })
    .where(ofPerson);
  for (const row of open) {
    if (row.state === 'accepted') record(affiliationEvent('affiliation.ended', row));
    if (row.state === 'offered') record(affiliationEvent('affiliation.withdrawn', row));
  }
  return open.length;
}

async function emptyContributions(db: Db, professionalId: string, changedAt: Date): Promise<number> {
  const emptied = await db
    .update(professionalContributions)
    .set({ professionalId: null, role: null, changedAt })
    .where(and(eq(professionalContributions.professionalId, professionalId), unrestricted('checked')))
    .returning({ id: professionalContributions.id });
  return emptied.length;
}

async function countProcessing(db: Db, dataSubjectId: string): Promise<number> {
  const [row] = await db
    .select({ count: count() })
    .from(processingRecords)
    .where(and(eq(processingRecords.dataSubjectId, dataSubjectId), unrestricted('checked')));
  return row?.count ?? 0;
}

/**
 * Erases a person (art. 17 AVG), by the person with its code or by the organisation that registered it, and answers
 * what was removed where. Throws not_found, also where it was erased before; wrong_personal_code, too_many_requests,
 * registering_organisation_required.
 */
export async function requestErasure(
  db: Db,
  context: Context,
  { codes, receipts }: { readonly codes: PersonalCodes; readonly receipts: Receipts },
  professionalId: string,
  { personalCode, ground }: z.output<typeof NewErasure>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    await lockOrganisations(db, [context.caller.organisationId]);
    const professional = await lockForParty(db, context.caller, codes, { professionalId, personalCode });
    const requestedBy = personalCode === undefined ? 'organisation' : 'professional';
    const body = await eraseProfessional(db, { context, receipts, record }, professional, { requestedBy, ground });
    return { body, location: `/v1/erasures/${body.id}` };
  });
}
