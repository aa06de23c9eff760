import { randomBytes } from 'node:crypto';
import { and, eq, gt, gte, isNull, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { assertVersion } from '../../platform/conditional.ts';
import { today } from '../../platform/days.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { notFound, Problem } from '../../platform/problem.ts';
import { assertExists, lockOrganisations } from '../alliances/alliances.ts';
import { commit } from '../events/events.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { actingOrganisation, unrestricted, visibleAffiliations, visibleProfessionals } from '../policy/policy.ts';
import { readPersonalData, recordProcessing } from '../processing/processing.ts';
import { affiliationEvent } from './affiliations.ts';
import { newPersonalCode, type PersonalCodes } from './personal-codes.ts';
import type {
  NewProfessional,
  PersonalCodeView,
  ProfessionalChange,
  ProfessionalQuery,
  ProfessionalView,
  RegisteredProfessionalView,
} from './schemas.ts';
import { assertBegun, lockForParty } from './standing.ts';
import { affiliations, professionals } from './tables.ts';

export { listAffiliations } from './affiliations.ts';
export { listProfessionalContributions } from './contributions.ts';
export { listErasures } from './erasures.ts';
export { countExpiredAffiliations, expireAffiliations } from './expiry.ts';
export { clearOldOffers, eraseUnaffiliated, voidUnusedCodes } from './retention.ts';
export { AffiliationView, ErasureView, ProfessionalContributionView, ProfessionalView } from './schemas.ts';

type View = z.output<typeof ProfessionalView>;
type Registered = z.output<typeof RegisteredProfessionalView>;

const select = (db: Db, condition: SQL | undefined) =>
  db
    .select({
      id: professionals.id,
      version: professionals.version,
      name: professionals.name,
      contact: professionals.contact,
      registeredBy: organisationIn(professionals.registeredByOrganisationId),
      hasPersonalCode: sql<boolean>`${professionals.codeDigest} is not null`,
      dataSubjectId: professionals.dataSubjectId,
      createdAt: professionals.createdAt,
      changedAt: professionals.changedAt,
      erasedAt: professionals.erasedAt,
    })
    .from(professionals)
    .where(condition);

type Row = Awaited<ReturnType<typeof select>>[number];

const toView = ({ version: _, dataSubjectId: __, ...view }: Row): View => view;

async function find(db: Db, condition: SQL | undefined): Promise<Row> {
  const [row] = await select(db, condition);
  if (row === undefined) throw notFound();
  return row;
}

const seen = (caller: Caller, professionalId: string) =>
  and(eq(professionals.id, professionalId), visibleProfessionals(caller.organisationId));

/** One professional, and the tombstone of one that was erased for who registered it. Throws not_found. */
export async function getProfessional(db: Db, context: Context, professionalId: string): Promise<Answer<View>> {
  return readPersonalData(db, context, 'professional-register', async () => {
    const row = await find(db, seen(context.caller, professionalId));
    return { answer: { body: toView(row), version: row.version }, subjects: [row.dataSubjectId] };
  });
}

/**
 * The version of a professional alone, which is no personal data; also for the person, by its code. Throws not_found,
 * too_many_requests.
 */
export async function versionOfProfessional(
  db: Db,
  caller: Caller,
  codes: PersonalCodes,
  { professionalId, personalCode }: { readonly professionalId: string; readonly personalCode?: string | undefined },
): Promise<number> {
  const { version, codeDigest } = professionals;
  const read = (condition: SQL | undefined) => db.select({ version, codeDigest }).from(professionals).where(condition);
  const [known] = await read(seen(caller, professionalId));
  if (known !== undefined) return known.version;
  if (personalCode === undefined) throw notFound();
  const there = and(eq(professionals.id, professionalId), isNull(professionals.erasedAt), unrestricted('rule'));
  const [row] = await read(there);
  codes.assert(caller, { id: professionalId, codeDigest: row?.codeDigest ?? null, hidden: true }, personalCode);
  if (row === undefined) throw notFound();
  return row.version;
}

const affiliatedWith = (caller: Caller, organisationId: string) => sql`(select true from ${affiliations}
  where ${affiliations.professionalId} = ${professionals.id} and ${affiliations.organisationId} = ${organisationId}
    and ${affiliations.state} = 'accepted' and ${visibleAffiliations(caller.organisationId)} limit 1)`;

/** A page of the professionals that the caller may see, in the order of their identifiers. */
export async function listProfessionals(
  db: Db,
  context: Context,
  input: z.output<typeof ProfessionalQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { caller } = context;
  const { after, registeredByOrganisationId, organisationId, erased, asOf, changedSince, limit } = input;
  const condition = and(
    visibleProfessionals(caller.organisationId),
    after?.[0] === undefined ? undefined : gt(professionals.id, after[0]),
    registeredByOrganisationId === undefined
      ? undefined
      : eq(professionals.registeredByOrganisationId, registeredByOrganisationId),
    organisationId === undefined ? undefined : affiliatedWith(caller, organisationId),
    erased === undefined ? undefined : sql`(${professionals.erasedAt} is not null) = ${erased}`,
    asOf === undefined ? undefined : sql`${professionals.createdAt} < ${asOf}::date + 1`,
    changedSince === undefined ? undefined : gte(professionals.changedAt, changedSince),
  );
  return readPersonalData(db, context, 'professional-register', async () => {
    const rows = await select(db, condition)
      .orderBy(professionals.id)
      .limit(limit + 1);
    const answer = pageOf(rows, limit, (row) => [row.id], toView);
    return { answer, subjects: rows.slice(0, limit).map(({ dataSubjectId }) => dataSubjectId) };
  });
}

/**
 * Registers a professional and offers its affiliation, which waits for the other side: at the caller's own organisation
 * for the person with its code, elsewhere for that organisation. The code is in this answer alone, never in the one
 * that is kept for a repeated request. Throws not_your_organisation, organisation_dissolved, invalid_input.
 */
export async function registerProfessional(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  input: z.output<typeof NewProfessional>,
  personalCode: string = newPersonalCode(),
): Promise<Answer<Registered>> {
  const own = actingOrganisation(context.caller);
  const { name, contact, role, organisationId = own, startsOn = today(), expiresInDays } = input;
  assertBegun(startsOn);
  return commit(db, context, async (db, record) => {
    const organisations = await lockOrganisations(db, [own, organisationId]);
    assertExists(organisations, own);
    assertExists(organisations, organisationId);
    const now = new Date();
    const id = newId();
    const dataSubjectId = randomBytes(16).toString('base64url');
    await db.insert(professionals).values({
      ...{ id, registeredByOrganisationId: own, name, contact: contact ?? null, dataSubjectId },
      ...{ codeDigest: codes.digest(personalCode), codeIssuedAt: now, createdAt: now, changedAt: now },
    });
    const affiliation = {
      ...{ id: newId(), professionalId: id, organisationId, role, state: 'offered', startsOn },
      ...{ offeredBy: organisationId === own ? 'organisation' : 'professional', offeredByOrganisationId: own },
      ...{ offeredAt: now, expiresAt: new Date(now.getTime() + expiresInDays * 86_400_000), changedAt: now },
    };
    await db.insert(affiliations).values(affiliation);
    record({ type: 'professional.registered', subjectType: 'professional', subjectId: id, organisationIds: [own] });
    record(affiliationEvent('affiliation.offered', affiliation));
    const subjects = [dataSubjectId];
    await recordProcessing(db, context, { activity: 'professional-register', startedAt: now, subjects });
    const row = await find(db, and(eq(professionals.id, id), unrestricted('checked')));
    const body: Registered = { ...toView(row), affiliationId: affiliation.id, personalCode };
    const location = `/v1/professionals/${id}`;
    return { body, kept: { ...body, personalCode: null }, version: row.version, location };
  });
}

/**
 * Changes name or contact: by the person with its code, or by the organisation that registered it. Throws not_found,
 * wrong_personal_code, too_many_requests, registering_organisation_required, precondition_failed.
 */
export async function changeProfessional(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  { professionalId, ifMatch }: { readonly professionalId: string; readonly ifMatch: number },
  { personalCode, ...change }: z.output<typeof ProfessionalChange>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const startedAt = new Date();
    const locked = await lockForParty(db, context.caller, codes, { professionalId, personalCode });
    assertVersion(ifMatch, locked.version);
    const { name = locked.name, contact = locked.contact } = change;
    const own = and(eq(professionals.id, professionalId), unrestricted('checked'));
    await db
      .update(professionals)
      .set({ name, contact, version: locked.version + 1, changedAt: new Date() })
      .where(own);
    record({
      type: 'professional.changed',
      subjectType: 'professional',
      subjectId: professionalId,
      organisationIds: [locked.registeredByOrganisationId],
    });
    const activity = personalCode === undefined ? 'professional-register' : 'data-subject-rights';
    await recordProcessing(db, context, { activity, startedAt, subjects: [locked.dataSubjectId] });
    const row = await find(db, own);
    return { body: toView(row), version: row.version };
  });
}

