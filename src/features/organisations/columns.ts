import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { organisations } from './tables.ts';

/** An organisation with its name. */
type Named = { readonly id: string; readonly name: string };

/** The organisation that a column names; null where it names none. */
export const organisationIfAnyIn = (column: PgColumn | SQL): SQL<Named | null> =>
  sql<Named | null>`(select json_build_object('id', o.id, 'name', o.name) from ${organisations} o where o.id = ${column})`;

/** The organisation that a column names, which always names one. */
export const organisationIn = (column: PgColumn): SQL<Named> => organisationIfAnyIn(column) as SQL<Named>;
