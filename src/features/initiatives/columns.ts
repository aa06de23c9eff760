import { type SQL, sql } from 'drizzle-orm';
import { unrestricted } from '../policy/policy.ts';
import { commitments } from './tables.ts';

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
  sql<T>`(select ${counts} from ${commitments} c where ${unrestricted('counted')} and ${condition})`;
