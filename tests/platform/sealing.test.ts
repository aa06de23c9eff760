import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { deriveKey, loadNodeSecret, seal, unseal } from '../../src/platform/sealing.ts';

const key = deriveKey(Buffer.alloc(32, 7), 'test');
const bytes = fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data));

t.test('what was sealed opens to what it was, with the same key and purpose alone', async (t) => {
  const other = deriveKey(Buffer.alloc(32, 7), 'another');
  const property = fc.property(bytes, fc.string(), fc.string(), (plain, aad, otherAad) => {
    const sealed = seal(key, plain, aad);
    const elsewhere = otherAad === aad ? undefined : unseal(key, sealed, otherAad);
    return unseal(key, sealed, aad)?.equals(plain) && !unseal(other, sealed, aad) && elsewhere === undefined;
  });
  t.notOk(fc.check(property).failed);
});

t.test('what was sealed cannot be altered, cut or lengthened', async (t) => {
  const plain = Buffer.from('a private key');
  const sealed = seal(key, plain, 'kid');
  let opened = 0;
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (unseal(key, changed, 'kid') !== undefined) opened += 1;
  }
  for (let length = 0; length < sealed.length; length++)
    if (unseal(key, sealed.subarray(0, length), 'kid') !== undefined) opened += 1;
  if (unseal(key, Buffer.concat([sealed, Buffer.alloc(1)]), 'kid') !== undefined) opened += 1;
  t.equal(opened, 0);
  t.ok(unseal(key, sealed, 'kid')?.equals(plain), 'it opens unaltered');
});

t.test('no two seals of the same are the same, and none shows what is in it', async (t) => {
  const plain = Buffer.from('canary-canary-canary');
  const all = Array.from({ length: 500 }, () => seal(key, plain, 'kid'));
  t.equal(new Set(all.map((sealed) => sealed.toString('hex'))).size, 500);
  t.equal(new Set(all.map((sealed) => sealed.subarray(0, 12).toString('hex'))).size, 500, 'no nonce comes twice');
  t.notOk(all.some((sealed) => sealed.includes('canary')));
});

t.test('the key of a purpose follows from the secret and the purpose', async (t) => {
  const secret = Buffer.alloc(32, 1);
  t.equal(
    deriveKey(secret, 'cursors').toString('hex'),
    // Made with another implementation of RFC 5869, so that a changed derivation does not lock a node out of its keys.
    '867ed1d2dc53a789514b14089f4c2311010a40f23b4d4c5250b981f782e23f87',
  );
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, two) => {
      return deriveKey(secret, one).equals(deriveKey(secret, two)) === (one === two);
    }),
  );
  t.notOk(deriveKey(secret, 'cursors').equals(deriveKey(Buffer.alloc(32, 2), 'cursors')));
});

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'sealing-test-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return join(made, 'data');
}

t.test('the secret of a node is made once, for its owner alone', async (t) => {
  const dataDir = folder(t);
  const secret = loadNodeSecret({ dataDir });
  t.equal(secret.length, 32);
  t.ok(loadNodeSecret({ dataDir }).equals(secret), 'the next start reads the same');
  t.same(readdirSync(dataDir), ['node.secret']);
  t.equal(statSync(join(dataDir, 'node.secret')).mode & 0o777, 0o600);
  t.notOk(loadNodeSecret({ dataDir: folder(t) }).equals(secret), 'another node has another');
});

t.test('a secret that is set is used, and none is kept', async (t) => {
  const dataDir = folder(t);
  const nodeSecret = 'a setting of at least thirty-two characters';
  const secret = loadNodeSecret({ dataDir, nodeSecret });
  t.equal(secret.length, 32);
  t.ok(loadNodeSecret({ dataDir: folder(t), nodeSecret }).equals(secret));
  t.throws(() => readdirSync(dataDir), { code: 'ENOENT' });
});

t.test('a damaged secret stops the node, and is kept for whoever repairs it', async (t) => {
  for (const damaged of ['', '\n', 'too short', `${Buffer.alloc(33).toString('base64url')}\n`]) {
    const dataDir = folder(t);
    loadNodeSecret({ dataDir });
    writeFileSync(join(dataDir, 'node.secret'), damaged);
    t.throws(() => loadNodeSecret({ dataDir }), /node\.secret in the data directory is damaged/);
    t.equal(readFileSync(join(dataDir, 'node.secret'), 'utf8'), damaged);
  }
});

t.test('of several first starts at once all have the same secret', async (t) => {
  const dataDir = folder(t);
  const script = `import { loadNodeSecret } from ${JSON.stringify(new URL('../../src/platform/sealing.ts', import.meta.url))};
    process.stdin.once('data', () => {
      process.stdout.write(loadNodeSecret({ dataDir: ${JSON.stringify(dataDir)} }).toString('hex'));
      process.exit();
    });
    process.stdout.write('.');`;
  const starts = [1, 2, 3].map(() => {
    const given = ['-u', 'NODE_OPTIONS', process.execPath, '--import=tsx', '--input-type=module', '-e', script];
    const child = spawn('env', given, { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString('utf8');
    });
    return { child, waits: once(child.stdout, 'data'), done: once(child, 'close'), said: () => said };
  });
  await Promise.all(starts.map(({ waits }) => waits));
  for (const { child } of starts) child.stdin.end('now');
  await Promise.all(starts.map(({ done }) => done));
  const expected = `.${loadNodeSecret({ dataDir }).toString('hex')}`;
  t.same(
    starts.map(({ said }) => said()),
    [expected, expected, expected],
  );
  t.same(readdirSync(dataDir), ['node.secret']);
});
