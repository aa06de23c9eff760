import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const nonceLength = 12;
const tagLength = 16;

/**
 * The secret of the node, 32 bytes, from which its keys derive: from the setting, else from `node.secret` in the data
 * directory, which is made at the first start, readable by its owner alone.
 */
export function loadNodeSecret(options: { dataDir: string; nodeSecret?: string | undefined }): Buffer {
  if (options.nodeSecret !== undefined) return deriveKey(Buffer.from(options.nodeSecret, 'utf8'), 'node secret');
  mkdirSync(options.dataDir, { recursive: true });
  const file = join(options.dataDir, 'node.secret');
  const known = readSecret(file);
  if (known !== undefined) return known;
  // Written beside, to the disk, and linked into place, so that of two first starts both read one whole secret.
  const draft = join(options.dataDir, `.node.secret.${process.pid}.${randomBytes(4).toString('hex')}`);
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const secret = readSecret(file);
  if (secret === undefined) throw new Error('the secret of the node could not be kept in the data directory');
  return secret;
}

function readSecret(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length !== 32) throw new Error('node.secret in the data directory is damaged: it does not hold 32 bytes');
  return secret;
}

/** A key of 32 bytes for one purpose (HKDF with SHA-256, RFC 5869). */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), `samendoen ${purpose}`, 32));
}

/** Seals bytes with AES-256-GCM, bound to `aad`: nonce, ciphertext, tag. */
export function seal(key: Buffer, plain: Buffer, aad: string): Buffer {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(aad, 'utf8'));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** Opens what `seal` made; undefined when it was altered, cut, or bound to something else. */
export function unseal(key: Buffer, sealed: Buffer, aad: string): Buffer | undefined {
  if (sealed.length < nonceLength + tagLength) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceLength));
  decipher.setAAD(Buffer.from(aad, 'utf8'));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceLength, sealed.length - tagLength)), decipher.final()]);
  } catch {
    return undefined;
  }
}
