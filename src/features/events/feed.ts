import { randomUUID } from 'node:crypto';
import { and, asc, eq, gt, inArray, lte, type SQL, sql } from 'drizzle-orm';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { knowledgeShares } from '../knowledge/tables.ts';
import { visibleEvents } from '../policy/event-sight.ts';
import { unrestricted } from '../policy/policy.ts';
import type { EventRow } from './cloud-events.ts';
import { typesWithin } from './event-types.ts';
import { eventCounter, events } from './tables.ts';

/** Which events somebody wants: of some types as they are recorded, about one subject, of one alliance; all when absent. */
export type EventFilter = {
  readonly types?: readonly string[] | undefined;
  readonly subjectId?: string | undefined;
  readonly allianceId?: string | undefined;
};

/** Who reads events: its scopes say which types, the policy says which rows. */
export type EventReader = Pick<Caller, 'organisationId' | 'administrator' | 'scopes'>;

/** How far the log goes, and of which history. */
export type Head = { readonly position: number; readonly epoch: string };

/** The end of the log; every event up to it is committed. */
export async function readHead(db: Db): Promise<Head> {
  const [head] = await db.select({ position: eventCounter.position, epoch: eventCounter.epoch }).from(eventCounter);
  if (head === undefined) throw new Error('the node has no event counter');
  return head;
}

/** Begins another history, after a backup was restored: no cursor of the one before goes on in it. Answers its name. */
export async function renewEpoch(db: Db): Promise<string> {
  const [head] = await db.update(eventCounter).set({ epoch: randomUUID() }).returning({ epoch: eventCounter.epoch });
  if (head === undefined) throw new Error('the node has no event counter');
  return head.epoch;
}

/** The types that are wanted and that the scopes of the reader include. */
export function typesFor({ scopes }: Pick<EventReader, 'scopes'>, { types }: EventFilter): string[] {
  const within = typesWithin(scopes);
  return types === undefined ? within : within.filter((type) => types.includes(type));
}

/** The condition of the events that are wanted and that the reader may see now. */
export function eventsFor(reader: EventReader, filter: EventFilter): SQL | undefined {
  return and(
    inArray(events.type, typesFor(reader, filter)),
    filter.subjectId === undefined ? undefined : eq(events.subjectId, filter.subjectId),
    filter.allianceId === undefined ? undefined : eq(events.allianceId, filter.allianceId),
    visibleEvents(reader),
  );
}

/** What is read of an event: the row itself, and what its address begins with. */
export const eventColumns = {
  position: events.position,
  id: events.id,
  type: events.type,
  subjectType: events.subjectType,
  subjectId: events.subjectId,
  occurredAt: events.occurredAt,
  parentId: sql<string | null>`case ${events.subjectType} when 'charter' then ${events.allianceId}
    when 'knowledge_share' then (select policy_s.item_id from ${knowledgeShares} policy_s
      where policy_s.id = ${events.subjectId} and ${unrestricted('checked')}) end`,
};

/**
 * Events after a position and up to another, in the order in which they were committed, that the reader may see now; at
 * most so many. Whoever reads on from the last of them, or else from `upTo`, misses none.
 */
export async function readEvents(
  db: Db,
  reader: EventReader,
  { after, upTo, limit, ...filter }: EventFilter & { after: number; upTo: number; limit: number },
): Promise<EventRow[]> {
  if (upTo <= after || typesFor(reader, filter).length === 0) return [];
  return db
    .select(eventColumns)
    .from(events)
    .where(and(gt(events.position, after), lte(events.position, upTo), eventsFor(reader, filter)))
    .orderBy(asc(events.position))
    .limit(limit);
}
