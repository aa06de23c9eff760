import t from 'tap';
import { getAlliance, passDays, succeedMemberships } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { getMembership, listMemberships } from '../../../src/features/alliances/memberships.ts';
import { decideSponsorship, getSponsorship, offerSponsorship } from '../../../src/features/alliances/sponsorships.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
import { getNetworkStatistics } from '../../../src/features/statistics/statistics.ts';
import type { Db } from '../../../src/platform/db.ts';
import { asker, computingOf } from '../../helpers/computing.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  answer,
  apply,
  by,
  eventsSince,
  found,
  holds,
  inDays,
  invite,
  join,
  lastPosition,
  letDaysPass,
  outcome,
  type Party,
  parties,
  recorded,
  spells,
  untilStill,
} from './world.ts';

const merge = (db: Db, predecessors: readonly Party[], successor: Party, effectiveOn: string) => {
  const input = { predecessorIds: predecessors.map(({ id }) => id), successorId: successor.id, effectiveOn };
  return recordMerger(db, context(administrator), input, succeedMemberships);
};
/** The first day of 2020, counted from today. */
const since2020 = Math.round((Date.parse('2020-01-01') - Date.parse(inDays(0))) / 86_400_000);
const own = async (db: Db, party: Party, allianceId: string) =>
  (await listMemberships(db, party.caller, { limit: 9, allianceId, organisationId: party.id })).items.at(-1)?.id ?? '';

t.test('a merger ends the memberships of the predecessors and begins those of the successor on its day', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, next, other } = await parties(db, 'one', 'two', 'next', 'other');
  await recorded(db, [one, two, other], { key: 'a' });
  const second = await recorded(db, [two], { key: 'b' });
  const third = await found(db, other);
  const invited = await invite(db, third, other, one);
  const applied = await apply(db, third, two);
  const position = await lastPosition(sql);
  const merger = await merge(db, [one, two], next, inDays(-10));
  t.equal(merger.body.continuedMembershipCount, 2);
  t.same(await spells(sql, second), [`two member ${since2020} -10 recorded_elsewhere`, 'next member -10 - succession']);
  const events = await eventsSince(sql, position);
  t.equal(events[0], 'organisation.merged');
  t.equal(events.filter((type) => type === 'membership.expired').length, 2);
  t.equal(events.filter((type) => type === 'membership.succeeded').length, 2);
  for (const id of [invited, applied]) {
    const [row] = await sql`select state from memberships where id = ${id}`;
    t.equal(row?.state, 'expired');
  }
  const successor = (await getMembership(db, next.caller, await own(db, next, second))).body;
  t.match(successor, { basis: 'succession', state: 'accepted', startsOn: inDays(-10), endsOn: null });
  t.match(successor, { offeredBy: null, offeredAt: null, decidedBy: null }, 'nobody offered it and nobody said yes');
  t.equal(await outcome(endMembership(db, by(next), successor.id, {})), 'done', 'but it can leave');
  await holds(t, sql);
});

t.test('of several roles in an alliance the successor keeps the weightiest, also over its own', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, next, other } = await parties(db, 'one', 'two', 'next', 'other');
  const begun = { startsOn: '2020-01-01' };
  const both = await found(db, one, begun);
  await join(db, both, one, two);
  const lighter = await found(db, one, begun);
  await join(db, lighter, one, next);
  await join(db, lighter, one, other);
  const heavier = await found(db, next, begun);
  await join(db, heavier, next, one);
  const watching = await found(db, other, begun);
  await join(db, watching, other, one);
  await join(db, watching, other, next, 'observer');
  const merger = await merge(db, [one, two], next, inDays(0));
  t.equal(merger.body.continuedMembershipCount, 3);
  const present = async (id: string) => (await spells(sql, id)).filter((line) => line.includes(' - '));
  t.same(await present(both), ['next convener 0 - succession']);
  t.same(await present(lighter), ['next convener 0 - succession', 'other member 0 - agreed_here']);
  t.same(await present(heavier), [`next convener ${since2020} - agreed_here`]);
  t.same(await present(watching), [`other convener ${since2020} - agreed_here`, 'next member 0 - succession']);
  await holds(t, sql);
});

