import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import t from 'tap';
import { guardedFeatures, protectedTables } from '../helpers/gate.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
type Source = { readonly path: string; readonly text: string };

const sources: readonly Source[] = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path: `src/${path.replaceAll('\\', '/')}`, text: readFileSync(join(root, 'src', path), 'utf8') }));
const policy = 'src/features/policy/';
const elsewhere = sources.filter(({ path }) => !path.startsWith(policy));

/** Ways to make a predicate of the policy, or to look like one, that are the policy's own. */
const forgeries = [
  /\bas\s+(?:unknown\s+as\s+)?Visible\b/,
  /<Visible>/,
  /\/\*\s*policy\b/,
  /sql<[^>]*\bVisible\b/,
  /import\b[^;]*\bvisible\b[^;]*policy\.ts/,
];
const forgedIn = (files: readonly Source[]) =>
  files.filter(({ text }) => forgeries.some((forgery) => forgery.test(text))).map(({ path }) => path);

t.test('only the policy makes predicates that pass for its own', (t) => {
  t.ok(
    sources.some(({ path, text }) => path.startsWith(policy) && /as Visible/.test(text)),
    'the guard found the policy',
  );
  t.ok(elsewhere.length > 150, `${elsewhere.length} files`);
  t.same(forgedIn(elsewhere), []);
  for (const text of [
    'sql`true` as Visible',
    'x as unknown as Visible',
    'sql`/* policy */ true`',
    '<Visible>x',
    'sql<Visible>`x`',
    "import { visible } from '../policy/policy.ts';",
  ])
    t.same(forgedIn([{ path: 'x.ts', text }]), ['x.ts'], `the guard sees a planted fault: ${text}`);
  t.same(forgedIn([{ path: 'x.ts', text: 'type Sight = (viewer: Viewer) => Visible' }]), [], 'the type may be named');
  t.end();
});

const tablesOf = Object.fromEntries(
  Object.entries(guardedFeatures).map(([feature, exported]) => [
    feature,
    Object.entries(exported)
      .filter(([, table]) => is(table as unknown, PgTable) && protectedTables.includes(getTableName(table as PgTable)))
      .map(([name]) => name),
  ]),
);

/** The protected tables that a file imports, by the feature whose tables they are. */
function tablesImported({ path, text }: Source): string[] {
  const own = /^src\/features\/(\w+)\//.exec(path)?.[1];
  return [...text.matchAll(/import\s+(type\s+)?([^;]*?)\s+from\s+'([^']*tables\.ts)'/g)]
    .filter(([, type]) => type === undefined)
    .flatMap(([, , names = '', from = '']) => {
      const feature = from === './tables.ts' ? own : /(\w+)\/tables\.ts$/.exec(from)?.[1];
      const tables = tablesOf[feature ?? ''] ?? [];
      return names.startsWith('*')
        ? tables
        : tables.filter((name) => new RegExp(`(?<!type\\s)\\b${name}\\b`).test(names));
    });
}

/** Files that alone name columns or add rows, and read no protected row. */
const readsNothing: Readonly<Record<string, string>> = {
  'src/features/processing/processing.ts': 'adds records of processing',
  'src/features/knowledge/restoring.ts': 'adds what an archive holds to a node that has none of it',
  'src/features/sessions/restoring.ts': 'adds what an archive holds to a node that has none of it',
  'src/features/ownership/restoring.ts': 'adds what an archive holds to a node that has none of it',
};

for (const feature of ['alliances', 'initiatives', 'knowledge', 'ownership'])
  Object.assign(readsNothing, {
    [`src/features/${feature}/replicas.ts`]:
      'describes rows, which replication/row-collections.ts reads under the policy',
  });

/** Statistics ask it by the alliances with which their statements begin; the judge reads these again (`counted.test.ts`). */
const asksByCounted = (text: string) =>
  /\bcountedAlliance\b[^;]*from '\.\/counted\.ts'/.test(text) && /with \$\{countedAlliance\(/.test(text);

const unasked = (files: readonly Source[]) =>
  files
    .filter(({ path }) => !path.endsWith('/tables.ts') && !(path in readsNothing))
    .filter((file) => tablesImported(file).length > 0)
    .filter(({ text }) => !/from\s+'[^']*policy\/(?:policy|event-sight|audit-sight)\.ts'/.test(text))
    .filter(({ text }) => !asksByCounted(text))
    .map(({ path }) => path);

t.test('a file that touches a protected table asks the policy', (t) => {
  const touching = elsewhere.filter((file) => !file.path.endsWith('/tables.ts') && tablesImported(file).length > 0);
  t.ok(touching.length > 35, `${touching.length} files touch one`);
  t.same(unasked(elsewhere), []);
  for (const [path] of Object.entries(readsNothing))
    t.ok(
      touching.some((file) => file.path === path),
      `${path} touches one`,
    );
  const planted: readonly Source[] = [
    { path: 'src/features/alliances/x.ts', text: "import { alliances } from './tables.ts';" },
    {
      path: 'src/features/statistics/x.ts',
      text: "import {\n  organisationIn,\n  stances,\n} from '../initiatives/tables.ts';",
    },
    { path: 'src/commands/x.ts', text: "import * as all from '../features/knowledge/tables.ts';" },
    {
      path: 'src/features/statistics/y.ts',
      text: "import { stances } from '../initiatives/tables.ts';\nimport { countedAlliance } from './counted.ts';",
    },
    { path: 'src/features/events/x.ts', text: "import { ownershipOffers as o } from '../ownership/tables.ts';" },
  ];
  t.same(
    unasked(planted),
    planted.map(({ path }) => path),
    'the guard sees planted faults',
  );
  const sound: readonly Source[] = [
    { path: 'src/features/x/x.ts', text: "import { organisations } from '../organisations/tables.ts';" },
    { path: 'src/features/x/y.ts', text: "import type { alliances } from '../alliances/tables.ts';" },
    {
      path: 'src/features/x/z.ts',
      text: "import { alliances } from '../alliances/tables.ts';\nimport { visibleAlliances } from '../policy/policy.ts';",
    },
  ];
  t.same(unasked(sound), []);
  t.end();
});
