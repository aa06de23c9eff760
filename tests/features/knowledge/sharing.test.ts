import t from 'tap';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import {
  decideContribution,
  getKnowledgeContribution,
  listItemContributions,
  listKnowledgeContributions,
  offerContribution,
} from '../../../src/features/knowledge/contributions.ts';
import { getKnowledgeItem, listKnowledgeItems, withdrawKnowledgeItem } from '../../../src/features/knowledge/items.ts';
import { countKnowledgeItems } from '../../../src/features/knowledge/search.ts';
import {
  endKnowledgeShare,
  getKnowledgeShare,
  listKnowledgeShares,
  shareKnowledgeItem,
} from '../../../src/features/knowledge/shares.ts';
import { newId } from '../../../src/platform/id.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import { by, eventsSince, found, join, lastPosition, ledgerFaults, outcome, parties } from '../alliances/world.ts';
import { asked, write } from './world.ts';

const limit = 50;

t.test(
  'an item for alliances is read by those who take part in one with which it is shared, as long as they do',
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const { author, member, outsider } = await parties(db, 'author', 'member', 'outsider');
    const closed = await found(db, author, { visibility: 'closed', kind: 'community', endsOn: '2099-01-01' });
    const open = await found(db, author, { visibility: 'public', name: 'Open' });
    const membershipId = await join(db, closed, author, member);
    const { id } = await write(db, author, { visibility: 'alliances' });
    t.equal(await outcome(getKnowledgeItem(db, member.caller, id)), 'not_found', 'it is not shared yet');
    const position = await lastPosition(sql);
    const { body: share, location } = await shareKnowledgeItem(db, by(author), id, {
      allianceId: closed,
      note: 'Lees mee',
    });
    t.match(share, { alliance: { id: closed }, note: 'Lees mee', sharedBy: { id: author.id }, endedAt: null });
    t.equal(location, `/v1/knowledge-items/${id}/shares/${share.id}`);
    t.same(await eventsSince(sql, position), ['knowledge_item.shared']);
    t.equal((await getKnowledgeItem(db, member.caller, id)).body.shareCount, 1);
    for (const who of [outsider.caller, caller()]) t.equal(await outcome(getKnowledgeItem(db, who, id)), 'not_found');

    await shareKnowledgeItem(db, by(author), id, { allianceId: open });
    const seenBy = async (who: typeof author) =>
      (await listKnowledgeItems(db, who.caller, asked({ allianceId: closed }))).items.length;
    t.same([await seenBy(author), await seenBy(member), await seenBy(outsider)], [1, 1, 0]);
    await endMembership(db, by(member), membershipId, {});
    t.equal(await outcome(getKnowledgeItem(db, member.caller, id)), 'not_found', 'who left reads it no longer');
    t.same(await ledgerFaults(sql), []);
  },
);

t.test('shares with closed spaces are shown to those who take part alone, down to every count', async (t) => {
  const { db } = await testDatabase(t);
  const { author, outsider } = await parties(db, 'author', 'outsider');
  const closed = await found(db, author, { visibility: 'closed', kind: 'community', endsOn: '2099-01-01' });
  const open = await found(db, author, { visibility: 'network', name: 'Open' });
  const { id } = await write(db, author);
  const hidden = await shareKnowledgeItem(db, by(author), id, { allianceId: closed });
  await shareKnowledgeItem(db, by(author), id, { allianceId: open });
  const names = async (who: typeof author) => {
    const { items } = await listKnowledgeShares(db, who.caller, id, { limit });
    const { alliances } = (await countKnowledgeItems(db, who.caller, {})).body;
    const { shareCount } = (await getKnowledgeItem(db, who.caller, id)).body;
    return [items.map(({ alliance }) => alliance.name).sort(), alliances.length, shareCount];
  };
  t.same(await names(author), [['Leeralliantie Jeugd', 'Open'], 2, 2]);
  t.same(await names(outsider), [['Open'], 1, 1]);
  const path = { itemId: id, shareId: hidden.body.id };
  t.equal(await outcome(getKnowledgeShare(db, outsider.caller, path)), 'not_found');
  t.equal(await outcome(endKnowledgeShare(db, by(outsider), path)), 'not_found');
  t.equal(await outcome(getKnowledgeShare(db, author.caller, path)), 'done');
  t.same((await listKnowledgeItems(db, outsider.caller, asked({ allianceId: closed }))).items, []);
});

