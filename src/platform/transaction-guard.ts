import type postgres from 'postgres';

/*
 * postgres.js lets the callback of a transaction go on when its connection is lost, and lets a straggler (one of
 * several statements at once, of which another failed) go on when the transaction is over. By then the connection may
 * belong to somebody else's transaction, or to nobody, which ends the process. Here such a statement never starts and
 * never settles, and neither does the callback: a settled callback would send COMMIT or ROLLBACK to whoever is there.
 *
 * Transactions have connections of their own. Behind a hundred statements that wait on one connection, the driver sends
 * BEGIN without keeping that connection for the transaction: the writes of others, already acknowledged, would then
 * lie in a transaction that nobody commits.
 *
 * The driver keeps the last words of a backend that was terminated while it worked, and gives them to the first
 * statement on the next connection, which was not sent. Here that statement is sent.
 *
 * The driver goes on counting where a statement failed after its first rows, so that the result of the next one on that
 * connection begins with as many places in which nothing is: its first row would be missing. Here they are taken out.
 */

type Handle = ((...given: unknown[]) => unknown) & Record<PropertyKey, unknown>;
type Start = (...given: unknown[]) => Promise<unknown>;
type Query = Promise<unknown> & {
  handler(query: unknown): unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
};
type Execute = { onexecute?: (connection: { id: number }) => unknown };

/** A transaction, as one with its savepoints. */
type Transaction = { lost: boolean };
/** The callback of a transaction or of a savepoint: over when it settled, or when what surrounds it is. */
type Scope = { readonly transaction: Transaction; readonly outer: Scope | undefined; over: boolean };

const ended = (scope: Scope): boolean =>
  scope.over || scope.transaction.lost || (scope.outer !== undefined && ended(scope.outer));

const never = () => new Promise<never>(() => undefined);
/** A callback may answer a list of queries, as with the driver. */
const together = (made: unknown) => (Array.isArray(made) ? Promise.all(made) : made);

/** The guard of a database: `onclose` belongs into the options of the connections for transactions. */
export type TransactionGuard = {
  onclose(connection: number): void;
  guard(sql: postgres.Sql, transactions: postgres.Sql): postgres.Sql;
};

/** Makes a guard: no statement of a transaction that is over or lost its connection reaches another one. */
export function transactionGuard(): TransactionGuard {
  const byConnection = new Map<number, Transaction>();
  let starting: Transaction | undefined;

  /** The driver tells the connection of a transaction to the options of its BEGIN alone. */
  const learnConnections = (sql: postgres.Sql) => {
    const unsafe = sql.unsafe as unknown as (...given: unknown[]) => unknown;
    const learn = (...given: unknown[]) => {
      const transaction = starting;
      const options = given[2] as Execute | undefined;
      const onexecute = options?.onexecute;
      if (transaction === undefined || onexecute === undefined) return sent(unsafe(...given));
      starting = undefined;
      const learned = (connection: { id: number }) => {
        byConnection.set(connection.id, transaction);
        return onexecute(connection);
      };
      return sent(unsafe(given[0], given[1], { ...options, onexecute: learned }));
    };
    Object.assign(sql, { unsafe: learn });
  };

  const begin = (sql: postgres.Sql): Start => {
    const start = guardedStart(sql.begin as unknown as Start, undefined, (transaction) => {
      starting = transaction;
    });
    return (...given) => {
      try {
        return start(...given);
      } finally {
        starting = undefined;
      }
    };
  };

  return {
    onclose: (connection) => {
      const transaction = byConnection.get(connection);
      if (transaction !== undefined) transaction.lost = true;
      byConnection.delete(connection);
    },
    guard: (sql, transactions) => {
      learnConnections(transactions);
      const end = async (options?: { timeout?: number }) => {
        await Promise.all([sql.end(options), transactions.end(options)]);
      };
      const guarded: Record<PropertyKey, unknown> = {
        begin: begin(transactions),
        unsafe: (...given: Parameters<postgres.Sql['unsafe']>) => sent(sql.unsafe(...given)),
        end,
        reserve: unguarded('reserve'),
      };
      return new Proxy(sql, {
        apply: (target, self, given) => sent(Reflect.apply(target, self, given)),
        get: (target, key) => guarded[key] ?? Reflect.get(target, key),
      });
    },
  };
}

