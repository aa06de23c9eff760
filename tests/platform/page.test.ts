import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { Cursors, canonicalFilter } from '../../src/platform/page.ts';
import { Problem } from '../../src/platform/problem.ts';

const cursors = new Cursors(Buffer.alloc(32, 1));
const bind = { operationId: 'listThings', clientId: 'client', filter: '[[],[["kind","a"]]]' };
const refused = (open: () => unknown): boolean => {
  try {
    open();
    return false;
  } catch (error) {
    return error instanceof Problem && error.code === 'invalid_cursor';
  }
};

t.test('a cursor opens to the position that was sealed', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), (position) => {
      t.strictSame(cursors.open(bind, cursors.seal(bind, position)), position);
    }),
    { numRuns: 200 },
  );
});

t.test('no bit of a cursor can be changed, and none can be added or left out', async (t) => {
  const cursor = cursors.seal(bind, ['019b0000-0000-7000-8000-000000000001', '2026-01-01']);
  const bytes = Buffer.from(cursor, 'base64url');
  let accepted = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (!refused(() => cursors.open(bind, changed.toString('base64url')))) accepted += 1;
  }
  t.equal(accepted, 0);
  // In the text as well: the last character has bits that a lenient decoder ignores.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=';
  const last = [...alphabet].filter((character) => character !== cursor.at(-1));
  t.ok(last.every((character) => refused(() => cursors.open(bind, cursor.slice(0, -1) + character))));
  for (let length = 0; length < cursor.length; length++) {
    if (!refused(() => cursors.open(bind, cursor.slice(0, length)))) t.fail(`${length} characters were accepted`);
  }
  for (const more of ['A', 'AAAA', '=', ' ', '\n']) t.ok(refused(() => cursors.open(bind, cursor + more)));
});

t.test('a cursor of another operation, client, filter or key is refused, and so is rubbish', async (t) => {
  const cursor = cursors.seal(bind, ['1']);
  t.ok(refused(() => cursors.open({ ...bind, operationId: 'listOthers' }, cursor)));
  t.ok(refused(() => cursors.open({ ...bind, clientId: 'another' }, cursor)));
  t.ok(refused(() => cursors.open({ ...bind, filter: '[[],[]]' }, cursor)));
  t.ok(refused(() => new Cursors(Buffer.alloc(32, 2)).open(bind, cursor)));
  fc.assert(
    fc.property(fc.string(), (text) => refused(() => cursors.open(bind, text))),
    { numRuns: 200 },
  );
  t.ok(refused(() => cursors.open(bind, randomBytes(100).toString('base64url'))));
  t.throws(() => new Cursors(Buffer.alloc(16)), /32 bytes/);
});

t.test('two cursors for one position differ, and neither shows it', async (t) => {
  const one = cursors.seal(bind, ['secret position']);
  t.not(one, cursors.seal(bind, ['secret position']));
  t.notMatch(Buffer.from(one, 'base64url').toString('latin1'), 'secret');
});

t.test('the filter has one form, whatever the order, and leaves out cursor and page size', async (t) => {
  const day = new Date('2026-01-01T00:00:00Z');
  t.equal(
    canonicalFilter({ b: '1', a: '2' }, { limit: 5, kind: 'x', cursor: 'c', since: day, absent: undefined }),
    canonicalFilter({ a: '2', b: '1' }, { since: day, kind: 'x', limit: 9 }),
  );
  t.not(canonicalFilter({ a: '1' }, {}), canonicalFilter({}, { a: '1' }));
});