t.test('a merger that is recorded late joins what the successor agreed since then', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { old, next, other } = await parties(db, 'old', 'next', 'other');
  const begun = { startsOn: '2020-01-01' };
  const space = await found(db, other, begun);
  const shift = (id: string, from: number, until: number | null = null) => owner`update memberships
    set starts_on = ${inDays(from)}, ends_on = ${until === null ? null : inDays(until)} where id = ${id}`;
  const [joined, came, left, announced] = [
    ...[space, await found(db, other, begun), await found(db, other, begun), await found(db, other, begun)],
  ] as [string, string, string, string];
  for (const id of [joined, came, left, announced]) await shift(await join(db, id, other, old), -300);
  await shift(await join(db, joined, other, next), -20);
  await shift(await join(db, left, other, next), -30);
  await endMembership(db, by(next), await own(db, next, left), {});
  await shift(await own(db, next, left), -30, -25);
  await shift(await own(db, old, came), -15);
  await endMembership(db, by(old), await own(db, old, announced), { endsOn: inDays(60) });
  await merge(db, [old], next, inDays(-40));
  const rest = async (id: string) => (await spells(sql, id)).filter((line) => !line.startsWith('other'));
  t.same(await rest(joined), [
    'old member -300 -40 agreed_here',
    'next member -40 -20 succession',
    'next member -20 - agreed_here',
  ]);
  t.same(await rest(left), [
    'old member -300 -40 agreed_here',
    'next member -40 -30 succession',
    'next member -30 -25 agreed_here',
    'next member -25 - succession',
  ]);
  t.same(await rest(came), ['next member -15 - succession', 'old member -15 -15 agreed_here'], 'not before it came');
  t.same(await rest(announced), ['old member -300 -40 agreed_here', 'next member -40 60 succession']);
  await holds(t, sql);
});

t.test(
  'in a closed space the successor comes in the place of its predecessor, and guarantees it no more',
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const { old, next, other, convener } = await parties(db, 'old', 'next', 'other', 'convener');
    const sponsored = async (sponsor: Party, ...members: Party[]) => {
      const space = await found(db, convener, { visibility: 'closed', startsOn: '2020-01-01' });
      for (const member of members) await join(db, space, convener, member);
      const offer = { organisationId: sponsor.id, expiresInDays: 30 };
      const { body } = await offerSponsorship(db, by(convener), space, offer);
      await decideSponsorship(db, by(sponsor), body.id, { decision: 'accepted' });
      return { space, id: body.id };
    };
    const ofSuccessor = await sponsored(next, old);
    const ofPredecessor = await sponsored(old, other);
    const kept = await sponsored(other, old);
    const elsewhere = await sponsored(next, other);
    const position = await lastPosition(sql);
    await merge(db, [old], next, inDays(0));
    const state = async ({ id }: { id: string }) => (await getSponsorship(db, convener.caller, id)).body.state;
    t.equal(await state(ofSuccessor), 'ended', 'it takes part now');
    t.equal(await state(ofPredecessor), 'ended', 'nobody becomes a sponsor without its own yes');
    t.equal(await state(kept), 'accepted');
    t.equal(await state(elsewhere), 'accepted');
    const ended = (await eventsSince(sql, position)).filter((type) => type.startsWith('sponsorship'));
    t.same(ended, ['sponsorship.ended', 'sponsorship.ended']);
    t.equal(await outcome(getAlliance(db, next.caller, ofSuccessor.space)), 'done');
    t.equal(await outcome(getAlliance(db, old.caller, ofSuccessor.space)), 'not_found');
    t.equal(await outcome(getAlliance(db, next.caller, ofPredecessor.space)), 'not_found');
    await holds(t, sql);
  },
);

t.test('until the day of a merger to come the predecessor takes part, and what it does counts', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { old, twin, next, other } = await parties(db, 'old', 'twin', 'next', 'other');
  const [stays, leaves, shared, promoted] = [
    await found(db, other),
    await found(db, other),
    await found(db, other),
    await found(db, other),
  ];
  for (const id of [stays, leaves, shared, promoted]) await join(db, id, other, old);
  await join(db, shared, other, twin, 'observer');
  const merger = await merge(db, [old, twin], next, inDays(30));
  t.equal(merger.body.continuedMembershipCount, 4);
  t.same(await spells(sql, stays), [
    'old member 0 30 agreed_here',
    'other convener 0 - agreed_here',
    'next member 30 - succession',
  ]);
  await endMembership(db, by(old), await own(db, old, leaves), { endsOn: inDays(10) });
  await endMembership(db, by(other), await own(db, old, shared), { reason: 'Afspraken' });
  await answer(db, other, await apply(db, promoted, old, 'convener'), 'accepted');
  const late = await found(db, other);
  await join(db, late, other, old);
  const ownSpace = await found(db, old, { visibility: 'closed' });
  const lateOffer = await invite(db, await found(db, other), other, old);
  await letDaysPass(owner, 30);
  while ((await passDays(db)) > 0);

  const now = async (id: string) =>
    (await spells(sql, id)).filter((line) => line.endsWith(' succession') || line.includes(' - '));
  t.same(await now(stays), ['other convener -30 - agreed_here', 'next member 0 - succession']);
  t.same(
    (await now(leaves)).filter((line) => !line.includes(' 0 0 ')),
    ['other convener -30 - agreed_here'],
    'who left before left nothing to its successor',
  );
  t.same(
    (await now(shared)).filter((line) => !line.includes(' 0 0 ')),
    ['other convener -30 - agreed_here', 'next observer 0 - succession'],
    'but another predecessor did',
  );
  t.same(
    (await now(promoted)).filter((line) => !line.includes(' 0 0 ')),
    ['other convener -30 - agreed_here', 'next convener 0 - succession'],
    'in the role that it had last',
  );
  t.same(await now(late), ['other convener -30 - agreed_here', 'next member 0 - succession'], 'what it agreed later');
  t.same(await now(ownSpace), ['next convener 0 - succession']);
  t.equal(await outcome(getAlliance(db, old.caller, ownSpace)), 'not_found');
  t.equal(await outcome(getAlliance(db, next.caller, ownSpace)), 'done');
  t.match((await getMembership(db, old.caller, lateOffer)).body, { state: 'expired' });
  await holds(t, sql);
});

