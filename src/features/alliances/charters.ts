import { createHash } from 'node:crypto';
import { and, desc, eq, gt, gte, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { conflict, notFound, Problem } from '../../platform/problem.ts';
import { commit } from '../events/events.ts';
import { organisations } from '../organisations/tables.ts';
import { unrestricted, visibleAlliances, visibleCharterDecisions } from '../policy/policy.ts';
import { today } from './rules.ts';
import type {
  CharterDecisionQuery,
  CharterDecisionView,
  CharterQuery,
  CharterSummary,
  CharterView,
  NewCharter,
  NewCharterDecision,
} from './schemas.ts';
import { assertConvener, assertMember, assertVisible, lockVisibleAlliance } from './standing.ts';
import { alliances, charterDecisions, charters } from './tables.ts';

type View = z.output<typeof CharterView>;
type Summary = z.output<typeof CharterSummary>;
type DecisionView = z.output<typeof CharterDecisionView>;

const summaryColumns = {
  id: charters.id,
  allianceId: charters.allianceId,
  number: charters.number,
  title: charters.title,
  contentHash: charters.contentHash,
  effectiveOn: charters.effectiveOn,
  publishedBy: sql<View['publishedBy']>`(select json_build_object('id', o.id, 'name', o.name) from ${organisations} o
    where o.id = ${charters}.published_by_organisation_id)`,
  publishedAt: charters.publishedAt,
  acceptedCount: sql<number>`(select count(*)::int from ${charterDecisions} d
    where d.charter_id = ${charters}.id and d.decision = 'accepted')`,
};

async function find(db: Db, caller: Caller, allianceId: string, charterId: string): Promise<View> {
  const [row] = await db
    .select({ ...summaryColumns, text: charters.text })
    .from(charters)
    .innerJoin(alliances, eq(alliances.id, charters.allianceId))
    .where(
      and(eq(charters.id, charterId), eq(charters.allianceId, allianceId), visibleAlliances(caller.organisationId)),
    );
  if (row === undefined) throw notFound();
  return row;
}

/** One version of the charter of an alliance that the caller may see. Throws not_found. */
export async function getCharter(db: Db, caller: Caller, allianceId: string, charterId: string): Promise<Answer<View>> {
  return { body: await find(db, caller, allianceId, charterId) };
}

/** The versions of an alliance's charter without their texts, the newest first. Throws not_found. */
export async function listCharters(
  db: Db,
  caller: Caller,
  allianceId: string,
  input: z.output<typeof CharterQuery> & { after?: string[] | undefined },
): Promise<PageOf<Summary>> {
  await assertVisible(db, caller, allianceId);
  const { after, asOf, changedSince, limit } = input;
  const rows = await db
    .select(summaryColumns)
    .from(charters)
    .innerJoin(alliances, eq(alliances.id, charters.allianceId))
    .where(
      and(
        eq(charters.allianceId, allianceId),
        visibleAlliances(caller.organisationId),
        after?.[0] === undefined ? undefined : lt(charters.number, Number(after[0])),
        asOf === undefined ? undefined : lte(charters.effectiveOn, asOf),
        changedSince === undefined ? undefined : gte(charters.publishedAt, changedSince),
      ),
    )
    .orderBy(desc(charters.number))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [String(row.number)],
    (row) => row,
  );
}

/**
 * Publishes the next version of an alliance's charter, as one of its conveners. It binds nobody: each member accepts it
 * by an act of its own. Throws not_found, convener_required.
 */
export async function publishCharter(
  db: Db,
  context: Context,
  allianceId: string,
  input: z.output<typeof NewCharter>,
): Promise<Answer<View>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    await lockVisibleAlliance(db, caller, allianceId);
    const organisationId = await assertConvener(db, caller, allianceId);
    const [last] = await db
      .select({ number: charters.number })
      .from(charters)
      .where(and(eq(charters.allianceId, allianceId), unrestricted('checked')))
      .orderBy(desc(charters.number))
      .limit(1);
    const charterId = newId();
    await db.insert(charters).values({
      id: charterId,
      allianceId,
      number: (last?.number ?? 0) + 1,
      title: input.title,
      text: input.text,
      contentHash: createHash('sha256').update(input.text, 'utf8').digest('hex'),
      effectiveOn: input.effectiveOn ?? today(),
      publishedByOrganisationId: organisationId,
      publishedAt: new Date(),
    });
    const touched = { allianceId, organisationIds: [organisationId] };
    record({ type: 'charter.published', subjectType: 'charter', subjectId: charterId, ...touched });
    const location = `/v1/alliances/${allianceId}/charters/${charterId}`;
    return { body: await find(db, caller, allianceId, charterId), location };
  });
}

