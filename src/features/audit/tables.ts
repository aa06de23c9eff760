import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { bytes, day } from '../../platform/columns.ts';

/** The signed head of the chain of audit records after each day; append-only. */
export const auditHeads = pgTable('audit_heads', {
  day: day('day').primaryKey(),
  /** The last record of the day and its hash, for who verifies the chain; the signature is over a digest of them alone. */
  number: bigint('number', { mode: 'number' }).notNull(),
  hash: bytes('hash').notNull(),
  signature: text('signature').notNull(),
});
