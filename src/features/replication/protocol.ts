import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/*
 * The protocol of the feed between two peers, without database and network. A publisher keeps for each peer a ledger of
 * what that peer has, and a chain of entries: dense numbers, each entry tied to the one before by its hash. An entry names
 * a thing and the hash of its content, never the content: that is given when the entry is sent, and only while it is what
 * the peer may have at that moment. So nothing that was taken back or erased is left in a chain.
 */

/** A thing that is replicated: of which collection, and its identifier. */
export type Key = { readonly collection: string; readonly id: string };

/** What becomes of a thing at a peer: content with this hash, or null where the peer may no longer have it. */
export type Change = Key & { readonly contentHash: string | null };

/** A place in a chain: the number of an entry and its hash; 0 and an empty hash before the first. */
export type Place = { readonly seq: number; readonly hash: string };

/** An entry of a chain, tied to the one before. */
export type Entry = Change & Place & { readonly previous: string };

/** How far a peer has come: a place in the chain of one epoch. Another epoch is another history. */
export type Cursor = Place & { readonly epoch: string };

/** An entry as it is sent: with its content, unless the thing was removed or a later entry replaced it. */
export type SentEntry = Entry & { readonly content?: object | undefined };

/** A thing as it is sent in a baseline. */
export type SentThing = Key & { readonly content: object };

/** Entries that follow a cursor. */
export type FeedPage = { readonly epoch: string; readonly entries: readonly SentEntry[]; readonly head: Place };

/**
 * Part of all that a peer may have, in order of collection and identifier: `at` is the place in the chain from which the
 * feed goes on when all parts have come, the same in each; `after` is the thing behind which the part begins, as it was
 * asked for; `next` is true where more follows.
 */
export type BaselinePage = {
  readonly epoch: string;
  readonly at: Place;
  readonly after: Key | null;
  readonly things: readonly SentThing[];
  readonly next: boolean;
};

/** The place before the first entry. */
export const chainStart: Place = { seq: 0, hash: '' };

const digestOf = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalize(value) ?? '')
    .digest('base64url');

/** The hash of a content: SHA-256 of its canonical JSON (RFC 8785), in base64url. */
export const contentHashOf = (content: object): string => digestOf(content);

const hashOf = ({ seq, previous, collection, id, contentHash }: Omit<Entry, 'hash'>): string =>
  digestOf([seq, previous, collection, id, contentHash]);

/** The entry that follows a place in a chain. */
export function link(last: Place, { collection, id, contentHash }: Change): Entry {
  const entry = { seq: last.seq + 1, previous: last.hash, collection, id, contentHash };
  return { ...entry, hash: hashOf(entry) };
}

/** A chain as its publisher has it: `floor` is the last entry that was cleared away, and `hashAt` those that are kept. */
export type Chain = {
  readonly epoch: string;
  readonly floor: Place;
  readonly head: Place;
  readonly hashAt: (seq: number) => string | undefined;
};

/** Why a peer must begin anew with a baseline. */
export type BaselineReason = 'first' | 'other_epoch' | 'cleared_away' | 'ahead' | 'diverged';

/**
 * Whether a peer can go on from its cursor, or must begin anew: it has none, is of another history, or lies before what is
 * kept, beyond the head, or beside the chain. The last two are a publisher that went back without telling.
 */
export function baselineNeeded(
  cursor: Cursor | null,
  { epoch, floor, head, hashAt }: Chain,
): BaselineReason | undefined {
  if (cursor === null) return 'first';
  if (cursor.epoch !== epoch) return 'other_epoch';
  if (cursor.seq > head.seq) return 'ahead';
  if (cursor.seq < floor.seq) return 'cleared_away';
  const known = cursor.seq === floor.seq ? floor.hash : hashAt(cursor.seq);
  return known === cursor.hash ? undefined : 'diverged';
}

/** Why what a publisher sent is not believed. */
export type FaultCode =
  | 'wrong_epoch'
  | 'out_of_order'
  | 'broken_chain'
  | 'wrong_content'
  | 'wrong_head'
  | 'wrong_baseline';

/** What a publisher sent does not fit; nothing of it is taken. */
export class ProtocolFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode) {
    super(code);
    this.code = code;
  }
}

/** What is done with a thing: it is stored with this content, or removed. */
export type Step = Key & { readonly contentHash: string | null; readonly content: object | null };

