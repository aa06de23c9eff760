import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { recordProcessing } from '../processing/processing.ts';
import { processingRecords } from '../processing/tables.ts';
import { affiliationView, selectAffiliations } from './affiliations.ts';
import { contributionView, selectContributions } from './contributions.ts';
import type { PersonalCodes } from './personal-codes.ts';
import type { AccessExportView, NewAccessExport } from './schemas.ts';
import { lockByCode } from './standing.ts';
import { affiliations, professionalContributions, professionals } from './tables.ts';

type View = z.output<typeof AccessExportView>;
type Document = View['document'];
type ProcessingLine = Document['processing'][number];

const ownName = sql<string | null>`${professionals.name}`;

async function processingOf(db: Db, dataSubjectId: string): Promise<ProcessingLine[]> {
  const rows = await db.execute<Omit<ProcessingLine, 'firstAt' | 'lastAt'> & { firstAt: string; lastAt: string }>(sql`
    select p.*, case when o.id is not null then json_build_object('id', o.id, 'name', o.name) end as organisation
    from (select to_char(started_at, 'YYYY-MM-DD') as day, organisation_id, activity_id as "activityId", name,
        count(*)::int as count, min(started_at) as "firstAt", max(ended_at) as "lastAt"
      from ${processingRecords} where data_subject_id = ${dataSubjectId} and ${unrestricted('checked')}
      group by 1, 2, 3, 4) p
    left join ${organisations} o on o.id = p.organisation_id
    order by p.day, p.name, p."activityId", p.organisation_id`);
  return rows.map(({ day, organisation, activityId, name, count, firstAt, lastAt }) => ({
    ...{ day, organisation, activityId, name, count },
    ...{ firstAt: new Date(firstAt), lastAt: new Date(lastAt) },
  }));
}

/** The document as it goes over the wire, as canonical JSON: what its hash is of. */
const canonical = (document: unknown) => canonicalize(JSON.parse(JSON.stringify(document))) ?? '';

/**
 * Everything that is kept of a person, for the person itself (art. 15 AVG), with its SHA-256. The professional is locked
 * meanwhile, so that all of it is of one moment. It is never kept, so an idempotency key is refused. Throws
 * invalid_idempotency_key, not_found, wrong_personal_code, too_many_requests.
 */
export async function exportPersonalData(
  db: Db,
  context: Context,
  { codes, issuer }: { readonly codes: PersonalCodes; readonly issuer: string },
  professionalId: string,
  { personalCode }: z.output<typeof NewAccessExport>,
): Promise<Answer<View>> {
  if (context.idempotency !== undefined) throw new Problem('invalid_idempotency_key');
  return commit(db, context, async (db, record) => {
    const exportedAt = new Date();
    const row = await lockByCode(db, context.caller, codes, { professionalId, personalCode });
    const { dataSubjectId, registeredByOrganisationId } = row;
    await recordProcessing(db, context, {
      activity: 'data-subject-rights',
      startedAt: exportedAt,
      subjects: [dataSubjectId],
    });
    const [registeredBy] = await db
      .select({ id: organisations.id, name: organisations.name })
      .from(organisations)
      .where(eq(organisations.id, registeredByOrganisationId));
    if (registeredBy === undefined) throw new Error('an organisation that registered is never removed');
    const ofPerson = and(eq(affiliations.professionalId, professionalId), unrestricted('checked'));
    const worked = and(eq(professionalContributions.professionalId, professionalId), unrestricted('checked'));
    const { id, version, name, contact, codeIssuedAt, codeUsedAt, createdAt, changedAt } = row;
    const professional = {
      ...{ id, version, name, contact, registeredBy, createdAt, changedAt },
      ...{ codeIssuedAt: codeIssuedAt ?? createdAt, codeUsedAt: codeUsedAt ?? exportedAt },
    };
    const document: Document = {
      ...{ issuer, exportedAt, professional },
      affiliations: (await selectAffiliations(db, ofPerson, ownName).orderBy(affiliations.id)).map(affiliationView),
      contributions: (await selectContributions(db, worked, ownName).orderBy(professionalContributions.id)).map(
        contributionView,
      ),
      processing: await processingOf(db, dataSubjectId),
    };
    record({
      ...{ type: 'professional.exported', subjectType: 'professional', subjectId: professionalId },
      organisationIds: [registeredByOrganisationId],
    });
    return { body: { document, sha256: createHash('sha256').update(canonical(document)).digest('hex') } };
  });
}
