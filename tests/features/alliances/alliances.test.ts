import t from 'tap';
import type { z } from 'zod';
import {
  changeAlliance,
  createAlliance,
  getAlliance,
  listAlliances,
} from '../../../src/features/alliances/alliances.ts';
import { endMembership } from '../../../src/features/alliances/membership-offers.ts';
import { listMemberships } from '../../../src/features/alliances/memberships.ts';
import { AllianceQuery, type NewAlliance } from '../../../src/features/alliances/schemas.ts';
import { changeOrganisation } from '../../../src/features/organisations/organisations.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { nextMoment } from '../../helpers/moments.ts';
import { administrator, caller, context } from '../../helpers/people.ts';
import {
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
  walk,
} from './world.ts';

const start = { kind: 'network', name: 'Netwerk', visibility: 'network' } as const;

t.test('createAlliance makes the founder its convener, for each kind and each visibility', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  for (const kind of ['alliance', 'network', 'community', 'academy'] as const) {
    for (const visibility of ['public', 'network', 'closed'] as const) {
      const before = await lastPosition(sql);
      const input = {
        kind,
        name: `${kind} ${visibility}`,
        visibility,
        endsOn: kind === 'community' ? inDays(9) : null,
      };
      const made = await createAlliance(db, by(lindeveen), input);
      t.match(made, {
        version: 1,
        location: `/v1/alliances/${made.body.id}`,
        body: { ...input, startsOn: inDays(0), memberCount: 1, createdBy: { id: lindeveen.id, name: 'lindeveen' } },
      });
      t.match(made.body, { purpose: null, source: null, sourceKey: null });
      t.same(await eventsSince(sql, before), ['alliance.founded', 'membership.accepted']);
      t.same((await getAlliance(db, lindeveen.caller, made.body.id)).body, made.body);
      const { items } = await listMemberships(db, lindeveen.caller, { limit: 9, allianceId: made.body.id });
      t.match(items, [
        { role: 'convener', state: 'accepted', basis: 'agreed_here', startsOn: inDays(0), endsOn: null },
      ]);
    }
  }
  await holds(t, sql);
});

t.test('createAlliance stores nothing when the dates are wrong or there is no founder', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { old } = await parties(db, 'old');
  await changeOrganisation(db, context(administrator), old.id, 1, { endsOn: inDays(0) });
  const { lindeveen } = await parties(db, 'lindeveen');
  const before = await everything(sql);
  const fault = (fields: Partial<z.output<typeof NewAlliance>>, code: string) =>
    t.rejects(createAlliance(db, by(lindeveen), { ...start, ...fields }), {
      code: 'invalid_input',
      errors: [{ in: 'body', location: '/endsOn', code }],
    });
  await fault({ kind: 'community' }, 'end_required');
  await fault({ startsOn: '2026-05-02', endsOn: '2026-05-01' }, 'ends_before_start');
  await fault({ startsOn: '2026-05-02', endsOn: '2026-05-02' }, 'ends_before_start');
  await t.rejects(createAlliance(db, context(administrator), start), { code: 'not_your_organisation' });
  await t.rejects(createAlliance(db, by(old), start), { code: 'organisation_dissolved' });
  t.same(await everything(sql), before);
});

t.test('a founder takes part from the first day of what began before, and at once in what is to begin', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  for (const [startsOn, from] of [
    ['2024-09-01', '2024-09-01'],
    [inDays(0), inDays(0)],
    [inDays(40), inDays(0)],
  ] as const) {
    const allianceId = await found(db, lindeveen, { startsOn, visibility: 'closed' });
    const { items } = await listMemberships(db, lindeveen.caller, { limit: 9, allianceId });
    t.match(items, [{ startsOn: from }]);
    t.equal((await getAlliance(db, lindeveen.caller, allianceId)).body.startsOn, startsOn);
  }
});

