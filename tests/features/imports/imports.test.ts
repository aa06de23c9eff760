import t from 'tap';
import {
  cancelImport,
  countImportFaults,
  createImport,
  getImport,
  listImportRows,
  listImports,
  runDueImports,
} from '../../../src/features/imports/imports.ts';
import {
  changeOrganisation,
  createOrganisation,
  getOrganisation,
  listOrganisations,
} from '../../../src/features/organisations/organisations.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { testDatabase } from '../../helpers/db.ts';
import { administrator, context } from '../../helpers/people.ts';

const by = () => context(administrator);
const log = { error: () => undefined, info: () => undefined };
type Input = Parameters<typeof createImport>[2];

const options = (given: object = {}) => ({ signal: new AbortController().signal, log, ...given });

async function runAll(db: Db, given: object = {}): Promise<void> {
  while (await runDueImports(db, options(given)));
}

async function importText(db: Db, lines: readonly string[], input: Partial<Input> = {}, run: object = {}) {
  const { body } = await createImport(
    db,
    by(),
    { resource: 'organisations', source: 'test', dryRun: false, ...input },
    lines.join('\n'),
  );
  await runAll(db, run);
  const { items } = await listImportRows(db, administrator, body.id, { limit: 200 }, 'en');
  const rows = items.map(({ line, outcome, faults }) =>
    [line, outcome, ...faults.map(({ column, code }) => `${column} ${code}`)].join(' '),
  );
  return { ...(await getImport(db, administrator, body.id)).body, rows, items };
}

const organisations = async (db: Db) => (await listOrganisations(db, administrator, { limit: 200 })).items;
const header = 'key,name,kind,region,startsOn,endsOn,cbs,kvk,successorKey';

const dirty = [
  header,
  '1,Gemeente Oud,municipality,Maarland,1998-01-01,2020-01-01,GM9001,90000001,2',
  '2,Gemeente Nieuw,municipality,Maarland,2020-01-01,,GM9002,90000002|90000003,',
  '3,Gemeente Nieuw,municipality,,,,GM9002,,',
  '4,Zorg,care_organisation,,,,,9000,',
  '5,,care_organisation,,,,,,',
  '6,Zorg,planet,,2020-99-01,,,,',
  '1,Gemeente Dubbel,municipality,,,,,,',
  '7,Zorg,care_organisation,,2020-01-01,2019-01-01,,,',
  '8,Zorg,care_organisation,,,,,,nowhere',
  '9,Zorg,care_organisation',
];
const outcomes = (created: string) => [
  `2 ${created}`,
  `3 ${created}`,
  `4 ${created} cbs identifier_taken`,
  `5 ${created} kvk identifier_malformed`,
  '6 refused name required',
  '7 refused kind invalid_value startsOn invalid_format',
  '8 refused key repeated',
  '9 refused endsOn ends_before_start',
  `10 ${created} successorKey unknown_successor`,
  '11 refused  column_count',
];

t.test('a bad row never loses a good one, and each row tells what became of it', async (t) => {
  const { db } = await testDatabase(t);
  const done = await importText(db, dirty);
  t.same(done.rows, outcomes('created'));
  t.match(done, {
    state: 'succeeded',
    rowCount: 10,
    processedCount: 10,
    createdCount: 5,
    updatedCount: 0,
    unchangedCount: 0,
    refusedCount: 5,
    warningCount: 3,
    clientName: 'test client',
  });
  const made = new Map((await organisations(db)).map((one) => [one.sourceKey, one]));
  t.same([...made.keys()].sort(), ['1', '2', '3', '4', '8']);
  t.match(made.get('2'), {
    name: 'Gemeente Nieuw',
    source: 'test',
    startsOn: '2020-01-01',
    identifiers: [{ value: 'GM9002' }, {}, {}],
  });
  t.match(
    made.get('1'),
    { successor: { id: made.get('2')?.id }, endsOn: '2020-01-01' },
    'a successor may stand below its predecessor',
  );
  t.same(made.get('3')?.identifiers, []);
  t.match(await countImportFaults(db, done.id), [
    { refused: true, count: 1 },
    { refused: true, count: 1 },
    { refused: true, count: 1 },
    { refused: true, count: 1 },
    { refused: true, count: 1 },
    { refused: true, count: 1 },
    { column: 'cbs', code: 'identifier_taken', refused: false, count: 1, lines: [4] },
    {},
    {},
  ]);
});

