import t from 'tap';
import { getMerger, listMergers, recordMerger } from '../../../src/features/organisations/mergers.ts';
import {
  changeOrganisation,
  createOrganisation,
  getOrganisation,
  listOrganisations,
  listOrganisationVersions,
} from '../../../src/features/organisations/organisations.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, caller, context, organisationWithCaller } from '../../helpers/people.ts';

const by = context(administrator);
const cbs = (value: string) => ({ scheme: 'cbs' as const, value });

t.test('createOrganisation keeps the identifiers in their normal form and a first version', async (t) => {
  const { db } = await testDatabase(t);
  const made = await createOrganisation(db, by, {
    kind: 'municipality',
    name: 'Gemeente Lindeveen',
    region: 'Maarland',
    identifiers: [cbs('gm9001')],
  });
  t.match(made, { version: 1, location: `/v1/organisations/${made.body.id}` });
  t.same(made.body.identifiers, [{ scheme: 'cbs', value: 'GM9001', validFrom: null, validUntil: null }]);
  const read = await getOrganisation(db, caller(), made.body.id);
  t.same(read.body, made.body);
  const versions = await listOrganisationVersions(db, caller(), made.body.id, { limit: 10 });
  t.match(versions.items, [{ version: 1, name: 'Gemeente Lindeveen', identifiers: [{ value: 'GM9001' }] }]);
});

t.test('createOrganisation stores nothing when an identifier is wrong or taken', async (t) => {
  const { db, sql } = await testDatabase(t);
  await createOrganisation(db, by, { kind: 'municipality', name: 'A', identifiers: [cbs('GM9001')] });
  const wrong = createOrganisation(db, by, {
    kind: 'municipality',
    name: 'B',
    identifiers: [cbs('x')],
    startsOn: '2024-01-01',
    endsOn: '2023-01-01',
  });
  await t.rejects(wrong, {
    code: 'invalid_input',
    errors: [{ location: '/endsOn' }, { location: '/identifiers/0/value' }],
  });
  const taken = createOrganisation(db, by, { kind: 'municipality', name: 'C', identifiers: [cbs('GM9001')] });
  await t.rejects(taken, { code: 'identifier_taken', errors: [{ location: '/identifiers/0/value' }] });
  const [count] =
    await sql`select count(*)::int as organisations, (select count(*)::int from events) as events from organisations`;
  t.same(count, { organisations: 1, events: 1 });
});

t.test('createOrganisation gives an identifier to one of many that want it at once', async (t) => {
  const { db } = await testDatabase(t);
  const tries = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) =>
      createOrganisation(db, by, { kind: 'other', name: `n${n}`, identifiers: [cbs('GM9001')] }),
    ),
  );
  t.equal(tries.filter((one) => one.status === 'fulfilled').length, 1);
  for (const one of tries) if (one.status === 'rejected') t.match(one.reason, { code: 'identifier_taken' });
});

t.test('an identifier that is no longer valid is free for another organisation', async (t) => {
  const { db } = await testDatabase(t);
  const old = await createOrganisation(db, by, {
    kind: 'municipality',
    name: 'Old',
    identifiers: [{ ...cbs('GM9001'), validUntil: '2020-01-01' }],
  });
  const young = await createOrganisation(db, by, { kind: 'municipality', name: 'New', identifiers: [cbs('GM9001')] });
  const found = await listOrganisations(db, caller(), { limit: 10, identifier: 'CBS:gm9001' });
  t.same(
    found.items.map((item) => item.id),
    [old.body.id, young.body.id],
    'both are found by it, since history is kept',
  );
});

t.test('changeOrganisation needs the present version and the right party', async (t) => {
  const { db } = await testDatabase(t);
  const own = await organisationWithCaller(db, 'Own');
  const other = await organisationWithCaller(db, 'Other');
  await t.rejects(changeOrganisation(db, context(other.caller), own.id, 1, { name: 'Taken over' }), {
    code: 'not_your_organisation',
  });
  await t.rejects(changeOrganisation(db, context(own.caller), own.id, 7, { name: 'Late' }), {
    code: 'precondition_failed',
  });
  await t.rejects(changeOrganisation(db, by, newId(), 1, { name: 'Nobody' }), { code: 'not_found' });
  const changed = await changeOrganisation(db, context(own.caller), own.id, 1, { name: 'Renamed', region: 'Maarland' });
  t.match(changed, { version: 2, body: { name: 'Renamed', region: 'Maarland' } });
  const cleared = await changeOrganisation(db, by, own.id, 2, { region: null, identifiers: [cbs('GM9002')] });
  t.match(cleared.body, { name: 'Renamed', region: null, identifiers: [{ value: 'GM9002' }] });
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const past = await listOrganisationVersions(db, caller(), own.id, { limit: 9, asOf: day(-1) });
  t.same(past.items, [], 'yesterday none was recorded');
  const coming = await listOrganisationVersions(db, caller(), own.id, { limit: 9, changedSince: new Date(day(1)) });
  t.same(coming.items, []);
  const versions = await listOrganisationVersions(db, caller(), own.id, { limit: 2 });
  t.same(
    versions.items.map((item) => item.name),
    ['Own', 'Renamed'],
  );
  const rest = await listOrganisationVersions(db, caller(), own.id, { limit: 2, after: versions.next });
  t.match(rest.items, [{ version: 3, identifiers: [{ value: 'GM9002' }] }]);
});

