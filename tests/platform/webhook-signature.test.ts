import { createPublicKey, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import t from 'tap';
import { newSigningKeyPair, newWebhookSecret, signWebhook } from '../../src/platform/webhook-signature.ts';

const now = () => Math.floor(Date.now() / 1000);

const publicKeyOf = (text: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(text.slice('whpk_'.length), 'base64').toString('base64url') },
    format: 'jwk',
  });

t.test('the vectors of the specification and of its own libraries are signed alike', async (t) => {
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  t.equal(
    signWebhook({ ...message, secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }),
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
  t.equal(
    signWebhook({ ...message, secrets: [], privateKeys: ['whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk='] }),
    'v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==',
  );
});

t.test(
  'during a rotation a receiver with the old or the new secret takes the message, and one with another does not',
  async (t) => {
    const [old, current, other] = [newWebhookSecret(), newWebhookSecret(), newWebhookSecret()];
    const property = fc.property(fc.uuid(), fc.json(), (id, body) => {
      const timestamp = now();
      const signature = signWebhook({ id, timestamp, body, secrets: [current, old] });
      const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
      for (const secret of [old, current]) new Webhook(secret).verify(body, headers);
      const changed = [
        () => new Webhook(other).verify(body, headers),
        () => new Webhook(current).verify(`${body} `, headers),
        () => new Webhook(current).verify(body, { ...headers, 'webhook-id': `${id}0` }),
        () => new Webhook(current).verify(body, { ...headers, 'webhook-timestamp': String(timestamp + 1) }),
      ];
      return changed.every((attempt) => refuses(attempt)) && signature.split(' ').length === 2;
    });
    const { failed, counterexample } = fc.check(property, { numRuns: 200 });
    t.notOk(failed, JSON.stringify(counterexample));
  },
);

function refuses(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch {
    return true;
  }
}

t.test('a receiver with the public key alone can verify, and each key signs', async (t) => {
  const pairs = [newSigningKeyPair(), newSigningKeyPair()];
  const message = { id: 'msg', timestamp: now(), body: '{"naam":"Zorgcoöperatie"}' };
  const secrets = [newWebhookSecret()];
  const signatures = signWebhook({ ...message, secrets, privateKeys: pairs.map(({ privateKey }) => privateKey) }).split(
    ' ',
  );
  t.same(
    signatures.map((signature) => signature.split(',')[0]),
    ['v1', 'v1a', 'v1a'],
  );
  const content = Buffer.from(`${message.id}.${message.timestamp}.${message.body}`);
  pairs.forEach(({ publicKey }, index) => {
    const bytes = signatures.slice(1).map((signature) => Buffer.from(signature.split(',')[1] ?? '', 'base64'));
    t.same(
      bytes.map((signature) => verify(null, content, publicKeyOf(publicKey), signature)),
      [0, 1].map((place) => place === index),
    );
  });
});

t.test('a key pair follows from its seed, and without one it is new', async (t) => {
  const seed = Buffer.alloc(32, 7);
  t.same(newSigningKeyPair(seed), newSigningKeyPair(seed));
  t.not(newSigningKeyPair().publicKey, newSigningKeyPair().publicKey);
  t.match(newSigningKeyPair(), { privateKey: /^whsk_[\w+/]{43}=$/, publicKey: /^whpk_[\w+/]{43}=$/ });
  t.match(newWebhookSecret(), /^whsec_[\w+/]{43}=$/);
});

t.test('what would weaken a signature is refused, and the refusal shows no key', async (t) => {
  const good = { id: 'msg', timestamp: now(), body: '', secrets: [newWebhookSecret()] };
  const secretOf = (length: number) => `whsec_${Buffer.alloc(length, 1).toString('base64')}`;
  for (const faulty of [
    { ...good, id: 'a.b' },
    { ...good, id: '' },
    { ...good, id: 'a b' },
    { ...good, timestamp: 1.5 },
    { ...good, timestamp: Number.NaN },
    { ...good, secrets: [] },
    { ...good, secrets: [secretOf(23)] },
    { ...good, secrets: [secretOf(65)] },
    { ...good, secrets: ['canary'] },
    { ...good, secrets: [`${secretOf(32)}canary`] },
    { ...good, privateKeys: [newWebhookSecret()] },
    { ...good, privateKeys: [`whsk_${Buffer.alloc(64).toString('base64')}`] },
  ])
    t.throws(() => signWebhook(faulty), /^(?!.*canary)/);
  for (const length of [24, 64]) t.doesNotThrow(() => signWebhook({ ...good, secrets: [secretOf(length)] }));
});
