import t from 'tap';
import { listInitiatives } from '../../../src/features/initiatives/initiatives.ts';
import {
  getKnowledgeLink,
  linkKnowledge,
  listKnowledgeLinks,
  unlinkKnowledge,
} from '../../../src/features/initiatives/knowledge-links.ts';
import { InitiativeQuery, KnowledgeLinkQuery } from '../../../src/features/initiatives/schemas.ts';
import { createKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { NewKnowledgeItem } from '../../../src/features/knowledge/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { testDatabase } from '../../helpers/db.ts';
import { by, everything, inDays, outcome, type Party } from '../alliances/world.ts';
import { begin, openWorld, takePart } from './world.ts';

async function write(db: Db, who: Party, fields: object = {}): Promise<string> {
  const item = { type: 'lesson', title: 'Terugbellen helpt', language: 'nl', licence: 'CC-BY-4.0', publish: true };
  const input = NewKnowledgeItem.parse({ ...item, visibility: 'network', ...fields });
  return (await createKnowledgeItem(db, by(who), input)).body.id;
}
const link = async (db: Db, who: Party, initiativeId: string, itemId: string, relation: 'used' | 'produced' = 'used') =>
  (await linkKnowledge(db, by(who), initiativeId, { itemId, relation })).body.id;
const list = async (db: Db, who: Party, initiativeId: string, query: Record<string, unknown> = {}) =>
  (await listKnowledgeLinks(db, who.caller, initiativeId, KnowledgeLinkQuery.parse(query))).items.map(({ id }) => id);

t.test('an initiative names the knowledge that it used and brought forth, each once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { town, care, school, stranger, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  await takePart(db, school, initiativeId, 'observer');
  const item = await write(db, stranger);
  const draft = await write(db, town, { publish: false });
  const before = await everything(sql);
  t.equal(await outcome(link(db, care, initiativeId, item)), 'participant_required');
  t.equal(await outcome(link(db, school, initiativeId, item)), 'participant_required');
  t.equal(await outcome(link(db, stranger, initiativeId, item)), 'member_required');
  t.equal(await outcome(link(db, town, initiativeId, draft)), 'invalid_input', 'a draft is not shared knowledge');
  t.equal(await outcome(link(db, town, initiativeId, initiativeId)), 'invalid_input');
  t.same(await everything(sql), before, 'nothing was stored');
  const used = await link(db, town, initiativeId, item);
  const produced = await link(db, town, initiativeId, item, 'produced');
  t.equal(await outcome(link(db, town, initiativeId, item)), 'already_linked');
  t.match((await getKnowledgeLink(db, care.caller, used)).body, { item: { id: item }, linkedBy: { id: town.id } });
  t.same(await list(db, stranger, initiativeId), [used, produced]);
  t.same(await list(db, stranger, initiativeId, { relation: 'produced' }), [produced]);
  const query = InitiativeQuery.parse({ knowledgeItemId: item });
  t.same(
    (await listInitiatives(db, care.caller, query)).items.map(({ id }) => id),
    [initiativeId],
  );
});

t.test('a removed link stays in the history and can be made anew', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { town, care, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const id = await link(db, town, initiativeId, await write(db, care));
  t.equal(await outcome(unlinkKnowledge(db, by(care), id)), 'participant_required');
  const removed = await unlinkKnowledge(db, by(town), id);
  t.same(await unlinkKnowledge(db, by(town), id), removed, 'removing it again changes nothing');
  t.same(await list(db, town, initiativeId), []);
  t.same(await list(db, town, initiativeId, { changedSince: '2020-01-01T00:00:00Z' }), [id]);
  await owner`update initiative_knowledge set linked_at = linked_at - interval '9 days', removed_at = removed_at - interval '5 days'`;
  t.same(await list(db, town, initiativeId, { asOf: inDays(-7) }), [id]);
  t.same(await list(db, town, initiativeId, { asOf: inDays(-3) }), []);
  t.not(await link(db, town, initiativeId, removed.body.item.id), id);
});

t.test('knowledge that one may not see is not shown by an initiative that one may', async (t) => {
  const { db } = await testDatabase(t);
  const { town, stranger, allianceId } = await openWorld(db);
  const initiativeId = await begin(db, town, allianceId);
  const id = await link(db, town, initiativeId, await write(db, town, { visibility: 'alliances' }));
  t.same(await list(db, town, initiativeId), [id]);
  t.same(await list(db, stranger, initiativeId), []);
  t.equal(await outcome(getKnowledgeLink(db, stranger.caller, id)), 'not_found');
  const query = InitiativeQuery.parse({ knowledgeItemId: (await getKnowledgeLink(db, town.caller, id)).body.item.id });
  t.same((await listInitiatives(db, stranger.caller, query)).items, [], 'not even by the filter');
});
