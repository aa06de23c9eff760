import t from 'tap';
import { getAlliance } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { getMembership, listMemberships } from '../../../src/features/alliances/memberships.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';
import {
  answer,
  apply,
  by,
  eventsSince,
  everything,
  found,
  holds,
  inDays,
  invite,
  join,
  lastPosition,
  outcome,
  parties,
  recordAlliances,
  recorded,
  recordMemberships,
} from './world.ts';

t.test('an organisation leaves at once and without a reason; a convener who ends it says why', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one, two, other } = await parties(db, 'lindeveen', 'one', 'two', 'other');
  const allianceId = await found(db, lindeveen);
  const first = await join(db, allianceId, lindeveen, one);
  const second = await join(db, allianceId, lindeveen, two);
  const position = await lastPosition(sql);
  t.match((await endMembership(db, by(one), first, {})).body, {
    state: 'ended',
    endsOn: inDays(0),
    endedBy: { id: one.id },
    endReason: null,
  });
  const before = await everything(sql);
  await endMembership(db, by(one), first, {});
  await endMembership(db, by(one), first, { endsOn: inDays(0), reason: 'Alsnog' });
  t.same(await everything(sql), before, 'the same day again changes nothing');
  t.equal(await outcome(endMembership(db, by(one), first, { endsOn: inDays(3) })), 'handshake_refused');
  await t.rejects(endMembership(db, by(lindeveen), second, {}), {
    errors: [{ location: '/reason', code: 'required' }],
  });
  await t.rejects(endMembership(db, by(lindeveen), second, { reason: '', endsOn: inDays(-1) }), {
    errors: [{ code: 'ends_before_start' }, { code: 'required' }],
  });
  for (const who of [by(other), by(one), context(administrator)])
    t.equal(await outcome(endMembership(db, who, second, { reason: 'Zomaar' })), 'convener_required');
  t.equal(await outcome(endMembership(db, by(other), newId(), {})), 'not_found');
  t.match((await endMembership(db, by(lindeveen), second, { reason: 'Afspraken' })).body, {
    endedBy: { id: lindeveen.id },
    endReason: 'Afspraken',
  });
  t.same(await eventsSince(sql, position), ['membership.ended', 'membership.ended']);
  t.equal((await getAlliance(db, other.caller, allianceId)).body.memberCount, 1);
  t.match(await join(db, allianceId, lindeveen, one), /-/, 'who left may come back');
  await holds(t, sql);
});

t.test('only what was accepted can be ended', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen, one } = await parties(db, 'lindeveen', 'one');
  const allianceId = await found(db, lindeveen);
  const id = await invite(db, allianceId, lindeveen, one);
  await t.rejects(endMembership(db, by(one), id, {}), { code: 'handshake_refused', params: { state: 'offered' } });
  await answer(db, one, id, 'declined');
  await t.rejects(endMembership(db, by(one), id, {}), { code: 'handshake_refused', params: { state: 'declined' } });
});

t.test('a departure can be announced, and holds from its day', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  const { lindeveen, one } = await parties(db, 'lindeveen', 'one');
  const allianceId = await found(db, lindeveen);
  const id = await join(db, allianceId, lindeveen, one);
  const position = await lastPosition(sql);
  t.match((await endMembership(db, by(one), id, { endsOn: inDays(20) })).body, {
    state: 'accepted',
    endsOn: inDays(20),
  });
  t.same(await eventsSince(sql, position), ['membership.changed']);
  const onDay = async (asOf: string) =>
    (await listMemberships(db, one.caller, { limit: 9, organisationId: one.id, asOf })).items.length;
  t.same(
    [await onDay(inDays(-1)), await onDay(inDays(0)), await onDay(inDays(19)), await onDay(inDays(20))],
    [0, 1, 1, 0],
  );
  t.equal((await getAlliance(db, one.caller, allianceId)).body.memberCount, 2);
  await owner`update memberships set starts_on = ${inDays(-30)}, ends_on = ${inDays(0)} where id = ${id}`;
  t.match((await getMembership(db, one.caller, id)).body, { state: 'ended' }, 'before a job notes it');
  t.equal((await getAlliance(db, one.caller, allianceId)).body.memberCount, 1);
  t.match((await endMembership(db, by(one), id, {})).body, { state: 'ended', endsOn: inDays(0) });
});

