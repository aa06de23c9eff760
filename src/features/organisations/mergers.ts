import { and, eq, gt, gte, inArray, lte, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { type Answer, type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller, Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { invalid, notFound } from '../../platform/problem.ts';
import { commit, type NewEvent } from '../events/events.ts';
import { mergerFaults } from './rules.ts';
import type { MergerQuery, MergerView, NewMerger } from './schemas.ts';
import { mergerPredecessors, mergers, organisations } from './tables.ts';
import { recordVersions } from './versions.ts';

type View = z.output<typeof MergerView>;

/** What else must follow a merger in its transaction, for example that memberships continue; answers the events. */
export type SucceedMemberships = (
  db: Db,
  merger: { predecessorIds: string[]; successorId: string; effectiveOn: string },
) => Promise<NewEvent[]>;

const columns = {
  id: mergers.id,
  effectiveOn: mergers.effectiveOn,
  continuedMembershipCount: mergers.continuedMembershipCount,
  recordedAt: mergers.recordedAt,
  successor: sql<View['successor']>`(select json_build_object('id', o.id, 'name', o.name)
    from ${organisations} o where o.id = ${mergers}.successor_id)`,
  predecessors: sql<View['predecessors']>`(select json_agg(json_build_object('id', o.id, 'name', o.name) order by o.id)
    from ${mergerPredecessors} p join ${organisations} o on o.id = p.organisation_id where p.merger_id = ${mergers}.id)`,
};

/** One recorded merger. Throws not_found. */
export async function getMerger(db: Db, _caller: Caller, mergerId: string): Promise<Answer<View>> {
  const [row] = await db.select(columns).from(mergers).where(eq(mergers.id, mergerId));
  if (row === undefined) throw notFound();
  return { body: row };
}

/** A page of mergers, in the order in which they were recorded. */
export async function listMergers(
  db: Db,
  _caller: Caller,
  input: z.output<typeof MergerQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const rows = await db
    .select(columns)
    .from(mergers)
    .where(
      and(
        input.after?.[0] === undefined ? undefined : gt(mergers.id, input.after[0]),
        input.successorId === undefined ? undefined : eq(mergers.successorId, input.successorId),
        input.asOf === undefined ? undefined : lte(mergers.effectiveOn, input.asOf),
        input.changedSince === undefined ? undefined : gte(mergers.recordedAt, input.changedSince),
      ),
    )
    .orderBy(mergers.id)
    .limit(input.limit + 1);
  return pageOf(
    rows,
    input.limit,
    (row) => [row.id],
    (row) => row,
  );
}

/**
 * Records a merger (herindeling): the predecessors end on the day, point to their successor, and their current
 * memberships continue with it, so that statistics stay continuous. Throws invalid_input with every fault.
 */
export async function recordMerger(
  db: Db,
  context: Context,
  input: z.output<typeof NewMerger>,
  succeedMemberships: SucceedMemberships,
): Promise<Answer<View>> {
  const predecessorIds = [...new Set(input.predecessorIds)].sort();
  return commit(db, context, async (db, record) => {
    const touched = [...predecessorIds, input.successorId];
    const found = await db
      .select()
      .from(organisations)
      .where(inArray(organisations.id, touched))
      .orderBy(organisations.id)
      .for('update');
    const byId = new Map(found.map((row) => [row.id, row]));
    const missing = input.predecessorIds.flatMap((id, index) =>
      byId.has(id) ? [] : [{ in: 'body' as const, location: `/predecessorIds/${index}`, code: 'unknown_organisation' }],
    );
    const successor = byId.get(input.successorId);
    if (successor === undefined) missing.push({ in: 'body', location: '/successorId', code: 'unknown_organisation' });
    if (successor === undefined || missing.length > 0) throw invalid(missing);
    const predecessors = input.predecessorIds.flatMap((id) => byId.get(id) ?? []);
    const faults = mergerFaults(predecessors, successor, input.effectiveOn);
    if (faults.length > 0) throw invalid(faults);

    const { effectiveOn, successorId } = input;
    const mergerId = newId();
    const now = new Date();
    await db
      .update(organisations)
      .set({ endsOn: effectiveOn, successorId, changedAt: now, version: sql`${organisations.version} + 1` })
      .where(inArray(organisations.id, predecessorIds));
    const events = await succeedMemberships(db, { predecessorIds, successorId, effectiveOn });
    const continuedMembershipCount = events.filter((event) => event.type === 'membership.succeeded').length;
    await db
      .insert(mergers)
      .values({ id: mergerId, successorId, effectiveOn, continuedMembershipCount, recordedAt: now });
    await db.insert(mergerPredecessors).values(predecessorIds.map((organisationId) => ({ organisationId, mergerId })));
    await recordVersions(db, context, predecessorIds);
    record({ type: 'organisation.merged', subjectType: 'merger', subjectId: mergerId, organisationIds: touched });
    events.forEach(record);
    return { ...(await getMerger(db, context.caller, mergerId)), location: `/v1/mergers/${mergerId}` };
  });
}
