import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { day, id, moment, version } from '../../platform/columns.ts';

/** What two nodes agree on, as both sign it. */
export type PeeringTerms = {
  readonly id: string;
  readonly offeredBy: {
    readonly baseUrl: string;
    readonly oin: string | null;
    readonly name: string;
    readonly shares: readonly string[];
  };
  readonly offeredTo: { readonly baseUrl: string; readonly shares: readonly string[] };
  readonly validFrom: string;
  readonly validUntil: string;
};

/**
 * A peering with another node, from its offer on; its identifier is given by whoever offers and is the same at both.
 * `terms` is what is signed and `offerHash` names the offer that an answer is given to. With each node one offer is open and
 * one peering holds on any day at most (`peers_hold_apart`). What the other signed is kept with the key that verified it, which is not published for
 * good. The rest tells how its feed does.
 */
export const peers = pgTable(
  'peers',
  {
    id: id(),
    version: version(),
    baseUrl: text('base_url').notNull(),
    name: text('name').notNull(),
    oin: text('oin'),
    state: text('state').notNull(),
    offeredBy: text('offered_by').notNull(),
    /** The collections that this node shares. */
    ourShare: text('our_share').array().notNull(),
    /** The collections that the other shares. */
    theirShare: text('their_share').array().notNull(),
    validFrom: day('valid_from').notNull(),
    /** The first day on which it does not hold. */
    validUntil: day('valid_until').notNull(),
    expiresAt: moment('expires_at').notNull(),
    terms: jsonb('terms').$type<PeeringTerms>().notNull(),
    offerHash: text('offer_hash').notNull(),
    ourSignature: text('our_signature'),
    theirSignature: text('their_signature'),
    theirKey: jsonb('their_key').$type<Record<string, unknown>>(),
    /** What a side signed to decline, withdraw or end it. */
    closingSignature: text('closing_signature'),
    keyThumbprints: text('key_thumbprints').array().notNull(),
    reason: text('reason'),
    endedBy: text('ended_by'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    lastSuccessAt: moment('last_success_at'),
    lastAttemptAt: moment('last_attempt_at'),
    failureCount: integer('failure_count').notNull().default(0),
    lastError: text('last_error'),
    /** Entries of the other's feed that were not applied yet. */
    lag: bigint('lag', { mode: 'number' }),
    digestEqual: boolean('digest_equal'),
    nextAttemptAt: moment('next_attempt_at'),
    /** Until when whoever reads its feed now is left alone with it. */
    readingUntil: moment('reading_until'),
  },
  (table) => [
    uniqueIndex('peers_open').on(table.baseUrl).where(sql`${table.state} = 'offered'`),
    index('peers_base_url').on(table.baseUrl),
    index('peers_received').on(table.createdAt).where(sql`${table.offeredBy} = 'them'`),
    check('peers_state', sql`${table.state} in ('offered', 'accepted', 'declined', 'withdrawn', 'expired', 'ended')`),
    check('peers_offered_by', sql`${table.offeredBy} in ('us', 'them')`),
    check('peers_ended_by', sql`${table.endedBy} in ('us', 'them')`),
    check('peers_validity', sql`${table.validFrom} < ${table.validUntil}`),
    // Nobody is bound but by what it signed itself.
    check(
      'peers_signed_by_both',
      sql`${table.state} <> 'accepted' or (${table.ourSignature} is not null and ${table.theirSignature} is not null)`,
    ),
  ],
);

/**
 * What this node said of a peering and tells to the other, in its order; `payload` is signed anew at each attempt, since
 * keys rotate while the other cannot be reached.
 */
export const peerMessages = pgTable(
  'peer_messages',
  {
    id: id(),
    peerId: uuid('peer_id')
      .notNull()
      .references(() => peers.id),
    number: integer('number').notNull(),
    kind: text('kind').notNull(),
    payload: text('payload').notNull(),
    createdAt: moment('created_at').notNull(),
    toldAt: moment('told_at'),
    tries: integer('tries').notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull(),
    lastError: text('last_error'),
  },
  (table) => [
    unique('peer_messages_number').on(table.peerId, table.number),
    index('peer_messages_due').on(table.nextAttemptAt).where(sql`${table.toldAt} is null`),
    check('peer_messages_kind', sql`${table.kind} in ('offered', 'accepted', 'declined', 'withdrawn', 'ended')`),
  ],
);
