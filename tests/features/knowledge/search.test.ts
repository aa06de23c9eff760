import t from 'tap';
import { listKnowledgeItems } from '../../../src/features/knowledge/items.ts';
import { KnowledgeFacetQuery } from '../../../src/features/knowledge/schemas.ts';
import { countKnowledgeItems } from '../../../src/features/knowledge/search.ts';
import { shareKnowledgeItem } from '../../../src/features/knowledge/shares.ts';
import type { Db } from '../../../src/platform/db.ts';
import { Problem } from '../../../src/platform/problem.ts';
import { testDatabase } from '../../helpers/db.ts';
import { caller } from '../../helpers/people.ts';
import { by, found, outcome, type Party, parties, walk } from '../alliances/world.ts';
import { asked, type Fields, write } from './world.ts';

const anybody = caller();
const search = async (db: Db, q: string, fields: Parameters<typeof asked>[0] = {}, who = anybody) =>
  (await listKnowledgeItems(db, who, asked({ q, ...fields }))).items;
const titles = async (db: Db, q: string, fields?: Parameters<typeof asked>[0], who = anybody) =>
  (await search(db, q, fields, who)).map(({ title }) => title);

async function corpus(db: Db, author: Party, texts: readonly Fields[]): Promise<void> {
  for (const fields of texts) await write(db, author, { visibility: 'public', ...fields });
}

t.test('inflected Dutch words find each other, phrases stay together, and words can be left out', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  await corpus(db, author, [
    { title: 'Eerste', body: 'Een samenwerkingsverband van gemeenten voor jeugdzorg.' },
    { title: 'Tweede', body: 'De beoordeling van algoritmes gaat aan hun inzet vooraf.' },
    { title: 'Derde', body: 'De jeugd beoordeelt de zorg van gemeenten.' },
    { title: 'Engels', language: 'en', body: 'Municipalities were learning to use algorithms.' },
  ]);
  t.same(await titles(db, 'samenwerkingsverbanden jeugdzorg'), ['Eerste']);
  t.same(await titles(db, 'algoritmes beoordelen'), ['Tweede']);
  t.same(await titles(db, '"zorg van gemeenten"'), ['Derde']);
  t.same(await titles(db, '"gemeenten zorg"'), []);
  t.same(await titles(db, 'gemeente -jeugdzorg'), ['Derde']);
  t.same((await titles(db, 'algoritmes or jeugdzorg')).sort(), ['Eerste', 'Tweede']);
  t.same(await titles(db, 'municipality learned'), ['Engels'], 'an English text by English rules');
  t.same(await titles(db, 'learned', { language: 'nl' }), []);
});

t.test('a title stands above a summary, and a summary above a text, however often the text says it', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  await corpus(db, author, [
    { title: 'In de tekst', body: 'schuld '.repeat(500) },
    { title: 'In de samenvatting', summary: 'Over schuld.' },
    { title: 'Schulden vroeg zien', body: 'lang '.repeat(500) },
  ]);
  const ranked = ['Schulden vroeg zien', 'In de samenvatting', 'In de tekst'];
  t.same(await titles(db, 'schuld'), ranked);
  const walked = await walk((after) => listKnowledgeItems(db, anybody, { ...asked({ q: 'schuld', limit: 1 }), after }));
  t.same(
    walked.map(({ title }) => title),
    ranked,
    'also page by page',
  );
});

