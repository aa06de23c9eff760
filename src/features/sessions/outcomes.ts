import { and, eq, gt, gte, type SQL, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import { type Db, violatedConstraint } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { type Fault, invalid, notFound, Problem } from '../../platform/problem.ts';
import { alliances } from '../alliances/tables.ts';
import { commit } from '../events/events.ts';
import { commitments } from '../initiatives/tables.ts';
import { knowledgeItems, knowledgeShares } from '../knowledge/tables.ts';
import { organisationIn } from '../organisations/organisations.ts';
import { assertActsFor, unrestricted, visibleCommitments, visibleKnowledgeItems } from '../policy/policy.ts';
import { visibleSessionOutcomes } from '../policy/session-sight.ts';
import { outcomeFaults } from './rules.ts';
import type { NewOutcome, OutcomeQuery, OutcomeView } from './schemas.ts';
import { allianceOfSession, assertHeld, lockSession, sessionEvent } from './standing.ts';
import { sessionOutcomes, sessions } from './tables.ts';

type View = z.output<typeof OutcomeView>;
type Given = z.output<typeof NewOutcome>;

const select = (db: Db, { organisationId: viewer }: Caller, condition: SQL | undefined) =>
  db
    .select({
      id: sessionOutcomes.id,
      sessionId: sessionOutcomes.sessionId,
      organisation: organisationIn(sessionOutcomes.organisationId),
      kind: sql<View['kind']>`${sessionOutcomes.kind}`,
      lesson: sessionOutcomes.lesson,
      commitment: sql<View['commitment']>`(select json_build_object('id', c.id, 'title', c.title) from ${commitments} c
        where c.id = ${sessionOutcomes.commitmentId})`,
      item: sql<View['item']>`(select json_build_object('id', k.id, 'title', k.title) from ${knowledgeItems} k
        where k.id = ${sessionOutcomes.itemId})`,
      recordedAt: sessionOutcomes.recordedAt,
    })
    .from(sessionOutcomes)
    .innerJoin(sessions, eq(sessions.id, sessionOutcomes.sessionId))
    .where(and(visibleSessionOutcomes(viewer), condition));

async function find(db: Db, caller: Caller, outcomeId: string): Promise<View> {
  const [row] = await select(db, caller, eq(sessionOutcomes.id, outcomeId));
  if (row === undefined) throw notFound();
  return row;
}

/** One outcome of a session, for those who take part in its alliance. Throws not_found. */
export async function getOutcome(db: Db, caller: Caller, outcomeId: string): Promise<Answer<View>> {
  return { body: await find(db, caller, outcomeId) };
}

/**
 * A page of what came out of a session, in the order in which it was recorded: for those who take part in its alliance.
 * Throws not_found; to others who see the session the list is empty.
 */
export async function listOutcomes(
  db: Db,
  caller: Caller,
  sessionId: string,
  input: z.output<typeof OutcomeQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  await allianceOfSession(db, caller, sessionId);
  const { after, kind, organisationId, changedSince, limit } = input;
  const condition = and(
    eq(sessionOutcomes.sessionId, sessionId),
    after?.[0] === undefined ? undefined : gt(sessionOutcomes.id, after[0]),
    kind === undefined ? undefined : eq(sessionOutcomes.kind, kind),
    organisationId === undefined ? undefined : eq(sessionOutcomes.organisationId, organisationId),
    changedSince === undefined ? undefined : gte(sessionOutcomes.recordedAt, changedSince),
  );
  const rows = await select(db, caller, condition)
    .orderBy(sessionOutcomes.id)
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.id],
    (row) => row,
  );
}

/** Throws invalid_input unless what the outcome leads to is there for the caller, in the same alliance. */
async function assertLeads(
  db: Db,
  { organisationId: viewer }: Caller,
  given: Given,
  allianceId: string,
): Promise<void> {
  const faults: Fault[] = [];
  if (given.commitmentId !== undefined) {
    const [found] = await db
      .select({ allianceId: commitments.allianceId })
      .from(commitments)
      .innerJoin(alliances, eq(alliances.id, commitments.allianceId))
      .where(and(eq(commitments.id, given.commitmentId), visibleCommitments(viewer)));
    if (found === undefined) faults.push({ in: 'body', location: '/commitmentId', code: 'unknown_commitment' });
    else if (found.allianceId !== allianceId)
      faults.push({ in: 'body', location: '/commitmentId', code: 'not_of_alliance' });
  }
  if (given.itemId !== undefined) {
    const shared = sql<boolean>`exists (select from ${knowledgeShares} s where s.item_id = ${given.itemId}::uuid
      and s.alliance_id = ${allianceId}::uuid and s.ended_at is null)`;
    const [found] = await db
      .select({ shared })
      .from(knowledgeItems)
      .where(and(eq(knowledgeItems.id, given.itemId), visibleKnowledgeItems(viewer)));
    if (found === undefined) faults.push({ in: 'body', location: '/itemId', code: 'unknown_item' });
    else if (!found.shared) faults.push({ in: 'body', location: '/itemId', code: 'not_shared_with_alliance' });
  }
  if (faults.length > 0) throw invalid(faults);
}

async function insert(db: Db, row: typeof sessionOutcomes.$inferInsert): Promise<void> {
  try {
    await db.transaction(async (db) => db.insert(sessionOutcomes).values(row));
  } catch (error) {
    if (/^session_outcomes_(commitment|item)$/.test(violatedConstraint(error) ?? ''))
      throw new Problem('outcome_exists');
    throw error;
  }
}

/**
 * Records what came out of a session that was held, as one that is bound by its alliance. Throws not_found,
 * member_required, session_not_held, outcome_exists, space_closing, invalid_input.
 */
export async function recordOutcome(db: Db, context: Context, sessionId: string, given: Given): Promise<Answer<View>> {
  const { caller } = context;
  const faults = outcomeFaults(given);
  if (faults.length > 0) throw invalid(faults);
  return commit(db, context, async (db, record) => {
    const { session, organisationId } = await lockSession(db, caller, sessionId, 'new');
    assertHeld(session);
    await assertLeads(db, caller, given, session.allianceId);
    const id = newId();
    await insert(db, { id, sessionId, organisationId, ...given, recordedAt: new Date() });
    record(sessionEvent('session.outcome_recorded', session, [organisationId]));
    return { body: await find(db, caller, id), location: `/v1/session-outcomes/${id}` };
  });
}

/**
 * Takes an outcome back, by the organisation that recorded it: a lesson that says too much goes. Throws not_found,
 * member_required, not_your_organisation, space_closing.
 */
export async function removeOutcome(db: Db, context: Context, outcomeId: string): Promise<Answer<undefined>> {
  const { caller } = context;
  return commit(db, context, async (db, record) => {
    const { sessionId, organisation } = await find(db, caller, outcomeId);
    const { session } = await lockSession(db, caller, sessionId, 'answer');
    assertActsFor(caller, organisation.id);
    const removed = await db
      .delete(sessionOutcomes)
      .where(and(eq(sessionOutcomes.id, outcomeId), unrestricted('checked')))
      .returning({ id: sessionOutcomes.id });
    if (removed.length === 0) throw notFound();
    record(sessionEvent('session.outcome_removed', session, [organisation.id]));
    return { body: undefined };
  });
}