t.test('memberships follow mergers that were recorded in the order of their discovery', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { first, second, third, other } = await parties(db, 'first', 'second', 'third', 'other');
  const allianceId = await recorded(db, [first, other]);
  await merge(db, [second], third, '2024-01-01');
  await merge(db, [first], second, '2022-01-01');
  while ((await passDays(db)) > 0);
  t.same(
    (await spells(sql, allianceId)).map((line) => line.split(' ')[0]),
    ['first', 'other', 'second', 'third'],
  );
  const { items } = await listMemberships(db, other.caller, { limit: 9, asOf: inDays(0) });
  t.same(items.map(({ organisation }) => organisation.name).toSorted(), ['other', 'third']);
  await holds(t, sql);
});

t.test('mergers that were recorded in a circle by mistake come to an end', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { one, two, other } = await parties(db, 'one', 'two', 'other');
  const allianceId = await recorded(db, [one, two, other]);
  await merge(db, [one], two, inDays(20));
  await merge(db, [two], one, inDays(0));
  await letDaysPass(owner, 20);
  let runs = 0;
  while ((await passDays(db)) > 0 && runs < 9) runs += 1;
  t.ok(runs < 9, `${runs} runs`);
  const present = (await spells(sql, allianceId)).filter((line) => line.includes(' - '));
  t.same(
    present.map((line) => line.split(' ')[0]),
    ['other'],
    'neither exists any more',
  );
  await holds(t, sql);
});

t.test(
  'statistics are continuous over a merger: no alliance loses or gains a participant by it but the merged',
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const { one, two, next, other } = await parties(db, 'one', 'two', 'next', 'other');
    await recorded(db, [one, two, other], { key: 'a' });
    await recorded(db, [two, other], { key: 'b' });
    const third = await recorded(db, [one, other], { key: 'c' });
    await join(db, third, other, next, 'observer');
    await merge(db, [one, two], next, inDays(0));
    const on = async (asOf: string) => {
      const { body } = await getNetworkStatistics(computingOf(db), asker(other.caller), {
        relation: 'membership',
        asOf,
      });
      const degree = body.topByDegree.find(({ id }) => id === other.id);
      return [body.allianceCount, body.membershipCount, degree?.degree, degree?.strength];
    };
    t.same(await on(inDays(-1)), [3, 7, 2, 4]);
    t.same(await on(inDays(0)), [3, 6, 1, 3], 'the successor in each of the three');
    t.same(await on(inDays(400)), [3, 6, 1, 3]);
    await holds(t, sql);
  },
);

t.test('a merger and a decision of its predecessor at the same time wait for each other in one order', async (t) => {
  const { db, sql, owner: watch } = await testDatabase(t, { max: 12 });
  const { other } = await parties(db, 'other');
  for (const [round, decision] of (['leave', 'decline', 'accept', 'withdraw'] as const).entries()) {
    const [old, next] = Object.values(await parties(db, `old ${round}`, `next ${round}`)) as [Party, Party];
    const allianceId = await found(db, other);
    const id = decision === 'withdraw' ? await apply(db, allianceId, old) : await invite(db, allianceId, other, old);
    if (decision === 'leave') await answer(db, old, id, 'accepted');
    const act = () =>
      decision === 'leave'
        ? endMembership(db, by(old), id, {})
        : answer(db, old, id, decision === 'accept' ? 'accepted' : decision === 'decline' ? 'declined' : 'withdrawn');
    const tries: Promise<string>[] = [];
    await watch.begin(async (owner) => {
      await owner`select from memberships where id = ${id} for update`;
      tries.push(outcome(act()));
      await untilStill(watch, tries);
      tries.push(outcome(merge(db, [old], next, inDays(0))));
      await untilStill(watch, tries);
    });
    t.same(await Promise.all(tries), ['done', 'done'], decision);
  }
  await holds(t, sql);
});
