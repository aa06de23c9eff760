import { eq } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { Fault } from '../../platform/problem.ts';
import { organisations } from '../organisations/tables.ts';
import { clients } from './tables.ts';

/**
 * Why an organisation can have no client here that acts for it; it does not move before the end of the transaction. An
 * administrator's client keeps this node, whoever it belongs to.
 */
export async function clientFault(db: Db, organisationId: string, administrator: boolean): Promise<string | undefined> {
  const [organisation] = await db
    .select({ home: organisations.home })
    .from(organisations)
    .where(eq(organisations.id, organisationId))
    .for('share');
  if (organisation === undefined) return 'unknown_organisation';
  return organisation.home === null || administrator ? undefined : 'homed_elsewhere';
}

/** What keeps a client from being enabled. Its organisation is locked before the client, as by whoever lets it move. */
export async function enablingFaults(db: Db, id: string): Promise<Fault[]> {
  const [client] = await db.select().from(clients).where(eq(clients.id, id));
  if (client === undefined) return [];
  const code = await clientFault(db, client.organisationId, client.administrator);
  return code === undefined ? [] : [{ in: 'body', location: '/disabled', code }];
}
