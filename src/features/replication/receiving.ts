import { isDeepStrictEqual } from 'node:util';
import { and, desc, eq, inArray, isNotNull, isNull, ne, or, sql } from 'drizzle-orm';
import { replicaContext } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { newId } from '../../platform/id.ts';
import { commit } from '../events/events.ts';
import { type Giver, holdLivePeer } from '../federation/federation.ts';
import type { Departures } from '../organisations/organisations.ts';
import { collectionNamed, collectionNames } from './collections.ts';
import type { FeedAnswer } from './messages.ts';
import {
  type BaselinePage,
  type BaselineProgress,
  type Cursor,
  collectionDigest,
  type FeedPage,
  follow,
  followBaseline,
  ProtocolFault,
} from './protocol.ts';
import { carryOut, passingFaults, removeInRuns, sharedCollection, takeOver, type Work } from './storing.ts';
import { peerCursors, replicas } from './tables.ts';

/** Where this node is in the feed of a peer. */
export type Standing = { readonly cursor: Cursor | null; readonly baseline: BaselineProgress | null };

type CursorRow = typeof peerCursors.$inferSelect;

function standingOf(row: CursorRow | undefined): Standing & { readonly mark: string | null } {
  if (row === undefined) return { cursor: null, baseline: null, mark: null };
  const { epoch, seq, hash, baselineEpoch, baselineSeq, baselineHash, afterCollection, afterId, mark } = row;
  const cursor = epoch === null || seq === null || hash === null ? null : { epoch, seq, hash };
  if (baselineEpoch === null || baselineSeq === null || baselineHash === null) return { cursor, baseline: null, mark };
  const after = afterCollection === null || afterId === null ? null : { collection: afterCollection, id: afterId };
  return { cursor, baseline: { epoch: baselineEpoch, at: { seq: baselineSeq, hash: baselineHash }, after }, mark };
}

/** Where this node is in the feed of a peer. */
export async function standingAt(db: Db, peerId: string): Promise<Standing> {
  const [row] = await db.select().from(peerCursors).where(eq(peerCursors.peerId, peerId));
  const { cursor, baseline } = standingOf(row);
  return { cursor, baseline };
}

/** Stores where this node is; whatever is not given is empty. */
async function moveTo(
  db: Db,
  peerId: string,
  { cursor, baseline, mark }: Standing & { readonly mark: string | null },
): Promise<void> {
  const row = {
    ...{ epoch: cursor?.epoch ?? null, seq: cursor?.seq ?? null, hash: cursor?.hash ?? null, mark },
    baselineEpoch: baseline?.epoch ?? null,
    baselineSeq: baseline?.at.seq ?? null,
    baselineHash: baseline?.at.hash ?? null,
    afterCollection: baseline?.after?.collection ?? null,
    afterId: baseline?.after?.id ?? null,
  };
  await db
    .insert(peerCursors)
    .values({ peerId, ...row })
    .onConflictDoUpdate({ target: peerCursors.peerId, set: row });
}

/** Forgets a baseline that does not go on, so that the next request begins another. */
export const beginAnew = (db: Db, peerId: string): Promise<void> =>
  moveTo(db, peerId, { cursor: null, baseline: null, mark: null });

/** Nothing was taken, since another process did, or the peering ended. */
const overtaken: Taken = { lag: null, digestEqual: null };

const isSameStanding = (one: Standing, { cursor, baseline }: Standing) =>
  isDeepStrictEqual([one.cursor, one.baseline], [cursor, baseline]);

/** What is left to be read after an answer: entries, or null while a baseline is taken. */
export type Taken = {
  readonly lag: number | null;
  readonly digestEqual: boolean | null;
  /** False where something is missing although nothing is left to be read. */
  readonly came?: boolean;
};

/** Where this node was when it asked, and what the giver has by the word of another home, verified before. */
export type Asked = { readonly asked?: Standing; readonly departures?: Departures };

/**
 * Takes over what a peer answered: things, cursor, events and audit record in one transaction, or nothing of it. Throws
 * ProtocolFault for what does not fit to where this node is; then nothing is stored. Where this node is elsewhere by now
 * than it was when it asked, another process took the same, and nothing is done; nor where the peering ended.
 */
export async function takeAnswer(
  db: Db,
  giver: Giver,
  answer: FeedAnswer,
  { asked, departures = new Map() }: Asked = {},
): Promise<Taken> {
  const { body } = await commit(db, replicaContext('takeReplicas'), async (db, record) => {
    // The peering first, and held until the end: what comes after its end is not taken.
    if (!(await holdLivePeer(db, giver.id))) return { body: overtaken };
    await db.insert(peerCursors).values({ peerId: giver.id }).onConflictDoNothing();
    const [row] = await db.select().from(peerCursors).where(eq(peerCursors.peerId, giver.id)).for('update');
    const standing = standingOf(row);
    if (asked !== undefined && !isSameStanding(asked, standing)) return { body: overtaken };
    const work = { db, record, giver, departures };
    if (answer.page !== undefined) return { body: await takePage(work, standing, answer.page, answer.digests) };
    if (answer.baseline !== undefined) return { body: await takePart(work, standing, answer.baseline) };
    throw new ProtocolFault('out_of_order');
  });
  return body;
}

