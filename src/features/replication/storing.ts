import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import { type Collection, collectionNamed } from './collections.ts';
import type { Step } from './protocol.ts';
import { replicas } from './tables.ts';

/** A node from which this one takes things over, and the collections that it gives. */
export type Giver = { readonly id: string; readonly baseUrl: string; readonly theirShare: readonly string[] };

/** The transaction in which things of a giver are taken over, and how events are noted in it. */
export type Work = { readonly db: Db; readonly record: (event: NewEvent) => void; readonly giver: Giver };

/**
 * Stores and removes things as the steps say; what follows on each other of one collection is stored at once. What cannot
 * be taken over goes into quarantine, and the rest goes on.
 */
export async function carryOut(work: Work, steps: readonly Step[], mark: string | null): Promise<void> {
  let run: Stored[] = [];
  const storeRun = async () => {
    const things = run;
    run = [];
    const [first] = things;
    if (first !== undefined) await storeRunOf(work, shared(work, first.collection), things);
  };
  for (const step of steps) {
    const { collection, id, content, contentHash } = step;
    if (run[0] !== undefined && run[0].collection !== collection) await storeRun();
    if (content !== null && contentHash !== null) {
      run.push({ collection, id, content, contentHash, mark });
      continue;
    }
    await storeRun();
    await remove(work, shared(work, collection), step);
  }
  await storeRun();
  const stored = new Set(steps.filter(({ content }) => content !== null).map(({ collection }) => collection));
  for (const name of stored) await collectionNamed(name)?.settle(work.db, work.giver);
}

/** A collection that the peer shares with this node. */
const shared = ({ giver }: Work, name: string): Collection | undefined =>
  giver.theirShare.includes(name) ? collectionNamed(name) : undefined;

/** Stores things of one collection at once, or one by one where any of them cannot be taken over. */
async function storeRunOf(work: Work, collection: Collection | undefined, things: readonly Stored[]): Promise<void> {
  if (collection !== undefined && (await storeAtOnce(work, collection, things))) return;
  for (const thing of things) await store(work, collection, thing);
}

async function storeAtOnce(work: Work, collection: Collection, things: readonly Stored[]): Promise<boolean> {
  const { db, giver, record } = work;
  const { peerId, objectId, contentHash, content, mark, fault, receivedAt } = replicas;
  const ofGiver = and(eq(peerId, giver.id), eq(replicas.collection, collection.name));
  const among = (of: readonly Stored[]) =>
    and(
      ofGiver,
      inArray(
        objectId,
        of.map(({ id }) => id),
      ),
    );
  const rows = await db
    .select({ objectId, contentHash })
    .from(replicas)
    .where(and(among(things), isNull(fault)));
  const held = new Map(rows.map((row) => [row.objectId, row.contentHash]));
  const fresh = things.filter((thing) => held.get(thing.id) !== thing.contentHash);
  const contents = fresh.flatMap(({ id, content }) => {
    const read = collection.schema.safeParse(content);
    return read.success && read.data.id === id ? [read.data] : [];
  });
  if (contents.length < fresh.length || !(await collection.storeAll(db, giver.baseUrl, contents))) return false;
  for (const { id } of contents) record(eventOf(collection, id, 'stored'));
  const same = things.filter((thing) => held.get(thing.id) === thing.contentHash);
  if (same.length > 0)
    await db
      .update(replicas)
      .set({ mark: same[0]?.mark ?? null })
      .where(among(same));
  const now = new Date();
  const added = fresh.map(({ id, ...rest }) => ({
    ...rest,
    peerId: giver.id,
    objectId: id,
    fault: null,
    receivedAt: now,
  }));
  if (added.length > 0)
    await db
      .insert(replicas)
      .values(added)
      .onConflictDoUpdate({
        target: [peerId, replicas.collection, objectId],
        set: Object.fromEntries(
          Object.entries({ contentHash, content, mark, fault, receivedAt }).map(([key, column]) => [
            key,
            sql`excluded.${sql.identifier(column.name)}`,
          ]),
        ),
      });
  return true;
}

type Stored = {
  readonly collection: string;
  readonly id: string;
  readonly content: object;
  readonly contentHash: string;
  readonly mark: string | null;
};

async function store(work: Work, collection: Collection | undefined, stored: Stored): Promise<void> {
  const { db, giver } = work;
  const { id, content, contentHash, mark } = stored;
  const { peerId, objectId } = replicas;
  const place = and(eq(peerId, giver.id), eq(replicas.collection, stored.collection), eq(objectId, id));
  const [known] = await db.select({ hash: replicas.contentHash, fault: replicas.fault }).from(replicas).where(place);
  if (known?.hash === contentHash && known.fault === null) {
    await db.update(replicas).set({ mark }).where(place);
    return;
  }
  const fault = (await takeOver(work, collection, { id, content })) ?? null;
  const row = { content, contentHash, mark, fault, receivedAt: new Date() };
  await db
    .insert(replicas)
    .values({ peerId: giver.id, collection: stored.collection, objectId: id, ...row })
    .onConflictDoUpdate({ target: [peerId, replicas.collection, objectId], set: row });
}

/** Takes one thing over from its home; answers a code of why it cannot be. */
export async function takeOver(
  { db, record, giver }: Work,
  collection: Collection | undefined,
  { id, content }: { readonly id: string; readonly content: object },
): Promise<string | undefined> {
  if (collection === undefined) return 'not_shared';
  const read = collection.schema.safeParse(content);
  if (!read.success) return 'malformed';
  if (read.data.id !== id) return 'other_identifier';
  const fault = await collection.store(db, giver.baseUrl, read.data);
  if (fault === undefined) record(eventOf(collection, id, 'stored'));
  return fault;
}

const eventOf = ({ events }: Collection, id: string, what: 'stored' | 'removed'): NewEvent => ({
  type: events[what],
  subjectType: events.subjectType,
  subjectId: id,
  organisationIds: events.subjectType === 'organisation' ? [id] : [],
});

/** Removes a thing that its home gives no more, from quarantine too. */
export async function remove(
  { db, record, giver }: Work,
  collection: Collection | undefined,
  { collection: name, id }: Pick<Step, 'collection' | 'id'>,
): Promise<void> {
  const gone = await db
    .delete(replicas)
    .where(and(eq(replicas.peerId, giver.id), eq(replicas.collection, name), eq(replicas.objectId, id)))
    .returning({ fault: replicas.fault });
  if (collection === undefined || gone[0]?.fault !== null) return;
  if (await collection.remove(db, giver.baseUrl, id)) record(eventOf(collection, id, 'removed'));
}