const decisionColumns = {
  id: charterDecisions.id,
  charterId: charterDecisions.charterId,
  organisation: sql<
    DecisionView['organisation']
  >`json_build_object('id', ${organisations.id}, 'name', ${organisations.name})`,
  decision: sql<DecisionView['decision']>`${charterDecisions.decision}`,
  reason: charterDecisions.reason,
  decidedAt: charterDecisions.decidedAt,
};

const selectDecisions = (db: Db, condition: SQL | undefined) =>
  db
    .select(decisionColumns)
    .from(charterDecisions)
    .innerJoin(charters, eq(charters.id, charterDecisions.charterId))
    .innerJoin(alliances, eq(alliances.id, charters.allianceId))
    .innerJoin(organisations, eq(organisations.id, charterDecisions.organisationId))
    .where(condition);

/**
 * Decides on a version of the charter for the caller's organisation. Who declined may accept later; an acceptance
 * stands. The same decision again changes nothing. Throws not_found, member_required, charter_changed,
 * handshake_refused.
 */
export async function decideCharter(
  db: Db,
  context: Context,
  allianceId: string,
  charterId: string,
  input: z.output<typeof NewCharterDecision>,
): Promise<Answer<DecisionView>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    await lockVisibleAlliance(db, caller, allianceId);
    const organisationId = await assertMember(db, caller, allianceId);
    const charter = await find(db, caller, allianceId, charterId);
    if (charter.contentHash !== input.contentHash) throw new Problem('charter_changed');
    const own = and(
      eq(charterDecisions.charterId, charterId),
      eq(charterDecisions.organisationId, organisationId),
      visibleCharterDecisions(organisationId),
    );
    // An acceptance stands, so it is the last word, whatever the clocks of the nodes' machines say.
    const accepted = sql`${charterDecisions.decision} = 'accepted'`;
    const [last] = await selectDecisions(db, own).orderBy(desc(accepted), desc(charterDecisions.id)).limit(1);
    if (last?.decision === input.decision) return { body: last };
    if (last?.decision === 'accepted')
      throw conflict('handshake_refused', { state: last.decision, decision: input.decision });
    const id = newId();
    await db.insert(charterDecisions).values({
      id,
      charterId,
      organisationId,
      decision: input.decision,
      reason: input.reason ?? null,
      decidedAt: new Date(),
    });
    const touched = { allianceId, organisationIds: [organisationId] };
    record({ type: `charter.${input.decision}`, subjectType: 'charter', subjectId: charterId, ...touched });
    const [made] = await selectDecisions(db, and(eq(charterDecisions.id, id), visibleCharterDecisions(organisationId)));
    if (made === undefined) throw notFound();
    return { body: made };
  });
}

/**
 * The decisions on a version of the charter, in the order in which they were made: acceptances for whoever may see the
 * alliance, all of them for those who take part, and one's own. Throws not_found.
 */
export async function listCharterDecisions(
  db: Db,
  caller: Caller,
  path: { allianceId: string; charterId: string },
  input: z.output<typeof CharterDecisionQuery> & { after?: string[] | undefined },
): Promise<PageOf<DecisionView>> {
  await getCharter(db, caller, path.allianceId, path.charterId);
  const { after, organisationId, decision, asOf, changedSince, limit } = input;
  const rows = await selectDecisions(
    db,
    and(
      eq(charterDecisions.charterId, path.charterId),
      visibleCharterDecisions(caller.organisationId),
      after?.[0] === undefined ? undefined : gt(charterDecisions.id, after[0]),
      organisationId === undefined ? undefined : eq(charterDecisions.organisationId, organisationId),
      decision === undefined ? undefined : eq(charterDecisions.decision, decision),
      asOf === undefined ? undefined : sql`${charterDecisions.decidedAt} < ${asOf}::date + 1`,
      changedSince === undefined ? undefined : gte(charterDecisions.decidedAt, changedSince),
    ),
  )
    .orderBy(charterDecisions.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}
