import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import { Id } from './schemas.ts';

/*
 * How a feature describes the rows of its tables that are given to the nodes of those who take part, and taken over by them:
 * as rows, with the same identifiers, so that they are read there by the very queries that read them at home.
 */

/** A row as it is given: JSON, by the names of the properties of its table. */
export type RowContent = { readonly id: string } & Readonly<Record<string, unknown>>;

/** A condition about rows that lie in alliances, or hang on knowledge items, whose identifiers a query yields. */
export type About = (ids: SQL) => SQL;
/** A condition or value for the node with this base URL. */
type ForPeer = (baseUrl: string) => SQL;

/** Rows with one of these identifiers in a column. */
export const by =
  (column: PgColumn): About =>
  (ids) =>
    sql`${column} in (${ids})`;

/** The rows of a table that are given to peers, and which of them. */
export type ReplicatedRows = {
  /** The name of their collection. */
  readonly name: string;
  readonly table: PgTable;
  /** The identifier of a row. */
  readonly id: SQL;
  readonly columns: Readonly<Record<string, PgColumn>>;
  readonly schema: z.ZodType<RowContent>;
  /** Rows that are added and never changed. */
  readonly isHistory: boolean;
  readonly inAlliances?: About | undefined;
  readonly ofItems?: About | undefined;
  /** A row lies in an alliance or hangs on an item; where absent, it does whatever of the two there is. */
  readonly isEither?: boolean | undefined;
  /** Rows that an event may have changed, by the type of its subject. */
  readonly about: Readonly<Record<string, About>>;
  /** What a peer may have of the rows in its alliances; all where absent. */
  readonly narrowed?: ForPeer | undefined;
  /** What it may have beyond them. */
  readonly widened?: ForPeer | undefined;
  /** Columns whose value is not for every peer. */
  readonly masked?: Readonly<Record<string, ForPeer>> | undefined;
};

/** What a feature says of its rows. */
type Description = Omit<ReplicatedRows, 'id' | 'columns' | 'schema' | 'isHistory'> & {
  readonly id?: SQL;
  readonly isHistory?: boolean;
  /** Columns that are of this node alone. */
  readonly kept?: readonly string[];
  /** What a column can hold, where its type does not say it: a word of a list, a shape. */
  readonly values?: Readonly<Record<string, z.ZodType>>;
};

const longestText = 200_000;
const Text = z.string().max(longestText);
const Instant = z.iso.datetime({ offset: false, precision: 3 }).refine((text) => !text.startsWith('0000'));
const RowDay = z.iso.date().refine((text) => !text.startsWith('0000'));

const shapes: Readonly<Record<string, z.ZodType>> = {
  PgUUID: Id,
  PgText: Text,
  PgInteger: z.int32(),
  PgTimestamp: Instant,
  PgDateString: RowDay,
};
const elementOf: Readonly<Record<string, z.ZodType>> = { PgText: z.array(Text), PgUUID: z.array(Id) };

function schemaOf(column: PgColumn & { baseColumn?: PgColumn }, given: z.ZodType | undefined): z.ZodType {
  const base = column.columnType === 'PgArray' ? elementOf[String(column.baseColumn?.columnType)] : undefined;
  const schema = given ?? base ?? shapes[column.columnType];
  if (schema === undefined) throw new Error(`nothing says what ${column.name} can hold`);
  return column.notNull ? schema : schema.nullable();
}

/** Describes rows: all columns but those that are computed, or that are kept at this node alone. */
export function replicatedRows({
  kept = [],
  values = {},
  id,
  isHistory = false,
  ...rest
}: Description): ReplicatedRows {
  const all: Record<string, PgColumn> = getTableColumns(rest.table);
  const given = Object.entries(all).filter(([name, { generated }]) => generated === undefined && !kept.includes(name));
  const columns = Object.fromEntries(given);
  const shape = given.map(([name, column]) => [name, schemaOf(column, values[name])] as const);
  return {
    ...rest,
    columns,
    isHistory,
    id: id ?? sql`${all.id}`,
    schema: z.strictObject({ id: Id, ...Object.fromEntries(shape) }) as unknown as z.ZodType<RowContent>,
  };
}
