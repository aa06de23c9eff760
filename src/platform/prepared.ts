import { Column, fillPlaceholders, is, noopDecoder, type Placeholder, type Query, SQL, sql } from 'drizzle-orm';
import type { Sql } from 'postgres';
import type { Db } from './db.ts';

/** A query that is built once and that the database keeps prepared. */
export type Prepared<Rows> = { execute(values?: Record<string, unknown>): Promise<Rows> };

type Select<Rows> = {
  readonly _: { readonly result: Rows; readonly config: { fields: Record<string, unknown> } };
  toSQL(): Query;
};

type Read = (value: unknown) => unknown;
type Row = Record<string, unknown>;
type Session = { readonly client: Sql; readonly logger: { logQuery(text: string, given: unknown[]): void } };

type Statement = { readonly text: string; readonly params: unknown[]; readonly readers: { key: string; read: Read }[] };

const statements = new Map<string, Statement>();

/**
 * Builds a query once per name, also for transactions, each of which is a handle of its own; `name` must tell apart
 * queries of different shape. Its rows are read here: to find out anew how each column of each row is read, as drizzle
 * does, takes longer than to read it.
 */
export function prepared<Rows extends unknown[]>(db: Db, name: string, build: () => Select<Rows>): Prepared<Rows> {
  let statement = statements.get(name);
  if (statement === undefined) {
    statement = statementOf(name, build());
    statements.set(name, statement);
  }
  const { text, params, readers } = statement;
  const { client, logger } = db._.session as unknown as Session;
  return {
    execute: async (values = {}) => {
      const given = fillPlaceholders(params, values);
      logger.logQuery(text, given);
      const rows = await client.unsafe<Row[]>(text, given as never[], options);
      for (const row of rows) {
        for (const { key, read } of readers) if (row[key] !== null) row[key] = read(row[key]);
      }
      return rows as unknown[] as Rows;
    },
  };
}

/**
 * Runs a statement that the database keeps prepared: `text` is one of a few, with `$1` and so on for what is given. Days
 * and instants are given as text, structures as JSON text.
 */
export async function execute<T extends object>(
  db: Db,
  text: string,
  given: readonly (string | number | null)[],
): Promise<T[]> {
  const { client, logger } = db._.session as unknown as Session;
  logger.logQuery(text, [...given]);
  return client.unsafe<T[]>(text, [...given], options);
}

type Insert = { toSQL(): Query };

/** The same row with a placeholder in the place of each value, for a statement that is built once. */
export const placeholdersFor = <Row extends object>(row: Row): Row =>
  Object.fromEntries(Object.keys(row).map((key) => [key, sql.placeholder(key)])) as Row;

/** Inserts by a statement that is built once per name; its values are placeholders. */
export async function insertPrepared(
  db: Db,
  name: string,
  values: Record<string, unknown>,
  build: () => Insert,
): Promise<void> {
  let statement = statements.get(name);
  if (statement === undefined) {
    const { sql: text, params } = build().toSQL();
    statement = { text, params, readers: [] };
    statements.set(name, statement);
  }
  const { client, logger } = db._.session as unknown as Session;
  const given = fillPlaceholders(statement.params, values);
  logger.logQuery(statement.text, given);
  await client.unsafe(statement.text, given as never[], options);
}

// Without `simple`, a query without values would be sent as text each time.
const options = { prepare: true, simple: false };

function statementOf<Rows extends unknown[]>(name: string, select: Select<Rows>): Statement {
  const { config } = select._;
  const readers = Object.entries(config.fields)
    .map(([key, field]) => ({ key, read: readerOf(name, field) }))
    .filter((reader): reader is { key: string; read: Read } => reader.read !== undefined);
  // With names of their own, columns come as the rows that are wanted.
  config.fields = Object.fromEntries(Object.entries(config.fields).map(([key, field]) => [key, named(key, field)]));
  const { sql: text, params } = select.toSQL();
  return { text, params, readers };
}

const named = (key: string, field: unknown) => (is(field, SQL) ? field : sql`${field}`).as(key);

const asItIs = new Set<unknown>([Column.prototype.mapFromDriverValue, noopDecoder.mapFromDriverValue]);

/** How the values of a selected field are read; undefined where they stay as they are. */
function readerOf(name: string, field: unknown): Read | undefined {
  if (!is(field, Column) && !is(field, SQL)) throw new Error(`the query ${name} selects more than columns and SQL`);
  // The decoder of SQL is public by `mapWith` alone.
  const decoder = is(field, Column) ? field : (field as unknown as { decoder: { mapFromDriverValue: Read } }).decoder;
  if (asItIs.has(decoder.mapFromDriverValue)) return undefined;
  return (value) => decoder.mapFromDriverValue(value);
}

const usualLimit = 50;
const usualRows = sql.raw(String(usualLimit + 1)) as unknown as Placeholder;

/**
 * How many rows the prepared query of a page asks for, one more than the page shows, and what tells its shape apart. For
 * the usual page of a list without filters the number stands in the text: where it does not, the database has to plan
 * the query anew each time. A list with filters is worth a plan for their values.
 */
export const rowsOfPage = (limit: number, filtered: boolean): { readonly name: string; readonly rows: Placeholder } =>
  limit === usualLimit && !filtered
    ? { name: 'usual', rows: usualRows }
    : { name: 'any', rows: sql.placeholder('rows') };
