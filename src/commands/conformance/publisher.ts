import { randomUUID } from 'node:crypto';
import type { FeedAnswer, FeedRequest } from '../../features/replication/messages.ts';
import {
  baselineNeeded,
  chainStart,
  collectionDigest,
  contentHashOf,
  type Key,
  link,
  type Place,
  type SentEntry,
} from '../../features/replication/protocol.ts';

/** An organisation as the protocol gives it. */
export type Organisation = { readonly id: string; readonly name: string; readonly [member: string]: unknown };

/** An organisation of the kit. */
export const organisation = (name: string, change: object = {}): Organisation => ({
  id: randomUUID(),
  kind: 'other',
  name,
  ...{ region: null, startsOn: null, endsOn: null, successorId: null, identifiers: [] },
  createdAt: '2026-01-05T08:00:00.000Z',
  changedAt: '2026-01-05T08:00:00.000Z',
  ...change,
});

type Content = { readonly id: string; readonly [member: string]: unknown };
type Thing = Key & { readonly content: Content; readonly contentHash: string; readonly seq: number };
/** What an answer says of the feed. */
export type Given = Pick<FeedAnswer, 'page' | 'baseline' | 'digests'>;

const collection = 'organisations';
const partSize = 2;

/** A feed as the protocol has it: an honest publisher for one peer, in memory. */
export class Publisher {
  readonly epoch: string = randomUUID();
  readonly #entries: SentEntry[] = [];
  readonly #things = new Map<string, Thing>();

  /** The place of the last entry. */
  get head(): Place {
    const { seq, hash } = this.#entries.at(-1) ?? chainStart;
    return { seq, hash };
  }

  /** Gives a thing, or gives it with other content. */
  give(content: Content, { id = content.id, of = collection }: { id?: string; of?: string } = {}): void {
    const contentHash = contentHashOf(content);
    const entry = link(this.head, { collection: of, id, contentHash });
    this.#entries.push(entry);
    this.#things.set(`${of} ${id}`, { collection: of, id, content, contentHash, seq: entry.seq });
  }

  /** Takes a thing back. */
  takeBack(id: string, of = collection): void {
    this.#things.delete(`${of} ${id}`);
    this.#entries.push(link(this.head, { collection: of, id, contentHash: null }));
  }

  /** What it gives of organisations, each under the identifier that its entry names. */
  things(): Organisation[] {
    return this.#inOrder().map(({ id, content }) => ({ ...content, id }) as Organisation);
  }

  #inOrder(): Thing[] {
    const things = [...this.#things.values()].filter((thing) => thing.collection === collection);
    return things.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  /** The entries that follow a place, with the contents that still stand. */
  entriesAfter(seq: number): SentEntry[] {
    return this.#entries.slice(seq).map((entry) => {
      const thing = this.#things.get(`${entry.collection} ${entry.id}`);
      return thing?.seq === entry.seq ? { ...entry, content: thing.content } : entry;
    });
  }

  /** What an honest publisher answers. */
  answer({ cursor, baseline }: Pick<FeedRequest, 'cursor' | 'baseline'>): Given {
    const hashAt = (seq: number) => this.#entries[seq - 1]?.hash;
    const chain = { epoch: this.epoch, floor: chainStart, head: this.head, hashAt };
    if (baseline === null && cursor !== null && baselineNeeded(cursor, chain) === undefined)
      return this.page(this.entriesAfter(cursor.seq));
    const place = baseline === null ? null : { epoch: baseline.epoch, ...baseline.at };
    const goesOn = baseline !== null && baselineNeeded(place, chain) === undefined;
    const { at, after } = goesOn ? baseline : { at: this.head, after: null };
    const left = this.#inOrder().filter(({ id }) => after === null || id > after.id);
    const things = left.slice(0, partSize).map(({ collection, id, content }) => ({ collection, id, content }));
    return { baseline: { epoch: this.epoch, at, after, things, next: left.length > things.length }, digests: null };
  }

  /** A page of entries, as the last one of a feed. */
  page(entries: readonly SentEntry[], head: Place = this.head): Given & { readonly page: NonNullable<Given['page']> } {
    const things = this.#inOrder();
    const page = { epoch: this.epoch, entries: [...entries], head } as NonNullable<Given['page']>;
    return { page, digests: { [collection]: collectionDigest(things) } };
  }
}
