import { asc, eq } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import type { NewEvent } from '../events/events.ts';
import { finishChange } from './clients.ts';
import { clients } from './tables.ts';

/**
 * Ends what this node vouches for in the name of an organisation that goes to another node, in the transaction of that: its
 * clients are disabled, and their tokens refused at once. Those of administrators go on keeping this node, and act for no
 * organisation while theirs is homed elsewhere.
 */
export async function endVouching(db: Db, record: (event: NewEvent) => void, organisationId: string): Promise<void> {
  const rows = await db
    .select()
    .from(clients)
    .where(eq(clients.organisationId, organisationId))
    .orderBy(asc(clients.id))
    .for('update');
  const now = new Date();
  for (const client of rows) {
    const { id, administrator, disabledAt } = client;
    const ends = !administrator && disabledAt === null;
    // Told of an administrator's client too, so that no process goes on with what it found behind a token.
    await finishChange(db, client, ends ? { disabledAt: now, tokensRefusedUntil: now } : {});
    const type = ends ? 'client.disabled' : 'client.changed';
    record({ type, subjectType: 'client', subjectId: id, organisationIds: [organisationId] });
  }
}
