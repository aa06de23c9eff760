import { and, eq, inArray, sql } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { eventCounter, events } from '../events/tables.ts';
import type { LivePeer } from '../federation/federation.ts';
import { unrestricted } from '../policy/policy.ts';
import { type Collection, collections } from './collections.ts';
import { contentHashOf, type Entry, link, type Place } from './protocol.ts';
import { peerChains, peerEntries, peerLedger } from './tables.ts';

/** The chain of a peer as it is kept. */
export type ChainRow = typeof peerChains.$inferSelect;

const chunkSize = 500;

/** The collections that a peer is given. */
const sharedWith = ({ ourShare }: Pick<LivePeer, 'ourShare'>) =>
  collections.filter(({ name }) => ourShare.includes(name));

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
 * touched since is compared with what it was told, and each difference is an entry. Answers the chain, and the epoch.
 */
export async function publish(
  db: Db,
  peer: Pick<LivePeer, 'id' | 'ourShare'>,
): Promise<{ chain: ChainRow; epoch: string }> {
  const chain = await lockChain(db, peer.id);
  const [counter] = await db.select({ position: eventCounter.position, epoch: eventCounter.epoch }).from(eventCounter);
  if (counter === undefined) throw new Error('the event counter has no row');
  let head = headOf(chain);
  for (const collection of sharedWith(peer))
    for await (const ids of touched(db, collection, chain, counter.position))
      head = await tell(db, { peerId: peer.id, collection, ids, head });
  const change = { position: counter.position, headSeq: head.seq, headHash: head.hash };
  if (counter.position !== chain.position)
    await db.update(peerChains).set(change).where(eq(peerChains.peerId, peer.id));
  return { chain: { ...chain, ...change }, epoch: counter.epoch };
}

/** Identifiers of what may be another since the position of a chain, in order; of everything at first. */
async function* touched(db: Db, collection: Collection, { position }: ChainRow, until: number) {
  if (position < 0) {
    for (let after: string | null = null; ; ) {
      const ids: readonly string[] = await collection.ids(db, after, chunkSize);
      if (ids.length > 0) yield ids;
      if (ids.length < chunkSize) return;
      after = ids.at(-1) ?? null;
    }
  }
  const rows = await db.execute<{ id: string }>(sql`
    select distinct named.id from ${events} e cross join lateral
      unnest(e.organisation_ids || case when e.subject_type = ${collection.events.subjectType} then e.subject_id end) named(id)
    where ${unrestricted('node')} and e.position > ${position} and e.position <= ${until} and named.id is not null
      and e.subject_type in (select jsonb_array_elements_text(${JSON.stringify(collection.subjectTypes)}::jsonb))
    order by named.id`);
  for (let at = 0; at < rows.length; at += chunkSize) yield rows.slice(at, at + chunkSize).map(({ id }) => id);
}

type Told = {
  readonly peerId: string;
  readonly collection: Collection;
  readonly ids: readonly string[];
  readonly head: Place;
};

/** Tells a peer of differences between what it may have and what it was told; answers the head of its chain. */
async function tell(db: Db, { peerId, collection: { name, contents }, ids, head }: Told): Promise<Place> {
  const now = new Map((await contents(db, ids)).map((content) => [content.id, content]));
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
