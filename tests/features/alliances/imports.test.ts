import t from 'tap';
import { changeAlliance, getAlliance, succeedMemberships } from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { getMembership, listMemberships } from '../../../src/features/alliances/memberships.ts';
import { recordMerger } from '../../../src/features/organisations/mergers.ts';
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
  join,
  lastPosition,
  outcome,
  parties,
  recordAlliances,
  recorded,
  recordMemberships,
  spells,
} from './world.ts';

t.test('importAlliances records what a source has, and a second run changes nothing', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { viewer } = await parties(db, 'viewer');
  const rows = [
    { key: 'jeugd', name: 'Jeugd', purpose: 'Leren', visibility: 'public' },
    { key: 'pilot', name: 'Pilot', kind: 'community', endsOn: '2024-01-01' },
    { key: 'open', name: 'Open', kind: 'community', endsOn: null },
    { key: 'terug', name: 'Terug', endsOn: '2019-01-01' },
  ];
  const position = await lastPosition(sql);
  const first = await recordAlliances(db, rows);
  t.same(first.rows, ['2 created', '3 created', '4 refused endsOn end_required', '5 refused endsOn ends_before_start']);
  t.same(await eventsSince(sql, position), ['alliance.recorded', 'alliance.recorded']);
  const { body, version } = await getAlliance(db, viewer.caller, first.id('jeugd'));
  t.equal(version, 1);
  t.match(body, { name: 'Jeugd', purpose: 'Leren', createdBy: null, source: 'register', sourceKey: 'jeugd' });
  t.match((await getAlliance(db, viewer.caller, first.id('pilot'))).body, { visibility: 'network', memberCount: 0 });
  const before = await everything(sql);
  const again = await recordAlliances(db, rows);
  t.same(again.rows.slice(0, 2), ['2 unchanged', '3 unchanged']);
  t.same(await everything(sql), before);
  await holds(t, sql);
});

t.test('importAlliances changes what differs; what is not in the file stays, null removes', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { viewer } = await parties(db, 'viewer');
  const { id } = await recordAlliances(db, [{ purpose: 'Leren', visibility: 'public', endsOn: '2030-01-01' }]);
  const position = await lastPosition(sql);
  t.same((await recordAlliances(db, [{ name: 'Nieuw' }])).rows, ['2 updated']);
  const kept = { name: 'Nieuw', purpose: 'Leren', visibility: 'public', endsOn: '2030-01-01' };
  t.match(await getAlliance(db, viewer.caller, id('a0')), { version: 2, body: kept });
  t.same((await recordAlliances(db, [{ name: 'Nieuw', purpose: null, endsOn: null }])).rows, ['2 updated']);
  t.match((await getAlliance(db, viewer.caller, id('a0'))).body, { purpose: null, endsOn: null, visibility: 'public' });
  t.same(await eventsSince(sql, position), ['alliance.changed', 'alliance.changed']);
  t.same((await recordAlliances(db, [{ name: 'Van een ander' }], 'other')).rows, ['2 created'], 'keys are of a source');
  await holds(t, sql);
});

t.test('an import neither touches a closed space nor makes one', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const allianceId = await recorded(db, [one]);
  const convener = await apply(db, allianceId, two, 'convener');
  await answer(db, one, convener, 'accepted');
  t.same((await recordAlliances(db, [{ visibility: 'closed' }])).rows, ['2 refused visibility closed_space']);
  t.same((await recordAlliances(db, [{ key: 'new', visibility: 'closed' }])).rows, [
    '2 refused visibility closed_space',
  ]);
  await changeAlliance(db, by(two), allianceId, 1, { visibility: 'closed' });
  const before = await everything(sql);
  t.same((await recordAlliances(db, [{ name: 'Anders', visibility: 'public' }])).rows, ['2 refused key closed_space']);
  const memberships = await recordMemberships(db, [
    { organisationId: two.id, key: 'new' },
    { organisationId: one.id, key: 'a0 one', endsOn: '2021-01-01' },
  ]);
  t.same(memberships.rows, ['2 refused allianceKey closed_space', '3 refused allianceKey closed_space']);
  const { memberships: rows, alliances } = await everything(sql);
  t.same({ rows, alliances }, { rows: before.memberships, alliances: before.alliances });
});

