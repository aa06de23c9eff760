import fc from 'fast-check';
import t from 'tap';
import {
  baselineNeeded,
  chainStart,
  collectionDigest,
  contentHashOf,
  type Entry,
  type FeedPage,
  follow,
  followBaseline,
  link,
  ProtocolFault,
  type SentEntry,
} from '../../../src/features/replication/protocol.ts';

const contents = fc.record({ name: fc.string(), count: fc.integer() });
const changes = fc.array(
  fc.record({
    collection: fc.constantFrom('organisations', 'alliances'),
    id: fc.constantFrom('a', 'b', 'c'),
    content: fc.option(contents),
  }),
  { minLength: 1, maxLength: 12 },
);

function chainOf(list: readonly { collection: string; id: string; content: object | null }[]): SentEntry[] {
  const entries: SentEntry[] = [];
  for (const { content, ...key } of list) {
    const contentHash = content === null ? null : contentHashOf(content);
    const entry: Entry = link(entries.at(-1) ?? chainStart, { ...key, contentHash });
    entries.push(content === null ? entry : { ...entry, content });
  }
  return entries;
}

const start = { epoch: 'e', ...chainStart };
const pageOf = (entries: readonly SentEntry[]): FeedPage => ({
  epoch: 'e',
  entries,
  head: entries.at(-1) ?? chainStart,
});
const codeOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolFault) return error.code;
    throw error;
  }
  return undefined;
};

t.test('a chain is followed in whatever parts it is sent', (t) => {
  fc.assert(
    fc.property(changes, fc.integer({ min: 1, max: 12 }), (list, cut) => {
      const entries = chainOf(list);
      const whole = follow(start, pageOf(entries));
      const first = follow(start, { ...pageOf(entries), entries: entries.slice(0, cut) });
      const second = follow(first.cursor, { ...pageOf(entries), entries: entries.slice(cut) });
      t.same([...first.steps, ...second.steps], whole.steps);
      t.same(second.cursor, whole.cursor);
      t.equal(whole.cursor.seq, list.length);
    }),
  );
  t.end();
});

t.test('nothing is taken of a page in which anything was changed, left out, repeated or put elsewhere', (t) => {
  const disturbed = fc.tuple(changes, fc.nat(11), fc.constantFrom('drop', 'repeat', 'swap', 'content', 'id', 'hash'));
  fc.assert(
    fc.property(disturbed, ([list, at, how]) => {
      const entries = chainOf(list);
      const place = at % entries.length;
      const one = entries[place] as SentEntry;
      const disturb: Record<typeof how, () => SentEntry[]> = {
        drop: () => entries.filter((_, index) => index !== place),
        repeat: () => entries.flatMap((entry, index) => (index === place ? [entry, entry] : [entry])),
        swap: () => [...entries.slice(place + 1), ...entries.slice(0, place + 1)],
        content: () => entries.with(place, { ...one, content: { name: 'other', count: 0.5 } }),
        id: () => entries.with(place, { ...one, id: 'z' }),
        hash: () => entries.with(place, { ...one, contentHash: one.contentHash === null ? 'x' : null }),
      };
      const changed = disturb[how]();
      const isSame = JSON.stringify(changed) === JSON.stringify(entries);
      // The last entry may be missing: then the page is a part, and the rest comes later.
      const isPart = how === 'drop' && place === entries.length - 1;
      if (isSame || isPart) return;
      t.not(
        codeOf(() => follow(start, { ...pageOf(entries), entries: changed })),
        undefined,
        how,
      );
    }),
    { numRuns: 300 },
  );
  t.end();
});

t.test('a page of another epoch, or with a head that lies before its end, is not believed', (t) => {
  const entries = chainOf([{ collection: 'alliances', id: 'a', content: { name: 'x' } }]);
  t.equal(
    codeOf(() => follow({ ...start, epoch: 'f' }, pageOf(entries))),
    'wrong_epoch',
  );
  t.equal(
    codeOf(() => follow(start, { ...pageOf(entries), head: chainStart })),
    'wrong_head',
  );
  t.equal(
    codeOf(() => follow(start, { ...pageOf(entries), head: { seq: 1, hash: 'other' } })),
    'wrong_head',
  );
  const empty = { epoch: 'e', entries: [], head: { seq: 3, hash: 'h' } };
  t.equal(
    codeOf(() => follow(start, empty)),
    'wrong_head',
    'nothing, and more to come',
  );
  t.same(follow(start, { ...empty, head: chainStart }).steps, []);
  t.end();
});

