import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse/sync';
import t from 'tap';
import { type ImportRun, importFile, summaryText } from '../../src/commands/file-import.ts';
import { importRegister } from '../../src/commands/register-import.ts';
import { getNetworkStatistics, listOrganisationStatistics } from '../../src/features/statistics/statistics.ts';
import type { Db } from '../../src/platform/db.ts';
import { asker, computingOf } from '../helpers/computing.ts';
import { testDatabase } from '../helpers/db.ts';
import { organisationWithCaller } from '../helpers/people.ts';
import { registerDirectory } from '../helpers/register.ts';

const silent = { error: () => undefined, info: () => undefined };
const runWith = (db: Db, told: string[] = []): ImportRun => ({
  db,
  log: silent,
  signal: new AbortController().signal,
  progress: (text) => told.push(text),
});

const files = {
  organisations:
    'key,name,kind,cbs,kvk\n1,Gemeente Lindeveen,municipality,GM9001,\n2,Thuiszorg,care_organisation,,90000001\n3,,other,,',
  alliances:
    'key,kind,name,visibility,startsOn\n10,alliance,Regeling,public,2015-01-01\n11,community,Kring,network,2015-01-01',
  memberships: [
    'key,allianceKey,organisationKey,role,startsOn,endsOn',
    'a,10,1,convener,2010-01-01,',
    'b,10,2,member,2015-01-01,2020-01-01',
    'c,10,cbs:GM9001,member,2001-01-01,2002-01-01',
    'd,10,3,member,2015-01-01,',
    'e,11,1,member,2015-01-01,',
    'f,10,1,member,2015-01-01,2014-01-01',
  ].join('\n'),
};

async function importAll(db: Db, dryRun = false) {
  const summaries = [];
  for (const resource of ['organisations', 'alliances', 'memberships'] as const) {
    const input = { resource, source: 'test', dryRun };
    summaries.push(await importFile(runWith(db), input, Readable.from([Buffer.from(files[resource])])));
  }
  return summaries;
}

t.test('three files become organisations, alliances and dated memberships that were agreed elsewhere', async (t) => {
  const { db, sql } = await testDatabase(t);
  const summaries = await importAll(db);
  t.match(
    summaries.map(({ view }) => [view.createdCount, view.refusedCount]),
    [
      [2, 1],
      [1, 1],
      [3, 3],
    ],
  );
  const rows =
    await sql`select m.source_key, m.state, m.basis, m.source, m.role, m.starts_on::text, m.ends_on::text, o.name
    from memberships m join organisations o on o.id = m.organisation_id order by 1`;
  t.match(
    [...rows],
    [
      {
        source_key: 'a',
        state: 'accepted',
        basis: 'recorded_elsewhere',
        source: 'test',
        role: 'convener',
        starts_on: '2010-01-01',
        ends_on: null,
      },
      { source_key: 'b', state: 'ended', name: 'Thuiszorg', ends_on: '2020-01-01' },
      { source_key: 'c', state: 'ended', name: 'Gemeente Lindeveen' },
    ],
  );
  const [decided] = await sql`select count(decided_by_organisation_id)::int as count from memberships`;
  t.equal(decided?.count, 0, 'nobody here said yes');
  t.match(summaries[2]?.faults.map(({ column, code, lines }) => [column, code, lines].join(' ')).sort(), [
    'allianceKey unknown_alliance 6',
    'endsOn ends_before_start 7',
    'organisationKey unknown_organisation 5',
  ]);
  const events = async () =>
    (await sql`select count(*)::int as count from events where subject_type <> 'import'`)[0]?.count;
  const before = await events();
  const again = await importAll(db);
  t.match(
    again.map(({ view }) => [view.unchangedCount, view.createdCount + view.updatedCount]),
    [
      [2, 0],
      [1, 0],
      [3, 0],
    ],
  );
  t.equal(await events(), before);
});

t.test('summaryText tells counts and reasons as tables', async (t) => {
  const { db } = await testDatabase(t);
  const text = summaryText((await importAll(db)).slice(0, 1));
  t.match(text, /resource +state +rows +created/);
  t.match(text, /organisations +succeeded +3 +2 +0 +0 +1 +0/);
  t.match(text, /organisations +row refused +name +required +1 +4/);
});

