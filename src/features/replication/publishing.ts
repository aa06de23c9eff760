import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { eventCounter } from '../events/tables.ts';
import type { LivePeer } from '../federation/federation.ts';
import { alliancesOfPeer } from '../policy/peer-sight.ts';
import { type Audience, type Collection, inParts } from './collection.ts';
import { collectionsShared } from './collections.ts';
import { contentHashOf, type Entry, link, type Place } from './protocol.ts';
import { noteRemovals } from './removals.ts';
import { peerChains, peerEntries, peerLedger } from './tables.ts';
import { readTouched, type Touched } from './touched.ts';

/** The chain of a peer as it is kept. */
export type ChainRow = typeof peerChains.$inferSelect;

/** Locks the chain of a peer, which is begun where there is none. */
async function lockChain(db: Db, peerId: string): Promise<ChainRow> {
  await db.insert(peerChains).values({ peerId }).onConflictDoNothing();
  const [chain] = await db.select().from(peerChains).where(eq(peerChains.peerId, peerId)).for('update');
  if (chain === undefined) throw new Error('the chain of a peer is gone');
  return chain;
}

/** The place of the last entry. */
export const headOf = ({ headSeq, headHash }: ChainRow): Place => ({ seq: headSeq, hash: headHash });

/**
 * Brings what a peer is told up to date, in the transaction that is under way: what it may have of everything that was
 * touched since is compared with what it was told, and each difference is an entry. What it may have no more comes first,
 * the last collection first and in it the latest, since each refers to those before it. Answers the chain, and the epoch.
 */
export async function publish(
  db: Db,
  peer: Pick<LivePeer, 'id' | 'baseUrl' | 'ourShare'>,
): Promise<{ chain: ChainRow; epoch: string }> {
  const chain = await lockChain(db, peer.id);
  // The day by the clock of the database, by which its predicates go.
  const day = sql<string>`current_date::text`;
  const { position: at, epoch: of } = eventCounter;
  const [counter] = await db.select({ position: at, epoch: of, toldOn: day }).from(eventCounter);
  if (counter === undefined) throw new Error('the event counter has no row');
  const { position, epoch, toldOn } = counter;
  if (position === chain.position && toldOn === chain.toldOn) return { chain, epoch };
  const head = await tellAll(db, peer, chain, { until: position, today: toldOn });
  const change = { position, toldOn, headSeq: head.seq, headHash: head.hash };
  await db.update(peerChains).set(change).where(eq(peerChains.peerId, peer.id));
  return { chain: { ...chain, ...change }, epoch };
}

async function tellAll(
  db: Db,
  { id: peerId, baseUrl, ourShare }: Pick<LivePeer, 'id' | 'baseUrl' | 'ourShare'>,
  chain: ChainRow,
  now: { readonly until: number; readonly today: string },
): Promise<Place> {
  const shared = collectionsShared(ourShare);
  const span = { after: chain.position, since: chain.toldOn ?? now.today, ...now };
  const touched = chain.position < 0 ? null : await readTouched(db, baseUrl, span);
  const alliances = shared.some(({ share }) => share === 'alliances') ? await alliancesFor(db, baseUrl) : [];
  const audience = { baseUrl, alliances };
  const peer = { peerId, audience };
  // Before the first look at everything it was told nothing.
  let head = touched === null ? headOf(chain) : await tellEnded(db, { ...peer, shared, touched, head: headOf(chain) });
  for (const collection of shared)
    for await (const ids of collection.candidates(db, audience, touched))
      head = await tell(db, { peerId, audience, collection, ids, head });
  return head;
}

type Ending = Pick<Told, 'peerId' | 'audience' | 'head'> & {
  readonly shared: readonly Collection[];
  readonly touched: Touched;
};

/** Tells a peer what it may have no more. */
async function tellEnded(db: Db, { peerId, audience, shared, touched, head: before }: Ending): Promise<Place> {
  let head = before;
  for (const collection of shared.toReversed()) {
    const ended: string[] = [];
    for await (const ids of collection.candidates(db, audience, touched))
      ended.push(...(await endedOf(db, { peerId, audience, collection, ids })));
    for (const ids of inParts(ended.sort().reverse()))
      head = await tell(db, { peerId, audience, collection, ids, head });
  }
  return head;
}

