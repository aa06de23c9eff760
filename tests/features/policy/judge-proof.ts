import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { judgedTables, type Verdict } from '../../helpers/judge.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const suite = ['tests/features', 'tests/journeys'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path)),
);

/** What came of a run under the judge: everything that it saw, how the tests ended, and which passed at a second time alone. */
export type JudgedRun = Verdict & {
  readonly databases: number;
  readonly testsPassed: boolean;
  readonly unstable: readonly string[];
  readonly unseen: string[];
};

/** Files that are run once more, each alone, where no more of them failed: a machine that others use too starves tests. */
const mostUnstable = 2;

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
  const failed = await failedOf(files, report);
  const again = failed.length <= mostUnstable ? failed : [];
  const testsPassed = failed.length === 0 || (again.length > 0 && (await failedOf(again, report)).length === 0);
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
  return { ...all, databases: told.length, testsPassed, unstable: testsPassed ? failed : [], unseen };
}

/** Runs test files under the judge, and shows how each ended; answers those that failed, or what tells that none ran. */
async function failedOf(files: readonly string[], report: string): Promise<string[]> {
  const run = spawn(join(root, 'node_modules/.bin/tap'), ['--timeout=600', '--reporter=tap', ...files], {
    cwd: root,
    env: { ...process.env, JUDGE: report },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  for await (const line of createInterface(run.stdout)) {
    if (!/^(not ok|ok| +not ok|# \{ total)/.test(line)) continue;
    lines.push(line);
    process.stderr.write(`${line.slice(0, 200)}\n`);
  }
  const code = run.exitCode ?? (await once(run, 'close'))[0];
  const failed = lines.flatMap((line) => /^not ok \d+ - (\S+\.ts)/.exec(line)?.[1] ?? []);
  const ended = lines.some((line) => line.startsWith('#')) && (code === 0 || failed.length > 0);
  return ended ? failed : ['the tests did not run'];
}

// node --import=tsx tests/features/policy/judge-proof.ts [files]    ends with 1 when the judge withholds a row
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  const { databases, judged, rows, unjudged, tables, faults, testsPassed, unstable, unseen } = await runUnderJudge(
    files.length > 0 ? files : suite,
  );
  const tell = (text: string) => process.stdout.write(`${text}\n`);
  tell(`${judged} statements with ${rows} rows were judged in ${databases} databases`);
  for (const table of judgedTables) tell(`  ${table}: ${tables[table] ?? 0}`);
  for (const [why, count] of Object.entries(unjudged)) tell(`not judged, ${why}: ${count}`);
  for (const file of unstable) tell(`failed, and passed when it was run again alone: ${file}`);
  for (const fault of faults.slice(0, 20)) tell(`fault: ${fault}`);
  const proved = faults.length === 0 && testsPassed && (files.length > 0 || unseen.length === 0) && judged > 0;
  tell(
    proved ? 'proved' : `NOT proved: ${faults.length} faults, tests passed: ${testsPassed}, unseen: ${unseen.join()}`,
  );
  process.exitCode = proved ? 0 : 1;
}