t.test('of parallel changes to one version exactly one is made', async (t) => {
  const { db } = await testDatabase(t);
  const { id } = await organisationWithCaller(db, 'Contested');
  const tries = await Promise.allSettled(
    Array.from({ length: 6 }, (_, n) => changeOrganisation(db, by, id, 1, { name: `Name ${n}` })),
  );
  t.equal(tries.filter((one) => one.status === 'fulfilled').length, 1);
  t.equal((await getOrganisation(db, caller(), id)).version, 2);
});

t.test('listOrganisations walks every page once and filters by kind, region, name, day and change', async (t) => {
  const { db } = await testDatabase(t);
  for (let n = 0; n < 7; n++) {
    await createOrganisation(db, by, {
      kind: n % 2 === 0 ? 'municipality' : 'care_organisation',
      name: `Organisation ${n}`,
      region: n < 4 ? 'North' : null,
      startsOn: `20${10 + n}-01-01`,
      identifiers: [],
    });
  }
  const names: string[] = [];
  let after: string[] | undefined;
  do {
    const page = await listOrganisations(db, caller(), { limit: 3, after });
    names.push(...page.items.map((item) => item.name));
    after = page.next;
  } while (after !== undefined);
  t.same(
    names,
    Array.from({ length: 7 }, (_, n) => `Organisation ${n}`),
  );
  const all = { limit: 50 };
  t.equal((await listOrganisations(db, caller(), { ...all, kind: 'municipality' })).items.length, 4);
  t.equal((await listOrganisations(db, caller(), { ...all, region: 'North' })).items.length, 4);
  t.equal((await listOrganisations(db, caller(), { ...all, name: 'SATION 3' })).items.length, 1);
  t.equal((await listOrganisations(db, caller(), { ...all, asOf: '2012-06-01' })).items.length, 3);
  t.equal(
    (await listOrganisations(db, caller(), { ...all, changedSince: new Date(Date.now() + 60_000) })).items.length,
    0,
  );
  await t.rejects(listOrganisations(db, caller(), { ...all, identifier: 'passport:1' }), { code: 'invalid_input' });
});

t.test(
  'recordMerger ends the predecessors, links them to the successor, and keeps what follows in one transaction',
  async (t) => {
    const { db } = await testDatabase(t);
    const one = await organisationWithCaller(db, 'One');
    const two = await organisationWithCaller(db, 'Two');
    const next = await organisationWithCaller(db, 'Next');
    const input = { predecessorIds: [two.id, one.id], successorId: next.id, effectiveOn: '2026-01-01' };
    const followed: unknown[] = [];
    const merger = await recordMerger(db, by, input, async (_db, given) => {
      followed.push(given);
      return [{ type: 'membership.succeeded', subjectType: 'membership', subjectId: newId() }];
    });
    t.match(merger.body, { successor: { name: 'Next' }, effectiveOn: '2026-01-01', continuedMembershipCount: 1 });
    t.same(merger.body.predecessors.map((item) => item.name).sort(), ['One', 'Two']);
    t.equal(followed.length, 1);
    t.match((await getOrganisation(db, caller(), one.id)).body, {
      endsOn: '2026-01-01',
      successor: { id: next.id, name: 'Next' },
    });
    t.same((await getMerger(db, caller(), merger.body.id)).body, merger.body);
    t.equal((await listMergers(db, caller(), { limit: 5, successorId: next.id })).items.length, 1);
    t.equal((await listMergers(db, caller(), { limit: 5, successorId: next.id, asOf: '1990-01-01' })).items.length, 0);
    const later = new Date(Date.now() + 60_000);
    t.equal((await listMergers(db, caller(), { limit: 5, changedSince: later })).items.length, 0);
    await t.rejects(
      recordMerger(db, by, input, async () => []),
      { code: 'invalid_input', errors: [{ code: 'already_merged' }, { code: 'already_merged' }] },
    );
    const failing = { ...input, predecessorIds: [next.id], successorId: (await organisationWithCaller(db, 'Last')).id };
    await t.rejects(
      recordMerger(db, by, failing, async () => {
        throw new Error('cannot continue');
      }),
    );
    t.equal((await getOrganisation(db, caller(), next.id)).body.endsOn, null, 'nothing of the failed merger is kept');
  },
);
