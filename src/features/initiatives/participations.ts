import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { effectiveState, type HandshakeState } from '../../platform/handshake.ts';
import { inState } from '../../platform/offers.ts';
import { notFound } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { isMember, visibleParticipations } from '../policy/policy.ts';
import { placeOf, type Stance } from './rules.ts';
import type { ParticipationQuery, ParticipationView, StanceQuery, StanceView } from './schemas.ts';
import { allianceOf } from './standing.ts';
import { initiatives, participations, stances } from './tables.ts';

type View = z.output<typeof ParticipationView>;

const select = (db: Db, caller: Caller, condition: SQL | undefined) => {
  const viewer = caller.organisationId;
  const party = sql`(${participations.organisationId} = ${viewer}::uuid or ${isMember(viewer, sql`${alliances.id}`)})`;
  return db
    .select({
      id: participations.id,
      initiative: sql<View['initiative']>`json_build_object('id', ${initiatives.id}, 'title', ${initiatives.title})`,
      organisation: organisationIn(participations.organisationId),
      state: sql<HandshakeState>`${participations.state}`,
      stance: sql<Stance | null>`${participations.stance}`,
      offeredBy: organisationIn(participations.offeredByOrganisationId),
      offeredAt: participations.offeredAt,
      expiresAt: participations.expiresAt,
      decidedAt: participations.decidedAt,
      decisionReason: sql<string | null>`case when ${party} then ${participations.decisionReason} end`,
      joinedAt: participations.joinedAt,
      leftAt: participations.leftAt,
      leaveReason: sql<string | null>`case when ${party} then ${participations.leaveReason} end`,
      changedAt: participations.changedAt,
    })
    .from(participations)
    .innerJoin(initiatives, eq(initiatives.id, participations.initiativeId))
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .where(and(visibleParticipations(viewer), condition));
};

type Row = Awaited<ReturnType<typeof select>>[number];

const toView = (row: Row): View => ({
  ...row,
  state: effectiveState(row, new Date()),
  place: row.stance === null ? null : placeOf(row.stance),
});

/** The participation, for whoever may see it. Throws not_found. */
export async function findParticipation(db: Db, caller: Caller, participationId: string): Promise<View> {
  const [row] = await select(db, caller, eq(participations.id, participationId));
  if (row === undefined) throw notFound();
  return toView(row);
}

/** One participation that the caller may see. Throws not_found. */
export async function getParticipation(db: Db, caller: Caller, participationId: string): Promise<Answer<View>> {
  return { body: await findParticipation(db, caller, participationId) };
}

/** A page of the organisations that take part, took part or were asked to. Throws not_found. */
export async function listParticipations(
  db: Db,
  caller: Caller,
  initiativeId: string,
  input: z.output<typeof ParticipationQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await allianceOf(db, caller, initiativeId);
  const { after, organisationId, state, stance, asOf, changedSince, limit } = input;
  const condition = and(
    eq(participations.initiativeId, initiativeId),
    after?.[0] === undefined ? undefined : gt(participations.id, after[0]),
    organisationId === undefined ? undefined : eq(participations.organisationId, organisationId),
    state === undefined ? undefined : inState(participations, state),
    stance === undefined ? undefined : eq(participations.stance, stance),
    asOf === undefined
      ? undefined
      : sql`${participations.joinedAt} < ${asOf}::date + 1
        and (${participations.leftAt} is null or ${participations.leftAt} >= ${asOf}::date + 1)`,
    changedSince === undefined ? undefined : gte(participations.changedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(participations.id)
    .limit(limit + 1);
  return pageOf(rows, limit, (row) => [row.id], toView);
}

/** The stances of an organisation in an initiative, the oldest first. Throws not_found. */
export async function listStances(
  db: Db,
  caller: Caller,
  participationId: string,
  input: z.output<typeof StanceQuery> & { after?: string[] | undefined },
): Promise<PageOf<z.output<typeof StanceView>>> {
  await findParticipation(db, caller, participationId);
  const { after, asOf, changedSince, limit } = input;
  const rows = await db
    .select({
      id: stances.id,
      stance: sql<Stance>`${stances.stance}`,
      reason: stances.reason,
      recordedAt: stances.recordedAt,
    })
    .from(stances)
    .innerJoin(participations, eq(participations.id, stances.participationId))
    .innerJoin(initiatives, eq(initiatives.id, participations.initiativeId))
    .innerJoin(alliances, eq(alliances.id, initiatives.allianceId))
    .where(
      and(
        eq(stances.participationId, participationId),
        visibleParticipations(caller.organisationId),
        after?.[0] === undefined ? undefined : gt(stances.id, after[0]),
        asOf === undefined ? undefined : sql`${stances.recordedAt} < ${asOf}::date + 1`,
        changedSince === undefined ? undefined : gte(stances.recordedAt, changedSince),
      ),
    )
    .orderBy(stances.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => ({ ...row, place: placeOf(row.stance) }),
  );
}
