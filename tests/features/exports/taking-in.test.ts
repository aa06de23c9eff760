import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import t from 'tap';
import { publishedReceiptKeys } from '../../../src/features/access/access.ts';
import { createClient } from '../../../src/features/access/clients.ts';
import { createExport, planFor, readArchive, takeIn } from '../../../src/features/exports/exports.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import { scopes } from '../../../src/platform/caller.ts';
import { namedId } from '../../../src/platform/id.ts';
import { exporter, manifestIn, rowsIn, unpack } from '../../helpers/archives.ts';
import { type TestDatabase, testDatabase } from '../../helpers/db.ts';
import { demoNode, runExports } from '../../helpers/demo.ts';
import { testKey } from '../../helpers/oauth.ts';
import { administrator, caller, context } from '../../helpers/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'samendoen-taking-in-'));
t.teardown(() => rmSync(folder, { recursive: true }));

/** An archive on disk, of bytes or of files. */
async function archive(name: string, content: Buffer | ReadonlyMap<string, Buffer>): Promise<string> {
  const path = join(folder, `${name}.tar.gz`);
  const entries = Buffer.isBuffer(content)
    ? []
    : [...content].map(([name, body]) => ({ header: { name, size: body.length }, body: Uint8Array.from(body) }));
  writeFileSync(path, Buffer.isBuffer(content) ? content : gzipSync(await packTar(entries)));
  return path;
}

/** The node that takes in. */
const here = 'https://here.example';

const first = await demoNode(t);
const { bytes } = await exporter(first, first.token).make();
const files = unpack(bytes);

/** What the same organisation exports of another node. */
async function exportOf(database: TestDatabase): Promise<Map<string, Buffer>> {
  const organisationId = namedId('node organisation');
  const jwks = { keys: [(await testKey('ES256')).jwk] };
  const client = { name: 'Academie', organisationId, scopes: [...scopes], administrator: true, jwks };
  const { body } = await createClient(database.db, context(administrator), client as never);
  const who = context(caller({ clientId: body.id, organisationId, administrator: true }));
  const asked = await createExport(database.db, who, { format: 'ndjson' });
  await runExports(database.db);
  const parts = await database.sql`select bytes from export_parts where export_id = ${asked.body.id} order by number`;
  return unpack(Buffer.concat(parts.map((part) => part.bytes as Buffer)));
}

t.test('an export is taken in by an empty node, whose export then has the same lines', async (t) => {
  const read = await readArchive(await archive('whole', bytes));
  const plan = planFor(read, here);
  const second = await testDatabase(t);
  await takeIn(second.db, read, plan);
  const again = await exportOf(second);
  const taken = [...plan.rows].filter(([, rows]) => rows.length > 0).map(([resource]) => resource);
  t.same(
    plan.leftOut.map(({ resource, rows, why }) => `${resource} ${rows} ${why}`),
    [
      // A space that was destroyed, of which its last member knows no name.
      'memberships 1 refer to what the archive does not hold',
      'sponsorships 2 cannot be taken in',
      'harvests 1 cannot be taken in',
      'handovers 1 cannot be taken in',
      'professionals 7 cannot be taken in',
      'affiliations 6 cannot be taken in',
      'professional-contributions 2 cannot be taken in',
      'erasures 1 cannot be taken in',
    ],
    'what is left out is told',
  );
  t.equal(taken.length, 25);
  t.match(
    await verifyOwnership(second.db, await publishedReceiptKeys(first.db)),
    { records: 8, faults: [] },
    'the receipts hold, by the keys of the node that signed them',
  );
  for (const resource of taken) {
    const before = (plan.rows.get(resource) ?? []).map(({ id, number }) => String(id ?? number));
    const expected = rowsIn(files, resource).filter(
      (row) => before.includes(String(row.id ?? row.number)) || row.version,
    );
    t.same(rowsIn(again, resource), expected, `${resource} is the same`);
  }
  t.ok(manifestIn(again).resources.every(({ resource, rows }) => taken.includes(resource) || rows === 0));
});

