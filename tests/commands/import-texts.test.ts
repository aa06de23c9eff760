import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { importTexts, textSummaryText } from '../../src/commands/texts-import.ts';
import { getKnowledgeItem, listKnowledgeItems, withdrawKnowledgeItem } from '../../src/features/knowledge/items.ts';
import { getKnowledgeVersion } from '../../src/features/knowledge/versions.ts';
import { createOrganisation } from '../../src/features/organisations/organisations.ts';
import type { Db } from '../../src/platform/db.ts';
import { asked } from '../features/knowledge/world.ts';
import { contentsOf } from '../helpers/contents.ts';
import { testDatabase } from '../helpers/db.ts';
import { administrator, caller, context } from '../helpers/people.ts';

const record = (id: string, fields: object = {}) => ({
  id,
  kind: 'measure',
  title: `Maatregel ${id}`,
  text: `De tekst van ${id}.`,
  lang: 'nl',
  licence: 'CC0-1.0',
  url: `https://voorbeeld.example/${id}`,
  topics: ['Zorg | Jeugd', 'zorg'],
  ...fields,
});

function directoryOf(t: Pick<typeof import('tap').t, 'teardown'>, files: readonly (readonly (object | string)[])[]) {
  const directory = mkdtempSync(join(tmpdir(), 'texts-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const names = ['algoritmekader.ndjson', 'afsprakenstelsel.ndjson', 'roo_texts.ndjson'];
  const lines = (rows: readonly (object | string)[] = []) =>
    rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
  names.forEach((name, index) => {
    writeFileSync(join(directory, name), lines(files[index]));
  });
  return directory;
}

const nodeOrganisation = async (db: Db) =>
  (await createOrganisation(db, context(administrator), { kind: 'other', name: 'Knooppunt', identifiers: [] })).body.id;
const runOn = (db: Db, signal = new AbortController().signal) => ({
  db,
  signal,
  log: { error: () => undefined, info: () => undefined },
});
const countsOf = (summaries: Awaited<ReturnType<typeof importTexts>>) => summaries.map(({ counts }) => counts);

t.test('texts become public items with their own licence, and the same directory again changes nothing', async (t) => {
  const { db, owner } = await testDatabase(t);
  const organisationId = await nodeOrganisation(db);
  const directory = directoryOf(t, [
    [record('a'), record('b', { kind: 'tool', licence: 'EUPL-1.2' })],
    [record('c', { kind: 'framework-section' })],
    [record('d'), record('e', { text: 'De tekst van d.' })],
  ]);
  const summaries = await importTexts(runOn(db), directory, organisationId);
  t.match(countsOf(summaries), [{ created: 2 }, { created: 1 }, { created: 1 }]);
  t.equal(summaries[2]?.repeated, 1, 'a text that repeats is one item');
  const { items } = await listKnowledgeItems(db, caller(), asked({ source: 'algoritmekader' }));
  t.match(items, [
    {
      type: 'practice',
      licence: 'CC0-1.0',
      themes: ['zorg', 'jeugd'],
      sourceKey: 'a',
      organisation: { name: 'Knooppunt' },
    },
    { type: 'tool', licence: 'EUPL-1.2', visibility: 'public', state: 'published', publishedVersion: 1 },
  ]);
  const before = await contentsOf(owner);
  const again = await importTexts(runOn(db), directory, organisationId);
  t.match(countsOf(again), [{ unchanged: 2 }, { unchanged: 1 }, { unchanged: 1 }]);
  t.same(await contentsOf(owner), before);
});

t.test('a text that changed becomes the next version; one that was withdrawn here stays so', async (t) => {
  const { db } = await testDatabase(t);
  const organisationId = await nodeOrganisation(db);
  await importTexts(runOn(db), directoryOf(t, [[record('a'), record('b')]]), organisationId);
  const { items } = await listKnowledgeItems(db, caller(), asked());
  const [first, second] = items.map(({ id }) => id) as [string, string];
  await withdrawKnowledgeItem(db, context(caller({ organisationId })), second, { reason: 'Achterhaald.' });
  const changed = directoryOf(t, [[record('a', { text: 'Anders.' }), record('b', { text: 'Ook anders.' })]]);
  const [summary] = await importTexts(runOn(db), changed, organisationId);
  t.match(summary?.counts, { created: 0, updated: 1, refused: 1 });
  t.match((await getKnowledgeItem(db, caller(), first)).body, { body: 'Anders.', publishedVersion: 2 });
  t.match((await getKnowledgeVersion(db, caller(), first, 1)).body, { body: 'De tekst van a.' });
  t.match((await getKnowledgeItem(db, caller(), second)).body, { state: 'withdrawn', body: null });
});

t.test('what cannot be an item is refused by its line with a reason, and loses no other', async (t) => {
  const { db } = await testDatabase(t);
  const directory = directoryOf(t, [
    [
      '{',
      record('a', { licence: 'vrij' }),
      record('b', { title: ' ' }),
      record('c', { text: 'x'.repeat(200_001) }),
      record('d', { text: 'nul \0' }),
      record('e', { url: 'javascript:alert(1)' }),
      record('f'.repeat(201)),
      record('goed'),
    ],
  ]);
  const summaries = await importTexts(runOn(db), directory, await nodeOrganisation(db));
  t.match(countsOf(summaries)[0], { created: 1, refused: 7 });
  const told = textSummaryText(summaries);
  for (const [line, reason] of [
    [1, 'well-formed JSON'],
    [2, 'licence Is not the SPDX identifier'],
    [3, 'title Is required'],
    [4, 'body May have at most 200000'],
    [5, 'NUL characters'],
    [6, 'links/0/href Is not valid'],
    [7, 'id May have at most 200'],
  ] as const)
    t.match(told, new RegExp(`line ${line}: .*${reason}`));
});

t.test('an import that is interrupted stops between two batches, and goes on when it runs again', async (t) => {
  const { db } = await testDatabase(t);
  const organisationId = await nodeOrganisation(db);
  const directory = directoryOf(t, [Array.from({ length: 600 }, (_, n) => record(`t${n}`))]);
  const controller = new AbortController();
  const run = { ...runOn(db, controller.signal), progress: () => controller.abort() };
  await t.rejects(importTexts(run, directory, organisationId), /interrupted/);
  const summaries = await importTexts(runOn(db), directory, organisationId);
  t.match(countsOf(summaries)[0], { created: 350, unchanged: 250 });
  await t.rejects(importTexts(runOn(db), '/nowhere', organisationId), /ENOENT/);
});