async function alliancesFor(db: Db, baseUrl: string): Promise<string[]> {
  const rows = await db.execute<{ alliance_id: string }>(alliancesOfPeer(baseUrl));
  return rows.map(({ alliance_id: id }) => id);
}

/** What a peer was told of and may have no more. */
async function endedOf(db: Db, { peerId, audience, collection, ids }: Omit<Told, 'head'>): Promise<string[]> {
  const { objectId } = peerLedger;
  const known = await db
    .select({ id: objectId })
    .from(peerLedger)
    .where(and(eq(peerLedger.peerId, peerId), eq(peerLedger.collection, collection.name), inArray(objectId, [...ids])));
  if (known.length === 0) return [];
  const held = known.map(({ id }) => id);
  const still = new Set((await collection.contents(db, audience, held)).map(({ id }) => id));
  return held
    .filter((id) => !still.has(id))
    .sort()
    .reverse();
}

type Told = {
  readonly peerId: string;
  readonly audience: Audience;
  readonly collection: Collection;
  readonly ids: readonly string[];
  readonly head: Place;
};

/** Tells a peer of differences between what it may have and what it was told; answers the head of its chain. */
async function tell(db: Db, { peerId, audience, collection, ids, head }: Told): Promise<Place> {
  if (ids.length === 0) return head;
  const { name } = collection;
  const now = new Map((await collection.contents(db, audience, ids)).map((content) => [content.id, content]));
  const { objectId, contentHash } = peerLedger;
  const known = await db
    .select({ objectId, contentHash })
    .from(peerLedger)
    .where(and(eq(peerLedger.peerId, peerId), eq(peerLedger.collection, name), inArray(objectId, [...ids])));
  const before = new Map(known.map((row) => [row.objectId, row.contentHash]));
  const added: (typeof peerEntries.$inferInsert)[] = [];
  const ledger: (typeof peerLedger.$inferInsert)[] = [];
  const removed: string[] = [];
  let last: Place = head;
  const add = (id: string, hash: string | null): Entry => {
    const entry = link(last, { collection: name, id, contentHash: hash });
    const { collection, seq, previous, contentHash } = entry;
    added.push({
      peerId,
      seq,
      previous,
      hash: entry.hash,
      collection,
      objectId: id,
      contentHash,
      recordedAt: new Date(),
    });
    last = entry;
    return entry;
  };
  for (const id of ids) {
    const content = now.get(id);
    const hash = content === undefined ? null : contentHashOf(content);
    if (hash === (before.get(id) ?? null)) continue;
    const { seq } = add(id, hash);
    if (content === undefined || hash === null) removed.push(id);
    else ledger.push({ peerId, collection: name, objectId: id, seq, contentHash: hash, content });
  }
  await storeTold(db, { peerId, name, added, ledger, removed });
  await noteRemovals(db, collection, added);
  return { seq: last.seq, hash: last.hash };
}

type Stored = {
  readonly peerId: string;
  readonly name: string;
  readonly added: (typeof peerEntries.$inferInsert)[];
  readonly ledger: (typeof peerLedger.$inferInsert)[];
  readonly removed: readonly string[];
};

async function storeTold(db: Db, { peerId, name, added, ledger, removed }: Stored): Promise<void> {
  if (added.length > 0) await db.insert(peerEntries).values(added);
  const { collection, objectId } = peerLedger;
  if (ledger.length > 0)
    await db
      .insert(peerLedger)
      .values(ledger)
      .onConflictDoUpdate({
        target: [peerLedger.peerId, collection, objectId],
        set: { seq: sql`excluded.seq`, contentHash: sql`excluded.content_hash`, content: sql`excluded.content` },
      });
  if (removed.length > 0)
    await db
      .delete(peerLedger)
      .where(and(eq(peerLedger.peerId, peerId), eq(collection, name), inArray(objectId, [...removed])));
}
