import net from 'node:net';
import t, { type Test } from 'tap';
import { rotateSigningKey } from '../../../src/features/access/access.ts';
import { ensureSigningKey, openKeyRing } from '../../../src/features/access/keys.ts';
import { type Connection, openDatabase } from '../../../src/platform/db.ts';
import { applicationRole } from '../../helpers/db.ts';
import { decodePart, leakedKey, nodeSecret, refusalOf, testAccess, testNode, tokenOf } from '../../helpers/oauth.ts';

const kidOf = (token: string) => decodePart(token, 0).kid;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits for a notice to cross the database; false when it does not within five seconds. */
async function comesTrue(check: () => Promise<boolean>): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until; await turn()) if (await check()) return true;
  return false;
}

t.test('keys rotate under load without a failure, and every process follows', async (t) => {
  const node = await testNode(t);
  const processes = [node.access, await testAccess(t, node)];
  const first = await tokenOf(node.access, node.client.clientId, node.key);
  let running = true;
  let served = 0;
  const kids = new Set<unknown>([kidOf(first)]);
  const load = Array.from({ length: 4 }, async (_, n) => {
    while (running) {
      const token = await tokenOf(processes[n % 2] ?? node.access, node.client.clientId, node.key);
      kids.add(kidOf(token));
      await (processes[(n + 1) % 2] ?? node.access).authenticate(`Bearer ${token}`);
      served++;
    }
  });
  for (let rotation = 0; rotation < 5; rotation++) {
    const { kid } = await rotateSigningKey(node.db, { keySecret: nodeSecret, leadSeconds: 0 });
    const before = served;
    while (!kids.has(kid) && served < before + 500) await turn();
    t.ok(kids.has(kid), 'the new key signs');
  }
  running = false;
  await Promise.all(load);
  t.equal(kids.size, 6);
  for (const access of processes) await access.authenticate(`Bearer ${first}`);
  t.pass(`${served} tokens were issued and accepted, and the first one still is`);
});

t.test('a new key is published by every process before it signs, takes over, and the old one retires', async (t) => {
  const node = await testNode(t);
  const { access, client, key, db, owner } = node;
  const elsewhere = await testAccess(t, node);
  const published = async () => (await elsewhere.keySet()).keys.map(({ kid }) => kid);
  const old = await tokenOf(access, client.clientId, key);
  const next = await rotateSigningKey(db, { keySecret: nodeSecret });
  t.ok(next.activeFrom.getTime() - Date.now() > 590_000, 'it waits until kept key sets are renewed');
  t.same(await rotateSigningKey(db, { keySecret: nodeSecret }), next, 'a key that waits is not made twice');
  t.ok(await comesTrue(async () => (await published()).includes(next.kid)), 'another process publishes it');
  t.same((await published()).sort(), [kidOf(old), next.kid].sort());
  t.equal(kidOf(await tokenOf(access, client.clientId, key)), kidOf(old), 'the old one signs until then');

  const shift = (change: string) => owner.begin((sql) => [sql.unsafe(change), sql`select pg_notify('access', 'keys')`]);
  await shift(`update signing_keys
    set active_from = active_from - interval '11 minutes', retires_at = retires_at - interval '11 minutes'`);
  t.ok(
    await comesTrue(async () => kidOf(await tokenOf(elsewhere, client.clientId, key)) === next.kid),
    'it takes over',
  );
  await elsewhere.authenticate(`Bearer ${old}`);
  const [overlap] = await owner`
    select extract(epoch from retires_at - now())::int as seconds from signing_keys where retires_at is not null`;
  t.ok(overlap?.seconds > 2 * 3600 - 120, 'the old one verifies for longer than any token lives');

  await shift("update signing_keys set retires_at = now() - interval '1 second' where retires_at is not null");
  t.match(await refusalOf(() => elsewhere.authenticate(`Bearer ${old}`)), { code: 'invalid_token' });
  t.same(await published(), [next.kid]);
  await rotateSigningKey(db, { keySecret: nodeSecret });
  const [sealed] = await owner`select count(sealed_private_key)::int as count from signing_keys`;
  t.equal(sealed?.count, 2, 'the private half of a retired key is not kept');
});

t.test('after a key was compromised every process refuses what was signed with older keys', async (t) => {
  const node = await testNode(t);
  const { access, client, key, db } = node;
  const elsewhere = await testAccess(t, node);
  const old = await tokenOf(access, client.clientId, key);
  const waiting = await rotateSigningKey(db, { keySecret: nodeSecret });
  await elsewhere.authenticate(`Bearer ${old}`);
  const urgent = await rotateSigningKey(db, { keySecret: nodeSecret, compromised: true });
  for (const process of [access, elsewhere])
    t.match(await refusalOf(() => process.authenticate(`Bearer ${old}`)), { code: 'invalid_token' });
  const young = await tokenOf(access, client.clientId, key);
  t.equal(kidOf(young), urgent.kid);
  await elsewhere.authenticate(`Bearer ${young}`);
  t.same(
    (await elsewhere.keySet()).keys.map(({ kid }) => kid),
    [urgent.kid],
    'nor is a key published that was waiting',
  );
  t.not(waiting.kid, urgent.kid);
  const [sealed] = await node.owner`select count(sealed_private_key)::int as count from signing_keys`;
  t.equal(sealed?.count, 1);
});

