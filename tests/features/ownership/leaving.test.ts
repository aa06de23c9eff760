import t from 'tap';
import { publishedReceiptKeys } from '../../../src/features/access/access.ts';
import { passDays, succeedMemberships } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { recordMerger, type SucceedMemberships } from '../../../src/features/organisations/mergers.ts';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import { leaveOwnerships, passOwnerships, succeedOwnerships } from '../../../src/features/ownership/ownership.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import type { Db } from '../../../src/platform/db.ts';
import { contentsOf } from '../../helpers/contents.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  by,
  eventsSince,
  found,
  inDays,
  join,
  lastPosition,
  outcome,
  type Party,
  parties,
} from '../alliances/world.ts';
import {
  alliance,
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
  story,
  testReceipts,
} from './world.ts';

const leave = async (db: Db, who: Party, membershipId: string, input: { endsOn?: string; reason?: string } = {}) =>
  endMembership(db, by(who), membershipId, input, leaveOwnerships(await testReceipts(db)));

/** A merger as the application records it. */
async function merge(db: Db, predecessors: readonly Party[], successor: Party, effectiveOn: string) {
  const receipts = await testReceipts(db);
  const succeed: SucceedMemberships = async (db, merger) => [
    ...(await succeedMemberships(db, merger)),
    ...(await succeedOwnerships(receipts)(db, merger)),
  ];
  const input = { predecessorIds: predecessors.map(({ id }) => id), successorId: successor.id, effectiveOn };
  await recordMerger(db, context(administrator), input, succeed);
}

const pass = async (db: Db) => passOwnerships(db, await testReceipts(db));
const sound = async (db: Db) => (await verifyOwnership(db, await publishedReceiptKeys(db))).faults;

t.test('who owns something in an alliance hands over or releases before it leaves', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const subject = alliance(await found(db, one));
  const membership = await join(db, subject.id, one, two);
  const work = await initiative(owner, subject.id, two);
  await give(db, two, work, two);
  await give(db, one, subject, one);
  await give(db, one, subject, two, 'joint');
  const open = await offer(db, two, work, one);
  const before = await contentsOf(owner);
  await t.rejects(leave(db, two, membership), { code: 'ownerships_open', params: { count: 2 } });
  t.same(await contentsOf(owner), before, 'nothing was stored');
  await decide(db, one, open);
  t.equal(await outcome(leave(db, two, membership)), 'ownerships_open', 'it owns jointly still');
  await release(db, two, subject, 'joint');
  t.equal(await outcome(leave(db, two, membership)), 'done');
  t.same(await story(db, one, work), ['accepted accountable: two +', 'transferred accountable: one +']);
});

t.test('where a convener ends a membership, what is owned is released in the same act, and offers close', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two, three } = await parties(db, 'one', 'two', 'three');
  const subject = alliance(await found(db, one));
  const membership = await join(db, subject.id, one, two);
  await join(db, subject.id, one, three);
  const work = await initiative(owner, subject.id, two);
  await give(db, two, work, two);
  await give(db, one, subject, one);
  await give(db, one, subject, two, 'joint');
  const from = await offer(db, two, work, three);
  const to = await offer(db, one, subject, two);
  const position = await lastPosition(sql);
  await leave(db, one, membership, { reason: 'Afspraken' });
  const released = ['ownership.released', 'ownership.released'];
  const types = await eventsSince(sql, position);
  t.same(types.toSorted(), ['membership.ended', 'ownership.expired', ...released, 'ownership.withdrawn']);
  const states = await sql`select id, state from ownership_offers where id in ${sql([from, to])} order by id`;
  t.same(
    [...states],
    [
      { id: from, state: 'withdrawn' },
      { id: to, state: 'expired' },
    ],
  );
  t.match(await records(db, one, { subjectId: work.id }), [{ change: 'released', reason: 'membership_ended' }]);
  t.match(await orphans(db, one, { released: true }), [{ id: work.id, type: 'initiative', released: true }]);
  t.same(await story(db, one, subject), [
    'accepted accountable: one +',
    'accepted joint: one + two',
    'released joint: one +',
  ]);
  t.equal(await pass(db), 0, 'nothing is left to do');
  t.same(await sound(db), []);
});

