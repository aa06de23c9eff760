import { and, eq, sql } from 'drizzle-orm';
import type { z } from 'zod';
import type { Answer } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import { today } from '../../platform/days.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { decide, end, type HandshakeState } from '../../platform/handshake.ts';
import { newId } from '../../platform/id.ts';
import { ranOut } from '../../platform/offers.ts';
import { invalid, notFound, Problem } from '../../platform/problem.ts';
import { assertExists, lockOrganisations } from '../alliances/alliances.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { actingOrganisation, unrestricted, type Visible, visibleAffiliations } from '../policy/policy.ts';
import { recordProcessing } from '../processing/processing.ts';
import { affiliationEvent, affiliationView, findAffiliation, selectAffiliations } from './affiliations.ts';
import type { PersonalCodes } from './personal-codes.ts';
import { type AffiliationSide, sideOf } from './rules.ts';
import type { AffiliationView, NewAffiliation, NewAffiliationDecision, NewAffiliationEnd } from './schemas.ts';
import { assertBegun, assertSees, lockByCode, lockProfessional, nameFor, type Professional } from './standing.ts';
import { affiliations } from './tables.ts';

type View = z.output<typeof AffiliationView>;
type Affiliation = typeof affiliations.$inferSelect;

/** Which side makes an offer: the person by its code, or who registered it, of another organisation; else that one. */
function offeringSide(
  own: string,
  organisationId: string,
  { registeredByOrganisationId }: Professional,
): AffiliationSide {
  if (organisationId === own) return 'organisation';
  if (registeredByOrganisationId === own) return 'professional';
  throw new Problem('not_your_organisation');
}

async function expireOffers(db: Db, professionalId: string, record: (event: NewEvent) => void): Promise<void> {
  const expired = await db
    .update(affiliations)
    .set({ state: 'expired', version: sql`${affiliations.version} + 1`, changedAt: new Date() })
    .where(and(eq(affiliations.professionalId, professionalId), ranOut(affiliations), unrestricted('checked')))
    .returning();
  for (const row of expired) record(affiliationEvent('affiliation.expired', row));
}

async function insertOffer(db: Db, row: typeof affiliations.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(affiliations).values(row));
  } catch (error) {
    if (violatedConstraint(error) === 'affiliations_open') throw new Problem('affiliation_exists');
    throw error;
  }
}

/**
 * Claims an affiliation for the person, or offers one as an organisation; the other side answers. Throws not_found,
 * wrong_personal_code, too_many_requests, not_your_organisation, affiliation_exists, organisation_dissolved,
 * invalid_input.
 */
export async function offerAffiliation(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  professionalId: string,
  input: z.output<typeof NewAffiliation>,
): Promise<Answer<View>> {
  const { caller } = context;
  const own = actingOrganisation(caller);
  const { personalCode, role, organisationId = own, startsOn = today(), expiresInDays } = input;
  assertBegun(startsOn);
  return commit(db, context, async (db, record) => {
    if (personalCode === undefined) await assertSees(db, caller, professionalId);
    const organisations = await lockOrganisations(db, [own, organisationId]);
    const professional =
      personalCode === undefined
        ? await lockProfessional(db, professionalId)
        : await lockByCode(db, caller, codes, { professionalId, personalCode });
    if (personalCode === undefined) await assertSees(db, caller, professionalId);
    const offeredBy = personalCode === undefined ? offeringSide(own, organisationId, professional) : 'professional';
    assertExists(organisations, organisationId);
    await expireOffers(db, professionalId, record);
    const now = new Date();
    const row = {
      ...{ id: newId(), professionalId, organisationId, role, state: 'offered', startsOn, offeredBy },
      ...{ offeredByOrganisationId: own, offeredAt: now, changedAt: now },
      expiresAt: new Date(now.getTime() + expiresInDays * 86_400_000),
    };
    await insertOffer(db, row);
    record(affiliationEvent('affiliation.offered', row));
    const body = await shownAfter(db, context, row.id, { startedAt: now, professional });
    return { body, location: `/v1/affiliations/${row.id}` };
  });
}

type Party = {
  readonly row: Affiliation;
  readonly professional: Professional;
  readonly side: AffiliationSide | undefined;
};

type AffiliationAsked = { readonly affiliationId: string; readonly personalCode: string | undefined };

/** An affiliation that the caller may see, or with a code any, and whether it may. Throws not_found. */
async function findAsked(
  db: Db,
  { caller }: Context,
  codes: PersonalCodes,
  { affiliationId, personalCode }: AffiliationAsked,
) {
  const viewer = caller.organisationId;
  const find = async (visible: Visible) => {
    const [row] = await selectAffiliations(db, and(eq(affiliations.id, affiliationId), visible), nameFor(viewer));
    return row;
  };
  const seen = await find(visibleAffiliations(viewer));
  const row = seen ?? (personalCode === undefined ? undefined : await find(unrestricted('rule')));
  if (row === undefined && personalCode !== undefined)
    codes.assert(caller, { id: affiliationId, codeDigest: null, hidden: true }, personalCode);
  if (row === undefined) throw notFound();
  return { ...row, seen: seen !== undefined };
}

