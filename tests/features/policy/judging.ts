import { readFileSync } from 'node:fs';
import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import ts from 'typescript';
import type { Viewer } from '../../../src/features/policy/policy.ts';
import type { Db } from '../../../src/platform/db.ts';
import { type CaseWorld, groups, viewers } from './case-names.ts';
import { type Case, checks, type Policy } from './cases.ts';
import { allCases, type PolicyFile, wholePolicy } from './modules.ts';

const place = new URL('../../../src/features/policy/', import.meta.url);

/** A file of the policy as it is written. */
export const policyText = (file: PolicyFile = 'policy.ts'): string => readFileSync(new URL(file, place), 'utf8');

/** What is seen in a case: a line for each row that anybody sees, with the viewers in their order. */
export type Sight = Readonly<Record<string, string>>;

/** The sight that a case promises; throws where a line names nobody that is known. */
export function promised({ seen }: Case): Sight {
  const lines = seen.split('\n').flatMap((line) => {
    const [row, ...names] = line.trim().split(/\s+/);
    if (row === undefined || row === '') return [];
    if (names.length === 0) throw new Error(`${row}: nobody is named; write none`);
    const who = new Set(names.flatMap((name) => groups[name] ?? [name]));
    const strange = [...who].filter((name) => !viewers.includes(name));
    if (strange.length > 0) throw new Error(`${row}: there is no ${strange.join()}`);
    return [[row, viewers.filter((name) => who.has(name)).join(' ')] as const];
  });
  return Object.fromEntries(lines);
}

type Seen = { readonly viewer: string; readonly id: string };

/** Lines by row; a row that a viewer sees more than once is named as often. */
function sightOf({ kind }: Case, seen: readonly Seen[], world: CaseWorld, all: Sight): Sight {
  const rows = new Map<string, string[]>(Object.keys(all).map((row) => [row, []]));
  for (const { viewer, id } of seen) {
    const name = world.name(id);
    const row = kind !== undefined && name.startsWith(`${kind}:`) ? name.slice(kind.length + 1) : name;
    rows.set(row, [...(rows.get(row) ?? []), viewer]);
  }
  const byOrder = (one: string, other: string) => viewers.indexOf(one) - viewers.indexOf(other);
  return Object.fromEntries([...rows].map(([row, who]) => [row, who.sort(byOrder).join(' ')]));
}

/** What each viewer sees in a case, asked for one by one as the product asks. */
export async function seenOneByOne(db: Db, policy: Policy, one: Case, world: CaseWorld): Promise<Sight> {
  const seen: Seen[] = [];
  for (const viewer of viewers) {
    const rows = await db.execute<{ id: string }>(one.rows(policy, world.organisation(viewer), world));
    seen.push(...rows.map(({ id }) => ({ viewer, id })));
  }
  return sightOf(one, seen, world, promised(one));
}

/** What all viewers see in a case, in one statement. */
export async function seenAtOnce(db: Db, policy: Policy, one: Case, world: CaseWorld): Promise<Sight> {
  const looking = viewers.map((name) => sql`(${name}::text, ${world.organisation(name)}::uuid)`);
  // The policy casts whatever it is given as a viewer, so that a column may stand there too.
  const rows: SQL = one.rows(policy, sql`looking.id` as unknown as Viewer, world);
  const seen = await db.execute<Seen>(sql`select looking.viewer, seen.id from
    (values ${sql.join(looking, sql`, `)}) looking(viewer, id) cross join lateral (${rows}) seen`);
  return sightOf(one, seen, world, promised(one));
}

/** The rows of the world that a case is about: all that its statement finds without the predicate. */
export async function rowsOf(db: Db, one: Case, world: CaseWorld): Promise<string[]> {
  const everything = new Proxy({} as Policy, { get: () => () => sql`/* policy */ true` });
  const sight = await seenAtOnce(db, everything, one, world);
  return Object.keys(sight)
    .filter((row) => sight[row] !== '')
    .toSorted();
}

/** What the policy offers and nothing judges: neither a case nor a check. */
export function unjudged(policy: object): string[] {
  const judged = new Set<string>([
    ...Object.values(allCases).map((one) => one.predicate),
    ...checks.map(({ check }) => check),
  ]);
  // What makes a predicate of another is none itself.
  return Object.keys(policy).filter((name) => name !== 'visible' && !judged.has(name));
}

const dialect = new PgDialect();

/** What is wrong with a policy: what a case or a check sees that is not promised, and statements without their mark. */
export async function faultsOf(
  db: Db,
  policy: Policy,
  world: CaseWorld,
  look: typeof seenOneByOne = seenOneByOne,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, one] of Object.entries(allCases)) {
    const wanted = promised(one);
    const seen = await look(db, policy, one, world);
    for (const row of Object.keys({ ...wanted, ...seen }))
      if (seen[row] !== wanted[row]) faults.push(`${name}, ${row}: ${seen[row]} instead of ${wanted[row]}`);
    const { sql: text } = dialect.sqlToQuery(one.rows(policy, null, world));
    if (!text.includes(one.mark ?? '/* policy */')) faults.push(`${name}: a statement without its mark`);
  }
  for (const { check, what, ask, promised } of checks) {
    const answer = ask(policy);
    if (answer !== promised) faults.push(`${check}, ${what}: ${answer} instead of ${promised}`);
  }
  return faults;
}

/** The JavaScript of a text of the policy; its templates stay as they are, so that mutants can be made of either. */
export const compiled = (text: string): string =>
  ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  }).outputText;

/** Loads the JavaScript of a module of the policy, as if it stood in its place, with the others as they are. */
export async function load(script: string): Promise<Policy> {
  const placed = script.replace(/(from\s+)'([^']+)'/g, (_, from: string, name: string) => {
    const found = name.startsWith('.') ? new URL(name, place).href : import.meta.resolve(name);
    return `${from}'${found}'`;
  });
  const module = (await import(`data:text/javascript,${encodeURIComponent(placed)}`)) as Partial<Policy>;
  return { ...wholePolicy, ...module };
}

/** Where a question for one row finds several: the only refusal of PostgreSQL that tells a mutant from the policy. */
const severalRows = '21000';
const stateOf = (error: unknown) =>
  (error as { cause?: { code?: string } }).cause?.code ?? (error as { code?: string }).code;

/**
 * The case that tells a text of the policy from the policy itself, those of its own declaration first; undefined where
 * none does. Throws where PostgreSQL cannot read what the text makes: such a mutant says nothing.
 */
export async function killerOf(
  db: Db,
  { text, declaration, id }: { readonly text: string; readonly declaration: string; readonly id: string },
  world: CaseWorld,
  judges: Readonly<Record<string, Case>>,
): Promise<string | undefined> {
  const policy = await load(text);
  const order = Object.entries(judges).toSorted(
    ([, one], [, other]) => Number(other.predicate === declaration) - Number(one.predicate === declaration),
  );
  for (const [name, one] of order) {
    const wanted = promised(one);
    try {
      const seen = await seenAtOnce(db, policy, one, world);
      if (Object.keys({ ...wanted, ...seen }).some((row) => seen[row] !== wanted[row])) return name;
    } catch (error) {
      if (stateOf(error) === severalRows) return name;
      throw new Error(`${id}: it cannot be asked`, { cause: error });
    }
  }
  return undefined;
}
