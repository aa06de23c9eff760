import { customType, date, integer, timestamp, uuid } from 'drizzle-orm/pg-core';

/** Primary key: a UUIDv7 made in the application. */
export const id = () => uuid('id').primaryKey();

/** An instant in UTC, to the millisecond, so that a JavaScript Date loses nothing. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** A calendar day as `YYYY-MM-DD`; never a JavaScript Date. */
export const day = (name: string) => date(name, { mode: 'string' });

/** Row version: the strong entity tag of the resource. */
export const version = () => integer('version').notNull().default(1);

/** Raw bytes. */
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
