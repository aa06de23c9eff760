import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { day, id, moment } from '../../platform/columns.ts';
import { peers } from '../federation/tables.ts';

const peerId = () =>
  uuid('peer_id')
    .notNull()
    .references(() => peers.id);
const seq = (name: string) => bigint(name, { mode: 'number' });

/**
 * The chain of entries that this node keeps for a peer: its last entry, the last that was cleared away, up to which
 * position of the event log it tells (-1 before the first look at everything); from which place the peer asked for what
 * follows the last time; and which head it was nudged about, how many nudges failed in a row since, and when it is nudged
 * next if it does not come.
 */
export const peerChains = pgTable('peer_chains', {
  peerId: peerId().primaryKey(),
  position: seq('position').notNull().default(-1),
  /** The day up to which it tells what the passing of days changes. */
  toldOn: day('told_on'),
  floorSeq: seq('floor_seq').notNull().default(0),
  floorHash: text('floor_hash').notNull().default(''),
  headSeq: seq('head_seq').notNull().default(0),
  headHash: text('head_hash').notNull().default(''),
  askedEpoch: text('asked_epoch'),
  askedSeq: seq('asked_seq'),
  askedHash: text('asked_hash'),
  nudgedSeq: seq('nudged_seq').notNull().default(0),
  failedNudges: integer('failed_nudges').notNull().default(0),
  nextNudgeAt: moment('next_nudge_at'),
});

/** An entry of a chain: that a thing has other content, by its hash, or was removed. It never holds content. */
export const peerEntries = pgTable(
  'peer_entries',
  {
    peerId: peerId(),
    seq: seq('seq').notNull(),
    previous: text('previous').notNull(),
    hash: text('hash').notNull(),
    collection: text('collection').notNull(),
    objectId: uuid('object_id').notNull(),
    contentHash: text('content_hash'),
    recordedAt: moment('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.peerId, table.seq] }), index('peer_entries_recorded').on(table.recordedAt)],
);

/** What a peer may have now, with its content and the entry that told of it. */
export const peerLedger = pgTable(
  'peer_ledger',
  {
    peerId: peerId(),
    collection: text('collection').notNull(),
    objectId: uuid('object_id').notNull(),
    seq: seq('seq').notNull(),
    contentHash: text('content_hash').notNull(),
    content: jsonb('content').$type<object>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.peerId, table.collection, table.objectId] })],
);

/** How far this node has come in the feed of a peer, and in the baseline that it takes, where it takes one. */
export const peerCursors = pgTable('peer_cursors', {
  peerId: peerId().primaryKey(),
  epoch: text('epoch'),
  seq: seq('seq'),
  hash: text('hash'),
  baselineEpoch: text('baseline_epoch'),
  baselineSeq: seq('baseline_seq'),
  baselineHash: text('baseline_hash'),
  afterCollection: text('after_collection'),
  afterId: uuid('after_id'),
  /** What the things that came in this baseline are marked with. */
  mark: uuid('mark'),
});

/**
 * A thing that a peer gave, as it came. `fault` says why it is in quarantine: it was not taken over, and nobody reads it
 * but administrators, who see its identifier and the fault.
 */
export const replicas = pgTable(
  'replicas',
  {
    peerId: peerId(),
    collection: text('collection').notNull(),
    objectId: uuid('object_id').notNull(),
    contentHash: text('content_hash').notNull(),
    content: jsonb('content').$type<object>().notNull(),
    mark: uuid('mark'),
    fault: text('fault'),
    receivedAt: moment('received_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.peerId, table.collection, table.objectId] }),
    index('replicas_object').on(table.objectId),
    index('replicas_fault').on(table.peerId, table.objectId).where(sql`${table.fault} is not null`),
  ],
);

/**
 * That a peer was told to remove an alliance with all that lies in it, or a knowledge item; and what it signed after it
 * had: that it came to an entry behind that of the removal. Kept when entries are cleared away, as proof.
 */
export const replicaRemovals = pgTable(
  'replica_removals',
  {
    id: id(),
    peerId: peerId(),
    subjectType: text('subject_type').notNull(),
    subjectId: uuid('subject_id').notNull(),
    seq: seq('seq').notNull(),
    askedAt: moment('asked_at').notNull(),
    confirmedAt: moment('confirmed_at'),
    receipt: text('receipt'),
  },
  (table) => [
    index('replica_removals_peer').on(table.peerId, table.seq),
    index('replica_removals_subject').on(table.subjectId, table.id),
    check('replica_removals_confirmed', sql`(${table.confirmedAt} is null) = (${table.receipt} is null)`),
  ],
);
