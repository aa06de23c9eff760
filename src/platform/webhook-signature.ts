import { createHmac, createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';

const secretPrefix = 'whsec_';
const privateKeyPrefix = 'whsk_';
const publicKeyPrefix = 'whpk_';
const keyLength = 32;

/** What stands before the 32 bytes of an Ed25519 private key in its PKCS #8 form (RFC 8410). */
const pkcs8Beginning = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key pair for `v1a` signatures, as Standard Webhooks writes it: `whsk_` for the sender, `whpk_` for all receivers. */
export type SigningKeyPair = { readonly privateKey: string; readonly publicKey: string };

/** What is signed. `id` is the same at each attempt; `timestamp`, in whole seconds, is that of the attempt. */
export type SignedWebhook = {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
  /** The secrets that are valid now: the new and the old one while a rotation lasts. */
  readonly secrets: readonly string[];
  readonly privateKeys?: readonly string[] | undefined;
};

/** A new secret for `v1` signatures. It is the endpoint's alone. */
export const newWebhookSecret = (): string => secretPrefix + randomBytes(keyLength).toString('base64');

/** A new key pair for `v1a` signatures, or the one that follows from 32 bytes. */
export function newSigningKeyPair(seed: Buffer = randomBytes(keyLength)): SigningKeyPair {
  const { x } = createPublicKey(privateKeyOf(seed)).export({ format: 'jwk' });
  return {
    privateKey: privateKeyPrefix + seed.toString('base64'),
    publicKey: publicKeyPrefix + Buffer.from(x ?? '', 'base64url').toString('base64'),
  };
}

/**
 * The value of the header `webhook-signature` by Standard Webhooks 1.0: a `v1` signature for each secret and a `v1a`
 * signature for each private key, with spaces between. A receiver takes the message when one of them is right.
 */
export function signWebhook({ id, timestamp, body, secrets, privateKeys = [] }: SignedWebhook): string {
  // With a full stop in it, parts of one message could pass for those of another.
  if (!/^[^.\s]+$/.test(id)) throw new TypeError('the id of a webhook has no full stop and no space');
  if (!Number.isSafeInteger(timestamp)) throw new TypeError('the timestamp of a webhook is in whole seconds');
  if (secrets.length + privateKeys.length === 0) throw new TypeError('a webhook is signed by at least one key');
  const content = Buffer.from(`${id}.${timestamp}.${body}`, 'utf8');
  return [
    ...secrets.map((secret) => `v1,${createHmac('sha256', secretBytes(secret)).update(content).digest('base64')}`),
    ...privateKeys.map((key) => `v1a,${sign(null, content, privateKeyOf(seedOf(key))).toString('base64')}`),
  ].join(' ');
}

const privateKeyOf = (seed: Buffer) =>
  createPrivateKey({ key: Buffer.concat([pkcs8Beginning, seed]), format: 'der', type: 'pkcs8' });

function secretBytes(secret: string): Buffer {
  const bytes = bytesAfter(secretPrefix, secret);
  if (bytes === undefined || bytes.length < 24 || bytes.length > 64)
    throw new TypeError('a secret of a webhook is whsec_ and 24 to 64 bytes in base64');
  return bytes;
}

function seedOf(privateKey: string): Buffer {
  const bytes = bytesAfter(privateKeyPrefix, privateKey);
  if (bytes?.length !== keyLength) throw new TypeError('a private key of a webhook is whsk_ and 32 bytes in base64');
  return bytes;
}

/** The bytes in base64 after a prefix; undefined when they are written otherwise than base64 is. */
function bytesAfter(prefix: string, text: string): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  return bytes.toString('base64') === text.slice(prefix.length) ? bytes : undefined;
}