t.test('importMemberships records what was agreed elsewhere, as nobody’s decision, and once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, three } = await parties(db, 'one', 'two', 'three');
  await recordAlliances(db, [{ visibility: 'public' }]);
  const rows = [
    { organisationId: one.id, role: 'convener' },
    { organisationId: two.id, startsOn: '2021-01-01', endsOn: '2022-01-01' },
    { organisationId: two.id, startsOn: '2022-01-01' },
    { organisationId: three.id, startsOn: inDays(5), endsOn: inDays(9) },
    { organisationId: null },
    { organisationId: one.id, allianceKey: 'nowhere' },
    { organisationId: three.id, startsOn: '2022-01-01', endsOn: '2021-01-01' },
    { organisationId: two.id, startsOn: '2021-06-01', endsOn: '2021-07-01' },
  ];
  const position = await lastPosition(sql);
  const first = await recordMemberships(db, rows);
  t.same(first.rows, [
    ...['2 created', '3 created', '4 created', '5 created'],
    '6 refused organisationKey unknown_organisation',
    '7 refused allianceKey unknown_alliance',
    '8 refused endsOn ends_before_start',
    '9 refused organisationKey already_a_member',
  ]);
  t.same(await eventsSince(sql, position), Array(4).fill('membership.recorded'));
  const { body } = await getMembership(db, one.caller, first.id('m0'));
  t.match(body, {
    role: 'convener',
    state: 'accepted',
    basis: 'recorded_elsewhere',
    source: 'register',
    sourceKey: 'm0',
  });
  t.match(body, { offeredBy: null, offeredAt: null, decidedBy: null, decidedAt: null, endedBy: null });
  t.match((await getMembership(db, two.caller, first.id('m1'))).body, { role: 'member', state: 'ended' });
  const before = await everything(sql);
  t.same(
    (await recordMemberships(db, rows.slice(0, 4))).rows,
    [2, 3, 4, 5].map((line) => `${line} unchanged`),
  );
  t.same(await everything(sql), before);

  const changed = await recordMemberships(db, [
    { organisationId: one.id, role: 'member', endsOn: inDays(0) },
    { organisationId: two.id, startsOn: '2021-01-01', endsOn: '2021-06-01' },
    { organisationId: three.id, key: 'm2', startsOn: '2022-01-01' },
    { organisationId: three.id, key: 'm3', startsOn: inDays(5), endsOn: null },
  ]);
  t.same(changed.rows, ['2 updated', '3 updated', '4 refused key key_of_another', '5 updated']);
  t.match((await getMembership(db, one.caller, first.id('m0'))).body, {
    role: 'member',
    state: 'ended',
    endedBy: null,
  });
  t.equal(await outcome(endMembership(db, by(one), first.id('m0'), {})), 'handshake_refused', 'it has ended');
  t.same((await recordMemberships(db, [{ organisationId: one.id, role: 'member', endsOn: null }])).rows, ['2 updated']);
  t.match((await getMembership(db, one.caller, first.id('m0'))).body, { state: 'accepted' }, 'the source took it back');
  await holds(t, sql);
});