/** What cannot be guarded is not offered. */
const unguarded = (name: string) => () => {
  throw new Error(`${name} is not guarded against a lost connection: use begin`);
};

function guardedStart(
  start: Start,
  outer: Scope | undefined,
  announce: (transaction: Transaction) => void = () => undefined,
): Start {
  return (...given) => {
    const callback = given.pop() as (handle: unknown) => unknown;
    const scope: Scope = { transaction: outer?.transaction ?? { lost: false }, outer, over: false };
    const run = async (handle: Handle) => {
      try {
        const value = await together(callback(guardHandle(handle, scope)));
        return scope.transaction.lost ? never() : value;
      } catch (error) {
        if (scope.transaction.lost) return never();
        throw error;
      } finally {
        scope.over = true;
      }
    };
    announce(scope.transaction);
    const settled = start(...given, run);
    settled.catch((error: unknown) => {
      scope.over = true;
      if (outer === undefined || isLoss(error)) scope.transaction.lost = true;
    });
    return settled;
  };
}

function guardHandle(handle: Handle, scope: Scope): Handle {
  const call = (target: Handle, self: unknown, given: unknown[]) =>
    guardQuery(Reflect.apply(target, self, given), scope);
  const guarded: Record<PropertyKey, unknown> = {
    unsafe: (...given: unknown[]) => call(handle.unsafe as Handle, handle, given),
    savepoint: guardedSavepoint(handle, scope),
    notify: (channel: string, payload: string) =>
      call(handle.unsafe as Handle, handle, ['select pg_notify($1, $2)', [channel, payload]]),
    file: unguarded('file'),
  };
  return new Proxy(handle, { apply: call, get: (target, key) => guarded[key] ?? Reflect.get(target, key) });
}

/** A savepoint of a transaction that is over or lost is not even asked for. */
function guardedSavepoint(handle: Handle, scope: Scope): Start {
  const start = guardedStart(handle.savepoint as Start, scope);
  return (...given) => (ended(scope) ? never() : start(...given));
}

/** A query runs when it is first awaited, so that is when it is held back. */
function guardQuery(made: unknown, scope: Scope): unknown {
  if (!(made instanceof Promise)) return made;
  const query = made as Query;
  const { handler, reject } = answeredWhole(query);
  query.handler = (self) => (ended(scope) ? undefined : handler(self));
  query.reject = (error) => {
    if (isLoss(error)) scope.transaction.lost = true;
    reject(error);
  };
  return query;
}

/** A statement that was refused with the last words of another's backend is sent after all. */
function sent(made: unknown): unknown {
  if (!(made instanceof Promise)) return made;
  const query = made as Query;
  const { handler, reject } = answeredWhole(query);
  query.reject = (error) => {
    if (!isLastWord(error)) return reject(error);
    query.reject = reject;
    handler(query);
  };
  return query;
}

/** The result without the places that were counted for a statement before it. */
function answeredWhole(query: Query): Query {
  const { resolve } = query;
  query.resolve = (result) => {
    if (Array.isArray(result) && !(0 in result)) result.splice(0, Number(Object.keys(result)[0] ?? 0));
    resolve(result);
  };
  return query;
}

/** A statement whose own backend is terminated fails with its connection instead. */
function isLastWord(error: unknown): boolean {
  const { severity_local, severity = severity_local, code } = (error ?? {}) as Record<string, unknown>;
  return severity === 'FATAL' && typeof code === 'string' && /^(57P0[12]|25P0[34])$/.test(code);
}

/** Errors of the connection come from the driver or the operating system, and have no SQLSTATE. */
function isLoss(error: unknown): boolean {
  const { code, syscall } = (error ?? {}) as { code?: unknown; syscall?: unknown };
  return syscall !== undefined || (typeof code === 'string' && /^CONNECT/.test(code));
}
