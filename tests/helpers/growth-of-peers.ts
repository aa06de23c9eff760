import * as examples from '../../src/features/federation/examples.ts';
import { offerPeering } from '../../src/features/federation/offering.ts';
import { NewPeer } from '../../src/features/federation/schemas.ts';
import type { Db } from '../../src/platform/db.ts';
import { newId } from '../../src/platform/id.ts';
import { testPeering } from './demo.ts';
import { administrator, context } from './people.ts';

/** How one row is added to each list of peerings. */
export const peerGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listPeers: async (db) => {
    const offer = { ...examples.newPeer, baseUrl: `https://leernetwerk.${newId()}.example` };
    return offerPeering(db, context(administrator), await testPeering(db), NewPeer.parse(offer));
  },
};