t.test('changeAlliance is for a convener, under the present version; absent stays, null removes', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { lindeveen, member, other } = await parties(db, 'lindeveen', 'member', 'other');
  const id = await found(db, lindeveen, { purpose: 'Leren', visibility: 'network' });
  await join(db, id, lindeveen, member);
  const before = await everything(sql);
  const change = (who: typeof other, version: number, fields: object) =>
    changeAlliance(db, by(who), id, version, fields);
  t.equal(await outcome(change(member, 1, { name: 'X' })), 'convener_required');
  t.equal(await outcome(change(other, 1, { name: 'X' })), 'convener_required');
  t.equal(await outcome(changeAlliance(db, context(administrator), id, 1, { name: 'X' })), 'not_found');
  t.equal(await outcome(change(lindeveen, 2, { name: 'X' })), 'precondition_failed');
  t.equal(await outcome(changeAlliance(db, by(lindeveen), newId(), 1, { name: 'X' })), 'not_found');
  await t.rejects(change(lindeveen, 1, { endsOn: '2001-01-01' }), { errors: [{ code: 'ends_before_start' }] });
  t.same(await everything(sql), before);

  const position = await lastPosition(sql);
  const renamed = await change(lindeveen, 1, { name: 'Nieuw', endsOn: inDays(90) });
  t.match(renamed, {
    version: 2,
    body: { name: 'Nieuw', purpose: 'Leren', endsOn: inDays(90), visibility: 'network' },
  });
  const emptied = await change(lindeveen, 2, { purpose: null, endsOn: null, visibility: 'public' });
  t.match(emptied, { version: 3, body: { name: 'Nieuw', purpose: null, endsOn: null, visibility: 'public' } });
  t.same(await eventsSince(sql, position), ['alliance.changed', 'alliance.changed']);
  const tries = await Promise.all(
    Array.from({ length: 6 }, (_, n) => outcome(change(lindeveen, 3, { name: `N${n}` }))),
  );
  t.same(tries.toSorted(), ['done', ...Array(5).fill('precondition_failed')]);
  await holds(t, sql);
});

t.test('a community keeps its end, and what is closed stays closed', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen } = await parties(db, 'lindeveen');
  const community = await found(db, lindeveen, { kind: 'community', endsOn: inDays(30) });
  await t.rejects(changeAlliance(db, by(lindeveen), community, 1, { endsOn: null }), {
    errors: [{ location: '/endsOn', code: 'end_required' }],
  });
  const space = await found(db, lindeveen, { visibility: 'network' });
  await changeAlliance(db, by(lindeveen), space, 1, { visibility: 'closed' });
  for (const visibility of ['network', 'public'] as const)
    t.equal(await outcome(changeAlliance(db, by(lindeveen), space, 2, { visibility })), 'closed_stays_closed');
  t.match(await changeAlliance(db, by(lindeveen), space, 2, { visibility: 'closed', name: 'Vrijplaats' }), {
    version: 3,
  });
});