t.test('a departure on a day to come keeps what is owned until that day, and then releases it', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const subject = alliance(await found(db, one));
  const membership = await join(db, subject.id, one, two);
  await give(db, one, subject, two);
  await leave(db, two, membership, { endsOn: inDays(10) });
  t.equal(await pass(db), 0);
  await owner`update memberships set starts_on = current_date - 20, ends_on = current_date where id = ${membership}`;
  const position = await lastPosition(sql);
  await passDays(db);
  t.equal(await pass(db), 1);
  t.equal(await pass(db), 0);
  t.same(await eventsSince(sql, position), ['membership.ended', 'ownership.released']);
  t.match(await records(db, one), [{ change: 'released', from: { name: 'two' }, reason: 'membership_ended' }]);
  t.match(await give(db, one, subject, one), { state: 'accepted' }, 'who convenes gives the orphan a new owner');
  t.same(await sound(db), []);
});

t.test('what merged organisations own succeeds to the successor on its day', async (t) => {
  const { db, sql, owner } = await ownershipDatabase(t);
  const { one, two, three, next } = await parties(db, 'one', 'two', 'three', 'next');
  const subject = alliance(await found(db, one));
  for (const who of [two, three]) await join(db, subject.id, one, who);
  const work = await initiative(owner, subject.id, one);
  await participant(owner, work, two);
  const knowledge = await item(owner, two);
  await give(db, one, subject, two);
  await give(db, two, subject, three, 'joint');
  await give(db, one, work, three);
  await give(db, two, knowledge, two);
  const open = await offer(db, two, subject, one);
  const position = await lastPosition(sql);
  await merge(db, [two, three], next, inDays(0));
  t.same(await story(db, one, subject), [
    'accepted accountable: two +',
    'accepted joint: two + three',
    'succeeded accountable: next + three',
    'succeeded joint: next +',
  ]);
  t.same((await story(db, one, work)).at(-1), 'succeeded accountable: next +');
  t.same((await story(db, one, knowledge)).at(-1), 'succeeded accountable: next +');
  const types = (await eventsSince(sql, position)).filter((type) => type.startsWith('ownership.'));
  t.same(types, ['ownership.withdrawn', ...Array<string>(4).fill('ownership.succeeded')]);
  t.match(await sql`select state from ownership_offers where id = ${open}`, [{ state: 'withdrawn' }]);
  t.equal(await pass(db), 0);
  t.same(await sound(db), []);
});

t.test('a merger that was recorded for a day to come passes on what is owned when the day comes', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two, next } = await parties(db, 'one', 'two', 'next');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  await give(db, one, subject, two);
  await merge(db, [two], next, inDays(5));
  t.equal(await pass(db), 0);
  t.same(await story(db, one, subject), ['accepted accountable: two +']);
  await owner.begin(async (sql) => {
    await sql`set local session_replication_role = replica`;
    await sql`update mergers set effective_on = current_date`;
    await sql`update organisations set ends_on = current_date where id = ${two.id}`;
    await sql`update memberships set ends_on = current_date where organisation_id = ${two.id}`;
    await sql`update memberships set starts_on = current_date where organisation_id = ${next.id}`;
  });
  await passDays(db);
  t.equal(await pass(db), 1);
  t.same((await story(db, one, subject)).at(-1), 'succeeded accountable: next +');
  t.equal(await pass(db), 0);
});

t.test('who becomes an observer owns no more', async (t) => {
  const { db } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  await give(db, one, subject, two);
  await join(db, subject.id, one, two, 'observer');
  t.equal(await pass(db), 1);
  t.match(await records(db, one), [{ change: 'released', reason: 'membership_ended' }]);
});

t.test('what an organisation owned that exists no more is released, of every kind', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const knowledge = await item(owner, two);
  await give(db, two, knowledge, two);
  await changeOrganisation(db, context(administrator), two.id, 1, { endsOn: inDays(0) });
  t.equal(await pass(db), 1);
  t.match(await records(db, one), [{ change: 'released', reason: 'organisation_dissolved', accountable: null }]);
});