t.test('a second run changes nothing and warns of the same', async (t) => {
  const { db, sql } = await testDatabase(t);
  await importText(db, dirty);
  const state = async () => ({
    organisations: await sql`select * from organisations order by id`,
    identifiers: await sql`select * from organisation_identifiers order by id`,
    versions: await sql`select * from organisation_versions order by organisation_id, version`,
    events: await sql`select * from events where subject_type <> 'import' order by position`,
  });
  const before = await state();
  const again = await importText(db, dirty, {}, { batchSize: 3 });
  t.same(again.rows, outcomes('unchanged'));
  t.match(again, { createdCount: 0, updatedCount: 0, unchangedCount: 5, refusedCount: 5, warningCount: 3 });
  t.same(await state(), before);
});

t.test('a changed row changes its organisation with a version, and what is not in the file stays', async (t) => {
  const { db } = await testDatabase(t);
  await importText(db, dirty);
  const changed = await importText(db, [
    'key,name,kind,cbs',
    '2,Gemeente Nieuwer,municipality,GM9003',
    '4,Zorg,care_organisation,',
  ]);
  t.same(changed.rows, ['2 updated', '3 unchanged']);
  const [first] = changed.items;
  const { body, version } = await getOrganisation(db, administrator, first?.subjectId ?? '');
  t.equal(version, 2);
  t.match(body, { name: 'Gemeente Nieuwer', region: 'Maarland', startsOn: '2020-01-01' });
  t.same(
    body.identifiers.map(({ value, validUntil }) => [value, validUntil === null]),
    [
      ['GM9002', false],
      ['GM9003', true],
      ['90000002', true],
      ['90000003', true],
    ],
    'an identifier that is gone from the file ends, those of other schemes stay',
  );
});

t.test(
  'an organisation that is known here by an identifier is not imported twice, and keeps what it says',
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const here = await createOrganisation(db, by(), {
      kind: 'municipality',
      name: 'Ours',
      identifiers: [{ scheme: 'cbs', value: 'GM9001' }],
    });
    const file = [header, 'a,Theirs,municipality,,,,GM9001,,', 'b,Other,municipality,,,,GM9001,,'];
    const first = await importText(db, file, { source: 'one' });
    t.same(
      first.rows,
      ['2 unchanged', '3 created cbs identifier_taken'],
      'one identifier stands for one organisation of a source',
    );
    t.equal(first.items[0]?.subjectId, here.body.id);
    t.same((await importText(db, file, { source: 'one' })).rows, ['2 unchanged', '3 unchanged cbs identifier_taken']);
    t.same((await importText(db, file.slice(0, 2), { source: 'two' })).rows, ['2 unchanged']);
    t.match((await getOrganisation(db, administrator, here.body.id)).body, { name: 'Ours', source: null });
    t.equal((await organisations(db)).length, 2);
    const [keys] = await sql`select count(*)::int as count from organisation_keys`;
    t.equal(keys?.count, 3);
  },
);

t.test('an import does not undo a merger that was recorded here', async (t) => {
  const { db } = await testDatabase(t);
  const file = [header, '1,Oud,municipality,,,,,,', '2,Nieuw,municipality,,,,,,'];
  const done = await importText(db, file);
  const [old, young] = done.items.map((row) => row.subjectId ?? '');
  const { recordMerger } = await import('../../../src/features/organisations/mergers.ts');
  await recordMerger(
    db,
    by(),
    { predecessorIds: [old ?? ''], successorId: young ?? '', effectiveOn: '2024-01-01' },
    async () => [],
  );
  t.same((await importText(db, file)).rows, ['2 unchanged', '3 unchanged']);
  t.match((await getOrganisation(db, administrator, old ?? '')).body, {
    endsOn: '2024-01-01',
    successor: { id: young },
  });
});

t.test('a dry run tells the same and stores nothing but its report', async (t) => {
  const { db, sql } = await testDatabase(t);
  const rehearsed = await importText(db, dirty, { dryRun: true }, { batchSize: 1 });
  t.same(rehearsed.rows, outcomes('created'), 'also when rows that belong together are in different batches');
  t.match(rehearsed, { state: 'succeeded', createdCount: 5, refusedCount: 5, warningCount: 3 });
  t.ok(rehearsed.items.every((row) => row.subjectId === null));
  t.same(await organisations(db), []);
  const [events] = await sql`select count(*)::int as count from events where subject_type <> 'import'`;
  t.equal(events?.count, 0);
});

