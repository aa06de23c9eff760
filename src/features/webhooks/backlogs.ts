import { type SQL, sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Db } from '../../platform/db.ts';
import { events } from '../events/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { webhookDeliveries, webhookDispatch, webhookQueues, webhooks } from './tables.ts';

/** Endpoints whose owner is still to be asked. */
export const countUnasked = (db: Db): Promise<Backlog> =>
  countDue(db, sql`select asked_at as since from ${webhooks} where verification = 'asked' and removed_at is null`);

/** Events that were not queued for the endpoints yet. */
export const countUndispatched = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select occurred_at as since from ${events}
      where position > (select position from ${webhookDispatch}) and ${unrestricted('node')}`,
  );

const due = (tries: SQL) => sql`select d.due_at as since from ${webhookDeliveries} d
  join ${webhooks} w on w.id = d.webhook_id join ${webhookQueues} q on q.webhook_id = d.webhook_id
  where d.state = 'queued' and d.tries ${tries} and d.due_at <= now() and q.resumes_at <= now()
    and w.state = 'enabled' and not w.paused and w.removed_at is null`;

/** Deliveries whose time has come, to endpoints that take any now. */
export const countDueDeliveries = (db: Db): Promise<Backlog> => countDue(db, due(sql`= 0`), due(sql`> 0`));
