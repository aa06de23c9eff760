import type { z } from 'zod';
import type { Receipts } from '../features/access/access.ts';
import { changeAlliance, createAlliance } from '../features/alliances/alliances.ts';
import { decideCharter, publishCharter } from '../features/alliances/charters.ts';
import { decideMembership, offerMembership } from '../features/alliances/membership-offers.ts';
import { decideSponsorship, offerSponsorship } from '../features/alliances/sponsorships.ts';
import { createCommitment } from '../features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../features/initiatives/commitment-schemas.ts';
import { decideContribution, offerContribution } from '../features/knowledge/contributions.ts';
import { createKnowledgeItem } from '../features/knowledge/items.ts';
import { NewKnowledgeItem } from '../features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../features/knowledge/shares.ts';
import { decideOwnershipOffer, offerOwnership } from '../features/ownership/decisions.ts';
import * as examples from '../features/spaces/examples.ts';
import { offerHandover } from '../features/spaces/handovers.ts';
import { offerHarvest } from '../features/spaces/harvests.ts';
import { NewHandover, NewHarvest } from '../features/spaces/schemas.ts';
import { closeSpaces } from '../features/spaces/spaces.ts';
import { today } from '../platform/days.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';
import { as, id } from './demo-parties.ts';

const accepted = { decision: 'accepted' } as const;

/** A closed space of youth care, in which the others take part. */
async function open(db: Db, name: string, title: string, others: readonly Place[]): Promise<string> {
  const space = { kind: 'community', visibility: 'closed', startsOn: '2025-10-01', endsOn: '2099-07-01' } as const;
  await withNamedIds(`alliance ${name}`, () => createAlliance(db, as('jeugdhulp'), { ...space, name: title }));
  const spaceId = namedId(`alliance ${name}`);
  for (const to of others) {
    const offer = { organisationId: id(to), role: 'member', expiresInDays: 90 } as const;
    await withNamedIds(`membership ${to} ${name}`, () => offerMembership(db, as('jeugdhulp'), spaceId, offer));
    await decideMembership(db, as(to), namedId(`membership ${to} ${name}`), accepted);
  }
  return spaceId;
}

/** Brings a space to its end, and as far on its way out as the days let it. */
async function close(db: Db, receipts: Receipts, allianceId: string, days: { days: number; archiveDays: number }) {
  await changeAlliance(db, as('jeugdhulp'), allianceId, 1, { endsOn: today() });
  await closeSpaces(db, receipts, { allianceId, ...days });
}

type Item = { readonly name: string; readonly title: string; readonly by: Place; readonly with: Place };

/** What two of them wrote down together, for those in the space. */
async function learn(db: Db, allianceId: string, item: Item): Promise<void> {
  const written = { type: 'lesson', licence: 'CC-BY-4.0', visibility: 'alliances', publish: true } as const;
  const input: z.output<typeof NewKnowledgeItem> = NewKnowledgeItem.parse({ ...written, title: item.title });
  await withNamedIds(`knowledge ${item.name}`, () => createKnowledgeItem(db, as(item.by), input));
  const itemId = namedId(`knowledge ${item.name}`);
  const named = `knowledge contribution ${item.name}`;
  const offer = { organisationId: id(item.with), expiresInDays: 90 };
  await withNamedIds(named, () => offerContribution(db, as(item.by), itemId, offer));
  await decideContribution(db, as(item.with), namedId(named), accepted);
  await withNamedIds(`knowledge share ${item.name}`, () =>
    shareKnowledgeItem(db, as(item.by), itemId, { allianceId, note: 'Voor wie erbij was.' }),
  );
}

async function promise(db: Db, name: string, allianceId: string, title: string): Promise<void> {
  const input = { allianceId, title, beneficiaryOrganisationId: id('lindeveen'), dueOn: '2099-03-31' };
  await withNamedIds(`commitment ${name}`, () => createCommitment(db, as('academie'), NewCommitment.parse(input)));
}

/** A space that is closing: one lesson to be harvested, one promise to be handed over. */
async function fillClosing(db: Db, receipts: Receipts): Promise<void> {
  const { closingSpace, harvestedItem, heldItem, harvest, handover } = examples;
  const allianceId = await open(db, 'vrijplaats afscheid', closingSpace.name, ['academie', 'lindeveen']);
  await learn(db, allianceId, { name: 'afscheid', title: harvestedItem.title, by: 'jeugdhulp', with: 'academie' });
  await learn(db, allianceId, { name: 'stilte', title: heldItem.title, by: 'academie', with: 'jeugdhulp' });
  await promise(db, 'nazorg', allianceId, 'Twee gesprekken nazorg, over wat hier op tafel kwam');
  await promise(db, 'terugblik', allianceId, 'Een terugblik op wat wij hier durfden te zeggen');
  await own(db, receipts, allianceId);
  await close(db, receipts, allianceId, { days: 20_000, archiveDays: 7 });
  const { visibility, message } = harvest;
  const offered = { itemId: harvestedItem.id, allianceId, visibility, message, expiresInDays: 365 };
  await withNamedIds('harvest afscheid', () => offerHarvest(db, as('jeugdhulp'), NewHarvest.parse(offered)));
  const moved = { allianceId: handover.toAlliance.id, title: handover.title, expiresInDays: 365 };
  await withNamedIds('handover nazorg', () =>
    offerHandover(db, as('lindeveen'), handover.commitmentId, NewHandover.parse(moved)),
  );
}

async function own(db: Db, receipts: Receipts, spaceId: string): Promise<void> {
  const subject = { type: 'alliance', id: spaceId } as const;
  const offer = { subject, share: 'accountable', organisationId: id('jeugdhulp'), expiresInDays: 90 } as const;
  await withNamedIds('ownership offer afscheid', () => offerOwnership(db, as('jeugdhulp'), offer));
  await withNamedIds('ownership record afscheid', () =>
    decideOwnershipOffer(db, as('jeugdhulp'), receipts, namedId('ownership offer afscheid'), accepted),
  );
}

/** Closed spaces at their end: one that is closing, one that is archived, and one of which a receipt is left. */
export async function endDemoSpaces(db: Db, receipts: Receipts): Promise<void> {
  const archived = await open(db, 'vrijplaats nachtdienst', examples.archive.alliance.name, ['academie']);
  const [charter] = examples.archive.charters;
  const { title = '', text = '' } = charter ?? {};
  const { body } = await withNamedIds('charter nachtdienst', () =>
    publishCharter(db, as('jeugdhulp'), archived, { title, text }),
  );
  const { contentHash } = body;
  await decideCharter(db, as('academie'), archived, body.id, { ...accepted, contentHash });
  await close(db, receipts, archived, { days: 20_000, archiveDays: 20_000 });
  const destroyed = await open(db, 'vrijplaats eerste hulp', 'Vrijplaats Na de eerste hulp', ['academie']);
  const request = { organisationId: id('waterrade'), expiresInDays: 90 };
  await withNamedIds('sponsorship eerste hulp', () => offerSponsorship(db, as('jeugdhulp'), destroyed, request));
  await decideSponsorship(db, as('waterrade'), namedId('sponsorship eerste hulp'), accepted);
  await close(db, receipts, destroyed, { days: 0, archiveDays: 0 });
  await fillClosing(db, receipts);
}
