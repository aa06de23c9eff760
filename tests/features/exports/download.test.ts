import { createHash } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import { cut } from '../../../src/features/exports/parts.ts';
import { readRange } from '../../../src/platform/ranges.ts';
import { exporter } from '../../helpers/archives.ts';
import { demoNode } from '../../helpers/demo.ts';

const node = await demoNode(t);
const administrator = exporter(node, node.token);
const { id, bytes } = await administrator.make();
const path = `/exports/${id}/content`;
const tag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
const digest = `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

t.test('the whole is an attachment with its digest', async (t) => {
  const got = await administrator.get(path);
  t.equal(got.statusCode, 200);
  t.match(got.headers, {
    ...{ 'content-type': 'application/gzip', 'content-length': `${bytes.length}`, etag: tag, 'accept-ranges': 'bytes' },
    ...{ 'repr-digest': digest, 'content-disposition': `attachment; filename="samendoen-${id}.tar.gz"` },
    'x-content-type-options': 'nosniff',
  });
  t.match(got.headers['cache-control'], /no-store/);
  const head = await node.app.inject({
    ...{ method: 'HEAD', url: `/v1${path}` },
    headers: { host: 'node.example', authorization: `Bearer ${node.token}` },
  });
  t.match(head, { statusCode: 200, body: '', headers: { 'content-length': `${bytes.length}`, etag: tag } });
});

t.test('a part is given as Range asks, with the digest of the whole', async (t) => {
  const cases: [string, Buffer][] = [
    ['bytes=0-99', bytes.subarray(0, 100)],
    ['bytes=100-', bytes.subarray(100)],
    ['bytes=-50', bytes.subarray(-50)],
    [`bytes=10-${bytes.length * 2}`, bytes.subarray(10)],
  ];
  for (const [range, expected] of cases) {
    const got = await administrator.get(path, { range });
    t.equal(got.statusCode, 206, range);
    t.ok(got.rawPayload.equals(expected));
    const start = bytes.length - expected.length;
    const from = range === 'bytes=0-99' ? 0 : start;
    t.match(got.headers, {
      ...{ 'content-range': `bytes ${from}-${from + expected.length - 1}/${bytes.length}`, 'repr-digest': digest },
      ...{ etag: tag, 'content-length': `${expected.length}` },
    });
  }
});

t.test('a download that was broken off is resumed, and begins anew where the archive is another', async (t) => {
  const begun = (await administrator.get(path, { range: 'bytes=0-4095' })).rawPayload;
  const rest = await administrator.get(path, { range: 'bytes=4096-', 'if-range': tag });
  t.ok(Buffer.concat([begun, rest.rawPayload]).equals(bytes));
  for (const other of ['"another"', `W/${tag}`, 'Mon, 05 Jan 2026 08:00:00 GMT'])
    t.equal((await administrator.get(path, { range: 'bytes=4096-', 'if-range': other })).statusCode, 200, other);
});

t.test('what cannot be given, what is not understood, and what the client has', async (t) => {
  const beyond = await administrator.get(path, { range: `bytes=${bytes.length}-` });
  t.match(beyond.json(), { status: 416, code: 'range_not_satisfiable' });
  t.equal(beyond.headers['content-range'], `bytes */${bytes.length}`);
  for (const range of ['bytes=5-1', 'bytes=0-1,4-5', 'items=0-1', 'bytes=', 'bytes=a-b', 'bytes'])
    t.equal((await administrator.get(path, { range })).statusCode, 200, range);
  const held = await administrator.get(path, { 'if-none-match': tag });
  t.match(held, { statusCode: 304, body: '' });
  t.equal((await administrator.get(path, { accept: 'application/json' })).statusCode, 406);
});

t.test('any part of a representation of any size is the part that was asked for', (t) => {
  fc.assert(
    fc.property(fc.nat(300), fc.nat(400), fc.nat(400), (size, first, last) => {
      const whole = Buffer.alloc(size, 1);
      const part = readRange(`bytes=${first}-${last}`, size);
      if (last < first) return part === undefined;
      if (first >= size) return part === 'unsatisfiable';
      if (part === undefined || part === 'unsatisfiable') return false;
      return part.start === first && whole.subarray(part.start, part.end).equals(whole.subarray(first, last + 1));
    }),
  );
  t.end();
});

t.test('bytes are cut into parts of one size, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 })),
      fc.integer({ min: 1, max: 16 }),
      async (pieces, size) => {
        const parts: Buffer[] = [];
        for await (const part of cut(from(pieces), size)) parts.push(part);
        const sizes = parts.slice(0, -1).every(({ length }) => length === size);
        return sizes && Buffer.concat(parts).equals(Buffer.concat(pieces));
      },
    ),
  );
});

async function* from(pieces: readonly Uint8Array[]) {
  yield* pieces;
}
