import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Db } from './db.ts';

/** A table of offers between two parties. */
type Offers = { readonly state: PgColumn; readonly expiresAt: PgColumn };

/** The same, with when each was made and answered. */
type Answered = Offers & { readonly offeredAt: PgColumn; readonly decidedAt: PgColumn };

/** True for offers whose time is over, whether or not a job has noted it; null, not false, for some others. */
export const ranOut = ({ state, expiresAt }: Offers): SQL => sql`(${state} = 'offered' and ${expiresAt} <= now())`;

/** Offers whose time is over, as due work: `since` when it is over. */
export const ranOutSince = (offers: Offers & PgTable): SQL =>
  sql`select ${offers.expiresAt} as since from ${offers} where ${ranOut(offers)}`;

/** Offers in a state as it is now: what ran out is told as such before a job notes it. */
export function inState(offers: Offers, state: string): SQL | undefined {
  const stored = eq(offers.state, state);
  if (state === 'expired') return or(stored, ranOut(offers));
  return state === 'offered' ? and(stored, sql`${ranOut(offers)} is not true`) : stored;
}

/** Offers that were open at the end of a day: made by then, and neither answered nor run out. */
export const openAtEndOf = (
  { offeredAt, decidedAt, expiresAt }: Answered,
  day: string,
): SQL => sql`${offeredAt} < ${day}::date + 1
  and least(${decidedAt}, ${expiresAt}) >= ${day}::date + 1`;

/** Rows of a table that one transaction of a job notes, so that none of them holds locks for long. */
const batchSize = 500;

/** The next rows to be noted by a job; what is locked by a decision that is being made waits for the next run. */
export const due = (db: Db, table: PgTable & { id: PgColumn }, condition: SQL): SQL =>
  inArray(
    table.id,
    db
      .select({ id: table.id })
      .from(table)
      .where(condition)
      .orderBy(table.id)
      .limit(batchSize)
      .for('update', { skipLocked: true }),
  );