t.test('a snippet marks the words and escapes everything else', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  await corpus(db, author, [
    { title: 'Gevaar', body: 'a < b & "c" <b onclick=x>algoritmes</b> \ue000script\ue001 algoritmes \'d\'' },
  ]);
  const [item] = await search(db, 'algoritmes');
  const snippet = item?.snippet ?? '';
  t.match(snippet, '<mark>algoritmes</mark>');
  t.notMatch(snippet.replaceAll(/<\/?mark>/g, ''), /[<>"']/, 'no other markup is left');
  t.equal((snippet.match(/<mark>/g) ?? []).length, 2, 'the private characters of a text mark nothing');
  t.equal((await listKnowledgeItems(db, anybody, asked())).items[0]?.snippet, null, 'without words there is none');
});

t.test('words that say nothing are refused, also for the counts', async (t) => {
  const { db } = await testDatabase(t);
  const { author } = await parties(db, 'author');
  await corpus(db, author, [{ title: 'De het een', body: 'de het een' }]);
  for (const q of ['de', 'het een', '!!!', '"de"']) {
    const refused = await search(db, q).catch((error: unknown) => error);
    t.match(refused, { errors: [{ in: 'query', location: 'q', code: 'only_common_words' }] }, q);
    t.ok(refused instanceof Problem);
    t.equal(await outcome(countKnowledgeItems(db, anybody, { q })), 'invalid_input');
  }
  t.equal(await outcome(search(db, 'the', { language: 'en' })), 'invalid_input');
  for (const q of ["'; drop table x --", '& | !', '((', ':*', '\\', 'a:b <-> c'])
    t.match(await outcome(search(db, q)), /^(done|invalid_input)$/, q);
});

t.test('search and counts show what the caller may see, with every filter', async (t) => {
  const { db } = await testDatabase(t);
  const { author, reader } = await parties(db, 'author', 'reader');
  const closed = await found(db, author, { visibility: 'closed', kind: 'community', endsOn: '2099-01-01' });
  const space = await write(db, author, { title: 'Geheim gesprek', visibility: 'alliances', themes: ['geheim'] });
  await shareKnowledgeItem(db, by(author), space.id, { allianceId: closed });
  await write(db, author, {
    title: 'Gesprek van het netwerk',
    visibility: 'network',
    type: 'lesson',
    themes: ['zorg'],
  });
  await write(db, author, {
    title: 'Openbaar gesprek',
    visibility: 'public',
    themes: ['zorg', 'jeugd'],
    licence: 'CC0-1.0',
  });
  await write(db, author, { title: 'Concept gesprek', publish: false, visibility: 'public' });
  const counted = async (who: typeof anybody, fields: object = {}) =>
    (await countKnowledgeItems(db, who, KnowledgeFacetQuery.parse({ q: 'gesprekken', ...fields }))).body;
  t.same((await titles(db, 'gesprekken')).sort(), ['Openbaar gesprek']);
  t.equal((await titles(db, 'gesprekken', {}, reader.caller)).length, 2);
  t.equal((await titles(db, 'gesprekken', {}, author.caller)).length, 4);
  t.same(await counted(anybody), {
    itemCount: 1,
    types: [{ value: 'practice', count: 1 }],
    themes: [
      { value: 'jeugd', count: 1 },
      { value: 'zorg', count: 1 },
    ],
    languages: [{ value: 'nl', count: 1 }],
    licences: [{ value: 'CC0-1.0', count: 1 }],
    organisations: [{ id: author.id, name: 'author', count: 1 }],
    alliances: [],
  });
  t.match(await counted(reader.caller), { itemCount: 2, alliances: [], themes: [{ value: 'zorg', count: 2 }, {}] });
  t.match(await counted(author.caller), { itemCount: 4, alliances: [{ id: closed, count: 1 }] });
  t.equal((await counted(author.caller, { theme: 'zorg', type: 'lesson' })).itemCount, 1);
  t.same(await titles(db, 'gesprek', { theme: 'zorg', type: 'lesson' }, reader.caller), ['Gesprek van het netwerk']);
  t.same(await titles(db, 'gesprek', { allianceId: closed }, reader.caller), []);
  t.same(await titles(db, 'gesprek', { allianceId: closed }, author.caller), ['Geheim gesprek']);
  t.same(await titles(db, 'gesprek', { asOf: '2020-01-01' }, author.caller), []);
  t.equal((await countKnowledgeItems(db, author.caller, {})).body.itemCount, 4, 'without words all are counted');
});
