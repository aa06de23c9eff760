import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { id, moment, version } from '../../platform/columns.ts';
import { peers } from '../federation/tables.ts';

/**
 * A move of an organisation from one node to another, from its offer on; its identifier is given by the old home and is
 * the same at both. The organisation need not be known at the new home before it comes, so that nothing refers to it.
 * `organisation` is how it was offered; `content` is all that went along, kept at the old home, so that it can be given
 * again. What both signed is kept for good. The rest tells how far the other was told.
 */
export const organisationMoves = pgTable(
  'organisation_moves',
  {
    id: id(),
    version: version(),
    organisationId: uuid('organisation_id').notNull(),
    /** The peering under which it was offered. */
    peerId: uuid('peer_id')
      .notNull()
      .references(() => peers.id),
    fromNode: text('from_node').notNull(),
    toNode: text('to_node').notNull(),
    offeredBy: text('offered_by').notNull(),
    state: text('state').notNull(),
    /** Which of the moves of the organisation it is, from 1 on. */
    number: integer('number').notNull(),
    reason: text('reason'),
    decisionReason: text('decision_reason'),
    organisation: jsonb('organisation').$type<{ readonly id: string; readonly name: string }>().notNull(),
    content: jsonb('content').$type<object>(),
    offer: text('offer').notNull(),
    offerHash: text('offer_hash').notNull(),
    acceptance: text('acceptance'),
    completion: text('completion'),
    /** What a side signed to decline or withdraw it. */
    closing: text('closing'),
    createdAt: moment('created_at').notNull(),
    changedAt: moment('changed_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
    movedAt: moment('moved_at'),
    /** When the other is told next; null where there is nothing that it has to hear. */
    nextTellAt: moment('next_tell_at'),
    tries: integer('tries').notNull().default(0),
    lastError: text('last_error'),
  },
  (table) => [
    uniqueIndex('organisation_moves_open')
      .on(table.organisationId)
      .where(sql`${table.state} in ('offered', 'accepted')`),
    index('organisation_moves_organisation').on(table.organisationId, table.createdAt),
    index('organisation_moves_peer').on(table.peerId),
    index('organisation_moves_created').on(table.createdAt, table.id),
    index('organisation_moves_due').on(table.nextTellAt).where(sql`${table.nextTellAt} is not null`),
    check(
      'organisation_moves_state',
      sql`${table.state} in ('offered', 'accepted', 'moved', 'declined', 'withdrawn', 'expired')`,
    ),
    check('organisation_moves_offered_by', sql`${table.offeredBy} in ('us', 'them')`),
    // Nothing moves but by what both signed.
    check(
      'organisation_moves_signed_by_both',
      sql`${table.state} <> 'moved' or (${table.acceptance} is not null and ${table.completion} is not null)`,
    ),
  ],
);
