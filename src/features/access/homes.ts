import { eq } from 'drizzle-orm';
import type { Context } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { misdirected } from '../../platform/misdirected.ts';
import { invalid } from '../../platform/problem.ts';
import { organisations } from '../organisations/tables.ts';
import { clients } from './tables.ts';

type Client = Pick<typeof clients.$inferSelect, 'organisationId' | 'administrator'>;

/**
 * Throws invalid_input where the organisation of a client is not known, and misdirected where it is homed at another node,
 * which vouches for it; it does not move before the end of the transaction. An administrator's client keeps this node,
 * whoever it belongs to.
 */
export async function assertMayHaveClient(
  db: Db,
  context: Context,
  { organisationId, administrator }: Client,
): Promise<void> {
  const [organisation] = await db
    .select({ home: organisations.home })
    .from(organisations)
    .where(eq(organisations.id, organisationId))
    .for('share');
  if (organisation === undefined)
    throw invalid([{ in: 'body', location: '/organisationId', code: 'unknown_organisation' }]);
  if (organisation.home !== null && !administrator) throw misdirected(organisation.home, context);
}

/**
 * Throws misdirected where a client that is disabled cannot be enabled. Its organisation is locked before the client, as by
 * whoever lets it move.
 */
export async function assertMayEnable(db: Db, context: Context, id: string): Promise<void> {
  const [client] = await db.select().from(clients).where(eq(clients.id, id));
  if (client !== undefined && client.disabledAt !== null) await assertMayHaveClient(db, context, client);
}
