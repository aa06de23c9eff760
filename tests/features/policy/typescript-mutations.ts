import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { testDatabase } from '../../helpers/db.ts';
import { caseWorld } from './case-world.ts';
import { explainedTypeScript } from './explained.ts';
import { policyText } from './judging.ts';
import { policyFiles } from './modules.ts';
import { unexplained } from './mutations.ts';

type Place = { readonly line: number; readonly column: number };
type Reported = {
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
};
type Report = { readonly files: Readonly<Record<string, { readonly mutants: readonly Reported[] }>> };

const root = fileURLToPath(new URL('../../../', import.meta.url));
const short = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 160);

/** What stands between two places of a text; lines and columns count from 1. */
function between(text: string, { start, end }: Reported['location']): string {
  const lines = text.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return lines
    .map((line, index) => line.slice(index === 0 ? start.column - 1 : 0, index === last ? end.column - 1 : undefined))
    .join('\n');
}

/** The name of the declaration in which a line stands. */
const declarationAt = (text: string, line: number) =>
  text
    .split('\n')
    .slice(0, line)
    .map((one) => /^(?:export )?(?:const|function) (\w+)/.exec(one)?.[1])
    .findLast((name) => name !== undefined) ?? '';

/** A mutant under the name of its module, its declaration and its change, by which it is told from all others. */
function namedMutant(file: string, text: string, { location, mutatorName, replacement, status }: Reported) {
  const place = `${basename(file)} ${declarationAt(text, location.start.line)}`;
  const change = `${short(between(text, location))} → ${short(replacement)}`;
  return { id: `${place}: ${mutatorName}: ${change}`, status };
}

t.test('each mutant that Stryker makes of the policy is missed by a case or a check', async (t) => {
  const { db: _, owner, connection } = await testDatabase(t);
  await caseWorld(owner);
  const stryker = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../../bin/stryker.js', import.meta.resolve('@stryker-mutator/core'))),
      'run',
      'tests/features/policy/stryker.config.json',
    ],
    {
      cwd: root,
      env: { ...process.env, JUDGED_WORLD: JSON.stringify(connection) },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let told = '';
  stryker.stdout.on('data', (piece: Buffer) => {
    told += piece;
  });
  const [code] = await once(stryker, 'close');
  t.equal(code, 0, `Stryker ran ${told}`);
  const { files } = JSON.parse(readFileSync(`${root}.tap/mutants.json`, 'utf8')) as Report;
  const text = new Map(policyFiles.map((file) => [`src/features/policy/${file}`, policyText(file)]));
  t.same(Object.keys(files).toSorted(), [...text.keys()].toSorted(), 'every module of the policy was mutated');
  const mutants = Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(({ status }) => status !== 'Ignored')
      .map((mutant) => namedMutant(file, text.get(file) ?? '', mutant)),
  );
  const survived = mutants.filter(({ status }) => status !== 'Killed' && status !== 'Timeout').map(({ id }) => id);
  t.ok(mutants.length > 0);
  t.comment(
    `${mutants.length} mutants, ${mutants.length - survived.length} killed, ${explainedTypeScript.length} explained`,
  );
  t.same(unexplained(mutants, survived, explainedTypeScript), []);
});
