import type postgres from 'postgres';

/*
 * postgres.js keeps its connections in queues that give back what was taken from their front only when they run empty,
 * and looks through all of that at each query. On a pool of which some connection is always free, they never run empty:
 * each query leaves a place behind, and the next one takes longer, without end. Here such a queue is replaced by a plain
 * one at the first sight of it.
 */

type Queue = {
  readonly length: number;
  push(one: unknown): unknown;
  shift(): unknown;
  remove(one: unknown): unknown;
};
type Connection = { queue: Queue };
type Options = { onexecute?: (connection: Connection) => unknown };

/** Mends the queues of a pool, from the first of its queries on that tells the connection it runs on. */
export function mendQueues(sql: postgres.Sql): void {
  const unsafe = sql.unsafe as unknown as (...given: unknown[]) => unknown;
  let seen = false;
  const look = (...given: unknown[]) => {
    const [text, values, options] = given as [string, unknown, Options | undefined];
    if (seen || !Array.isArray(values)) return unsafe(...given);
    const onexecute = (connection: Connection) => {
      if (!seen) follow(connection);
      seen = true;
      return options?.onexecute === undefined || options.onexecute(connection);
    };
    return unsafe(text, values, { ...options, onexecute });
  };
  Object.assign(sql, { unsafe: look });
}

/** Every queue into which a connection is moved gets seen; all connections of a pool share them. */
function follow(connection: Connection): void {
  const mended = new WeakSet<Queue>();
  let { queue } = connection;
  Object.defineProperty(connection, 'queue', {
    get: () => queue,
    set: (next: Queue) => {
      if (!mended.has(next)) mend(next);
      mended.add(next);
      queue = next;
    },
  });
}

function mend(queue: Queue): void {
  const waiting: unknown[] = [];
  while (queue.length > 0) waiting.push(queue.shift());
  const remove = (one: unknown) => {
    const place = waiting.indexOf(one);
    return place === -1 ? null : waiting.splice(place, 1)[0];
  };
  const push = (one: unknown) => {
    waiting.push(one);
    return one;
  };
  Object.defineProperties(queue, {
    length: { get: () => waiting.length },
    push: { value: push },
    shift: { value: () => waiting.shift() },
    remove: { value: remove },
  });
}
