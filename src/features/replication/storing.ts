import { and, eq, inArray, isNull, sql } from 'drizzle-orm';
import { hasOnlyText } from '../../platform/characters.ts';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import type { Giver } from '../federation/federation.ts';
import type { Departures } from '../organisations/organisations.ts';
import type { Collection } from './collection.ts';
import { collectionNamed, collectionNames } from './collections.ts';
import type { Step } from './protocol.ts';
import { replicas } from './tables.ts';

/** What is done in one transaction for one giver. */
export type Work = {
  readonly db: Db;
  readonly record: (event: NewEvent) => void;
  readonly giver: Giver;
  /** What the giver has by the word of another home, verified before. */
  readonly departures: Departures;
};

/** What removing needs of it. */
type Removing = Omit<Work, 'departures'>;

/**
 * Removes and stores things as the steps say. A step that stores is the last on its thing, since contents that were
 * replaced are not sent; so what is removed comes first. What cannot be taken over goes into quarantine, and the rest goes on.
 */
export async function carryOut(work: Work, steps: readonly Step[], mark: string | null): Promise<void> {
  await removeInRuns(
    work,
    steps.filter(({ content }) => content === null),
  );
  const names = [...new Set(steps.map(({ collection }) => collection))];
  const rank = (name: string) => collectionNames.indexOf(name);
  for (const name of names.sort((a, b) => rank(a) - rank(b))) {
    const things = steps.flatMap(({ collection, id, content, contentHash }) =>
      collection === name && content !== null && contentHash !== null ? [{ id, content, contentHash }] : [],
    );
    if (things.length > 0) await store(work, name, things, mark);
  }
}

/** Removes things in the order in which they come, those of one collection that come together at once. */
export async function removeInRuns(work: Removing, keys: readonly Pick<Step, 'collection' | 'id'>[]): Promise<void> {
  for (let at = 0; at < keys.length; ) {
    const name = keys[at]?.collection ?? '';
    const until = keys.findIndex((key, index) => index > at && key.collection !== name);
    const run = keys.slice(at, until < 0 ? keys.length : until);
    await remove(
      work,
      name,
      run.map(({ id }) => id),
    );
    at += run.length;
  }
}

/** A collection that the giver shares and this node knows. */
export const sharedCollection = ({ theirShare }: Giver, name: string) => {
  const collection = collectionNamed(name);
  return collection !== undefined && theirShare.includes(collection.share) ? collection : undefined;
};

/** Faults of things that can be taken over later, when something else came or went. */
export const passingFaults: readonly string[] = ['identifier_taken', 'reference_missing', 'place_taken'];

type Thing = { readonly id: string; readonly content: object; readonly contentHash: string };

/** Stores things of one collection; those that are there as they came are marked alone. */
async function store(work: Work, name: string, things: readonly Thing[], mark: string | null): Promise<void> {
  const { db, giver } = work;
  const { peerId, collection, objectId } = replicas;
  const ids = things.map(({ id }) => id);
  const place = and(eq(peerId, giver.id), eq(collection, name), inArray(objectId, ids));
  const known = await db
    .select({ id: objectId, hash: replicas.contentHash, fault: replicas.fault })
    .from(replicas)
    .where(place);
  const same = new Set(known.filter(({ fault }) => fault === null).map(({ id, hash }) => `${id} ${hash}`));
  if (mark !== null) await db.update(replicas).set({ mark }).where(place);
  const changed = things.filter(({ id, contentHash }) => !same.has(`${id} ${contentHash}`));
  if (changed.length === 0) return;
  const shared = sharedCollection(giver, name);
  const faults = await takeOver(work, shared, changed);
  const rows = changed.map(({ id, content, contentHash }) => {
    const fault = faults.get(id) ?? null;
    // What can never be taken over is not kept.
    const kept = fault === null || mayBecomeSound(fault, content) ? content : {};
    return {
      ...{ peerId: giver.id, collection: name, objectId: id, content: kept, contentHash, mark },
      ...{ fault, receivedAt: new Date() },
    };
  });
  await db
    .insert(replicas)
    .values(rows)
    .onConflictDoUpdate({
      target: [peerId, collection, objectId],
      set: {
        content: sql`excluded.content`,
        contentHash: sql`excluded.content_hash`,
        mark: sql`excluded.mark`,
        fault: sql`excluded.fault`,
        receivedAt: sql`excluded.received_at`,
      },
    });
  await shared?.settle?.(db, giver);
}

/** Whether what could not be taken over may be later: an identifier becomes free, and a home lets go. */
const mayBecomeSound = (fault: string, content: object) =>
  passingFaults.includes(fault) || (fault === 'homed_elsewhere' && 'moves' in content);

/** Takes things over from their home; answers a code of why it could not, for each that it could not. */
export async function takeOver(
  { db, record, giver, departures }: Work,
  collection: Collection | undefined,
  things: readonly Omit<Thing, 'contentHash'>[],
): Promise<ReadonlyMap<string, string>> {
  if (collection === undefined) return new Map(things.map(({ id }) => [id, 'not_shared']));
  const faults = new Map<string, string>();
  const sound = things.flatMap(({ id, content }) => {
    const read = hasOnlyText(content) ? collection.schema.safeParse(content) : { success: false as const };
    if (read.success && read.data.id === id) return [read.data];
    faults.set(id, read.success ? 'other_identifier' : 'malformed');
    return [];
  });
  for (const [id, fault] of await collection.store(db, giver.baseUrl, sound, departures)) faults.set(id, fault);
  const stored = sound.map(({ id }) => id).filter((id) => !faults.has(id));
  if (stored.length > 0)
    for (const event of await collection.events(db, giver.baseUrl, { stored, removed: [] })) record(event);
  return faults;
}

/** Removes what its home gives no more, also what was stored before a later content went into quarantine. */
async function remove({ db, record, giver }: Removing, name: string, ids: readonly string[]): Promise<void> {
  const { peerId, objectId, collection: ofName, fault } = replicas;
  const place = and(eq(ofName, name), inArray(objectId, [...ids]));
  const gone = await db
    .delete(replicas)
    .where(and(eq(peerId, giver.id), place))
    .returning({ id: objectId });
  const collection = collectionNamed(name);
  if (collection === undefined || gone.length === 0) return;
  // A peering that took the place of this one may give the same things, from the same home.
  const others = await db
    .select({ id: objectId })
    .from(replicas)
    .where(and(place, isNull(fault)));
  const held = new Set(others.map(({ id }) => id));
  const left = ids.filter((id) => !held.has(id) && gone.some((one) => one.id === id));
  if (left.length === 0) return;
  const events = await collection.events(db, giver.baseUrl, { stored: [], removed: left });
  const removed = new Set(await collection.remove(db, giver.baseUrl, left));
  for (const event of events) if (event.type !== 'organisation.dropped' || removed.has(event.subjectId)) record(event);
}