const many = (count: number) => [
  'key,name,kind',
  ...Array.from({ length: count }, (_, n) => `${n},Organisation ${n},other`),
];

t.test('a job that dies after a batch is taken over: no row is lost and none is done twice', async (t) => {
  const { db, sql } = await testDatabase(t);
  const { body } = await createImport(
    db,
    by(),
    { resource: 'organisations', source: 'test', dryRun: false },
    many(100).join('\n'),
  );
  let batches = 0;
  const dies = runDueImports(db, {
    ...options({ batchSize: 10 }),
    onBatch: () => {
      batches += 1;
      return batches === 3 ? new Promise<never>(() => undefined) : undefined;
    },
  });
  dies.catch(() => undefined);
  while (batches < 3) await getImport(db, administrator, body.id);
  t.equal(await runDueImports(db, options()), false, 'while its lease lasts, nobody else works on it');
  t.match((await getImport(db, administrator, body.id)).body, { state: 'running', processedCount: 30 });
  await sql`update imports set lease_until = now() - interval '1 second'`;
  await runAll(db, { batchSize: 10 });
  t.match((await getImport(db, administrator, body.id)).body, {
    state: 'succeeded',
    processedCount: 100,
    createdCount: 100,
  });
  const [counts] = await sql`select (select count(*)::int from organisations) as organisations,
    (select count(*)::int from events where type = 'organisation.registered') as events`;
  t.same(counts, { organisations: 100, events: 100 });
});

t.test('a job that lost its lease writes no more', async (t) => {
  const { db, sql } = await testDatabase(t);
  await createImport(db, by(), { resource: 'organisations', source: 'test', dryRun: false }, many(30).join('\n'));
  const slow = runDueImports(db, {
    ...options({ batchSize: 10 }),
    onBatch: async () => {
      await sql`update imports set lease_token = ${newId()}, lease_until = now() - interval '1 second'`;
    },
  });
  t.equal(await slow, true);
  const [count] = await sql`select count(*)::int as count from organisations`;
  t.equal(count?.count, 10);
  await runAll(db);
  const [after] = await sql`select count(*)::int as count from organisations`;
  t.equal(after?.count, 30);
});

t.test('two workers share the queue: files of one source one after another, each row once', async (t) => {
  const { db, sql } = await testDatabase(t);
  const input = { resource: 'organisations', dryRun: false } as const;
  for (const source of ['a', 'a', 'b', 'b']) await createImport(db, by(), { ...input, source }, many(60).join('\n'));
  await Promise.all([runAll(db, { batchSize: 7 }), runAll(db, { batchSize: 7 })]);
  await runAll(db);
  const { items } = await listImports(db, administrator, { limit: 50 });
  t.same(
    items.map(({ source, createdCount, unchangedCount }) => `${source} ${createdCount} ${unchangedCount}`),
    ['b 0 60', 'b 60 0', 'a 0 60', 'a 60 0'],
  );
  const [count] = await sql`select count(*)::int as count from organisations`;
  t.equal(count?.count, 120);
});

t.test('a worker that is told to stop finishes its batch and leaves the rest to the next', async (t) => {
  const { db } = await testDatabase(t);
  const { body } = await createImport(
    db,
    by(),
    { resource: 'organisations', source: 'test', dryRun: false },
    many(20).join('\n'),
  );
  const controller = new AbortController();
  await runDueImports(db, options({ batchSize: 10, signal: controller.signal, onBatch: () => controller.abort() }));
  t.match((await getImport(db, administrator, body.id)).body, { state: 'running', processedCount: 10 });
  t.equal(await runDueImports(db, options()), true, 'at once, without waiting for a lease');
  t.match((await getImport(db, administrator, body.id)).body, { state: 'succeeded', processedCount: 20 });
});

t.test('cancelImport stops an import once and for all', async (t) => {
  const { db } = await testDatabase(t);
  const { body } = await createImport(
    db,
    by(),
    { resource: 'organisations', source: 'test', dryRun: false },
    many(20).join('\n'),
  );
  await runDueImports(
    db,
    options({ batchSize: 10, onBatch: async () => void (await cancelImport(db, by(), body.id)) }),
  );
  const cancelled = (await cancelImport(db, by(), body.id)).body;
  t.match(cancelled, { state: 'cancelled', processedCount: 10, createdCount: 10 });
  t.equal(await runDueImports(db, options()), false);
  const pending = await listImportRows(db, administrator, body.id, { limit: 200, outcome: 'pending' }, 'en');
  t.equal(pending.items.length, 10);
  const done = await importText(db, many(3), { source: 'other' });
  await t.rejects(cancelImport(db, by(), done.id), { code: 'import_finished' });
  await t.rejects(cancelImport(db, by(), newId()), { code: 'not_found' });
});

