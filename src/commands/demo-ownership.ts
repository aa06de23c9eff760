import type { z } from 'zod';
import type { Receipts } from '../features/access/access.ts';
import { listAlliances } from '../features/alliances/alliances.ts';
import { AllianceQuery } from '../features/alliances/schemas.ts';
import { decideOwnershipOffer, offerOwnership, releaseOwnership } from '../features/ownership/decisions.ts';
import * as examples from '../features/ownership/examples.ts';
import { NewOwnershipOffer } from '../features/ownership/schemas.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';
import { as, id } from './demo-parties.ts';

type Offer = {
  readonly name: string;
  readonly subject: { readonly type: 'alliance' | 'initiative'; readonly id: string };
  readonly by: Place;
  readonly to: Place;
} & Partial<Pick<z.output<typeof NewOwnershipOffer>, 'share' | 'message'>>;

async function offer(db: Db, { name, by, to, ...input }: Offer): Promise<string> {
  const given = { share: 'accountable', ...input, organisationId: id(to), expiresInDays: 90 };
  await withNamedIds(`ownership offer ${name}`, () => offerOwnership(db, as(by), NewOwnershipOffer.parse(given)));
  return namedId(`ownership offer ${name}`);
}

/** An offer with the yes of whoever received it. */
async function give(db: Db, receipts: Receipts, given: Offer): Promise<void> {
  const offerId = await offer(db, given);
  await withNamedIds(`ownership record ${given.name}`, () =>
    decideOwnershipOffer(db, as(given.to), receipts, offerId, { decision: 'accepted' }),
  );
}

const alliance = (name: string) => ({ type: 'alliance', id: namedId(name) }) as const;

/** Who answers for what in the demo network: one that passes on, one that was handed over, and one that was let go. */
export async function fillDemoOwnership(db: Db, receipts: Receipts): Promise<void> {
  const academy = alliance('alliance academie');
  await give(db, receipts, { name: 'academie', subject: academy, by: 'academie', to: 'lindeveen' });
  const { message } = examples.ownershipOffer;
  await offer(db, { name: 'academie over', subject: academy, by: 'lindeveen', to: 'academie', message });
  const space = alliance('alliance vrijplaats werkdruk');
  await give(db, receipts, { name: 'werkdruk', subject: space, by: 'academie', to: 'academie' });
  const circle = alliance('alliance eerste duizend dagen');
  await give(db, receipts, { name: 'duizend dagen', subject: circle, by: 'jeugdhulp', to: 'jeugdhulp' });
  await give(db, receipts, { name: 'duizend dagen over', subject: circle, by: 'jeugdhulp', to: 'lindeveen' });
  const work = { type: 'initiative', id: namedId('initiative één plan') } as const;
  await give(db, receipts, { name: 'één plan', subject: work, by: 'lindeveen', to: 'lindeveen' });
  await letGo(db, receipts);
}

/** Those who only talk: somebody took the network on, and let it go. */
async function letGo(db: Db, receipts: Receipts): Promise<void> {
  const query = AllianceQuery.parse({ source: 'maarland-register', sourceKey: 'gesprek' });
  const { items } = await listAlliances(db, as('maarkant').caller, query);
  const allianceId = items[0]?.id ?? '';
  const subject = { type: 'alliance', id: allianceId } as const;
  await give(db, receipts, { name: 'gesprek', subject, by: 'maarkant', to: 'maarkant' });
  const release = { subject, share: 'accountable', reason: 'Na een jaar praten was er niets om te dragen.' } as const;
  await withNamedIds('ownership record gesprek released', () =>
    releaseOwnership(db, as('maarkant'), receipts, release),
  );
}