t.test('who announced a departure and leaves now is gone now', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one } = await parties(db, 'lindeveen', 'one');
  const allianceId = await found(db, lindeveen, { visibility: 'closed' });
  const id = await join(db, allianceId, lindeveen, one);
  await endMembership(db, by(one), id, { endsOn: inDays(20) });
  t.match((await endMembership(db, by(one), id, {})).body, { state: 'ended', endsOn: inDays(0) });
  t.equal(await outcome(getAlliance(db, one.caller, allianceId)), 'not_found');
  await holds(t, sql);
});

t.test('no side alone makes a membership last longer than was agreed or announced', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one, two } = await parties(db, 'lindeveen', 'one', 'two');
  const allianceId = await found(db, lindeveen);
  const first = await join(db, allianceId, lindeveen, one);
  await endMembership(db, by(one), first, { endsOn: inDays(20) });
  const second = await join(db, allianceId, lindeveen, two);
  await endMembership(db, by(lindeveen), second, { endsOn: inDays(20), reason: 'Afspraken' });
  const before = await everything(sql);
  const later = { endsOn: inDays(21), reason: 'Langer' };
  const fault = {
    code: 'invalid_input',
    errors: [{ location: '/endsOn', code: 'too_high', params: { maximum: inDays(20) } }],
  };
  await t.rejects(
    endMembership(db, by(lindeveen), first, later),
    fault,
    'a convener does not keep whom wants to leave',
  );
  await t.rejects(endMembership(db, by(two), second, later), fault, 'whoever must leave does not put it off');
  t.same(await everything(sql), before);
  t.match((await endMembership(db, by(two), second, { endsOn: inDays(10) })).body, { endsOn: inDays(10) });
  t.equal(await outcome(endMembership(db, by(two), second, { endsOn: inDays(20) })), 'invalid_input');

  const stays = await apply(db, allianceId, one);
  t.match((await answer(db, lindeveen, stays, 'accepted')).body, { state: 'accepted', endsOn: null }, 'both said yes');
  t.match((await getMembership(db, one.caller, first)).body, { state: 'ended', endsOn: inDays(0) });
  await holds(t, sql);
});

t.test('a membership that is to begin can be called off before it does', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one } = await parties(db, 'one');
  await recordAlliances(db, [{}]);
  const { id } = await recordMemberships(db, [{ organisationId: one.id, startsOn: inDays(50) }]);
  t.match((await endMembership(db, by(one), id('m0'), {})).body, { startsOn: inDays(50), endsOn: inDays(50) });
  t.equal((await listMemberships(db, one.caller, { limit: 9, asOf: inDays(50) })).items.length, 0);
  await holds(t, sql);
});

t.test('the last convener stays as long as others take part, and leaves as the last one', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one } = await parties(db, 'lindeveen', 'one');
  const allianceId = await found(db, lindeveen);
  const { items } = await listMemberships(db, lindeveen.caller, { limit: 9, allianceId });
  const own = items[0]?.id ?? '';
  const member = await join(db, allianceId, lindeveen, one, 'observer');
  for (const endsOn of [undefined, inDays(30)])
    t.equal(await outcome(endMembership(db, by(lindeveen), own, { endsOn })), 'last_convener');
  const stepBack = await apply(db, allianceId, lindeveen, 'member');
  t.equal(await outcome(answer(db, one, stepBack, 'accepted')), 'convener_required');
  await endMembership(db, by(one), member, { endsOn: inDays(30) });
  t.equal(await outcome(endMembership(db, by(lindeveen), own, { endsOn: inDays(29) })), 'last_convener');
  t.equal(await outcome(endMembership(db, by(lindeveen), own, { endsOn: inDays(30) })), 'done');
  await endMembership(db, by(one), member, {});
  t.equal(await outcome(endMembership(db, by(lindeveen), own, {})), 'done');
  await holds(t, sql);
});

