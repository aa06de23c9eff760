import type { Binary } from './binary.ts';

/** What a verb answers: the body, the row version behind its entity tag, and where a new resource is. */
export type Answer<T> = {
  readonly body: T;
  /** Bytes in the place of a body, where the route answers with a file. */
  readonly binary?: Binary | undefined;
  /** The body as the verb wrote it for the media type that was asked, where that takes work. */
  readonly written?: string | undefined;
  /** What is kept for a repeated request in place of the body, where that shows a secret once. */
  readonly kept?: T | undefined;
  readonly version?: number | undefined;
  readonly location?: string | undefined;
  readonly status?: number | undefined;
};

/** One page of a list; `next` is the keyset position of its last item and is present only when more follow. */
export type PageOf<T> = { readonly items: T[]; readonly next?: string[] | undefined };

/** An answer as it is kept for a repeated request. */
export type SavedAnswer = {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
};

/** Ends a write whose answer was saved before; that answer is given again. */
export class Replay extends Error {
  readonly answer: SavedAnswer;

  constructor(answer: SavedAnswer) {
    super('the answer to this request was saved before');
    this.answer = answer;
  }
}

/** Cuts rows fetched with `limit + 1` to one page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => string[],
  view: (row: Row) => Item,
): PageOf<Item> {
  const shown = rows.length > limit ? rows.slice(0, limit) : rows;
  const last = shown.at(-1);
  const items = shown.map(view);
  return rows.length > limit && last !== undefined ? { items, next: position(last) } : { items };
}

/** Ends a read whose answer takes longer than a request: it is made in the background, and `location` tells how far it is. */
export class Accepted extends Error {
  readonly answer: Answer<unknown>;
  /** After how many seconds it is worth looking. */
  readonly retryAfter: number;

  constructor(answer: Answer<unknown>, retryAfter: number) {
    super('the answer is made in the background');
    this.answer = answer;
    this.retryAfter = retryAfter;
  }
}
