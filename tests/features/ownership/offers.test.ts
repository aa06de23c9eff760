import t from 'tap';
import { changeAlliance } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import { decideOwnershipOffer, offerOwnership } from '../../../src/features/ownership/decisions.ts';
import { getOwnershipOffer, listOwnershipOffers } from '../../../src/features/ownership/offers.ts';
import { expireOwnershipOffers } from '../../../src/features/ownership/ownership.ts';
import { OwnershipOfferQuery } from '../../../src/features/ownership/schemas.ts';
import { newId } from '../../../src/platform/id.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { administrator, context } from '../../helpers/people.ts';
import { by, eventsSince, found, inDays, join, lastPosition, outcome, parties, recorded } from '../alliances/world.ts';
import {
  alliance,
  contributor,
  decide,
  give,
  initiative,
  item,
  offer,
  orphans,
  ownershipDatabase,
  participant,
  records,
  release,
  share,
  story,
  testReceipts,
} from './world.ts';

t.test('an owner owns by its own yes, hands over with the yes of the next, and stays until then', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two, three, other } = await parties(db, 'one', 'two', 'three', 'other');
  const subject = alliance(await found(db, one));
  for (const who of [two, three]) await join(db, subject.id, one, who);
  const position = await lastPosition(sql);
  const made = await offerOwnership(db, by(one), {
    subject,
    share: 'accountable',
    organisationId: two.id,
    message: 'Wilt u?',
    expiresInDays: 30,
  });
  t.equal(made.location, `/v1/ownership-offers/${made.body.id}`);
  t.match(made.body, { state: 'offered', from: null, to: { name: 'two' }, message: 'Wilt u?', recordId: null });
  t.same(await records(db, one), [], 'nobody owns it before the yes');
  const before = await contentsOf(owner);
  t.equal(await outcome(decide(db, one, made.body.id, 'accepted')), 'wrong_side');
  t.equal(await outcome(decide(db, two, made.body.id, 'withdrawn')), 'wrong_side');
  t.equal(await outcome(decide(db, three, made.body.id)), 'not_found', 'an offer is for its parties');
  t.equal(await outcome(getOwnershipOffer(db, other.caller, made.body.id)), 'not_found');
  t.same(await contentsOf(owner), before);
  const receipts = await testReceipts(db);
  const yes = { decision: 'accepted', reason: 'Graag' } as const;
  const accepted = await decideOwnershipOffer(db, by(two), receipts, made.body.id, yes);
  t.match(accepted.body, { state: 'accepted', decisionReason: 'Graag' });
  const after = await contentsOf(owner);
  t.same((await decide(db, two, made.body.id)).body, accepted.body, 'the same again changes nothing');
  t.same(await contentsOf(owner), after);
  t.equal(await outcome(decide(db, two, made.body.id, 'declined')), 'handshake_refused');
  const [record] = await records(db, other);
  t.match(record, { id: accepted.body.recordId, number: 1, accountable: { name: 'two' }, until: null });

  const over = await offer(db, two, subject, three);
  t.match((await records(db, one))[0], { accountable: { name: 'two' } }, 'the owner stays');
  t.match((await decide(db, three, over)).body, { from: { name: 'two' }, state: 'accepted' });
  await give(db, three, subject, one, 'joint');
  await give(db, three, subject, two, 'joint');
  await give(db, three, subject, one);
  t.same(await story(db, other, subject), [
    'accepted accountable: two +',
    'transferred accountable: three +',
    'accepted joint: three + one',
    'accepted joint: three + one two',
    'transferred accountable: one + two',
  ]);
  const types = (await eventsSince(sql, position)).map((type) => type.replace('ownership.', ''));
  const [a, b, c] = [
    ['offered', 'accepted'],
    ['offered', 'transferred'],
    ['offered', 'accepted'],
  ];
  t.same(types, [...a, ...b, ...c, ...c, ...b]);
  const [event] = await sql`select alliance_id as "allianceId", organisation_ids as ids, data from events
    where type = 'ownership.transferred' order by position limit 1`;
  t.match(event, { allianceId: subject.id, ids: [two.id, three.id], data: { number: 2, share: 'accountable' } });
});

