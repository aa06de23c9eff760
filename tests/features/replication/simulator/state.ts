import {
  type BaselineProgress,
  type Cursor,
  chainStart,
  type Entry,
  type Key,
  type Place,
} from '../../../../src/features/replication/protocol.ts';

/** Ways in which an implementation can be wrong; each must be found. */
export const plantedBugs = [
  'the cursor is stored before the page is',
  'numbers and hashes are not looked at',
  'removals are cleared away before all have them',
  'a restored node goes on as if nothing had been',
  'what a baseline does not name is kept',
  'the place of a baseline is that of its end',
  'contents are kept in the chain',
  'the end of an audience is not told',
  'a part of a baseline is not tied to what was asked',
  'what came before its whole is not tried again',
  'a whole is taken back before its parts',
  'a part is given to whoever may not have its whole',
] as const;
/** A way to be wrong. */
export type PlantedBug = (typeof plantedBugs)[number];

/** The collections of a simulated world, in the order in which they refer to each other. */
export const collections = ['organisations', 'alliances', 'knowledge-items'];

/** The name of a thing. */
export const keyOf = ({ collection, id }: Key) => `${collection} ${id}`;

/** A thing at its home, and which nodes may have it; a part refers to its whole, which is of a collection before. */
export type Thing = Key & {
  content: Content;
  audience: Set<number>;
};
/** What a thing says. */
export type Content = { readonly text: string; readonly version: number; readonly whole: string | null };
/** A thing as a peer has it; it waits where its whole is not there. */
export type Held = Key & { readonly contentHash: string; readonly content: object; readonly waits?: boolean };

/** The whole of which a content is a part. */
export const wholeOf = (content: object): string | null => (content as Content).whole;

/** Whether a node may have a thing: whoever may have its whole, and is in its own audience. */
export function mayHave({ things }: Pick<Node, 'things'>, { audience, content }: Thing, to: number): boolean {
  if (!audience.has(to) || content.whole === null) return audience.has(to);
  const whole = things.get(content.whole);
  return whole !== undefined && mayHave({ things }, whole, to);
}
/** What a publisher keeps for one peer. */
export type Outgoing = {
  floor: Place;
  entries: (Entry & { content?: object })[];
  ledger: Map<string, Held & { readonly seq: number }>;
};
/** What a node keeps of one publisher. */
export type Incoming = {
  cursor: Cursor | null;
  baseline: (BaselineProgress & { readonly mark: number }) | null;
  held: Map<string, Held & { readonly mark: number }>;
};
/** A node, with everything that a backup of it holds. */
export type Node = {
  epoch: number;
  things: Map<string, Thing>;
  outgoing: Map<number, Outgoing>;
  incoming: Map<number, Incoming>;
};

/** A node that has nothing yet. */
export const newNode = (peers: readonly number[]): Node => ({
  epoch: 1,
  things: new Map(),
  outgoing: new Map(peers.map((at) => [at, { floor: chainStart, entries: [], ledger: new Map() }])),
  incoming: new Map(peers.map((at) => [at, { cursor: null, baseline: null, held: new Map() }])),
});