t.test('an entry whose content was replaced later needs no step, and the chain goes on over it', (t) => {
  const [first, second] = chainOf([
    { collection: 'alliances', id: 'a', content: { name: 'x' } },
    { collection: 'alliances', id: 'a', content: { name: 'y' } },
  ]) as [SentEntry, SentEntry];
  const { content: _, ...bare } = first;
  const { steps, cursor } = follow(start, pageOf([bare, second]));
  t.same(
    steps.map(({ content }) => content),
    [{ name: 'y' }],
  );
  t.equal(cursor.seq, 2);
  t.end();
});

t.test('a peer begins anew where its cursor is not on the chain, and goes on where it is', (t) => {
  const entries = chainOf([1, 2, 3, 4].map((count) => ({ collection: 'alliances', id: 'a', content: { count } })));
  const chain = {
    ...{ epoch: 'e', floor: entries[1] as SentEntry, head: entries[3] as SentEntry },
    hashAt: (seq: number) => entries[seq - 1]?.hash,
  };
  const at = (seq: number, more: object = {}) => ({ epoch: 'e', seq, hash: entries[seq - 1]?.hash ?? '', ...more });
  t.equal(baselineNeeded(null, chain), 'first');
  t.equal(baselineNeeded(at(3, { epoch: 'd' }), chain), 'other_epoch');
  t.equal(baselineNeeded(at(1), chain), 'cleared_away');
  t.equal(baselineNeeded(at(5), chain), 'ahead');
  t.equal(baselineNeeded(at(3, { hash: 'other' }), chain), 'diverged');
  t.equal(baselineNeeded(at(2, { hash: 'other' }), chain), 'diverged', 'also at the floor');
  for (const seq of [2, 3, 4]) t.equal(baselineNeeded(at(seq), chain), undefined);
  t.end();
});

const collections = ['organisations', 'alliances'];
const thing = (collection: string, id: string) => ({ collection, id, content: { id } });

t.test('a baseline comes in parts, in order, and ends with a cursor', (t) => {
  const page = { epoch: 'e', at: { seq: 7, hash: 'h' }, after: null };
  const things = [thing('organisations', 'b'), thing('alliances', 'a')];
  const first = followBaseline(null, { ...page, things, next: true }, collections);
  t.equal(first.cursor, null);
  const after = { collection: 'alliances', id: 'a' };
  const rest = { ...page, after, things: [thing('alliances', 'c')], next: false };
  t.same(followBaseline(first.progress, rest, collections).cursor, { epoch: 'e', seq: 7, hash: 'h' });
  const refused = {
    'of another place': { ...rest, at: { seq: 8, hash: 'i' } },
    'of another epoch': { ...rest, epoch: 'f' },
    'that goes back': { ...rest, things: [thing('organisations', 'c')] },
    'with the same again': { ...rest, things: [thing('alliances', 'a')] },
    'of an unknown collection': { ...rest, things: [thing('secrets', 'a')] },
    'that never ends': { ...rest, things: [], next: true },
    'that begins elsewhere': { ...rest, after: { ...after, id: 'b' } },
    'that begins at the beginning': { ...rest, after: null },
  };
  for (const [name, part] of Object.entries(refused))
    t.equal(
      codeOf(() => followBaseline(first.progress, part, collections)),
      'wrong_baseline',
      name,
    );
  t.equal(
    codeOf(() => followBaseline(null, rest, collections)),
    'wrong_baseline',
    'a later part as the first',
  );
  t.end();
});

t.test('a digest does not depend on the order, and on everything else', (t) => {
  const things = [
    { id: 'a', contentHash: 'x' },
    { id: 'b', contentHash: 'y' },
  ];
  t.equal(collectionDigest(things), collectionDigest(things.toReversed()));
  t.not(collectionDigest(things), collectionDigest(things.slice(1)));
  t.not(
    collectionDigest(things),
    collectionDigest([
      { id: 'a', contentHash: 'y' },
      { id: 'b', contentHash: 'x' },
    ]),
  );
  t.end();
});