t.test('a process whose clock is 50 seconds behind follows a compromised key and a first start at once', async (t) => {
  const { db, owner } = await testNode(t);
  const old = await leakedKey(db);
  const { kid } = await rotateSigningKey(db, { keySecret: nodeSecret, compromised: true });
  // As if it had been done by a process whose clock is 50 seconds ahead of this one.
  const shift = () => owner`
    update signing_keys set active_from = active_from + interval '50 s', retires_at = retires_at + interval '50 s'`;
  await shift();
  const ring = openKeyRing(db, nodeSecret);
  t.equal((await ring.current()).kid, kid);
  t.equal(await ring.find(String(old.jwk.kid)), undefined);
  await owner`delete from signing_keys`;
  await ensureSigningKey(db, nodeSecret);
  await shift();
  t.ok((await openKeyRing(db, nodeSecret).current()).kid);
});

/** A database behind a wire that keeps what was asked, and on which answers that hold a text can be held back. */
async function wired(t: Test, connection: Connection) {
  const questions: Buffer[] = [];
  let held: { text: string; pieces: (() => void)[] } | undefined;
  const far = () => {
    if (typeof connection !== 'string') return net.connect(`${connection.host}/.s.PGSQL.${connection.port}`);
    const url = new URL(connection);
    return net.connect(Number(url.port || 5432), url.hostname);
  };
  const server = net.createServer((near) => {
    const socket = far();
    near.pipe(socket);
    near.on('data', (piece) => questions.push(piece));
    socket.on('data', (piece) => {
      if (held !== undefined && (held.pieces.length > 0 || piece.includes(held.text)))
        held.pieces.push(() => near.write(piece));
      else near.write(piece);
    });
    for (const end of [near, socket]) end.on('error', () => undefined).on('close', () => near.destroy());
    near.on('close', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const url = typeof connection === 'string' ? new URL(connection) : undefined;
  if (url !== undefined) Object.assign(url, { hostname: '127.0.0.1', port: String(port) });
  const place = url?.href ?? { ...(connection as Exclude<Connection, string>), host: '127.0.0.1', port };
  const database = openDatabase(place, { max: 1, role: applicationRole });
  t.teardown(async () => {
    await database.close();
    server.close();
  });
  return {
    db: database.db,
    asked: (text: string) => Buffer.concat(questions).toString('latin1').split(text).length - 1,
    hold: (text: string) => {
      held = { text, pieces: [] };
    },
    isHolding: async () => (held?.pieces.length ?? 0) > 0,
    release: () => {
      for (const write of held?.pieces ?? []) write();
      held = undefined;
    },
  };
}

t.test('keys that were read before a notice are not believed after it', async (t) => {
  const node = await testNode(t);
  const wire = await wired(t, node.connection);
  const ring = openKeyRing(wire.db, nodeSecret);
  const { kid } = await ring.current();
  wire.hold(kid);
  const asking = ring.find('unknown');
  t.ok(await comesTrue(wire.isHolding), 'the answer with the old key is underway');
  await rotateSigningKey(node.db, { keySecret: nodeSecret, compromised: true });
  ring.forget();
  const found = ring.find(kid);
  wire.release();
  t.equal(await found, undefined);
  t.equal(await asking, undefined);
});

t.test('the published keys are public ones for signatures, and tell nothing else', async (t) => {
  const { access } = await testNode(t);
  const { keys } = await access.keySet();
  t.equal(keys.length, 1);
  t.same(Object.keys(keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  t.match(keys[0], { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: /^[\w-]{43}$/ });
});

t.test('many processes that start at once make one signing key, and another secret does not open it', async (t) => {
  const { db, sql, owner } = await testNode(t);
  await owner`delete from signing_keys`;
  await Promise.all(Array.from({ length: 6 }, () => testAccess(t, { db, sql })));
  const [row, ...more] = await owner`
    select encode(sealed_private_key, 'escape') as sealed, public_jwk as jwk from signing_keys`;
  t.same(more, []);
  t.notOk('d' in JSON.parse(JSON.stringify(row?.jwk)));
  t.notMatch(row?.sealed, /"d"/, 'the private key is not stored in clear');
  await t.rejects(openKeyRing(db, Buffer.alloc(32, 9)).current(), /does not open/);
});

t.test('hundreds of tokens with unknown keys at once are refused by few readings of the keys', async (t) => {
  const node = await testNode(t);
  const wire = await wired(t, node.connection);
  const ring = openKeyRing(wire.db, nodeSecret);
  await ring.current();
  t.equal(wire.asked('from "signing_keys"'), 1, 'readings are counted');
  const answers = await Promise.all(Array.from({ length: 300 }, (_, n) => ring.find(`unknown-${n}`)));
  t.ok(answers.every((answer) => answer === undefined));
  t.ok(wire.asked('from "signing_keys"') < 10, `${wire.asked('from "signing_keys"')} readings`);
});
