import { and, asc, eq, gt, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { hasOnlyText } from '../../platform/characters.ts';
import type { Db } from '../../platform/db.ts';
import { Problem } from '../../platform/problem.ts';
import { readCompact, useOnce } from '../access/access.ts';
import {
  clockTolerance,
  type LivePeer,
  livePeer,
  PeerFailure,
  type Peering,
  readAgainSoon,
  readSoon,
  signMessage,
} from '../federation/federation.ts';
import { collectionNames, collectionsShared } from './collections.ts';
import {
  type FeedAnswer,
  type FeedRequest,
  maxContentBytes,
  messageTypes,
  NudgeClaims,
  pageSize,
  RequestClaims,
  requestSeconds,
} from './messages.ts';
import { noteAsked } from './nudging.ts';
import {
  type BaselinePage,
  baselineNeeded,
  type Chain,
  collectionDigest,
  type FeedPage,
  type Key,
  type SentEntry,
  type SentThing,
} from './protocol.ts';
import { type ChainRow, headOf, publish } from './publishing.ts';
import { confirmRemovals } from './removals.ts';
import { peerEntries, peerLedger } from './tables.ts';

const isAddress = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= 2000 && hasOnlyText(value);

type Signed = { iss: string; iat: number; exp: number; peering: string };

/**
 * The peer that signed a message for this node, and what it says. Throws invalid_token for whoever is no live peer, and
 * for what it did not sign, is too old or is about another peering: without telling which.
 */
async function readSigned<T extends Signed>(
  db: Db,
  peering: Peering,
  jws: string,
  { typ, schema }: { readonly typ: string; readonly schema: z.ZodType<T> },
): Promise<{ readonly peer: LivePeer; readonly claims: T }> {
  const refused = (cause?: unknown) => new Problem('invalid_token', { cause });
  const issuer = readCompact(jws)?.payload.iss;
  const peer = isAddress(issuer) ? await livePeer(db, issuer, new Date()) : undefined;
  // Keys are asked of peers alone, so that a stranger makes this node ask nobody.
  if (peer === undefined) throw refused();
  const { payload } = await peering.keys
    .verify(peer.baseUrl, jws, { typ, audience: peering.baseUrl })
    .catch((error: unknown) => {
      throw error instanceof PeerFailure ? refused(error) : error;
    });
  const read = schema.safeParse(payload);
  if (!read.success || !isFresh(read.data) || read.data.peering !== peer.id) throw refused();
  return { peer, claims: read.data };
}

function isFresh({ iat, exp }: Signed): boolean {
  const now = Date.now() / 1000;
  return iat <= now + clockTolerance && exp > now - clockTolerance && exp - iat <= requestSeconds;
}

/**
 * Answers a peer that asks for its feed: signed, with what it may have at this moment, and nothing that it may have no
 * more. A request is answered once, so that whoever overhears it has nothing of it. Throws invalid_token, and
 * too_many_requests while another request of the same peer is answered.
 */
export async function answerFeed(db: Db, peering: Peering, jws: string): Promise<string> {
  const asked = { typ: messageTypes.request, schema: RequestClaims };
  const { peer, claims } = await readSigned(db, peering, jws, asked);
  const { jti, exp } = claims;
  if (!(await useOnce(db, { issuer: peer.baseUrl, jti, exp }))) throw new Problem('invalid_token');
  // One answer at a time for a peer, which reads one feed: however often it asks, the rest of the node goes on.
  const name = `${peering.baseUrl} ${peer.id}`;
  if (answering.has(name)) throw new Problem('too_many_requests', { headers: { 'retry-after': '1' } });
  answering.add(name);
  try {
    return await answerPeer(db, peering, { peer, claims, jws });
  } finally {
    answering.delete(name);
  }
}

const answering = new Set<string>();

type Request = { readonly peer: LivePeer; readonly claims: FeedRequest; readonly jws: string };

async function answerPeer(db: Db, peering: Peering, { peer, claims, jws }: Request): Promise<string> {
  const answer = await db.transaction(async (db) => {
    const { chain, epoch } = await publish(db, peer);
    await noteAsked(db, peer.id, claims.cursor);
    await confirmRemovals(db, peer.id, { cursor: claims.cursor, epoch, jws });
    return contentOf(db, peer, { chain, epoch, claims });
  });
  // Whoever asks is there: what could not be read of it can perhaps be read now.
  await readAgainSoon(db, peer.id);
  const signed: FeedAnswer = {
    ...{ iss: peering.baseUrl, aud: peer.baseUrl, jti: claims.jti, iat: Math.floor(Date.now() / 1000) },
    ...{ peering: peer.id, ...answer },
  };
  return signMessage(JSON.stringify(signed), messageTypes.answer, await peering.signingKey());
}

/** Heeds a peer that says that there is something new: its feed is read soon. Throws invalid_token. */
export async function takeNudge(db: Db, peering: Peering, jws: string): Promise<void> {
  const { peer } = await readSigned(db, peering, jws, { typ: messageTypes.nudge, schema: NudgeClaims });
  await readSoon(db, peer.id);
}

type Asked = { readonly chain: ChainRow; readonly epoch: string; readonly claims: FeedRequest };
type Given = Pick<FeedAnswer, 'page' | 'baseline' | 'digests'>;

async function contentOf(db: Db, peer: LivePeer, { chain: row, epoch, claims }: Asked): Promise<Given> {
  const { cursor, baseline } = claims;
  const chainAt = async (seq: number): Promise<Chain> => {
    const [known] = await db
      .select({ hash: peerEntries.hash })
      .from(peerEntries)
      .where(and(eq(peerEntries.peerId, peer.id), eq(peerEntries.seq, seq)));
    const floor = { seq: row.floorSeq, hash: row.floorHash };
    return { epoch, floor, head: headOf(row), hashAt: () => known?.hash };
  };
  if (baseline === null && baselineNeeded(cursor, await chainAt(cursor?.seq ?? 0)) === undefined) {
    const page = await pageAfter(db, peer, { row, epoch, seq: cursor?.seq ?? 0 });
    const isLast = (page.entries.at(-1)?.seq ?? cursor?.seq) === page.head.seq;
    return { page: page as Given['page'], digests: isLast ? await digestsOf(db, peer, page.head.hash) : null };
  }
  const place = baseline === null ? null : { epoch: baseline.epoch, ...baseline.at };
  const goesOn = place !== null && baselineNeeded(place, await chainAt(place.seq)) === undefined;
  const from = goesOn && baseline !== null ? baseline : { at: headOf(row), after: null };
  const part = await partAfter(db, peer, { epoch, at: from.at, after: from.after });
  return { baseline: part as Given['baseline'], digests: null };
}

/** Entries that follow a place, with the contents that still stand; as many as an answer holds. */
async function pageAfter(
  db: Db,
  { id: peerId }: LivePeer,
  { row, epoch, seq }: { readonly row: ChainRow; readonly epoch: string; readonly seq: number },
): Promise<FeedPage> {
  const rows = await db
    .select({ entry: peerEntries, content: peerLedger.content })
    .from(peerEntries)
    .leftJoin(
      peerLedger,
      sql`${peerLedger.peerId} = ${peerEntries.peerId} and ${peerLedger.collection} = ${peerEntries.collection}
        and ${peerLedger.objectId} = ${peerEntries.objectId} and ${peerLedger.seq} = ${peerEntries.seq}`,
    )
    .where(and(eq(peerEntries.peerId, peerId), gt(peerEntries.seq, seq)))
    .orderBy(asc(peerEntries.seq))
    .limit(pageSize);
  const entries = rows.map(({ entry, content }): SentEntry => {
    const { collection, objectId: id, seq, previous, hash, contentHash } = entry;
    return { collection, id, seq, previous, hash, contentHash, ...(content !== null && { content }) };
  });
  return { epoch, entries: asManyAsFit(entries), head: headOf(row) };
}

/** A part of everything that a peer may have, after a thing; as much as an answer holds. */
async function partAfter(
  db: Db,
  { id: peerId }: LivePeer,
  { epoch, at, after }: Pick<BaselinePage, 'epoch' | 'at' | 'after'>,
): Promise<BaselinePage> {
  const things: SentThing[] = [];
  const first = after === null ? 0 : collectionNames.indexOf(after.collection);
  for (const collection of collectionNames.slice(Math.max(0, first))) {
    if (things.length > pageSize) break;
    const behind: Key | null = after?.collection === collection ? after : null;
    const { objectId: id, content } = peerLedger;
    const rows = await db
      .select({ id, content })
      .from(peerLedger)
      .where(
        and(
          eq(peerLedger.peerId, peerId),
          eq(peerLedger.collection, collection),
          behind === null ? undefined : gt(id, behind.id),
        ),
      )
      .orderBy(asc(id))
      .limit(pageSize + 1 - things.length);
    things.push(...rows.map((row) => ({ collection, ...row })));
  }
  const fitting = asManyAsFit(things.slice(0, pageSize));
  return { epoch, at, after, things: fitting, next: fitting.length < things.length };
}

/** The first of a list, as many as an answer holds by their size; one at least. */
function asManyAsFit<T>(list: readonly T[]): T[] {
  let size = 0;
  const count = list.findIndex((one) => {
    size += Buffer.byteLength(JSON.stringify(one));
    return size > maxContentBytes;
  });
  return list.slice(0, count < 0 ? list.length : Math.max(1, count));
}

/** Digests by peering and head of its chain: nothing else changes what a peer should have. */
const known = new LRUCache<string, Record<string, string>>({ max: 1000 });

/** The digests of what a peer should have, of each collection that it is given. */
async function digestsOf(db: Db, { id: peerId, ourShare }: LivePeer, head: string): Promise<Record<string, string>> {
  const before = known.get(`${peerId} ${head}`);
  if (before !== undefined) return before;
  const digests: Record<string, string> = {};
  for (const { name } of collectionsShared(ourShare)) {
    const { objectId: id, contentHash } = peerLedger;
    const rows = await db
      .select({ id, contentHash })
      .from(peerLedger)
      .where(and(eq(peerLedger.peerId, peerId), eq(peerLedger.collection, name)));
    digests[name] = collectionDigest(rows);
  }
  known.set(`${peerId} ${head}`, digests);
  return digests;
}
