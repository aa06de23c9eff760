import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { organisations } from '../organisations/tables.ts';
import { commitments } from './tables.ts';

/** An organisation with its name. */
export type Named = { readonly id: string; readonly name: string };

/** The organisation in a column, with its name. */
export const organisationIn = (column: PgColumn): SQL<Named> =>
  sql<Named>`(select json_build_object('id', o.id, 'name', o.name) from ${organisations} o where o.id = ${column})`;

/** Counts of the commitments `c`, for `CommitmentCounts`. */
const counts = sql`json_build_object(
  'openCount', count(*) filter (where c.state = 'accepted'),
  'lateCount', count(*) filter (where c.state = 'accepted' and c.due_on < current_date),
  'fulfilledCount', count(*) filter (where c.state = 'fulfilled'),
  'confirmedCount', count(*) filter (where c.state = 'confirmed'),
  'confirmedInTimeCount', count(*) filter (where c.state = 'confirmed' and c.fulfilled_at::date <= c.first_due_on),
  'contestedCount', count(*) filter (where c.state = 'disputed'),
  'brokenCount', count(*) filter (where c.state = 'cancelled'
    and c.cancelled_by_organisation_id = c.promiser_organisation_id),
  'releasedCount', count(*) filter (where c.state = 'cancelled'
    and c.cancelled_by_organisation_id = c.beneficiary_organisation_id),
  'movedCount', count(*) filter (where c.due_on <> c.first_due_on))`;

/** How many commitments there are under a condition on `c`, by what became of them. */
export const countsWhere = <T>(condition: SQL): SQL<T> =>
  sql<T>`(select ${counts} from ${commitments} c where ${condition})`;
