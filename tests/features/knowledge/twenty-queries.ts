import { importTexts, textSummaryText } from '../../../src/commands/texts-import.ts';
import { listKnowledgeItems } from '../../../src/features/knowledge/items.ts';
import { KnowledgeItemQuery } from '../../../src/features/knowledge/schemas.ts';
import { openDatabase } from '../../../src/platform/db.ts';
import { openBenchDatabase } from '../../bench/database.ts';
import { applicationRole } from '../../helpers/db.ts';
import { organisationWithCaller } from '../../helpers/people.ts';

// Proves that search finds what people look for: twenty Dutch queries over the texts of a directory, with the first
// titles and the median time of each. Ends with 1 when a query finds nothing or takes too long.

const queries = [
  'samenwerkingsverbanden jeugdzorg',
  'algoritmes beoordelen',
  'gemeenschappelijke regelingen afvalinzameling',
  'mensenrechten bij de inzet van algoritmes',
  '"menselijke controle"',
  '"zorg en veiligheid" casusoverleg',
  'begrippen van de casus',
  'brandweer en ambulancezorg',
  'sociale werkvoorziening',
  'belastingen heffen en innen',
  'schuldhulpverlening',
  'omgevingsdiensten vergunningen',
  'persoonsgegevens delen',
  'discriminatie voorkomen',
  'inkoop van AI-systemen',
  'ouderen -jeugd',
  'recreatieschappen or natuurgebieden',
  'archieven beheren',
  'de gemeente',
  'het college',
];
const maximumMs = 50;
const rounds = 15;

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  process.stderr.write('Usage: npm run proof:search -- DIRECTORY\n');
  process.exit(1);
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const place = await openBenchDatabase();
const database = openDatabase(place.connection, { role: applicationRole });
try {
  const { db } = database;
  const { id, caller } = await organisationWithCaller(db, 'Academie Maarland', 'academy');
  const log = { error: () => undefined, info: () => undefined };
  const summaries = await importTexts({ db, log, signal: new AbortController().signal }, directory, id);
  await place.owner`vacuum (analyze) knowledge_items`;
  process.stdout.write(`PostgreSQL ${place.version}\n${textSummaryText(summaries)}\n`);
  for (const q of queries) {
    const input = KnowledgeItemQuery.parse({ q });
    const times: number[] = [];
    let titles: (string | null)[] = [];
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      const page = await listKnowledgeItems(db, caller, input);
      times.push(performance.now() - started);
      titles = page.items.map(({ title }) => title);
    }
    const ms = median(times);
    const failed = titles.length === 0 || ms > maximumMs;
    if (failed) process.exitCode = 1;
    const first = titles.slice(0, 3).map((title) => `    ${title}\n`);
    const found = titles.length === 50 ? 'a full page' : `${titles.length} items`;
    process.stdout.write(`${q}: ${found}, ${ms.toFixed(1)} ms${failed ? ' FAILED' : ''}\n${first.join('')}`);
  }
} finally {
  await database.close();
  await place.close();
}
