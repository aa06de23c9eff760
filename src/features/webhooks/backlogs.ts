import { sql } from 'drizzle-orm';
import { type Backlog, countDue } from '../../platform/backlog.ts';
import type { Db } from '../../platform/db.ts';
import { events } from '../events/tables.ts';
import { unrestricted } from '../policy/policy.ts';
import { webhookDeliveries, webhookDispatch, webhooks } from './tables.ts';

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

/** Deliveries whose time has come. */
export const countDueDeliveries = (db: Db): Promise<Backlog> =>
  countDue(
    db,
    sql`select due_at as since from ${webhookDeliveries} where state = 'queued' and tries = 0 and due_at <= now()`,
    sql`select due_at as since from ${webhookDeliveries} where state = 'queued' and tries > 0 and due_at <= now()`,
  );