/**
 * Gives a professional a new personal code, shown this once; the one before is void at once. By the organisation that
 * registered it. The answer is never kept, so an idempotency key is refused. Throws invalid_idempotency_key, not_found,
 * registering_organisation_required.
 */
export async function renewPersonalCode(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  professionalId: string,
  personalCode: string = newPersonalCode(),
): Promise<Answer<z.output<typeof PersonalCodeView>>> {
  if (context.idempotency !== undefined) throw new Problem('invalid_idempotency_key');
  return commit(db, context, async (db, record) => {
    const party = { professionalId, personalCode: undefined };
    const { registeredByOrganisationId, dataSubjectId, version } = await lockForParty(db, context.caller, codes, party);
    const now = new Date();
    await db
      .update(professionals)
      .set({
        codeDigest: codes.digest(personalCode),
        codeIssuedAt: now,
        codeUsedAt: null,
        version: version + 1,
        changedAt: now,
      })
      .where(and(eq(professionals.id, professionalId), unrestricted('checked')));
    record({
      type: 'professional.code.renewed',
      subjectType: 'professional',
      subjectId: professionalId,
      organisationIds: [registeredByOrganisationId],
    });
    await recordProcessing(db, context, {
      activity: 'professional-register',
      startedAt: now,
      subjects: [dataSubjectId],
    });
    return { body: { professionalId, personalCode, issuedAt: now } };
  });
}
