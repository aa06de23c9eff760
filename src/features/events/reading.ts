import type { z } from 'zod';
import type { PageOf } from '../../platform/answer.ts';
import type { Caller } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { invalidCursor } from '../../platform/page.ts';
import { Problem } from '../../platform/problem.ts';
import { type CloudEvent, type EventRow, type EventSource, toCloudEvent } from './cloud-events.ts';
import { typesNamed } from './event-types.ts';
import { type EventFilter, type Head, readEvents, readHead } from './feed.ts';
import type { EventQuery } from './schemas.ts';
import type { Tail } from './tail.ts';

/** How long a cursor of the feed may be kept before it is used, in days. */
export const cursorDays = 90;

/** How often a stream says that it is alive, in milliseconds. */
const beatEveryMs = 15_000;

/** What the feed needs of the node. */
export type FeedDeps = { readonly db: Db; readonly tail: Tail; readonly source: EventSource };

type Query = z.output<typeof EventQuery>;
type Input = Omit<Query, 'cursor'> & { readonly after?: string[] | undefined };

/**
 * A cursor names the history, the position in it, and when it was given out; sealed, so that nobody reads a number, and
 * always of the same length, which would tell how many digits a position has.
 */
const cursorAt = ({ epoch }: Head, position: number): string[] => [
  epoch,
  String(position).padStart(16, '0'),
  String(Date.now()),
];

/**
 * The position from which to read. Whether a cursor is too old follows from when it was given out, and not from what
 * happened since, which may be closed to whoever asks. Throws cursor_expired, invalid_cursor.
 */
function startOf({ after, startAt }: Input, head: Head): number {
  if (after === undefined) return startAt === 'newest' ? head.position : 0;
  const [epoch, position, givenAt] = after;
  if (epoch !== head.epoch || Date.now() - Number(givenAt) > cursorDays * 86_400_000)
    throw new Problem('cursor_expired');
  if (Number(position) > head.position) throw invalidCursor();
  return Number(position);
}

const filterOf = ({ type, subject, allianceId }: Input): EventFilter => ({
  types: type?.flatMap(typesNamed),
  subjectId: subject,
  allianceId,
});

/**
 * The events after a cursor, in the order in which they were committed, that the caller may see now; without any, waits
 * up to `wait` seconds for one. The next cursor is always given. Throws cursor_expired, invalid_cursor.
 */
export async function listEvents(
  { db, tail, source }: FeedDeps,
  caller: Caller,
  input: Input,
  signal: AbortSignal,
): Promise<PageOf<CloudEvent>> {
  const until = Date.now() + input.wait * 1000;
  const filter = filterOf(input);
  const { limit } = input;
  let head = await readHead(db);
  let after = startOf(input, head);
  for (;;) {
    const rows = await readEvents(db, caller, { ...filter, after, upTo: head.position, limit });
    const left = until - Date.now();
    if (rows.length > 0 || left <= 0 || signal.aborted)
      return { items: rows.map((row) => toCloudEvent(row, source)), next: cursorAt(head, endOf(rows, limit, head)) };
    after = head.position;
    await tail.wait(after, left, signal);
    head = await readHead(db);
  }
}

/** Up to where a page goes: to its last event when it is full, else to the end of the log as it was read. */
const endOf = (rows: readonly EventRow[], limit: number, head: Head): number =>
  rows.length === limit ? (rows.at(-1)?.position ?? head.position) : head.position;

/**
 * The same as server-sent events, until the signal aborts: each with the cursor from which `Last-Event-ID` goes on. What
 * the caller may see is asked anew for every event. A beat tells that the stream lives, and moves the cursor along.
 * Throws cursor_expired, invalid_cursor.
 */
export async function* followEvents(
  { db, tail, source }: FeedDeps,
  caller: Caller,
  input: Input,
  { signal, seal }: { signal: AbortSignal; seal: (position: readonly string[]) => string },
): AsyncGenerator<string> {
  const filter = filterOf(input);
  const { limit } = input;
  let head = await readHead(db);
  let after = startOf(input, head);
  yield `retry: 3000\n${beat(seal(cursorAt(head, after)))}`;
  let beatAt = Date.now() + beatEveryMs;
  while (!signal.aborted) {
    const rows = await readEvents(db, caller, { ...filter, after, upTo: head.position, limit });
    for (const row of rows) yield told(toCloudEvent(row, source), seal(cursorAt(head, row.position)));
    after = endOf(rows, limit, head);
    if (rows.length < limit) {
      await tail.wait(after, Math.max(1, beatAt - Date.now()), signal);
      if (Date.now() >= beatAt) {
        yield beat(seal(cursorAt(head, after)));
        beatAt = Date.now() + beatEveryMs;
      }
    }
    head = await readHead(db);
  }
}

// Without data, an event moves the cursor of the client and calls no listener.
const beat = (cursor: string) => `: alive\nid: ${cursor}\n\n`;

const told = (event: CloudEvent, cursor: string) =>
  `id: ${cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
