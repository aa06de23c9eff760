import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { inState } from '../../platform/offers.ts';
import { notFound } from '../../platform/problem.ts';
import type { NewEvent } from '../events/events.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { type Viewer, visibleAffiliations } from '../policy/policy.ts';
import { readPersonalData } from '../processing/processing.ts';
import type { AffiliationSide } from './rules.ts';
import type { AffiliationQuery, AffiliationView } from './schemas.ts';
import { nameFor } from './standing.ts';
import { affiliations, professionals } from './tables.ts';

type View = z.output<typeof AffiliationView>;

/** The affiliations that fulfil a condition, with names as the viewer may see them. */
export const selectAffiliations = (db: Db, condition: SQL | undefined, name: SQL<string | null>) =>
  db
    .select({
      id: affiliations.id,
      professionalId: affiliations.professionalId,
      name,
      organisation: organisationIn(affiliations.organisationId),
      role: affiliations.role,
      state: sql<HandshakeState>`${affiliations.state}`,
      offeredBy: sql<AffiliationSide>`${affiliations.offeredBy}`,
      offeredByOrganisation: organisationIn(affiliations.offeredByOrganisationId),
      offeredAt: affiliations.offeredAt,
      expiresAt: affiliations.expiresAt,
      decidedAt: affiliations.decidedAt,
      decisionReason: affiliations.decisionReason,
      startsOn: affiliations.startsOn,
      endsOn: affiliations.endsOn,
      endedBy: sql<AffiliationSide | null>`${affiliations.endedBy}`,
      endReason: affiliations.endReason,
      changedAt: affiliations.changedAt,
      dataSubjectId: professionals.dataSubjectId,
    })
    .from(affiliations)
    .innerJoin(professionals, eq(professionals.id, affiliations.professionalId))
    .where(condition);

type Row = Awaited<ReturnType<typeof selectAffiliations>>[number];

/** An affiliation as it is shown. */
export const affiliationView = ({ professionalId, name, dataSubjectId: _, ...row }: Row): View => ({
  ...row,
  professional: { id: professionalId, name },
  state: effectiveState(row, new Date()),
});

/** One affiliation by a condition. Throws not_found. */
export async function findAffiliation(db: Db, viewer: Viewer, condition: SQL | undefined): Promise<Row> {
  const [row] = await selectAffiliations(db, condition, nameFor(viewer));
  if (row === undefined) throw notFound();
  return row;
}

/** One affiliation of the caller's organisation, or that its client offered. Throws not_found. */
export async function getAffiliation(db: Db, context: Context, affiliationId: string): Promise<Answer<View>> {
  const viewer = context.caller.organisationId;
  return readPersonalData(db, context, 'affiliations', async () => {
    const condition = and(eq(affiliations.id, affiliationId), visibleAffiliations(viewer));
    const row = await findAffiliation(db, viewer, condition);
    return { answer: { body: affiliationView(row) }, subjects: [row.dataSubjectId] };
  });
}

const heldOn = (day: string) => sql`${affiliations.state} in ('accepted', 'ended')
  and ${affiliations.startsOn} <= ${day}::date and (${affiliations.endsOn} is null or ${affiliations.endsOn} > ${day}::date)`;

/** A page of the affiliations that the caller may see, in the order of their identifiers. */
export async function listAffiliations(
  db: Db,
  context: Context,
  input: z.output<typeof AffiliationQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const { after, state, asOf, changedSince, limit } = input;
  const viewer = context.caller.organisationId;
  const keys = ['professionalId', 'organisationId', 'offeredByOrganisationId', 'offeredBy'] as const;
  const condition = and(
    visibleAffiliations(viewer),
    after?.[0] === undefined ? undefined : gt(affiliations.id, after[0]),
    ...keys.map((key) => (input[key] === undefined ? undefined : eq(affiliations[key], input[key]))),
    state === undefined ? undefined : inState(affiliations, state),
    asOf === undefined ? undefined : heldOn(asOf),
    changedSince === undefined ? undefined : gte(affiliations.changedAt, changedSince),
  );
  return readPersonalData(db, context, 'affiliations', async () => {
    const rows = await selectAffiliations(db, condition, nameFor(viewer))
      .orderBy(affiliations.id)
      .limit(limit + 1);
    const answer = pageOf(rows, limit, (row) => [row.id], affiliationView);
    return { answer, subjects: rows.slice(0, limit).map(({ dataSubjectId }) => dataSubjectId) };
  });
}

/** What happened to an affiliation, with identifiers alone. */
export const affiliationEvent = (
  type: NewEvent['type'],
  { id, professionalId, organisationId }: { id: string; professionalId: string; organisationId: string },
): NewEvent => ({
  ...{ type, subjectType: 'affiliation', subjectId: id, organisationIds: [organisationId] },
  data: { professionalId },
});
