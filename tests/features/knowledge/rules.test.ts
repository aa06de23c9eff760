import t from 'tap';
import { differencesOf } from '../../../src/features/knowledge/differences.ts';
import { licenceUrl } from '../../../src/features/knowledge/json-ld.ts';
import {
  adoptionFaults,
  type Content,
  changedContent,
  hashOf,
  isSame,
  keptThemes,
} from '../../../src/features/knowledge/rules.ts';

const content: Content = {
  type: 'practice',
  title: 'Titel',
  summary: 'Kort',
  body: 'Tekst',
  links: [],
  language: 'nl',
  licence: 'CC0-1.0',
  themes: ['zorg'],
};

t.test('a change leaves what is absent, and empties what is null', async (t) => {
  t.same(changedContent(content, {}), content);
  t.same(changedContent(content, { summary: null, body: null, links: null, themes: null }), {
    ...content,
    summary: '',
    body: '',
    themes: [],
  });
  t.same(changedContent(content, { links: [{ href: 'https://a.example' }] }).links, [
    { href: 'https://a.example', title: null },
  ]);
});

t.test('the hash names a content whatever the order of its properties, and changes with each of them', async (t) => {
  const reversed = Object.fromEntries(Object.entries(content).reverse()) as Content;
  t.equal(hashOf(reversed), hashOf(content));
  t.equal(hashOf({ ...content, id: 'more' } as Content), hashOf(content));
  const others: Partial<Content>[] = [
    { type: 'tool' },
    { title: 'x' },
    { summary: 'x' },
    { body: 'x' },
    { links: [{ href: 'https://a.example', title: null }] },
    { language: 'en' },
    { licence: 'MIT' },
    { themes: ['zorg', 'jeugd'] },
  ];
  t.equal(new Set([content, ...others.map((other) => ({ ...content, ...other }))].map(hashOf)).size, 9);
  t.ok(isSame(content, { ...content }));
});

t.test('themes are kept once, in the order in which they were given', async (t) => {
  t.same(keptThemes(['b', 'a', 'b']), ['b', 'a']);
});

t.test('an adoption is of a version that was published, on a day that was', async (t) => {
  const codes = (versionNumber: number, adoptedOn: string, published: number | null) =>
    adoptionFaults({ versionNumber, adoptedOn }, published, '2026-01-05').map(({ code }) => code);
  t.same(codes(1, '2026-01-05', 1), []);
  t.same(codes(2, '2026-01-06', 1), ['unknown_version', 'in_the_future']);
  t.same(codes(1, '2026-01-01', null), ['unknown_version']);
});

t.test('a text that stays the same has no hunks', async (t) => {
  const { body } = differencesOf(content, { ...content, title: 'x' }, { from: 'a', to: 'b' });
  t.same(body, { changed: false, tooLarge: false, hunks: [], unified: null });
});

t.test('licences lead to their page', async (t) => {
  t.equal(licenceUrl('CC-BY-NC-SA-4.0'), 'https://creativecommons.org/licenses/by-nc-sa/4.0/');
  t.equal(licenceUrl('CC0-1.0'), 'https://creativecommons.org/publicdomain/zero/1.0/');
  t.equal(licenceUrl('EUPL-1.2'), 'https://spdx.org/licenses/EUPL-1.2.html');
});