t.test('importFile refuses a file as a whole, and says so when it is interrupted', async (t) => {
  const { db } = await testDatabase(t);
  const input = { resource: 'organisations', source: 'test', dryRun: false } as const;
  await t.rejects(importFile(runWith(db), input, Readable.from([Buffer.from([0xff])])), { code: 'invalid_input' });
  const aborted = { ...runWith(db), signal: AbortSignal.abort() };
  await t.rejects(importFile(aborted, input, files.organisations), /goes on when the node runs/);
});

t.test('importRegister names a file that is missing', async (t) => {
  const { db } = await testDatabase(t);
  const directory = mkdtempSync(join(tmpdir(), 'register-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'municipalities.csv'), 'x\n');
  await t.rejects(importRegister(runWith(db), directory), /organisations\.csv/);
});

const register = registerDirectory();

t.test(
  'the register is imported, a second run changes nothing, and the statistic is that of the reference',
  { skip: register.skip },
  async (t) => {
    const { db, sql } = await testDatabase(t);
    const summaries = await importRegister(runWith(db), register.path);
    t.match(
      summaries.map(({ view }) => [view.state, view.rowCount, view.createdCount, view.refusedCount]),
      [
        ['succeeded', 3078, 3077, 1],
        ['succeeded', 549, 549, 0],
        ['succeeded', 4312, 4311, 1],
      ],
    );
    const reasons = summaries.flatMap(({ faults }) =>
      faults.map(({ column, code, count }) => `${column} ${code} ${count}`),
    );
    t.ok(reasons.includes('oin identifier_prefix_unknown 7'), 'malformed OINs are told');
    t.ok(reasons.includes('endsOn organisation_ended 196'), 'memberships of dissolved organisations are told');
    t.match(
      reasons.find((reason) => reason.startsWith('oin identifier_taken')),
      /1[0-9]$/,
      'repeated OINs are told',
    );

    const state = () => sql`select (select count(*)::int from events where subject_type <> 'import') as events,
    (select count(*)::int from organisation_versions) as versions, (select max(changed_at) from organisations) as organisations,
    (select max(changed_at) from alliances) as alliances, (select max(changed_at) from memberships) as memberships`;
    const before = await state();
    const again = await importRegister(runWith(db), register.path);
    t.match(
      again.map(({ view }) => [view.createdCount + view.updatedCount, view.unchangedCount]),
      [
        [0, 3077],
        [0, 549],
        [0, 4311],
      ],
    );
    t.same(await state(), before);

    const analyst = (await organisationWithCaller(db, 'Analysts', 'other')).caller;
    const query = { relation: 'membership' as const, asOf: '2026-05-16', organisationKind: ['municipality' as const] };
    const { body } = await getNetworkStatistics(computingOf(db), asker(analyst), query);
    t.match(body, {
      organisationCount: 342,
      allianceCount: 434,
      membershipCount: 3181,
      tieCount: 4437,
      totalWeight: 17557,
      componentCount: 1,
    });
    t.equal(body.density?.toFixed(7), '0.0760920');
    t.equal(body.globalClustering?.toFixed(7), '0.7644618');
    t.equal(body.meanLocalClustering?.toFixed(7), '0.8321000');
    const reference = parse(await readFile(`${register.path}/reference_nodes_municipalities.csv`, 'utf8'), {
      columns: true,
    }) as Record<string, string>[];
    const keys = new Map(
      (await sql<{ id: string; key: string }[]>`select organisation_id as id, key from organisation_keys`).map(
        (row) => [row.id, row.key],
      ),
    );
    const degrees: string[] = [];
    let after: string[] | undefined;
    do {
      const page = await listOrganisationStatistics(computingOf(db), asker(analyst), { ...query, limit: 200, after });
      for (const { id, degree, strength } of page.items) degrees.push(`${keys.get(id)} ${degree} ${strength}`);
      after = page.next;
    } while (after !== undefined);
    t.same(degrees.sort(), reference.map(({ id, degree, strength }) => `${id} ${degree} ${strength}`).sort());
  },
);
