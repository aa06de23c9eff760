import { decideContribution, offerContribution } from '../../src/features/knowledge/contributions.ts';
import { createKnowledgeItem } from '../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../src/features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../../src/features/knowledge/shares.ts';
import * as examples from '../../src/features/spaces/examples.ts';
import { decideHandover, offerHandover } from '../../src/features/spaces/handovers.ts';
import { offerHarvest } from '../../src/features/spaces/harvests.ts';
import { NewHandover, NewHarvest } from '../../src/features/spaces/schemas.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId, newId } from '../../src/platform/id.ts';
import { caller, context } from './people.ts';

const academy = caller({ organisationId: namedId('node organisation') });
const youthCare = caller({ organisationId: namedId('organisation jeugdhulp') });
const openSpace = namedId('alliance vrijplaats werkdruk');

/** Writes an item with another in an open space, and offers to let it out. */
async function gather(db: Db): Promise<void> {
  const lesson = {
    type: 'lesson',
    licence: 'CC0-1.0',
    visibility: 'alliances',
    publish: true,
    title: `Les ${newId()}`,
  };
  const { body } = await createKnowledgeItem(db, context(academy), NewKnowledgeItem.parse(lesson));
  const offer = { organisationId: youthCare.organisationId ?? '', expiresInDays: 30 };
  const named = await offerContribution(db, context(academy), body.id, offer);
  await decideContribution(db, context(youthCare), named.body.id, { decision: 'accepted' });
  await shareKnowledgeItem(db, context(academy), body.id, { allianceId: openSpace });
  const harvest = { itemId: body.id, allianceId: openSpace, visibility: 'network' };
  await offerHarvest(db, context(academy), NewHarvest.parse(harvest));
}

/** Offers to hand a commitment over, and takes that back. */
async function handOverAndBack(db: Db): Promise<void> {
  const handover = NewHandover.parse(examples.newHandover);
  const { body } = await offerHandover(db, context(academy), examples.openCommitmentId, handover);
  await decideHandover(db, context(academy), body.id, { decision: 'withdrawn' });
}

/** How one row is added to each list of what leaves closed spaces. */
export const spaceGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listHarvests: gather,
  listHandovers: handOverAndBack,
};
