import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));

function sources(folder: string): { path: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({
      path: join(folder, path).replaceAll('\\', '/'),
      text: readFileSync(join(root, folder, path), 'utf8'),
    }));
}

const features = sources('src/features');
const tables = features
  .filter(({ path }) => path.endsWith('/tables.ts'))
  .flatMap(({ path, text }) =>
    [...text.matchAll(/export const (\w+) = pgTable\(\s*'(\w+)'/g)].map(([, name, sqlName]) => ({
      name: name ?? '',
      sqlName: sqlName ?? '',
      folder: path.slice(0, path.lastIndexOf('/')),
    })),
  );

function foreignWrites(files: typeof features): string[] {
  return files.flatMap(({ path, text }) =>
    tables
      .filter(({ folder }) => !path.startsWith(`${folder}/`))
      .filter(({ name, sqlName }) => {
        const target = `(?:\\$\\{${name}\\}|"?${sqlName}"?)`;
        const builder = new RegExp(`\\.(insert|update|delete)\\(\\s*${name}\\s*\\)`);
        const statement = new RegExp(`\\b(insert\\s+into|update|delete\\s+from|merge\\s+into)\\s+${target}\\b`, 'i');
        return builder.test(text) || statement.test(text);
      })
      .map(({ name }) => `${path} writes ${name}`),
  );
}

t.test('a table is written by its own feature alone', async (t) => {
  t.ok(tables.length >= 10, 'the guard found the tables');
  t.same(foreignWrites([...features, ...sources('src/commands'), ...sources('src/platform')]), []);
  const planted = { path: 'src/features/statistics/x.ts', text: 'await db.update(organisations).set({})' };
  t.same(
    foreignWrites([planted]),
    ['src/features/statistics/x.ts writes organisations'],
    'the guard sees a planted fault',
  );
  const raw = { path: 'src/features/statistics/x.ts', text: 'sql`insert into events (id) values (1)`' };
  t.same(foreignWrites([raw]), ['src/features/statistics/x.ts writes events']);
});

const transactions = /\.transaction\(\s*(?:async\s*)?\(?\s*(\w*)/g;
const wrongHandles = (files: typeof features) =>
  files.flatMap(({ path, text }) =>
    [...text.matchAll(transactions)].filter(([, name]) => name !== 'db').map(([, name]) => `${path}: ${name}`),
  );

t.test('inside a transaction the database handle is called db, so that the outer one is out of reach', async (t) => {
  const all = sources('src');
  t.ok(
    all.some(({ text }) => text.match(transactions) !== null),
    'the guard found a transaction',
  );
  t.same(wrongHandles(all), []);
  t.same(
    wrongHandles([{ path: 'x.ts', text: 'db.transaction(async (tx) => tx)' }]),
    ['x.ts: tx'],
    'the guard sees a planted fault',
  );
});

t.test('no file of the product is longer than about 300 lines', async (t) => {
  const long = sources('src').filter(({ text }) => text.split('\n').length > 320);
  t.same(
    long.map(({ path }) => path),
    [],
  );
});

t.test('the environment is read in one place', async (t) => {
  const readers = sources('src').filter(({ text }) => /process\.env/.test(text));
  t.same(
    readers.map(({ path }) => path),
    ['src/config.ts'],
  );
});
