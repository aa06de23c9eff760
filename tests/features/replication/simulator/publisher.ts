import {
  type BaselinePage,
  baselineNeeded,
  type Chain,
  contentHashOf,
  type Entry,
  type FeedPage,
  isAfter,
  type Key,
  link,
  type Place,
} from '../../../../src/features/replication/protocol.ts';
import {
  collections,
  type Incoming,
  keyOf,
  mayHave,
  type Node,
  type Outgoing,
  type PlantedBug,
  type Thing,
} from './state.ts';

/** What a publisher answers: what follows, or a part of everything. */
export type Answer = { readonly page: FeedPage } | { readonly baseline: BaselinePage };

const headOf = ({ floor, entries }: Outgoing): Place => entries.at(-1) ?? floor;

function add(outgoing: Outgoing, { collection, id }: Key, content: object | null, bug: PlantedBug | undefined): void {
  const contentHash = content === null ? null : contentHashOf(content);
  const entry = link(headOf(outgoing), { collection, id, contentHash });
  const withContent = bug === 'contents are kept in the chain' && content !== null;
  outgoing.entries.push(withContent ? { ...entry, content } : entry);
  const key = keyOf({ collection, id });
  if (content === null || contentHash === null) outgoing.ledger.delete(key);
  else outgoing.ledger.set(key, { collection, id, contentHash, content, seq: entry.seq });
}

/** Brings what a node keeps for a peer up to date: what the peer may have now, against what it was told. */
function publish(node: Node, to: number, bug: PlantedBug | undefined): Outgoing {
  const { things, outgoing: all } = node;
  const outgoing = all.get(to) as Outgoing;
  const isLoose = bug === 'a part is given to whoever may not have its whole';
  const isFor = (thing: Thing) => (isLoose ? thing.audience.has(to) : mayHave(node, thing, to));
  const inOrder = (one: Key, other: Key) => (isAfter(collections, one, other) ? 1 : -1);
  const told = [...outgoing.ledger.values()].sort(inOrder);
  for (const held of bug === 'a whole is taken back before its parts' ? told : told.reverse()) {
    const thing = things.get(keyOf(held));
    const ended = thing !== undefined && !isFor(thing) && bug !== 'the end of an audience is not told';
    if (thing === undefined || ended) add(outgoing, held, null, bug);
  }
  for (const thing of [...things.values()].sort(inOrder)) {
    const known = outgoing.ledger.get(keyOf(thing))?.contentHash;
    if (isFor(thing) && known !== contentHashOf(thing.content)) add(outgoing, thing, thing.content, bug);
  }
  return outgoing;
}

function canGoOn(cursor: Incoming['cursor'], chain: Chain, bug: PlantedBug | undefined): boolean {
  const why = baselineNeeded(cursor, chain);
  if (bug === 'a restored node goes on as if nothing had been') return why !== 'first' && why !== 'cleared_away';
  if (bug === 'removals are cleared away before all have them') return why !== 'first' && why !== 'other_epoch';
  return why === undefined;
}

function sent(outgoing: Outgoing, entry: Entry & { content?: object }) {
  const held = outgoing.ledger.get(keyOf(entry));
  return entry.content !== undefined || held?.seq !== entry.seq ? entry : { ...entry, content: held.content };
}

/** What a node answers to a peer that asks from where it is, as of now. */
export function answerTo(
  node: Node,
  to: number,
  { cursor, baseline }: Incoming,
  { pageSize, bug }: { readonly pageSize: number; readonly bug: PlantedBug | undefined },
): Answer {
  const outgoing = publish(node, to, bug);
  const { floor, entries, ledger } = outgoing;
  const head = headOf(outgoing);
  const epoch = String(node.epoch);
  const chain = { epoch, floor, head, hashAt: (seq: number) => entries.find((entry) => entry.seq === seq)?.hash };
  if (baseline === null && cursor !== null && canGoOn(cursor, chain, bug)) {
    const rest = entries.filter(({ seq }) => seq > cursor.seq).slice(0, pageSize);
    return { page: { epoch, head, entries: rest.map((entry) => sent(outgoing, entry)) } };
  }
  const goesOn = baseline !== null && baselineNeeded({ epoch: baseline.epoch, ...baseline.at }, chain) === undefined;
  const after = goesOn ? baseline.after : null;
  const rest = [...ledger.values()]
    .sort((a, b) => (isAfter(collections, a, b) ? 1 : -1))
    .filter((thing) => after === null || isAfter(collections, thing, after));
  const things = rest.slice(0, pageSize).map(({ collection, id, content }) => ({ collection, id, content }));
  const next = rest.length > things.length;
  const moved = bug === 'the place of a baseline is that of its end' && !next;
  return { baseline: { epoch, at: goesOn && !moved ? baseline.at : head, after, next, things } };
}