/** Locks an affiliation, after its professional, for one of its sides. Throws not_found, wrong_personal_code. */
async function lockParty(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  asked: AffiliationAsked,
): Promise<Party & { organisations: Awaited<ReturnType<typeof lockOrganisations>> }> {
  const { caller } = context;
  const { affiliationId, personalCode } = asked;
  const { professionalId, organisation, seen } = await findAsked(db, context, codes, asked);
  const organisations = await lockOrganisations(db, [caller.organisationId, organisation.id]);
  const professional =
    personalCode === undefined
      ? await lockProfessional(db, professionalId)
      : await lockByCode(db, caller, codes, { professionalId, personalCode, asked: { id: affiliationId, seen } });
  const [row] = await db
    .select()
    .from(affiliations)
    .where(and(eq(affiliations.id, affiliationId), unrestricted('checked')))
    .for('update');
  if (row === undefined) throw notFound();
  const acts = { withCode: personalCode !== undefined, organisationId: caller.organisationId };
  return { row, professional, side: sideOf(acts, row), organisations };
}

async function shownAfter(
  db: Db,
  context: Context,
  affiliationId: string,
  { startedAt, professional }: { readonly startedAt: Date; readonly professional: Professional },
): Promise<View> {
  await recordProcessing(db, context, { activity: 'affiliations', startedAt, subjects: [professional.dataSubjectId] });
  const condition = and(eq(affiliations.id, affiliationId), unrestricted('checked'));
  return affiliationView(await findAffiliation(db, context.caller.organisationId, condition));
}

/** The side for which a client answers an offer: its own, or that of the person for whom it made the offer. */
const answeringSide = ({ side, row }: Party) => side ?? (row.offeredBy as AffiliationSide);

/**
 * Answers an affiliation: who received it accepts or declines, who offered it withdraws. The same decision again
 * changes nothing. Throws not_found, wrong_personal_code, too_many_requests, wrong_side, handshake_refused,
 * organisation_dissolved.
 */
export async function decideAffiliation(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  affiliationId: string,
  { personalCode, decision, reason }: z.output<typeof NewAffiliationDecision>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const startedAt = new Date();
    const party = await lockParty(db, context, codes, { affiliationId, personalCode });
    const { row, professional, organisations } = party;
    const side = answeringSide(party) === row.offeredBy ? 'offerer' : 'receiver';
    const state = decide({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, side, decision, startedAt);
    if (state !== row.state) {
      if (state === 'accepted') assertExists(organisations, row.organisationId);
      await db
        .update(affiliations)
        .set({
          ...{ state, version: row.version + 1, decidedAt: startedAt },
          ...{ decisionReason: reason ?? null, changedAt: startedAt },
        })
        .where(and(eq(affiliations.id, affiliationId), unrestricted('checked')));
      record(affiliationEvent(`affiliation.${state}`, row));
    }
    return { body: await shownAfter(db, context, affiliationId, { startedAt, professional }) };
  });
}

/**
 * Ends an affiliation from a day on, by either side. Ending it again changes nothing. Throws not_found,
 * wrong_personal_code, too_many_requests, wrong_side, handshake_refused, invalid_input.
 */
export async function endAffiliation(
  db: Db,
  context: Context,
  codes: PersonalCodes,
  affiliationId: string,
  { personalCode, reason, endsOn = today() }: z.output<typeof NewAffiliationEnd>,
): Promise<Answer<View>> {
  return commit(db, context, async (db, record) => {
    const now = new Date();
    const { row, professional, side } = await lockParty(db, context, codes, { affiliationId, personalCode });
    if (side === undefined) throw new Problem('wrong_side');
    if (row.state !== 'ended') {
      const state = end({ state: row.state as HandshakeState, expiresAt: row.expiresAt }, now);
      assertEnd(row.startsOn, endsOn);
      await db
        .update(affiliations)
        .set({
          ...{ state, endsOn, endedBy: side, endReason: reason ?? null },
          ...{ version: row.version + 1, changedAt: now },
        })
        .where(and(eq(affiliations.id, affiliationId), unrestricted('checked')));
      record(affiliationEvent('affiliation.ended', row));
    }
    return { body: await shownAfter(db, context, affiliationId, { startedAt: now, professional }) };
  });
}

function assertEnd(startsOn: string, endsOn: string): void {
  const location = '/endsOn';
  if (endsOn > today()) throw invalid([{ in: 'body', location, code: 'in_the_future' }]);
  if (endsOn < startsOn) throw invalid([{ in: 'body', location, code: 'ends_before_start' }]);
}
