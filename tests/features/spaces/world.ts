import type { Sql } from 'postgres';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { decideSponsorship, offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { decideContribution, offerContribution } from '../../../src/features/knowledge/contributions.ts';
import { createKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import { offerHandover } from '../../../src/features/spaces/handovers.ts';
import { decideHarvest, offerHarvest } from '../../../src/features/spaces/harvests.ts';
import { NewHandover, NewHarvest } from '../../../src/features/spaces/schemas.ts';
import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { by, found, inDays, join, type Party, parties } from '../alliances/world.ts';

export { testReceipts } from '../../helpers/demo.ts';

/**
 * A closed space with a convener, two members and an observer, guaranteed by a sponsor, and an open alliance in which
 * the convener and the members are as well.
 */
export async function openWorld(db: Db, names: { name?: string; purpose?: string } = {}) {
  await testReceipts(db);
  const all = await parties(db, 'convener', 'author', 'helper', 'observer', 'sponsor', 'stranger');
  const { convener, author, helper, observer, sponsor } = all;
  const closed = { visibility: 'closed', name: 'Vrijplaats', startsOn: '2025-01-01', endsOn: inDays(90) } as const;
  const space = await found(db, convener, { ...closed, ...names });
  for (const one of [author, helper]) await join(db, space, convener, one);
  await join(db, space, convener, observer, 'observer');
  const request = { organisationId: sponsor.id, expiresInDays: 30 };
  const { body } = await offerSponsorship(db, by(convener), space, request);
  await decideSponsorship(db, by(sponsor), body.id, { decision: 'accepted' });
  const open = await found(db, convener, { name: 'Leeralliantie' });
  for (const one of [author, helper]) await join(db, open, convener, one);
  return { ...all, space, open, sponsorshipId: body.id };
}

/** Writes an item for alliances alone, with others named in it, and shares it. */
export async function learn(
  db: Db,
  author: Party,
  allianceId: string,
  others: readonly Party[] = [],
  { title = 'Les', note = null }: { title?: string; note?: string | null } = {},
): Promise<string> {
  const input = { type: 'lesson', licence: 'CC0-1.0', visibility: 'alliances', publish: true, title };
  const { body } = await createKnowledgeItem(db, by(author), NewKnowledgeItem.parse(input));
  for (const other of others) await contribute(db, author, body.id, other);
  await shareKnowledgeItem(db, by(author), body.id, { allianceId, note });
  return body.id;
}

/** Names another organisation in an item, by its own yes. */
export async function contribute(db: Db, author: Party, itemId: string, other: Party): Promise<void> {
  const offer = { organisationId: other.id, expiresInDays: 30 };
  const { body } = await offerContribution(db, by(author), itemId, offer);
  await decideContribution(db, by(other), body.id, { decision: 'accepted' });
}

type Where = { readonly visibility?: 'network' | 'public'; readonly toAllianceId?: string; readonly message?: string };

/** Offers a harvest; answers its identifier. */
export async function harvest(db: Db, who: Party, itemId: string, allianceId: string, where: Where = {}) {
  const given = where.toAllianceId === undefined ? { visibility: 'network', ...where } : where;
  return (await offerHarvest(db, by(who), NewHarvest.parse({ itemId, allianceId, ...given }))).body.id;
}

/** Answers a harvest; tells its state after that. */
export const answerTo = async (
  db: Db,
  who: Party,
  harvestId: string,
  decision: 'accepted' | 'declined' | 'withdrawn' = 'accepted',
) => (await decideHarvest(db, by(who), harvestId, { decision })).body.state;

/** Offers to hand a commitment over; answers the identifier of the offer. */
export const handOver = async (db: Db, who: Party, commitmentId: string, allianceId: string, title = 'Elders') =>
  (await offerHandover(db, by(who), commitmentId, NewHandover.parse({ allianceId, title }))).body.id;

/** Lets a space end today, by its convener, and takes the steps that are due; answers how many. */
export async function end(db: Db, convener: Party, space: string, version = 1): Promise<number> {
  await changeAlliance(db, by(convener), space, version, { endsOn: inDays(0) });
  return closeSpaces(db, await testReceipts(db));
}

/** Takes the steps that are due. */
export const close = async (db: Db) => closeSpaces(db, await testReceipts(db));

/** Lets days pass in the closing of a space. */
export const pass = (owner: Sql, space: string, days: number) =>
  owner.begin(async (owner) => {
    await owner`update alliances set ends_on = ends_on - ${days}::int where id = ${space}`;
    await owner`update space_closures set ends_on = ends_on - ${days}::int, archives_on = archives_on - ${days}::int,
      destroys_on = destroys_on - ${days}::int where alliance_id = ${space}`;
  });

/** The state of the closing of a space. */
export async function closureState(owner: Sql, space: string): Promise<string | undefined> {
  const [row] = await owner<{ state: string }[]>`select state from space_closures where alliance_id = ${space}`;
  return row?.state;
}
