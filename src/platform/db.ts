import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { mendQueues } from './driver-queues.ts';
import { transactionGuard } from './transaction-guard.ts';

/** A pool or a transaction; verbs take either as `db`. */
export type Db = PostgresJsDatabase<Record<string, never>>;

/** Where a database is: a URL, or the address of a server (a socket directory as `host`) with the names in it. */
export type Connection =
  | string
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password?: string;
      readonly database: string;
    };

/** An open database: the handle of the verbs, the driver beneath it, and how to close both. */
export type Database = { readonly db: Db; readonly sql: postgres.Sql; close(): Promise<void> };

const sessionSettings = {
  jit: 'off',
  timezone: 'UTC',
  statement_timeout: '15s',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '30s',
};

/** How a database is opened: at most `max` connections, of which transactions and the rest get at least one each. */
export type DatabaseOptions = {
  readonly max?: number;
  readonly role?: string;
  readonly applicationName?: string;
  readonly settings?: Readonly<Record<string, string>>;
};

/**
 * Opens a database. `role` becomes the session's role on every connection, and so do `settings`. The transactions of
 * `db` and of `sql` are guarded: what a transaction whose backend died still tries to do never reaches another one.
 */
export function openDatabase(connection: Connection, options: DatabaseOptions = {}): Database {
  const { onclose, guard } = transactionGuard();
  const max = options.max ?? 10;
  const forTransactions = Math.ceil(max / 2);
  const given: postgres.Options<Record<string, postgres.PostgresType>> = {
    max: Math.max(1, max - forTransactions),
    onnotice: () => undefined,
    connection: {
      application_name: options.applicationName ?? 'samendoen',
      ...({ ...sessionSettings, ...options.settings } as object),
      ...(options.role === undefined ? {} : { role: options.role }),
    },
  };
  const sql = typeof connection === 'string' ? postgres(connection, given) : postgres({ ...connection, ...given });
  // The options of the first, so that the types which drizzle sets there hold in transactions too.
  const transactions = postgres({ ...(sql.options as object), max: forTransactions, onclose });
  for (const pool of [sql, transactions]) mendQueues(pool);
  const guarded = guard(sql, transactions);
  return { db: drizzle(guarded) as Db, sql: guarded, close: () => guarded.end({ timeout: 5 }) };
}

type Cause = { code?: unknown; constraint_name?: unknown; cause?: unknown };

function* causes(error: unknown): Generator<Cause> {
  let cause = error as Cause | null | undefined;
  for (let depth = 0; depth < 8 && typeof cause === 'object' && cause !== null; depth++) {
    yield cause;
    cause = cause.cause as Cause | null | undefined;
  }
}

/** The SQLSTATE behind an error, or undefined when the database did not raise it. */
export function sqlState(error: unknown): string | undefined {
  for (const cause of causes(error)) {
    if (typeof cause.code === 'string' && /^[0-9A-Z]{5}$/.test(cause.code)) return cause.code;
  }
  return undefined;
}

/** The name of the constraint that a write violated, or undefined. */
export function violatedConstraint(error: unknown): string | undefined {
  for (const cause of causes(error)) if (typeof cause.constraint_name === 'string') return cause.constraint_name;
  return undefined;
}
