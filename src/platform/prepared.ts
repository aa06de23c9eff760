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

const statements = new WeakMap<Db, Map<string, unknown>>();

/**
 * Builds a query once per database handle and name; `name` must tell apart queries of different shape. Its rows are read
 * here: to find out anew how each column of each row is read, as drizzle does, takes longer than to read it.
 */
export function prepared<Rows extends unknown[]>(db: Db, name: string, build: () => Select<Rows>): Prepared<Rows> {
  let byName = statements.get(db);
  if (byName === undefined) {
    byName = new Map();
    statements.set(db, byName);
  }
  const known = byName.get(name) as Prepared<Rows> | undefined;
  if (known !== undefined) return known;
  const query = statementOf(db, name, build());
  byName.set(name, query);
  return query;
}

// Without `simple`, a query without values would be sent as text each time.
const options = { prepare: true, simple: false };

function statementOf<Rows extends unknown[]>(db: Db, name: string, select: Select<Rows>): Prepared<Rows> {
  const { client, logger } = db._.session as unknown as Session;
  const { config } = select._;
  const readers = Object.entries(config.fields)
    .map(([key, field]) => ({ key, read: readerOf(name, field) }))
    .filter((reader): reader is { key: string; read: Read } => reader.read !== undefined);
  // With names of their own, columns come as the rows that are wanted.
  config.fields = Object.fromEntries(Object.entries(config.fields).map(([key, field]) => [key, named(key, field)]));
  const { sql: text, params } = select.toSQL();
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
