import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { commit } from '../../../src/features/events/events.ts';
import type { Db } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/id.ts';
import { administrator, context } from '../../helpers/people.ts';

/** What became of a run: how what a reader got differs from what was acknowledged, and how far it was behind. */
export type FeedRun = {
  readonly acknowledged: number;
  readonly undone: number;
  readonly lost: number;
  readonly twice: number;
  readonly outOfOrder: number;
  readonly lagMs: { readonly p50: number; readonly p99: number };
  readonly seconds: number;
};

/** Writes events about these subjects in one transaction, with a pause in it; undoes it where it is told to. */
export type Write = (subjects: readonly string[], pauseMs: number, undo: boolean) => Promise<void>;

class Undone extends Error {}

/** As the product writes: the positions are taken by the last statement. */
export const writeByCommit =
  (db: Db): Write =>
  async (subjects, pauseMs, undo) => {
    const work = commit(db, context(administrator), async (_db, record) => {
      for (const subjectId of subjects)
        record({ type: 'organisation.changed', subjectType: 'organisation', subjectId });
      await pause(pauseMs);
      if (undo) throw new Undone();
      return { body: 0 };
    });
    await work.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  };

/** As many outboxes do: the position comes from a sequence, when the row is written. For the planted fault. */
export const writeBySequence =
  (sql: Sql): Write =>
  async (subjects, pauseMs, undo) => {
    const work = sql.begin(async (sql) => {
      await sql`insert into planted_events (subject_id) select unnest(${subjects as string[]}::uuid[])`;
      await pause(pauseMs);
      if (undo) throw new Undone();
    });
    await work.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  };

type Options = {
  readonly writers: number;
  readonly events: number;
  readonly write: Write;
  /** What somebody who follows is told, one subject after the other, until the signal aborts. */
  readonly follow: (signal: AbortSignal) => AsyncIterable<string>;
  /** All that was committed, in the order of its positions. */
  readonly inOrder: () => Promise<string[]>;
};

/** Lets many write at once, with pauses and with transactions that are undone, while one follows. */
export async function proveFeed({ writers, events, write, follow, inOrder }: Options): Promise<FeedRun> {
  const begun = Date.now();
  const acknowledgedAt = new Map<string, number>();
  const seen: { readonly subject: string; readonly at: number }[] = [];
  let undone = 0;
  const end = new AbortController();
  const following = (async () => {
    for await (const subject of follow(end.signal)) seen.push({ subject, at: Date.now() });
  })();
  const one = async (writer: number) => {
    for (let n = 0; acknowledgedAt.size < events; n++) {
      const subjects = Array.from({ length: 1 + ((writer + n) % 4) }, () => newId());
      const undo = (writer * 7 + n) % 10 === 0;
      await write(subjects, (writer * 13 + n * 7) % 20, undo);
      if (undo) undone += subjects.length;
      else for (const subject of subjects) acknowledgedAt.set(subject, Date.now());
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)));
  // The reader gets time to come to the end; what it has not by then is lost.
  const until = Date.now() + 5000;
  while (seen.length < acknowledgedAt.size && Date.now() < until) await pause(50);
  end.abort();
  await following;
  const order = new Map((await inOrder()).map((subject, index) => [subject, index]));
  const places = seen.map(({ subject }) => order.get(subject) ?? -1);
  const first = new Map<string, number>();
  for (const { subject, at } of seen) if (!first.has(subject)) first.set(subject, at);
  const lags = [...acknowledgedAt]
    .flatMap(([subject, at]) => (first.has(subject) ? [Math.max(0, (first.get(subject) ?? 0) - at)] : []))
    .sort((a, b) => a - b);
  const quantile = (q: number) => lags[Math.min(lags.length - 1, Math.floor(lags.length * q))] ?? Number.NaN;
  return {
    acknowledged: acknowledgedAt.size,
    undone,
    lost: [...acknowledgedAt.keys()].filter((subject) => !first.has(subject)).length,
    twice: seen.length - first.size,
    outOfOrder: places.filter((place, index) => index > 0 && place <= (places[index - 1] ?? -1)).length,
    lagMs: { p50: quantile(0.5), p99: quantile(0.99) },
    seconds: (Date.now() - begun) / 1000,
  };
}

type Told = { readonly cursor: string | undefined; readonly subject: string | undefined };

/** The events of a stream, block by block, as a client reads them that keeps the last cursor. */
async function* blocksOf(body: AsyncIterable<unknown>): AsyncGenerator<Told> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of body) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1];
      const subject = data === undefined ? undefined : (JSON.parse(data) as { subject: string }).subject;
      yield { cursor: /^id: (.*)$/m.exec(block)?.[1], subject };
    }
  }
}

/** Reads server-sent events of the feed from its beginning, one subject after the other, until the signal aborts. */
export async function* followFeed(
  address: string,
  token: string,
  { signal, query = '' }: { signal: AbortSignal; query?: string },
): AsyncGenerator<string> {
  const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
  try {
    const response = await fetch(`${address}/v1/events?limit=200${query}`, { headers, signal });
    if (response.body === null) return;
    for await (const { subject } of blocksOf(response.body)) if (subject !== undefined) yield subject;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Follows by a number that came from a sequence. For the planted fault. */
export async function* followSequence(sql: Sql, signal: AbortSignal): AsyncGenerator<string> {
  let after = 0;
  while (!signal.aborted) {
    const rows = await sql<{ position: number; subject: string }[]>`select position::int, subject_id as subject
      from planted_events where position > ${after} order by position limit 200`;
    for (const { position, subject } of rows) {
      after = position;
      yield subject;
    }
    if (rows.length === 0) await pause(5);
  }
}