t.test('only who owns offers and releases; of what nobody owns a convener does', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two, watcher, other } = await parties(db, 'one', 'two', 'watcher', 'other');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  await join(db, subject.id, one, watcher, 'observer');
  for (const who of [two, watcher, other])
    t.equal(await outcome(offer(db, who, subject, two)), 'owner_required', 'no convener');
  t.equal(await outcome(release(db, one, subject)), 'owner_required');
  await give(db, one, subject, two);
  const before = await contentsOf(owner);
  t.equal(await outcome(offer(db, one, subject, one)), 'owner_required', 'not even a convener, once it is owned');
  t.equal(await outcome(offer(db, one, subject, one, 'joint')), 'owner_required');
  t.equal(await outcome(release(db, one, subject)), 'owner_required');
  t.equal(await outcome(release(db, two, subject, 'joint')), 'owner_required', 'it has the other share');
  t.equal(await outcome(offer(db, two, subject, two)), 'already_owner');
  t.equal(await outcome(offer(db, two, subject, two, 'joint')), 'already_owner');
  t.same(await contentsOf(owner), before);
  const circle = alliance(await recorded(db, [two, other]));
  t.match(await give(db, other, circle, two), { state: 'accepted' }, 'where nobody convenes any member does');
});

t.test('an owner outside the alliance is a fault of the field, and nothing is stored', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, watcher, other } = await parties(db, 'one', 'watcher', 'other');
  const subject = alliance(await found(db, one));
  const work = await initiative(owner, subject.id, one);
  const knowledge = await item(owner, one);
  await join(db, subject.id, one, watcher, 'observer');
  const before = await contentsOf(owner);
  const fault = (code: string, location = '/organisationId') => ({
    code: 'invalid_input',
    errors: [{ location, code }],
  });
  for (const what of [subject, work])
    for (const who of [other, watcher]) await t.rejects(offer(db, one, what, who), fault('outside_the_alliance'));
  await t.rejects(offer(db, one, knowledge, other), fault('not_of_the_item'));
  await t.rejects(offer(db, one, subject, { ...one, id: newId() }), fault('unknown_organisation'));
  for (const type of ['alliance', 'initiative', 'knowledge_item'] as const)
    await t.rejects(offer(db, one, { type, id: newId() }, one), fault('unknown_subject', '/subject/id'));
  const hidden = alliance(await found(db, other, { visibility: 'closed' }));
  const closed = await contentsOf(owner);
  await t.rejects(offer(db, one, hidden, one), fault('unknown_subject', '/subject/id'), 'a closed space as nothing');
  await t.rejects(release(db, one, hidden), fault('unknown_subject', '/subject/id'));
  t.not(closed, before);
  t.same(await contentsOf(owner), closed);
});

t.test('a second offer of the same waits for the first, and a lost race is told', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two, three } = await parties(db, 'one', 'two', 'three');
  const subject = alliance(await found(db, one));
  for (const who of [two, three]) await join(db, subject.id, one, who);
  const tries = await Promise.all([1, 2, 3].map(() => outcome(offer(db, one, subject, one))));
  t.same(tries.toSorted(), ['done', 'ownership_offer_open', 'ownership_offer_open']);
  const [first] = await owner<{ id: string }[]>`select id from ownership_offers where state = 'offered'`;
  await decide(db, one, first?.id ?? '');
  const [a, b] = [await offer(db, one, subject, two), await offer(db, one, subject, three)];
  const race = await Promise.all([outcome(decide(db, two, a)), outcome(decide(db, three, b))]);
  t.same(race.toSorted(), ['done', 'ownership_changed'], 'one takes over, the other is told');
  t.equal((await records(db, one)).length, 1);
  const [now, loser] = race[0] === 'done' ? [two, three] : [three, two];
  const position = await lastPosition(sql);
  await give(db, now, subject, loser);
  t.same(await eventsSince(sql, position), ['ownership.expired', 'ownership.offered', 'ownership.transferred']);
  const joint = await offer(db, loser, subject, one, 'joint');
  await give(db, loser, subject, now);
  t.equal(await outcome(decide(db, one, joint)), 'ownership_changed', 'who offered it owns it no more');
  await give(db, now, subject, one, 'joint');
  await give(db, now, subject, loser);
  const input = { subject, share: 'accountable', organisationId: now.id, expiresInDays: 1 } as const;
  const before = await contentsOf(owner);
  t.equal(await outcome(offerOwnership(db, by(loser), { ...input, recordNumber: 5 })), 'ownership_changed');
  t.same(await contentsOf(owner), before);
  t.equal(await outcome(offerOwnership(db, by(loser), { ...input, recordNumber: 6 })), 'done');
});