t.test('an item is shared by its author, published, with alliances in which it takes part', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author, other } = await parties(db, 'author', 'other');
  const own = await found(db, author);
  const foreign = await found(db, other);
  const closed = await found(db, other, { visibility: 'closed', kind: 'community', endsOn: '2099-01-01' });
  const { id } = await write(db, author);
  const draft = await write(db, author, { publish: false });
  const gone = await write(db, author);
  await withdrawKnowledgeItem(db, by(author), gone.id, { reason: 'x' });
  await shareKnowledgeItem(db, by(author), id, { allianceId: own });
  const before = await contentsOf(owner);
  const share = (who: typeof author, itemId: string, allianceId: string) =>
    outcome(shareKnowledgeItem(db, by(who), itemId, { allianceId }));
  t.equal(await share(author, id, foreign), 'member_required');
  t.equal(await share(author, id, closed), 'invalid_input', 'as one that is not there');
  t.equal(await share(author, id, newId()), 'invalid_input');
  t.equal(await share(author, draft.id, own), 'item_not_published');
  t.equal(await share(author, gone.id, own), 'item_withdrawn');
  t.equal(await share(author, id, own), 'already_shared');
  t.equal(await share(other, id, foreign), 'not_your_organisation');
  t.equal(await share(other, draft.id, foreign), 'not_found');
  t.same(await contentsOf(owner), before);

  const { items } = await listKnowledgeShares(db, author.caller, id, { limit });
  const path = { itemId: id, shareId: items[0]?.id ?? '' };
  t.equal(await outcome(endKnowledgeShare(db, by(other), path)), 'not_your_organisation');
  const position = await lastPosition(sql);
  await endKnowledgeShare(db, by(author), path);
  await endKnowledgeShare(db, by(author), path);
  t.same(await eventsSince(sql, position), ['knowledge_item.unshared'], 'again it changes nothing');
  const shown = async (fields: object) =>
    (await listKnowledgeShares(db, author.caller, id, { limit, ...fields })).items.length;
  await owner`update knowledge_shares set shared_at = '2020-01-01', ended_at = '2021-01-01'`;
  t.same(
    [
      await shown({}),
      await shown({ asOf: '2020-06-01' }),
      await shown({ asOf: '2021-06-01' }),
      await shown({ asOf: '2019-01-01' }),
    ],
    [1, 1, 0, 0],
    'it is dated and kept',
  );
  t.equal(await share(author, id, own), 'done', 'it can be shared there again');
});

t.test('an organisation is named as a contributor by its own yes alone', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { author, helper, outsider } = await parties(db, 'author', 'helper', 'outsider');
  const { id } = await write(db, author, { publish: false });
  const offer = { organisationId: helper.id, expiresInDays: 30 };
  const position = await lastPosition(sql);
  const { body } = await offerContribution(db, by(author), id, offer);
  t.match(body, { state: 'offered', organisation: { id: helper.id }, offeredBy: { id: author.id } });
  t.same((await getKnowledgeItem(db, author.caller, id)).body.contributors, []);
  t.equal((await getKnowledgeItem(db, helper.caller, id)).body.state, 'draft', 'who is asked may read the draft');
  const before = await contentsOf(owner);
  const decide = (who: typeof author, decision: 'accepted' | 'declined' | 'withdrawn') =>
    outcome(decideContribution(db, by(who), body.id, { decision }));
  t.equal(await decide(author, 'accepted'), 'wrong_side');
  t.equal(await decide(helper, 'withdrawn'), 'wrong_side');
  t.equal(await decide(outsider, 'accepted'), 'not_found');
  t.equal(await outcome(offerContribution(db, by(author), id, offer)), 'already_a_contributor');
  t.equal(await outcome(offerContribution(db, by(helper), id, offer)), 'not_your_organisation');
  const self = { organisationId: author.id, expiresInDays: 30 };
  t.equal(await outcome(offerContribution(db, by(author), id, self)), 'invalid_input');
  const nobody = { organisationId: newId(), expiresInDays: 30 };
  t.equal(await outcome(offerContribution(db, by(author), id, nobody)), 'invalid_input');
  t.same(await contentsOf(owner), before);
  t.equal(await decide(helper, 'accepted'), 'done');
  t.equal(await decide(helper, 'accepted'), 'done', 'the same again changes nothing');
  t.equal(await decide(helper, 'declined'), 'handshake_refused');
  t.same(await eventsSince(sql, position), ['knowledge_contribution.offered', 'knowledge_contribution.accepted']);
  t.match((await getKnowledgeItem(db, author.caller, id)).body.contributors, [{ id: helper.id, name: 'helper' }]);
  t.equal((await listKnowledgeItems(db, author.caller, asked({ contributorId: helper.id }))).items.length, 1);
  t.same(await ledgerFaults(sql), []);
});

t.test('a no is told to the two parties alone, and ends the sight of a draft', async (t) => {
  const { db, owner } = await testDatabase(t);
  const { author, helper, outsider, late } = await parties(db, 'author', 'helper', 'outsider', 'late');
  const { id } = await write(db, author, { publish: false });
  const ask = async (who: typeof author) =>
    (await offerContribution(db, by(author), id, { organisationId: who.id, expiresInDays: 30 })).body.id;
  const first = await ask(helper);
  const declined = await decideContribution(db, by(helper), first, { decision: 'declined', reason: 'Te druk' });
  t.match(declined.body, { state: 'declined', item: { title: null }, decisionReason: 'Te druk' });
  t.equal(await outcome(getKnowledgeItem(db, helper.caller, id)), 'not_found');
  t.match((await getKnowledgeContribution(db, author.caller, first)).body, { decisionReason: 'Te druk' });
  const open = await write(db, author);
  const second = await offerContribution(db, by(author), open.id, { organisationId: helper.id, expiresInDays: 30 });
  t.equal(await outcome(getKnowledgeContribution(db, outsider.caller, second.body.id)), 'not_found');
  t.same((await listItemContributions(db, outsider.caller, open.id, { limit })).items, []);
  t.equal((await listKnowledgeContributions(db, helper.caller, { limit, state: 'offered' })).items.length, 1);

  const third = await ask(late);
  await owner`update knowledge_contributions set expires_at = now() where id = ${third}`;
  t.match((await getKnowledgeContribution(db, author.caller, third)).body, { state: 'expired' });
  t.equal((await listKnowledgeContributions(db, author.caller, { limit, state: 'expired' })).items.length, 1);
  t.equal(await outcome(decideContribution(db, by(late), third, { decision: 'accepted' })), 'handshake_refused');
  t.not(await ask(late), third, 'it can be asked again');
});
