import { and, asc, eq, isNotNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type PageOf, pageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { Id, Moment, pageQuery } from '../../platform/schemas.ts';
import { getPeer } from '../federation/federation.ts';
import { replicas } from './tables.ts';

/** Something that a peer gave and that was not taken over. */
export const QuarantinedThing = z
  .object({
    collection: z.string(),
    id: Id.meta({ description: 'Its identifier at the peer.' }),
    fault: z.string().meta({
      description:
        'not_shared: of a collection that the peering does not name. malformed: not in the form of the protocol. other_identifier: it names another identifier. homed_elsewhere: this node or another peer is its home. identifier_taken: another organisation has one of its official identifiers. reference_missing: it refers to something that did not come. place_taken: something else has its place. ends_before_start. What is taken or missing is tried again.',
    }),
    receivedAt: Moment.meta({ description: 'When it came, or was tried the last time.' }),
  })
  .meta({ id: 'QuarantinedThing' });

/** A page of what is in quarantine. */
export const QuarantineQuery = z.strictObject(pageQuery);

/** What a peer gave and was not taken over, in order of collection and identifier. Throws not_found. */
export async function listQuarantinedThings(
  db: Db,
  caller: Caller,
  peerId: string,
  { limit, after }: z.output<typeof QuarantineQuery> & { after?: string[] | undefined },
): Promise<PageOf<z.output<typeof QuarantinedThing>>> {
  await getPeer(db, caller, peerId);
  const { collection, objectId: id, receivedAt } = replicas;
  const rows = await db
    .select({ collection, id, fault: sql<string>`${replicas.fault}`, receivedAt })
    .from(replicas)
    .where(
      and(
        eq(replicas.peerId, peerId),
        isNotNull(replicas.fault),
        after === undefined ? undefined : sql`(${collection}, ${id}) > (${after[0]}, ${after[1]}::uuid)`,
      ),
    )
    .orderBy(asc(collection), asc(id))
    .limit(limit + 1);
  return pageOf(
    rows,
    limit,
    (row) => [row.collection, row.id],
    (row) => row,
  );
}
