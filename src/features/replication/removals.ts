import { and, asc, eq, gt, isNull, lte, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { Id, Moment, pageQuery } from '../../platform/schemas.ts';
import { peers } from '../federation/tables.ts';
import { visibleRemovals } from '../policy/policy.ts';
import type { Collection, RemovedSubject } from './collection.ts';
import type { Cursor } from './protocol.ts';
import { peerEntries, replicaRemovals } from './tables.ts';

const SubjectType = z.enum(['alliance', 'knowledge_item']).meta({ id: 'RemovedSubjectType' });

/** That another node was told to remove something, and that it did. */
export const ReplicaRemoval = z
  .object({
    id: Id,
    subject: z.object({ type: SubjectType, id: Id }).meta({
      description: 'alliance: with all that lies in it. knowledge_item: with its versions and what others did with it.',
    }),
    node: z.object({ baseUrl: z.string(), name: z.string() }).meta({ description: 'Where it was to be removed.' }),
    number: z.int().meta({ description: 'The number of the removal in the feed of that node.' }),
    askedAt: Moment.meta({ description: 'When the node was told, at the latest by the next reading of its feed.' }),
    confirmedAt: Moment.nullable().meta({ description: 'When it said that it had; null while it has not.' }),
    receipt: z.string().nullable().meta({
      description:
        'What it signed then (JWS, type feed-request+jwt): that it came to an entry of the feed (`cursor.seq`) that is not before the removal. It takes over entries in their order, each page in one transaction.',
    }),
  })
  .meta({ id: 'ReplicaRemoval' });

/** What chooses removals. */
export const ReplicaRemovalQuery = z.strictObject({
  subjectId: Id.optional().meta({ description: 'Only of this alliance or knowledge item.' }),
  ...pageQuery,
});

type View = z.output<typeof ReplicaRemoval>;

/** Keeps which removals a peer was told of, where they are of a whole. */
export async function noteRemovals(
  db: Db,
  { removalOf: subjectType }: Collection,
  entries: readonly (typeof peerEntries.$inferInsert)[],
): Promise<void> {
  if (subjectType === undefined) return;
  const rows = entries
    .filter(({ contentHash }) => contentHash === null)
    .map(({ peerId, objectId: subjectId, seq, recordedAt: askedAt }) => ({
      ...{ id: newId(), peerId, subjectType, subjectId, seq, askedAt },
    }));
  if (rows.length > 0) await db.insert(replicaRemovals).values(rows);
}

/** Keeps what a peer signed that has come so far, with every removal before that. */
export async function confirmRemovals(
  db: Db,
  peerId: string,
  { cursor, epoch, jws: receipt }: { readonly cursor: Cursor | null; readonly epoch: string; readonly jws: string },
): Promise<void> {
  if (cursor === null || cursor.epoch !== epoch) return;
  const open = and(
    eq(replicaRemovals.peerId, peerId),
    isNull(replicaRemovals.confirmedAt),
    lte(replicaRemovals.seq, cursor.seq),
    // A place that is none in this chain proves nothing.
    sql`exists (select from ${peerEntries} e where e.peer_id = ${peerId} and e.seq = ${cursor.seq} and e.hash = ${cursor.hash})`,
  );
  await db.update(replicaRemovals).set({ confirmedAt: new Date(), receipt }).where(open);
}

/** A page of removals at other nodes that the caller may see, in the order in which they were told. */
export async function listReplicaRemovals(
  db: Db,
  { organisationId: viewer }: Caller,
  { subjectId, limit, after }: z.output<typeof ReplicaRemovalQuery> & { after?: string[] | undefined },
): Promise<PageOf<View>> {
  const table = replicaRemovals;
  const rows = await db
    .select({ removal: table, baseUrl: peers.baseUrl, name: peers.name })
    .from(table)
    .innerJoin(peers, eq(peers.id, table.peerId))
    .where(
      and(
        visibleRemovals(viewer, sql`${table.subjectType}`, sql`${table.subjectId}`),
        subjectId === undefined ? undefined : eq(table.subjectId, subjectId),
        after?.[0] === undefined ? undefined : gt(table.id, after[0]),
      ),
    )
    .orderBy(asc(table.id))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    ({ removal }) => [removal.id],
    ({ removal: { id, subjectType, subjectId, seq, askedAt, confirmedAt, receipt }, baseUrl, name }) => ({
      ...{ id, number: seq, askedAt, confirmedAt, receipt, node: { baseUrl, name } },
      subject: { type: subjectType as RemovedSubject, id: subjectId },
    }),
  );
}
