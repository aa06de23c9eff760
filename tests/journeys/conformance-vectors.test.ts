import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import t from 'tap';
import { readVectors, vectorFaults } from '../../src/commands/conformance/vectors.ts';
import { DecisionClaims, OfferClaims } from '../../src/features/federation/messages.ts';
import { AnswerClaims, NudgeClaims, RequestClaims } from '../../src/features/replication/messages.ts';

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('base64url');

/** Canonical JSON (RFC 8785), written for this test apart from the code that it looks at. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}

t.test('the test vectors say what this version of the protocol says', async (t) => {
  t.same(vectorFaults(await readVectors()), []);
  const vectors = await readVectors();
  const changed = structuredClone(vectors);
  t.ok(changed.contents[0]);
  Object.assign(changed.contents[0]?.content ?? {}, { name: 'Anders' });
  t.same(vectorFaults(changed), ['the hash of content 0 is another'], 'a fault is found');
});

t.test('the test vectors can be computed by the text of the protocol alone', async (t) => {
  const { contents, chain, digests, offerHashes } = await readVectors();
  t.ok(contents.length >= 4 && chain.length >= 4 && digests.length >= 3);
  for (const { content, canonical: written, contentHash } of contents) {
    t.equal(canonical(content), written);
    t.equal(sha256(written), contentHash);
  }
  for (const [at, { canonical: written, entry }] of chain.entries()) {
    const { seq, previous, collection, id, contentHash, hash } = entry;
    t.equal(canonical([seq, previous, collection, id, contentHash]), written);
    t.equal(sha256(written), hash);
    t.equal(seq, at + 1);
    t.equal(previous, chain[at - 1]?.entry.hash ?? '');
  }
  t.ok(
    chain.some(({ entry }) => entry.contentHash === null),
    'one is of a thing that was removed',
  );
  for (const { things, digest } of digests) {
    const lines = things.map(({ id, contentHash }) => `${id} ${contentHash}\n`).sort();
    t.equal(sha256(lines.join('')), digest);
  }
  for (const { jws, offerHash } of offerHashes) t.equal(sha256(jws.split('.')[1] ?? ''), offerHash);
});

t.test('the messages of the test vectors are signed, and in the form of the protocol', async (t) => {
  const { messages } = await readVectors();
  const schemas = {
    'peering+jwt': OfferClaims,
    'peering-decision+jwt': DecisionClaims,
    'feed-request+jwt': RequestClaims,
    'feed+jwt': AnswerClaims,
    'feed-nudge+jwt': NudgeClaims,
  };
  t.same([...new Set(messages.map(({ typ }) => typ))].sort(), Object.keys(schemas).sort(), 'one of each type');
  for (const { typ, jws, keys, claims } of messages) {
    const [header = '', payload = '', signature = ''] = jws.split('.');
    const { kid, ...told } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>;
    t.same(told, { alg: 'ES256', typ });
    const key = createPublicKey({ key: keys.find((one) => one.kid === kid) as JsonWebKey, format: 'jwk' });
    const by = { key, dsaEncoding: 'ieee-p1363' } as const;
    t.ok(verify('sha256', Buffer.from(`${header}.${payload}`), by, Buffer.from(signature, 'base64url')), typ);
    t.same(JSON.parse(Buffer.from(payload, 'base64url').toString()), claims);
    t.ok(schemas[typ as keyof typeof schemas].safeParse(claims).success, typ);
    t.notOk(
      keys.some((one) => 'd' in one),
      'public keys alone',
    );
  }
});
