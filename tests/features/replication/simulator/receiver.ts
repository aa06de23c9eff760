import {
  type BaselinePage,
  type FeedPage,
  follow,
  followBaseline,
  ProtocolFault,
  type Step,
} from '../../../../src/features/replication/protocol.ts';
import { collections, type Incoming, keyOf, type PlantedBug, wholeOf } from './state.ts';

/** A part is left without its whole, which no database allows. */
export class Dangling extends Error {}

const isThere = ({ held }: Incoming, key: string | null) => key === null || held.get(key)?.waits === false;

function remove({ held }: Incoming, key: string): void {
  const isWhole = [...held.values()].some(({ waits, content }) => waits !== true && wholeOf(content) === key);
  if (held.get(key)?.waits === false && isWhole) throw new Dangling(key);
  held.delete(key);
}

function store(incoming: Incoming, { collection, id, contentHash, content }: Step, mark: number): void {
  const key = keyOf({ collection, id });
  if (contentHash === null || content === null) remove(incoming, key);
  else
    incoming.held.set(key, { collection, id, contentHash, content, mark, waits: !isThere(incoming, wholeOf(content)) });
}

/** Removes and stores; what is stored, in the order of collections. */
function carryOut(incoming: Incoming, steps: readonly Step[], mark: number): void {
  for (const step of steps) if (step.content === null) store(incoming, step, mark);
  const stored = steps.filter(({ content }) => content !== null);
  for (const name of collections) for (const step of stored) if (step.collection === name) store(incoming, step, mark);
}

/** Tries once more what waits for its whole. */
function tryAgain({ held }: Incoming): void {
  for (const name of collections)
    for (const [key, one] of held)
      if (one.collection === name && one.waits === true)
        held.set(key, { ...one, waits: !isThere({ held } as Incoming, wholeOf(one.content)) });
}

const blind: readonly (PlantedBug | undefined)[] = [
  'numbers and hashes are not looked at',
  'removals are cleared away before all have them',
  'a restored node goes on as if nothing had been',
];

/** Takes a page of the feed. Throws ProtocolFault. */
export function takePage(incoming: Incoming, page: FeedPage, bug: PlantedBug | undefined): void {
  if (blind.includes(bug)) {
    takeBlindly(incoming, page);
    return;
  }
  if (incoming.cursor === null || incoming.baseline !== null) throw new ProtocolFault('out_of_order');
  const { steps, cursor } = follow(incoming.cursor, page);
  carryOut(incoming, steps, 0);
  incoming.cursor = cursor;
  if (cursor.seq === page.head.seq && bug !== 'what came before its whole is not tried again') tryAgain(incoming);
}

function takeBlindly(incoming: Incoming, { epoch, entries }: FeedPage): void {
  for (const { collection, id, contentHash, content, seq, hash } of entries) {
    if (contentHash === null || content !== undefined)
      store(incoming, { collection, id, contentHash, content: content ?? null }, 0);
    if (seq > (incoming.cursor?.seq ?? 0)) incoming.cursor = { epoch, seq, hash };
  }
}

/** Takes a part of a baseline; `mark` is of a new one. Throws ProtocolFault. Answers whether it is whole. */
export function takeBaseline(
  incoming: Incoming,
  page: BaselinePage,
  { mark: fresh, bug }: { readonly mark: number; readonly bug: PlantedBug | undefined },
): boolean {
  const progress = progressOf(incoming, page, bug);
  const mark = progress?.mark ?? fresh;
  const isLoose = bug === 'a part of a baseline is not tied to what was asked';
  const part = isLoose ? { ...page, after: progress?.after ?? null } : page;
  const found = followBaseline(progress, part, collections);
  carryOut(incoming, found.steps, mark);
  incoming.cursor = found.cursor;
  incoming.baseline = found.cursor === null ? { ...found.progress, mark } : null;
  if (found.cursor === null) return false;
  if (bug !== 'what a baseline does not name is kept') sweep(incoming, mark);
  return true;
}

/** Removes what did not come in a baseline, the last collection first. */
function sweep(incoming: Incoming, mark: number): void {
  for (const name of collections.toReversed())
    for (const [key, held] of [...incoming.held])
      if (held.collection === name && held.mark !== mark) remove(incoming, key);
}

/** The baseline that the part goes on with; null where it begins another. */
function progressOf({ baseline }: Incoming, { epoch, at }: BaselinePage, bug: PlantedBug | undefined) {
  if (baseline === null) return null;
  if (bug === 'the place of a baseline is that of its end') return { ...baseline, epoch, at };
  return baseline.epoch === epoch && baseline.at.hash === at.hash ? baseline : null;
}