t.test('of two conveners who leave at once one stays', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one, two } = await parties(db, 'lindeveen', 'one', 'two');
  for (let round = 0; round < 5; round++) {
    const allianceId = await found(db, lindeveen);
    const { items } = await listMemberships(db, lindeveen.caller, { limit: 9, allianceId });
    const first = items[0]?.id ?? '';
    const second = await join(db, allianceId, lindeveen, one, 'convener');
    await join(db, allianceId, lindeveen, two);
    const endsOn = round % 2 === 0 ? undefined : inDays(round);
    const tries = await Promise.all([
      outcome(endMembership(db, by(lindeveen), first, { endsOn })),
      outcome(endMembership(db, by(one), second, { endsOn })),
    ]);
    t.same(tries.toSorted(), ['done', 'last_convener']);
  }
  await holds(t, sql);
});

t.test('nobody joins what its last convener is about to leave, or has left', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, one, two } = await parties(db, 'lindeveen', 'one', 'two');
  const allianceId = await found(db, lindeveen);
  const { items } = await listMemberships(db, lindeveen.caller, { limit: 9, allianceId });
  const own = items[0]?.id ?? '';
  const member = await invite(db, allianceId, lindeveen, one);
  await endMembership(db, by(lindeveen), own, { endsOn: inDays(30) });
  t.equal(await outcome(answer(db, one, member, 'accepted')), 'last_convener', 'it would stay behind alone');
  await endMembership(db, by(lindeveen), own, {});
  t.equal(await outcome(answer(db, one, member, 'accepted')), 'last_convener');
  t.equal(await outcome(answer(db, one, member, 'declined')), 'done');
  const other = await found(db, lindeveen);
  const convener = await invite(db, other, lindeveen, two, 'convener');
  const mine = (await listMemberships(db, lindeveen.caller, { limit: 9, allianceId: other, role: 'convener' })).items[0]
    ?.id;
  await endMembership(db, by(lindeveen), mine ?? '', { endsOn: inDays(30) });
  t.match((await answer(db, two, convener, 'accepted')).body, { role: 'convener', state: 'accepted' });
  await holds(t, sql);
});

t.test('conveners whose times do not meet do not stand in for each other', async (t) => {
  const { db } = await testDatabase(t);
  const { one, two, three } = await parties(db, 'one', 'two', 'three');
  await recordAlliances(db, [{}]);
  const { id } = await recordMemberships(db, [
    { organisationId: one.id, role: 'convener' },
    { organisationId: two.id, role: 'convener', startsOn: inDays(50) },
    { organisationId: three.id, role: 'member' },
  ]);
  t.equal(await outcome(endMembership(db, by(one), id('m0'), { endsOn: inDays(49) })), 'last_convener');
  t.equal(await outcome(endMembership(db, by(one), id('m0'), { endsOn: inDays(50) })), 'done');
});

t.test(
  'in an alliance without a convener each leaves by itself, and nobody ends the membership of another',
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const { one, two } = await parties(db, 'one', 'two');
    const allianceId = await recorded(db, [one, two]);
    const { items } = await listMemberships(db, one.caller, { limit: 9, allianceId });
    const [first = '', second = ''] = items.map(({ id }) => id);
    t.equal(await outcome(endMembership(db, by(one), second, { reason: 'Weg' })), 'convener_required');
    t.match((await endMembership(db, by(one), first, {})).body, { state: 'ended', basis: 'recorded_elsewhere' });
    await holds(t, sql);
  },
);