t.test('the yes counts only while all holds on which the offer rested', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two, three } = await parties(db, 'one', 'two', 'three');
  const subject = alliance(await found(db, one, { startsOn: inDays(-9) }));
  const membership = await join(db, subject.id, one, two);
  await join(db, subject.id, one, three, 'convener');
  const orphan = await offer(db, three, subject, two);
  const late = await offer(db, one, subject, three);
  await owner`update ownership_offers set expires_at = now() where id = ${late}`;
  t.match((await getOwnershipOffer(db, three.caller, late)).body, { state: 'expired' }, 'before a job notes it');
  t.equal(await outcome(decide(db, three, late)), 'handshake_refused');
  await owner`update memberships set role = 'member' where organisation_id = ${three.id}`;
  t.equal(await outcome(decide(db, two, orphan)), 'ownership_changed', 'who offered may not any more');
  await owner`update memberships set role = 'convener' where organisation_id = ${three.id}`;
  await endMembership(db, by(two), membership, {});
  t.equal(await outcome(decide(db, two, orphan)), 'member_required');
  t.equal(await outcome(decide(db, two, orphan, 'declined')), 'done', 'declining is always possible');
  const again = await offer(db, one, subject, three);
  await changeOrganisation(db, context(administrator), three.id, 1, { endsOn: inDays(0) });
  t.equal(await outcome(decide(db, three, again)), 'organisation_dissolved');
  t.equal(await outcome(offer(db, one, subject, three)), 'organisation_dissolved');
  const own = await offer(db, one, subject, one);
  await changeAlliance(db, by(one), subject.id, 1, { endsOn: inDays(0) });
  t.equal(await outcome(decide(db, one, own)), 'subject_closed');
  t.equal(await outcome(decide(db, one, own, 'withdrawn')), 'done');
  t.equal(await outcome(offer(db, one, subject, one)), 'subject_closed');
  t.same(await records(db, one), []);
});

t.test('initiatives are owned in their alliance, knowledge items by whoever has a part in them', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two, three, maker } = await parties(db, 'one', 'two', 'three', 'maker');
  const allianceId = await found(db, one);
  for (const who of [two, three]) await join(db, allianceId, one, who);
  const work = await initiative(owner, allianceId, two);
  t.equal(await outcome(offer(db, three, work, three)), 'owner_required', 'it takes no part in it');
  await participant(owner, work, three);
  await give(db, three, work, two);
  t.same(await story(db, one, work), ['accepted accountable: two +']);
  t.match((await records(db, one, { allianceId }))[0], { subject: { type: 'initiative', name: 'Samen bellen' } });
  const stopped = await initiative(owner, allianceId, two, 'stopped');
  t.equal(await outcome(offer(db, two, stopped, two)), 'subject_closed');

  const knowledge = await item(owner, maker);
  t.equal(await outcome(offer(db, one, knowledge, one)), 'owner_required');
  await share(owner, knowledge, allianceId, maker);
  await give(db, maker, knowledge, one);
  await contributor(owner, knowledge, three);
  await give(db, one, knowledge, three);
  t.match(await give(db, three, knowledge, maker, 'joint'), { subject: { name: 'Vroeg bellen' } });
  await owner`update knowledge_items set state = 'withdrawn', withdrawn_at = now()`;
  t.match((await records(db, one, { subjectType: 'knowledge_item' }))[0], { subject: { name: null } });
  t.equal(await outcome(offer(db, three, knowledge, one)), 'subject_closed');
  t.equal(await outcome(release(db, three, knowledge)), 'done', 'what is over can be let go');
  t.same(await orphans(db, one, { type: 'knowledge_item' }), [], 'and is no orphan');
});

t.test('offers are listed for their parties by every filter, and expire as an event', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two, other } = await parties(db, 'one', 'two', 'other');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  await give(db, one, subject, one);
  const over = await offer(db, one, subject, two);
  const joint = await offer(db, one, subject, two, 'joint');
  const list = async (query: object, who = one) =>
    (await listOwnershipOffers(db, who.caller, OwnershipOfferQuery.parse(query))).items.map(({ id }) => id);
  t.equal((await list({})).length, 3);
  t.same(await list({}, other), []);
  t.same(await list({ state: 'offered' }), [over, joint]);
  t.same(await list({ fromOrganisationId: one.id }), [over]);
  t.same(await list({ toOrganisationId: two.id, share: 'joint' }), [joint]);
  t.same(await list({ offeredByOrganisationId: two.id }), []);
  t.same(await list({ subjectType: 'initiative' }), []);
  t.equal((await list({ subjectId: subject.id, subjectType: 'alliance' })).length, 3);
  t.same(await list({ asOf: inDays(-1) }), []);
  t.same(await list({ asOf: inDays(5) }), [over, joint], 'open on a day to come, as it stands now');
  t.same(await list({ changedSince: new Date(Date.now() + 60_000).toISOString() }), []);
  await owner`update ownership_offers set expires_at = now() where id = ${joint}`;
  t.same(await list({ state: 'expired' }), [joint]);
  t.same(await list({ state: 'offered' }), [over]);
  const position = await lastPosition(sql);
  t.equal(await expireOwnershipOffers(db), 1);
  t.equal(await expireOwnershipOffers(db), 0);
  t.same(await eventsSince(sql, position), ['ownership.expired']);
});
