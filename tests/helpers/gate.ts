import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import * as alliances from '../../src/features/alliances/tables.ts';
import * as audit from '../../src/features/audit/tables.ts';
import * as events from '../../src/features/events/tables.ts';
import * as initiatives from '../../src/features/initiatives/tables.ts';
import * as knowledge from '../../src/features/knowledge/tables.ts';
import * as ownership from '../../src/features/ownership/tables.ts';
import * as processing from '../../src/features/processing/tables.ts';
import * as professionals from '../../src/features/professionals/tables.ts';
import * as sessions from '../../src/features/sessions/tables.ts';
import * as spaces from '../../src/features/spaces/tables.ts';
import type { Watcher } from './statements.ts';

/** Tables of the guarded features that everybody may read in full: name, and why. */
const open: Readonly<Record<string, string>> = {
  event_counter: 'one row, which only the node reads: no number of it is told to anybody',
  audit_heads: 'each is a signature over a digest, told to whoever has the scope; its number is read by the node alone',
  saved_answers: 'each is given to the client that was answered so before',
  retention_runs: 'when a rule of the schedule ran and how much it removed is told to whoever asks, of nobody',
};

/** The features whose tables hold what not everybody may see; a table more in them is guarded from its first day. */
export const guardedFeatures = {
  alliances,
  audit,
  events,
  initiatives,
  knowledge,
  ownership,
  processing,
  professionals,
  sessions,
  spaces,
};

/** The features whose tables are not guarded here, and why. */
export const openFeatures: Readonly<Record<string, string>> = {
  access: 'clients and keys are for administrators, whom its routes ask for',
  exports: 'jobs are for the client that asked for them; an archive is read under the policy',
  federation: 'peerings are for administrators, whom its routes ask for; they hold nothing of any organisation',
  imports: 'jobs are for the client that asked for them',
  moves:
    'moves are for their organisation and for administrators, whom its verbs ask for; receipts are proofs to anybody',
  organisations: 'the register is open to whoever has a token',
  replication:
    'what a peer is given is selected by its own organisations, and sent to it alone; what it gave is read by administrators, by identifier; what was removed is read under the policy, which the list asks',
  statistics:
    'computations are for the client that asked for them; what was selected is kept by kind of viewer, with what is counted for it alone',
  webhooks: 'endpoints are for their organisation, which their verbs ask for; they hold names of events alone',
};

/** The names of the tables in a module of them. */
export const tableNames = (tables: object): string[] =>
  Object.values(tables)
    .filter((table) => is(table, PgTable))
    .map((table) => getTableName(table));

/** The names of the protected tables. */
export const protectedTables: readonly string[] = Object.values(guardedFeatures)
  .flatMap(tableNames)
  .filter((name) => !(name in open))
  .toSorted();

const names = protectedTables.join('|');
const named = new RegExp(`(?<![\\w.])(?:"?public"?\\.)?"?(${names})"?(?!\\w)`, 'g');
const target = new RegExp(`insert\\s+into\\s+(?:"?public"?\\.)?"?(?:${names})"?(?!\\w)`, 'gi');
const mark = /\/\* policy(?:: \w+)? \*\//;

/** The text without what stands in quotes or in comments, where the name of a table is none. */
const unquoted = (text: string) => text.replace(/'(?:[^']|'')*'/g, "''");
const bare = (text: string) => unquoted(text).replace(/\/\*.*?\*\/|--[^\n]*/gs, '');

/** The protected tables that a statement names. */
export const tablesIn = (text: string): string[] => [
  ...new Set([...bare(text).matchAll(named)].map(([, name]) => name ?? '')),
];

/** True where a statement adds rows of protected tables and reads none of them. */
const onlyAdds = (text: string): boolean => {
  const added = bare(text).replace(target, '');
  return added !== bare(text) && tablesIn(added).length === 0 && !/\bdo\s+update\b/i.test(added);
};

/** True where a statement on a protected table neither bears the mark of the policy nor only adds rows. */
export const isUnmarked = (text: string): boolean =>
  !mark.test(unquoted(text)) && tablesIn(text).length > 0 && !onlyAdds(text);

/** What went through a gate. */
export type Passed = {
  statements: number;
  readonly tables: Map<string, number>;
  /** The statements that it refused, each with where it came from. */
  readonly refused: string[];
};

/** A gate that refuses every statement on a protected table without the mark of the policy, and remembers it. */
export function gate(): { readonly watcher: Watcher; readonly passed: Passed } {
  const passed: Passed = { statements: 0, tables: new Map(), refused: [] };
  const watcher: Watcher = ({ text, origin }) => {
    passed.statements++;
    for (const table of tablesIn(text)) passed.tables.set(table, (passed.tables.get(table) ?? 0) + 1);
    if (!isUnmarked(text)) return;
    const refusal = `a statement on ${tablesIn(text).join(', ')} asks the policy nothing:\n${text}\n${origin()}`;
    passed.refused.push(refusal);
    throw new Error(refusal);
  };
  return { watcher, passed };
}