t.test('a node that is not empty is left as it is', async (t) => {
  const read = await readArchive(await archive('again', bytes));
  await t.rejects(
    takeIn(first.db, read, planFor(read, here)),
    /the node is not empty: it has \d+ organisations beside its own, and \d+ alliances/,
  );
});

t.test('an archive that was altered is refused, and what is wrong is told', async (t) => {
  const altered = new Map(files);
  altered.set('alliances.ndjson', Buffer.from(String(files.get('alliances.ndjson')).replace('"closed"', '"public"')));
  altered.set('mergers.ndjson', Buffer.from(String(files.get('mergers.ndjson')).replace('2026', '2025')));
  altered.delete('stances.ndjson');
  altered.set('more.ndjson', Buffer.from('{}\n'));
  await t.rejects(readArchive(await archive('altered', altered)), {
    message: [
      'The archive was refused and nothing was stored:',
      '  mergers.ndjson: is not what the manifest says',
      '  alliances.ndjson: is not what the manifest says',
      '  stances.ndjson: is not there',
      '  more.ndjson: is not in the manifest',
    ].join('\n'),
  });
  await t.rejects(readArchive(await archive('cut', bytes.subarray(0, 5000))), /not a whole gzipped tar archive/);
  await t.rejects(readArchive(join(folder, 'none.tar.gz')), /there is no file/);
  const newer = { ...manifestIn(files), formatVersion: 2 };
  const unknown = new Map(files).set('manifest.json', Buffer.from(JSON.stringify(newer)));
  await t.rejects(readArchive(await archive('newer', unknown)), /manifest.json: formatVersion/);
});

t.test('a row that is none, under a manifest that fits it, is refused by its line', async (t) => {
  const line = Buffer.from('{"id":"no identifier"}\n');
  const sha256 = createHash('sha256').update(line).digest('hex');
  const manifest = manifestIn(files);
  const resources = [{ resource: 'alliances', file: 'alliances.ndjson', rows: 1, bytes: line.length, sha256 }];
  const forged = new Map([
    ['manifest.json', Buffer.from(JSON.stringify({ ...manifest, resources }))],
    ['alliances.ndjson', line],
  ]);
  await t.rejects(readArchive(await archive('forged', forged)), /alliances, line 1: id/);
});

t.test('an archive without the organisations that it names is refused, and nothing is stored', async (t) => {
  const { bytes: some } = await exporter(first, first.token).make({ resources: ['alliances', 'memberships'] });
  const read = await readArchive(await archive('some', some));
  const empty = await testDatabase(t);
  await t.rejects(takeIn(empty.db, read, planFor(read, here)), /names an organisation that it does not hold/);
  t.same(await empty.sql`select from alliances`, []);
});

t.test('what was kept at the exporting node is kept here, and a replica of what is kept here comes home', async (t) => {
  const there = 'https://third.example';
  for (const table of ['organisations', 'alliances', 'knowledge_items']) {
    // Those that whoever exports may see.
    const shown = table === 'organisations' ? first.owner`true` : first.owner`visibility = 'public'`;
    const home = (url: string) => first.owner`update ${first.owner(table)} set home = ${url}
      where id = (select id from ${first.owner(table)} where home is null and ${shown}
        and id <> ${namedId('node organisation')} order by id limit 1)`;
    await home(there);
    await home(here);
  }
  const { bytes: kept } = await exporter(first, first.token).make({
    resources: ['organisations', 'alliances', 'knowledge-items'],
  });
  const read = await readArchive(await archive('homes', kept));
  const second = await testDatabase(t);
  await takeIn(second.db, read, planFor(read, here));
  for (const table of ['organisations', 'alliances', 'knowledge_items']) {
    const rows =
      await second.owner`select home, count(*)::int as count from ${second.owner(table)} group by 1 order by 1`;
    const homes = rows.map(({ home }) => home);
    t.same(homes, [there, null], `${table}: ${JSON.stringify(rows)}`);
    const [exported] = await first.owner`select count(*)::int as count from ${first.owner(table)} where home = ${here}`;
    t.equal(exported?.count, 1);
  }
});