async function takePage(
  work: Work,
  { cursor, baseline }: Standing,
  page: FeedPage,
  digests: FeedAnswer['digests'],
): Promise<Taken> {
  if (cursor === null || baseline !== null) throw new ProtocolFault('out_of_order');
  const { steps, cursor: next } = follow(cursor, page);
  await carryOut(work, steps, null);
  await moveTo(work.db, work.giver.id, { cursor: next, baseline: null, mark: null });
  const lag = page.head.seq - next.seq;
  if (lag > 0 || digests === null) return { lag, digestEqual: null };
  await retryFaults(work);
  const { came, held } = await compare(work.db, work.giver, digests);
  return { lag, digestEqual: came && held, came };
}

async function takePart(
  work: Work,
  { baseline, mark: known }: Standing & { readonly mark: string | null },
  part: BaselinePage,
): Promise<Taken> {
  const goesOn = baseline !== null && baseline.epoch === part.epoch && baseline.at.hash === part.at.hash;
  const mark = goesOn && known !== null ? known : newId();
  const { steps, progress, cursor } = followBaseline(goesOn ? baseline : null, part, collectionNames);
  await carryOut(work, steps, mark);
  if (cursor === null) {
    await moveTo(work.db, work.giver.id, { cursor: null, baseline: progress, mark });
    return { lag: null, digestEqual: null };
  }
  await sweep(work, or(isNull(replicas.mark), ne(replicas.mark, mark)));
  await moveTo(work.db, work.giver.id, { cursor, baseline: null, mark: null });
  return { lag: null, digestEqual: null };
}

/** Removes what a condition on replicas chooses, the last collection first, since it refers to those before. */
async function sweep(work: Work, condition: ReturnType<typeof or>): Promise<void> {
  const { collection, objectId: id } = replicas;
  for (const name of collectionNames.toReversed()) {
    const rows = await work.db
      .select({ collection, id })
      .from(replicas)
      .where(and(eq(replicas.peerId, work.giver.id), eq(collection, name), condition))
      .orderBy(desc(id));
    await removeInRuns(work, rows);
  }
}

const retriedAtOnce = 1000;
const rank = sql`array_position(${sql.raw(`array['${collectionNames.join("','")}']`)}::text[], ${replicas.collection})`;

/**
 * Tries once more what is in quarantine for an identifier, which may be free by now, for what it refers to, which may have
 * come, and what another home let go. What is homed elsewhere is not tried without that: a home does not pass to whoever
 * claims it and waits.
 */
async function retryFaults(work: Work): Promise<void> {
  const { db, giver, departures } = work;
  const { peerId, objectId, content, fault } = replicas;
  const left = and(eq(fault, 'homed_elsewhere'), inArray(objectId, [...departures.keys()]));
  const rows = await db
    .select({ collection: replicas.collection, id: objectId, content })
    .from(replicas)
    .where(and(eq(peerId, giver.id), or(inArray(fault, [...passingFaults]), left)))
    .orderBy(replicas.receivedAt, rank, objectId)
    .limit(retriedAtOnce);
  rows.sort((a, b) => collectionNames.indexOf(a.collection) - collectionNames.indexOf(b.collection));
  let taken = 0;
  for (const name of new Set(rows.map(({ collection }) => collection))) {
    const things = rows.filter(({ collection }) => collection === name);
    const faults = await takeOver(work, sharedCollection(giver, name), things);
    const tried = things.map(({ id }) => id);
    const sound = tried.filter((id) => !faults.has(id));
    taken += sound.length;
    // Those that fail again come last the next time.
    await db
      .update(replicas)
      .set({ receivedAt: new Date(), fault: sql`case when ${inArray(objectId, sound)} then null else ${fault} end` })
      .where(and(eq(peerId, giver.id), eq(replicas.collection, name), isNotNull(fault), inArray(objectId, tried)));
  }
  if (taken > 0) for (const name of collectionNames) await collectionNamed(name)?.settle?.(db, giver);
}

/**
 * What this node has, compared with what its peer says that it should have: whether all came, as it came; and whether all of
 * it is held, so that nothing is in quarantine or was lost here. What was lost is forgotten, so that it comes again.
 */
async function compare(
  db: Db,
  giver: Giver,
  digests: Readonly<Record<string, string>>,
): Promise<{ readonly came: boolean; readonly held: boolean }> {
  let [came, held] = [true, true];
  for (const [name, digest] of Object.entries(digests)) {
    const { objectId: id, contentHash, fault } = replicas;
    const place = and(eq(replicas.peerId, giver.id), eq(replicas.collection, name));
    const rows = await db.select({ id, contentHash, fault }).from(replicas).where(place);
    if (collectionDigest(rows) !== digest) came = false;
    if (rows.some(({ fault }) => fault !== null)) held = false;
    const lost = (await collectionNamed(name)?.lost(db, giver)) ?? [];
    if (lost.length === 0) continue;
    [came, held] = [false, false];
    await db.delete(replicas).where(and(place, inArray(id, lost)));
  }
  return { came, held };
}

/** Removes all that came from a peer with which there is no peering any more, a batch at a time; answers how many things. */
export async function dropReplicas(db: Db, giver: Giver, limit: number): Promise<number> {
  const { body } = await commit(db, replicaContext('dropReplicas'), async (db, record) => {
    // In the order in which whoever takes an answer locks them.
    await db.select().from(peerCursors).where(eq(peerCursors.peerId, giver.id)).for('update');
    const { peerId, objectId: id, collection } = replicas;
    const rows = await db
      .select({ collection, id })
      .from(replicas)
      .where(eq(peerId, giver.id))
      .orderBy(sql`${rank} desc`, desc(id))
      .limit(limit);
    await removeInRuns({ db, record, giver }, rows);
    if (rows.length < limit) await db.delete(peerCursors).where(eq(peerCursors.peerId, giver.id));
    return { body: rows.length };
  });
  return body;
}
