import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { canonicalUuid } from '../../platform/id.ts';
import { type Giver, type Peering, Seconds } from '../federation/federation.ts';

/** The types of what nodes sign about feeds. */
export const messageTypes = { request: 'feed-request+jwt', answer: 'feed+jwt', nudge: 'feed-nudge+jwt' } as const;

/** The longest answer, in bytes: what may come over the wire. */
export const maxAnswerBytes = 1_000_000;

/** How much content an answer holds at most, in bytes of JSON; base64url makes a third more of it. */
export const maxContentBytes = 600_000;

/** Entries or things in one answer at most. */
export const pageSize = 500;

/** Seconds for which a request can be used. */
export const requestSeconds = 60;

const Id = z.string().regex(canonicalUuid);
const Hash = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const Seq = z.int().min(0);
const Epoch = z.string().min(1).max(100);
const PlaceSchema = z.strictObject({ seq: Seq, hash: z.union([Hash, z.literal('')]) });
const KeySchema = z.strictObject({ collection: z.string().regex(/^[a-z][a-z-]{0,49}$/), id: Id });
const Name = z.string().min(1).max(2000);

/** What a request for a feed says: where the asker is, or how far its baseline has come. */
export const RequestClaims = z.strictObject({
  iss: Name,
  aud: Name,
  jti: Id,
  iat: Seconds,
  exp: Seconds,
  peering: Id,
  cursor: PlaceSchema.extend({ epoch: Epoch }).nullable(),
  baseline: z.strictObject({ epoch: Epoch, at: PlaceSchema, after: KeySchema.nullable() }).nullable(),
});

/** What a request for a feed says. */
export type FeedRequest = z.output<typeof RequestClaims>;

const Content = z.looseObject({ id: Id });
const SentEntrySchema = z.strictObject({
  ...{ collection: KeySchema.shape.collection, id: Id, seq: Seq, previous: PlaceSchema.shape.hash, hash: Hash },
  contentHash: Hash.nullable(),
  content: Content.optional(),
});

/** What an answer says: entries that follow, or a part of everything; with the digests of what the asker should have. */
export const AnswerClaims = z.strictObject({
  iss: Name,
  aud: Name,
  jti: Id,
  iat: Seconds,
  peering: Id,
  page: z.strictObject({ epoch: Epoch, entries: z.array(SentEntrySchema).max(pageSize), head: PlaceSchema }).optional(),
  baseline: z
    .strictObject({
      ...{ epoch: Epoch, at: PlaceSchema, after: KeySchema.nullable(), next: z.boolean() },
      things: z.array(KeySchema.extend({ content: Content })).max(pageSize),
    })
    .optional(),
  digests: z.record(KeySchema.shape.collection, Hash).nullable(),
});

/** What an answer says. */
export type FeedAnswer = z.output<typeof AnswerClaims>;

/** What a nudge says: there is something new. */
export const NudgeClaims = z.strictObject({ iss: Name, aud: Name, jti: Id, iat: Seconds, exp: Seconds, peering: Id });

/** What every request to a peer says of itself: from and to whom, of which peering, and for how long it can be used. */
export function claimsTo({ baseUrl }: Peering, peer: Pick<Giver, 'id' | 'baseUrl'>): z.output<typeof NudgeClaims> {
  const now = Math.floor(Date.now() / 1000);
  return { iss: baseUrl, aud: peer.baseUrl, jti: randomUUID(), iat: now, exp: now + requestSeconds, peering: peer.id };
}