function assertFollows(last: Place, entry: Entry): void {
  if (entry.seq !== last.seq + 1) throw new ProtocolFault('out_of_order');
  if (entry.previous !== last.hash || hashOf(entry) !== entry.hash) throw new ProtocolFault('broken_chain');
}

/** The step of an entry: none where its content was replaced later, so that it is not sent. */
function stepsOf({ collection, id, contentHash, content }: SentEntry): Step[] {
  if (content === undefined) return contentHash === null ? [{ collection, id, contentHash, content: null }] : [];
  if (contentHash === null || contentHashOf(content) !== contentHash) throw new ProtocolFault('wrong_content');
  return [{ collection, id, contentHash, content }];
}

/**
 * What follows from a page: the steps in their order, and the cursor after them; both are stored together or not at all.
 * Throws ProtocolFault for a page that does not begin where the cursor is, whose numbers have a gap, whose hashes do not
 * fit, or whose contents are not those of their hashes.
 */
export function follow(cursor: Cursor, page: FeedPage): { readonly steps: readonly Step[]; readonly cursor: Cursor } {
  if (page.epoch !== cursor.epoch) throw new ProtocolFault('wrong_epoch');
  let last: Place = cursor;
  const steps = page.entries.flatMap((entry) => {
    assertFollows(last, entry);
    last = entry;
    return stepsOf(entry);
  });
  const { seq, hash } = last;
  // A page that brings nothing and says that there is more would be asked for without end.
  const isHead = page.head.seq === seq;
  if (page.head.seq < seq || (isHead ? page.head.hash !== hash : page.entries.length === 0))
    throw new ProtocolFault('wrong_head');
  return { steps, cursor: { epoch: cursor.epoch, seq, hash } };
}

/** How far a baseline has come: where its feed goes on, and the last thing that was stored. */
export type BaselineProgress = { readonly epoch: string; readonly at: Place; readonly after: Key | null };

/** The order of things in a baseline: by the rank of their collection, then by identifier. */
export function isAfter(collections: readonly string[], key: Key, other: Key): boolean {
  const [rank, otherRank] = [collections.indexOf(key.collection), collections.indexOf(other.collection)];
  return rank === otherRank ? key.id > other.id : rank > otherRank;
}

const isSameKey = (one: Key | null, other: Key | null) =>
  one === null || other === null ? one === other : one.collection === other.collection && one.id === other.id;

/** Whether a part follows on what has come of a baseline, or is the first of one where nothing has. */
function isNextPart(progress: BaselineProgress | null, { epoch, at, after }: BaselinePage): boolean {
  if (progress === null) return after === null;
  const { at: place } = progress;
  return progress.epoch === epoch && place.seq === at.seq && place.hash === at.hash && isSameKey(progress.after, after);
}

/**
 * What follows from a part of a baseline: the things to store, and how far it has come; `cursor` once it is whole, when
 * whatever did not come in it is removed. Throws ProtocolFault for a part that does not follow on what has come, that is of
 * another baseline, or out of order.
 */
export function followBaseline(
  progress: BaselineProgress | null,
  page: BaselinePage,
  collections: readonly string[],
): { readonly steps: readonly Step[]; readonly progress: BaselineProgress; readonly cursor: Cursor | null } {
  const { epoch, at } = page;
  if (!isNextPart(progress, page) || (page.next && page.things.length === 0)) throw new ProtocolFault('wrong_baseline');
  let { after } = page;
  const steps = page.things.map(({ collection, id, content }): Step => {
    const key = { collection, id };
    if (!collections.includes(collection) || (after !== null && !isAfter(collections, key, after)))
      throw new ProtocolFault('wrong_baseline');
    after = key;
    return { ...key, contentHash: contentHashOf(content), content };
  });
  return { steps, progress: { epoch, at, after }, cursor: page.next ? null : { epoch, ...at } };
}

/**
 * The digest of a collection: SHA-256 over a line `id hash` for each thing in order of identifier, in base64url. Equal at
 * publisher and peer where the peer has what it should have.
 */
export function collectionDigest(things: readonly { readonly id: string; readonly contentHash: string }[]): string {
  const lines = things.map(({ id, contentHash }) => `${id} ${contentHash}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('base64url');
}
