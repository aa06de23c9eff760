import t from 'tap';
import {
  getAdoption,
  listAdoptions,
  listItemAdoptions,
  respondToAdoption,
  withdrawAdoption,
} from '../../../src/features/knowledge/adoptions.ts';
import {
  changeKnowledgeItem,
  getKnowledgeItem,
  listKnowledgeItems,
  withdrawKnowledgeItem,
} from '../../../src/features/knowledge/items.ts';
import { AdoptionQuery } from '../../../src/features/knowledge/sharing-schemas.ts';
import { publishKnowledgeVersion } from '../../../src/features/knowledge/versions.ts';
import type { Problem } from '../../../src/platform/problem.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller } from '../../helpers/people.ts';
import { by, eventsSince, inDays, lastPosition, ledgerFaults, outcome, parties } from '../alliances/world.ts';
import { adopt, asked, write } from './world.ts';

const query = (fields: object = {}) => AdoptionQuery.parse(fields);
const faultsOf = (work: Promise<unknown>) =>
  work.then(
    () => [],
    (error: unknown) => (error as Problem).errors.map(({ location, code }) => `${location} ${code}`),
  );

t.test('an organisation states that it used another’s item, and the item tells how often', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { author, user, adapter } = await parties(db, 'author', 'user', 'adapter');
  const { id } = await write(db, author, { visibility: 'public' });
  const position = await lastPosition(sql);
  const adoption = await adopt(db, user, id, { evidenceUrl: 'https://user.example/bewijs' });
  t.match(adoption, {
    item: { id, title: 'Vroeg bellen' },
    versionNumber: 1,
    organisation: { id: user.id },
    author: { id: author.id },
    adoptedOn: inDays(0),
    response: null,
  });
  await adopt(db, user, id, { use: 'adapted' });
  await adopt(db, adapter, id, { use: 'adapted', adoptedOn: '2025-01-01' });
  t.same(await eventsSince(sql, position), ['adoption.stated', 'adoption.stated', 'adoption.stated']);
  t.same((await getKnowledgeItem(db, caller(), id)).body.reuse, {
    adoptionCount: 3,
    organisationCount: 2,
    usedCount: 1,
    adaptedCount: 2,
    thankedCount: 0,
    contestedCount: 0,
  });
  const count = async (fields: object) => (await listAdoptions(db, caller(), query(fields))).items.length;
  t.equal(await count({ itemId: id }), 3);
  t.equal(await count({ organisationId: user.id }), 2);
  t.equal(await count({ authorOrganisationId: author.id, use: 'adapted' }), 2);
  t.equal(await count({ authorOrganisationId: user.id }), 0);
  t.equal(await count({ asOf: '2025-06-01' }), 1);
  t.equal(await count({ changedSince: '2099-01-01T00:00:00Z' }), 0);
  const used = await listKnowledgeItems(db, caller(), asked({ adoptedByOrganisationId: adapter.id }));
  t.equal(used.items.length, 1);
  t.same(await ledgerFaults(sql), []);
});

t.test('an adoption names a published version and a day that was, and is of another’s item', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { author, user } = await parties(db, 'author', 'user');
  const { id } = await write(db, author);
  const draft = await write(db, author, { publish: false });
  const gone = await write(db, author);
  await withdrawKnowledgeItem(db, by(author), gone.id, { reason: 'x' });
  await changeKnowledgeItem(db, by(author), id, 1, { title: 'Nog niet gepubliceerd' });
  const before = await contentsOf(owner);
  t.same(await faultsOf(adopt(db, user, id, { versionNumber: 2 })), ['/versionNumber unknown_version']);
  t.same(await faultsOf(adopt(db, user, id, { versionNumber: 3, adoptedOn: inDays(2) })), [
    '/versionNumber unknown_version',
    '/adoptedOn in_the_future',
  ]);
  t.equal(await outcome(adopt(db, author, id)), 'own_item');
  t.equal(await outcome(adopt(db, user, draft.id)), 'not_found');
  t.equal(await outcome(adopt(db, user, gone.id)), 'item_withdrawn');
  t.equal(await outcome(adopt(db, { id: '', caller: administrator }, id)), 'not_your_organisation');
  t.same(await contentsOf(owner), before);
  await publishKnowledgeVersion(db, by(author), id, {});
  t.equal((await adopt(db, user, id, { versionNumber: 2 })).versionNumber, 2);
});