t.test('no import makes an organisation take part twice on one day; a day of nothing is no overlap', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, three, convener } = await parties(db, 'one', 'two', 'three', 'convener');
  const allianceId = await recorded(db, [convener]);
  await join(db, allianceId, convener, one);
  const came = await join(db, allianceId, convener, two);
  await endMembership(db, by(two), came, {});
  await apply(db, allianceId, three);
  const told = await recordMemberships(db, [
    { organisationId: one.id, key: 'one' },
    { organisationId: one.id, key: 'one before', startsOn: '2020-01-01', endsOn: inDays(0) },
    { organisationId: two.id, key: 'two' },
    { organisationId: three.id, key: 'three', startsOn: '2020-01-01', endsOn: '2021-01-01' },
    { organisationId: three.id, key: 'three again', startsOn: '2020-12-31' },
    { organisationId: three.id, key: 'three later', startsOn: '2021-01-01' },
  ]);
  t.same(told.rows, [
    '2 refused organisationKey already_a_member',
    ...['3 created', '4 created', '5 created'],
    '6 refused organisationKey already_a_member',
    '7 created',
  ]);
  const rows = [
    { organisationId: three.id, key: 'three', startsOn: '2020-01-01', endsOn: '2021-02-01' },
    { organisationId: three.id, key: 'three later', startsOn: '2021-03-01' },
  ];
  const moved = await recordMemberships(db, rows);
  t.same(moved.rows, ['2 refused organisationKey already_a_member', '3 updated']);
  t.same((await recordMemberships(db, rows)).rows, ['2 updated', '3 unchanged'], 'now there is room');
  await holds(t, sql);
});

t.test('what was ended or agreed anew here is kept by an import, and told', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { one, two, three, convener } = await parties(db, 'one', 'two', 'three', 'convener');
  const allianceId = await recorded(db, [convener, one, two, three]);
  await answer(db, one, await apply(db, allianceId, convener, 'convener'), 'accepted');
  const rows = [one, two, three].map(({ id, caller }) => ({
    organisationId: id,
    key: `a0 ${caller.clientName}`,
    role: 'member',
  }));
  const { id } = await recordMemberships(db, rows);
  await endMembership(db, by(one), id('a0 one'), {});
  await endMembership(db, by(two), id('a0 two'), { endsOn: inDays(30) });
  await answer(db, convener, await apply(db, allianceId, three, 'observer'), 'accepted');
  const before = await everything(sql);
  const again = await recordMemberships(db, rows);
  t.same(again.rows, ['2 unchanged', '3 unchanged', '4 unchanged'], 'an empty end says nothing');
  const told = await recordMemberships(
    db,
    rows.map((row) => ({ ...row, endsOn: null })),
  );
  t.same(
    told.rows,
    [2, 3, 4].map((line) => `${line} unchanged endsOn agreed_here`),
  );
  t.same(await everything(sql), before);
  await holds(t, sql);
});

t.test('what ended by a merger is not reopened by an import, however it is asked', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { old, next } = await parties(db, 'old', 'next');
  const allianceId = await recorded(db, [old]);
  const merger = { predecessorIds: [old.id], successorId: next.id, effectiveOn: '2024-01-01' };
  await recordMerger(db, context(administrator), merger, succeedMemberships);
  const before = await spells(sql, allianceId);
  const row = { organisationId: old.id, key: 'a0 old', role: 'member' };
  for (const endsOn of [undefined, null, '2024-01-02', inDays(900)])
    t.same((await recordMemberships(db, [{ ...row, endsOn }])).rows, ['2 unchanged'], String(endsOn));
  t.same(await spells(sql, allianceId), before);
  t.same(
    (await recordMemberships(db, [{ ...row, endsOn: '2023-01-01' }])).rows,
    ['2 updated'],
    'it may have ended earlier',
  );
  t.same((await recordMemberships(db, [{ organisationId: next.id, key: 'next' }])).rows, [
    '2 refused organisationKey already_a_member',
  ]);
  const { items } = await listMemberships(db, next.caller, { limit: 9, organisationId: next.id });
  t.match(items, [{ basis: 'succession' }]);
  await holds(t, sql);
});

t.test('an import of a source says nothing about what was founded here', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  await found(db, lindeveen);
  const before = await everything(sql);
  const { rows } = await recordMemberships(db, [{ organisationId: lindeveen.id, allianceKey: '' }]);
  t.same(rows, ['2 refused allianceKey unknown_alliance']);
  t.same(await everything(sql), before);
});
