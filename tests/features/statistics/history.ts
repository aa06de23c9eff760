import type { Sql } from 'postgres';
import { confirmCommitment, fulfilCommitment } from '../../../src/features/initiatives/deeds.ts';
import { changeInitiativeStage } from '../../../src/features/initiatives/initiatives.ts';
import { changeStance, leaveInitiative } from '../../../src/features/initiatives/participation-offers.ts';
import { withdrawAdoption } from '../../../src/features/knowledge/adoptions.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import type { Db } from '../../../src/platform/db.ts';
import { by, found, inDays, join, type Party, parties } from '../alliances/world.ts';
import { begin, promise, takePart } from '../initiatives/world.ts';
import { adopt, write } from '../knowledge/world.ts';
import { alliance, contributor, give, release } from '../ownership/world.ts';

const evidence = [{ text: 'Het verslag.', url: null }];

type People = Record<'town' | 'care' | 'school' | 'stranger', Party>;

/** Four organisations, one of which takes part in nothing. */
export const people = (db: Db): Promise<People> => parties(db, 'town', 'care', 'school', 'stranger');

/** A promise that was kept and confirmed, within an initiative if one is named. */
export async function deed(db: Db, allianceId: string, from: Party, to: Party, initiativeId?: string): Promise<void> {
  const id = await promise(db, from, { allianceId, initiativeId, beneficiaryOrganisationId: to.id });
  await fulfilCommitment(db, by(from), id, { evidence });
  await confirmCommitment(db, by(to), id, { outcome: 'confirmed' });
}

/** A promise that is open, and one that is disputed. */
async function promises(db: Db, allianceId: string, from: Party, to: Party): Promise<void> {
  await promise(db, from, { allianceId, beneficiaryOrganisationId: to.id });
  const id = await promise(db, from, { allianceId, beneficiaryOrganisationId: to.id });
  await fulfilCommitment(db, by(from), id, { evidence });
  await confirmCommitment(db, by(to), id, { outcome: 'disputed', reason: 'Nog niet klaar.' });
}

/** An alliance of the three. */
export async function ofThree(db: Db, { town, care, school }: People, fields: Parameters<typeof found>[2] = {}) {
  const id = await found(db, town, fields);
  await join(db, id, town, care);
  await join(db, id, town, school);
  return id;
}

async function actIn(db: Db, owner: Sql, { town, care, school, stranger }: People, allianceId: string): Promise<void> {
  for (const [from, to] of [
    [town, care],
    [town, care],
    [care, town],
    [school, care],
  ] as const)
    await deed(db, allianceId, from, to);
  await promises(db, allianceId, school, town);
  const first = await begin(db, town, allianceId);
  await takePart(db, care, first);
  await takePart(db, school, first, 'observer');
  const second = await begin(db, care, allianceId);
  await leaveInitiative(db, by(school), await takePart(db, school, second), { reason: 'Geen tijd' });
  await changeStance(db, by(town), await takePart(db, town, second), { stance: 'observer', reason: null });
  const third = await begin(db, town, allianceId);
  await takePart(db, school, third);
  await changeInitiativeStage(db, by(town), third, { stage: 'stopped', reason: 'Niet meer nodig' });
  await give(db, town, alliance(allianceId), care);
  await give(db, care, alliance(allianceId), town);
  await give(db, town, alliance(allianceId), school, 'joint');
  await release(db, school, alliance(allianceId), 'joint');
  const initiative = { type: 'initiative', id: first } as const;
  await give(db, town, initiative, care);
  await give(db, care, initiative, town, 'joint');
  const item = await write(db, school, { visibility: 'alliances' });
  await shareKnowledgeItem(db, by(school), item.id, { allianceId });
  await adopt(db, town, item.id);
  const shared = { type: 'knowledge_item', id: item.id } as const;
  await contributor(owner, shared, stranger);
  await give(db, school, shared, stranger);
}

/** What happens in the open: in a public alliance and one of the network, and with items of every visibility. */
export async function openHistory(db: Db, owner: Sql, who: People) {
  const open = await ofThree(db, who);
  await actIn(db, owner, who, open);
  const inside = await ofThree(db, who, { kind: 'network', visibility: 'network' });
  await actIn(db, owner, who, inside);
  const { town, care, school, stranger } = who;
  const told = await write(db, town, { visibility: 'public' });
  await adopt(db, care, told.id, { adoptedOn: inDays(-12) });
  await adopt(db, care, told.id, { adoptedOn: inDays(-3) });
  await adopt(db, stranger, told.id);
  const withdrawn = await adopt(db, school, told.id, { adoptedOn: inDays(-20) });
  await withdrawAdoption(db, by(school), withdrawn.id, { reason: 'Toch niet' });
  const known = await write(db, care, { visibility: 'network' });
  await adopt(db, town, known.id, { adoptedOn: inDays(-30) });
  for (const [item, from] of [
    [told, town],
    [known, care],
  ] as const) {
    const subject = { type: 'knowledge_item', id: item.id } as const;
    await contributor(owner, subject, school);
    await give(db, from, subject, school);
    await give(db, school, subject, from);
    await give(db, from, subject, school, 'joint');
  }
  return { open, inside };
}

/** The same in a closed space. */
export async function closedHistory(db: Db, owner: Sql, who: People): Promise<string> {
  const space = await ofThree(db, who, { visibility: 'closed' });
  await actIn(db, owner, who, space);
  return space;
}

/** Lets what was done lie back in time, in the order in which it was done. */
export async function spread(owner: Sql): Promise<void> {
  await owner.begin(async (owner) => {
    await owner`set local session_replication_role = replica`;
    await owner`update commitments c set confirmed_at = confirmed_at - make_interval(days => (n.place * 3 % 40)::int)
      from (select id, row_number() over (order by id) as place from commitments) n where n.id = c.id`;
    await owner`update participations c set joined_at = joined_at - make_interval(days => (5 + n.place * 7 % 20)::int),
        left_at = left_at - interval '5 days'
      from (select id, row_number() over (order by id) as place from participations) n where n.id = c.id`;
    await owner`update stances s set recorded_at = recorded_at - interval '30 days' where not exists (
      select from stances b where b.participation_id = s.participation_id and b.id < s.id)`;
    await owner`update initiative_stages set recorded_at = recorded_at - case stage when 'idea' then interval '30 days'
      else interval '7 days' end`;
    await owner`update ownership_records set recorded_at = recorded_at - make_interval(days => 6 * (6 - number))`;
    await owner`update memberships set starts_on = starts_on - 60`;
    await owner`update alliances set starts_on = starts_on - 60`;
  });
}
