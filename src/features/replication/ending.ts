import { eq } from 'drizzle-orm';
import type { Db } from '../../platform/db.ts';
import { formerPeers, type Giver } from '../federation/federation.ts';
import { dropReplicas } from './receiving.ts';
import { peerChains, peerCursors, peerEntries, peerLedger, replicas } from './tables.ts';

const batch = 500;

/**
 * Clears away what is left of peerings that hold no more: what this node kept for the other, and all that it took over from
 * it. Answers whether there was anything.
 */
export async function clearFormerPeers(db: Db): Promise<boolean> {
  let any = false;
  let failed: { readonly error: unknown } | undefined;
  // What stands in the way at one is nothing to the others.
  for (const peer of await formerPeers(db, [peerChains, peerCursors, replicas]))
    await clear(db, peer).then(
      () => {
        any = true;
      },
      (error: unknown) => {
        failed ??= { error };
      },
    );
  if (failed !== undefined) throw failed.error;
  return any;
}

async function clear(db: Db, peer: Giver): Promise<void> {
  while ((await dropReplicas(db, peer, batch)) === batch);
  await db.transaction(async (db) => {
    // In the order in which whoever publishes locks them.
    await db.select().from(peerChains).where(eq(peerChains.peerId, peer.id)).for('update');
    await db.delete(peerEntries).where(eq(peerEntries.peerId, peer.id));
    await db.delete(peerLedger).where(eq(peerLedger.peerId, peer.id));
    await db.delete(peerChains).where(eq(peerChains.peerId, peer.id));
  });
}
