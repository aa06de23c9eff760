import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { faultTexts } from '../../src/platform/fault-texts.ts';
import { fillIn, pickLanguage } from '../../src/platform/language.ts';
import { conflict, faultDetail, invalid, notFound, Problem, renderProblem } from '../../src/platform/problem.ts';
import { problems } from '../../src/platform/problem-catalogue.ts';
import { problemIndex, problemPage } from '../../src/platform/problem-pages.ts';

const rendered = { language: 'en', baseUrl: 'https://node.example', instance: 'urn:uuid:1' } as const;

t.test('a problem is rendered with every member of RFC 9457 in the language asked for', async (t) => {
  const problem = new Problem('insufficient_scope', { params: { scope: 'clients:read' } });
  t.equal(problem.status, 403);
  t.same(renderProblem(problem, { ...rendered, language: 'nl' }), {
    type: 'https://node.example/problems/insufficient_scope',
    title: 'Scope ontbreekt',
    status: 403,
    detail: 'Het toegangstoken mist de scope clients:read.',
    instance: 'urn:uuid:1',
    code: 'insufficient_scope',
  });
  t.equal(notFound().code, 'not_found');
  t.equal(conflict().status, 409);
  t.equal(
    renderProblem(conflict('handshake_refused', { state: 'expired', decision: 'accepted' }), rendered).detail,
    'The offer is expired and cannot become accepted.',
  );
});

t.test('every fault is shown with its place, its text and its code', async (t) => {
  const problem = invalid([
    { in: 'body', location: '/name', code: 'too_long', params: { maximum: 3 } },
    { in: 'query', location: 'limit', code: 'of_a_feature_without_text' },
  ]);
  t.same(renderProblem(problem, rendered).errors, [
    { in: 'body', location: '/name', detail: 'May have at most 3 characters.', code: 'too_long' },
    { in: 'query', location: 'limit', detail: 'Is not valid.', code: 'of_a_feature_without_text' },
  ]);
  t.equal(faultDetail({ in: 'file', location: 'a', code: 'required' }, 'nl'), 'Is verplicht.');
});

t.test('every problem and every fault has its texts in both languages with the same placeholders', async (t) => {
  const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const texts = [
    ...Object.values(problems).flatMap(({ title, detail }) => [title, detail]),
    ...Object.values(faultTexts),
  ];
  t.ok(texts.length > 80);
  for (const { en, nl } of texts) {
    t.ok(en.length > 0 && nl.length > 0);
    t.same(placeholders(en), placeholders(nl), en);
  }
});

t.test('every fault code that a feature names has a text', async (t) => {
  const root = new URL('../../src/features/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  t.ok(files.length > 5);
  for (const file of files) {
    const source = readFileSync(new URL(file, root), 'utf8');
    for (const [, code] of source.matchAll(/(?:location|column)[^;\n]*\bcode: '(\w+)'/g)) {
      t.ok(Object.hasOwn(faultTexts, code ?? ''), `${file} names ${code}`);
    }
  }
});

t.test('the language follows the weights of Accept-Language, and English is the default', async (t) => {
  const cases: [string | undefined, string][] = [
    [undefined, 'en'],
    ['nl', 'nl'],
    ['nl-NL,nl;q=0.9,en;q=0.8', 'nl'],
    ['en;q=0.3, NL;q=0.4', 'nl'],
    ['de, fr', 'en'],
    ['*', 'en'],
    ['nl;q=0', 'en'],
    ['nl;q=x', 'en'],
  ];
  for (const [header, language] of cases) t.equal(pickLanguage(header), language, String(header));
  t.equal(fillIn('{a} {b}', { a: 1 }), '1 {b}');
});

t.test('every problem type opens a page, and unknown ones do not', async (t) => {
  for (const code of Object.keys(problems)) t.match(problemPage(code, 'nl'), `<code>${code}</code>`);
  t.equal(problemPage('constructor', 'en'), undefined);
  t.match(problemIndex('nl'), '<html lang="nl">');
  t.notMatch(problemPage('not_acceptable', 'en'), /<script|style=/);
});
