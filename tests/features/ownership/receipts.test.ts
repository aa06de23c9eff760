import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join as path } from 'node:path';
import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK } from 'jose';
import t from 'tap';
import { publishedReceiptKeys, rotateReceiptKey } from '../../../src/features/access/access.ts';
import { receiptType, verifyReceipt } from '../../../src/features/ownership/receipts.ts';
import { getOwnershipReceipt } from '../../../src/features/ownership/records.ts';
import { verifyOwnership } from '../../../src/features/ownership/verification.ts';
import { canonicalBytes } from '../../../src/platform/receipts.ts';
import { baseUrl, demoNode } from '../../helpers/demo.ts';
import { startProgram } from '../../helpers/programs.ts';
import { found, join, parties } from '../alliances/world.ts';
import { alliance, give, ownershipDatabase, records } from './world.ts';

const nodeSecret = Buffer.alloc(32, 3);

t.test(
  'each record has a receipt that says all of it, names the one before, and verifies with the public key',
  async (t) => {
    const { db } = await ownershipDatabase(t);
    const { one, two } = await parties(db, 'one', 'two');
    const subject = alliance(await found(db, one));
    await join(db, subject.id, one, two);
    await give(db, one, subject, one);
    await give(db, one, subject, two);
    const [first, second] = await records(db, two, { history: true });
    const receiptOf = async (id = '') => (await getOwnershipReceipt(db, two.caller, id)).body.receipt;
    const receipt = await receiptOf(second?.id);
    const keys = await publishedReceiptKeys(db);
    const { payload } = await verifyReceipt(receipt, keys);
    t.match(payload, {
      iss: baseUrl,
      id: second?.id,
      subject,
      number: 2,
      change: 'transferred',
      share: 'accountable',
      accountable: two.id,
      joint: [],
      from: one.id,
      to: two.id,
      offer: { id: second?.offerId, offeredBy: one.id },
      recordedAt: second?.recordedAt.toISOString(),
      previous: first?.receiptHash,
    });
    t.equal(
      createHash('sha256')
        .update(await receiptOf(first?.id))
        .digest('hex'),
      first?.receiptHash,
    );
    const [jwk] = keys.keys;
    t.equal('d' in (jwk ?? {}), false, 'the private half is not published');
    const verified = await compactVerify(receipt, await importJWK(jwk ?? {}, 'ES256'));
    t.same(verified.protectedHeader, { alg: 'ES256', kid: jwk?.kid, typ: receiptType });
    t.same(Buffer.from(verified.payload), Buffer.from(canonicalBytes(payload)), 'it is canonical JSON');

    let found_ = 0;
    for (let place = 0; place < receipt.length; place++) {
      const changed = receipt[place] === 'A' ? 'B' : 'A';
      const altered = receipt.slice(0, place) + changed + receipt.slice(place + 1);
      found_ += await verifyReceipt(altered, keys).then(
        () => 0,
        () => 1,
      );
    }
    t.equal(found_, receipt.length, 'one changed character is found, wherever it is');
  },
);

t.test('what another key signed, of another type, or not as it is to be signed, is no receipt', async (t) => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'ES256' }] };
  const sign = (header: object, payload: Uint8Array) =>
    new CompactSign(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: receiptType, ...header })
      .sign(pair.privateKey);
  const json = Buffer.from('{ "iss": "x" }');
  await t.rejects(verifyReceipt(await sign({ typ: 'at+jwt' }, json), keys), /its type is at\+jwt/);
  await t.rejects(verifyReceipt(await sign({ kid: 'other' }, json), keys), /none of the published ones/);
  await t.rejects(verifyReceipt(await sign({}, json), keys), /no ownership receipt in canonical form/);
  await t.rejects(verifyReceipt('a.b', keys), /no compact JWS/);
  await t.rejects(verifyReceipt('', keys), /no compact JWS/);
  const other = await exportJWK((await generateKeyPair('ES256', { extractable: true })).publicKey);
  await t.rejects(verifyReceipt(await sign({}, json), { keys: [{ ...other, kid: 'k' }] }), /its signature is not/);
});

