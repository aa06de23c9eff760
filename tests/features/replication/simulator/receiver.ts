import {
  type BaselinePage,
  type FeedPage,
  follow,
  followBaseline,
  ProtocolFault,
  type Step,
} from '../../../../src/features/replication/protocol.ts';
import { collections, type Incoming, keyOf, type PlantedBug } from './state.ts';

function store(incoming: Incoming, { collection, id, contentHash, content }: Step, mark: number): void {
  const key = keyOf({ collection, id });
  if (contentHash === null || content === null) incoming.held.delete(key);
  else incoming.held.set(key, { collection, id, contentHash, content, mark });
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
  for (const step of steps) store(incoming, step, 0);
  incoming.cursor = cursor;
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
  for (const step of found.steps) store(incoming, step, mark);
  incoming.cursor = found.cursor;
  incoming.baseline = found.cursor === null ? { ...found.progress, mark } : null;
  if (found.cursor === null) return false;
  const swept = bug === 'what a baseline does not name is kept' ? [] : [...incoming.held];
  for (const [key, held] of swept) if (held.mark !== mark) incoming.held.delete(key);
  return true;
}

/** The baseline that the part goes on with; null where it begins another. */
function progressOf({ baseline }: Incoming, { epoch, at }: BaselinePage, bug: PlantedBug | undefined) {
  if (baseline === null) return null;
  if (bug === 'the place of a baseline is that of its end') return { ...baseline, epoch, at };
  return baseline.epoch === epoch && baseline.at.hash === at.hash ? baseline : null;
}
