import { decideMembership, offerMembership } from '../../src/features/alliances/membership-offers.ts';
import * as promises from '../../src/features/initiatives/commitment-examples.ts';
import { createCommitment } from '../../src/features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../../src/features/initiatives/commitment-schemas.ts';
import { decideDateOffer, listDateOffers, offerDate } from '../../src/features/initiatives/date-offers.ts';
import * as examples from '../../src/features/initiatives/examples.ts';
import { createInitiative } from '../../src/features/initiatives/initiatives.ts';
import { linkKnowledge } from '../../src/features/initiatives/knowledge-links.ts';
import { addParticipation, changeStance } from '../../src/features/initiatives/participation-offers.ts';
import { NewInitiative } from '../../src/features/initiatives/schemas.ts';
import { newItem } from '../../src/features/knowledge/examples.ts';
import { createKnowledgeItem } from '../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../src/features/knowledge/schemas.ts';
import type { Db } from '../../src/platform/db.ts';
import { namedId, newId } from '../../src/platform/id.ts';
import { caller, context, organisationWithCaller } from './people.ts';

const academy = caller({ organisationId: namedId('node organisation') });
const waterrade = caller({ organisationId: namedId('organisation waterrade') });
const allianceId = examples.newInitiative.allianceId;

/** An organisation that becomes a member of the academy. */
export async function member(db: Db) {
  const organisation = await organisationWithCaller(db, `Deelnemer ${newId()}`);
  const offer = { organisationId: organisation.id, role: 'member', expiresInDays: 30 } as const;
  const { body } = await offerMembership(db, context(academy), allianceId, offer);
  await decideMembership(db, context(organisation.caller), body.id, { decision: 'accepted' });
  return organisation.caller;
}

/** Takes back the open offer of another day, and offers one anew. */
async function moveAgain(db: Db): Promise<void> {
  const query = { state: 'offered', limit: 1 } as const;
  const [open] = (await listDateOffers(db, waterrade, promises.movingCommitmentId, query)).items;
  if (open !== undefined) await decideDateOffer(db, context(waterrade), open.id, { decision: 'withdrawn' });
  const offer = { dueOn: '2099-06-30', reason: null, expiresInDays: 30 };
  await offerDate(db, context(waterrade), promises.movingCommitmentId, offer);
}

/** Offers another day for the promise of the examples, and takes that back. */
async function moveAndBack(db: Db): Promise<void> {
  const offer = { dueOn: '2099-07-31', reason: null, expiresInDays: 30 };
  const { body } = await offerDate(db, context(academy), promises.commitment.id, offer);
  await decideDateOffer(db, context(academy), body.id, { decision: 'withdrawn' });
}

/** How one row is added to each list of initiatives and commitments. */
export const initiativeGrowth: Readonly<Record<string, (db: Db) => Promise<unknown>>> = {
  listInitiatives: (db) => createInitiative(db, context(academy), NewInitiative.parse(examples.newInitiative)),
  listParticipations: async (db) =>
    addParticipation(db, context(await member(db)), examples.initiative.id, { expiresInDays: 30 }),
  listStances: (db) =>
    changeStance(db, context(academy), examples.participation.id, { stance: 'contributor', reason: newId() }),
  listKnowledgeLinks: async (db) => {
    const item = NewKnowledgeItem.parse({ ...newItem, title: `Les ${newId()}`, publish: true });
    const { body } = await createKnowledgeItem(db, context(academy), item);
    await linkKnowledge(db, context(academy), examples.initiative.id, { itemId: body.id, relation: 'used' });
  },
  listCommitments: (db) => createCommitment(db, context(academy), NewCommitment.parse(promises.newCommitment)),
  listCommitmentSteps: moveAndBack,
  listDateOffers: moveAgain,
};