t.test('the author thanks or disputes; why it disputes is for the two parties', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author, user, other } = await parties(db, 'author', 'user', 'other');
  const { id } = await write(db, author, { visibility: 'public' });
  const adoption = await adopt(db, user, id);
  const respond = (who: typeof author, response: 'thanked' | 'disputed', reason?: string) =>
    respondToAdoption(db, by(who), adoption.id, { response, reason });
  const before = await contentsOf(owner);
  t.equal(await outcome(respond(user, 'thanked')), 'not_your_organisation');
  t.equal(await outcome(respond(other, 'thanked')), 'not_your_organisation');
  t.same(await faultsOf(respond(author, 'disputed')), ['/reason required']);
  t.same(await contentsOf(owner), before);
  const position = await lastPosition(sql);
  await respond(author, 'thanked', 'Mooi');
  await respond(author, 'thanked', 'Mooi');
  t.equal((await getAdoption(db, other.caller, adoption.id)).body.responseReason, 'Mooi');
  await respond(author, 'disputed', 'Zo was het niet');
  t.same(await eventsSince(sql, position), ['adoption.thanked', 'adoption.disputed']);
  const reasons = await Promise.all(
    [author.caller, user.caller, other.caller, caller()].map(
      async (who) => (await getAdoption(db, who, adoption.id)).body.responseReason,
    ),
  );
  t.same(reasons, ['Zo was het niet', 'Zo was het niet', null, null]);
  t.match((await getKnowledgeItem(db, caller(), id)).body.reuse, { thankedCount: 0, contestedCount: 1 });
  t.equal((await listAdoptions(db, caller(), query({ response: 'disputed' }))).items.length, 1);
});

t.test('an adoption that is taken back counts no longer and stays in the list', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { author, user, other } = await parties(db, 'author', 'user', 'other');
  const { id } = await write(db, author, { visibility: 'public' });
  const adoption = await adopt(db, user, id);
  t.equal(await outcome(withdrawAdoption(db, by(author), adoption.id, {})), 'not_your_organisation');
  const position = await lastPosition(sql);
  await withdrawAdoption(db, by(user), adoption.id, { reason: 'Vergissing' });
  await withdrawAdoption(db, by(user), adoption.id, {});
  t.same(await eventsSince(sql, position), ['adoption.withdrawn']);
  t.match((await getKnowledgeItem(db, caller(), id)).body.reuse, { adoptionCount: 0 });
  const [shown] = (await listItemAdoptions(db, other.caller, id, query())).items;
  t.match(shown, { setting: null, result: null, withdrawalReason: null });
  t.match((await getAdoption(db, author.caller, adoption.id)).body, {
    setting: 'Wijkteam',
    withdrawalReason: 'Vergissing',
  });
  t.equal((await listAdoptions(db, caller(), query({ asOf: inDays(0) }))).items.length, 0);
  const thanks = { response: 'thanked' } as const;
  t.equal(await outcome(respondToAdoption(db, by(author), adoption.id, thanks)), 'adoption_withdrawn');
});

t.test('an organisation keeps its own adoptions of what it may not read any more, without a title', async (t) => {
  const { db } = await testDatabase(t);
  const { author, user, other } = await parties(db, 'author', 'user', 'other');
  const { id } = await write(db, author);
  const adoption = await adopt(db, user, id);
  await changeKnowledgeItem(db, by(author), id, 1, { visibility: 'alliances' });
  t.match((await getAdoption(db, user.caller, adoption.id)).body, { item: { id, title: null, type: null } });
  t.equal(await outcome(getAdoption(db, other.caller, adoption.id)), 'not_found');
  t.same((await listAdoptions(db, other.caller, query())).items, []);
});
