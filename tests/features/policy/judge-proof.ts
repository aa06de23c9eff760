import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgedTables, type Verdict } from '../../helpers/judge.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const suite = ['tests/features', 'tests/journeys'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path)),
);

/** What came of a run under the judge: everything that it saw, and how the tests ended. */
export type JudgedRun = Verdict & {
  readonly databases: number;
  readonly testsPassed: boolean;
  readonly unseen: string[];
};

const add = (sums: Record<string, number>, more: Readonly<Record<string, number>>) => {
  for (const [name, count] of Object.entries(more)) sums[name] = (sums[name] ?? 0) + count;
};

/**
 * Runs tests, all of the features and the journeys unless some are named, on databases that the judge looks into: a row
 * that the application got and the judge withholds fails its test. `TEST_DATABASE_URL` names another server.
 */
export async function runUnderJudge(files: readonly string[] = suite): Promise<JudgedRun> {
  const folder = mkdtempSync(join(tmpdir(), 'samendoen-judge-'));
  const report = join(folder, 'report.jsonl');
  const given = ['--timeout=600', '--reporter=terse', ...files];
  const run = spawn(join(root, 'node_modules/.bin/tap'), given, {
    cwd: root,
    env: { ...process.env, JUDGE: report },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(run, 'close');
  const told = existsSync(report) ? readFileSync(report, 'utf8').trim().split('\n') : [];
  rmSync(folder, { recursive: true, force: true });
  const all: Verdict = { judged: 0, rows: 0, unjudged: {}, tables: {}, faults: [] };
  for (const line of told) {
    const one = JSON.parse(line) as Verdict;
    all.judged += one.judged;
    all.rows += one.rows;
    add(all.unjudged, one.unjudged);
    add(all.tables, one.tables);
    all.faults.push(...one.faults);
  }
  const unseen = judgedTables.filter((table) => (all.tables[table] ?? 0) === 0);
  return { ...all, databases: told.length, testsPassed: code === 0, unseen };
}

// node --import=tsx tests/features/policy/judge-proof.ts [files]    ends with 1 when the judge withholds a row
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  const { databases, judged, rows, unjudged, tables, faults, testsPassed, unseen } = await runUnderJudge(
    files.length > 0 ? files : suite,
  );
  const tell = (text: string) => process.stdout.write(`${text}\n`);
  tell(`${judged} statements with ${rows} rows were judged in ${databases} databases`);
  for (const table of judgedTables) tell(`  ${table}: ${tables[table] ?? 0}`);
  for (const [why, count] of Object.entries(unjudged)) tell(`not judged, ${why}: ${count}`);
  for (const fault of faults.slice(0, 20)) tell(`fault: ${fault}`);
  const proved = faults.length === 0 && testsPassed && (files.length > 0 || unseen.length === 0) && judged > 0;
  tell(
    proved ? 'proved' : `NOT proved: ${faults.length} faults, tests passed: ${testsPassed}, unseen: ${unseen.join()}`,
  );
  process.exitCode = proved ? 0 : 1;
}
