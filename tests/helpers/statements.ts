import type { Sql } from 'postgres';
import type { Database, Db } from '../../src/platform/db.ts';

/** A statement that is about to be sent. */
export type Statement = {
  readonly text: string;
  readonly given: readonly unknown[];
  /** The pool, or the transaction or savepoint in which it is sent, unwatched. */
  readonly handle: Handle;
  readonly inTransaction: boolean;
  /** Where it came from, one line per frame of this project. */
  readonly origin: () => string;
};

/** A query of the driver, which is sent when it is first awaited. */
export type Query = Promise<unknown> & { handler(query: unknown): unknown; reject(error: unknown): void };

/** Sees each statement of a handle before it is sent. May throw, or change when `query` is sent; answers nothing. */
export type Watcher = (statement: Statement, query: Query) => void;

type Work = (handle: Handle) => unknown;

/** What the driver offers, as far as statements are sent by it. */
export type Handle = {
  (strings: TemplateStringsArray, ...args: unknown[]): unknown;
  unsafe(text: string, given?: readonly unknown[], options?: object): Query;
  begin(...given: [...string[], Work]): Promise<unknown>;
  savepoint(...given: [...string[], Work]): Promise<unknown>;
};

/**
 * The same handles, with a watcher before each statement of the pool, of transactions and of savepoints, whether it
 * comes by the driver, by a builder of drizzle or as text. What cannot be watched is not offered.
 */
export function watched({ db, sql }: Pick<Database, 'db' | 'sql'>, watcher: Watcher): { readonly db: Db } {
  const handle = watchedHandle(sql as unknown as Handle, { watcher, inTransaction: false });
  const session = Object.create(sessionOf(db), { client: { value: handle } }) as Session;
  return { db: traced(db, session) };
}

/** The driver beneath a handle, watched where the handle is. */
export const driverOf = (db: Db): Sql => sessionOf(db).client as unknown as Sql;

type Watching = { readonly watcher: Watcher; readonly inTransaction: boolean; readonly origin?: () => string };
const unwatched = (name: string) => () => {
  throw new Error(`${name} is not watched: send a statement by its text`);
};

function watchedHandle(handle: Handle, watching: Watching): Handle {
  const { watcher, inTransaction } = watching;
  const see = (query: unknown, text: string, given: readonly unknown[]) => {
    const here = watching.origin ?? frames();
    watcher({ text, given, handle, inTransaction, origin: here }, query as Query);
    return query;
  };
  const within =
    (start: (...given: [...string[], Work]) => Promise<unknown>) =>
    (...given: [...string[], Work]) => {
      const work = given.pop() as Work;
      return start(...(given as string[]), (inner: Handle) =>
        work(watchedHandle(inner, { watcher, inTransaction: true })),
      );
    };
  const replaced: Record<PropertyKey, unknown> = {
    unsafe: (text: string, given: readonly unknown[] = [], options?: object) =>
      see(handle.unsafe(text, given, options), text, given),
    begin: within((...given) => handle.begin(...given)),
    savepoint: within((...given) => handle.savepoint(...given)),
    file: unwatched('file'),
    [client]: (origin: () => string) => watchedHandle(handle, { ...watching, origin }),
  };
  return new Proxy(handle, {
    apply: (target, self, given) => {
      const made: unknown = Reflect.apply(target as never, self, given);
      return made instanceof Promise ? see(made, textOf(made), []) : made;
    },
    get: (target, key) => replaced[key] ?? Reflect.get(target, key),
  });
}

/** The text of a tagged template with the fragments in it; what is given as a value is `?`. */
function textOf(part: unknown): string {
  const { strings, args = [], value, first } = (part ?? {}) as Record<string, unknown> & { args?: unknown[] };
  if (Array.isArray(strings))
    return strings.map((text, index) => `${text}${index < args.length ? textOf(args[index]) : ''}`).join('');
  if (first !== undefined) return JSON.stringify(first);
  const isIdentifier = typeof part === 'object' && part?.constructor.name === 'Identifier';
  return isIdentifier ? String(value) : '?';
}

const client = Symbol('client');
type Session = { readonly client: Handle & { readonly [client]?: (origin: () => string) => Handle } };
const sessionOf = (db: Db) => (db as unknown as { session: Session }).session;

const makers = new Set<PropertyKey>(
  'select selectDistinct selectDistinctOn insert update delete execute with $with $count transaction'.split(' '),
);

/**
 * A builder is sent when it is awaited, and then nobody knows any more who made it: so each call on the handle has a
 * session of its own, which remembers where it was.
 */
function traced(db: Db, session: Session): Db {
  return new Proxy(db, {
    get: (target, key) => {
      if (key === 'session') return session;
      if (key === '_') return { ...(target as unknown as { _: object })._, session };
      const value = Reflect.get(target, key) as unknown;
      if (!makers.has(key) || typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const own = session.client[client]?.(frames()) ?? session.client;
        const at = Object.create(target, {
          session: { value: Object.create(session, { client: { value: own } }) },
        }) as object;
        if (key !== 'transaction') return Reflect.apply(value, at, given);
        const [work, config] = given as [(db: Db) => unknown, unknown];
        return Reflect.apply(value, at, [(inner: Db) => work(traced(inner, sessionOf(inner))), config]);
      };
    },
  });
}

/** The frames of this project on the way here, told when they are asked for. */
function frames(): () => string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const here = new Error('here');
  Error.stackTraceLimit = limit;
  return () =>
    (here.stack ?? '')
      .split('\n')
      .filter((line) => /\bat /.test(line) && !/node_modules|node:|helpers\/(?:statements|gate)\.ts/.test(line))
      .join('\n');
}