t.test('keys of receipts rotate and stay published for good; a stolen one is told', async (t) => {
  const { db, owner } = await ownershipDatabase(t);
  const { one, two } = await parties(db, 'one', 'two');
  const subject = alliance(await found(db, one));
  await join(db, subject.id, one, two);
  const [old] = (await publishedReceiptKeys(db)).keys;
  await give(db, one, subject, one);
  const next = await rotateReceiptKey(db, { keySecret: nodeSecret });
  t.ok(next.activeFrom.getTime() - Date.now() > 590_000, 'it is published before it signs');
  t.same(await rotateReceiptKey(db, { keySecret: nodeSecret }), next, 'a key that waits is not made twice');
  const kidOf = async (number: number) => {
    const [row] = await owner<{ receipt: string }[]>`select receipt from ownership_records where number = ${number}`;
    const header = Buffer.from(row?.receipt.split('.')[0] ?? '', 'base64url').toString();
    return (JSON.parse(header) as { kid: string }).kid;
  };
  await give(db, one, subject, two, 'joint');
  t.equal(await kidOf(2), old?.kid, 'the old one signs until then');
  await owner`update signing_keys set active_from = now() where kid = ${next.kid}`;
  await give(db, one, subject, two);
  t.equal(await kidOf(3), next.kid);
  t.same(
    (await publishedReceiptKeys(db)).keys.map(({ kid }) => kid),
    [old?.kid, next.kid],
  );
  const urgent = await rotateReceiptKey(db, { keySecret: nodeSecret, compromised: true });
  await give(db, two, subject, one);
  t.equal(await kidOf(4), urgent.kid, 'a new one signs at once');
  const keys = await publishedReceiptKeys(db);
  t.same(
    keys.keys.map(({ revokedAt }) => revokedAt !== undefined),
    keys.keys.map(({ kid }) => kid !== urgent.kid),
  );
  t.same((await verifyOwnership(db, keys)).faults, [], 'what was signed before stays valid');
  const [sealed] =
    await owner`select count(sealed_private_key)::int as count from signing_keys where purpose = 'receipts'`;
  t.equal(sealed?.count, 1, 'private halves that sign no more are not kept');
  const long = keys.keys.map((key) =>
    key.revokedAt === undefined ? key : { ...key, revokedAt: '2020-01-01T00:00:00Z' },
  );
  t.match((await verifyOwnership(db, { keys: long })).faults[0], /was stolen/, 'what a stolen key signed later is not');
});

t.test(
  'a receipt of a node is verified by the command with its published keys, and a changed one is not',
  async (t) => {
    const { app, token } = await demoNode(t);
    const headers = { host: 'node.example', authorization: `Bearer ${token}` };
    const list = await app.inject({ url: '/v1/ownership-records?limit=1', headers });
    const { id } = (list.json() as { items: { id: string }[] }).items[0] ?? { id: '' };
    const url = `/v1/ownership-records/${id}/receipt`;
    const bare = await app.inject({ url, headers: { ...headers, accept: 'application/jose' } });
    t.equal(bare.headers['content-type'], 'application/jose; charset=utf-8');
    const json = await app.inject({ url, headers });
    t.same(json.json(), { receipt: bare.body });
    const jwks = await app.inject({ url: '/.well-known/receipt-jwks.json', headers: { host: 'node.example' } });
    t.equal(jwks.headers['cache-control'], 'public, max-age=300');
    const folder = t.testdir({ bare: bare.body, json: json.body, jwks: jwks.body, none: '{}' });
    const file = (name: string) => path(folder, name);
    const verify = async (...given: string[]) => {
      const program = startProgram(t, 'commands/verify-receipt.ts', {}, given);
      const { code } = await program.ended;
      return { code, text: program.stdout(), fault: program.stderr() };
    };
    for (const name of ['bare', 'json']) {
      const { code, text } = await verify(file(name), '--jwks', file('jwks'));
      t.equal(code, 0);
      t.match(text, new RegExp(`^node +${baseUrl}\nrecord +${id}, number \\d of alliance [^]+\nvalid\n$`));
    }
    writeFileSync(
      file('changed'),
      bare.body.replace(/\.(.)/, (_, one) => `.${one === 'A' ? 'B' : 'A'}`),
    );
    t.match(await verify(file('changed'), '--jwks', file('jwks')), { code: 1, text: '', fault: /^not valid: / });
    t.match(await verify(file('none'), '--jwks', file('jwks')), { code: 1, fault: /holds no receipt/ });
    t.match(await verify(file('bare'), '--jwks', file('none')), { code: 1, fault: /holds no key set/ });
    t.match(await verify(file('bare')), { code: 1, fault: /^Usage/ });
  },
);