t.test('a row that the database will not take is refused alone', async (t) => {
  const { db, owner } = await testDatabase(t);
  await owner`alter table organisations add constraint no_thirteen check (name <> 'Organisation 13')`;
  const done = await importText(db, many(20), {}, { batchSize: 8 });
  t.match(done, { state: 'succeeded', createdCount: 19, refusedCount: 1 });
  t.same(
    done.rows.filter((row) => row.includes('refused')),
    ['15 refused  not_stored'],
  );
});

t.test('an import that cannot go on is given up after ten attempts, and the next gets its turn', async (t) => {
  const { db, sql, owner } = await testDatabase(t);
  await owner`alter table organisation_keys rename to hidden`;
  const { body } = await createImport(
    db,
    by(),
    { resource: 'organisations', source: 'test', dryRun: false },
    many(2).join('\n'),
  );
  for (let attempt = 1; attempt <= 10; attempt++) {
    t.match((await getImport(db, administrator, body.id)).body, { finishedAt: null });
    await t.rejects(runDueImports(db, options()));
    await sql`update imports set lease_until = now() - interval '1 second'`;
  }
  t.match((await getImport(db, administrator, body.id)).body, { state: 'failed', processedCount: 0 });
  t.equal(await runDueImports(db, options()), false);
});

t.test('createImport refuses a faulty file as a whole and stores nothing', async (t) => {
  const { db, sql } = await testDatabase(t);
  const refuse = (text: string, codes: string[]) =>
    t.rejects(createImport(db, by(), { resource: 'organisations', source: 'test', dryRun: false }, text), {
      code: 'invalid_input',
      errors: codes.map((code) => ({ in: 'file', code })),
    });
  await refuse('', ['empty_file']);
  await refuse(header, ['empty_file']);
  await refuse('key,colour\n1,red', ['unknown_column', 'missing_column', 'missing_column']);
  await refuse(`${many(2500).join('\n')}\n"open`, ['not_csv']);
  const [count] =
    await sql`select (select count(*)::int from imports) as imports, (select count(*)::int from import_rows) as rows,
    (select count(*)::int from events) as events`;
  t.same(count, { imports: 0, rows: 0, events: 0 });
});

t.test('listImportRows filters, pages and tells faults in the language of the caller', async (t) => {
  const { db } = await testDatabase(t);
  const { id } = await importText(db, dirty);
  const list = (query: object, language: 'en' | 'nl' = 'en') =>
    listImportRows(db, administrator, id, { limit: 200, ...query }, language);
  t.same(
    (await list({ outcome: 'refused' })).items.map(({ line }) => line),
    [6, 7, 8, 9, 11],
  );
  t.same(
    (await list({ withFaults: false })).items.map(({ line }) => line),
    [2, 3],
  );
  t.same(
    (await list({ outcome: 'created', withFaults: true })).items.map(({ line }) => line),
    [4, 5, 10],
  );
  const page = await list({ limit: 4 });
  t.same(
    (await list({ limit: 4, after: page.next })).items.map(({ line }) => line),
    [6, 7, 8, 9],
  );
  const [english] = (await list({ outcome: 'refused' })).items;
  const [dutch] = (await list({ outcome: 'refused' }, 'nl')).items;
  t.not(english?.faults[0]?.detail, dutch?.faults[0]?.detail);
  await t.rejects(listImportRows(db, administrator, newId(), { limit: 1 }, 'en'), { code: 'not_found' });
  for (const row of (await list({})).items) for (const fault of row.faults) t.match(fault.detail, / /, fault.code);
});

t.test('a change by its own client outlives an import that brings nothing new, for other sources', async (t) => {
  const { db } = await testDatabase(t);
  const file = [header, '1,Gemeente,municipality,,,,GM9001,,'];
  const done = await importText(db, file, { source: 'one' });
  const id = done.items[0]?.subjectId ?? '';
  await changeOrganisation(db, by(), id, 1, { region: 'Maarland' });
  t.same((await importText(db, file, { source: 'two' })).rows, ['2 unchanged']);
  t.match((await getOrganisation(db, administrator, id)).body, { region: 'Maarland' });
});