t.test('listAlliances has a filter for every key of its query', async (t) => {
  const { db } = await testDatabase(t);
  const { lindeveen, member, other } = await parties(db, 'lindeveen', 'member', 'other');
  const first = await found(db, lindeveen, { name: 'Eerste Liga', startsOn: '2020-01-01', visibility: 'network' });
  const second = await found(db, member, {
    name: 'Tweede',
    kind: 'community',
    startsOn: '2024-01-01',
    endsOn: '2025-01-01',
  });
  const left = await join(db, first, lindeveen, other);
  await invite(db, first, lindeveen, member);
  await endMembership(db, by(other), left, {});
  const third = await recorded(db, [other], { name: 'Derde', visibility: 'public', startsOn: '2022-01-01' });
  await recordAlliances(db, [{ key: 'b', name: 'Vierde', visibility: 'public', startsOn: inDays(10) }], 'another');
  const moment = nextMoment();
  await changeAlliance(db, by(lindeveen), first, 1, { purpose: 'Later' });

  const expected: Record<Exclude<keyof z.output<typeof AllianceQuery>, 'cursor' | 'limit'>, [object, string[]][]> = {
    kind: [[{ kind: 'community' }, ['Tweede']]],
    visibility: [
      [{ visibility: 'network' }, ['Eerste Liga']],
      [{ visibility: 'closed' }, []],
    ],
    organisationId: [
      [{ organisationId: lindeveen.id }, ['Eerste Liga']],
      [{ organisationId: other.id }, ['Derde']],
      [{ organisationId: member.id, asOf: '2024-06-01' }, ['Tweede']],
      [{ organisationId: other.id, asOf: '2021-06-01' }, []],
      [{ organisationId: newId() }, []],
    ],
    createdByOrganisationId: [[{ createdByOrganisationId: member.id }, ['Tweede']]],
    name: [
      [{ name: 'LIGA' }, ['Eerste Liga']],
      [{ name: '%' }, []],
      [{ name: 'de' }, ['Derde', 'Tweede', 'Vierde']],
    ],
    source: [[{ source: 'register' }, ['Derde']]],
    sourceKey: [[{ sourceKey: 'b' }, ['Vierde']]],
    asOf: [
      [{ asOf: '2019-12-31' }, []],
      [{ asOf: '2020-01-01' }, ['Eerste Liga']],
      [{ asOf: '2024-12-31' }, ['Derde', 'Eerste Liga', 'Tweede']],
      [{ asOf: '2025-01-01' }, ['Derde', 'Eerste Liga']],
    ],
    changedSince: [[{ changedSince: moment }, ['Eerste Liga']]],
  };
  const keys = Object.keys(AllianceQuery.shape).filter((key) => key !== 'cursor' && key !== 'limit');
  t.same(Object.keys(expected).toSorted(), keys.toSorted(), 'no filter is left out');
  for (const [filter, names] of Object.values(expected).flat()) {
    const { items } = await listAlliances(db, lindeveen.caller, { limit: 50, ...filter });
    t.same(items.map(({ name }) => name).toSorted(), names, JSON.stringify(filter));
  }
  t.same(
    (await listAlliances(db, caller(), { limit: 50 })).items.map(({ id }) => id).slice(0, 2),
    [second, third],
    'without an organisation: what is public',
  );
});

t.test(
  'a walk over the alliances gives what existed throughout once, while others are founded and changed',
  async (t) => {
    const { db } = await testDatabase(t);
    const { lindeveen } = await parties(db, 'lindeveen');
    const present: string[] = [];
    for (let n = 0; n < 11; n++) present.push(await found(db, lindeveen, { name: `Voor ${n}` }));
    let step = 0;
    const change = async () => {
      const id = present[step] ?? '';
      await Promise.all([
        found(db, lindeveen, { name: 'Tijdens' }),
        changeAlliance(db, by(lindeveen), id, 1, { name: `Anders ${step}` }),
      ]);
      step += 1;
    };
    const seen = await walk(
      (after) => listAlliances(db, lindeveen.caller, { limit: 3, after }),
      () => (step < 5 ? change() : Promise.resolve()),
    );
    const ids = seen.map(({ id }) => id);
    t.equal(new Set(ids).size, ids.length, 'nothing twice');
    t.same(
      present.filter((id) => !ids.includes(id)),
      [],
      'nothing is missing',
    );
  },
);

t.test('every foreign key leads an index, so that a filter by it reads no table from end to end', async (t) => {
  const { owner } = await testDatabase(t);
  const keys = await owner<{ name: string; indexed: boolean }[]>`
    select c.conrelid::regclass || '.' || a.attname as name, exists (select from pg_index i
      where i.indrelid = c.conrelid and i.indkey[0] = a.attnum and i.indpred is null) as indexed
    from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f' and c.conrelid::regclass::text in
      ('alliances', 'memberships', 'charters', 'charter_decisions', 'sponsorships')`;
  t.ok(keys.length >= 13, `${keys.length} foreign keys`);
  t.same(
    keys.filter(({ indexed }) => !indexed).map(({ name }) => name),
    [],
  );
});
